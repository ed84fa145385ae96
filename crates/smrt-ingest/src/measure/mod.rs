//! Measurements on their way into the lake.
//!
//! Rows of accepted files gather in memory until the transaction ends or there are too many; then they become data
//! files, of many source files together. The files are durable before the database commits the list that names them,
//! and that commit decides. What the lake's own log says follows behind it: a process that dies in between leaves a log
//! that lacks a publication, and the next one makes up for it. Data files that no list names are nobody's.

mod account;
mod gathered;
mod known;
mod readings;
mod waiting;

pub(crate) use account::DOUBLED;

use crate::{IngestError, lake::Attached, load::now};
use account::{Accounted, Rows, Sensor, account};
use gathered::Gathered;
use known::{Index, Known};
use readings::Mirror;
use smrt_core::{Batch, DataFile, Dataset, Findings};
use smrt_storage::{FileLoad, Operation, Publication, StoreError, Writer};
use waiting::{Sensors, Waiting};

/// The lake beside the transaction that is open.
pub(crate) struct Measuring {
    lake: Attached,
    gathered: Gathered<Waiting>,
    /// The sensors of what waits.
    known: Sensors,
    /// How many of the rows in memory are accounted for.
    accounted: usize,
    /// The sensor of each row that is not, by its number in the file.
    slots: Vec<u32>,
    /// The sensors of the file in hand.
    sensors: Vec<Sensor>,
    index: Index,
    findings: Findings,
    mirror: Option<Mirror>,
}

impl Measuring {
    /// Nothing waits yet, but what a lake lacks that takes the readings of meters from now on.
    pub(crate) fn new(lake: Attached, writer: &mut Writer) -> Result<Self, IngestError> {
        let mut mirror = lake.takes_readings().then(Mirror::default);
        if let Some(mirror) = &mut mirror
            && writer.last_publication(Dataset::Readings)? == 0
        {
            mirror.take_all(writer, &lake)?;
        }
        Ok(Self {
            lake,
            gathered: Gathered::default(),
            known: Sensors::default(),
            accounted: 0,
            slots: Vec::new(),
            sensors: Vec::new(),
            index: Index::default(),
            findings: Findings::default(),
            mirror,
        })
    }

    /// The lake.
    pub(crate) fn lake(&self) -> &Attached {
        &self.lake
    }

    /// The lake, when nothing waits any more.
    pub(crate) fn into_lake(self) -> Attached {
        self.lake
    }

    /// Whether the readings of meters are copied.
    pub(crate) fn copies_readings(&self) -> bool {
        self.mirror.is_some()
    }

    /// Whether anything waits for the end of the transaction.
    pub(crate) fn gathers(&self) -> bool {
        self.gathered.waits() || self.mirror.as_ref().is_some_and(Mirror::waits)
    }

    /// Takes the measurements of a batch whose channels `load` has written.
    pub(crate) fn take(&mut self, load: &mut FileLoad<'_>, batch: &Batch) -> Result<(), IngestError> {
        if batch.measurements.is_empty() && !batch.new_channels.iter().any(is_sensor) {
            return Ok(());
        }
        for channel in &batch.new_channels {
            let number = u32::try_from(self.sensors.len()).unwrap_or(u32::MAX);
            let (stored, zone) = load.channel(number)?;
            let id = channel.meter.parse().map_err(|_| StoreError::Misuse("a sensor is named by its UUID"))?;
            self.sensors.push(Sensor { id, number: self.known.number(id), channel: stored, zone });
        }
        let file = load.id();
        for measurement in batch.measurements.iter() {
            let sensor = self.sensors.get(measurement.channel as usize);
            let sensor = sensor.ok_or(StoreError::Misuse(NOT_DESCRIBED))?.number;
            let (at, value, line) = (measurement.at, measurement.value, measurement.line);
            self.gathered.push(Waiting { at, value, file, sensor, line });
        }
        self.slots.extend(&batch.measurements.channel);
        if self.gathered.rows().len() >= self.lake.most_rows() {
            self.account(load)?;
            self.index = Index::default();
            self.gathered.write(&mut |rows| write(&self.lake, &self.known, rows))?;
            self.accounted = 0;
        }
        Ok(())
    }

