//! Half-open intervals of time.

use std::fmt;

/// The length of an interval in whole minutes: 5, 15, 30, 60, …
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntervalLength(u16);

impl IntervalLength {
    /// One hour.
    pub const HOUR: Self = Self(60);

    /// A length in minutes; `None` unless it is at least one minute and at most one day.
    pub const fn from_minutes(minutes: u16) -> Option<Self> {
        if minutes >= 1 && minutes <= 1440 { Some(Self(minutes)) } else { None }
    }

    /// Minutes.
    pub const fn minutes(self) -> u16 {
        self.0
    }

    /// Seconds.
    pub const fn seconds(self) -> i64 {
        self.0 as i64 * 60
    }
}

impl fmt::Display for IntervalLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} min", self.0)
    }
}

/// A half-open interval `[start, end)` in UTC epoch seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// First second inside.
    pub start: i64,
    /// First second behind.
    pub end: i64,
}
