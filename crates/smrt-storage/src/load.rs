//! One file on its way in.
//!
//! Batches come in; readings, superseded readings, daily summaries, reads of registers, reasons of intervals and the
//! row of the file go out, as one transaction inside the writer's. Each batch is brought into the order of the table's key, because rows that are written out of
//! order cost eight times as much, and is then written in as few parts as its rows allow: those that are known to be
//! new, those that may meet another, and second values of doubled keys. Parsing and rules are done before; committing
//! is the writer's business.

use crate::{
    Counts, FinishedFile, MovedName, NewFile, Precedence, StoreError,
    backend::Database,
    bulk::{self, InsertHistory, Manner, PastRow, Row},
    channels::Channels,
    doubled::Doubled,
    error::Doing,
    events,
    late::SendersTime,
    ledger::{self, Ledger, storable, whole},
    mirror::Ranges,
    registers::Registers,
    sensors::names,
    summary::Summaries,
    versions::Versions,
};
use smrt_core::{Batch, SensorName};
use std::fmt;

/// First and last second of the years 1 to 9999: what a time of day can be written for.
const TIMES: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// The load of one file; dropped unfinished, it leaves nothing behind.
pub struct FileLoad<'a> {
    pub(crate) connection: &'a mut Database,
    row: Ledger,
    senders_time: Option<SendersTime>,
    versions: Versions,
    registers: Registers,
    pub(crate) channels: Channels,
    pub(crate) summaries: Summaries,
    tally: Tally,
    /// What became of measurements, which are kept elsewhere.
    pub(crate) measured: Counts,
    /// Names of sensors: they are written together at the end.
    names: Vec<SensorName>,
    named: Counts,
    /// Where readings were written, if somebody wants to know.
    pub(crate) ranges: Option<Ranges>,
    rows: Vec<Row>,
    /// Rows of a day that the next batch may go on about.
    held: Vec<Row>,
    doubled: Doubled,
    /// Whether the transaction inside the transaction is still open.
    open: bool,
}

/// What has been written so far.
#[derive(Debug, Default)]
struct Tally {
    readings: u64,
    /// Rows that were inserted or took the place of another.
    written: u64,
    /// Of the replaced values, those that went to the history at once.
    between: u64,
    /// Whether any row may have taken the place of another.
    may_replace: bool,
}

/// An instant that can be shown.
pub(crate) fn check_time(epoch: i64) -> Result<i64, StoreError> {
    match TIMES.contains(&epoch) {
        true => Ok(epoch),
        false => Err(StoreError::Misuse("a time lies outside the years 1 to 9999")),
    }
}

impl<'a> FileLoad<'a> {
    pub(crate) fn begin(connection: &'a mut Database, file: &NewFile<'_>) -> Result<Self, StoreError> {
        connection.begin_savepoint()?;
        let row = Ledger {
            name: storable(file.name),
            path: storable(file.path),
            format: Some(storable(file.format)),
            received_at: file.received_at,
            created_at: file.created_at,
            status: crate::FileStatus::Loaded.as_str().to_owned(),
            attempts: 1,
            run_id: file.run_id.to_owned(),
            ..Ledger::default()
        };
        // From here on, dropping it takes the transaction back.
        let mut load = Self {
            connection,
            row,
            senders_time: None,
            versions: Versions::new(0, None, false),
            registers: Registers::new(0, None),
            channels: Channels::default(),
            summaries: Summaries::default(),
            tally: Tally::default(),
            measured: Counts::default(),
            names: Vec::new(),
            named: Counts::default(),
            ranges: None,
            rows: Vec::new(),
            held: Vec::new(),
            doubled: Doubled::default(),
            open: true,
        };
        load.row.add(load.connection)?;
        load.registers = Registers::new(load.row.id, file.created_at);
        if let (Precedence::Created, Some(created_at)) = (file.precedence, file.created_at) {
            load.senders_time = Some(SendersTime::new(load.connection, load.row.id, created_at)?);
        }
        let may_be_late = load.senders_time.as_ref().is_some_and(SendersTime::may_be_late);
        load.versions = Versions::new(load.row.id, file.created_at, may_be_late);
        Ok(load)
    }

    /// The id the file will have.
    pub fn id(&self) -> i64 {
        self.row.id
    }

