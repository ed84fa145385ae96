//! What the statements of many rows say, one type for each.

use super::{
    Row,
    rows::{Cells, Shape},
};
use crate::summary::Day;
use diesel::QueryResult;

/// Adds to days, or makes them.
pub(crate) struct AddDays;

/// Sets days to what they are, whatever they were.
pub(crate) struct SetDays;

/// New meter points.
pub(crate) struct InsertMeterPoints;

/// New channels.
pub(crate) struct InsertChannels;

/// Values that go to the history without ever having been current when a statement ended.
pub(crate) struct InsertHistory;

/// A new meter point.
pub(crate) struct NewMeterPoint<'a> {
    pub(crate) id: i64,
    pub(crate) scheme: &'a str,
    pub(crate) code: &'a str,
}

/// A new channel.
pub(crate) struct NewChannel<'a> {
    pub(crate) id: i64,
    pub(crate) meter_point: i64,
    pub(crate) name: &'a str,
    pub(crate) unit: &'a str,
    pub(crate) source_unit: &'a str,
    pub(crate) serial: &'a str,
    pub(crate) register: &'a str,
    pub(crate) plant: &'a str,
    pub(crate) zone: String,
}

/// How a value came into the history: what the column `manner` keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Another value took its place, or it came late under the rule of the sender's time.
    Replaced = 0,
    /// Its day was said anew in intervals of another length.
    Withdrawn = 1,
    /// Its day had been said in a later version: it never was current.
    Late = 2,
}

/// A value of the history.
pub(crate) struct PastRow {
    channel: i64,
    start: i64,
    minutes: i64,
    quantity: i64,
    quality: i64,
    file: i64,
    line: i64,
    superseded_by: i64,
    manner: i64,
}

impl PastRow {
    /// The value of `row`, which came in `file` and gave way to what the file `superseded_by` says.
    pub(crate) fn new(row: &Row, file: i64, superseded_by: i64, manner: Manner) -> Self {
        Self {
            channel: row.channel,
            start: row.start,
            minutes: i64::from(row.minutes),
            quantity: row.quantity,
            quality: i64::from(row.quality),
            file,
            line: row.line,
            superseded_by,
            manner: manner as i64,
        }
    }

    /// Channel and start.
    pub(crate) fn key(&self) -> (i64, i64) {
        (self.channel, self.start)
    }
}

const DAYS: &str =
    "INSERT INTO daily_summary (channel_id, day, count, sum_units, sum_micros, min, max, expected) VALUES ";

impl Shape for AddDays {
    type Row<'r> = Day;
    const HEAD: &'static str = DAYS;
    // The rest of both fractions carries into the whole units. Least and greatest by hand: SQLite calls them min and
    // max, Postgres least and greatest, and they differ over nothing at all.
    const TAIL: &'static str = " ON CONFLICT (channel_id, day) DO UPDATE SET \
         count = daily_summary.count + excluded.count, \
         sum_units = daily_summary.sum_units + excluded.sum_units \
             + (daily_summary.sum_micros + excluded.sum_micros) / 1000000, \
         sum_micros = (daily_summary.sum_micros + excluded.sum_micros) % 1000000, \
         min = CASE WHEN daily_summary.min < excluded.min THEN daily_summary.min \
             ELSE coalesce(excluded.min, daily_summary.min) END, \
         max = CASE WHEN daily_summary.max > excluded.max THEN daily_summary.max \
             ELSE coalesce(excluded.max, daily_summary.max) END, \
         expected = CASE WHEN daily_summary.expected > excluded.expected THEN daily_summary.expected \
             ELSE excluded.expected END";

    fn bind<'b>(row: &'b Day, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        bind_day(row, cells)
    }
}

impl Shape for SetDays {
    type Row<'r> = Day;
    const HEAD: &'static str = DAYS;
    const TAIL: &'static str = " ON CONFLICT (channel_id, day) DO UPDATE SET count = excluded.count, \
         sum_units = excluded.sum_units, sum_micros = excluded.sum_micros, min = excluded.min, max = excluded.max, \
         expected = excluded.expected";

    fn bind<'b>(row: &'b Day, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        bind_day(row, cells)
    }
}

fn bind_day<'b>(day: &'b Day, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
    for value in [&day.channel, &day.day, &day.count, &day.sum_units, &day.sum_micros] {
        cells.number(value)?;
    }
    cells.nullable(&day.min)?;
    cells.nullable(&day.max)?;
    cells.number(&day.expected)
}

impl Shape for InsertMeterPoints {
    type Row<'r> = NewMeterPoint<'r>;
    const HEAD: &'static str = "INSERT INTO meter_point (id, scheme, code) VALUES ";
    const TAIL: &'static str = "";

    fn bind<'b>(row: &'b NewMeterPoint<'_>, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        cells.number(&row.id)?;
        cells.text(row.scheme)?;
        cells.text(row.code)
    }
}

impl Shape for InsertChannels {
    type Row<'r> = NewChannel<'r>;
    const HEAD: &'static str =
        "INSERT INTO channel (id, meter_point_id, name, unit, source_unit, serial, register, plant, zone) VALUES ";
    const TAIL: &'static str = "";

    fn bind<'b>(row: &'b NewChannel<'_>, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        cells.number(&row.id)?;
        cells.number(&row.meter_point)?;
        for text in [row.name, row.unit, row.source_unit, row.serial, row.register, row.plant, &row.zone] {
            cells.text(text)?;
        }
        Ok(())
    }
}

impl Shape for InsertHistory {
    type Row<'r> = PastRow;
    const HEAD: &'static str = "INSERT INTO reading_history \
         (channel_id, start, minutes, quantity, quality, file_id, line, superseded_by, manner) VALUES ";
    const TAIL: &'static str = "";

    fn bind<'b>(row: &'b PastRow, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        let PastRow { channel, start, minutes, quantity, quality, file, line, superseded_by, manner } = row;
        for value in [channel, start, minutes, quantity, quality, file, line, superseded_by, manner] {
            cells.number(value)?;
        }
        Ok(())
    }
}
