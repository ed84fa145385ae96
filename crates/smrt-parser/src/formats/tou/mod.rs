//! Register reads of electricity meters by time of use: what each register shows in total, at the last billing reset,
//! since then and in the period before.
//!
//! ```text
//! MeterPoint Code,Serial Number,Plant Code,Date/Time,Data Type,Energy,Maximum Demand,Time of Max Demand,Units,Status,Period,DLS Active,Billing Reset Count,Billing Reset Date/Time,Rate
//! 214667141,214667141,ED071500133,01/09/2015 04:00:12,Export Wh Total,0.150000,0.012000,30/12/1899 00:00:00,kwh,.....R....,Total,False,2,01/09/2015 00:00:00,Unified
//! 214667141,214667141,ED071500133,01/09/2015 04:00:13,Export Wh Total,0.004000,0.004000,01/09/2015 00:30:00,kwh,.....R....,Current,False,2,01/09/2015 00:00:00,Unified
//! ```
//!
//! One line of column names, then any number of records; columns, dates and zone as in load profiles ([`crate::lp`]).
//! The energy is what a register shows and no quantity of an interval, so a file gives register reads and no readings.
//! Period and rate tell the registers of one channel apart; `Unified` and `Rate 1` may say the same, so registers must
//! not be summed. The time `30/12/1899 00:00:00` is the zero of the sender's calendar and means none.

mod reader;
mod sample;
mod totals;

use super::table;

pub use reader::Reader;
pub use sample::Sample;

/// The columns, in the order senders write them.
const COLUMNS: [&str; 15] = [
    "MeterPoint Code",
    "Serial Number",
    "Plant Code",
    "Date/Time",
    "Data Type",
    "Energy",
    "Maximum Demand",
    "Time of Max Demand",
    "Units",
    "Status",
    "Period",
    "DLS Active",
    "Billing Reset Count",
    "Billing Reset Date/Time",
    "Rate",
];

/// Whether bytes look like the start of a file of register reads: a line that names its meter points, its energy and
/// its rates.
pub(crate) fn recognises(first_bytes: &[u8]) -> bool {
    table::names_columns(first_bytes, &["MeterPoint Code", "Energy", "Rate"])
}