    /// Writes what a batch holds, but for measurements, which go to a lake (see [`FileLoad::account_measurements`]), in
    /// its order: of two readings for the same channel and start the later one wins, unless
    /// the other states a later version. What a file says of one day in one version should come together, in the order
    /// of versions.
    ///
    /// # Errors
    /// When the database cannot be written; the load must then be abandoned. [`StoreError::Misuse`] for a channel that
    /// no batch has described, and for a time outside the years 1 to 9999.
    pub fn write(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let described = self.channels.described();
        self.channels.resolve(self.connection, &mut self.summaries, &batch.new_channels)?;
        self.registers.write(self.connection, &self.channels, described, batch)?;
        events::write(self.connection, self.row.id, &self.channels, &batch.events)?;
        self.names.extend(batch.sensor_names.iter().cloned());
        if batch.is_empty() {
            return Ok(());
        }
        self.tally.readings += batch.len() as u64;
        let last = self.take(batch)?;
        Versions::hold_back(last, &self.channels, &mut self.summaries, &mut self.rows, &mut self.held);
        self.write_rows()
    }

    /// Writes the rows that were held back.
    pub(crate) fn write_held(&mut self) -> Result<(), StoreError> {
        std::mem::swap(&mut self.rows, &mut self.held);
        self.held.clear();
        self.write_rows()
    }

    /// Writes the rows that stand ready.
    fn write_rows(&mut self) -> Result<(), StoreError> {
        self.versions.settle(self.connection, &mut self.channels, &mut self.summaries, &mut self.rows)?;
        if let Some(senders_time) = &self.senders_time {
            senders_time.keep_out(self.connection, &mut self.rows)?;
        }
        self.doubled.split(&mut self.rows);
        self.write_firsts()?;
        self.write_doubled()?;
        self.versions.withdraw(self.connection, &mut self.summaries)?;
        for row in &self.rows {
            self.channels.stored(row.slot, row.start);
            if let Some(ranges) = &mut self.ranges {
                ranges.note(row.channel, row.start);
            }
        }
        self.summaries.flush(self.connection)
    }

    /// Puts the readings of a batch, behind those that were held back, into the order of the table's key, and gives the
    /// one that came last.
    fn take(&mut self, batch: &Batch) -> Result<Row, StoreError> {
        self.rows.clear();
        self.rows.append(&mut self.held);
        for reading in batch.readings() {
            check_time(reading.start)?;
            let channel = self.channels.id(reading.channel)?;
            self.rows.push(Row::new(reading, channel));
        }
        let last = self.rows.last().copied().ok_or(StoreError::Misuse("a batch without readings has none to write"))?;
        if !self.rows.is_sorted_by_key(Row::key) {
            // Stable: readings of one line keep their order.
            self.rows.sort_by_key(|row| (row.channel, row.start, row.version, row.line));
        }
        Ok(last)
    }

    /// Writes the first row of each key. `write` keeps `rows` as they are: no key is in it twice.
    fn write_firsts(&mut self) -> Result<(), StoreError> {
        let mut new = 0;
        for row in &self.rows {
            let zone = self.channels.zone(row.slot);
            if self.channels.is_new(row.slot, row.start) {
                new += 1;
                self.summaries.add(row, zone);
            } else {
                self.summaries.touch(row, zone);
            }
        }
        let file = self.row.id;
        if new == self.rows.len() {
            self.tally.written += new as u64;
            return bulk::insert_new(self.connection, file, &self.rows);
        }
        let (new, other): (Vec<Row>, Vec<Row>) =
            self.rows.iter().partition(|row| self.channels.is_new(row.slot, row.start));
        self.tally.may_replace = true;
        self.tally.written += bulk::upsert(self.connection, file, &other)?;
        self.tally.written += new.len() as u64;
        bulk::insert_new(self.connection, file, &new)?;
        match &self.senders_time {
            Some(senders_time) => senders_time.claim_equal(self.connection, &other),
            None => Ok(()),
        }
    }

