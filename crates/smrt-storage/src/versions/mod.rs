//! Days that their senders say again under a version: the sender's time of the last change (NEM12 `UpdateDateTime`).
//!
//! Rows on their way into the table come in, sorted by key; those that may be written stay. What a file says of one civil
//! day of one channel is taken as a whole. A later version wins; of equal ones the file that its sender made last, then
//! the one received last; what states no version loses to what does. A day that loses goes to the history at once and
//! changes nothing. One that wins in intervals of another length replaces the whole day: what it leaves of the old
//! readings is withdrawn to the history. So does one without a version where no day of its channel has any and days are
//! sent whole; otherwise values of the old length would stay between those of the new one. What every file said of a
//! day, and in which version, stays in `day_version`. Other loads without versions never come here.

mod shapes;

use crate::{
    StoreError,
    backend::Database,
    bulk::{self, InsertHistory, Manner, PastRow, Row},
    channels::Channels,
    error::Doing,
    summary::Summaries,
};
use shapes::{
    Changed, DeleteReadings, FindOtherLengths, FindReadings, FindStatements, InsertStatements, Key, Said, Statement,
    Stored,
};
use smrt_core::Version;
use std::ops::Range;

const WHAT: &str = "comparing the versions of days";

/// The versions of the days of one load.
#[derive(Debug)]
pub(crate) struct Versions {
    file: i64,
    created_at: Option<i64>,
    /// Whether a file made later may hold readings, and keeps them where no version is stated.
    may_be_late: bool,
    /// Days whose old readings may have to be withdrawn when the new ones have been written.
    changed: Vec<Changed>,
}

/// The rows of one civil day of one channel.
#[derive(Debug)]
struct DayRows {
    rows: Range<usize>,
    channel: i64,
    day: i32,
    start: i64,
    end: i64,
    zone: u16,
    /// Whether the channel held nothing so late: then nothing is known of the day.
    is_new: bool,
    /// Whether what the file says of the day is all of it.
    is_whole: bool,
}

/// Rows that may not be written.
#[derive(Default)]
struct Losers {
    /// Places in the batch, ascending.
    places: Vec<usize>,
    /// Those of them whose day is held by a statement stored before, with the file of that.
    to_stored: Vec<(usize, i64)>,
    past: Vec<PastRow>,
}

impl Versions {
    /// The versions of a file made at `created_at`; see [`SendersTime`](crate::late::SendersTime) for what may be late.
    pub(crate) fn new(file: i64, created_at: Option<i64>, may_be_late: bool) -> Self {
        Self { file, created_at, may_be_late, changed: Vec::new() }
    }

    /// Moves the rows of the day that `last` stands in from `rows` to `held`, if they are to be settled together: the file may go
    /// on about that day in its next batch, and what it says of a day is taken as a whole.
    pub(crate) fn hold_back(
        last: Row,
        channels: &Channels,
        summaries: &mut Summaries,
        rows: &mut Vec<Row>,
        held: &mut Vec<Row>,
    ) {
        let (_, start, end) = summaries.day(channels.zone(last.slot), last.start);
        let first = rows.partition_point(|row| row.key() < (last.channel, start));
        let behind = rows.partition_point(|row| row.key() < (last.channel, end));
        if counts(&rows[first..behind], channels) {
            held.extend(rows.drain(first..behind));
        }
    }

    /// Takes out of the sorted `rows` those that lose to another version of their day, and keeps their values in the
    /// history.
    pub(crate) fn settle(
        &mut self,
        connection: &mut Database,
        channels: &mut Channels,
        summaries: &mut Summaries,
        rows: &mut Vec<Row>,
    ) -> Result<(), StoreError> {
        self.changed.clear();
        let unstated = !channels.any_versioned() && rows.iter().all(|row| row.version == Version::UNSTATED);
        if unstated && (self.may_be_late || !channels.any_in_days()) {
            return Ok(());
        }
        let days = days(rows, channels, summaries);
        let known = known(connection, &days)?;
        let (mut statements, mut losers) = (Vec::new(), Losers::default());
        for (day, known) in days.iter().zip(&known) {
            self.decide(day, known.as_ref(), rows, &mut statements, &mut losers);
        }
        for statement in &statements {
            channels.set_versioned(statement.channel);
        }
        bulk::execute::<InsertStatements>(connection, &statements).doing("writing the versions of days")?;
        self.keep_out(connection, rows, losers)
    }

