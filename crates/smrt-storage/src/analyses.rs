//! What was found to be wrong with series, and estimated quantities: kept apart from readings, which they never change.
//!
//! Both are computed elsewhere and can be computed again; they are kept so that others can look at them, and so that only
//! what has changed is computed anew.

use crate::{
    Store, StoreError, Writer,
    error::Doing,
    ledger::storable,
    queries::readings::interval_length,
    schema::{anomaly::dsl as a, estimate::dsl as e, series_analysis::dsl as s},
};
use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use smrt_core::{IntervalLength, Quantity};

/// What was found out about a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedAnalysis {
    /// SHA-256 over all that was looked at, in hexadecimal digits.
    pub version: String,
    /// When it was made, UTC epoch seconds.
    pub made_at: i64,
    /// The first value, UTC epoch microseconds.
    pub start: Option<i64>,
    /// Seconds between values, where that can be told.
    pub step_seconds: Option<i64>,
    /// The model, as a JSON object.
    pub model: String,
    /// A sentence on the series as a whole.
    pub verdict: String,
    /// What is wrong, in the order of time.
    pub anomalies: Vec<SavedAnomaly>,
}

/// A stretch of time that something is wrong with. Values are in the unit of the channel.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedAnomaly {
    /// What is wrong.
    pub kind: String,
    /// First interval or instant, UTC epoch microseconds.
    pub start: i64,
    /// Last interval or instant (inclusive), UTC epoch microseconds.
    pub end: i64,
    /// How many times the usual it is off.
    pub severity: f64,
    /// What is expected.
    pub expected: Option<f64>,
    /// Where single values are expected.
    pub band: Option<(f64, f64)>,
    /// What is there.
    pub observed: Option<f64>,
    /// A sentence for people.
    pub reason: String,
}

/// A quantity that was not measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEstimate {
    /// Start of the interval, UTC epoch seconds.
    pub start: i64,
    /// Length of the interval.
    pub minutes: IntervalLength,
    /// The quantity, in the unit of the channel.
    pub quantity: Quantity,
    /// How it was made.
    pub method: String,
    /// What is wrong with what was measured.
    pub reason: String,
    /// When it was made, UTC epoch seconds.
    pub made_at: i64,
}

/// Version, when it was made, start, step, model and verdict.
type AnalysisRow = (String, i64, Option<i64>, Option<i64>, String, String);
/// Kind, start, end, severity, expected, low, high, observed and reason.
type AnomalyRow = (String, i64, i64, f64, Option<f64>, Option<f64>, Option<f64>, Option<f64>, String);
/// Start, minutes, quantity, method, reason and when it was made.
type EstimateRow = (i64, i32, i64, String, String, i64);

const WHAT: &str = "keeping what was found out about a series";

impl Store {
    /// What was found out about a channel when it was examined last with the wish to keep it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn saved_analysis(&mut self, channel: i64) -> Result<Option<SavedAnalysis>, StoreError> {
        let what = "reading what was found out about a series";
        let row: Option<AnalysisRow> = s::series_analysis
            .find(channel)
            .select((s::version, s::made_at, s::start, s::step_seconds, s::model, s::verdict))
            .first(&mut self.connection)
            .optional()
            .doing(what)?;
        let Some((version, made_at, start, step_seconds, model, verdict)) = row else { return Ok(None) };
        let rows: Vec<AnomalyRow> = a::anomaly
            .filter(a::channel_id.eq(channel))
            .order(a::ordinal)
            .select((a::kind, a::start, a::end, a::severity, a::expected, a::low, a::high, a::observed, a::reason))
            .load(&mut self.connection)
            .doing(what)?;
        let anomaly = |(kind, start, end, severity, expected, low, high, observed, reason): AnomalyRow| SavedAnomaly {
            kind,
            start,
            end,
            severity,
            expected,
            band: low.zip(high),
            observed,
            reason,
        };
        let anomalies = rows.into_iter().map(anomaly).collect();
        Ok(Some(SavedAnalysis { version, made_at, start, step_seconds, model, verdict, anomalies }))
    }

    /// The estimates that are kept of a channel, with `from` <= start < `to` (UTC epoch seconds), in the order of time.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn estimates(
        &mut self,
        channel: i64,
        from: Option<i64>,
        to: Option<i64>,
    ) -> Result<Vec<StoredEstimate>, StoreError> {
        let rows: Vec<EstimateRow> = e::estimate
            .filter(e::channel_id.eq(channel))
            .filter(e::start.ge(from.unwrap_or(i64::MIN)).and(e::start.lt(to.unwrap_or(i64::MAX))))
            .order(e::start)
            .select((e::start, e::minutes, e::quantity, e::method, e::reason, e::made_at))
            .load(&mut self.connection)
            .doing("reading estimates")?;
        let estimate = |(start, minutes, quantity, method, reason, made_at): EstimateRow| {
            let (minutes, quantity) = (interval_length(minutes)?, Quantity::from_micros(quantity));
            Ok(StoredEstimate { start, minutes, quantity, method, reason, made_at })
        };
        rows.into_iter().map(estimate).collect()
    }
}

