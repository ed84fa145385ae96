//! Which table is followed, and how it is put into SQL.

use super::{
    Month, TableName, WarehouseError,
    copy::Shape,
    names::{literal, quoted},
};

/// Columns that exported files have already.
const RESERVED: [&str; 7] = ["year", "month", "day", "sum_values", "min_values", "max_values", "mean_values"];

/// A table of another database that is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowedTable {
    /// How people call it, and what its exported files are called.
    pub name: String,
    /// The table, or a view.
    pub table: TableName,
    /// The column with the time of a row: a timestamp with or without zone, or a date.
    pub time: String,
    /// The column with its value: whole or floating-point numbers.
    pub value: String,
    /// Columns by which rows are grouped; rows of each group are added up by themselves.
    pub keys: Vec<String>,
    /// The zone whose days and months count where times have a zone, by its name in the IANA database.
    pub zone: String,
}

/// What a column holds, as far as that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    /// What a clock shows, without a zone.
    Civil,
    /// An instant.
    Zoned,
}

/// What kind of numbers values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// 64-bit whole numbers.
    Whole,
    /// Double precision.
    Floating,
}

/// A followed table with what its columns turned out to be: pieces of SQL.
#[derive(Debug)]
pub(super) struct Described {
    pub(super) number: Number,
    has_keys: bool,
    table: String,
    /// The time as it stands in the table, for conditions that an index may serve.
    time: String,
    zoned: bool,
    /// When it was by the clock whose days count.
    local: String,
    /// The same as an instant, or else the same again.
    at: String,
    value: String,
    /// The groups' JSON text.
    keys: String,
    /// Rows that count.
    good: String,
    /// A hash of a row.
    hash: String,
    /// What makes up the meaning of a fingerprint besides rows.
    pub(super) meaning: String,
}

impl Described {
    /// Puts a table into SQL, its columns being `(name, type)`.
    pub(super) fn new(followed: &FollowedTable, columns: &[(String, String)]) -> Result<Self, WarehouseError> {
        let kind = |name: &str| match columns.iter().find(|(column, _)| column == name) {
            Some((_, kind)) => Ok(kind.as_str()),
            None => Err(WarehouseError::NoColumn {
                table: followed.table.to_string(),
                column: name.to_owned(),
                found: columns.iter().map(|(column, _)| column.as_str()).collect::<Vec<_>>().join(", "),
            }),
        };
        let wrong = |column: &str, kind: &str, expected| WarehouseError::WrongType {
            table: followed.table.to_string(),
            column: column.to_owned(),
            found: kind.to_owned(),
            expected,
        };
        let time = quoted(&followed.time);
        let (local, at, clock) = match kind(&followed.time)? {
            "timestamp without time zone" => (time.clone(), time.clone(), Time::Civil),
            "date" => (format!("{time}::timestamp"), format!("{time}::timestamp"), Time::Civil),
            "timestamp with time zone" => (
                format!("({time} AT TIME ZONE {})", literal(&followed.zone)),
                format!("({time} AT TIME ZONE 'UTC')"),
                Time::Zoned,
            ),
            other => return Err(wrong(&followed.time, other, "timestamps or dates")),
        };
        let column = quoted(&followed.value);
        let (value, number) = match kind(&followed.value)? {
            "smallint" | "integer" | "bigint" => (format!("{column}::bigint"), Number::Whole),
            "double precision" => (column.clone(), Number::Floating),
            "numeric" => (format!("{column}::float8"), Number::Floating),
            // By way of its text: the nearest double of a single is another number of more digits.
            "real" => (format!("{column}::text::float8"), Number::Floating),
            other => return Err(wrong(&followed.value, other, "whole or floating-point numbers")),
        };
        for (index, key) in followed.keys.iter().enumerate() {
            kind(key)?;
            if RESERVED.contains(&key.as_str()) || followed.keys[..index].contains(key) {
                return Err(WarehouseError::WrongKey { column: key.clone() });
            }
        }
        let texts: Vec<String> = followed.keys.iter().map(|key| format!("{}::text", quoted(key))).collect();
        let keys = format!("array_to_json(ARRAY[{}]::text[])::text", texts.join(", "));
        let seed = if texts.is_empty() { "0".to_owned() } else { format!("hashtextextended({keys}, 0)") };
        let hash = match number {
            Number::Whole => "hashint8extended",
            Number::Floating => "hashfloat8extended",
        };
        let finite = match number {
            Number::Whole => String::new(),
            // NaN is greater than all numbers there.
            Number::Floating => format!(" AND abs({value}) < 'Infinity'"),
        };
        let zone = if clock == Time::Zoned { followed.zone.as_str() } else { "" };
        Ok(Self {
            number,
            has_keys: !texts.is_empty(),
            table: followed.table.quoted(),
            good: format!("{time} IS NOT NULL AND isfinite({time}) AND {column} IS NOT NULL{finite}"),
            hash: format!("{hash}({value}, timestamp_hash_extended({at}, {seed}))"),
            zoned: clock == Time::Zoned,
            meaning: format!(
                "1 {number:?} {clock:?} {zone} {} {time} {column} {}",
                followed.table.quoted(),
                texts.join(" ")
            ),
            time,
            local,
            at,
            value,
            keys,
        })
    }

