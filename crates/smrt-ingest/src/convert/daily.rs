//! Readings in key order become days: how many, how much, the least and the most of each channel.
//!
//! A pure fold over columns. It can run over parts of a file on their own: where one part ends and the next begins
//! inside a day, [`Day::merge`] makes one of both, so that the days of the parts are the days of the whole. For that a
//! day keeps its last reading apart until it is known that no other one has its key: of readings with one key the last
//! wins.

use smrt_core::{Batch, Flag, MarketZone, Quantity, Sum};
use std::ops::Range;

/// One day of one channel, or the part of it that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Index of the channel in its file's channel table.
    pub channel: u32,
    /// The civil day in the channel's zone, days since 1970-01-01.
    pub day: i32,
    /// Length of the civil day in minutes.
    minutes: i64,
    /// Start of the first interval.
    first: i64,
    /// All readings but the last.
    tally: Tally,
    last: Last,
}

/// What a day comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Intervals with a value.
    pub count: u64,
    /// Intervals that are stated to have none.
    pub nulls: u64,
    /// Sum of the values.
    pub sum: Sum,
    /// Least and greatest value; `None` where there is none.
    pub range: Option<(Quantity, Quantity)>,
    /// Minutes of the shortest interval; 0 without any.
    shortest: u16,
}

/// The reading that a later one with the same key would replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Last {
    start: i64,
    minutes: u16,
    value: Option<Quantity>,
}

impl Last {
    fn of(batch: &Batch, at: usize) -> Self {
        let value = (batch.quality[at].flag != Flag::Null).then_some(batch.quantity[at]);
        Self { start: batch.start[at], minutes: batch.minutes[at].minutes(), value }
    }
}

impl Tally {
    fn add(&mut self, last: Last) {
        self.note_length(last.minutes);
        self.add_value(last.value);
    }

    fn add_value(&mut self, value: Option<Quantity>) {
        match value {
            None => self.nulls += 1,
            Some(value) => {
                self.count += 1;
                self.sum.add(value);
                let (min, max) = self.range.unwrap_or((value, value));
                self.range = Some((min.min(value), max.max(value)));
            }
        }
    }

    /// The readings of a batch in `range`.
    fn of(batch: &Batch, range: Range<usize>) -> Self {
        let mut tally = Self::default();
        let quantities = &batch.quantity[range.clone()];
        let qualities = &batch.quality[range.clone()];
        tally.shortest = batch.minutes[range].iter().map(|minutes| minutes.minutes()).min().unwrap_or(0);
        if qualities.iter().all(|quality| quality.flag != Flag::Null) {
            tally.count = quantities.len() as u64;
            tally.range = quantities.iter().copied().min().zip(quantities.iter().copied().max());
            tally.sum = sum(quantities, tally.range);
            return tally;
        }
        for (&quantity, quality) in quantities.iter().zip(qualities) {
            tally.add_value((quality.flag != Flag::Null).then_some(quantity));
        }
        tally
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.nulls += other.nulls;
        self.sum.merge(other.sum);
        self.range = match (self.range, other.range) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, other) => one.or(other),
        };
        self.note_length(other.shortest);
    }

    fn note_length(&mut self, minutes: u16) {
        let known = [self.shortest, minutes].into_iter().filter(|&minutes| minutes > 0).min();
        self.shortest = known.unwrap_or(0);
    }

    /// The mean of the values, rounded to millionths, ties to even.
    pub fn mean(&self) -> Option<Quantity> {
        self.sum.mean(self.count)
    }
}

/// The sum of quantities within a range. Narrow arithmetic does where it cannot overflow, and it is several times as
/// fast.
fn sum(quantities: &[Quantity], range: Option<(Quantity, Quantity)>) -> Sum {
    let greatest = range.map_or(0, |(min, max)| min.micros().unsigned_abs().max(max.micros().unsigned_abs()));
    let most = u128::from(greatest) * quantities.len() as u128;
    if i64::try_from(most).is_ok() {
        let micros = quantities.iter().fold(0i64, |sum, quantity| sum.wrapping_add(quantity.micros()));
        return Sum::from_micros(i128::from(micros));
    }
    let mut sum = Sum::default();
    quantities.iter().for_each(|&quantity| sum.add(quantity));
    sum
}

