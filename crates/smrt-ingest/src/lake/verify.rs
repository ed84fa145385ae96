//! Proving log, files and database against each other.

use super::Attached;
use crate::{IngestError, Observer, Stop};
use smrt_core::{DataFile, Dataset, MarketZone, SensorId};
use smrt_lake::{Active, Lake, LakeError, Measured, Query};
use smrt_storage::{DataFileFilter, KnownDataFile, Store};
use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
    ops::ControlFlow,
};

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Lists, logs, and the ends of files.
    Quick,
    /// Every row as well.
    Rows,
    /// And the hash of every byte.
    Hashes,
}

/// A promise, and whether it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Which promise.
    pub name: &'static str,
    /// Whether it holds.
    pub ok: bool,
    /// What was found.
    pub detail: String,
}

/// Checks every promise of a lake.
///
/// # Errors
/// When the database or the lake cannot be reached, or the end is asked for; a broken promise is not an error.
pub fn verify(
    store: &mut Store,
    lake: &Attached,
    depth: Depth,
    stop: &Stop,
    observer: &dyn Observer,
) -> Result<Vec<Proof>, IngestError> {
    let mut proofs = Vec::new();
    let mut current = Vec::new();
    let opened = match lake.lake() {
        Ok(opened) => opened,
        // A database whose first load never came to its end has no lake yet, and needs none.
        Err(IngestError::Lake(LakeError::NoLake { .. })) if is_unused(store)? => return Ok(proofs),
        Err(error) => return Err(error),
    };
    // First the logs, then the list: the list is never behind what a log showed before, whatever is loaded meanwhile.
    let logs = Dataset::ALL.map(|dataset| shown(opened, dataset));
    store.freeze()?;
    for (dataset, shown) in Dataset::ALL.into_iter().zip(logs) {
        let last = store.last_publication(dataset)?;
        if last == 0 {
            continue;
        }
        let known = store.known_data_files(dataset)?;
        proofs.push(log_agrees(&shown?, dataset, last, &known));
        proofs.push(nothing_unknown(opened, dataset, &known)?);
        current.extend(known.into_iter().filter(|known| known.removed.is_none()).map(|known| known.file));
    }
    proofs.push(files_are_sound(opened, &current, depth, stop, observer)?);
    proofs.push(rows_are_accounted(store, &current)?);
    let is_sound = proofs.iter().all(|proof| proof.ok);
    // Rows of files that are missing or damaged cannot be read.
    if depth >= Depth::Rows && is_sound {
        proofs.push(days_agree(store, opened, stop)?);
        if lake.takes_readings() {
            proofs.push(readings_agree(store, opened)?);
        }
    }
    Ok(proofs)
}

