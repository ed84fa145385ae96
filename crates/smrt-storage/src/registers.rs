//! Reads of registers on their way into the database.
//!
//! What a record is: its channel, period, rate, the times of its stands and what somebody was there for. The same
//! record again is unchanged if it says the same, else the later version takes its place. A record with a quantity
//! between two stands also takes the place of those of the same channel whose time it overlaps, if its version is later
//! than theirs: an estimate gives way to what was read, and nothing is counted twice. What comes late under this rule
//! is kept as superseded at once.

use crate::{
    Counts, StoreError,
    backend::Database,
    bulk::{self, Cells, Shape},
    channels::Channels,
    error::Doing,
    events::reason,
    ledger::storable,
    load::check_time,
    schema::{channel, register_read},
};
use diesel::{
    QueryDsl, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Nullable},
};
use smrt_core::{Batch, Direction, RegisterRead, Stand};
use std::collections::{HashMap, HashSet, hash_map::Entry};

const WHAT: &str = "writing reads of registers";

/// A row of `register_read`.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
#[diesel(table_name = register_read)]
pub(crate) struct RegisterRow {
    pub(crate) id: i64,
    pub(crate) channel_id: i64,
    pub(crate) serial: String,
    pub(crate) register: String,
    pub(crate) period: String,
    pub(crate) rate: String,
    pub(crate) direction: String,
    pub(crate) previous_at: Option<i64>,
    pub(crate) previous_read: String,
    pub(crate) previous_quality: Option<i16>,
    pub(crate) previous_reason: Option<i16>,
    pub(crate) previous_reason_text: String,
    pub(crate) previous_trans_code: String,
    pub(crate) previous_service_order: String,
    pub(crate) read_at: Option<i64>,
    pub(crate) read: String,
    pub(crate) quality: i16,
    pub(crate) reason: Option<i16>,
    pub(crate) reason_text: String,
    pub(crate) trans_code: String,
    pub(crate) service_order: String,
    pub(crate) quantity: Option<i64>,
    pub(crate) demand: Option<i64>,
    pub(crate) demand_at: Option<i64>,
    pub(crate) status: String,
    pub(crate) reset_count: Option<i64>,
    pub(crate) reset_at: Option<i64>,
    pub(crate) version: i64,
    pub(crate) file_id: i64,
    pub(crate) line: i64,
    pub(crate) outcome: i16,
    pub(crate) superseded_by: Option<i64>,
}

/// What became of a record: the column `outcome`.
#[derive(Clone, Copy)]
enum Outcome {
    Inserted = 0,
    Replaced = 1,
    Late = 2,
}

impl RegisterRow {
    fn new(read: &RegisterRead, channel_id: i64, file_id: i64, meter: &Meter) -> Result<Self, StoreError> {
        let none = Stand::default();
        let before = read.previous.as_ref().unwrap_or(&none);
        let time = |at: Option<i64>| at.map(check_time).transpose();
        Ok(Self {
            id: 0,
            channel_id,
            serial: meter.serial.clone(),
            register: meter.register.clone(),
            period: storable(&read.period),
            rate: storable(&read.rate),
            direction: read.direction.map(Direction::as_str).unwrap_or_default().to_owned(),
            previous_at: time(before.at)?,
            previous_read: storable(&before.text),
            previous_quality: read.previous.as_ref().map(|stand| stand.quality.code()),
            previous_reason: reason(before.reason),
            previous_reason_text: storable(&before.reason_text),
            previous_trans_code: storable(&before.trans_code),
            previous_service_order: storable(&before.service_order),
            read_at: time(read.current.at)?,
            read: storable(&read.current.text),
            quality: read.current.quality.code(),
            reason: reason(read.current.reason),
            reason_text: storable(&read.current.reason_text),
            trans_code: storable(&read.current.trans_code),
            service_order: storable(&read.current.service_order),
            quantity: read.quantity.map(|quantity| quantity.micros()),
            demand: read.demand.map(|demand| demand.micros()),
            demand_at: time(read.demand_at)?,
            status: storable(&read.status),
            reset_count: read.reset_count,
            reset_at: time(read.reset_at)?,
            version: read.version.epoch().unwrap_or(0),
            file_id,
            line: i64::from(read.line),
            outcome: Outcome::Inserted as i16,
            superseded_by: None,
        })
    }

