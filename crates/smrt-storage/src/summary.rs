//! The days of channels, kept in step with their readings.
//!
//! Readings on their way into the table come in; rows of `daily_summary` go out. A reading behind everything its
//! channel held is added to its day as it passes. Any other may take the place of a value that its day has counted
//! already, so that day is remembered and computed again from the table. Either way a day says what the current
//! readings say, in whatever order they came. Days are cut here, in the channel's zone; the database only adds up.

use crate::{
    StoreError,
    backend::Database,
    bulk::{self, AddDays, Cells, Row, SetDays, Shape},
    error::Doing,
};
use diesel::{
    QueryResult, QueryableByName,
    sql_types::{BigInt, Nullable},
};
use smrt_core::{MarketZone, Quantity, Sum};

/// Days to be computed again that are remembered before that is done: the memory they may take.
const MOST_TOUCHED: usize = 65_536;

/// A row of `daily_summary`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) channel: i64,
    pub(crate) day: i64,
    pub(crate) count: i64,
    pub(crate) sum_units: i64,
    pub(crate) sum_micros: i64,
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
    pub(crate) expected: i64,
}

/// The civil day that was asked for last, of one zone: readings come in the order of time, so it mostly is the next
/// one, too.
#[derive(Debug)]
struct Calendar {
    zone: MarketZone,
    day: i32,
    start: i64,
    end: i64,
}

impl Calendar {
    fn new(zone: MarketZone) -> Self {
        Self { zone, day: 0, start: 0, end: 0 }
    }

    /// The day of an instant.
    fn turn_to(&mut self, epoch: i64) -> i32 {
        if epoch < self.start || epoch >= self.end {
            self.turn_to_day(self.zone.day(epoch));
        }
        self.day
    }

    fn turn_to_day(&mut self, day: i32) {
        self.day = day;
        self.start = self.zone.day_start(day);
        self.end = self.zone.day_start(day.saturating_add(1));
    }

    /// Intervals of a length that a complete day has; at least one, although a day of 23 hours has room for no
    /// interval of 24.
    fn expected(&self, minutes: i64) -> i64 {
        ((self.end - self.start) / 60 / minutes.max(1)).max(1)
    }
}

/// The day that readings are being added to.
#[derive(Debug)]
struct Tally {
    channel: i64,
    day: i32,
    count: i64,
    sum: Sum,
    range: Option<(Quantity, Quantity)>,
    expected: i64,
}

impl Tally {
    fn add(&mut self, value: Option<Quantity>, expected: i64) {
        self.expected = self.expected.max(expected);
        if let Some(value) = value {
            self.count += 1;
            self.sum.add(value);
            let (min, max) = self.range.unwrap_or((value, value));
            self.range = Some((min.min(value), max.max(value)));
        }
    }

    fn day(self) -> Day {
        let (sum_units, sum_micros) = self.sum.split();
        Day {
            channel: self.channel,
            day: i64::from(self.day),
            count: self.count,
            sum_units,
            sum_micros: i64::from(sum_micros),
            min: self.range.map(|(min, _)| min.micros()),
            max: self.range.map(|(_, max)| max.micros()),
            expected: self.expected,
        }
    }
}

/// A day to be computed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Touched {
    channel: i64,
    day: i32,
    zone: u16,
}

/// The days of one load.
#[derive(Debug, Default)]
pub(crate) struct Summaries {
    calendars: Vec<Calendar>,
    tally: Option<Tally>,
    days: Vec<Day>,
    touched: Vec<Touched>,
}

impl Summaries {
    /// The number of a zone in this load.
    pub(crate) fn zone(&mut self, zone: MarketZone) -> Result<u16, StoreError> {
        let known = self.calendars.iter().position(|calendar| calendar.zone == zone);
        let number = known.unwrap_or_else(|| {
            self.calendars.push(Calendar::new(zone));
            self.calendars.len() - 1
        });
        u16::try_from(number).map_err(|_| StoreError::Misuse("a file has channels in too many zones"))
    }

    /// The zone with a number in this load.
    pub(crate) fn market_zone(&self, number: u16) -> MarketZone {
        self.calendars[usize::from(number)].zone
    }

    /// Adds a reading that lies behind everything its channel held; they come in the order of channel and time.
    pub(crate) fn add(&mut self, row: &Row, zone: u16) {
        let calendar = &mut self.calendars[usize::from(zone)];
        let day = calendar.turn_to(row.start);
        let expected = calendar.expected(i64::from(row.minutes));
        if let Some(tally) = &mut self.tally
            && (tally.channel, tally.day) == (row.channel, day)
        {
            return tally.add(row.value(), expected);
        }
        self.close();
        let mut tally = Tally { channel: row.channel, day, count: 0, sum: Sum::default(), range: None, expected };
        tally.add(row.value(), expected);
        self.tally = Some(tally);
    }

    /// The civil day of an instant in a zone: its number, its first second, and the first second behind it.
    pub(crate) fn day(&mut self, zone: u16, epoch: i64) -> (i32, i64, i64) {
        let calendar = &mut self.calendars[usize::from(zone)];
        (calendar.turn_to(epoch), calendar.start, calendar.end)
    }

