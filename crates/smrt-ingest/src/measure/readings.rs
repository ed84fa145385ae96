//! Readings of meters on their way into the lake, as a copy of what the database holds.
//!
//! The database decides which readings are current; what a file has changed is read back from it and appended. A
//! reading that was withdrawn is appended too, as one without a value.

use super::gathered::Gathered;
use crate::IngestError;
use crate::lake::Attached;
use smrt_core::DataFile;
use smrt_lake::{Metered, WITHDRAWN};
use smrt_storage::{ChannelName, CurrentReading, FileLoad, StoreError, Writer};
use std::{collections::HashMap, sync::Arc};

/// Most readings that wait in memory.
const MOST_ROWS: usize = 1 << 18;

/// The texts of a channel, shared by its rows.
#[derive(Clone, Debug)]
struct Texts {
    meter: Arc<str>,
    channel: Arc<str>,
    unit: Arc<str>,
}

impl From<ChannelName> for Texts {
    fn from(name: ChannelName) -> Self {
        Self { meter: name.meter.into(), channel: name.name.into(), unit: name.unit.into() }
    }
}

/// Readings that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Mirror {
    gathered: Gathered<Metered>,
    channels: HashMap<i64, Texts>,
    /// Channels named by the file in hand: if it is not loaded, their ids may come to mean others.
    new_channels: Vec<i64>,
    qualities: HashMap<i16, Arc<str>>,
}

impl Mirror {
    /// Takes what a file has made current.
    pub(super) fn take(&mut self, load: &mut FileLoad<'_>, lake: &Attached) -> Result<(), IngestError> {
        let mut cursor = load.current_readings()?;
        while let Some(page) = load.next_current(&mut cursor)? {
            self.push(page, &mut |channel| load.channel_name(channel))?;
            self.write_if_many(lake)?;
        }
        Ok(())
    }

    /// Takes all that the database holds, which is what a lake needs that takes readings from now on.
    pub(super) fn take_all(&mut self, writer: &mut Writer, lake: &Attached) -> Result<(), IngestError> {
        let mut cursor = writer.all_current_readings()?;
        while let Some(page) = writer.next_current(&mut cursor)? {
            self.push(page, &mut |channel| writer.channel_name(channel))?;
            self.write_if_many(lake)?;
        }
        self.keep();
        Ok(())
    }

    fn push(
        &mut self,
        page: Vec<CurrentReading>,
        name: &mut dyn FnMut(i64) -> Result<ChannelName, StoreError>,
    ) -> Result<(), IngestError> {
        for reading in page {
            let texts = match self.channels.get(&reading.channel) {
                Some(texts) => texts.clone(),
                None => {
                    let texts = Texts::from(name(reading.channel)?);
                    self.new_channels.push(reading.channel);
                    self.channels.insert(reading.channel, texts.clone());
                    texts
                }
            };
            let quality = match reading.quality {
                None => self.qualities.entry(-1).or_insert_with(|| WITHDRAWN.into()),
                Some(quality) => self.qualities.entry(quality.code()).or_insert_with(|| quality.to_string().into()),
            };
            self.gathered.push(Metered {
                meter: texts.meter,
                channel: texts.channel,
                unit: texts.unit,
                start: reading.start.saturating_mul(1_000_000),
                minutes: reading.minutes,
                quantity: reading.quantity,
                quality: Arc::clone(quality),
                file: reading.file,
                line: u32::try_from(reading.line).unwrap_or(u32::MAX),
            });
        }
        Ok(())
    }

    fn write_if_many(&mut self, lake: &Attached) -> Result<(), IngestError> {
        if self.gathered.rows().len() < MOST_ROWS {
            return Ok(());
        }
        self.gathered.write(&mut |rows| lake.write_readings(rows))
    }

    /// Whether anything waits for the end of the transaction.
    pub(super) fn waits(&self) -> bool {
        self.gathered.waits()
    }

    /// The file in hand is loaded.
    pub(super) fn keep(&mut self) {
        self.gathered.keep();
        self.new_channels.clear();
    }

    /// The file in hand is not loaded.
    pub(super) fn abandon(&mut self, lake: &Attached) {
        lake.discard(&self.gathered.abandon());
        for channel in self.new_channels.drain(..) {
            self.channels.remove(&channel);
        }
    }

    /// The whole transaction is taken back.
    pub(super) fn abandon_all(&mut self, lake: &Attached) {
        lake.discard(&self.gathered.abandon_all());
        self.channels.clear();
        self.new_channels.clear();
    }

    /// Writes what is left, and gives all files of the transaction.
    pub(super) fn settle(&mut self, lake: &Attached) -> Result<Vec<DataFile>, IngestError> {
        self.gathered.settle(&mut |rows| lake.write_readings(rows))
    }
}