impl Day {
    /// What the day comes to.
    pub fn tally(&self) -> Tally {
        let mut tally = self.tally;
        tally.add(self.last);
        tally
    }

    /// Intervals of the shortest length met that a complete day has; at least one, although a day of 23 hours has room
    /// for no interval of 24.
    pub fn expected(&self) -> u64 {
        let shortest = i64::from(self.tally().shortest.max(1));
        (self.minutes / shortest).max(1).unsigned_abs()
    }

    /// Adds a later part of the same day of the same channel.
    ///
    /// The parts must be cut from readings in key order: only then are equal keys neighbours.
    pub fn merge(&mut self, later: &Self) {
        debug_assert_eq!((self.channel, self.day), (later.channel, later.day), "parts of one day");
        if self.last.start != later.first {
            self.tally.add(self.last);
        }
        self.tally.merge(&later.tally);
        self.last = later.last;
    }
}

/// Folds readings in key order into days.
#[derive(Clone, Debug, Default)]
pub struct DailyFold {
    open: Option<Open>,
}

/// The day in hand and its bounds, UTC epoch seconds: most readings are of the same day as the one before.
#[derive(Clone, Debug)]
struct Open {
    day: Day,
    from: i64,
    to: i64,
}

impl Open {
    fn new(channel: u32, zone: MarketZone, last: Last) -> Self {
        let day = zone.day(last.start);
        let (from, to) = (zone.day_start(day), zone.day_start(day.saturating_add(1)));
        let minutes = (to - from) / 60;
        Self { day: Day { channel, day, minutes, first: last.start, tally: Tally::default(), last }, from, to }
    }

    fn holds(&self, channel: u32, start: i64) -> bool {
        self.day.channel == channel && self.from <= start && start < self.to
    }

    /// Takes readings of the same day, each later than the one before.
    fn add_rising(&mut self, batch: &Batch, range: Range<usize>) {
        let last = range.end - 1;
        self.day.tally.add(self.day.last);
        self.day.tally.merge(&Tally::of(batch, range.start..last));
        self.day.last = Last::of(batch, last);
    }

    /// Takes a reading of the same day.
    fn add(&mut self, last: Last) {
        if self.day.last.start != last.start {
            self.day.tally.add(self.day.last);
        }
        self.day.last = last;
    }
}

impl DailyFold {
    /// Adds the readings of a batch, which follow those before in key order; each day that is over is given on.
    ///
    /// `stretches` are those of [`Batch::stretches`], `zone` tells the zone of a channel's days.
    ///
    /// # Errors
    /// Those of `give`.
    pub fn add<E>(
        &mut self,
        batch: &Batch,
        stretches: impl IntoIterator<Item = Range<usize>>,
        zone: impl Fn(u32) -> MarketZone,
        give: &mut impl FnMut(Day) -> Result<(), E>,
    ) -> Result<(), E> {
        for stretch in stretches {
            let (channel, mut rest) = (batch.channel[stretch.start], stretch);
            while !rest.is_empty() {
                let first = Last::of(batch, rest.start);
                match &mut self.open {
                    Some(open) if open.holds(channel, first.start) => open.add(first),
                    open => {
                        if let Some(done) = open.replace(Open::new(channel, zone(channel), first)) {
                            give(done.day)?;
                        }
                    }
                }
                let to = self.open.as_ref().map_or(i64::MAX, |open| open.to);
                let of_day = batch.start[rest.clone()].partition_point(|&start| start < to).max(1);
                if let Some(open) = self.open.as_mut().filter(|_| of_day > 1) {
                    open.add_rising(batch, rest.start + 1..rest.start + of_day);
                }
                rest.start += of_day;
            }
        }
        Ok(())
    }

