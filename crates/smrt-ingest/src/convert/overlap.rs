//! Days of a channel that more than one file has: without a database no file overrides another, so both have rows.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::{BuildHasher, Hash},
};

/// Most stretches of days that are remembered; a channel without gaps has one in each file.
const MOST: usize = 100_000;

/// A channel's identity as a number: the chance that two of a run share one is nil.
type Identity = u64;

/// Days from the first to the last, both inside.
type Stretch = (i32, i32);

/// Remembers which days of which channels there were in the files that were kept.
#[derive(Debug, Default)]
pub(super) struct Overlap {
    hasher: RandomState,
    kept: HashMap<Identity, Vec<Stretch>>,
    stretches: usize,
    of_source: Vec<(Identity, Stretch)>,
    /// The channel of the last day, by its index in the source.
    last: Option<(u32, Identity)>,
    is_full: bool,
    days: u64,
}

impl Overlap {
    /// Takes a day of the channel with an index in the source, which follows those before in key order.
    pub(super) fn add(&mut self, index: u32, channel: impl Hash, day: i32) {
        if self.is_full {
            return;
        }
        let channel = match self.last {
            Some((same, channel)) if same == index => channel,
            _ => self.hasher.hash_one(channel),
        };
        self.last = Some((index, channel));
        let held = self.stretches + self.of_source.len();
        match self.of_source.last_mut() {
            Some((last, (_, end))) if *last == channel && *end == day - 1 => *end = day,
            _ if held >= MOST => {
                self.is_full = true;
                (self.kept, self.of_source) = Default::default();
            }
            _ => self.of_source.push((channel, (day, day))),
        }
    }

    /// The days of the source belong to the output.
    pub(super) fn keep(&mut self) {
        for &(channel, (first, last)) in &self.of_source {
            let shared = |&(a, b): &Stretch| u64::try_from(b.min(last) - a.max(first) + 1).unwrap_or(0);
            self.days += self.kept.get(&channel).map_or(0, |kept| kept.iter().map(shared).sum());
        }
        self.last = None;
        self.stretches += self.of_source.len();
        for (channel, stretch) in self.of_source.drain(..) {
            self.kept.entry(channel).or_default().push(stretch);
        }
    }

    /// The days of the source are void.
    pub(super) fn take_back(&mut self) {
        self.of_source.clear();
        self.last = None;
    }

    /// How many days of channels a file had that one before it had, too; `None` where there were too many to remember.
    pub(super) fn days(&self) -> Option<u64> {
        (!self.is_full).then_some(self.days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(files: &[&[(&str, i32, i32)]]) -> Option<u64> {
        let mut overlap = Overlap::default();
        for file in files {
            for (index, (channel, first, last)) in (0..).zip(*file) {
                (*first..=*last).for_each(|day| overlap.add(index, channel, day));
            }
            overlap.keep();
        }
        overlap.days()
    }

    #[test]
    fn days_of_several_files_are_counted() {
        assert_eq!(days(&[&[("a", 0, 9), ("b", 0, 9)], &[("a", 10, 20), ("c", 0, 9)]]), Some(0));
        assert_eq!(days(&[&[("a", 0, 3), ("a", 6, 9)], &[("a", 2, 7)]]), Some(4));
        assert_eq!(days(&[&[("a", 0, 3)], &[("a", 3, 3)], &[("a", 3, 5)]]), Some(3));
    }

    #[test]
    fn what_is_taken_back_counts_for_nothing_and_too_many_are_not_guessed() {
        let mut overlap = Overlap::default();
        overlap.add(0, "a", 1);
        overlap.take_back();
        overlap.add(0, "a", 1);
        overlap.keep();
        assert_eq!(overlap.days(), Some(0));
        (0..100_001).for_each(|day| overlap.add(0, "a", 2 * day));
        overlap.keep();
        assert_eq!(overlap.days(), None);
    }
}
