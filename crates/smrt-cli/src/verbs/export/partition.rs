//! Which folder a day belongs in.

use crate::exit::CliError;
use clap::ValueEnum;
use smrt_core::civil_from_days;

/// A part of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Part {
    Year,
    Month,
    Day,
}

impl Part {
    const ALL: [Self; 3] = [Self::Year, Self::Month, Self::Day];

    const fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
        }
    }
}

/// How an export is cut into files.
#[derive(Debug)]
pub(super) struct Partition {
    parts: usize,
    /// The day that was asked for last, and its folder: days come in runs.
    day: Option<i32>,
    folder: String,
}

impl Partition {
    /// Parts in their order: each only makes sense below the one before.
    pub(super) fn new(parts: &[Part]) -> Result<Self, CliError> {
        if parts.len() > Part::ALL.len() || parts != &Part::ALL[..parts.len()] {
            let message = "--partition: expected year or year,month or year,month,day";
            return Err(CliError::Usage(message.into()));
        }
        Ok(Self { parts: parts.len(), day: None, folder: String::new() })
    }

    /// Whether everything goes into one file.
    pub(super) fn is_whole(&self) -> bool {
        self.parts == 0
    }

    /// The names of the parts.
    pub(super) fn names(&self) -> Vec<&'static str> {
        Part::ALL[..self.parts].iter().map(|part| part.name()).collect()
    }

    /// The folder of a day (days since 1970-01-01) below the destination, such as `year=2019/month=09/`.
    pub(super) fn folder(&mut self, day: i32) -> &str {
        if self.day != Some(day) {
            let (year, month, number) = civil_from_days(day);
            let all = [format!("year={year:04}/"), format!("month={month:02}/"), format!("day={number:02}/")];
            self.folder = all[..self.parts].concat();
            self.day = Some(day);
        }
        &self.folder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_folders() {
        let mut days = Partition::new(&Part::ALL).unwrap();
        assert_eq!(days.folder(18_167), "year=2019/month=09/day=28/");
        assert_eq!(days.folder(18_170), "year=2019/month=10/day=01/");
        let mut years = Partition::new(&[Part::Year]).unwrap();
        assert_eq!(years.folder(0), "year=1970/");
        assert!(!years.is_whole());
        assert!(Partition::new(&[]).unwrap().is_whole());
    }

    #[test]
    fn parts_come_in_their_order() {
        for parts in [&[Part::Month][..], &[Part::Year, Part::Day], &[Part::Year, Part::Year], &[Part::Day]] {
            assert!(Partition::new(parts).is_err(), "{parts:?}");
        }
    }
}
