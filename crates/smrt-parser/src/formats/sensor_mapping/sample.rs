//! Sample files: the names of the sensors that [`crate::sensor::Sample`] has for the same seed.

use super::COLUMNS;
use crate::formats::sensor::{sensor_id, sensor_name};
use std::io;

/// A sample mapping.
///
/// ```
/// use smrt_parser::sensor_mapping::Sample;
///
/// let mut text = Vec::new();
/// Sample { sensors: 3, seed: 1 }.write(&mut text)?;
/// assert!(text.starts_with(b"sensor_name;sensor_uuid\nsensor_00000;"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// How many sensors.
    pub sensors: u32,
    /// Chooses the sensors.
    pub seed: u64,
}

impl Default for Sample {
    fn default() -> Self {
        Self { sensors: 1, seed: 1 }
    }
}

impl Sample {
    /// Writes the file.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        writeln!(out, "{}", COLUMNS.join(";"))?;
        (0..self.sensors)
            .try_for_each(|number| writeln!(out, "{};{}", sensor_name(number), sensor_id(self.seed, number)))
    }
}