    /// Accounts for what is left of the file in hand, and gives what was found on the way.
    pub(crate) fn finish_file(&mut self, load: &mut FileLoad<'_>) -> Result<Findings, IngestError> {
        self.account(load)?;
        if let Some(mirror) = &mut self.mirror {
            mirror.take(load, &self.lake)?;
        }
        Ok(std::mem::take(&mut self.findings))
    }

    /// The file in hand is loaded.
    pub(crate) fn keep_file(&mut self) {
        self.gathered.keep();
        self.sensors.clear();
        self.mirror.iter_mut().for_each(Mirror::keep);
    }

    /// The file in hand is not loaded after all: nothing of it stays.
    pub(crate) fn abandon_file(&mut self) {
        self.lake.discard(&self.gathered.abandon());
        self.forget_file();
        if let Some(mirror) = &mut self.mirror {
            mirror.abandon(&self.lake);
        }
    }

    /// The open transaction is taken back.
    pub(crate) fn abandon_all(&mut self) {
        self.lake.discard(&self.gathered.abandon_all());
        self.forget_file();
        if let Some(mirror) = &mut self.mirror {
            mirror.abandon_all(&self.lake);
        }
    }

    fn forget_file(&mut self) {
        self.accounted = self.gathered.rows().len();
        self.slots.clear();
        self.sensors.clear();
        self.findings = Findings::default();
        self.index = Index::default();
    }

    fn account(&mut self, load: &mut FileLoad<'_>) -> Result<(), IngestError> {
        let (before, new) = self.gathered.rows().split_at(self.accounted);
        if new.is_empty() {
            return Ok(());
        }
        let written = self.gathered.written();
        let mut known = Known { lake: &self.lake, written, rows: before, index: &mut self.index };
        let rows = Rows { sensors: &self.sensors, slots: &self.slots, rows: new };
        let Accounted { counts, unchanged } = account(load, &rows, &mut known, &mut self.findings)?;
        load.account_measurements(counts);
        if !unchanged.is_empty() {
            let first = self.accounted;
            self.gathered.leave_out(unchanged.into_iter().map(|place| first + place));
        }
        self.accounted = self.gathered.rows().len();
        self.slots.clear();
        Ok(())
    }

    /// Makes what waits durable and lists it, so that it is part of the lake when the transaction is committed.
    pub(crate) fn settle(&mut self, writer: &mut Writer) -> Result<(), IngestError> {
        self.index = Index::default();
        let mut files = self.gathered.settle(&mut |rows| write(&self.lake, &self.known, rows))?;
        self.known = Sensors::default();
        self.accounted = 0;
        if let Some(mirror) = &mut self.mirror {
            files.extend(mirror.settle(&self.lake)?);
        }
        self.lake.sync(&files)?;
        for of_table in files.chunk_by(|a, b| a.dataset == b.dataset) {
            let dataset = of_table[0].dataset;
            let number = writer.last_publication(dataset)? + 1;
            let publication = Publication { dataset, number, operation: Operation::Load, made_at: now() };
            writer.add_data_files(&publication, of_table)?;
        }
        Ok(())
    }
}

fn is_sensor(channel: &smrt_core::Channel) -> bool {
    channel.scheme == smrt_core::Scheme::Sensor
}

/// Writes rows into data files; they are nobody's until they are listed.
fn write(lake: &Attached, sensors: &Sensors, rows: Vec<Waiting>) -> Result<Vec<DataFile>, IngestError> {
    if rows.is_empty() { Ok(Vec::new()) } else { lake.write(&sensors.columns(rows)) }
}

const NOT_DESCRIBED: &str = "a batch names a channel that no batch has described";