    /// Settles one day: its statements, its losers, and whether old readings of it may have to go.
    fn decide(
        &mut self,
        day: &DayRows,
        known: Option<&Said>,
        rows: &[Row],
        statements: &mut Vec<Statement>,
        losers: &mut Losers,
    ) {
        let said = &rows[day.rows.clone()];
        let Some(top) = said.iter().map(|row| row.version).max() else { return };
        self.state(day, said, statements);
        if let Some(known) = known.filter(|known| known.rank() > (top.number(), self.created_at, self.file)) {
            losers.places.extend(day.rows.clone());
            losers.to_stored.extend(day.rows.clone().map(|place| (place, known.file_id)));
            return;
        }
        if top == Version::UNSTATED && (self.may_be_late || !day.is_whole) {
            return;
        }
        let minutes = length_of(said, top);
        let wins = |row: &Row| row.version == top && row.minutes == minutes;
        for (place, row) in day.rows.clone().zip(said).filter(|(_, row)| !wins(row)) {
            losers.places.push(place);
            let holder = said.iter().rfind(|other| wins(other) && other.start == row.start);
            if !holder.is_some_and(|holder| holder.says_the_same(row)) {
                losers.past.push(PastRow::new(row, self.file, self.file, Manner::Late));
            }
        }
        if !day.is_new && known.is_none_or(|known| known.minutes != minutes) {
            let &DayRows { channel, day, start, end, zone, .. } = day;
            let ordinal = i64::try_from(self.changed.len()).unwrap_or(i64::MAX);
            self.changed.push(Changed { ordinal, channel, start, end, minutes: i64::from(minutes), day, zone });
        }
    }

    /// Notes what the file says of a day, once for each version.
    fn state(&self, day: &DayRows, said: &[Row], statements: &mut Vec<Statement>) {
        let first = statements.len();
        for row in said {
            let Some(version) = row.version.epoch() else { continue };
            if statements[first..].iter().any(|statement| statement.version == version) {
                continue;
            }
            let minutes = length_of(said, row.version);
            let same = |other: &&Row| other.version == row.version && other.minutes == minutes;
            statements.push(Statement {
                channel: day.channel,
                day: i64::from(day.day),
                version,
                file: self.file,
                minutes: i64::from(minutes),
                line: said.iter().filter(same).map(|row| row.line).min().unwrap_or(row.line),
            });
        }
    }

    /// Takes the losers out and keeps their values, but for those that are current anyway.
    fn keep_out(&self, connection: &mut Database, rows: &mut Vec<Row>, mut losers: Losers) -> Result<(), StoreError> {
        if losers.places.is_empty() {
            return Ok(());
        }
        let keys: Vec<Key> = (0..)
            .zip(&losers.to_stored)
            .map(|(ordinal, &(place, _))| Key { ordinal, channel: rows[place].channel, at: rows[place].start })
            .collect();
        let mut current: Vec<Option<Row>> = vec![None; keys.len()];
        for stored in bulk::load::<FindReadings, Stored>(connection, &keys).doing(WHAT)? {
            let at = usize::try_from(stored.ordinal).ok().filter(|&at| at < current.len());
            let at = at.ok_or_else(|| StoreError::corrupt("a reading that was not asked for"))?;
            current[at] = Some(stored.row(keys[at].channel));
        }
        for (&(place, holder), current) in losers.to_stored.iter().zip(current) {
            if !current.is_some_and(|current| current.says_the_same(&rows[place])) {
                losers.past.push(PastRow::new(&rows[place], self.file, holder, Manner::Late));
            }
        }
        let mut places = losers.places.into_iter().peekable();
        let mut place = 0;
        rows.retain(|_| {
            let loses = places.next_if_eq(&place).is_some();
            place += 1;
            !loses
        });
        bulk::execute::<InsertHistory>(connection, &losers.past).doing("writing superseded readings").map(drop)
    }

