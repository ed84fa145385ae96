//! What time it is.

use std::time::{SystemTime, UNIX_EPOCH};

/// UTC epoch seconds.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}

/// Today in UTC, as days since 1970-01-01.
pub(crate) fn today() -> i32 {
    i32::try_from(now() / 86_400).unwrap_or(i32::MAX)
}
