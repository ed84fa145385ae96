//! Readings in key order: by channel, then time, then version, then line, so that of two for one key the one that is to
//! stay comes last.
//!
//! Stores write sorted rows many times faster than unsorted ones, and rules about doubled keys and gaps need nothing
//! but the reading before. A file that is sorted by itself passes through batch by batch. One that is not is sorted in
//! bounded memory: runs of some hundred thousand readings, spilled to an unnamed temporary file where there is more
//! than one, and merged at the end.

use crate::produce::Halt;
use smrt_core::{Batch, IntervalLength, Quality, Quantity, Reading, Version};
use smrt_parser::Spare;
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{BufWriter, Write},
    os::unix::fs::FileExt,
    sync::Arc,
};

/// Bytes of a spilled reading.
pub(crate) const ROW: usize = 32;
/// Most readings of one run that are read back at once while merging.
const WINDOW: usize = 512;
/// Fewest, however many runs there are: less would be a read for every reading.
const LEAST_WINDOW: usize = 16;

/// The key that readings are put in order by.
type Key = (u32, i64, Version, u32);

fn key(reading: &Reading) -> Key {
    (reading.channel, reading.start, reading.version, reading.line)
}

/// Takes the batches of a file in its own order and gives them on in key order.
#[derive(Debug)]
pub(crate) struct Orderer {
    /// Readings kept in memory while sorting.
    most: usize,
    /// Whether the file is known to be out of order.
    sorting: bool,
    /// Key of the last reading given on as it came, without its line.
    last: Option<(u32, i64, Version)>,
    rows: Vec<Reading>,
    spill: Option<Spill>,
    /// Batches to go on with.
    spare: Arc<Spare>,
}

impl Orderer {
    /// An orderer that keeps at most `most` readings in memory; `sorting` where the file is known to be out of order.
    pub(crate) fn new(most: usize, sorting: bool) -> Self {
        Self { most: most.max(1), sorting, last: None, rows: Vec::new(), spill: None, spare: Arc::default() }
    }

    /// The same with batches that others have used up.
    pub(crate) fn reusing(self, spare: Arc<Spare>) -> Self {
        Self { spare, ..self }
    }

    /// Takes a batch.
    ///
    /// Fails with [`Halt::OutOfOrder`] when readings have been given on already that should have come later: the file
    /// must be read again by an orderer that knows.
    pub(crate) fn push(
        &mut self,
        batch: &mut Batch,
        give: &mut dyn FnMut(Batch) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        if !self.sorting && !self.continues(batch) {
            if self.last.is_some() {
                return Err(Halt::OutOfOrder);
            }
            self.sorting = true;
        }
        if !self.sorting {
            return give(std::mem::replace(batch, self.spare.take()));
        }
        // What is not sorted goes on at once: channels must be described first, the rest stands for itself.
        let ahead = Batch {
            new_channels: std::mem::take(&mut batch.new_channels),
            events: std::mem::take(&mut batch.events),
            register_reads: std::mem::take(&mut batch.register_reads),
            measurements: std::mem::take(&mut batch.measurements),
            sensor_names: std::mem::take(&mut batch.sensor_names),
            ..Batch::default()
        };
        if !ahead.holds_nothing() {
            give(ahead)?;
        }
        for reading in batch.readings() {
            if self.rows.len() >= self.most {
                self.spill_rows()?;
            }
            self.rows.push(reading);
        }
        Ok(())
    }

    /// Whether a batch is in key order and behind all that was given on; remembers its end.
    fn continues(&mut self, batch: &Batch) -> bool {
        let keys = || {
            let keys = batch.channel.iter().zip(&batch.start).zip(&batch.version);
            keys.map(|((&channel, &start), &version)| (channel, start, version))
        };
        let (Some(first), Some(last)) = (keys().next(), keys().next_back()) else { return true };
        let behind = self.last.is_none_or(|last| last <= first);
        let continues = behind && keys().is_sorted();
        if continues {
            self.last = Some(last);
        }
        continues
    }

    /// Gives on what is left.
    pub(crate) fn finish(&mut self, give: &mut dyn FnMut(Batch) -> Result<(), Halt>) -> Result<(), Halt> {
        self.rows.sort_unstable_by_key(key);
        let rows = std::mem::take(&mut self.rows);
        match self.spill.take() {
            None => in_batches(rows.into_iter().map(Ok), give),
            Some(spill) => in_batches(spill.merge(rows, self.most)?, give),
        }
    }

    fn spill_rows(&mut self) -> Result<(), Halt> {
        self.rows.sort_unstable_by_key(key);
        if self.spill.is_none() {
            self.spill = Some(Spill::new().map_err(Halt::Temporary)?);
        }
        if let Some(spill) = &mut self.spill {
            spill.write(&self.rows).map_err(Halt::Temporary)?;
        }
        self.rows.clear();
        Ok(())
    }
}

