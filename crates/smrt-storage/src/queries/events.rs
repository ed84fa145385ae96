//! What senders say of intervals beyond their values.
//!
//! An event speaks of the readings of its own file, of its line and the lines behind it that refine it, and of the
//! quality it states. Channels without events cost one look into an index.

use crate::{
    StoreError, backend::Database, error::Doing, queries::registers::reason_code, schema::interval_event::dsl as e,
};
use diesel::{ExpressionMethods, QueryDsl, QueryableByName, RunQueryDsl, sql_query, sql_types};

const WHAT: &str = "reading the reasons of intervals";

/// Why an interval is what it is, where its sender says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntervalReason {
    /// The reason code, 0 to 999.
    pub code: Option<u16>,
    /// The description of the reason, or a status; empty where there is none.
    pub text: String,
}

/// A reading that a reason is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    pub(crate) start: i64,
    pub(crate) quality: i16,
    pub(crate) file: i64,
    pub(crate) line: i64,
}

/// Start, end, quality, reason, text, file and line.
type EventRow = (i64, i64, i16, Option<i16>, String, i64, i64);

/// The events of one channel in some stretch of time.
#[derive(Debug)]
pub(crate) struct Events {
    channel: i64,
    /// Seconds that the longest event lasts; `None` where there are no events.
    longest: Option<i64>,
    /// In the order of their starts.
    events: Vec<EventRow>,
}

impl Events {
    /// The events of a channel, none of them read yet.
    pub(crate) fn of(connection: &mut Database, channel: i64) -> Result<Self, StoreError> {
        #[derive(QueryableByName)]
        struct Longest {
            #[diesel(sql_type = sql_types::Nullable<sql_types::BigInt>)]
            n: Option<i64>,
        }
        let sql = format!("SELECT max(\"end\" - start) AS n FROM interval_event WHERE channel_id = {channel}");
        let Longest { n: longest } = sql_query(sql).get_result(connection).doing(WHAT)?;
        Ok(Self { channel, longest, events: Vec::new() })
    }

    /// Whether the channel has any.
    pub(crate) fn exist(&self) -> bool {
        self.longest.is_some()
    }

    /// Reads those that hold for readings that start between `first` and `last`, both included.
    pub(crate) fn read(&mut self, connection: &mut Database, first: i64, last: i64) -> Result<(), StoreError> {
        let Some(longest) = self.longest else { return Ok(()) };
        self.events = e::interval_event
            .filter(e::channel_id.eq(self.channel))
            .filter(e::start.gt(first.saturating_sub(longest)))
            .filter(e::start.le(last))
            .filter(e::end.gt(first))
            .order((e::start, e::id))
            .select((e::start, e::end, e::quality, e::reason, e::text, e::file_id, e::line))
            .load(connection)
            .doing(WHAT)?;
        Ok(())
    }

    /// What is said of a reading: of several events the narrowest, then the one that stands next behind it.
    pub(crate) fn reason(&self, subject: Subject) -> Result<Option<IntervalReason>, StoreError> {
        let Some(longest) = self.longest else { return Ok(None) };
        let Subject { start, quality, file, line } = subject;
        let first = self.events.partition_point(|event| event.0 <= start.saturating_sub(longest));
        let behind = self.events.partition_point(|event| event.0 <= start);
        let candidates = self.events.get(first..behind).unwrap_or_default().iter();
        let speaks = |event: &&EventRow| event.1 > start && event.2 == quality && event.5 == file && event.6 >= line;
        let narrowest = candidates.filter(speaks).min_by_key(|event| (event.1 - event.0, event.6));
        narrowest
            .map(|(_, _, _, reason, text, _, _)| Ok(IntervalReason { code: reason_code(*reason)?, text: text.clone() }))
            .transpose()
    }
}