    /// Withdraws what is left of days that were replaced whole. It must come after the new readings, which take the
    /// place of those with the same start.
    pub(crate) fn withdraw(&mut self, connection: &mut Database, summaries: &mut Summaries) -> Result<(), StoreError> {
        if self.changed.is_empty() {
            return Ok(());
        }
        let old: Vec<Stored> = bulk::load::<FindOtherLengths, _>(connection, &self.changed).doing(WHAT)?;
        let (mut past, mut keys) = (Vec::with_capacity(old.len()), Vec::with_capacity(old.len()));
        for stored in &old {
            let changed = usize::try_from(stored.ordinal).ok().and_then(|at| self.changed.get(at));
            let changed = changed.ok_or_else(|| StoreError::corrupt("a reading that was not asked for"))?;
            let row = stored.row(changed.channel);
            past.push(PastRow::new(&row, stored.file_id, self.file, Manner::Withdrawn));
            keys.push(row.key());
            summaries.touch_day(changed.channel, changed.day, changed.zone);
        }
        // In the order of keys on both databases.
        keys.sort_unstable();
        past.sort_unstable_by_key(PastRow::key);
        bulk::execute::<InsertHistory>(connection, &past).doing("writing superseded readings")?;
        bulk::execute::<DeleteReadings>(connection, &keys).doing("withdrawing readings").map(drop)
    }
}

/// Whether rows of one day of a channel are to be settled together.
fn counts(rows: &[Row], channels: &Channels) -> bool {
    rows.iter().any(|row| {
        row.version != Version::UNSTATED || channels.is_in_days(row.slot) || channels.is_versioned(row.channel)
    })
}

/// The length that a day has in one version: that of its last line.
fn length_of(said: &[Row], version: Version) -> i32 {
    let of_version = said.iter().filter(|row| row.version == version);
    of_version.max_by_key(|row| row.line).map_or(0, |row| row.minutes)
}

/// The days among sorted rows that are to be settled.
fn days(rows: &[Row], channels: &Channels, summaries: &mut Summaries) -> Vec<DayRows> {
    let mut days = Vec::new();
    let mut first = 0;
    while let Some(&row) = rows.get(first) {
        let zone = channels.zone(row.slot);
        let (day, start, end) = summaries.day(zone, row.start);
        let same = |other: &Row| other.channel == row.channel && other.start < end;
        let behind = first + rows[first..].iter().take_while(|&other| same(other)).count();
        if counts(&rows[first..behind], channels) {
            let (is_new, is_whole) = (channels.is_new(row.slot, start), channels.is_in_days(row.slot));
            days.push(DayRows { rows: first..behind, channel: row.channel, day, start, end, zone, is_new, is_whole });
        }
        first = behind;
    }
    days
}

/// For each day the statement that holds it.
fn known(connection: &mut Database, days: &[DayRows]) -> Result<Vec<Option<Said>>, StoreError> {
    let keys: Vec<Key> = (0..)
        .zip(days)
        .filter(|(_, day)| !day.is_new)
        .map(|(ordinal, day)| Key { ordinal, channel: day.channel, at: i64::from(day.day) })
        .collect();
    let mut known: Vec<Option<Said>> = Vec::new();
    known.resize_with(days.len(), || None);
    for said in bulk::load::<FindStatements, Said>(connection, &keys).doing(WHAT)? {
        let place = usize::try_from(said.ordinal).ok().and_then(|at| known.get_mut(at));
        let place = place.ok_or_else(|| StoreError::corrupt("a version of a day that was not asked for"))?;
        if place.as_ref().is_none_or(|best| best.rank() < said.rank()) {
            *place = Some(said);
        }
    }
    Ok(known)
}
