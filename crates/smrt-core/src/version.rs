//! Which of two statements about the same interval is the newer one, by their sender's word.

use std::fmt;

/// When the sender last changed what it says of an interval, to the second; [`Version::UNSTATED`] where it does not say.
///
/// Greater is newer, and what states no version is older than anything that does. Held in 32 bits because every
/// reading carries one: instants before 1970 become the first second of it, those after February 2106 the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u32);

impl Version {
    /// The sender does not say.
    pub const UNSTATED: Self = Self(0);

    /// The version of an instant, UTC epoch seconds.
    pub fn from_epoch(epoch: i64) -> Self {
        Self(u32::try_from(epoch.max(1)).unwrap_or(u32::MAX))
    }

    /// Its instant, UTC epoch seconds; `None` where the sender does not say.
    pub fn epoch(self) -> Option<i64> {
        (self.0 != 0).then_some(i64::from(self.0))
    }

    /// The number that files keep: epoch seconds, 0 where unstated.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The reverse of [`Version::number`].
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.epoch() {
            Some(epoch) => f.pad(&crate::MarketZone::Utc.rfc3339(epoch)),
            None => f.pad("unstated"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stated_versions_are_newer_than_none_and_keep_their_order() {
        let versions: Vec<Version> = [i64::MIN, 2, 1_700_000_000, i64::MAX].map(Version::from_epoch).into();
        assert!(versions.is_sorted_by(|a, b| a < b) && Version::UNSTATED < versions[0]);
        assert_eq!(versions[2].epoch(), Some(1_700_000_000));
        assert_eq!((Version::UNSTATED.epoch(), Version::from_number(7).number()), (None, 7));
    }
}
