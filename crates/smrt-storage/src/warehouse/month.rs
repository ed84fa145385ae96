//! A month of the calendar.

use smrt_core::civil_from_days;
use std::{fmt, str::FromStr};

/// A month of the proleptic Gregorian calendar; reads and prints as `2022-05`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i32,
    month: i32,
}

impl Month {
    /// A month by its number, 1 to 12.
    pub fn new(year: i32, month: i32) -> Option<Self> {
        ((1..=12).contains(&month) && (-4713..=294_276).contains(&year)).then_some(Self { year, month })
    }

    /// The year.
    pub const fn year(self) -> i32 {
        self.year
    }

    /// 1 to 12.
    pub const fn month(self) -> i32 {
        self.month
    }

    /// The month after.
    pub const fn next(self) -> Self {
        match self.month {
            12 => Self { year: self.year + 1, month: 1 },
            month => Self { year: self.year, month: month + 1 },
        }
    }

    /// The month and the day of the month (from 1) of a day since 1970-01-01.
    pub(super) fn of_day(day: i64) -> (Self, i16) {
        let day = i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX });
        let (year, month, date) = civil_from_days(day);
        let month = Self { year, month: i32::try_from(month).unwrap_or(i32::MAX) };
        (month, i16::try_from(date).unwrap_or(i16::MAX))
    }

    /// Its first day as Postgres reads a date.
    pub(super) fn first_day(self) -> String {
        match self.year {
            1.. => format!("{:04}-{:02}-01", self.year, self.month),
            // There is no year 0 there: the year before 1 is 1 BC.
            _ => format!("{:04}-{:02}-01 BC", 1 - self.year, self.month),
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        text.split_once('-')
            .filter(|(year, month)| year.len() == 4 && month.len() == 2 && digits(year) && digits(month))
            .and_then(|(year, month)| Self::new(year.parse().ok()?, month.parse().ok()?))
            .ok_or_else(|| format!("expected a month such as 2022-05, found {text:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_follow_each_other() {
        let month: Month = "2022-12".parse().unwrap();
        assert_eq!((month.to_string(), month.next().to_string()), ("2022-12".into(), "2023-01".into()));
        for wrong in ["2022-13", "2022-00", "2022-1", "22-01", "2022", "2022-01-01", "+202-01", "", "-2022-01"] {
            assert!(wrong.parse::<Month>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_day_of_many_years_has_its_month() {
        let (mut month, mut date) = (Month::new(-401, 1).unwrap(), 1);
        // 0401-01-01 BC plus the days from there to 1970-01-01.
        for day in -865_990..800_000 {
            assert_eq!(Month::of_day(day), (month, date), "{day}");
            let leap = month.year % 4 == 0 && (month.year % 100 != 0 || month.year % 400 == 0);
            let length = match month.month {
                2 => 28 + i16::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (month, date) = if date == length { (month.next(), 1) } else { (month, date + 1) };
        }
        assert_eq!(Month::of_day(0), ("1970-01".parse().unwrap(), 1));
        assert_eq!(Month::of_day(19_051).0.first_day(), "2022-02-01");
        assert_eq!(Month::new(0, 3).unwrap().first_day(), "0001-03-01 BC");
    }
}
