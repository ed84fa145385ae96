//! NEM12: interval data of meter data providers in the Australian electricity market (AEMO, MDFF 2.5 §4).
//!
//! ```text
//! 100,NEM12,200402070911,MDP1,Retailer1
//! 200,VABD000163,E1Q1,1,E1,N1,METSER123,kWh,30,20040120
//! 300,20040201,1.111,…,1.111,V,,,20040202120025,20040202142516
//! 400,1,20,A,,
//! 400,21,48,S14,76,
//! 500,O,S01009,20040202120025,001123.5
//! 900
//! ```
//!
//! One 100 record first, one 900 record last. A 200 record names a channel, each 300 record behind it holds one day:
//! its date, 1440 / interval length values of which the first ends one interval behind midnight, their quality, and
//! when they were last changed. Where the quality is `V`, 400 records give it for intervals counted from 1. A 500 record
//! is what somebody read at the meter. Times are NEM time, ten hours east of UTC the whole year.
//!
//! [`Reader`] fills batches; the strict dialect is the specification, the lenient one what senders make of it.
//! [`Writer`] writes what the strict one reads.

mod broken;
mod day;
mod days;
mod details;
mod event;
mod fast;
mod open;
mod parts;
mod reader;
mod sample;
mod write;

use super::mdff;
use crate::asexml;
pub use reader::Reader;
pub use sample::Sample;
pub use write::{Day, Description, Envelope, WriteError, Writer};

/// Whether bytes look like the start of a NEM12 file: a 100 record that says so, or a 200 record without it; or like
/// a message that holds one.
pub(crate) fn recognises(first_bytes: &[u8]) -> bool {
    if asexml::recognises(first_bytes, asexml::INTERVAL_DATA) {
        return true;
    }
    let Some(mut fields) = mdff::first_record(first_bytes) else { return false };
    match fields.next() {
        Some(b"100") => fields.next().is_some_and(|format| format.eq_ignore_ascii_case(b"NEM12")),
        // NMI to unit, and then the interval length.
        Some(b"200") => fields.nth(7).is_some_and(|field| !field.is_empty() && field.iter().all(u8::is_ascii_digit)),
        _ => false,
    }
}
