//! Where readings are missing.
//!
//! A gap is where a reading starts after everything before it has ended; that need not be the reading just before, a
//! long interval may reach over short ones. Two columns are read page by page and compared here, which takes a sixth
//! of the time that a window function of the database takes.

use crate::{Store, StoreError, error::Doing, ledger::count, schema::reading::dsl as r};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, dsl::max};
use smrt_core::Interval;

/// A stretch of time that no reading covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The stretch.
    pub interval: Interval,
    /// How many readings fit into it, at the length of the one before.
    pub missing: u64,
}

/// Readings that are in memory at a time.
const PAGE: i64 = 16_384;
/// The longest interval there is, in seconds: no reading that starts earlier reaches further.
const LONGEST: i64 = 86_400;
const WHAT: &str = "looking for gaps";

impl Store {
    /// The stretches between the first and the last reading of a channel that no reading covers, as far as they lie
    /// in `from` <= time < `to` (UTC epoch seconds), in order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn gaps(&mut self, channel: i64, from: Option<i64>, to: Option<i64>) -> Result<Vec<Gap>, StoreError> {
        let mut search = Search::new(from, to);
        let mut next = self.first_that_matters(channel, search.from)?;
        loop {
            let page: Vec<(i64, i32)> = r::reading
                .filter(r::channel_id.eq(channel))
                .filter(r::start.ge(next))
                .order(r::start)
                .limit(PAGE)
                .select((r::start, r::minutes))
                .load(&mut self.connection)
                .doing(WHAT)?;
            let Some(&(last, _)) = page.last() else { return Ok(search.gaps) };
            for (start, minutes) in page {
                search.take(start, i64::from(minutes) * 60);
            }
            if last >= search.to {
                return Ok(search.gaps);
            }
            next = last.saturating_add(1);
        }
    }

    /// Start of the first reading that tells what is covered at `from`: the last one that lies so far back that none
    /// before it matters.
    fn first_that_matters(&mut self, channel: i64, from: i64) -> Result<i64, StoreError> {
        let before = from.saturating_sub(LONGEST);
        let last: Option<i64> = r::reading
            .filter(r::channel_id.eq(channel))
            .filter(r::start.lt(before))
            .select(max(r::start))
            .first(&mut self.connection)
            .doing(WHAT)?;
        Ok(last.unwrap_or(before))
    }
}

/// Looks for gaps in readings that come in the order of time.
struct Search {
    from: i64,
    to: i64,
    /// End of what is covered, and the length of the last reading, in seconds.
    covered: Option<(i64, i64)>,
    gaps: Vec<Gap>,
}

impl Search {
    fn new(from: Option<i64>, to: Option<i64>) -> Self {
        Self { from: from.unwrap_or(i64::MIN), to: to.unwrap_or(i64::MAX), covered: None, gaps: Vec::new() }
    }

    fn take(&mut self, start: i64, seconds: i64) {
        let seconds = seconds.max(1);
        let end = start.saturating_add(seconds);
        let Some((covered, before)) = self.covered.replace((end, seconds)) else { return };
        let interval = Interval { start: covered.max(self.from), end: start.min(self.to) };
        if interval.start < interval.end {
            let missing = (interval.end - interval.start + before - 1) / before;
            self.gaps.push(Gap { interval, missing: count(missing) });
        }
        self.covered = Some((end.max(covered), seconds));
    }
}
