//! Which meter points and channels there are.

use crate::{
    Store, StoreError,
    channels::parse_zone,
    error::Doing,
    ledger::count,
    schema::{channel, meter_point},
};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Nullable, Text},
};
use smrt_core::{Channel, Scheme, SensorId, UnknownScheme};

/// A meter point and how much is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meter {
    /// The numbering of its code.
    pub scheme: Scheme,
    /// Its code, as the sender writes it.
    pub code: String,
    /// A name given to it, if any.
    pub name: Option<String>,
    /// How many channels it has.
    pub channels: u64,
    /// How many readings they hold together.
    pub readings: u64,
    /// How many current reads of registers they hold together.
    pub register_reads: u64,
    /// How many measurements they hold together, where it is a sensor.
    pub measurements: u64,
    /// Start of the first interval or time of the first register read or measurement, UTC epoch seconds.
    pub first: Option<i64>,
    /// Start of the last interval or time of the last register read or measurement, UTC epoch seconds.
    pub last: Option<i64>,
}

/// Which meter points are asked for; everything left out asks for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeterFilter {
    /// What the code or the name begins with.
    pub prefix: Option<String>,
    /// Only this code.
    pub code: Option<String>,
    /// Only codes of this numbering.
    pub scheme: Option<Scheme>,
    /// Only sensors, or only what is none.
    pub sensors: Option<bool>,
    /// Only meter points that come behind this one in the order of the answer: its code and its numbering.
    pub after: Option<(String, Scheme)>,
    /// No more than this many.
    pub limit: Option<u64>,
}

impl MeterFilter {
    /// The least and the greatest code or name that is meant.
    pub(crate) fn codes(&self) -> (String, String) {
        match (&self.code, &self.prefix) {
            (Some(code), _) => (code.clone(), code.clone()),
            (None, prefix) => from_prefix(prefix.as_deref().unwrap_or_default()),
        }
    }
}

/// A channel with the id the store knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredChannel {
    /// Its id in this database; it means nothing in another.
    pub id: i64,
    /// What it is.
    pub channel: Channel,
    /// What people call its meter point, if anything.
    pub alias: Option<String>,
}

#[derive(QueryableByName)]
struct MeterRow {
    #[diesel(sql_type = Text)]
    scheme: String,
    #[diesel(sql_type = Text)]
    code: String,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = BigInt)]
    channels: i64,
    #[diesel(sql_type = BigInt)]
    readings: i64,
    #[diesel(sql_type = BigInt)]
    register_reads: i64,
    #[diesel(sql_type = BigInt)]
    measurements: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    first: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    last: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    first_read: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    last_read: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    first_measured: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    last_measured: Option<i64>,
}

impl MeterRow {
    /// Whether its code or its name begins with a text.
    fn begins_with(&self, prefix: &str) -> bool {
        self.code.starts_with(prefix) || self.name.as_ref().is_some_and(|name| name.starts_with(prefix))
    }
}

/// The meter points that a [`MeterFilter`] means. Parameters are numbered as they appear, which is how SQLite counts them.
pub(crate) const CHOSEN: &str = "SELECT id, scheme, code, name FROM meter_point \
     WHERE ((code >= $1 AND code <= $2) OR (name >= $1 AND name <= $2)) \
     AND (scheme = $3 OR $3 = '') AND ($4 = '' OR (scheme = 'sensor') = ($4 = 'sensor')) \
     AND (code > $5 OR (code = $5 AND scheme > $6)) ORDER BY code, scheme LIMIT $7";

/// A statement with [`CHOSEN`] in it, and the parameters of that.
macro_rules! choosing {
    ($filter:expr, $statement:literal) => {{
        let filter: &$crate::queries::meters::MeterFilter = $filter;
        let (least, greatest) = filter.codes();
        diesel::sql_query(format!($statement))
            .bind::<diesel::sql_types::Text, _>(least)
            .bind::<diesel::sql_types::Text, _>(greatest)
            .bind::<diesel::sql_types::Text, _>(filter.scheme.map_or("", smrt_core::Scheme::as_str))
            .bind::<diesel::sql_types::Text, _>(
                filter.sensors.map_or("", |sensors| if sensors { "sensor" } else { "meter" }),
            )
            .bind::<diesel::sql_types::Text, _>(filter.after.as_ref().map_or("", |(code, _)| code.as_str()))
            .bind::<diesel::sql_types::Text, _>(filter.after.as_ref().map_or("", |(_, scheme)| scheme.as_str()))
            .bind::<diesel::sql_types::BigInt, _>(filter.limit.map_or(i64::MAX, $crate::ledger::whole))
    }};
}
pub(crate) use choosing;

