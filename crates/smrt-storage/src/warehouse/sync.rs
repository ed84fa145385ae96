//! Bringing the warehouse up to what a source says: what has changed is fetched, held against what was said of it, and
//! takes the place of what was there, all in one transaction.

use super::{
    FollowedTable, Month, Source, WarehouseError,
    copy::FetchedRow,
    fingerprint::{Came, Fingerprint},
    lock::Lock,
    rows::{self, Row},
    source::Said,
    table::Described,
};
use crate::{
    Store, StoreError,
    backend::Database,
    connection::{self, Purpose, retry_while_busy},
    error::Doing,
    ledger::whole,
    schema::{
        warehouse_group::dsl as g, warehouse_period::dsl as p, warehouse_row::dsl as w, warehouse_series::dsl as s,
    },
};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl,
    connection::{AnsiTransactionManager, SimpleConnection},
    dsl::max,
    sql_query,
};
use std::{
    collections::{BTreeMap, HashMap},
    fmt, thread,
    time::{SystemTime, UNIX_EPOCH},
};

/// How often it is asked whether to go on, in rows.
const LOOK_EVERY: u64 = 1 << 12;
/// How many periods a statement names.
const PERIODS: usize = 500;

/// Postgres knows nothing of rows that have just come, and takes them to be few groups each: it would sort them on disk.
const ADDING_UP: &str = "SET work_mem = '64MB'; SET enable_sort = off";

/// Somebody who looks on, and may say that it is enough.
pub trait Watcher {
    /// So many rows are going to be fetched.
    fn planned(&self, _rows: u64) {}
    /// So many more rows have come.
    fn came(&self, _rows: u64) {}
    /// Whether to end.
    fn is_enough(&self) -> bool {
        false
    }
}

/// A month, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodSync {
    /// The month.
    pub period: Month,
    /// Whether the source said something else than last time.
    pub changed: bool,
    /// Rows in the warehouse before.
    pub rows_before: u64,
    /// Rows in the warehouse now.
    pub rows_after: u64,
}

/// What bringing a table up to its source has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncReport {
    /// The months that there are now or were before, in order.
    pub periods: Vec<PeriodSync>,
    /// Rows of the source that count for nothing, as they have no time or no finite value.
    pub left_out: u64,
}

impl SyncReport {
    /// How many months are not what they were.
    pub fn changed(&self) -> usize {
        self.periods.iter().filter(|period| period.changed).count()
    }
}

/// A month as the warehouse has it.
#[derive(Debug)]
struct Known {
    id: i64,
    rows: u64,
    fingerprint: String,
}

/// The warehouse of a database, for one run at a time.
pub struct Warehouse {
    connection: Database,
    _lock: Lock,
}

impl Warehouse {
    /// The warehouse of a database; other runs are kept away until it is dropped.
    ///
    /// # Errors
    /// [`WarehouseError::Busy`] when another run is at it.
    pub fn open(store: &Store) -> Result<Self, WarehouseError> {
        let mut connection = connection::open(store.url(), Purpose::Ask)?;
        let lock = Lock::take(store.url(), &mut connection)?;
        if let Database::Postgres(connection) = &mut connection {
            connection.batch_execute(ADDING_UP).doing("opening the warehouse")?;
        }
        Ok(Self { connection, _lock: lock })
    }

