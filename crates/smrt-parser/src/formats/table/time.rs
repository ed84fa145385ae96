//! How tables write times: a small set of forms, each with one order of day and month, none of them guessed.

use smrt_core::days_from_civil;
use std::{fmt, str::FromStr};

pub(crate) const DAY: i64 = 86_400;
/// The zero of a calendar that many programs keep, which stands for no time.
pub(crate) const NO_TIME: &[u8] = b"30/12/1899 00:00:00";

/// How the times of a table are written.
///
/// Behind the date stand one or more blanks (or a `T` in ISO 8601 and the compact form) and the time of day `HH:mm` or
/// `HH:mm:ss`; decimals of a second must be zero. Where the table has a column for the date alone, only that is in this
/// form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TimeForm {
    /// `yyyy-MM-dd`, and behind the time of day perhaps `Z` or an offset such as `+10:00`.
    #[default]
    Iso,
    /// `dd/MM/yyyy`, also with points or hyphens; day and month may have one digit.
    DayFirst,
    /// `MM/dd/yyyy`, the same.
    MonthFirst,
    /// `yyyyMMdd`, and the time of day also as `HHmm` or `HHmmss`, with or without a blank before it.
    Compact,
    /// A pattern of `%Y`, `%m`, `%d`, `%H`, `%M`, `%S` and other characters, which stand for themselves.
    Pattern(Pattern),
}

/// A pattern of dates and times that [`TimeForm`] has accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

/// A text that is no [`TimeForm`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected iso, day-first, month-first, compact, or a pattern of each %Y, %m and %d and perhaps %H, %M and %S, found {0:?}"
)]
pub struct UnknownTimeForm(pub String);

/// A civil time as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    /// Seconds since the clock it is of showed 1970-01-01 00:00:00.
    pub(crate) local: i64,
    /// Seconds east of UTC, where that is written with it.
    pub(crate) offset: Option<i64>,
}

impl TimeForm {
    /// Reads date and time of day. With `or_date` a date alone is its midnight.
    pub(crate) fn instant(&self, text: &[u8], or_date: bool) -> Option<Civil> {
        if text == NO_TIME {
            return None;
        }
        if let Self::Pattern(pattern) = self {
            return pattern.read(text).map(|local| Civil { local, offset: None });
        }
        let (day, rest) = self.day(text)?;
        let start = i64::from(day) * DAY;
        if rest.is_empty() {
            return or_date.then_some(Civil { local: start, offset: None });
        }
        let is_compact = *self == Self::Compact;
        let clock = match rest {
            [b'T', clock @ ..] if is_compact || *self == Self::Iso => clock,
            [b' ', ..] => rest.trim_ascii_start(),
            digits if is_compact => digits,
            _ => return None,
        };
        let (seconds, rest) = seconds_of_day(clock, is_compact)?;
        let offset = match rest {
            [] => None,
            zone if *self == Self::Iso => Some(utc_offset(zone)?),
            _ => return None,
        };
        Some(Civil { local: start + seconds, offset })
    }

    /// Reads a date and a time of day from two fields.
    pub(crate) fn date_and_clock(&self, date: &[u8], clock: &[u8]) -> Option<Civil> {
        let start = match self {
            Self::Pattern(pattern) => pattern.read(date)?,
            _ => self.day(date).filter(|(_, rest)| rest.is_empty()).map(|(day, _)| i64::from(day) * DAY)?,
        };
        let (seconds, rest) = seconds_of_day(clock, true)?;
        rest.is_empty().then_some(Civil { local: start + seconds, offset: None })
    }

    /// A date at the front of a text, as days since 1970-01-01, and what stands behind it.
    pub(crate) fn day<'a>(&self, text: &'a [u8]) -> Option<(i32, &'a [u8])> {
        let (day, month, year, rest) = match self {
            Self::Iso => {
                let (year, rest) = number(text, 4, 4)?;
                let (month, rest) = number(rest.strip_prefix(b"-")?, 2, 2)?;
                let (day, rest) = number(rest.strip_prefix(b"-")?, 2, 2)?;
                (day, month, year, rest)
            }
            Self::DayFirst | Self::MonthFirst => {
                let (first, rest) = number(text, 1, 2)?;
                let (&separator, rest) = rest.split_first().filter(|(byte, _)| b"/.-".contains(byte))?;
                let (second, rest) = number(rest, 1, 2)?;
                let (year, rest) = number(rest.strip_prefix(&[separator])?, 4, 4)?;
                let (day, month) = if *self == Self::DayFirst { (first, second) } else { (second, first) };
                (day, month, year, rest)
            }
            Self::Compact => {
                let (year, rest) = number(text, 4, 4)?;
                let (month, rest) = number(rest, 2, 2)?;
                let (day, rest) = number(rest, 2, 2)?;
                (day, month, year, rest)
            }
            Self::Pattern(_) => return None,
        };
        Some((calendar_day(year, month, day)?, rest))
    }

    /// Whether it has a time of day; the forms with a name do in one column and do not in two.
    pub(crate) fn has_clock(&self) -> bool {
        match self {
            Self::Pattern(pattern) => pattern.0.contains("%H"),
            _ => true,
        }
    }

    /// How its dates are written, without the time of day.
    pub(crate) fn date_part(&self) -> String {
        match self {
            Self::Pattern(pattern) => pattern.0.clone(),
            Self::Compact => "yyyyMMdd".to_owned(),
            other => other.to_string().split(' ').next().unwrap_or_default().to_owned(),
        }
    }

    /// Whether it is a pattern.
    pub(crate) fn is_pattern(&self) -> bool {
        matches!(self, Self::Pattern(_))
    }
}

