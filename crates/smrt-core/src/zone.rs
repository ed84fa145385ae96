//! Civil time: the zone a channel's days are cut in.

use crate::civil_from_days;
use chrono::{DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone};
use chrono_tz::Tz;
use std::{fmt, str::FromStr};

/// The zone that a format's civil times and a channel's days belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarketZone {
    /// Coordinated universal time.
    Utc,
    /// A fixed offset in minutes east of UTC, without daylight saving; NEM time is +600.
    Fixed(i16),
    /// A zone of the IANA database, with its daylight saving.
    Civil(Tz),
}

/// A text that names no zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone {0:?}: expected UTC, an offset such as +10:00, or a name such as Europe/Berlin")]
pub struct ZoneError(pub String);

/// The instants, UTC epoch seconds, at which a clock shows one civil time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CivilInstants {
    /// None: the clock skips it when daylight saving begins.
    Skipped,
    /// Just one.
    Once(i64),
    /// Two, the earlier one first: the clock is put back when daylight saving ends.
    Twice(i64, i64),
}

/// Why a text is no instant in a zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CivilError {
    /// Neither RFC 3339 nor a date.
    #[error("{0:?} is no time: expected a date such as 2019-09-28 or a time such as 2019-09-28T01:00:00Z")]
    Syntax(String),
    /// The clock skips this time when daylight saving begins.
    #[error("{0} does not exist in {1}: the clock skips it")]
    Skipped(String, MarketZone),
}

impl MarketZone {
    /// Central European time, with its daylight saving.
    pub const BERLIN: Self = Self::Civil(Tz::Europe__Berlin);

    /// The zone's offset from UTC at an instant, in seconds.
    pub fn offset_seconds(self, epoch: i64) -> i32 {
        match self {
            Self::Utc => 0,
            Self::Fixed(minutes) => i32::from(minutes) * 60,
            Self::Civil(zone) => zone.offset_from_utc_datetime(&naive(epoch)).fix().local_minus_utc(),
        }
    }

    /// The civil date of an instant.
    pub fn date(self, epoch: i64) -> NaiveDate {
        naive(epoch.saturating_add(i64::from(self.offset_seconds(epoch)))).date()
    }

    /// The civil day of an instant as days since 1970-01-01.
    pub fn day(self, epoch: i64) -> i32 {
        let local = epoch.saturating_add(i64::from(self.offset_seconds(epoch)));
        i32::try_from(local.div_euclid(86_400)).unwrap_or(if local < 0 { i32::MIN } else { i32::MAX })
    }

    /// First second of a civil day (days since 1970-01-01), UTC epoch seconds. Where midnight is skipped by daylight
    /// saving it is the first instant behind the gap, where it occurs twice the first of the two.
    pub fn day_start(self, day: i32) -> i64 {
        let midnight = i64::from(day) * 86_400;
        match self {
            Self::Utc => midnight,
            Self::Fixed(minutes) => midnight - i64::from(minutes) * 60,
            Self::Civil(zone) => {
                let mut local = naive(midnight);
                loop {
                    match zone.from_local_datetime(&local).earliest() {
                        Some(instant) => return instant.timestamp(),
                        None => local += chrono::Duration::minutes(15),
                    }
                }
            }
        }
    }

    /// Minutes in a civil day: 1440, but 1380 and 1500 where an hour is skipped or doubled.
    pub fn day_minutes(self, day: i32) -> u32 {
        u32::try_from((self.day_start(day.saturating_add(1)) - self.day_start(day)) / 60).unwrap_or(0)
    }

    /// An instant as RFC 3339 text in this zone: `…Z` for UTC, else with its offset.
    pub fn rfc3339(self, epoch: i64) -> String {
        let offset = self.offset_seconds(epoch);
        let local = epoch.saturating_add(i64::from(offset));
        // Written out by hand, because a formatter that interprets a pattern takes most of the time of an export.
        let (year, month, day) = civil_from_days(i32::try_from(local.div_euclid(86_400)).unwrap_or(i32::MAX));
        let second = local.rem_euclid(86_400);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
        match self {
            Self::Utc => text.push('Z'),
            _ => text.push_str(&offset_text(offset / 60)),
        }
        text
    }

    /// An instant in epoch microseconds as RFC 3339 text in this zone, with as many digits of a second as it takes.
    pub fn rfc3339_micros(self, micros: i64) -> String {
        let text = self.rfc3339(micros.div_euclid(1_000_000));
        match micros.rem_euclid(1_000_000) {
            0 => text,
            fraction => {
                let digits = format!("{fraction:06}");
                let (seconds, zone) = text.split_at("0000-00-00T00:00:00".len().min(text.len()));
                format!("{seconds}.{}{zone}", digits.trim_end_matches('0'))
            }
        }
    }

