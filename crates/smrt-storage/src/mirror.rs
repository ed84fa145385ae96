//! What a load has made current, read back for whoever keeps a copy of the readings elsewhere.
//!
//! Which of a file's readings are current is decided by versions, precedence and doubled keys while they are written;
//! reading the outcome back is exact whatever the rules are.

use crate::{
    FileLoad, Store, StoreError, Writer,
    backend::Database,
    error::Doing,
    ledger::count,
    queries::readings::parse_quality,
    schema::{channel, meter_point, reading::dsl as r},
};
use diesel::{
    ExpressionMethods, QueryDsl, QueryableByName, RunQueryDsl, sql_query,
    sql_types::{BigInt, Integer},
};
use smrt_core::{Flag, Quality, Quantity, Scheme};
use std::collections::BTreeMap;

/// Rows that are in memory at a time.
const PAGE: i64 = 4096;

const WHAT: &str = "reading back what is current";

/// A reading as it is now, or that there is none any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurrentReading {
    /// Id of its channel.
    pub channel: i64,
    /// Start of its interval, UTC epoch seconds.
    pub start: i64,
    /// Length of the interval in minutes.
    pub minutes: i32,
    /// What was metered, unless that is not known.
    pub quantity: Option<Quantity>,
    /// Its quality; nothing where the reading was withdrawn.
    pub quality: Option<Quality>,
    /// Id of the file that says so.
    pub file: i64,
    /// Line of the file, from 1; of a withdrawn reading, its own.
    pub line: u64,
}

/// What a channel is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelName {
    /// Code of the meter.
    pub meter: String,
    /// Name of the channel.
    pub name: String,
    /// Unit of its quantities.
    pub unit: String,
}

/// For each channel the first and the last start of what was written.
#[derive(Debug, Default)]
pub(crate) struct Ranges(BTreeMap<i64, (i64, i64)>);

impl Ranges {
    /// Notes that a row of a channel was written.
    pub(crate) fn note(&mut self, channel: i64, start: i64) {
        let (first, last) = self.0.entry(channel).or_insert((start, start));
        *first = start.min(*first);
        *last = start.max(*last);
    }
}

/// Start, minutes, quantity, quality, file and line.
type ReadingRow = (i64, i32, i64, i16, i64, i64);

#[derive(QueryableByName)]
struct Withdrawn {
    #[diesel(sql_type = BigInt)]
    channel_id: i64,
    #[diesel(sql_type = BigInt)]
    start: i64,
    #[diesel(sql_type = Integer)]
    minutes: i32,
    #[diesel(sql_type = BigInt)]
    line: i64,
}

const WITHDRAWN: &str = "SELECT h.channel_id, h.start, h.minutes, h.line FROM reading_history h \
     WHERE h.superseded_by = $1 AND h.manner = 1 AND NOT EXISTS \
     (SELECT 1 FROM reading r WHERE r.channel_id = h.channel_id AND r.start = h.start)";

/// What the current readings of a channel add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingTotal {
    /// What the channel is called.
    pub name: ChannelName,
    /// How many readings it has, those without a value included.
    pub count: u64,
    /// The sum of their quantities in millionths of the unit.
    pub sum: i128,
}

#[derive(QueryableByName)]
struct Total {
    #[diesel(sql_type = BigInt)]
    channel: i64,
    #[diesel(sql_type = BigInt)]
    n: i64,
    #[diesel(sql_type = BigInt)]
    high: i64,
    #[diesel(sql_type = BigInt)]
    low: i64,
}

/// In two parts, neither of which leaves the range of `BIGINT`.
const TOTALS: &str = "SELECT channel_id AS channel, count(*) AS n, \
     CAST(coalesce(sum(CASE WHEN quality < 500 THEN quantity / 1000000000 END), 0) AS BIGINT) AS high, \
     CAST(coalesce(sum(CASE WHEN quality < 500 THEN quantity % 1000000000 END), 0) AS BIGINT) AS low \
     FROM reading GROUP BY channel_id";

impl Store {
    /// What the current readings of each channel that has any add up to; it reads them all.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn reading_totals(&mut self) -> Result<Vec<ReadingTotal>, StoreError> {
        let totals: Vec<Total> = sql_query(TOTALS).load(&mut self.connection).doing(WHAT)?;
        let total = |total: Total| {
            let sum = i128::from(total.high) * 1_000_000_000 + i128::from(total.low);
            Ok(ReadingTotal { name: channel_name(&mut self.connection, total.channel)?, count: count(total.n), sum })
        };
        totals.into_iter().map(total).collect()
    }
}

/// How far current readings have been read back.
#[derive(Debug)]
pub struct CurrentCursor {
    /// Channels still to be read, with the first and the last start that matter.
    channels: std::vec::IntoIter<(i64, (i64, i64))>,
    open: Option<(i64, (i64, i64))>,
    /// The file whose readings are wanted; else those of all.
    file: Option<i64>,
    /// Whether what the file has withdrawn is still to be told.
    withdrawn: bool,
}

