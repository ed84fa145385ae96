//! Civil dates as whole days since 1970-01-01: just enough to offer "the week before" and to lay out a month.
//! The arithmetic is Howard Hinnant's `days_from_civil` and its inverse.

/// `YYYY-MM-DD` as days since the epoch.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let mut parts = text.get(..10)?.splitn(3, '-');
    let year: i64 = parts.next()?.parse().ok()?;
    let month: i64 = parts.next()?.parse().ok()?;
    let day: i64 = parts.next()?.parse().ok()?;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// The day as `YYYY-MM-DD`.
pub(crate) fn format(days: i64) -> String {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
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
