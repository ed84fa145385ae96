//! What people call sensors: a name and the UUID it belongs to in each line.
//!
//! ```text
//! sensor_name;sensor_uuid
//! sensor_00000;56808b0a-e13d-4735-944e-095d60660b76
//! sensor_00001;5af1894f-54e9-4c10-b803-a7da83b6387e
//! ```
//!
//! One line of column names, then any number of records; columns and separators as in files of measurements
//! ([`crate::sensor`]). Within a file names and sensors belong together one to one.

mod reader;
mod sample;

use super::sensor;

pub use reader::Reader;
pub use sample::Sample;

/// The columns, in the order senders write them.
const COLUMNS: [&str; 2] = ["sensor_name", sensor::SENSOR];

/// Whether bytes look like the start of a mapping: a line that names sensors and their names, and no measurements.
pub(crate) fn recognises(first_bytes: &[u8]) -> bool {
    sensor::names_columns(first_bytes, &COLUMNS) && !sensor::recognises(first_bytes)
}
