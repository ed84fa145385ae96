//! The database and its lake as one to ask: readings of meters come from the one, measurements of sensors from the
//! other.

use crate::{context::Context, exit::CliError, messages::Messages, render::Numbers};
use smrt_core::Scheme;
use smrt_ingest::lake::{LakeOptions, Measurements, StoredMeasurement};
use smrt_storage::{Store, StoredChannel};
use std::ops::ControlFlow;

/// Microseconds in a second.
pub(crate) const SECOND: i64 = 1_000_000;

/// What is asked.
pub(crate) struct Series {
    /// The database, in the state of one moment.
    pub(crate) store: Store,
    lake: LakeOptions,
    measurements: Option<Measurements>,
}

impl Context {
    /// Opens the database for questions about series, which all see the state of this moment.
    pub(crate) fn series(&self) -> Result<Series, CliError> {
        let config = self.config()?;
        let url = self.database(&config)?;
        let lake = self.lake(&config, &url);
        Ok(Series { store: self.store()?, lake, measurements: None })
    }
}

impl Series {
    /// The measurements, with the database that knows their names.
    ///
    /// # Errors
    /// Where the database has no lake.
    pub(crate) fn measurements(&mut self) -> Result<(&mut Measurements, &mut Store), CliError> {
        if self.measurements.is_none() {
            self.measurements = Measurements::of(&mut self.store, &self.lake)?;
        }
        match &mut self.measurements {
            Some(measurements) => Ok((measurements, &mut self.store)),
            None => Err(CliError::NotFound("the database has no lake yet: nothing was measured".into(), None)),
        }
    }

    /// Says which channels will be asked soon, in their order: that saves reading the same files for each of them.
    pub(crate) fn expect(&mut self, channels: &[StoredChannel]) -> Result<(), CliError> {
        if channels.iter().filter(|stored| is_sensor(stored)).nth(1).is_some() {
            self.measurements()?.0.expect(channels);
        }
        Ok(())
    }

    /// Hands over what a sensor measured in a stretch of time, in order.
    pub(crate) fn each_measurement(
        &mut self,
        stored: &StoredChannel,
        range: (Option<i64>, Option<i64>),
        each: &mut dyn FnMut(StoredMeasurement) -> ControlFlow<()>,
    ) -> Result<(), CliError> {
        let (measurements, store) = self.measurements()?;
        Ok(measurements.each(store, stored, range, each)?)
    }

    /// When a sensor measured in a stretch of time.
    pub(crate) fn instants(
        &mut self,
        stored: &StoredChannel,
        range: (Option<i64>, Option<i64>),
    ) -> Result<Vec<i64>, CliError> {
        let mut instants = Vec::new();
        self.each_measurement(stored, range, &mut |measurement| {
            instants.push(measurement.at);
            ControlFlow::Continue(())
        })?;
        Ok(instants)
    }

    /// Says what the answers took of the lake, to those who want to know.
    pub(crate) fn tell_taken(&self, messages: &Messages) {
        if let Some(measurements) = &self.measurements {
            let taken = measurements.taken();
            messages.detail(&format!("read {} bytes in {} files of the lake", taken.bytes_read, taken.files));
        }
    }
}

/// Whether a channel is a sensor, whose values are in the lake.
pub(crate) fn is_sensor(stored: &StoredChannel) -> bool {
    stored.channel.scheme == Scheme::Sensor
}

/// What the values of channels are that are printed together.
pub(crate) fn numbers(channels: &[StoredChannel]) -> Numbers {
    if channels.iter().any(is_sensor) { Numbers::Floating } else { Numbers::Exact }
}

/// What people call a meter point: a sensor by its name, if it has one.
pub(crate) fn label(stored: &StoredChannel) -> &str {
    stored.alias.as_deref().unwrap_or(&stored.channel.meter)
}