    /// Brings a table, or one month of it, up to what the source says. Durable when it returns; whatever goes wrong, the
    /// warehouse is as it was.
    ///
    /// # Errors
    /// When the source or the warehouse cannot be reached, the table is not what it was said to be, or what comes is not
    /// what the source says of it.
    pub fn sync(
        &mut self,
        source: &mut Source,
        table: &FollowedTable,
        month: Option<Month>,
        watcher: &dyn Watcher,
    ) -> Result<SyncReport, WarehouseError> {
        let described = source.describe(table)?;
        let series = self.series(table)?;
        let before = self.followed_as(table)?;
        let is_other = before.as_ref().is_some_and(|before| *before != followed_as(source.address(), table));
        if let (Some(before), Some(_), true) = (before, month, is_other) {
            return Err(WarehouseError::Otherwise { name: table.name.clone(), before });
        }
        let known = match series {
            Some(series) => self.known(series, month)?,
            None => BTreeMap::new(),
        };
        if known.is_empty()
            && month.is_none()
            && let Some(twin) = source.twin()?
        {
            return self.fetch_all(source, twin, table, &described, watcher);
        }
        let said = source.fingerprints(&described, month)?;
        if watcher.is_enough() {
            return Err(WarehouseError::Interrupted);
        }
        let is_new = |said: &&Fingerprint| {
            known.get(&said.month).is_none_or(|known| known.fingerprint != said.text(&described.meaning))
        };
        let changed: Vec<Fingerprint> = said.months.iter().filter(is_new).cloned().collect();
        let report = compare(&known, &said, &changed);
        if series.is_none() || is_other || report.changed() > 0 {
            watcher.planned(changed.iter().map(|said| said.rows).sum());
            let is_gone = |period: &&PeriodSync| period.changed;
            let gone: Vec<i64> = report
                .periods
                .iter()
                .filter(is_gone)
                .filter_map(|period| Some(known.get(&period.period)?.id))
                .collect();
            let months: Vec<Month> = changed.iter().map(|said| said.month).collect();
            self.written(|warehouse| {
                let series = warehouse.describe(source.address(), table)?;
                warehouse.forget(series, &gone)?;
                if changed.is_empty() {
                    return Ok(());
                }
                let arrival = warehouse.take(series, source, &described, Some(&months), watcher)?;
                warehouse.settle(series, &described, &changed, arrival)
            })?;
        }
        Ok(report)
    }

    /// Fetches a table of which nothing is there yet: what the source says of it is asked meanwhile.
    fn fetch_all(
        &mut self,
        source: &mut Source,
        mut twin: Source,
        table: &FollowedTable,
        described: &Described,
        watcher: &dyn Watcher,
    ) -> Result<SyncReport, WarehouseError> {
        let address = source.address().to_owned();
        let mut report = SyncReport { periods: Vec::new(), left_out: 0 };
        self.written(|warehouse| {
            let series = warehouse.describe(&address, table)?;
            let (arrival, said) = thread::scope(|scope| {
                let asking = scope.spawn(|| source.fingerprints(described, None));
                let arrival = warehouse.take(series, &mut twin, described, None, watcher);
                (arrival, asking.join())
            });
            // What went wrong first is what must be heard of.
            let arrival = arrival?;
            let said = said.map_err(|_| StoreError::Misuse("asking the source came to no end"))??;
            report = compare(&BTreeMap::new(), &said, &said.months);
            warehouse.settle(series, described, &said.months, arrival)
        })?;
        Ok(report)
    }

    /// Does something in one transaction, or nothing of it.
    fn written(&mut self, work: impl FnOnce(&mut Self) -> Result<(), WarehouseError>) -> Result<(), WarehouseError> {
        self.begin()?;
        let done = work(self);
        self.end(done)
    }

