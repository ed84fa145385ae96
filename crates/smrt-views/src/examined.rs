//! A series as it is examined: its values and all that is known beside them, loaded from the database and its lake.

use crate::{AskError, Range, SECOND, Series, is_sensor};
use sha2::{Digest, Sha256};
use smrt_analytics::meter::RegisterStand;
use smrt_core::{Flag, Signal};
use smrt_storage::{FileFilter, FileStatus, StoredChannel, StoredFinding};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::ControlFlow,
    sync::Arc,
};

/// What is examined, and how: another number makes what was kept before void.
const METHOD: u8 = 1;

/// The values of one channel, in the order of time; an interval that was sent several times stands there several times.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    /// Starts or instants, UTC epoch microseconds.
    pub(crate) at: Vec<i64>,
    /// Values in the unit of the channel; not finite where the sender says that there is none.
    pub(crate) values: Vec<f64>,
    /// The length that most intervals have; 0 for sensors.
    pub(crate) minutes: u32,
    /// What the register showed.
    pub(crate) registers: Vec<RegisterStand>,
}

impl Columns {
    /// Those of a channel in a stretch of time; nothing where it has no values there.
    pub(crate) fn of(series: &mut Series, stored: &StoredChannel, range: &Range) -> Result<Option<Self>, AskError> {
        let columns =
            if is_sensor(stored) { measured(series, stored, range)? } else { metered(series, stored, range)? };
        Ok(Some(columns).filter(|columns| !columns.at.is_empty()))
    }

    /// A SHA-256 over all of it, in hexadecimal digits: while it is the same, so is what is found.
    pub(crate) fn version(&self, zone: smrt_core::MarketZone) -> String {
        let mut hash = Sha256::default();
        hash.update([METHOD]);
        hash.update(format!("{zone} {}", self.minutes));
        self.at.iter().for_each(|at| hash.update(at.to_le_bytes()));
        self.values.iter().for_each(|value| hash.update(value.to_bits().to_le_bytes()));
        for read in &self.registers {
            hash.update(read.at.to_le_bytes());
            hash.update(read.stand.to_bits().to_le_bytes());
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn measured(series: &mut Series, stored: &StoredChannel, range: &Range) -> Result<Columns, AskError> {
    let mut columns = Columns { at: Vec::new(), values: Vec::new(), minutes: 0, registers: Vec::new() };
    series.each_measurement(stored, range.micros(stored.channel.zone)?, &mut |measured| {
        columns.at.push(measured.at);
        columns.values.push(Signal::get(measured.value));
        ControlFlow::Continue(())
    })?;
    Ok(columns)
}

/// A reading on its way into columns.
struct Row {
    start: i64,
    value: f64,
    file: Arc<str>,
    line: u64,
}

fn metered(series: &mut Series, stored: &StoredChannel, range: &Range) -> Result<Columns, AskError> {
    let (from, to) = range.instants(stored.channel.zone)?;
    let (mut rows, mut lengths) = (Vec::new(), BTreeMap::<u32, usize>::new());
    series.store.readings(stored.id, from, to, &mut |reading| {
        let value = if reading.quality.flag == Flag::Null { f64::NAN } else { units(reading.quantity.micros()) };
        rows.push(Row { start: reading.start, value, file: reading.file, line: reading.line });
        *lengths.entry(u32::from(reading.minutes.minutes())).or_default() += 1;
        ControlFlow::Continue(())
    })?;
    let mut before = BTreeMap::<i64, Vec<f64>>::new();
    for doubled in series.store.doubled(stored.id, from, to)? {
        before.entry(doubled.start).or_default().push(units(doubled.quantity.micros()));
    }
    let alike = doubled_alike(series, &rows)?;
    let mut columns = Columns {
        at: Vec::with_capacity(rows.len()),
        values: Vec::with_capacity(rows.len()),
        minutes: lengths.into_iter().max_by_key(|&(_, count)| count).map_or(0, |(minutes, _)| minutes),
        registers: registers(series, stored, (from, to))?,
    };
    for row in rows {
        let earlier = before.remove(&row.start).unwrap_or_default();
        let again = earlier.is_empty() && alike.contains(&row.start);
        for value in earlier.into_iter().chain(again.then_some(row.value)).chain([row.value]) {
            columns.at.push(row.start.saturating_mul(SECOND));
            columns.values.push(value);
        }
    }
    Ok(columns)
}

#[expect(clippy::cast_precision_loss, reason = "what is examined are doubles; readings stay exact where they are")]
fn units(micros: i64) -> f64 {
    micros as f64 / 1e6
}

/// Starts of readings that stood in their file twice with one and the same value. The history keeps just what differs, so
/// the findings of the files tell: a line that is named there as the first, and has no other reading of the channel.
fn doubled_alike(series: &mut Series, rows: &[Row]) -> Result<HashSet<i64>, AskError> {
    let files: HashSet<&str> = rows.iter().map(|row| &*row.file).collect();
    let mut starts = HashMap::<(&str, u64), Vec<i64>>::new();
    for name in files {
        let filter = FileFilter {
            name: Some(name.to_owned()),
            status: Some(FileStatus::Loaded),
            newest: Some(1),
            ..FileFilter::default()
        };
        let Some(file) = series.store.files(&filter)?.into_iter().find(|file| file.findings > 0) else { continue };
        let findings = series.store.findings_of(file.id)?;
        let first_line = |finding: &StoredFinding| smrt_ingest::first_line_of_doubled(&finding.code, &finding.message);
        starts.extend(findings.shown.iter().filter_map(first_line).map(|line| ((name, line), Vec::new())));
    }
    for row in rows {
        if let Some(starts) = starts.get_mut(&(&*row.file, row.line)) {
            starts.push(row.start);
        }
    }
    Ok(starts.into_values().filter(|starts| starts.len() == 1).flatten().collect())
}

/// What the register of a channel showed: reads that came with it, else those of the one channel of its meter and unit that
/// has just reads, where it is the only one with readings.
fn registers(
    series: &mut Series,
    stored: &StoredChannel,
    (from, to): (Option<i64>, Option<i64>),
) -> Result<Vec<RegisterStand>, AskError> {
    let mut reads = series.store.register_reads(stored.id, from, to, false)?;
    if reads.is_empty() {
        let all = series.store.channels(Some(&stored.channel.meter))?;
        let of_unit = |other: &&StoredChannel| {
            (other.channel.scheme, &other.channel.meter, &other.channel.unit)
                == (stored.channel.scheme, &stored.channel.meter, &stored.channel.unit)
        };
        let mut others = all.iter().filter(of_unit).filter(|other| other.id != stored.id);
        if let (Some(other), None) = (others.next(), others.next())
            && series.store.daily(other.id, None, None)?.is_empty()
        {
            reads = series.store.register_reads(other.id, from, to, false)?;
        }
    }
    let mut stands = Vec::new();
    for read in &reads {
        for stand in read.read.previous.iter().chain([&read.read.current]) {
            let parsed = stand.at.zip(stand.text.trim().parse::<f64>().ok());
            stands.extend(parsed.map(|(at, stand)| RegisterStand { at: at.saturating_mul(SECOND), stand }));
        }
    }
    stands.sort_by(|a, b| a.at.cmp(&b.at).then(a.stand.total_cmp(&b.stand)));
    stands.dedup();
    Ok(stands)
}
