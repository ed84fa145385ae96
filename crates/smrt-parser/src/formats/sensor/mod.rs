//! What sensors measured: a time, the UUID of a sensor and a floating-point number in each line.
//!
//! ```text
//! timestamp;sensor_uuid;sensor_value
//! 2015-12-31 23:53:00;efa4b573-e1b1-46b3-9e8a-0b303d2bb66e;-75.33380361808872
//! 2015-12-31 23:53:00+01:00;56808b0a-e13d-4735-944e-095d60660b76;2052.0067766516345
//! ```
//!
//! One line of column names, then any number of records. The columns are found by their names and may stand in any
//! order; surplus ones are left out. Times are civil times of the caller's zone, else of Europe/Berlin, unless they
//! state how far they are ahead of UTC. Each record gives a measurement, and no reading of an interval. Nothing marks the
//! end of a file, so one that was cut short at the end of a line cannot be told from a whole one.
//!
//! `reader.rs` reads field by field; `fast.rs` reads the lines that are written as nearly all of them are.

mod fast;
mod number;
mod reader;
mod sample;
mod sensors;
mod stamp;

use super::table::{count_named, first_line};

pub use reader::Reader;
pub use sample::Sample;
pub(super) use sample::{sensor_id, sensor_name};

/// The columns, in the order senders write them.
const COLUMNS: [&str; 3] = ["timestamp", SENSOR, "sensor_value"];
/// The column that names the sensor.
pub(super) const SENSOR: &str = "sensor_uuid";

/// What may stand between fields; where several fit, the first is taken.
const SEPARATORS: [u8; 3] = [b';', b',', b'\t'];

/// The separator with which a line of column names has most of some columns.
pub(super) fn separator(line: &[u8], columns: &[&str]) -> u8 {
    let mut best = SEPARATORS[0];
    for other in SEPARATORS {
        if count_named(line, other, columns) > count_named(line, best, columns) {
            best = other;
        }
    }
    best
}

/// Whether the first line of a text names all of some columns.
pub(super) fn names_columns(first_bytes: &[u8], columns: &[&str]) -> bool {
    let line = first_line(first_bytes);
    count_named(line, separator(line, columns), columns) == columns.len()
}

/// Whether bytes look like the start of such a file: a line that names times, sensors and values.
pub(crate) fn recognises(first_bytes: &[u8]) -> bool {
    names_columns(first_bytes, &COLUMNS)
}
