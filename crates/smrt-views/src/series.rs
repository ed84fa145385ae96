//! The database and its lake as one to ask: readings of meters come from the one, measurements of sensors from the
//! other.

use crate::{AskError, Cell};
use smrt_core::Scheme;
use smrt_ingest::lake::{LakeOptions, Measurements, StoredMeasurement};
use smrt_lake::ScanStats;
use smrt_storage::{Store, StoredChannel};
use std::ops::ControlFlow;

pub use smrt_analytics::SECOND;

/// What is asked.
#[derive(Debug)]
pub struct Series {
    /// The database.
    pub store: Store,
    lake: LakeOptions,
    measurements: Option<Measurements>,
}

/// What numbers are that stand in one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Quantities, exact.
    Exact,
    /// At least some were measured by sensors.
    Floating,
}

impl Series {
    /// A database and where its lake is; the lake is opened when it is needed.
    pub fn new(store: Store, lake: LakeOptions) -> Self {
        Self { store, lake, measurements: None }
    }

    /// The measurements, with the database that knows their names.
    ///
    /// # Errors
    /// Where the database has no lake.
    pub fn measurements(&mut self) -> Result<(&mut Measurements, &mut Store), AskError> {
        if self.measurements.is_none() {
            self.measurements = Measurements::of(&mut self.store, &self.lake)?;
        }
        match &mut self.measurements {
            Some(measurements) => Ok((measurements, &mut self.store)),
            None => Err(AskError::NoLake),
        }
    }

    /// Says which channels will be asked soon, in their order: that saves reading the same files for each of them.
    ///
    /// # Errors
    /// Where the database has no lake.
    pub fn expect(&mut self, channels: &[StoredChannel]) -> Result<(), AskError> {
        if channels.iter().filter(|stored| is_sensor(stored)).nth(1).is_some() {
            self.measurements()?.0.expect(channels);
        }
        Ok(())
    }

    /// Forgets what the lake was opened as and what was read ahead, so that the next question sees it anew.
    pub fn forget(&mut self) {
        self.measurements = None;
    }

    /// Hands over what a sensor measured in a stretch of time (UTC epoch microseconds), in order.
    ///
    /// # Errors
    /// When the database or its lake cannot be read.
    pub fn each_measurement(
        &mut self,
        stored: &StoredChannel,
        range: (Option<i64>, Option<i64>),
        each: &mut dyn FnMut(StoredMeasurement) -> ControlFlow<()>,
    ) -> Result<(), AskError> {
        let (measurements, store) = self.measurements()?;
        Ok(measurements.each(store, stored, range, each)?)
    }

    /// When a sensor measured in a stretch of time (UTC epoch microseconds).
    ///
    /// # Errors
    /// When the database or its lake cannot be read.
    pub fn instants(
        &mut self,
        stored: &StoredChannel,
        range: (Option<i64>, Option<i64>),
    ) -> Result<Vec<i64>, AskError> {
        let mut instants = Vec::new();
        self.each_measurement(stored, range, &mut |measurement| {
            instants.push(measurement.at);
            ControlFlow::Continue(())
        })?;
        Ok(instants)
    }

    /// What the answers took of the lake so far, if they took anything.
    pub fn taken(&self) -> Option<ScanStats> {
        self.measurements.as_ref().map(Measurements::taken)
    }
}

/// Whether a channel is a sensor, whose values are in the lake.
pub fn is_sensor(stored: &StoredChannel) -> bool {
    stored.channel.scheme == Scheme::Sensor
}

/// An instant of a channel, UTC epoch microseconds: of sensors in UTC, of meters in the zone of their days.
pub(crate) fn time(stored: &StoredChannel, at: i64) -> Cell<'static> {
    if is_sensor(stored) { Cell::micros(at) } else { Cell::instant(at.div_euclid(SECOND), stored.channel.zone) }
}

/// What the values of channels are that stand together.
pub fn numbers(channels: &[StoredChannel]) -> Numbers {
    if channels.iter().any(is_sensor) { Numbers::Floating } else { Numbers::Exact }
}

/// What people call a meter point: a sensor by its name, if it has one.
pub fn label(stored: &StoredChannel) -> &str {
    stored.alias.as_deref().unwrap_or(&stored.channel.meter)
}
