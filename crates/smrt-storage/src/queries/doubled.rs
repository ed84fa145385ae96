//! Readings that their own file said again.

use crate::{Store, StoreError, error::Doing, queries::readings::parse_quality, schema::reading_history::dsl as h};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl};
use smrt_core::{Quality, Quantity};

/// A reading that gave way to another one of the same file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoubledReading {
    /// Start of the interval, UTC epoch seconds.
    pub start: i64,
    /// What it said, in the channel's unit.
    pub quantity: Quantity,
    /// How trustworthy it was.
    pub quality: Quality,
}

impl Store {
    /// The readings of a channel with `from` <= start < `to` (UTC epoch seconds) that stood in a file twice or more and were
    /// not the last of them, in the order of time and, of one interval, of lines.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn doubled(
        &mut self,
        channel: i64,
        from: Option<i64>,
        to: Option<i64>,
    ) -> Result<Vec<DoubledReading>, StoreError> {
        let rows: Vec<(i64, i64, i16)> = h::reading_history
            .filter(h::channel_id.eq(channel))
            .filter(h::start.ge(from.unwrap_or(i64::MIN)).and(h::start.lt(to.unwrap_or(i64::MAX))))
            .filter(h::file_id.eq(h::superseded_by))
            .order((h::start, h::line, h::id))
            .select((h::start, h::quantity, h::quality))
            .load(&mut self.connection)
            .doing("reading doubled readings")?;
        let doubled = |(start, quantity, quality)| {
            Ok(DoubledReading { start, quantity: Quantity::from_micros(quantity), quality: parse_quality(quality)? })
        };
        rows.into_iter().map(doubled).collect()
    }
}