/// Gathers readings into batches.
fn in_batches(
    readings: impl Iterator<Item = Result<Reading, Halt>>,
    give: &mut dyn FnMut(Batch) -> Result<(), Halt>,
) -> Result<(), Halt> {
    let mut batch = Batch::default();
    for reading in readings {
        batch.push(reading?);
        if batch.is_full() {
            give(std::mem::replace(&mut batch, Batch::with_capacity(Batch::CAPACITY)))?;
        }
    }
    if batch.is_empty() { Ok(()) } else { give(batch) }
}

/// Sorted runs in a temporary file that has no name and so goes with the process.
#[derive(Debug)]
struct Spill {
    file: File,
    /// End of each run, in readings.
    ends: Vec<u64>,
}

impl Spill {
    fn new() -> std::io::Result<Self> {
        Ok(Self { file: tempfile::tempfile()?, ends: Vec::new() })
    }

    fn written(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    fn write(&mut self, rows: &[Reading]) -> std::io::Result<()> {
        let mut out = BufWriter::with_capacity(256 * 1024, &self.file);
        for reading in rows {
            out.write_all(&to_bytes(reading))?;
        }
        out.flush()?;
        drop(out);
        self.ends.push(self.written() + rows.len() as u64);
        Ok(())
    }

    /// All readings in key order, with those still in memory. The windows of all runs together hold `most` readings, as
    /// long as each has its least.
    fn merge(self, rows: Vec<Reading>, most: usize) -> Result<Merge, Halt> {
        let window = (most / self.ends.len().max(1)).clamp(LEAST_WINDOW, WINDOW);
        let mut start = 0;
        let mut runs: Vec<Run> = Vec::with_capacity(self.ends.len() + 1);
        for &end in &self.ends {
            runs.push(Run { next: start, end, window: Vec::new().into_iter() });
            start = end;
        }
        runs.push(Run { next: start, end: start, window: rows.into_iter() });
        let mut merge = Merge { file: self.file, window, heads: BinaryHeap::with_capacity(runs.len()), runs };
        for run in 0..merge.runs.len() {
            merge.advance(run)?;
        }
        Ok(merge)
    }
}

/// A sorted run: a window of it in memory, the rest in the file.
#[derive(Debug)]
struct Run {
    next: u64,
    end: u64,
    window: std::vec::IntoIter<Reading>,
}

/// Merges sorted runs: always the smallest of their heads.
#[derive(Debug)]
struct Merge {
    file: File,
    /// Readings of a run that are read back at once.
    window: usize,
    runs: Vec<Run>,
    heads: BinaryHeap<Reverse<Head>>,
}

#[derive(Clone, Copy, Debug)]
struct Head {
    reading: Reading,
    run: usize,
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        key(&self.reading).cmp(&key(&other.reading))
    }
}

impl Merge {
    /// The next reading of a run, read from the file where its window is used up.
    fn next_of(&mut self, run: usize) -> Result<Option<Reading>, Halt> {
        let Run { next, end, window } = &mut self.runs[run];
        if let Some(reading) = window.next() {
            return Ok(Some(reading));
        }
        let count = usize::try_from(*end - *next).unwrap_or(usize::MAX).min(self.window);
        if count == 0 {
            return Ok(None);
        }
        let mut bytes = vec![0; count * ROW];
        self.file.read_exact_at(&mut bytes, *next * ROW as u64).map_err(Halt::Temporary)?;
        *next += count as u64;
        let (rows, _) = bytes.as_chunks::<ROW>();
        *window = rows.iter().map(from_bytes).collect::<Vec<_>>().into_iter();
        Ok(window.next())
    }

    fn advance(&mut self, run: usize) -> Result<(), Halt> {
        if let Some(reading) = self.next_of(run)? {
            self.heads.push(Reverse(Head { reading, run }));
        }
        Ok(())
    }
}

impl Iterator for Merge {
    type Item = Result<Reading, Halt>;

    fn next(&mut self) -> Option<Self::Item> {
        let head = self.heads.peek()?.0;
        // Replacing the smallest head in place sifts the heap once instead of twice.
        match self.next_of(head.run) {
            Ok(Some(reading)) => {
                if let Some(mut top) = self.heads.peek_mut() {
                    *top = Reverse(Head { reading, run: head.run });
                }
            }
            Ok(None) => {
                self.heads.pop();
            }
            Err(error) => return Some(Err(error)),
        }
        Some(Ok(head.reading))
    }
}

pub(crate) fn to_bytes(reading: &Reading) -> [u8; ROW] {
    let mut bytes = [0; ROW];
    bytes[0..8].copy_from_slice(&reading.start.to_le_bytes());
    bytes[8..16].copy_from_slice(&reading.quantity.micros().to_le_bytes());
    bytes[16..20].copy_from_slice(&reading.channel.to_le_bytes());
    bytes[20..24].copy_from_slice(&reading.line.to_le_bytes());
    bytes[24..26].copy_from_slice(&reading.minutes.minutes().to_le_bytes());
    bytes[26..28].copy_from_slice(&reading.quality.code().to_le_bytes());
    bytes[28..32].copy_from_slice(&reading.version.number().to_le_bytes());
    bytes
}