impl fmt::Display for TimeForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Iso => "yyyy-MM-dd HH:mm:ss",
            Self::DayFirst => "dd/MM/yyyy HH:mm:ss",
            Self::MonthFirst => "MM/dd/yyyy HH:mm:ss",
            Self::Compact => "yyyyMMddHHmmss",
            Self::Pattern(pattern) => &pattern.0,
        })
    }
}

impl FromStr for TimeForm {
    type Err = UnknownTimeForm;

    fn from_str(text: &str) -> Result<Self, UnknownTimeForm> {
        match text {
            "iso" => Ok(Self::Iso),
            "day-first" => Ok(Self::DayFirst),
            "month-first" => Ok(Self::MonthFirst),
            "compact" => Ok(Self::Compact),
            _ => Pattern::new(text).map(Self::Pattern).ok_or_else(|| UnknownTimeForm(text.to_owned())),
        }
    }
}

impl Pattern {
    /// `None` unless it has year, month and day once each, and minutes where it has hours.
    fn new(text: &str) -> Option<Self> {
        let mut seen = [0; 6];
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            if byte == b'%' {
                let place = b"YmdHMS".iter().position(|&letter| Some(letter) == rest.clone().next())?;
                rest.next();
                seen[place] += 1;
            }
        }
        let whole = matches!(seen, [1, 1, 1, 0, 0, 0] | [1, 1, 1, 1, 1, 0 | 1]);
        (whole && !text.contains(char::is_control)).then(|| Self(text.to_owned()))
    }

    /// Seconds since the clock showed 1970-01-01 00:00:00.
    fn read(&self, text: &[u8]) -> Option<i64> {
        let (mut rest, mut pattern) = (text, self.0.as_bytes());
        let [mut year, mut month, mut day, mut hour, mut minute, mut second] = [0; 6];
        while let Some((&byte, after)) = pattern.split_first() {
            let Some((&letter, after)) = after.split_first().filter(|_| byte == b'%') else {
                rest = rest.strip_prefix(&[byte])?;
                pattern = after;
                continue;
            };
            let (place, digits) = match letter {
                b'Y' => (&mut year, 4),
                b'm' => (&mut month, 2),
                b'd' => (&mut day, 2),
                b'H' => (&mut hour, 2),
                b'M' => (&mut minute, 2),
                _ => (&mut second, 2),
            };
            (*place, rest) = number(rest, digits, digits)?;
            pattern = after;
        }
        let seconds = of_clock(hour, minute, second).filter(|_| rest.is_empty())?;
        Some(i64::from(calendar_day(year, month, day)?) * DAY + seconds)
    }
}

fn calendar_day(year: u16, month: u16, day: u16) -> Option<i32> {
    days_from_civil(year.max(1), u8::try_from(month).ok()?, u8::try_from(day).ok()?).filter(|_| year >= 1)
}