    /// What no two current reads of a channel share.
    fn key(&self) -> (&str, &str, Option<i64>, Option<i64>, &str, &str) {
        (&self.period, &self.rate, self.previous_at, self.read_at, &self.trans_code, &self.service_order)
    }

    /// What it says, apart from where and when that was said.
    fn content(&self) -> Self {
        Self { id: 0, version: 0, file_id: 0, line: 0, outcome: 0, superseded_by: None, ..self.clone() }
    }

    /// Its content as bytes, the same on every database.
    pub(crate) fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for text in [
            &self.serial,
            &self.register,
            &self.period,
            &self.rate,
            &self.direction,
            &self.previous_read,
            &self.previous_reason_text,
            &self.previous_trans_code,
            &self.previous_service_order,
            &self.read,
            &self.reason_text,
            &self.trans_code,
            &self.service_order,
            &self.status,
        ] {
            bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        let small = |number: Option<i16>| number.map(i64::from);
        for number in [
            self.previous_at,
            small(self.previous_quality),
            small(self.previous_reason),
            self.read_at,
            small(Some(self.quality)),
            small(self.reason),
            self.quantity,
            self.demand,
            self.demand_at,
            self.reset_count,
            self.reset_at,
        ] {
            bytes.push(u8::from(number.is_some()));
            bytes.extend(number.iter().flat_map(|number| number.to_be_bytes()));
        }
        bytes
    }

    /// The time its quantity belongs to.
    fn span(&self) -> Option<(i64, i64)> {
        self.quantity?;
        self.previous_at.zip(self.read_at).filter(|(from, to)| from < to)
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.span().zip(other.span()).is_some_and(|((from, to), (start, end))| from < end && start < to)
    }
}

struct InsertReads;

impl Shape for InsertReads {
    type Row<'r> = RegisterRow;
    const HEAD: &'static str = "INSERT INTO register_read (id, channel_id, serial, register, period, rate, direction, \
         previous_at, previous_read, previous_quality, previous_reason, previous_reason_text, previous_trans_code, \
         previous_service_order, read_at, read, quality, reason, reason_text, trans_code, service_order, quantity, \
         demand, demand_at, status, reset_count, reset_at, version, file_id, line, outcome, superseded_by) VALUES ";
    const TAIL: &'static str = "";

    fn bind<'b>(row: &'b RegisterRow, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        cells.number(&row.id)?;
        cells.number(&row.channel_id)?;
        for text in [&row.serial, &row.register, &row.period, &row.rate, &row.direction] {
            cells.text(text)?;
        }
        cells.nullable(&row.previous_at)?;
        cells.text(&row.previous_read)?;
        cells.nullable_small(&row.previous_quality)?;
        cells.nullable_small(&row.previous_reason)?;
        for text in [&row.previous_reason_text, &row.previous_trans_code, &row.previous_service_order] {
            cells.text(text)?;
        }
        cells.nullable(&row.read_at)?;
        cells.text(&row.read)?;
        cells.small(&row.quality)?;
        cells.nullable_small(&row.reason)?;
        for text in [&row.reason_text, &row.trans_code, &row.service_order] {
            cells.text(text)?;
        }
        for number in [&row.quantity, &row.demand, &row.demand_at] {
            cells.nullable(number)?;
        }
        cells.text(&row.status)?;
        cells.nullable(&row.reset_count)?;
        cells.nullable(&row.reset_at)?;
        for number in [&row.version, &row.file_id, &row.line] {
            cells.number(number)?;
        }
        cells.small(&row.outcome)?;
        cells.nullable(&row.superseded_by)
    }
}

/// A stretch of time in which the current reads of a channel are looked for.
struct Span {
    channel: i64,
    from: i64,
    to: i64,
}

struct FindReads;

