//! What the rows of a series add up to, by day, month or year.

use super::{Month, WarehouseError};
use crate::{Store, StoreError, backend::Database, error::Doing, schema::warehouse_series::dsl as s};
use diesel::{
    QueryDsl, QueryableByName, RunQueryDsl, sql_query,
    sql_types::{BigInt, Integer, Text},
};
use std::fmt;

/// How much is added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Days.
    Day,
    /// Months.
    Month,
    /// Years.
    Year,
}

/// A sum, or the least or the greatest value: exact decimals where the database has them.
#[derive(Clone, Debug, PartialEq)]
pub struct Total(String);

/// What the rows of a group in a stretch of time add up to.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistic {
    /// The year.
    pub year: i32,
    /// 1 to 12, for months and days.
    pub month: Option<i32>,
    /// The day of the month, for days.
    pub day: Option<i32>,
    /// The keys of the group: a JSON array of texts, as the series has key columns.
    pub keys: String,
    /// How many rows there are; never none.
    pub rows: u64,
    /// All values added up.
    pub sum: Total,
    /// The least value.
    pub min: Total,
    /// The greatest value.
    pub max: Total,
}

/// A series of the warehouse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowedSeries {
    id: i64,
    /// Its name.
    pub name: String,
    /// Where it comes from, without a password.
    pub source: String,
    /// The table there.
    pub table: String,
    /// The columns by which rows are grouped: a JSON array.
    pub key_columns: String,
    /// The zone of its days, where its times have one.
    pub zone: String,
}

/// The sum of the column `sum` on SQLite, whose own ends with an error where 64 bits do; its `*` and `+` go on in doubles.
const SQLITE_SUM: &str = "sum(CASE typeof(d.sum) WHEN 'integer' THEN d.sum ELSE 0 END / 1000000000) * 1000000000 \
     + sum(CASE typeof(d.sum) WHEN 'integer' THEN d.sum ELSE 0 END % 1000000000) \
     + coalesce(sum(CASE typeof(d.sum) WHEN 'real' THEN d.sum END), 0)";

impl Total {
    /// What was added up: noise behind the 15th digit is taken away.
    fn sum(text: String) -> Self {
        let plain = Self(text);
        if plain.is_whole() { plain } else { Self(rounded(plain.value()).to_string()) }
    }

    /// Whether it is a whole number that was written out.
    fn is_whole(&self) -> bool {
        let whole = match self.0.split_once('.') {
            Some((digits, zeros)) if zeros.bytes().all(|digit| digit == b'0') => digits,
            _ => self.0.as_str(),
        };
        whole.strip_prefix('-').unwrap_or(whole).bytes().all(|digit| digit.is_ascii_digit())
    }

    /// The nearest double.
    pub fn value(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }
}

impl fmt::Display for Total {
    /// Whole numbers with all their digits and no others; else the shortest text of the nearest double.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_whole() {
            return f.write_str(self.0.split_once('.').map_or(self.0.as_str(), |(digits, _)| digits));
        }
        write!(f, "{}", self.value())
    }
}

impl Statistic {
    /// The sum by the number of rows, without noise.
    pub fn mean(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 rows in a year")]
        let rows = self.rows as f64;
        rounded(self.sum.value() / rows)
    }
}

/// A short decimal where the value is one but for what binary fractions have added behind the 15th digit; else as it is.
fn rounded(value: f64) -> f64 {
    /// Significant digits of what somebody may have meant.
    const SHORT: usize = 12;
    let text = format!("{value:.14e}");
    let (digits, _) = text.split_once('e').unwrap_or((&text, ""));
    let significant = digits.trim_end_matches('0').bytes().filter(u8::is_ascii_digit).count();
    if significant <= SHORT { text.parse().unwrap_or(value) } else { value }
}

