//! Sensors: which of their days have measurements, and the account of the files that brought them.
//!
//! The measurements themselves are in the lake; who puts them there tells here what became of them, in the transaction
//! of the load. Names are in [`names`].

pub(crate) mod names;

use crate::{
    Counts, FileLoad, Store, StoreError,
    bulk::{self, Cells, Shape},
    error::Doing,
    ledger::{count, whole},
    schema::{measured_file::dsl as m, sensor_day::dsl as s},
};
use diesel::{ExpressionMethods, QueryDsl, QueryResult, QueryableByName, RunQueryDsl, sql_types::BigInt};
use smrt_core::MarketZone;

const WHAT: &str = "keeping the days of sensors";

/// A civil day of a sensor with measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SensorDay {
    /// Id of the channel.
    pub channel: i64,
    /// The day, days since 1970-01-01 in the channel's zone.
    pub day: i32,
    /// Instants with a measurement.
    pub count: u64,
    /// The first of them, UTC epoch microseconds.
    pub first: i64,
    /// The last of them, UTC epoch microseconds.
    pub last: i64,
}

/// What a file of measurements has put into the lake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeasuredFile {
    /// Id of the file; its rows in the lake carry it.
    pub file: i64,
    /// What became of its measurements.
    pub counts: Counts,
}

/// A day as the database keeps it: channel, day, count, first, last.
#[derive(Clone, Copy)]
struct Day([i64; 5]);

impl From<&SensorDay> for Day {
    fn from(day: &SensorDay) -> Self {
        Self([day.channel, i64::from(day.day), whole(day.count), day.first, day.last])
    }
}

/// Sets days to what they are, whatever they were.
struct SetSensorDays;

impl Shape for SetSensorDays {
    type Row<'r> = Day;
    const HEAD: &'static str = "INSERT INTO sensor_day (channel_id, day, count, first, last) VALUES ";
    const TAIL: &'static str = " ON CONFLICT (channel_id, day) DO UPDATE SET count = excluded.count, \
         first = excluded.first, last = excluded.last";

    fn bind<'b>(row: &'b Day, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        row.0.iter().try_for_each(|number| cells.number(number))
    }
}

/// Looks days up by their keys.
struct FindSensorDays;

impl Shape for FindSensorDays {
    type Row<'r> = [i64; 2];
    const HEAD: &'static str = "SELECT s.channel_id AS channel, CAST(s.day AS BIGINT) AS day, s.count, s.first, s.last \
         FROM (VALUES ";
    const TAIL: &'static str = ") AS v JOIN sensor_day s ON s.channel_id = v.column1 AND s.day = v.column2";

    fn bind<'b>(row: &'b [i64; 2], cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        row.iter().try_for_each(|number| cells.number(number))
    }
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    channel: i64,
    #[diesel(sql_type = BigInt)]
    day: i64,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    first: i64,
    #[diesel(sql_type = BigInt)]
    last: i64,
}

impl FileLoad<'_> {
    /// The stored id and zone of the channel with a number in the file; a batch must have described it.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] for a channel that no batch has described.
    pub fn channel(&self, number: u32) -> Result<(i64, MarketZone), StoreError> {
        let id = self.channels.id(number)?;
        Ok((id, self.summaries.market_zone(self.channels.zone(number))))
    }

    /// Those of the days with these channels and numbers that have measurements, in no order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn sensor_days(&mut self, keys: &[(i64, i32)]) -> Result<Vec<SensorDay>, StoreError> {
        let keys: Vec<[i64; 2]> = keys.iter().map(|&(channel, day)| [channel, i64::from(day)]).collect();
        let found: Vec<Found> = bulk::load::<FindSensorDays, _>(self.connection, &keys).doing(WHAT)?;
        found.into_iter().map(sensor_day).collect()
    }

    /// Sets days to what they are now.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_sensor_days(&mut self, days: &[SensorDay]) -> Result<(), StoreError> {
        let rows: Vec<Day> = days.iter().map(Day::from).collect();
        bulk::execute::<SetSensorDays>(self.connection, &rows).map(drop).doing(WHAT)
    }

    /// Adds measurements to the account of the file: [`FileLoad::finish`] holds all of them against its records.
    pub fn account_measurements(&mut self, counts: Counts) {
        self.measured = self.measured.and(counts);
    }

    /// Writes down what the file has put into the lake, if it held any measurement.
    pub(crate) fn write_measured(&mut self) -> Result<(), StoreError> {
        if self.measured.total() == 0 {
            return Ok(());
        }
        let row = (
            m::file_id.eq(self.id()),
            m::inserted.eq(whole(self.measured.inserted)),
            m::replaced.eq(whole(self.measured.replaced)),
            m::unchanged.eq(whole(self.measured.unchanged)),
        );
        diesel::insert_into(m::measured_file).values(row).execute(self.connection).map(drop).doing(WHAT)
    }
}

fn sensor_day(found: Found) -> Result<SensorDay, StoreError> {
    let day = i32::try_from(found.day).map_err(|_| StoreError::corrupt(format!("{} is no day", found.day)))?;
    Ok(SensorDay { channel: found.channel, day, count: count(found.count), first: found.first, last: found.last })
}

impl Store {
    /// The days of a sensor with measurements, `from` <= day < `to` (days since 1970-01-01 in its zone), in order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn sensor_days(
        &mut self,
        channel: i64,
        from: Option<i32>,
        to: Option<i32>,
    ) -> Result<Vec<SensorDay>, StoreError> {
        let rows: Vec<(i64, i32, i64, i64, i64)> = s::sensor_day
            .filter(s::channel_id.eq(channel))
            .filter(s::day.ge(from.unwrap_or(i32::MIN)))
            .filter(s::day.lt(to.unwrap_or(i32::MAX)))
            .order(s::day)
            .select((s::channel_id, s::day, s::count, s::first, s::last))
            .load(&mut self.connection)
            .doing(WHAT)?;
        let day = |(channel, day, n, first, last)| SensorDay { channel, day, count: count(n), first, last };
        Ok(rows.into_iter().map(day).collect())
    }

    /// What each file of measurements has put into the lake, by the ids of the files.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn measured_files(&mut self) -> Result<Vec<MeasuredFile>, StoreError> {
        let rows: Vec<(i64, i64, i64, i64)> = m::measured_file
            .order(m::file_id)
            .select((m::file_id, m::inserted, m::replaced, m::unchanged))
            .load(&mut self.connection)
            .doing(WHAT)?;
        let file = |(file, inserted, replaced, unchanged)| MeasuredFile {
            file,
            counts: Counts { inserted: count(inserted), replaced: count(replaced), unchanged: count(unchanged) },
        };
        Ok(rows.into_iter().map(file).collect())
    }
}
