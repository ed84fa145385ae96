//! Reads of a meter's registers: what its dials show, as opposed to what flowed in an interval.

use crate::{Quality, Quantity, Version};

/// Which way energy flows, seen from the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the grid to the customer: consumption.
    Export,
    /// From the customer into the grid: generation.
    Import,
}

impl Direction {
    /// The letter senders write: `E` or `I`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Export => "E",
            Self::Import => "I",
        }
    }
}

/// What a register showed at one time, and how that is known. What the format does not have is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stand {
    /// When it was read, UTC epoch seconds.
    pub at: Option<i64>,
    /// What it showed, as the sender writes it: leading and trailing zeros tell the dials.
    pub text: String,
    /// How trustworthy it is.
    pub quality: Quality,
    /// The reason code, 0 to 999.
    pub reason: Option<u16>,
    /// The sender's description of the reason.
    pub reason_text: String,
    /// Why somebody was there (one letter of the sender's list).
    pub trans_code: String,
    /// The retailer's order for it.
    pub service_order: String,
}

/// One record about a register: its stand, or two of them and what flowed in between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterRead {
    /// Index of the channel in its file's channel table.
    pub channel: u32,
    /// What the stand counts: `Total`, `Billing Total`, `Current`, `Previous`; empty where the format has no periods.
    pub period: String,
    /// The tariff it counts: `Unified`, `Rate 1`; empty where the format has none.
    pub rate: String,
    /// Which way it counts, where the format says.
    pub direction: Option<Direction>,
    /// The stand before.
    pub previous: Option<Stand>,
    /// The stand.
    pub current: Stand,
    /// What flowed between both, in the channel's unit.
    pub quantity: Option<Quantity>,
    /// The greatest demand.
    pub demand: Option<Quantity>,
    /// When that was, UTC epoch seconds.
    pub demand_at: Option<i64>,
    /// The meter's status, as the sender writes it.
    pub status: String,
    /// How often the billing period was reset.
    pub reset_count: Option<i64>,
    /// When it was last reset, UTC epoch seconds.
    pub reset_at: Option<i64>,
    /// When the sender last changed this record.
    pub version: Version,
    /// Line of the file it stands in, from 1.
    pub line: u32,
    /// Records of the file that add to it, beside the one it stands in.
    pub further_records: u32,
}

impl RegisterRead {
    /// Records of the file that it is made of.
    pub fn records(&self) -> u64 {
        1 + u64::from(self.further_records)
    }
}
