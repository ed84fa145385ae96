//! Dates and times of meter data files: NEM time, ten hours east of UTC the whole year.

use crate::lex;

/// NEM time in minutes east of UTC. There is no daylight saving: every day has 1440 minutes.
pub(crate) const NEM_MINUTES: i16 = 600;
const NEM_SECONDS: i64 = NEM_MINUTES as i64 * 60;

/// First second of a day (days since 1970-01-01) as UTC epoch seconds.
pub(crate) fn day_start(days: i32) -> i64 {
    i64::from(days) * 86_400 - NEM_SECONDS
}

/// Date(8), `CCYYMMDD`, as days since 1970-01-01.
pub(crate) fn date(text: &[u8]) -> Option<i32> {
    lex::date(text)
}

/// DateTime(14), `CCYYMMDDhhmmss`, as UTC epoch seconds.
pub(crate) fn date_time(text: &[u8]) -> Option<i64> {
    let (date, time) = text.split_at_checked(8)?;
    Some(day_start(lex::date(date)?) + lex::hour_minute_second(time)?)
}

/// DateTime(12), `CCYYMMDDhhmm`, as UTC epoch seconds.
pub(crate) fn date_time_to_the_minute(text: &[u8]) -> Option<i64> {
    let (date, time) = text.split_at_checked(8)?;
    Some(day_start(lex::date(date)?) + lex::hour_minute(time)?)
}

/// An instant (UTC epoch seconds) as DateTime(14); `None` outside of the years 1 to 9999.
pub(crate) fn write(epoch: i64) -> Option<String> {
    let nem = epoch.checked_add(NEM_SECONDS)?;
    let (year, month, day) = smrt_core::civil_from_days(i32::try_from(nem.div_euclid(86_400)).ok()?);
    let second = nem.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    (1..=9999).contains(&year).then(|| format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_ten_hours_ahead_of_utc_in_summer_and_winter() {
        assert_eq!(date_time(b"20230115000000"), Some(1_673_704_800));
        assert_eq!(date_time(b"20230715000001"), Some(1_689_343_201));
        assert_eq!(date_time_to_the_minute(b"202301150001"), Some(1_673_704_860));
        for text in ["", "2023011500000", "200312200000001", "20230115240000", "20230230000000", "2023011500000x"] {
            assert_eq!(date_time(text.as_bytes()), None, "{text}");
        }
        assert_eq!(date_time_to_the_minute(b"202301152400"), None);
        assert_eq!(write(1_689_343_201).as_deref(), Some("20230715000001"));
        assert_eq!((write(i64::MAX), write(253_402_300_800)), (None, None));
    }
}
