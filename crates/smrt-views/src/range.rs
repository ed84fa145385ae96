//! A stretch of time as people write it.

use crate::{AskError, SECOND};
use smrt_core::MarketZone;

/// A stretch of time as people write it: dates or RFC 3339, those without a zone in the channel's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// First instant.
    pub from: Option<String>,
    /// First instant that is no longer meant.
    pub to: Option<String>,
}

impl Range {
    /// Both ends as instants (UTC epoch seconds), those without a zone taken in `zone`.
    ///
    /// # Errors
    /// [`AskError::Parameter`] for what is no time, and where the end is not behind the beginning.
    pub fn instants(&self, zone: MarketZone) -> Result<(Option<i64>, Option<i64>), AskError> {
        let (from, to) = self.micros(zone)?;
        // An instant within a second begins behind it, and ends within it.
        let second = |micros: i64| micros.div_euclid(SECOND) + i64::from(micros.rem_euclid(SECOND) > 0);
        Ok((from.map(second), to.map(second)))
    }

    /// Both ends as epoch microseconds, those without a zone taken in `zone`.
    ///
    /// # Errors
    /// As [`Range::instants`].
    pub fn micros(&self, zone: MarketZone) -> Result<(Option<i64>, Option<i64>), AskError> {
        let micros = |name: &'static str, text: Option<&str>| {
            let parsed = text.map(|text| zone.parse_micros(text)).transpose();
            parsed.map_err(|error| AskError::Parameter { name, message: error.to_string() })
        };
        match (micros("from", self.from.as_deref())?, micros("to", self.to.as_deref())?) {
            (Some(first), Some(behind)) if first >= behind => Err(AskError::Parameter {
                name: "from",
                message: "expected a time before the end of the range, which is no longer meant itself".into(),
            }),
            range => Ok(range),
        }
    }

    /// The days that begin within the range, as days since 1970-01-01 in `zone`: first and first behind.
    ///
    /// # Errors
    /// As [`Range::instants`].
    pub fn days(&self, zone: MarketZone) -> Result<(Option<i32>, Option<i32>), AskError> {
        let (from, to) = self.instants(zone)?;
        let beginning_at_or_behind = |epoch: i64| {
            let day = zone.day(epoch);
            if zone.day_start(day) < epoch { day.saturating_add(1) } else { day }
        };
        Ok((from.map(beginning_at_or_behind), to.map(beginning_at_or_behind)))
    }

    /// The instants from the first to the last of those days, UTC epoch microseconds: first and first behind.
    pub(crate) fn micros_of_days(&self, zone: MarketZone) -> Result<(Option<i64>, Option<i64>), AskError> {
        let (from, to) = self.days(zone)?;
        let start = |day: i32| zone.day_start(day).saturating_mul(SECOND);
        Ok((from.map(start), to.map(start)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: &str, to: &str) -> Range {
        Range { from: Some(from.into()), to: Some(to.into()) }
    }

    #[test]
    fn days_are_those_that_begin_within() {
        let days = |from, to| range(from, to).days(MarketZone::Utc).unwrap();
        assert_eq!(days("1970-01-02", "1970-01-04"), (Some(1), Some(3)));
        assert_eq!(days("1970-01-02T00:00:01Z", "1970-01-03T12:00:00Z"), (Some(2), Some(3)));
        let eastern = range("1970-01-02", "1970-01-03T00:00:00Z").days(MarketZone::Fixed(600)).unwrap();
        assert_eq!(eastern, (Some(1), Some(3)));
    }

    #[test]
    fn a_range_that_ends_before_it_begins_is_refused() {
        assert!(range("2020-01-02", "2020-01-02").instants(MarketZone::Utc).is_err());
        let error = range("yesterday", "2020-01-02").instants(MarketZone::Utc).unwrap_err();
        assert!(error.to_string().starts_with("from: \"yesterday\" is no time"), "{error}");
    }
}