/// No table is read from end to end, and just the chosen meter points are looked at closely: readings are added up from the
/// days, the first and the last of a channel are the ends of its part of an index.
const METERS: &str = "SELECT m.scheme, m.code, m.name, count(c.id) AS channels, \
     CAST(coalesce(sum((SELECT sum(d.count) FROM daily_summary d WHERE d.channel_id = c.id)), 0) AS BIGINT) AS readings, \
     CAST(coalesce(sum((SELECT count(*) FROM register_read g \
     WHERE g.channel_id = c.id AND g.superseded_by IS NULL)), 0) AS BIGINT) AS register_reads, \
     min((SELECT min(g.read_at) FROM register_read g WHERE g.channel_id = c.id AND g.superseded_by IS NULL)) AS first_read, \
     max((SELECT max(g.read_at) FROM register_read g WHERE g.channel_id = c.id AND g.superseded_by IS NULL)) AS last_read, \
     CAST(coalesce(sum((SELECT sum(s.count) FROM sensor_day s WHERE s.channel_id = c.id)), 0) AS BIGINT) AS measurements, \
     min((SELECT min(s.first) FROM sensor_day s WHERE s.channel_id = c.id)) AS first_measured, \
     max((SELECT max(s.last) FROM sensor_day s WHERE s.channel_id = c.id)) AS last_measured, \
     min((SELECT min(r.start) FROM reading r WHERE r.channel_id = c.id)) AS first, \
     max((SELECT max(r.start) FROM reading r WHERE r.channel_id = c.id)) AS last \
     FROM chosen m LEFT JOIN channel c ON c.meter_point_id = m.id \
     GROUP BY m.id, m.scheme, m.code, m.name ORDER BY m.code, m.scheme";

impl Store {
    /// The meter points, ordered by code.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn meters(&mut self, filter: &MeterFilter) -> Result<Vec<Meter>, StoreError> {
        let rows: Vec<MeterRow> = choosing!(filter, "WITH chosen AS ({CHOSEN}) {METERS}")
            .load(&mut self.connection)
            .doing("listing meter points")?;
        rows.into_iter()
            .filter(|row| filter.prefix.as_ref().is_none_or(|prefix| row.begins_with(prefix)))
            .map(meter)
            .collect()
    }

    /// The channels of the meter points with this code, or all of them, ordered by code, name and unit. A sensor's code
    /// is its UUID, written in any case, and its name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn channels(&mut self, code: Option<&str>) -> Result<Vec<StoredChannel>, StoreError> {
        let (least, greatest) = code.map_or_else(|| from_prefix(""), |code| (code.to_owned(), code.to_owned()));
        let sensor = code.and_then(|code| code.parse::<SensorId>().ok());
        let sensor = sensor.map_or_else(|| least.clone(), |sensor| sensor.to_string());
        let named = meter_point::name.is_not_null().and(meter_point::name.eq(code.map(str::to_owned)));
        let rows: Vec<(i64, String, String, Option<String>, ChannelTexts)> = channel::table
            .inner_join(meter_point::table)
            .filter(
                (meter_point::code.ge(least).and(meter_point::code.le(greatest)))
                    .or(meter_point::code.eq(sensor))
                    .or(named.assume_not_null()),
            )
            .order((meter_point::code, meter_point::scheme, channel::name, channel::unit))
            .select((
                channel::id,
                meter_point::scheme,
                meter_point::code,
                meter_point::name,
                (
                    channel::name,
                    channel::unit,
                    channel::source_unit,
                    channel::serial,
                    channel::register,
                    channel::plant,
                    channel::zone,
                ),
            ))
            .load(&mut self.connection)
            .doing("listing channels")?;
        rows.into_iter().map(stored_channel).collect()
    }
}

/// Least and greatest code with a prefix, byte by byte.
pub(crate) fn from_prefix(prefix: &str) -> (String, String) {
    (prefix.to_owned(), format!("{prefix}{}", "\u{10ffff}".repeat(4)))
}

/// Epoch microseconds as whole epoch seconds.
pub(crate) fn seconds(micros: i64) -> i64 {
    micros.div_euclid(1_000_000)
}

fn meter(row: MeterRow) -> Result<Meter, StoreError> {
    Ok(Meter {
        scheme: parse_scheme(&row.scheme)?,
        code: row.code,
        name: row.name,
        channels: count(row.channels),
        readings: count(row.readings),
        register_reads: count(row.register_reads),
        measurements: count(row.measurements),
        first: [row.first, row.first_read, row.first_measured.map(seconds)].into_iter().flatten().min(),
        last: row.last.max(row.last_read).max(row.last_measured.map(seconds)),
    })
}

/// Name, unit, source unit, serial, register, plant and zone.
type ChannelTexts = (String, String, String, String, String, String, String);

fn stored_channel(
    (id, scheme, meter, alias, texts): (i64, String, String, Option<String>, ChannelTexts),
) -> Result<StoredChannel, StoreError> {
    let (name, unit, source_unit, serial, register, plant, zone) = texts;
    let (scheme, zone) = (parse_scheme(&scheme)?, parse_zone(&zone)?);
    let channel = Channel { scheme, meter, name, unit, source_unit, serial, register, plant, zone };
    Ok(StoredChannel { id, channel, alias })
}

pub(crate) fn parse_scheme(text: &str) -> Result<Scheme, StoreError> {
    text.parse().map_err(|error: UnknownScheme| StoreError::corrupt(error.to_string()))
}