impl FileLoad<'_> {
    /// From now on the load remembers where it writes, so that [`FileLoad::current_readings`] can tell.
    pub fn remember_ranges(&mut self) {
        self.ranges = Some(Ranges::default());
    }

    /// Writes what was held back, and begins to read what this file has made current and what it has withdrawn.
    /// [`FileLoad::remember_ranges`] must have been called before the first batch, and nothing may be written afterwards.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn current_readings(&mut self) -> Result<CurrentCursor, StoreError> {
        self.write_held()?;
        let channels: Vec<_> = std::mem::take(&mut self.ranges).unwrap_or_default().0.into_iter().collect();
        Ok(CurrentCursor { channels: channels.into_iter(), open: None, file: Some(self.id()), withdrawn: true })
    }

    /// The next of them, some thousands at most; `None` when there are no more.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn next_current(&mut self, cursor: &mut CurrentCursor) -> Result<Option<Vec<CurrentReading>>, StoreError> {
        cursor.next(self.connection)
    }

    /// What a channel is called.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn channel_name(&mut self, id: i64) -> Result<ChannelName, StoreError> {
        channel_name(self.connection, id)
    }
}

impl Writer {
    /// Begins to read every current reading of the database, channel by channel in the order of time.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn all_current_readings(&mut self) -> Result<CurrentCursor, StoreError> {
        // What sensors measure is in the lake and nowhere else, and there may be very many of them.
        let channels: Vec<i64> = channel::table
            .inner_join(meter_point::table)
            .filter(meter_point::scheme.ne(Scheme::Sensor.as_str()))
            .select(channel::id)
            .order(channel::id)
            .load(&mut self.connection)
            .doing(WHAT)?;
        let channels: Vec<_> = channels.into_iter().map(|channel| (channel, (i64::MIN, i64::MAX))).collect();
        Ok(CurrentCursor { channels: channels.into_iter(), open: None, file: None, withdrawn: false })
    }

    /// The next of them, some thousands at most; `None` when there are no more.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn next_current(&mut self, cursor: &mut CurrentCursor) -> Result<Option<Vec<CurrentReading>>, StoreError> {
        cursor.next(&mut self.connection)
    }

    /// What a channel is called.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn channel_name(&mut self, id: i64) -> Result<ChannelName, StoreError> {
        channel_name(&mut self.connection, id)
    }
}

impl CurrentCursor {
    fn next(&mut self, connection: &mut Database) -> Result<Option<Vec<CurrentReading>>, StoreError> {
        while let Some((channel, (from, to))) = self.open.take().or_else(|| self.channels.next()) {
            let page: Vec<ReadingRow> = r::reading
                .filter(r::channel_id.eq(channel))
                .filter(r::start.ge(from))
                .filter(r::start.le(to))
                .order(r::start)
                .limit(PAGE)
                .select((r::start, r::minutes, r::quantity, r::quality, r::file_id, r::line))
                .load(connection)
                .doing(WHAT)?;
            let Some(&(last, ..)) = page.last() else { continue };
            self.open = (last < to).then_some((channel, (last + 1, to)));
            let wanted = |row: &ReadingRow| self.file.is_none_or(|file| row.4 == file);
            let current: Result<Vec<_>, _> = page.into_iter().filter(wanted).map(|row| current(channel, row)).collect();
            return current.map(Some);
        }
        match self.file.filter(|_| std::mem::take(&mut self.withdrawn)) {
            None => Ok(None),
            Some(file) => withdrawn(connection, file).map(Some),
        }
    }
}

fn current(
    channel: i64,
    (start, minutes, quantity, quality, file, line): ReadingRow,
) -> Result<CurrentReading, StoreError> {
    let quality = parse_quality(quality)?;
    let quantity = (quality.flag != Flag::Null).then(|| Quantity::from_micros(quantity));
    Ok(CurrentReading { channel, start, minutes, quantity, quality: Some(quality), file, line: count(line) })
}

/// The readings that a file has withdrawn without saying others in their place.
fn withdrawn(connection: &mut Database, file: i64) -> Result<Vec<CurrentReading>, StoreError> {
    let rows: Vec<Withdrawn> = sql_query(WITHDRAWN).bind::<BigInt, _>(file).load(connection).doing(WHAT)?;
    let reading = |Withdrawn { channel_id: channel, start, minutes, line }| {
        let line = count(line);
        CurrentReading { channel, start, minutes, quantity: None, quality: None, file, line }
    };
    Ok(rows.into_iter().map(reading).collect())
}

fn channel_name(connection: &mut Database, id: i64) -> Result<ChannelName, StoreError> {
    let (meter, name, unit) = channel::table
        .inner_join(meter_point::table)
        .filter(channel::id.eq(id))
        .select((meter_point::code, channel::name, channel::unit))
        .first(connection)
        .doing(WHAT)?;
    Ok(ChannelName { meter, name, unit })
}
