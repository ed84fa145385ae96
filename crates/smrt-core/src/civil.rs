//! Calendar arithmetic on plain numbers: the dates of file formats, without a zone.
//!
//! Proleptic Gregorian calendar, days counted from 1970-01-01. The formulas are the usual ones that shift the year to
//! begin in March, so that the leap day comes last.

const DAYS_PER_400_YEARS: i32 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_SHIFT: i32 = 719_468;

/// Days since 1970-01-01 of a date; `None` where the calendar has no such date. Years 0 to 9999.
pub fn days_from_civil(year: u16, month: u8, day: u8) -> Option<i32> {
    if year > 9999 || !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let shifted_year = i32::from(year) - i32::from(month <= 2);
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let shifted_month = (i32::from(month) + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + i32::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * DAYS_PER_400_YEARS + day_of_era - EPOCH_SHIFT)
}

/// Year, month and day of a number of days since 1970-01-01.
pub fn civil_from_days(days: i32) -> (i32, u32, u32) {
    let shifted = i64::from(days) + i64::from(EPOCH_SHIFT);
    let era = shifted.div_euclid(i64::from(DAYS_PER_400_YEARS));
    let day_of_era = shifted.rem_euclid(i64::from(DAYS_PER_400_YEARS));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let narrow = |number: i64| u32::try_from(number).unwrap_or(0);
    (i32::try_from(year).unwrap_or(i32::MAX), narrow(month), narrow(day))
}

/// Days in a month.
fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike, NaiveDate};

    #[test]
    fn every_day_of_ten_thousand_years_agrees_with_chrono() {
        let mut date = NaiveDate::from_ymd_opt(0, 1, 1).unwrap();
        while date.year() <= 9999 {
            let days = date.num_days_from_ce() - 719_163;
            let (year, month, day) = (u16::try_from(date.year()).unwrap(), date.month(), date.day());
            assert_eq!(
                days_from_civil(year, u8::try_from(month).unwrap(), u8::try_from(day).unwrap()),
                Some(days),
                "{date}"
            );
            assert_eq!(civil_from_days(days), (date.year(), month, day));
            date = date.succ_opt().unwrap();
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_none() {
        for (year, month, day) in
            [(2019, 2, 29), (1900, 2, 29), (2019, 13, 1), (2019, 0, 1), (2019, 4, 31), (2019, 1, 0), (2019, 1, 32)]
        {
            assert_eq!(days_from_civil(year, month, day), None, "{year}-{month}-{day}");
        }
    }
}