    /// When the clocks of this zone show a civil time, given as seconds since they showed 1970-01-01 00:00:00.
    pub fn instants(self, local: i64) -> CivilInstants {
        match self {
            Self::Utc => CivilInstants::Once(local),
            Self::Fixed(minutes) => CivilInstants::Once(local.saturating_sub(i64::from(minutes) * 60)),
            Self::Civil(zone) => match zone.from_local_datetime(&naive(local)) {
                LocalResult::None => CivilInstants::Skipped,
                LocalResult::Single(instant) => CivilInstants::Once(instant.timestamp()),
                LocalResult::Ambiguous(a, b) => {
                    CivilInstants::Twice(a.timestamp().min(b.timestamp()), a.timestamp().max(b.timestamp()))
                }
            },
        }
    }

    /// Reads RFC 3339 text, a time without zone, or a date (its first second); what has no zone is in this one.
    ///
    /// # Errors
    /// [`CivilError`] for any other text, and for a civil time that this zone skips.
    pub fn parse_instant(self, text: &str) -> Result<i64, CivilError> {
        Ok(self.parse_micros(text)?.div_euclid(1_000_000))
    }

    /// The same as epoch microseconds, with fractions of a second.
    ///
    /// # Errors
    /// As [`MarketZone::parse_instant`].
    pub fn parse_micros(self, text: &str) -> Result<i64, CivilError> {
        if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
            return Ok(instant.timestamp_micros());
        }
        if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Ok(self.day_start(day_number(date)).saturating_mul(1_000_000));
        }
        let civil = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
            .ok_or_else(|| CivilError::Syntax(text.to_owned()))?;
        match self {
            Self::Utc => Ok(civil.and_utc().timestamp_micros()),
            Self::Fixed(minutes) => Ok(civil.and_utc().timestamp_micros() - i64::from(minutes) * 60_000_000),
            Self::Civil(zone) => zone
                .from_local_datetime(&civil)
                .earliest()
                .map(|instant| instant.timestamp_micros())
                .ok_or_else(|| CivilError::Skipped(text.to_owned(), self)),
        }
    }
}

/// Days since 1970-01-01 of a date.
pub(crate) fn day_number(date: NaiveDate) -> i32 {
    date.num_days_from_ce() - 719_163
}

/// An instant as UTC date and time; instants outside chrono's range become its nearest end.
fn naive(epoch: i64) -> NaiveDateTime {
    match DateTime::from_timestamp(epoch, 0) {
        Some(instant) => instant.naive_utc(),
        None if epoch < 0 => NaiveDateTime::MIN,
        None => NaiveDate::MAX.checked_sub_days(Days::new(1)).unwrap_or(NaiveDate::MAX).and_time(NaiveTime::MIN),
    }
}

impl fmt::Display for MarketZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Utc => f.pad("UTC"),
            Self::Fixed(minutes) => f.write_str(&offset_text(i32::from(*minutes))),
            Self::Civil(zone) => f.pad(zone.name()),
        }
    }
}

impl FromStr for MarketZone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        if text == "UTC" {
            return Ok(Self::Utc);
        }
        if let Some(minutes) = fixed_offset(text) {
            return Ok(Self::Fixed(minutes));
        }
        text.parse::<Tz>().map(Self::Civil).map_err(|_| ZoneError(text.to_owned()))
    }
}

/// `+10:00` from minutes east of UTC.
fn offset_text(minutes: i32) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60)
}