pub(crate) fn from_bytes(bytes: &[u8; ROW]) -> Reading {
    fn part<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
        bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
    }
    Reading {
        start: i64::from_le_bytes(part(bytes, 0)),
        quantity: Quantity::from_micros(i64::from_le_bytes(part(bytes, 8))),
        channel: u32::from_le_bytes(part(bytes, 16)),
        line: u32::from_le_bytes(part(bytes, 20)),
        minutes: IntervalLength::from_minutes(u16::from_le_bytes(part(bytes, 24))).unwrap_or(IntervalLength::HOUR),
        quality: Quality::from_code(i16::from_le_bytes(part(bytes, 26))).unwrap_or_default(),
        version: Version::from_number(u32::from_le_bytes(part(bytes, 28))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Readings whose keys are `channel * 1000 + hour`, in the given order.
    fn batches(keys: &[u32], per_batch: usize) -> Vec<Batch> {
        let reading = |(line, &key): (usize, &u32)| Reading {
            channel: key / 1000,
            start: i64::from(key % 1000) * 3600,
            minutes: IntervalLength::HOUR,
            quantity: Quantity::from_micros(i64::from(key)),
            quality: Quality::from_code(314).unwrap(),
            version: Version::from_number(key),
            line: u32::try_from(line).unwrap() + 2,
        };
        let readings: Vec<Reading> = keys.iter().enumerate().map(reading).collect();
        readings
            .chunks(per_batch)
            .map(|chunk| {
                let mut batch = Batch::default();
                chunk.iter().for_each(|&reading| batch.push(reading));
                batch
            })
            .collect()
    }

    fn run(keys: &[u32], per_batch: usize, most: usize, sorting: bool) -> Result<Vec<Reading>, Halt> {
        let mut orderer = Orderer::new(most, sorting);
        let mut out = Vec::new();
        let mut give = |batch: Batch| {
            out.extend(batch.readings());
            Ok(())
        };
        for mut batch in batches(keys, per_batch) {
            orderer.push(&mut batch, &mut give)?;
        }
        orderer.finish(&mut give)?;
        Ok(out)
    }

    #[test]
    fn whatever_the_order_and_the_memory_readings_leave_in_key_order() {
        let sorted: Vec<u32> = (0..20).flat_map(|channel| (0..30).map(move |hour| channel * 1000 + hour)).collect();
        let by_time: Vec<u32> = (0..30).flat_map(|hour| (0..20).map(move |channel| channel * 1000 + hour)).collect();
        let mut doubled = by_time.clone();
        doubled.extend_from_slice(&by_time[..100]);
        for keys in [sorted, by_time, doubled] {
            let mut expected: Vec<Reading> = batches(&keys, keys.len())[0].readings().collect();
            expected.sort_by_key(key);
            for per_batch in [1, 7, 1000] {
                for most in [1, 10, 64, 100_000] {
                    match run(&keys, per_batch, most, false) {
                        Ok(out) => assert_eq!(out, expected),
                        Err(halt) => assert!(matches!(halt, Halt::OutOfOrder)),
                    }
                    assert_eq!(run(&keys, per_batch, most, true).unwrap(), expected);
                }
            }
        }
    }

    #[test]
    fn however_many_runs_are_merged_their_windows_hold_no_more_than_a_run() {
        let mut spill = Spill::new().unwrap();
        let keys: Vec<u32> = (0..100_000).collect();
        for run in batches(&keys, 1000) {
            spill.write(&run.readings().collect::<Vec<_>>()).unwrap();
        }
        let merge = spill.merge(Vec::new(), 2000).unwrap();
        let held: usize = merge.runs.iter().map(|run| run.window.len()).sum();
        assert!(held <= 2000, "{held}");
        assert_eq!(merge.count(), keys.len());
    }

    #[test]
    fn a_sorted_file_is_given_on_as_it_comes() {
        let keys: Vec<u32> = (0..100).collect();
        let mut orderer = Orderer::new(10, false);
        let mut given = 0;
        for mut batch in batches(&keys, 10) {
            orderer
                .push(&mut batch, &mut |batch| {
                    given += batch.len();
                    Ok(())
                })
                .unwrap();
        }
        assert_eq!((given, orderer.rows.len(), orderer.spill.is_none()), (100, 0, true));
    }

    #[test]
    fn a_reading_that_comes_too_late_asks_for_another_pass() {
        assert!(matches!(run(&[1, 2, 3, 1], 3, 10, false), Err(Halt::OutOfOrder)));
    }
}