    /// Gives on the last day.
    ///
    /// # Errors
    /// Those of `give`.
    pub fn finish<E>(&mut self, give: &mut impl FnMut(Day) -> Result<(), E>) -> Result<(), E> {
        self.open.take().map_or(Ok(()), |open| give(open.day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smrt_core::{IntervalLength, Quality, Reading, Version};
    use std::convert::Infallible;

    fn batch(readings: &[(u32, i64, u16, i64, bool)]) -> Batch {
        let mut batch = Batch::default();
        for (line, &(channel, start, minutes, micros, is_null)) in (1..).zip(readings) {
            batch.push(Reading {
                channel,
                start,
                minutes: IntervalLength::from_minutes(minutes).unwrap(),
                quantity: Quantity::from_micros(micros),
                quality: if is_null { Quality::NULL } else { Quality::UNSTATED },
                version: Version::UNSTATED,
                line,
            });
        }
        batch
    }

    fn days(batches: &[Batch], zone: MarketZone) -> Vec<Day> {
        let (mut fold, mut days) = (DailyFold::default(), Vec::new());
        let mut give = |day| {
            days.push(day);
            Ok::<(), Infallible>(())
        };
        for batch in batches {
            fold.add(batch, batch.stretches(), |_| zone, &mut give).unwrap();
        }
        fold.finish(&mut give).unwrap();
        days
    }

    /// Two channels over three days by half-hours, with a null, a doubled key and a change to quarter hours.
    fn sample() -> Vec<(u32, i64, u16, i64, bool)> {
        let mut readings = Vec::new();
        for channel in [0, 3] {
            for half_hour in 0..144 {
                let start = half_hour * 1800;
                readings.push((channel, start, 30, (half_hour * 37 % 50) - 20, half_hour % 29 == 5));
                if half_hour % 31 == 7 {
                    readings.push((channel, start, 30, -1000, false));
                    readings.push((channel, start, 15, 1000 + half_hour, half_hour > 60));
                }
            }
        }
        readings
    }

    #[test]
    fn a_day_is_what_its_readings_are_and_the_last_of_a_doubled_key_wins() {
        let readings = [
            (0, 0, 60, 5, false),
            (0, 3600, 60, 100, false),
            (0, 3600, 60, 7, false),
            (0, 7200, 60, 9, true),
            (0, 86_400, 30, -1, false),
            (1, 0, 60, 2, true),
        ];
        let days = days(&[batch(&readings)], MarketZone::Utc);
        let told: Vec<_> = days.iter().map(|day| (day.channel, day.day, day.expected(), day.tally())).collect();
        let q = Quantity::from_micros;
        let tally =
            |count, nulls, sum, range, shortest| Tally { count, nulls, sum: Sum::from_micros(sum), range, shortest };
        assert_eq!(
            told,
            [
                (0, 0, 24, tally(2, 1, 12, Some((q(5), q(7))), 60)),
                (0, 1, 48, tally(1, 0, -1, Some((q(-1), q(-1))), 30)),
                (1, 0, 24, tally(0, 1, 0, None, 60)),
            ]
        );
    }

    #[test]
    fn the_days_of_parts_are_the_days_of_the_whole() {
        let readings = sample();
        for zone in ["UTC", "+10:00", "Europe/Berlin"] {
            let zone = zone.parse().unwrap();
            let whole = days(&[batch(&readings)], zone);
            assert!(whole.len() >= 6);
            for size in [1, 2, 3, 7, 50, 100, 1000] {
                let parts: Vec<Batch> = readings.chunks(size).map(batch).collect();
                assert_eq!(days(&parts, zone), whole, "batches of {size}");
                // Each part by itself, joined where they meet.
                let mut joined: Vec<Day> = Vec::new();
                for part in &parts {
                    for day in days(std::slice::from_ref(part), zone) {
                        match joined.last_mut().filter(|last| (last.channel, last.day) == (day.channel, day.day)) {
                            Some(last) => last.merge(&day),
                            None => joined.push(day),
                        }
                    }
                }
                assert_eq!(joined, whole, "parts of {size}");
            }
        }
    }

    #[test]
    fn days_are_those_of_the_channels_clock() {
        let berlin: MarketZone = "Europe/Berlin".parse().unwrap();
        // From midnight of 2024-03-31, which has 23 hours, to midnight of April 2.
        let first = berlin.parse_instant("2024-03-31").unwrap();
        let readings: Vec<_> = (0..47).map(|hour| (0, first + hour * 3600, 60, 1, false)).collect();
        let counts: Vec<_> =
            days(&[batch(&readings)], berlin).iter().map(|day| (day.tally().count, day.expected())).collect();
        assert_eq!(counts, [(23, 23), (24, 24)]);
    }
}