/// Minutes east of UTC from `+10:00` or `-03:30`.
fn fixed_offset(text: &str) -> Option<i16> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let number = |part: &str, limit: i16| {
        (part.len() == 2).then(|| part.parse::<i16>().ok()).flatten().filter(|n| (0..limit).contains(n))
    };
    Some(sign * (number(hours, 24)? * 60 + number(minutes, 60)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BERLIN: MarketZone = MarketZone::BERLIN;
    const LORD_HOWE: MarketZone = MarketZone::Civil(Tz::Australia__Lord_Howe);

    fn day(text: &str) -> i32 {
        day_number(text.parse().unwrap())
    }

    #[test]
    fn days_have_the_length_the_clock_gives_them() {
        assert_eq!(BERLIN.day_minutes(day("2024-03-31")), 23 * 60);
        assert_eq!(BERLIN.day_minutes(day("2024-10-27")), 25 * 60);
        assert_eq!(BERLIN.day_minutes(day("2024-06-01")), 24 * 60);
        assert_eq!(LORD_HOWE.day_minutes(day("2024-10-06")), 24 * 60 - 30);
        assert_eq!(MarketZone::Fixed(600).day_minutes(day("2024-10-06")), 24 * 60);
    }

    #[test]
    fn instants_are_read_in_the_zone_of_the_channel() {
        assert_eq!(MarketZone::Utc.parse_instant("1970-01-02"), Ok(86_400));
        assert_eq!(MarketZone::Fixed(600).parse_instant("1970-01-02"), Ok(86_400 - 36_000));
        assert_eq!(MarketZone::Fixed(600).parse_instant("1970-01-02T00:00:00Z"), Ok(86_400));
        assert_eq!(BERLIN.parse_instant("2024-07-01 12:00"), Ok(1_719_828_000));
        assert!(matches!(BERLIN.parse_instant("2024-03-31T02:30:00"), Err(CivilError::Skipped(..))));
        assert!(matches!(BERLIN.parse_instant("yesterday"), Err(CivilError::Syntax(_))));
    }

    #[test]
    fn a_civil_time_is_shown_never_once_or_twice() {
        let local = |text: &str| MarketZone::Utc.parse_instant(text).unwrap();
        let at = |zone: MarketZone, text: &str| zone.instants(local(text));
        let once = CivilInstants::Once(local("2024-07-01T10:00:00"));
        assert_eq!(at(BERLIN, "2024-07-01T12:00:00"), once);
        assert_eq!(at(MarketZone::Fixed(600), "2024-07-01T20:00:00"), once);
        assert_eq!(at(BERLIN, "2024-03-31T02:30:00"), CivilInstants::Skipped);
        let (first, second) = (local("2024-10-27T00:30:00"), local("2024-10-27T01:30:00"));
        assert_eq!(at(BERLIN, "2024-10-27T02:30:00"), CivilInstants::Twice(first, second));
        assert_eq!(at(BERLIN, "2024-10-27T03:00:00"), CivilInstants::Once(local("2024-10-27T02:00:00")));
    }

    #[test]
    fn zones_are_written_as_they_are_read() {
        for text in ["UTC", "+10:00", "-03:30", "Europe/Berlin"] {
            assert_eq!(text.parse::<MarketZone>().map(|z| z.to_string()).as_deref(), Ok(text));
        }
        for text in ["", "+1", "+25:00", "+10:60", "Mars/Olympus", "+é0:00"] {
            assert!(text.parse::<MarketZone>().is_err(), "{text}");
        }
    }

    #[test]
    fn fractions_of_a_second_are_read_and_shown_as_far_as_they_go() {
        for text in ["2016-01-01T00:00:00Z", "2016-01-01T00:00:00.5Z", "2016-01-01T00:00:00.000001Z"] {
            assert_eq!(MarketZone::Utc.rfc3339_micros(MarketZone::Utc.parse_micros(text).unwrap()), text);
        }
        let zone: MarketZone = "Europe/Berlin".parse().unwrap();
        assert_eq!(zone.parse_micros("2016-01-01 01:00:00.25").unwrap(), 1_451_606_400_250_000);
        assert_eq!(zone.rfc3339_micros(1_451_606_400_250_000), "2016-01-01T01:00:00.25+01:00");
        assert_eq!(MarketZone::Utc.parse_instant("1969-12-31T23:59:59.9Z").unwrap(), -1);
    }

    proptest! {
        #[test]
        fn every_instant_lies_in_its_day(epoch in -1_500_000_000i64..8_000_000_000) {
            for zone in [MarketZone::Utc, MarketZone::Fixed(600), MarketZone::Fixed(-210), BERLIN, LORD_HOWE] {
                let day = zone.day(epoch);
                prop_assert!(zone.day_start(day) <= epoch && epoch < zone.day_start(day + 1), "{} {}", zone, epoch);
                prop_assert_eq!(day_number(zone.date(epoch)), day);
                prop_assert_eq!(zone.parse_instant(&zone.rfc3339(epoch)), Ok(epoch));
            }
        }

        #[test]
        fn no_instant_panics(epoch: i64) {
            for zone in [MarketZone::Utc, MarketZone::Fixed(600), BERLIN] {
                zone.rfc3339(epoch);
                zone.day(epoch);
            }
        }
    }
}
