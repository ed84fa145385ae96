//! What the sample files of several formats share: numbers that look random, and dates.

use smrt_core::civil_from_days;

/// A number that looks random but is the same for the same input (SplitMix64's finaliser).
pub(crate) fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// The same for several numbers, whose order counts.
pub(crate) fn hashed(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0, |hash, &number| mix(hash ^ number))
}

/// A number of days since 1970-01-01 as `dd/MM/yyyy`.
pub(crate) fn day_first(day: i32) -> String {
    let (year, month, day) = civil_from_days(day);
    format!("{day:02}/{month:02}/{year:04}")
}

/// A number of thousandths with six decimals, as meter reading systems write it.
pub(crate) fn six_decimals(thousandths: u64) -> String {
    format!("{}.{:03}000", thousandths / 1000, thousandths % 1000)
}
