//! Reads of registers on their way into the database.
//!
//! What a record is: its channel, period, rate, the times of its stands and what somebody was there for. The same
//! record again is unchanged if it says the same, else the later version takes its place. A record with a quantity
//! between two stands also takes the place of those of the same channel whose time it overlaps, if its version is later
//! than theirs: an estimate gives way to what was read, and nothing is counted twice. What comes late under this rule
//! is kept as superseded at once.

mod row;

pub(crate) use row::RegisterRow;

use crate::{
    Counts, StoreError,
    backend::Database,
    bulk::{self, Cells, Shape},
    channels::Channels,
    error::Doing,
    schema::channel,
};
use diesel::{
    QueryDsl, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Nullable},
};
use row::{InsertReads, Meter};
use smrt_core::Batch;
use std::collections::{HashMap, HashSet, hash_map::Entry};

const WHAT: &str = "writing reads of registers";

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
        let records = u64::from(row.counted.unsigned_abs());
        let rank = (row.version, self.created_at, row.file_id);
        if let Some(same) = current.iter_mut().find(|other| other.held.key() == row.key())
            && same.held.content() == row.content()
        {
            self.counts.unchanged += records;
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
        let (counted, count) = match (holder, old.is_empty()) {
            (Some(_), _) => (0, &mut self.counts.unchanged),
            (None, true) => (row.counted, &mut self.counts.inserted),
            (None, false) => (-row.counted, &mut self.counts.replaced),
        };
        *count += records;
        current.retain(|other| !old.contains(&other.held.id));
        for id in old {
            match self.added.iter_mut().find(|added| added.id == id) {
                Some(added) => added.superseded_by = Some(row.file_id),
                None => self.superseded.push((id, row.file_id)),
            }
        }
        row.id = self.next;
        self.next += 1;
        (row.counted, row.superseded_by) = (counted, holder);
        if holder.is_none() {
            current.push(Current { held: row.clone(), created_at: self.created_at });
        }
        self.added.push(row);
    }
}
