//! Whether the registers of a channel agree: the previous and the current period together are the total.

use crate::formats::table::Oddity;
use smrt_core::Quantity;
use std::collections::HashMap;

/// Most registers that are watched: those beyond are read like the others, and just not compared.
const MOST: usize = 65_536;

/// What the registers of one channel and rate show.
#[derive(Clone, Copy, Debug, Default)]
struct Registers {
    previous: Option<Quantity>,
    current: Option<Quantity>,
    total: Option<Quantity>,
    is_done: bool,
}

/// The registers seen so far.
#[derive(Debug, Default)]
pub(super) struct Totals {
    registers: HashMap<(u32, String), Registers>,
}

impl Totals {
    /// Takes what a register shows; says what is odd once the three that belong together are known.
    pub(super) fn add(
        &mut self,
        channel: u32,
        rate: &str,
        period: &str,
        energy: Quantity,
        name: impl FnOnce() -> String,
    ) -> Option<Oddity> {
        let key = (channel, rate.to_owned());
        if self.registers.len() >= MOST && !self.registers.contains_key(&key) {
            return None;
        }
        let registers = self.registers.entry(key).or_default();
        match period.to_ascii_lowercase().as_str() {
            "previous" => registers.previous = Some(energy),
            "current" => registers.current = Some(energy),
            "total" => registers.total = Some(energy),
            _ => return None,
        }
        let Registers { previous: Some(previous), current: Some(current), total: Some(total), is_done: false } =
            *registers
        else {
            return None;
        };
        registers.is_done = true;
        let agree = previous.micros().checked_add(current.micros()) == Some(total.micros());
        (!agree).then(|| Oddity::TotalMismatch { register: format!("{}, {rate}", name()), previous, current, total })
    }
}
