//! One row for each reading, or for each value of a sensor.

use super::{
    channels::{Channels, Known},
    form::{Column, Field, Kind},
    settle::Settled,
    sheet::{Sheet, Trouble, number},
    text::Clock,
};
use smrt_core::{Batch, Flag, MarketZone, Measurements, Quality, Reading};

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// Writes readings in key order as rows.
#[derive(Debug)]
pub(super) struct Long {
    settled: Settled,
    clock: Clock,
    start: Vec<u8>,
    end: Vec<u8>,
    /// The last quality and its text.
    quality: (Quality, String),
}

impl Long {
    pub(super) fn new() -> Self {
        Self {
            settled: Settled::default(),
            clock: Clock::new(MarketZone::Utc),
            start: Vec::new(),
            end: Vec::new(),
            quality: (Quality::UNSTATED, Quality::UNSTATED.to_string()),
        }
    }

    pub(super) fn columns() -> Vec<Column> {
        vec![
            Column::key("meter", Kind::Text),
            Column::key("channel", Kind::Text),
            Column::key("start", Kind::Instant),
            Column::new("end", Kind::Instant),
            Column::new("value", Kind::Value),
            Column::key("unit", Kind::Unit),
            Column::new("quality", Kind::Word),
            Column::new("file", Kind::Text),
            Column::new("line", Kind::Count),
        ]
    }

    pub(super) fn add(
        &mut self,
        batch: &Batch,
        channels: &Channels,
        file: &str,
        sheet: &mut Sheet<'_>,
    ) -> Result<(), Trouble> {
        for reading in batch.readings() {
            if let Some(settled) = self.settled.push(reading) {
                self.row(settled, channels, file, sheet)?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(&mut self, channels: &Channels, file: &str, sheet: &mut Sheet<'_>) -> Result<(), Trouble> {
        self.settled.finish().map_or(Ok(()), |reading| self.row(reading, channels, file, sheet))
    }

    /// Writes what sensors measured, in the order of the file: each is of an instant, so it has no end.
    pub(super) fn measured(
        measurements: &Measurements,
        channels: &Channels,
        file: &str,
        sheet: &mut Sheet<'_>,
    ) -> Result<(), Trouble> {
        let quality = Quality::UNSTATED.to_string();
        for measurement in measurements.iter() {
            let Some(Known { meter, kind, .. }) = channels.get(measurement.channel) else { continue };
            sheet.row(&[
                Field::Text(meter),
                Field::Text(&kind.name),
                Field::Time(&MarketZone::Utc.rfc3339_micros(measurement.at), measurement.at),
                Field::Null,
                Field::Signal(measurement.value),
                Field::Text(&kind.unit),
                Field::Word(&quality),
                Field::Text(file),
                Field::Count(u64::from(measurement.line)),
            ])?;
        }
        Ok(())
    }

    fn row(&mut self, reading: Reading, channels: &Channels, file: &str, sheet: &mut Sheet<'_>) -> Result<(), Trouble> {
        let Some(Known { meter, kind, .. }) = channels.get(reading.channel) else { return Ok(()) };
        if self.clock.zone() != kind.zone {
            self.clock = Clock::new(kind.zone);
        }
        for (text, epoch) in
            [(&mut self.start, reading.start), (&mut self.end, reading.start.saturating_add(reading.minutes.seconds()))]
        {
            text.clear();
            self.clock.push(text, epoch);
        }
        if self.quality.0 != reading.quality {
            self.quality = (reading.quality, reading.quality.to_string());
        }
        let time =
            |text, epoch: i64| Field::Time(str::from_utf8(text).unwrap_or_default(), epoch.saturating_mul(SECOND));
        let is_null = reading.quality.flag == Flag::Null;
        sheet.row(&[
            Field::Text(meter),
            Field::Text(&kind.name),
            time(&self.start, reading.start),
            time(&self.end, reading.start.saturating_add(reading.minutes.seconds())),
            if is_null { Field::Null } else { number(reading.quantity.micros()) },
            Field::Text(&kind.unit),
            Field::Word(&self.quality.1),
            Field::Text(file),
            Field::Count(u64::from(reading.line)),
        ])
    }
}
