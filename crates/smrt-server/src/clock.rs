//! What time it is.

pub(crate) use smrt_ingest::now;

/// A day (since 1970-01-01) as it is written.
pub(crate) fn date(day: i32) -> String {
    smrt_views::Cell::date(day).plain().into_owned()
}

/// Today in UTC, as days since 1970-01-01.
pub(crate) fn today() -> i32 {
    i32::try_from(now() / 86_400).unwrap_or(i32::MAX)
}