    fn begin(&mut self) -> Result<(), WarehouseError> {
        let begun = match &mut self.connection {
            Database::Sqlite(connection) => {
                retry_while_busy(|| AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE"))
            }
            Database::Postgres(connection) => AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN"),
        };
        Ok(begun.doing("beginning to write")?)
    }

    fn end(&mut self, done: Result<(), WarehouseError>) -> Result<(), WarehouseError> {
        match done {
            Ok(()) => Ok(self.connection.commit_innermost()?),
            Err(error) => {
                // Where even this fails the connection is broken, and the database forgets by itself.
                let _ = self.connection.roll_back_innermost();
                Err(error)
            }
        }
    }

    /// The id of a series that has been followed before.
    fn series(&mut self, table: &FollowedTable) -> Result<Option<i64>, WarehouseError> {
        let found = s::warehouse_series.filter(s::name.eq(&table.name)).select(s::id).first(&mut self.connection);
        Ok(found.optional().doing("reading the warehouse")?)
    }

    /// How a series has been followed before.
    fn followed_as(&mut self, table: &FollowedTable) -> Result<Option<String>, WarehouseError> {
        let found: Option<(String, String, String, String, String, String)> = s::warehouse_series
            .filter(s::name.eq(&table.name))
            .select((s::value_column, s::table_name, s::source, s::time_column, s::key_columns, s::zone))
            .first(&mut self.connection)
            .optional()
            .doing("reading the warehouse")?;
        Ok(found.map(|(value, name, source, time, keys, zone)| told(&value, &name, &source, &time, &keys, &zone)))
    }

    fn known(&mut self, series: i64, month: Option<Month>) -> Result<BTreeMap<Month, Known>, WarehouseError> {
        let rows: Vec<(i64, i32, i32, i64, String)> = p::warehouse_period
            .filter(p::series_id.eq(series))
            .select((p::id, p::year, p::month, p::rows, p::fingerprint))
            .load(&mut self.connection)
            .doing("reading the warehouse")?;
        let known = rows.into_iter().filter_map(|(id, year, number, rows, fingerprint)| {
            let rows = u64::try_from(rows).unwrap_or(0);
            Some((Month::new(year, number)?, Known { id, rows, fingerprint }))
        });
        Ok(known.filter(|(found, _)| month.is_none_or(|month| month == *found)).collect())
    }

    /// Takes rows in, those of some months or all.
    fn take(
        &mut self,
        series: i64,
        source: &mut Source,
        described: &Described,
        months: Option<&[Month]>,
        watcher: &dyn Watcher,
    ) -> Result<Arrival, WarehouseError> {
        let last: Option<i64> =
            p::warehouse_period.select(max(p::id)).first(&mut self.connection).doing("reading the warehouse")?;
        let mut arrival = Arrival::new(described, self.groups(series)?, last.unwrap_or(0));
        let mut stream = source.rows(described, months)?;
        rows::write(&mut self.connection, &mut || {
            if arrival.count > 0 && arrival.count.is_multiple_of(LOOK_EVERY) {
                watcher.came(LOOK_EVERY);
                if watcher.is_enough() {
                    return Err(WarehouseError::Interrupted);
                }
            }
            Ok(stream.next()?.map(|fetched| arrival.take(&fetched, &stream.keys)))
        })?;
        drop(stream);
        Ok(arrival)
    }

    /// Holds what came against what was said, and adds it up.
    fn settle(
        &mut self,
        series: i64,
        described: &Described,
        said: &[Fingerprint],
        arrival: Arrival,
    ) -> Result<(), WarehouseError> {
        arrival.must_be_what_was_said(said)?;
        self.add_groups(series, &arrival.new_groups)?;
        self.add_periods(series, described, said, &arrival)?;
        let ids: Vec<i64> = arrival.came.values().map(|(id, _)| *id).collect();
        self.add_up(series, &ids)
    }

    /// Writes down how a series is followed; its id.
    fn describe(&mut self, address: &str, table: &FollowedTable) -> Result<i64, WarehouseError> {
        let what = "writing the series";
        let row = (
            s::name.eq(&table.name),
            s::source.eq(address),
            s::table_name.eq(table.table.to_string()),
            s::time_column.eq(&table.time),
            s::value_column.eq(&table.value),
            s::key_columns.eq(json(&table.keys)),
            s::zone.eq(&table.zone),
        );
        if let Some(series) = self.series(table)? {
            let old = s::warehouse_series.filter(s::id.eq(series));
            diesel::update(old).set(row).execute(&mut self.connection).doing(what)?;
            return Ok(series);
        }
        diesel::insert_into(s::warehouse_series).values(row).execute(&mut self.connection).doing(what)?;
        let made = s::warehouse_series.filter(s::name.eq(&table.name)).select(s::id).first(&mut self.connection);
        Ok(made.doing(what)?)
    }

    /// Takes periods away, with their rows and days.
    fn forget(&mut self, series: i64, periods: &[i64]) -> Result<(), WarehouseError> {
        let what = "removing what has changed";
        let days = format!(
            "DELETE FROM warehouse_day WHERE series_id = {series} AND (year, month) IN \
             (SELECT year, month FROM warehouse_period WHERE id IN "
        );
        for periods in periods.chunks(PERIODS) {
            self.connection.batch_execute(&format!("{days}({}))", list(periods))).doing(what)?;
            let rows = w::warehouse_row.filter(w::period_id.eq_any(periods.to_vec()));
            diesel::delete(rows).execute(&mut self.connection).doing(what)?;
            let old = p::warehouse_period.filter(p::id.eq_any(periods.to_vec()));
            diesel::delete(old).execute(&mut self.connection).doing(what)?;
        }
        Ok(())
    }

    /// Writes down which periods are there from now on.
    fn add_periods(
        &mut self,
        series: i64,
        described: &Described,
        said: &[Fingerprint],
        arrival: &Arrival,
    ) -> Result<(), WarehouseError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        for said in said {
            let Some((id, _)) = arrival.came.get(&said.month) else { continue };
            let row = (
                p::id.eq(id),
                p::series_id.eq(series),
                p::year.eq(said.month.year()),
                p::month.eq(said.month.month()),
                p::rows.eq(whole(said.rows)),
                p::fingerprint.eq(said.text(&described.meaning)),
                p::synced_at.eq(whole(now)),
            );
            diesel::insert_into(p::warehouse_period)
                .values(row)
                .execute(&mut self.connection)
                .doing("writing the periods")?;
        }
        Ok(())
    }