    /// Whether its times are instants, whose days are those of a zone.
    pub(super) const fn is_zoned(&self) -> bool {
        self.zoned
    }

    /// What its rows consist of on their way.
    pub(super) fn shape(&self) -> Shape {
        Shape { number: self.number, zoned: self.zoned, has_keys: self.has_keys }
    }

    /// The question that says of each month what it holds, in one scan. The month is null for rows that count for
    /// nothing, as they have no time or no finite value.
    pub(super) fn fingerprints(&self, month: Option<Month>) -> String {
        let Self { table, good, local, value, hash, .. } = self;
        // A sum of doubles depends on the order of rows, and may have no double.
        let sum = if self.number == Number::Whole { "sum(value)::text" } else { "NULL::text" };
        let range = match month {
            Some(month) => format!(" WHERE {} AND {}", self.within(month, month), self.is_of(&[month])),
            None => String::new(),
        };
        format!(
            "SELECT (month::date - DATE '1970-01-01')::bigint AS day, count(*) AS rows, {sum} AS sum, \
             min(value)::text AS min, max(value)::text AS max, sum(hash)::text AS hash FROM (SELECT CASE WHEN {good} \
             THEN date_trunc('month', {local}) END AS month, {value} AS value, {hash} AS hash FROM {table}{range}) \
             AS said GROUP BY month ORDER BY month"
        )
    }

    /// What `COPY … TO STDOUT` gives: the rows of some months, or all.
    pub(super) fn rows_of(&self, months: Option<&[Month]>) -> String {
        let Self { table, good, local, at, value, keys, .. } = self;
        let range = match months.and_then(|months| Some((months, *months.iter().min()?, *months.iter().max()?))) {
            Some((months, first, last)) => format!(" AND {} AND {}", self.within(first, last), self.is_of(months)),
            None => String::new(),
        };
        // Where times have no zone, one says it all.
        let at = if self.zoned { format!(", {at}") } else { String::new() };
        let group = if self.has_keys { format!(", {keys}, hashtextextended({keys}, 0)") } else { String::new() };
        format!("(SELECT {local}{at}, {value}{group} FROM {table} WHERE {good}{range})")
    }

    /// A condition that is true of the rows of some months.
    fn is_of(&self, months: &[Month]) -> String {
        let list: Vec<String> = months.iter().map(|month| format!("TIMESTAMP '{}'", month.first_day())).collect();
        format!("date_trunc('month', {}) IN ({})", self.local, list.join(", "))
    }

    /// A condition on the time as it stands, which may let rows of the days around through where times have a zone.
    fn within(&self, first: Month, last: Month) -> String {
        let (time, from, to) = (&self.time, first.first_day(), last.next().first_day());
        if self.zoned {
            format!(
                "{time} >= TIMESTAMPTZ '{from}' - interval '2 days' \
                 AND {time} < TIMESTAMPTZ '{to}' + interval '2 days'"
            )
        } else {
            format!("{time} >= TIMESTAMP '{from}' AND {time} < TIMESTAMP '{to}'")
        }
    }
}