/// So many of something, for people.
fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn is_unused(store: &mut Store) -> Result<bool, IngestError> {
    for dataset in Dataset::ALL {
        if store.last_publication(dataset)? > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// How far a log has come, and the files it shows.
type Shown = (u64, Vec<Active>);

/// What the log of a table shows, in one state.
fn shown(lake: &Lake, dataset: Dataset) -> Result<Shown, IngestError> {
    loop {
        let before = lake.published(dataset)?.unwrap_or(0);
        let active = lake.active(dataset, None)?.map_or_else(Vec::new, |(_, active)| active);
        if lake.published(dataset)?.unwrap_or(0) == before {
            return Ok((before, active));
        }
    }
}

/// The log shows just the files that the list had at the publication it has come to.
fn log_agrees((published, active): &Shown, dataset: Dataset, last: u64, known: &[KnownDataFile]) -> Proof {
    let name = match dataset {
        Dataset::Measurements => "log-of-measurements",
        Dataset::Superseded => "log-of-superseded",
        Dataset::Readings => "log-of-readings",
    };
    let published = *published;
    let then = known
        .iter()
        .filter(|known| known.added <= published && known.removed.is_none_or(|removed| removed > published));
    let mut expected: BTreeMap<&str, &DataFile> = then.map(|known| (&*known.file.path, &known.file)).collect();
    let mut wrong = Vec::new();
    for file in active {
        match expected.remove(file.path.as_str()) {
            None => wrong.push(format!("{} is in the log alone", file.path)),
            Some(listed) if listed.size != file.size || file.rows.is_some_and(|rows| rows != listed.rows) => {
                wrong.push(format!("{} has another size or number of rows in the log", file.path));
            }
            Some(_) => {}
        }
    }
    wrong.extend(expected.into_keys().map(|path| format!("{path} is missing in the log")));
    if published > last {
        wrong.push(format!("the log is at publication {published}, the database at {last}"));
    }
    let waiting = last.saturating_sub(published);
    let detail = match (wrong.first(), waiting) {
        (Some(first), _) => format!("{}, first: {first}", counted(wrong.len(), "difference")),
        (None, 0) => format!("{}, publication {last}", counted(active.len(), "file")),
        (None, _) => {
            format!("{} files; {waiting} publications wait, which the next load or compaction makes", active.len())
        }
    };
    Proof { name, ok: wrong.is_empty(), detail }
}

/// Files that nobody lists do no harm; how many there are is told.
fn nothing_unknown(lake: &Lake, dataset: Dataset, known: &[KnownDataFile]) -> Result<Proof, IngestError> {
    let name = match dataset {
        Dataset::Measurements => "unlisted-measurements",
        Dataset::Superseded => "unlisted-superseded",
        Dataset::Readings => "unlisted-readings",
    };
    let current: std::collections::BTreeSet<&str> =
        known.iter().filter(|known| known.removed.is_none()).map(|known| &*known.file.path).collect();
    let others = lake.listing(dataset)?.into_iter().filter(|found| !current.contains(found.path.as_str())).count();
    let detail = match others {
        0 => "no file is there that is not listed".to_owned(),
        others => format!("{others} files that are replaced or nobody's; `smrt lake gc` takes them away in time"),
    };
    Ok(Proof { name, ok: true, detail })
}

fn files_are_sound(
    lake: &Lake,
    files: &[DataFile],
    depth: Depth,
    stop: &Stop,
    observer: &dyn Observer,
) -> Result<Proof, IngestError> {
    observer.planned(files.len() as u64, files.iter().map(|file| file.size).sum());
    let mut wrong = Vec::new();
    for file in files {
        if stop.is_requested() {
            return Err(IngestError::Interrupted);
        }
        match lake.check(file, depth >= Depth::Hashes) {
            Err(error) if error.is_temporary() => return Err(error.into()),
            Err(error) => wrong.push(error.to_string()),
            Ok(()) => observer.read(file.size),
        }
    }
    let detail = match wrong.first() {
        None => counted(files.len(), "file"),
        Some(first) => format!("{} of {} files, first: {first}", wrong.len(), files.len()),
    };
    Ok(Proof { name: "files-sound", ok: wrong.is_empty(), detail })
}

/// Rows in the lake are those that the source files have put there, and of no others.
fn rows_are_accounted(store: &mut Store, current: &[DataFile]) -> Result<Proof, IngestError> {
    let measured = |file: &&DataFile| file.dataset != Dataset::Readings;
    let found: u64 = current.iter().filter(measured).map(|file| file.rows).sum();
    let expected: u64 = store.measured_files()?.iter().map(|file| file.counts.inserted + file.counts.replaced).sum();
    let detail = format!("{found} rows in the lake, {expected} written by the files");
    Ok(Proof { name: "rows-accounted", ok: found == expected, detail })
}

/// What one side says of a sensor's days, in a few bytes however many days there are.
#[derive(Clone, Debug, Default)]
struct Days {
    /// Measurements in all.
    count: u64,
    /// The day in hand: its number, how many measurements, the first and the last.
    open: Option<(i32, u64, i64, i64)>,
    /// The days before, in their order.
    closed: DefaultHasher,
}

impl Days {
    /// Takes measurements of a day, none before those that were taken already.
    fn push(&mut self, day: i32, count: u64, first: i64, last: i64) {
        self.count += count;
        match &mut self.open {
            Some(open) if open.0 == day => (open.1, open.3) = (open.1 + count, last),
            open => {
                if let Some(before) = open.replace((day, count, first, last)) {
                    before.hash(&mut self.closed);
                }
            }
        }
    }

    /// Equal for the same measurements counted on the same days.
    fn sum(&self) -> u64 {
        let mut all = self.closed.clone();
        self.open.hash(&mut all);
        all.finish()
    }
}

/// What holds in the lake is what the database counts of each sensor and day.
fn days_agree(store: &mut Store, lake: &Lake, stop: &Stop) -> Result<Proof, IngestError> {
    let files = store.data_files(Dataset::Measurements, &DataFileFilter::default())?;
    let mut channels = HashMap::new();
    for channel in store.channels(None)? {
        if let Ok(sensor) = channel.channel.meter.parse::<SensorId>() {
            channels.insert(sensor, channel);
        }
    }
    let mut found: HashMap<SensorId, Days> = HashMap::new();
    lake.scan(&files, &Query::default(), &mut |rows: &[Measured]| {
        for row in rows {
            let zone = channels.get(&row.sensor).map_or(MarketZone::Utc, |channel| channel.channel.zone);
            let day = zone.day(row.at.div_euclid(1_000_000));
            found.entry(row.sensor).or_default().push(day, 1, row.at, row.at);
        }
        if stop.is_requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if stop.is_requested() {
        return Err(IngestError::Interrupted);
    }
    let mut wrong = Vec::new();
    let sensors = found.len();
    for (sensor, channel) in channels {
        let mut counted = Days::default();
        for day in store.sensor_days(channel.id, None, None)? {
            counted.push(day.day, day.count, day.first, day.last);
        }
        let held = found.remove(&sensor).unwrap_or_default();
        if held.count != counted.count {
            let (held, counted) = (held.count, counted.count);
            wrong.push(format!("{sensor} has {held} measurements in the lake, {counted} in the database"));
        } else if held.sum() != counted.sum() {
            wrong.push(format!("{sensor} has its measurements on other days in the lake than in the database"));
        }
    }
    wrong.extend(found.keys().map(|sensor| format!("{sensor} is in the lake alone")));
    wrong.sort();
    let detail = match wrong.first() {
        None => counted(sensors, "sensor"),
        Some(first) => format!("{}, first: {first}", counted(wrong.len(), "sensor")),
    };
    Ok(Proof { name: "days-agree", ok: wrong.is_empty(), detail })
}

/// The copy of the readings of meters says what the database says: as many of each channel, with the same sum.
fn readings_agree(store: &mut Store, lake: &Lake) -> Result<Proof, IngestError> {
    let files = store.data_files(Dataset::Readings, &DataFileFilter::default())?;
    let mut found: BTreeMap<(String, String, String), (u64, i128)> = BTreeMap::new();
    lake.each_reading(&files, &mut |row| {
        let key = (row.meter.to_string(), row.channel.to_string(), row.unit.to_string());
        let total = found.entry(key).or_default();
        total.0 += 1;
        total.1 += row.quantity.map_or(0, |quantity| i128::from(quantity.micros()));
    })?;
    let (mut channels, mut wrong) = (0, Vec::new());
    for total in store.reading_totals()? {
        channels += 1;
        let key = (total.name.meter, total.name.name, total.name.unit);
        let held = found.remove(&key).unwrap_or_default();
        if held != (total.count, total.sum) {
            wrong.push(format!(
                "{} {} has {} readings in the lake, {} in the database",
                key.0, key.1, held.0, total.count
            ));
        }
    }
    wrong.extend(found.keys().map(|(meter, channel, _)| format!("{meter} {channel} is in the lake alone")));
    let detail = match wrong.first() {
        None => counted(channels, "channel"),
        Some(first) => format!("{}, first: {first}", counted(wrong.len(), "channel")),
    };
    Ok(Proof { name: "readings-agree", ok: wrong.is_empty(), detail })
}

#[cfg(test)]
mod tests {
    use super::Days;

    fn days(parts: &[(i32, u64, i64, i64)]) -> Days {
        let mut days = Days::default();
        for &(day, count, first, last) in parts {
            days.push(day, count, first, last);
        }
        days
    }

    #[test]
    fn the_same_number_on_other_days_is_not_the_same() {
        let said = days(&[(3, 2, 30, 31), (4, 1, 40, 40)]);
        let row_by_row = days(&[(3, 1, 30, 30), (3, 1, 31, 31), (4, 1, 40, 40)]);
        assert_eq!((said.count, said.sum()), (3, row_by_row.sum()));
        for other in [
            days(&[(3, 1, 30, 30), (4, 2, 31, 40)]),
            days(&[(3, 2, 30, 31), (5, 1, 40, 40)]),
            days(&[(3, 2, 30, 31), (4, 1, 41, 41)]),
            days(&[(3, 3, 30, 40)]),
        ] {
            assert_eq!(other.count, 3);
            assert_ne!(other.sum(), said.sum(), "{other:?}");
        }
    }
}