    fn groups(&mut self, series: i64) -> Result<Groups, WarehouseError> {
        let what = "reading the groups";
        let known: Vec<(String, i64)> = g::warehouse_group
            .filter(g::series_id.eq(series))
            .select((g::keys, g::id))
            .load(&mut self.connection)
            .doing(what)?;
        let last: Option<i64> = g::warehouse_group.select(max(g::id)).first(&mut self.connection).doing(what)?;
        Ok(Groups { ids: known.into_iter().collect(), last: last.unwrap_or(0) })
    }

    fn add_groups(&mut self, series: i64, new: &[(String, i64)]) -> Result<(), WarehouseError> {
        for (keys, id) in new {
            let row = (g::id.eq(id), g::series_id.eq(series), g::keys.eq(keys));
            diesel::insert_into(g::warehouse_group)
                .values(row)
                .execute(&mut self.connection)
                .doing("writing the groups")?;
        }
        Ok(())
    }

    /// Adds periods up by days.
    fn add_up(&mut self, series: i64, periods: &[i64]) -> Result<(), WarehouseError> {
        let what = "adding days up";
        for periods in periods.chunks(PERIODS) {
            let list = list(periods);
            sql_query(format!(
                "INSERT INTO warehouse_day (series_id, year, month, day, group_id, rows, sum, min, max) \
                 SELECT {series}, p.year, p.month, r.day, r.group_id, r.rows, r.sum, r.min, r.max \
                 FROM warehouse_period_days r JOIN warehouse_period p ON p.id = r.period_id \
                 WHERE r.period_id IN ({list})"
            ))
            .execute(&mut self.connection)
            .doing(what)?;
        }
        Ok(())
    }
}

/// The groups of a series, and the last id of any.
#[derive(Debug)]
struct Groups {
    ids: HashMap<String, i64>,
    last: i64,
}

/// What comes, on its way into the warehouse: numbered, put into its period and group, and counted.
#[derive(Debug)]
struct Arrival {
    count: u64,
    /// The months that came, each with the id of its period.
    came: BTreeMap<Month, (i64, Came)>,
    nothing: Came,
    last_period: i64,
    groups: Groups,
    new_groups: Vec<(String, i64)>,
    /// The day and the group of the row before: most rows follow one of the same.
    last_day: Option<(i64, Month, i16)>,
    last_group: Option<(String, i64)>,
}

impl Arrival {
    fn new(described: &Described, groups: Groups, last_period: i64) -> Self {
        Self {
            count: 0,
            came: BTreeMap::new(),
            nothing: Came::nothing(described.number),
            last_period,
            groups,
            new_groups: Vec::new(),
            last_day: None,
            last_group: None,
        }
    }

