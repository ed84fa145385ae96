//! NEM13: accumulated data of the Australian electricity market, reads of registers weeks or months apart
//! (AEMO, Meter Data File Format 2.5, §5).
//!
//! ```text
//! 100,NEM13,200401101030,MDA1,Ret1
//! 250,VABC005890,11,1,11,11,METSER123,E,006342.8,20031005093055,A,,,007654.9,20040107100333,A,,,1312.1,kWh,20040407,20040108100333,20040108091133
//! 550,N,,A,
//! 900
//! ```
//!
//! Each 250 record is one register read: what the dials showed before and now, and what flowed in between after
//! multiplier and rollover. That quantity is believed; where it is not the difference of the reads, that is worth a
//! remark. 550 records say why somebody was there. Periods are not cut to days and may overlap earlier ones that they
//! correct; which one holds is the store's to decide, by version.

mod reader;
mod record;
mod sample;

pub use reader::Reader;
pub use sample::Sample;

use super::mdff;
use crate::asexml;

/// Whether bytes look like the start of a NEM13 file, or of a message that holds one.
pub(crate) fn recognises(first_bytes: &[u8]) -> bool {
    if asexml::recognises(first_bytes, asexml::CONSUMPTION_DATA) {
        return true;
    }
    let mut fields = mdff::first_record(first_bytes).into_iter().flatten();
    match fields.next() {
        Some(b"100") => fields.next().is_some_and(|version| version.eq_ignore_ascii_case(b"NEM13")),
        indicator => indicator == Some(b"250"),
    }
}
