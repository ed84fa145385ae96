//! Load profiles of electricity meters: interval energy, power, voltage, current and phase angles, one value a line.
//!
//! ```text
//! MeterPoint Code,Serial Number,Plant Code,Date/Time,Data Type,Data Value,Units,Status
//! 214612653,214612653,ED021401463,07/09/2015 14:15:00,Phase Angle B,27.590000,deg,PL II
//! 214612653,214612653,ED021401463,07/09/2015 14:20:00,Phase Angle B,34.420000,deg,GN
//! ```
//!
//! One line of column names, then any number of records. The columns are found by their names and may stand in any
//! order; surplus ones are left out. The data type names the channel. Dates begin with the day. The zone is not stated
//! (the caller's, else +10:00), nor is which end of its interval a time marks (the caller's word, else the start), nor
//! how long an interval is (found in the times). A status is kept as an event of its interval. Nothing marks the end of
//! a file, so one that was cut short at the end of a line cannot be told from a whole one.

mod sample;

use super::table::{self, Layout, Reader, Text, TimeForm};
use crate::Options;
use smrt_core::MarketZone;
use std::sync::Arc;

pub use sample::Sample;

/// The zone of times where the caller names none: that of the Australian electricity market, without daylight saving.
pub(crate) const ZONE: MarketZone = MarketZone::Fixed(600);

/// The columns, in the order senders write them.
const COLUMNS: [&str; 8] =
    ["MeterPoint Code", "Serial Number", "Plant Code", "Date/Time", "Data Type", "Data Value", "Units", "Status"];

/// A reader at the start of a file.
pub fn reader(options: &Options) -> Reader {
    let [meter, serial, plant, time, channel, value, unit, status] = COLUMNS.map(table::Column::from);
    let layout = Layout {
        time_form: TimeForm::DayFirst,
        meter: Text::Column(meter),
        channel: Some(Text::Column(channel)),
        time,
        values: vec![value],
        unit: Some(Text::Column(unit)),
        serial: Some(serial),
        plant: Some(plant),
        status: Some(status),
        ..Layout::new()
    };
    Reader::new(Some(Arc::new(layout)), options, ZONE)
}

/// Whether bytes look like the start of a load profile: a line that names its meter points and its values.
pub(crate) fn recognises(first_bytes: &[u8]) -> bool {
    table::names_columns(first_bytes, &[COLUMNS[0], COLUMNS[5]])
}
