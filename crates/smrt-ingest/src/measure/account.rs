//! What becomes of measurements: whether each is new, takes the place of another, or says nothing new.
//!
//! The database knows of each sensor and day how many instants have a measurement, and the first and the last of them.
//! What lies outside of them is new; that is all that is asked of most files. Only where a file reaches into what is
//! there, or does not rise in time, are its measurements looked at one by one, beside those of the lake.

use super::{
    known::{Current, Doubt, Known},
    waiting::Waiting,
};
use crate::IngestError;
use smrt_core::{Code, Finding, Findings, MarketZone, SensorId, Severity, Signal};
use smrt_storage::{Counts, FileLoad, SensorDay};
use std::collections::HashMap;

pub(crate) static DOUBLED: Code = Code {
    id: "V015",
    name: "doubled-measurement",
    severity: Severity::Warning,
    explanation: "The file has more than one value for the same sensor and instant. Where they differ the last one counts and the others stay traceable with their lines; where they are equal nothing changes. It is found when the file is loaded.",
};

/// A second in the unit of instants.
pub(super) const SECOND: i64 = 1_000_000;

/// A sensor of the file in hand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sensor {
    /// Who it is.
    pub(super) id: SensorId,
    /// Its number among the sensors of all that waits.
    pub(super) number: u32,
    /// Id of its channel in the database.
    pub(super) channel: i64,
    /// The zone of its days.
    pub(super) zone: MarketZone,
}

/// Most stored measurements that are looked up together.
const LOOKED_UP: u64 = 200_000;

/// A row that is looked at by itself: its place among the days, its instant, its place among the rows.
type DoubtfulRow = (usize, i64, usize);

/// A day of a sensor as the rows in hand have it.
#[derive(Clone, Copy, Debug)]
struct Day {
    slot: u32,
    day: i32,
    count: u64,
    first: i64,
    last: i64,
    /// Whether its rows must be looked at one by one.
    is_doubtful: bool,
}

/// The day that a sensor's last row belonged to.
#[derive(Clone, Copy, Debug)]
struct Cursor {
    /// Where it stands among the days.
    day: usize,
    /// Its first instant and the first behind it.
    start: i64,
    end: i64,
    /// The sensor's last row.
    last: i64,
}

/// The rows of one file that are to be accounted for together, and which of the file's sensors each is of.
pub(super) struct Rows<'a> {
    pub(super) sensors: &'a [Sensor],
    pub(super) slots: &'a [u32],
    pub(super) rows: &'a [Waiting],
}

/// What became of rows: their counts, and those that need not be kept because they say nothing new, in order.
#[derive(Debug, Default)]
pub(super) struct Accounted {
    pub(super) counts: Counts,
    pub(super) unchanged: Vec<usize>,
}

/// Accounts for rows and brings the days of their sensors up to date.
pub(super) fn account(
    load: &mut FileLoad<'_>,
    rows: &Rows<'_>,
    known: &mut Known<'_>,
    findings: &mut Findings,
) -> Result<Accounted, IngestError> {
    let mut days = Days::of(rows);
    let stored = days.meet(load, rows.sensors)?;
    let mut accounted = Accounted::default();
    accounted.counts.inserted = days.days.iter().filter(|day| !day.is_doubtful).map(|day| day.count).sum();
    let doubtful = days.doubtful_rows(rows);
    let mut left: &[DoubtfulRow] = &doubtful;
    while !left.is_empty() {
        let (group, doubts) = days.group(left, rows, &stored);
        left = &left[group.len()..];
        let mut current = known.of(load, &doubts)?;
        for of_day in group.chunk_by(|a, b| a.0 == b.0) {
            let day = &mut days.days[of_day[0].0];
            let sensor = rows.sensors[day.slot as usize].id;
            day.count = compare(of_day, rows, sensor, &mut current, &mut accounted, findings);
            accounted.counts.inserted += day.count;
        }
    }
    accounted.unchanged.sort_unstable();
    accounted.counts.unchanged = accounted.unchanged.len() as u64;
    load.set_sensor_days(&days.merged(rows.sensors, &stored))?;
    Ok(accounted)
}

/// Compares rows of one day of a sensor with what is current, one by one; gives how many are new.
fn compare(
    of_day: &[DoubtfulRow],
    rows: &Rows<'_>,
    sensor: SensorId,
    current: &mut Current<'_>,
    accounted: &mut Accounted,
    findings: &mut Findings,
) -> u64 {
    let mut inserted = 0;
    for &(_, _, index) in of_day {
        let row = &rows.rows[index];
        match current.get(row) {
            None => inserted += 1,
            Some(held) => {
                if held.file == row.file {
                    findings.report(&DOUBLED, || doubled(sensor, row, held.value, held.line));
                }
                if held.value == row.value {
                    accounted.unchanged.push(index);
                    continue;
                }
                accounted.counts.replaced += 1;
            }
        }
        current.set(row);
    }
    inserted
}

fn doubled(sensor: SensorId, row: &Waiting, before: Signal, line: u32) -> Finding {
    let at = MarketZone::Utc.rfc3339(row.at.div_euclid(SECOND));
    let counts = if before == row.value { "the same" } else { "which counts" };
    let message =
        format!("sensor {sensor} has two values for {at}: {before} in line {line} and {} here, {counts}", row.value);
    Finding::of_line(&DOUBLED, row.line, message)
}

