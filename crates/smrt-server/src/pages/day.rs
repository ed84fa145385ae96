//! Civil dates as whole days since 1970-01-01: just enough to offer "the week before" and to lay out a month.

use smrt_core::{civil_from_days, days_from_civil};

/// `YYYY-MM-DD` as days since the epoch.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let mut parts = text.get(..10)?.splitn(3, '-');
    let (year, month, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    days_from_civil(year, month, day).map(i64::from)
}

/// The day as `YYYY-MM-DD`.
pub(crate) fn format(days: i64) -> String {
    let (year, month, day) = civil_from_days(i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX }));
    format!("{year:04}-{month:02}-{day:02}")
}

/// True on Saturday and Sunday.
pub(crate) fn is_weekend(days: i64) -> bool {
    // 1970-01-01 was a Thursday.
    (days + 3).rem_euclid(7) >= 5
}

/// `Mon`, `Tue`, …
pub(crate) fn weekday(days: i64) -> &'static str {
    match (days + 3).rem_euclid(7) {
        0 => "Mon",
        1 => "Tue",
        2 => "Wed",
        3 => "Thu",
        4 => "Fri",
        5 => "Sat",
        _ => "Sun",
    }
}

/// `YYYY-MM` moved by so many months.
pub(crate) fn month_after(month: &str, by: i64) -> Option<String> {
    let (year, number) = month.split_once('-')?;
    let count = year.parse::<i64>().ok()? * 12 + number.parse::<i64>().ok()? - 1 + by;
    Some(format!("{:04}-{:02}", count.div_euclid(12), count.rem_euclid(12) + 1))
}

/// `2024-03` as `March 2024`; other text as it is.
pub(crate) fn month_name(month: &str) -> String {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let split = month.split_once('-').and_then(|(year, number)| {
        let index = number.parse::<usize>().ok()?.checked_sub(1)?;
        Some(format!("{} {year}", NAMES.get(index)?))
    });
    split.unwrap_or_else(|| month.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_round_trip() {
        for (text, days) in [("1970-01-01", 0), ("2024-02-29", 19_782), ("2000-03-01", 11_017), ("1969-12-31", -1)] {
            assert_eq!(parse(text), Some(days));
            assert_eq!(format(days), text);
        }
        assert_eq!(parse("2024-13-01"), None);
        assert_eq!(parse("soon"), None);
    }

    #[test]
    fn weekends_and_months() {
        assert!(is_weekend(parse("2024-03-31").unwrap()));
        assert_eq!(weekday(parse("2024-04-01").unwrap()), "Mon");
        assert_eq!(month_after("2024-01", -1).as_deref(), Some("2023-12"));
        assert_eq!(month_name("2024-03"), "March 2024");
        assert_eq!(month_name("x"), "x");
    }
}