/// A current read with the time of its file.
#[derive(Clone, QueryableByName)]
struct Current {
    #[diesel(embed)]
    held: RegisterRow,
    #[diesel(sql_type = Nullable<BigInt>)]
    created_at: Option<i64>,
}

impl Shape for FindReads {
    type Row<'r> = Span;
    const HEAD: &'static str = "SELECT f.created_at, r.* FROM (VALUES ";
    // Reads at the same time, or behind it with a stretch of time that begins before it.
    const TAIL: &'static str = ") AS v JOIN register_read r ON r.channel_id = v.column1 \
         AND coalesce(r.read_at, 0) > v.column2 \
         AND (coalesce(r.read_at, 0) <= v.column3 OR r.previous_at < v.column3) AND r.superseded_by IS NULL \
         JOIN source_file f ON f.id = r.file_id";

    fn bind<'b>(row: &'b Span, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        for value in [&row.channel, &row.from, &row.to] {
            cells.number(value)?;
        }
        Ok(())
    }
}

/// Stored reads that give way: id, and the file that takes their place.
struct Supersede;

impl Shape for Supersede {
    type Row<'r> = (i64, i64);
    const HEAD: &'static str = "UPDATE register_read SET superseded_by = v.column2 FROM (VALUES ";
    const TAIL: &'static str = ") AS v WHERE register_read.id = v.column1";

    fn bind<'b>((id, file): &'b (i64, i64), cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        cells.number(id)?;
        cells.number(file)
    }
}

/// Stored reads that are said again in a later version: id and version.
struct Raise;

impl Shape for Raise {
    type Row<'r> = (i64, i64);
    const HEAD: &'static str = "UPDATE register_read SET version = v.column2 FROM (VALUES ";
    const TAIL: &'static str = ") AS v WHERE register_read.id = v.column1";

    fn bind<'b>((id, version): &'b (i64, i64), cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        cells.number(id)?;
        cells.number(version)
    }
}

/// The meter behind a channel, as a file describes it.
#[derive(Debug)]
struct Meter {
    serial: String,
    register: String,
}

/// The meter that the stored channel knows: a file that described it in a batch without reads has brought it up to date.
fn stored_meter(connection: &mut Database, id: i64) -> Result<Meter, StoreError> {
    let found: (String, String) =
        channel::table.find(id).select((channel::serial, channel::register)).first(connection).doing(WHAT)?;
    Ok(Meter { serial: found.0, register: found.1 })
}

/// The register reads of one load.
#[derive(Debug)]
pub(crate) struct Registers {
    file: i64,
    created_at: Option<i64>,
    next: Option<i64>,
    /// By the channel's number in the file: the stored channel knows its latest meter only.
    meters: HashMap<u32, Meter>,
    counts: Counts,
}

impl Registers {
    /// The reads of a file made at `created_at`.
    pub(crate) fn new(file: i64, created_at: Option<i64>) -> Self {
        Self { file, created_at, next: None, meters: HashMap::new(), counts: Counts::default() }
    }