/// `least` to `most` digits at the front of a text as a number, and what stands behind them.
pub(crate) fn number(text: &[u8], least: usize, most: usize) -> Option<(u16, &[u8])> {
    let length = text.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(length).filter(|_| length >= least)?;
    Some((digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0')), rest))
}

/// A time of day as seconds of it.
pub(crate) fn of_clock(hour: u16, minute: u16, second: u16) -> Option<i64> {
    let is_time = hour < 24 && minute < 60 && second < 60;
    is_time.then(|| i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second))
}

/// `HH:mm[:ss[.0]]`, with `or_compact` also `HHmm[ss]`, as seconds of the day, and what stands behind it.
fn seconds_of_day(text: &[u8], or_compact: bool) -> Option<(i64, &[u8])> {
    let (hour, rest) = number(text, 1, 2)?;
    let Some(rest) = rest.strip_prefix(b":") else {
        let (hour, rest) = number(text, 2, 2).filter(|_| or_compact)?;
        let (minute, rest) = number(rest, 2, 2)?;
        let (second, rest) = if rest.is_empty() { (0, rest) } else { number(rest, 2, 2)? };
        return Some((of_clock(hour, minute, second)?, rest));
    };
    let (minute, rest) = number(rest, 2, 2)?;
    let Some(rest) = rest.strip_prefix(b":") else { return Some((of_clock(hour, minute, 0)?, rest)) };
    let (second, mut rest) = number(rest, 2, 2)?;
    if let Some(decimals) = rest.strip_prefix(b".") {
        let zeros = decimals.iter().take_while(|&&byte| byte == b'0').count();
        rest = Some(&decimals[zeros..]).filter(|rest| zeros > 0 && !rest.first().is_some_and(u8::is_ascii_digit))?;
    }
    Some((of_clock(hour, minute, second)?, rest))
}

/// `Z`, `+10:00`, `+1000` or `+10` as seconds east of UTC.
pub(crate) fn utc_offset(text: &[u8]) -> Option<i64> {
    let (sign, rest) = match text {
        b"Z" | b"z" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = number(rest, 2, 2)?;
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    let (minutes, rest) = if rest.is_empty() { (0, rest) } else { number(rest, 2, 2)? };
    of_clock(hours, minutes, 0).filter(|_| rest.is_empty()).map(|seconds| sign * seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &str, text: &str) -> Option<String> {
        let form: TimeForm = form.parse().unwrap();
        let civil = form.instant(text.as_bytes(), false)?;
        let text = smrt_core::MarketZone::Utc.rfc3339(civil.local);
        let offset = civil.offset.map_or(String::new(), |offset| format!(" {offset:+}"));
        Some(format!("{}{offset}", text.trim_end_matches('Z')))
    }

    #[test]
    fn each_form_reads_its_own() {
        for (form, text) in [
            ("iso", "2015-08-31 00:45:00"),
            ("iso", "2015-08-31T00:45"),
            ("iso", "2015-08-31   0:45:00.000"),
            ("day-first", "31/08/2015 00:45:00"),
            ("day-first", "31.8.2015 0:45"),
            ("day-first", "31-08-2015 00:45"),
            ("month-first", "08/31/2015 00:45:00"),
            ("month-first", "8/31/2015 0:45"),
            ("compact", "20150831004500"),
            ("compact", "201508310045"),
            ("compact", "20150831 0045"),
            ("compact", "20150831T00:45:00"),
            ("%d.%m.%Y %H:%M", "31.08.2015 00:45"),
            ("%Y%m%d;%H.%M.%S", "20150831;00.45.00"),
        ] {
            assert_eq!(read(form, text).as_deref(), Some("2015-08-31T00:45:00"), "{form}: {text}");
        }
        assert_eq!(read("iso", "2015-08-31T00:45:00Z").as_deref(), Some("2015-08-31T00:45:00 +0"));
        assert_eq!(read("iso", "2015-08-31T00:45:00-03:30").as_deref(), Some("2015-08-31T00:45:00 -12600"));
        assert_eq!(read("iso", "2015-08-31 00:45:00+10").as_deref(), Some("2015-08-31T00:45:00 +36000"));
    }

    #[test]
    fn everything_else_is_refused() {
        for (form, text) in [
            ("day-first", "08/31/2015 00:45:00"),
            ("day-first", "31/08/15 00:45:00"),
            ("day-first", "31/08.2015 00:45:00"),
            ("day-first", "31/02/2015 00:45:00"),
            ("day-first", "31/08/2015 24:00:00"),
            ("day-first", "31/08/2015 00:45:00 AM"),
            ("day-first", "31/08/2015T00:45:00"),
            ("day-first", "31/08/2015"),
            ("day-first", "31/08/2015 "),
            ("day-first", "31/08/0000 00:45"),
            ("day-first", "30/12/1899 00:00:00"),
            ("day-first", ""),
            ("iso", "31/08/2015 00:45:00"),
            ("iso", "2015-08-31 00:45:00.5"),
            ("iso", "2015-08-31 00:45:00."),
            ("iso", "2015-08-31 00:45:60"),
            ("iso", "2015-08-31T00:45:00+25:00"),
            ("compact", "2015083100450"),
            ("%d.%m.%Y %H:%M", "31.08.2015 00:45:00"),
            ("%d.%m.%Y %H:%M", "31.8.2015 00:45"),
        ] {
            assert_eq!(read(form, text), None, "{form}: {text}");
        }
    }

    #[test]
    fn dates_and_times_of_two_columns() {
        let both = |form: &str, date: &str, clock: &str| {
            form.parse::<TimeForm>().unwrap().date_and_clock(date.as_bytes(), clock.as_bytes()).map(|civil| civil.local)
        };
        assert_eq!(both("day-first", "02/01/1970", "00:30"), Some(DAY + 1800));
        assert_eq!(both("%Y.%m.%d", "1970.01.02", "0030"), Some(DAY + 1800));
        assert_eq!(both("day-first", "02/01/1970 00:00", "00:30"), None);
        assert_eq!(both("iso", "1970-01-02", "00:30Z"), None);
    }

    #[test]
    fn a_date_alone_is_its_midnight_only_where_that_is_asked_for() {
        let day = TimeForm::Iso.instant(b"1970-01-02", true);
        assert_eq!(day, Some(Civil { local: DAY, offset: None }));
        assert_eq!(TimeForm::Iso.instant(b"1970-01-02", false), None);
    }

    #[test]
    fn patterns_have_what_makes_a_time() {
        for text in ["", "dmy", "%d%m", "%Y%m%d%H", "%Y%m%d%M", "%Y%Y%m%d", "%Y-%m-%d %I:%M", "%Y%m%d%", "%é%Y%m%d"] {
            assert!(text.parse::<TimeForm>().is_err(), "{text}");
        }
    }
}