    fn take(&mut self, fetched: &FetchedRow, keys: &str) -> Row {
        let (month, day) = match self.last_day {
            Some((number, month, day)) if number == fetched.day => (month, day),
            _ => {
                let (month, day) = Month::of_day(fetched.day);
                self.last_day = Some((fetched.day, month, day));
                (month, day)
            }
        };
        let group = self.group(keys);
        let (period, came) = self.came.entry(month).or_insert_with(|| {
            self.last_period += 1;
            (self.last_period, self.nothing.clone())
        });
        came.push(fetched.value, fetched.instant, fetched.seed);
        self.count += 1;
        Row { period: *period, number: whole(self.count), group, day, at: fetched.at, value: fetched.value }
    }

    fn group(&mut self, keys: &str) -> i64 {
        if let Some((known, id)) = &self.last_group
            && known == keys
        {
            return *id;
        }
        let id = match self.groups.ids.get(keys) {
            Some(&id) => id,
            None => {
                self.groups.last += 1;
                self.groups.ids.insert(keys.to_owned(), self.groups.last);
                self.new_groups.push((keys.to_owned(), self.groups.last));
                self.groups.last
            }
        };
        self.last_group = Some((keys.to_owned(), id));
        id
    }

    /// Each month that was said came as it was said, and no other.
    fn must_be_what_was_said(&self, said: &[Fingerprint]) -> Result<(), WarehouseError> {
        let torn = |month: Month, said: String, came: String| Err(WarehouseError::Torn { month, said, came });
        for said in said {
            match self.came.get(&said.month) {
                Some((_, came)) if came.is(said) => {}
                Some((_, came)) => return torn(said.month, said.to_string(), came.to_string()),
                None => return torn(said.month, said.to_string(), "nothing".to_owned()),
            }
        }
        match self.came.iter().find(|(month, _)| !said.iter().any(|said| said.month == **month)) {
            Some((month, (_, came))) => torn(*month, "nothing of it".to_owned(), came.to_string()),
            None => Ok(()),
        }
    }
}

/// How a table is followed, in words.
fn followed_as(address: &str, table: &FollowedTable) -> String {
    told(&table.value, &table.table.to_string(), address, &table.time, &json(&table.keys), &table.zone)
}

fn told(value: &str, table: &str, source: &str, time: &str, keys: &str, zone: &str) -> String {
    format!("{value} of {table} in {source} by {time} in {zone} with the keys {keys}")
}

/// What is there and what was there, month by month.
fn compare(known: &BTreeMap<Month, Known>, said: &Said, changed: &[Fingerprint]) -> SyncReport {
    let gone = |(&period, known): (&Month, &Known)| {
        (period, PeriodSync { period, changed: true, rows_before: known.rows, rows_after: 0 })
    };
    let mut periods: BTreeMap<Month, PeriodSync> = known.iter().map(gone).collect();
    for said in &said.months {
        let new = PeriodSync { period: said.month, changed: true, rows_before: 0, rows_after: 0 };
        let period = periods.entry(said.month).or_insert(new);
        period.rows_after = said.rows;
        period.changed = changed.iter().any(|changed| changed.month == said.month);
    }
    SyncReport { periods: periods.into_values().collect(), left_out: said.left_out }
}

/// Numbers for a list in SQL.
fn list(numbers: &[i64]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// A JSON array of texts.
pub(super) fn json(texts: &[String]) -> String {
    let quote = |text: &String| {
        let mut quoted = String::from("\"");
        for character in text.chars() {
            match character {
                '"' | '\\' => quoted.extend(['\\', character]),
                control if u32::from(control) < 0x20 => quoted.push_str(&format!("\\u{:04x}", u32::from(control))),
                plain => quoted.push(plain),
            }
        }
        quoted + "\""
    };
    format!("[{}]", texts.iter().map(quote).collect::<Vec<_>>().join(","))
}

impl fmt::Debug for Warehouse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Warehouse").finish_non_exhaustive()
    }
}