    /// What became of them so far.
    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// Writes the reads of a batch, in their order; `described` is how many channels the file had described before.
    pub(crate) fn write(
        &mut self,
        connection: &mut Database,
        channels: &Channels,
        described: u32,
        batch: &Batch,
    ) -> Result<(), StoreError> {
        if batch.register_reads.is_empty() {
            return Ok(());
        }
        for (slot, channel) in (described..).zip(&batch.new_channels) {
            let (serial, register) = (channel.serial.clone(), channel.register.clone());
            self.meters.insert(slot, Meter { serial, register });
        }
        let mut incoming = Vec::with_capacity(batch.register_reads.len());
        for read in &batch.register_reads {
            let channel = channels.id(read.channel)?;
            let meter = match self.meters.entry(read.channel) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(stored_meter(connection, channel)?),
            };
            incoming.push(RegisterRow::new(read, channel, self.file, meter)?);
        }
        let mut ledger = self.ledger(connection, &incoming)?;
        for row in incoming {
            ledger.take(row);
        }
        let Ledger { next, added, superseded, raised, counts, .. } = ledger;
        self.next = Some(next);
        self.counts = counts;
        bulk::execute::<InsertReads>(connection, &added).doing(WHAT)?;
        bulk::execute::<Supersede>(connection, &superseded).doing(WHAT)?;
        let raised: Vec<(i64, i64)> = raised.into_iter().collect();
        bulk::execute::<Raise>(connection, &raised).doing(WHAT).map(drop)
    }

    /// What is stored already where the incoming rows go.
    fn ledger(&self, connection: &mut Database, incoming: &[RegisterRow]) -> Result<Ledger, StoreError> {
        let spans: Vec<Span> = incoming
            .iter()
            .map(|row| {
                let to = row.read_at.unwrap_or(0);
                let from = row.span().map_or(to - 1, |(from, _)| from);
                Span { channel: row.channel_id, from, to }
            })
            .collect();
        let mut current: HashMap<i64, Vec<Current>> = HashMap::new();
        let mut seen = HashSet::new();
        for found in bulk::load::<FindReads, Current>(connection, &spans).doing(WHAT)? {
            if seen.insert(found.held.id) {
                current.entry(found.held.channel_id).or_default().push(found);
            }
        }
        let next = match self.next {
            Some(next) => next,
            None => connection.number(WHAT, "SELECT coalesce(max(id), 0) + 1 AS n FROM register_read")?,
        };
        Ok(Ledger {
            created_at: self.created_at,
            next,
            current,
            added: Vec::new(),
            superseded: Vec::new(),
            raised: HashMap::new(),
            counts: self.counts,
        })
    }
}

/// The reads that one batch meets, and what it changes.
struct Ledger {
    created_at: Option<i64>,
    next: i64,
    /// By channel: those stored, and those of this batch.
    current: HashMap<i64, Vec<Current>>,
    added: Vec<RegisterRow>,
    superseded: Vec<(i64, i64)>,
    raised: HashMap<i64, i64>,
    counts: Counts,
}

impl Ledger {
    /// Takes one read.
    fn take(&mut self, mut row: RegisterRow) {
        let current = self.current.entry(row.channel_id).or_default();
        let rank = (row.version, self.created_at, row.file_id);
        if let Some(same) = current.iter_mut().find(|other| other.held.key() == row.key())
            && same.held.content() == row.content()
        {
            self.counts.unchanged += 1;
            if row.version > same.held.version {
                same.held.version = row.version;
                self.raised.insert(same.held.id, row.version);
            }
            return;
        }
        let later_than = |other: &Current| {
            if other.held.key() == row.key() {
                return Some(rank >= (other.held.version, other.created_at, other.held.file_id));
            }
            let (own, others) = ((row.version, self.created_at), (other.held.version, other.created_at));
            let counts = own != others && (row.version > 0 || other.held.version > 0) && row.overlaps(&other.held);
            counts.then_some(own > others)
        };
        let holder = current.iter().find(|other| later_than(other) == Some(false)).map(|other| other.held.file_id);
        let old: Vec<i64> = match holder {
            Some(_) => Vec::new(),
            None => current.iter().filter(|other| later_than(other) == Some(true)).map(|other| other.held.id).collect(),
        };
        let (outcome, count) = match (holder, old.is_empty()) {
            (Some(_), _) => (Outcome::Late, &mut self.counts.unchanged),
            (None, true) => (Outcome::Inserted, &mut self.counts.inserted),
            (None, false) => (Outcome::Replaced, &mut self.counts.replaced),
        };
        *count += 1;
        current.retain(|other| !old.contains(&other.held.id));
        for id in old {
            match self.added.iter_mut().find(|added| added.id == id) {
                Some(added) => added.superseded_by = Some(row.file_id),
                None => self.superseded.push((id, row.file_id)),
            }
        }
        row.id = self.next;
        self.next += 1;
        (row.outcome, row.superseded_by) = (outcome as i16, holder);
        if holder.is_none() {
            current.push(Current { held: row.clone(), created_at: self.created_at });
        }
        self.added.push(row);
    }
}
