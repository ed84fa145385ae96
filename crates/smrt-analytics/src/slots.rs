//! Where instants lie in their civil days.
//!
//! A slot is counted from the beginning of its day in elapsed time, so that a day of 23 or 25 hours has as many slots as it
//! has time: none is there twice, none is made up.

use smrt_core::MarketZone;

/// A division of civil days into slots of equal length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
    zone: MarketZone,
    seconds: i64,
}

/// Where an instant lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// The civil day, as days since 1970-01-01.
    pub day: i32,
    /// The slot in it, from 0.
    pub index: usize,
}

impl Slots {
    /// Slots of so many seconds, at least one.
    pub fn new(zone: MarketZone, seconds: i64) -> Self {
        Self { zone, seconds: seconds.max(1) }
    }

    /// How long a slot is, in seconds.
    pub fn seconds(&self) -> i64 {
        self.seconds
    }

    /// Where an instant (UTC epoch seconds) lies.
    pub fn of(&self, at: i64) -> Slot {
        let day = self.zone.day(at);
        let index = (at - self.zone.day_start(day)).div_euclid(self.seconds);
        Slot { day, index: usize::try_from(index).unwrap_or(0) }
    }

    /// How many slots a day has; the last one may be cut short by its end.
    pub fn count(&self, day: i32) -> usize {
        let length = self.zone.day_start(day.saturating_add(1)) - self.zone.day_start(day);
        usize::try_from((length + self.seconds - 1) / self.seconds).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn days_of_23_and_25_hours_have_as_many_slots() {
        let slots = Slots::new("Europe/Berlin".parse().unwrap(), 1800);
        // 31 March, 1 April and 27 October 2024.
        assert_eq!([19_813, 19_814, 20_023].map(|day| slots.count(day)), [46, 48, 50]);
        // The two half hours from 02:00 on 27 October come twice, each in a slot of its own.
        let midnight = 1_729_980_000;
        let index = |half_hours: i64| slots.of(midnight + half_hours * 1800);
        assert_eq!((index(0).day, index(0).index, index(4).index, index(6).index), (20_023, 0, 4, 6));
        assert_eq!((index(49).day, index(49).index, index(50).day, index(50).index), (20_023, 49, 20_024, 0));
    }

    proptest! {
        #[test]
        fn every_instant_has_one_slot_and_slots_follow_each_other(
            at in -2_000_000_000_i64..4_000_000_000, seconds in 60_i64..=86_400,
        ) {
            let zone: MarketZone = "Europe/Berlin".parse().unwrap();
            let slots = Slots::new(zone, seconds);
            let slot = slots.of(at);
            prop_assert!(slot.index < slots.count(slot.day));
            let start = zone.day_start(slot.day) + i64::try_from(slot.index).unwrap() * seconds;
            prop_assert!(start <= at && at < start + seconds);
        }
    }
}