/// The days of sensors that rows belong to.
struct Days {
    days: Vec<Day>,
    /// Where each day stands.
    places: HashMap<(u32, i32), usize>,
}

impl Days {
    fn of(rows: &Rows<'_>) -> Self {
        let mut days = Self { days: Vec::new(), places: HashMap::new() };
        let mut cursors: Vec<Option<Cursor>> = vec![None; rows.sensors.len()];
        let mut disordered = vec![false; rows.sensors.len()];
        for (&slot, row) in rows.slots.iter().zip(rows.rows) {
            let place = slot as usize;
            let mut cursor = match cursors[place] {
                Some(cursor) if (cursor.start..cursor.end).contains(&row.at) => cursor,
                before => {
                    let last = before.map_or(i64::MIN, |before| before.last);
                    days.turn_to(slot, rows.sensors[place].zone, row.at, last)
                }
            };
            disordered[place] |= row.at <= cursor.last;
            cursor.last = cursor.last.max(row.at);
            let day = &mut days.days[cursor.day];
            day.count += 1;
            day.first = day.first.min(row.at);
            day.last = day.last.max(row.at);
            cursors[place] = Some(cursor);
        }
        for day in &mut days.days {
            day.is_doubtful = disordered[day.slot as usize];
        }
        days
    }

    fn turn_to(&mut self, slot: u32, zone: MarketZone, at: i64, last: i64) -> Cursor {
        let number = zone.day(at.div_euclid(SECOND));
        let days = &mut self.days;
        let day = *self.places.entry((slot, number)).or_insert_with(|| {
            days.push(Day { slot, day: number, count: 0, first: i64::MAX, last: i64::MIN, is_doubtful: false });
            days.len() - 1
        });
        let start = zone.day_start(number).saturating_mul(SECOND);
        let end = zone.day_start(number.saturating_add(1)).saturating_mul(SECOND);
        Cursor { day, start, end, last }
    }

    /// Looks up what is stored of the days, and marks those that rows reach into.
    fn meet(
        &mut self,
        load: &mut FileLoad<'_>,
        sensors: &[Sensor],
    ) -> Result<HashMap<(i64, i32), SensorDay>, IngestError> {
        let key = |day: &Day| (sensors[day.slot as usize].channel, day.day);
        let keys: Vec<(i64, i32)> = self.days.iter().map(key).collect();
        let stored: HashMap<_, _> =
            load.sensor_days(&keys)?.into_iter().map(|day| ((day.channel, day.day), day)).collect();
        for day in &mut self.days {
            let before = stored.get(&key(day));
            day.is_doubtful |= before.is_some_and(|before| before.first <= day.last && day.first <= before.last);
        }
        Ok(stored)
    }

    /// The rows of doubtful days as day, instant and place, each day's in the order of time and lines.
    fn doubtful_rows(&self, rows: &Rows<'_>) -> Vec<DoubtfulRow> {
        if self.days.iter().all(|day| !day.is_doubtful) {
            return Vec::new();
        }
        let mut doubtful = Vec::new();
        for (index, (&slot, row)) in rows.slots.iter().zip(rows.rows).enumerate() {
            let zone = rows.sensors[slot as usize].zone;
            let day = self.places.get(&(slot, zone.day(row.at.div_euclid(SECOND))));
            doubtful.extend(day.filter(|&&day| self.days[day].is_doubtful).map(|&day| (day, row.at, index)));
        }
        doubtful.sort_unstable();
        doubtful
    }

    /// The first of some doubtful rows, those of whole days, of which so much is stored as can be looked at together; and
    /// what is to be looked up for them.
    fn group<'r>(
        &self,
        doubtful: &'r [DoubtfulRow],
        rows: &Rows<'_>,
        stored: &HashMap<(i64, i32), SensorDay>,
    ) -> (&'r [DoubtfulRow], Vec<Doubt>) {
        let (mut length, mut looked_up, mut doubts) = (0, 0, Vec::new());
        for of_day in doubtful.chunk_by(|a, b| a.0 == b.0) {
            let day = &self.days[of_day[0].0];
            let sensor = rows.sensors[day.slot as usize];
            let known = stored.get(&(sensor.channel, day.day)).map_or(0, |before| before.count);
            if length > 0 && looked_up + known > LOOKED_UP {
                break;
            }
            looked_up += known;
            length += of_day.len();
            doubts.push(Doubt { sensor, range: (day.first, day.last), stored: known });
        }
        (&doubtful[..length], doubts)
    }

    /// The days as they are now.
    fn merged(&self, sensors: &[Sensor], stored: &HashMap<(i64, i32), SensorDay>) -> Vec<SensorDay> {
        let merged = |day: &Day| {
            let channel = sensors[day.slot as usize].channel;
            let now = SensorDay { channel, day: day.day, count: day.count, first: day.first, last: day.last };
            match stored.get(&(channel, day.day)) {
                None => now,
                Some(before) => SensorDay {
                    count: before.count + now.count,
                    first: before.first.min(now.first),
                    last: before.last.max(now.last),
                    ..now
                },
            }
        };
        let mut merged: Vec<SensorDay> = self.days.iter().map(merged).collect();
        merged.sort_unstable_by_key(|day| (day.channel, day.day));
        merged
    }
}