impl Writer {
    /// Keeps what was found out about a channel, in the place of what was kept before, inside the open transaction.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] without a transaction.
    pub fn save_analysis(&mut self, channel: i64, found: &SavedAnalysis) -> Result<(), StoreError> {
        self.must_be_writing()?;
        let connection = &mut self.connection;
        diesel::delete(a::anomaly.filter(a::channel_id.eq(channel))).execute(connection).doing(WHAT)?;
        diesel::delete(s::series_analysis.find(channel)).execute(connection).doing(WHAT)?;
        let row = (
            s::channel_id.eq(channel),
            s::version.eq(&found.version),
            s::made_at.eq(found.made_at),
            s::start.eq(found.start),
            s::step_seconds.eq(found.step_seconds),
            s::model.eq(storable(&found.model)),
            s::verdict.eq(storable(&found.verdict)),
        );
        diesel::insert_into(s::series_analysis).values(row).execute(connection).doing(WHAT)?;
        for (ordinal, anomaly) in (0..).zip(&found.anomalies) {
            let row = (
                a::channel_id.eq(channel),
                a::ordinal.eq(ordinal),
                a::kind.eq(&anomaly.kind),
                a::start.eq(anomaly.start),
                a::end.eq(anomaly.end),
                a::severity.eq(anomaly.severity),
                a::expected.eq(anomaly.expected),
                a::low.eq(anomaly.band.map(|band| band.0)),
                a::high.eq(anomaly.band.map(|band| band.1)),
                a::observed.eq(anomaly.observed),
                a::reason.eq(storable(&anomaly.reason)),
            );
            diesel::insert_into(a::anomaly).values(row).execute(connection).doing(WHAT)?;
        }
        Ok(())
    }

    /// Keeps estimates of a channel, in the place of those that were kept of the same stretch of time (UTC epoch seconds, the
    /// end exclusive), inside the open transaction; tells how many were there before. Without any, they are revoked.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] without a transaction.
    pub fn replace_estimates(
        &mut self,
        channel: i64,
        (from, to): (Option<i64>, Option<i64>),
        estimates: &[StoredEstimate],
    ) -> Result<usize, StoreError> {
        self.must_be_writing()?;
        let what = "keeping estimates";
        let before = e::estimate
            .filter(e::channel_id.eq(channel))
            .filter(e::start.ge(from.unwrap_or(i64::MIN)).and(e::start.lt(to.unwrap_or(i64::MAX))));
        let gone = diesel::delete(before).execute(&mut self.connection).doing(what)?;
        for estimate in estimates {
            let row = (
                e::channel_id.eq(channel),
                e::start.eq(estimate.start),
                e::minutes.eq(i32::from(estimate.minutes.minutes())),
                e::quantity.eq(estimate.quantity.micros()),
                e::method.eq(&estimate.method),
                e::reason.eq(storable(&estimate.reason)),
                e::made_at.eq(estimate.made_at),
            );
            diesel::insert_into(e::estimate).values(row).execute(&mut self.connection).doing(what)?;
        }
        Ok(gone)
    }
}