    /// Remembers a day whose readings have become fewer.
    pub(crate) fn touch_day(&mut self, channel: i64, day: i32, zone: u16) {
        self.touched.push(Touched { channel, day, zone });
    }

    /// Remembers the day of a reading that may have taken the place of another.
    pub(crate) fn touch(&mut self, row: &Row, zone: u16) {
        let day = self.calendars[usize::from(zone)].turn_to(row.start);
        let touched = Touched { channel: row.channel, day, zone };
        if self.touched.last() != Some(&touched) {
            self.touched.push(touched);
        }
    }

    /// Writes what the readings of a batch have added. It must come after the readings and before the next batch: a
    /// day that is computed again counts every reading of the table.
    pub(crate) fn flush(&mut self, connection: &mut Database) -> Result<(), StoreError> {
        self.close();
        bulk::execute::<AddDays>(connection, &self.days).doing("writing daily summaries")?;
        self.days.clear();
        if self.touched.len() >= MOST_TOUCHED {
            self.touched.sort_unstable();
            self.touched.dedup();
        }
        if self.touched.len() >= MOST_TOUCHED / 2 { self.compute_again(connection) } else { Ok(()) }
    }

    /// Computes the remembered days from the table.
    pub(crate) fn compute_again(&mut self, connection: &mut Database) -> Result<(), StoreError> {
        self.touched.sort_unstable();
        self.touched.dedup();
        let touched = std::mem::take(&mut self.touched);
        for part in touched.chunks(1024) {
            let days = self.sum_up(connection, part)?;
            bulk::execute::<SetDays>(connection, &days).doing("writing daily summaries")?;
        }
        Ok(())
    }

    fn close(&mut self) {
        self.days.extend(self.tally.take().map(Tally::day));
    }

    /// Lets the database add up the readings of some days.
    fn sum_up(&mut self, connection: &mut Database, touched: &[Touched]) -> Result<Vec<Day>, StoreError> {
        let mut spans = Vec::with_capacity(touched.len());
        for (ordinal, touched) in (0..).zip(touched) {
            let calendar = &mut self.calendars[usize::from(touched.zone)];
            calendar.turn_to_day(touched.day);
            spans.push(Span { ordinal, channel: touched.channel, start: calendar.start, end: calendar.end });
        }
        let sums: Vec<SpanSum> = bulk::load::<SumUp, _>(connection, &spans).doing("adding up days")?;
        let mut days = Vec::with_capacity(sums.len());
        for sum in sums {
            let touched = usize::try_from(sum.ordinal).ok().and_then(|at| touched.get(at));
            let touched = touched.ok_or_else(|| StoreError::corrupt("a sum of no day"))?;
            let calendar = &mut self.calendars[usize::from(touched.zone)];
            calendar.turn_to_day(touched.day);
            let total =
                Sum::from_micros(i128::from(sum.units.unwrap_or(0)) * 1_000_000 + i128::from(sum.micros.unwrap_or(0)));
            let (sum_units, sum_micros) = total.split();
            days.push(Day {
                channel: touched.channel,
                day: i64::from(touched.day),
                count: sum.count,
                sum_units,
                sum_micros: i64::from(sum_micros),
                min: sum.least,
                max: sum.greatest,
                expected: calendar.expected(sum.shortest),
            });
        }
        Ok(days)
    }
}

/// A stretch of time of one channel.
struct Span {
    ordinal: i64,
    channel: i64,
    start: i64,
    end: i64,
}

/// Adds up the readings of spans. Whole units and the rest are added apart: neither can leave the range of `BIGINT`,
/// which SQLite would refuse.
struct SumUp;

#[derive(QueryableByName)]
struct SpanSum {
    #[diesel(sql_type = BigInt)]
    ordinal: i64,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    units: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    micros: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    least: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    greatest: Option<i64>,
    #[diesel(sql_type = BigInt)]
    shortest: i64,
}

impl Shape for SumUp {
    type Row<'r> = Span;
    const HEAD: &'static str = "SELECT v.column1 AS ordinal, count(*) FILTER (WHERE r.quality < 500) AS count, \
         CAST(sum(r.quantity / 1000000) FILTER (WHERE r.quality < 500) AS BIGINT) AS units, \
         CAST(sum(r.quantity % 1000000) FILTER (WHERE r.quality < 500) AS BIGINT) AS micros, \
         min(r.quantity) FILTER (WHERE r.quality < 500) AS least, \
         max(r.quantity) FILTER (WHERE r.quality < 500) AS greatest, \
         CAST(min(r.minutes) AS BIGINT) AS shortest FROM (VALUES ";
    const TAIL: &'static str = ") AS v JOIN reading r \
         ON r.channel_id = v.column2 AND r.start >= v.column3 AND r.start < v.column4 GROUP BY v.column1";

    fn bind<'b>(row: &'b Span, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        for value in [&row.ordinal, &row.channel, &row.start, &row.end] {
            cells.number(value)?;
        }
        Ok(())
    }
}