impl Store {
    /// The series of the warehouse, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn followed_series(&mut self) -> Result<Vec<FollowedSeries>, StoreError> {
        let rows: Vec<(i64, String, String, String, String, String)> = s::warehouse_series
            .order(s::name)
            .select((s::id, s::name, s::source, s::table_name, s::key_columns, s::zone))
            .load(&mut self.connection)
            .doing("reading the warehouse")?;
        let series = |(id, name, source, table, key_columns, zone)| FollowedSeries {
            id,
            name,
            source,
            table,
            key_columns,
            zone,
        };
        Ok(rows.into_iter().map(series).collect())
    }

    /// A series of the warehouse by its name.
    ///
    /// # Errors
    /// [`WarehouseError::NoSeries`], or when the database cannot be read.
    pub fn followed(&mut self, name: &str) -> Result<FollowedSeries, WarehouseError> {
        let all = self.followed_series()?;
        let found = match all.iter().map(|series| series.name.as_str()).collect::<Vec<_>>().join(", ") {
            names if names.is_empty() => "nothing was fetched yet".to_owned(),
            names => format!("it has {names}"),
        };
        let missing = || WarehouseError::NoSeries { name: name.to_owned(), found };
        all.into_iter().find(|series| series.name == name).ok_or_else(missing)
    }

    /// What the rows of a series add up to in the months `from` <= month < `to`, in the order of time and then of the
    /// groups' keys. Years are added up from those months alone: ask for whole ones.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn statistics(
        &mut self,
        series: &FollowedSeries,
        level: Level,
        (from, to): (Option<Month>, Option<Month>),
    ) -> Result<Vec<Statistic>, StoreError> {
        #[derive(QueryableByName)]
        struct Found {
            #[diesel(sql_type = Integer)]
            year: i32,
            #[diesel(sql_type = Integer)]
            month: i32,
            #[diesel(sql_type = Integer)]
            day: i32,
            #[diesel(sql_type = Text)]
            keys: String,
            #[diesel(sql_type = BigInt)]
            n: i64,
            #[diesel(sql_type = Text)]
            sum: String,
            #[diesel(sql_type = Text)]
            min: String,
            #[diesel(sql_type = Text)]
            max: String,
        }
        let (month, day, group) = match level {
            Level::Year => ("0", "0", ""),
            Level::Month => ("d.month", "0", ", d.month"),
            Level::Day => ("d.month", "d.day", ", d.month, d.day"),
        };
        let bound = |sign: &str, month: Option<Month>| match month {
            Some(month) => format!(" AND d.year * 12 + d.month {sign} {}", month.year() * 12 + month.month()),
            None => String::new(),
        };
        // Postgres orders texts as its locale has it; SQLite adds whole numbers up as far as 64 bits reach, so their upper
        // and lower digits are added up by themselves.
        let (collate, sum) = match &self.connection {
            Database::Postgres(_) => (" COLLATE \"C\"", "sum(d.sum)"),
            Database::Sqlite(_) => ("", SQLITE_SUM),
        };
        let sql = format!(
            "SELECT d.year AS year, {month} AS month, CAST({day} AS INTEGER) AS day, g.keys AS keys, \
             CAST(sum(d.rows) AS BIGINT) AS n, CAST({sum} AS TEXT) AS sum, CAST(min(d.min) AS TEXT) AS min, \
             CAST(max(d.max) AS TEXT) AS max FROM warehouse_day d JOIN warehouse_group g ON g.id = d.group_id \
             WHERE d.series_id = {}{}{} GROUP BY d.year{group}, g.keys ORDER BY d.year{group}, g.keys{collate}",
            series.id,
            bound(">=", from),
            bound("<", to)
        );
        let found: Vec<Found> = sql_query(sql).load(&mut self.connection).doing("reading the warehouse")?;
        let statistic = |found: Found| Statistic {
            year: found.year,
            month: (level != Level::Year).then_some(found.month),
            day: (level == Level::Day).then_some(found.day),
            keys: found.keys,
            rows: u64::try_from(found.n).unwrap_or(0),
            sum: Total::sum(found.sum),
            min: Total(found.min),
            max: Total(found.max),
        };
        Ok(found.into_iter().map(statistic).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_have_no_noise() {
        for (said, shown) in [
            ("623132098", "623132098"),
            ("623132098.0", "623132098"),
            ("-12.000", "-12"),
            ("0.30000000000000004", "0.3"),
            ("1000000.100000001", "1000000.1"),
            ("0.1234567890123456", "0.1234567890123456"),
            ("0.09999999999999999", "0.1"),
            ("9223372036854775807", "9223372036854775807"),
            ("92233720368547758070", "92233720368547758070"),
            ("1.0e+20", "100000000000000000000"),
            ("0.5", "0.5"),
            ("-0.25", "-0.25"),
        ] {
            assert_eq!(Total::sum(said.into()).to_string(), shown);
        }
    }
}