    /// Writes what is left of doubled keys.
    fn write_doubled(&mut self) -> Result<(), StoreError> {
        let Doubled { second, third, between } = &self.doubled;
        if second.is_empty() {
            return Ok(());
        }
        let file = self.row.id;
        self.tally.may_replace = true;
        for row in second {
            self.summaries.touch(row, self.channels.zone(row.slot));
        }
        self.tally.written += bulk::upsert(self.connection, file, second)?;
        self.tally.written += bulk::upsert(self.connection, file, third)?;
        let past: Vec<PastRow> = between.iter().map(|row| PastRow::new(row, file, file, Manner::Replaced)).collect();
        self.tally.between += past.len() as u64;
        bulk::execute::<InsertHistory>(self.connection, &past).doing("writing superseded readings").map(drop)
    }

    /// Writes the names of sensors that the batches held, and tells which were another sensor's until now.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn write_names(&mut self) -> Result<Vec<MovedName>, StoreError> {
        let names = std::mem::take(&mut self.names);
        let (counts, moved) = names::write(self.connection, self.row.id, &names)?;
        self.named = self.named.and(counts);
        Ok(moved)
    }

    /// Completes the file: daily summaries, the account of its records, its row in the ledger.
    ///
    /// # Errors
    /// [`StoreError::Unaccounted`] unless records = inserted + replaced + unchanged + refused; nothing is kept then.
    /// [`StoreError::Conflict`] when a file of this content is loaded.
    pub fn finish(mut self, file: &FinishedFile<'_>) -> Result<Counts, StoreError> {
        self.write_held()?;
        self.summaries.compute_again(self.connection)?;
        if !self.names.is_empty() {
            self.write_names()?;
        }
        self.write_measured()?;
        let counts = self.counts()?.and(self.measured).and(self.named);
        if file.records != counts.total() + file.refused {
            return Err(StoreError::Unaccounted {
                name: self.row.name.clone(),
                records: file.records,
                inserted: counts.inserted,
                replaced: counts.replaced,
                unchanged: counts.unchanged,
                refused: file.refused,
            });
        }
        self.row.set_header(file.header);
        self.row.set_counts(counts);
        self.row.sha256 = Some(storable(file.sha256));
        self.row.size = whole(file.size);
        self.row.records = whole(file.records);
        self.row.refused = whole(file.refused);
        self.row.findings = whole(file.findings.total());
        self.row.duration_ms = i64::try_from(file.duration.as_millis()).unwrap_or(i64::MAX);
        self.row.update(self.connection)?;
        ledger::write_findings(self.connection, self.row.id, file.findings)?;
        ledger::write_quarantined(self.connection, self.row.id, file.quarantined)?;
        self.connection.commit_innermost()?;
        self.open = false;
        Ok(counts)
    }

    /// What became of the records. Every value that was replaced stands in the history under this file's id; what
    /// else was written is new, and what was not written changed nothing.
    fn counts(&mut self) -> Result<Counts, StoreError> {
        let replaced = if self.tally.may_replace {
            let sql = format!(
                "SELECT count(*) AS n FROM reading_history WHERE superseded_by = {} AND manner = 0",
                self.row.id
            );
            ledger::count(self.connection.number("counting replaced readings", &sql)?)
        } else {
            0
        };
        let Tally { readings, written, between, .. } = self.tally;
        let inserted = (written + between).checked_sub(replaced);
        let unchanged = inserted.and_then(|inserted| readings.checked_sub(inserted + replaced));
        match (inserted, unchanged) {
            (Some(inserted), Some(unchanged)) => {
                Ok(Counts { inserted, replaced, unchanged }.and(self.registers.counts()))
            }
            _ => Err(StoreError::corrupt(format!(
                "of {readings} readings {written} were written, yet {replaced} were replaced"
            ))),
        }
    }

    /// Takes back everything the load has written.
    ///
    /// # Errors
    /// When the connection is broken; the database takes it back then, too.
    pub fn abandon(mut self) -> Result<(), StoreError> {
        self.open = false;
        self.connection.roll_back_innermost()
    }
}

impl Drop for FileLoad<'_> {
    /// Takes back what was written. An error here means that the connection is gone, and with it the transaction; the
    /// next call on the writer reports it.
    fn drop(&mut self) {
        if self.open {
            let _ = self.connection.roll_back_innermost();
        }
    }
}

impl fmt::Debug for FileLoad<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLoad").field("file", &self.row.name).field("tally", &self.tally).finish_non_exhaustive()
    }
}
