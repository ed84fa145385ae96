//! The channels of a row, found by the bytes that name them, so that each is looked at closely just once.

use super::{Channels, Row, plan::Plan, too_many_channels};
use crate::{ParseError, interner::Interner};
use smrt_core::{Batch, Channel, Scheme, Unit};

/// What parts the fields of a key. A field that holds it is never accepted, so no key means two things.
const BETWEEN: u8 = 0x1f;

/// What is known of the rows that name the same channels.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Group {
    /// The first of its channels in the list of all groups; there is one for each column of values.
    first: usize,
    /// Whether values are in thousands of the unit that they are kept in.
    pub(super) is_mega: bool,
    /// Whether values are energy, which is not negative.
    pub(super) is_energy: bool,
}

/// The groups of rows seen so far.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// The key columns of rows that were accepted.
    keys: Interner,
    groups: Vec<Group>,
    /// The channels of all groups, and behind `kept` those of a row that could not be kept.
    channels: Vec<u32>,
    kept: usize,
    /// The key of the row in hand, and of the row before where that was accepted.
    key: Vec<u8>,
    last_key: Vec<u8>,
    last: Option<Group>,
}

impl Groups {
    /// The group of a row; a new one has no channels yet and waits for [`Groups::accept`].
    pub(super) fn of(&mut self, row: &Row<'_>, plan: &Plan) -> Result<Group, ParseError> {
        std::mem::swap(&mut self.key, &mut self.last_key);
        self.key.clear();
        for &column in &plan.key {
            self.key.extend_from_slice(row.get(Some(column)));
            self.key.push(BETWEEN);
        }
        let is_plain = !row.cut.has_doubled_quotes;
        if !is_plain {
            // Its bytes may mean another text elsewhere: it is like no other row.
            self.key.push(BETWEEN);
        }
        let is_same = is_plain && self.last.is_some() && self.key == self.last_key;
        if !is_same {
            let known = self.keys.find(&self.key).filter(|_| is_plain);
            self.last = known.and_then(|number| self.groups.get(number as usize).copied());
        }
        match self.last {
            Some(group) => Ok(group),
            None => {
                let unit = plan.unit.text(row, "a unit of at most 64 printable bytes", true)?;
                let unit = Unit::of_sender(&unit);
                Ok(Group { first: usize::MAX, is_mega: unit.is_mega, is_energy: unit.name.ends_with(['h', 'H']) })
            }
        }
    }

    /// Gives the group of a row that is good in all else its channels; new ones are described in the batch.
    pub(super) fn accept(
        &mut self,
        group: Group,
        row: &Row<'_>,
        plan: &Plan,
        channels: &mut Channels,
        batch: &mut Batch,
    ) -> Result<(), ParseError> {
        if self.last.is_some() {
            return Ok(());
        }
        self.channels.truncate(self.kept);
        let first = self.kept;
        describe(row, plan, channels, batch, &mut self.channels)?;
        let group = Group { first, ..group };
        // Where there are too many to be kept each is looked at closely again.
        if !row.cut.has_doubled_quotes && self.keys.intern(&self.key).is_ok() {
            self.groups.push(group);
            self.kept = self.channels.len();
        }
        self.last = Some(group);
        Ok(())
    }

    /// The channels of the row in hand.
    pub(super) fn channels(&self, plan: &Plan) -> &[u32] {
        let of = |group: Group| self.channels.get(group.first..group.first + plan.values.len());
        self.last.and_then(of).unwrap_or_default()
    }
}

/// Looks closely at the channels of a row and adds their numbers; new ones are described in the batch.
fn describe(
    row: &Row<'_>,
    plan: &Plan,
    channels: &mut Channels,
    batch: &mut Batch,
    numbers: &mut Vec<u32>,
) -> Result<(), ParseError> {
    let meter = plan.meter.text(row, "the code of a meter point, 1 to 64 printable bytes", false)?;
    let source_unit = plan.unit.text(row, "a unit of at most 64 printable bytes", true)?;
    let unit = Unit::of_sender(&source_unit).name;
    let serial = row.text(plan.serial, "a serial number of at most 64 printable bytes", true)?;
    let plant = row.text(plan.plant, "a plant code of at most 64 printable bytes", true)?;
    let named = match &plan.channel {
        Some(source) => Some(source.text(row, "the name of a channel, 1 to 64 printable bytes", false)?),
        None => None,
    };
    for value in &plan.values {
        let name = match &named {
            Some(name) if plan.values.len() == 1 => name.to_string(),
            Some(name) => format!("{name} {}", value.name),
            None => value.name.clone(),
        };
        let (number, is_new) = channels.number(&meter, &name, &unit).map_err(|_| too_many_channels(row))?;
        if is_new {
            batch.new_channels.push(Channel {
                scheme: Scheme::MeterPoint,
                meter: meter.to_string(),
                name,
                unit: unit.to_string(),
                source_unit: source_unit.to_string(),
                serial: serial.to_string(),
                register: String::new(),
                plant: plant.to_string(),
                zone: channels.zone,
            });
        }
        numbers.push(number);
    }
    Ok(())
}
