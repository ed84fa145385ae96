//! A file straight into days, on all cores.
//!
//! Daily totals need no batches behind the reader: each part of a file is folded where it is read, and what goes on is
//! its days, a fraction of its readings. The rules, which refuse nothing, do not look at it. That holds for files in
//! key order without doubled keys; where one turns out to be otherwise it says [`Halt::OutOfOrder`] and is read again
//! the usual way.

use super::{
    daily::{DailyFold, Day},
    stats::Tallied,
};
use crate::{
    produce::{Checker, Halt},
    source::HashedBlocks,
};
use smrt_core::{Batch, Channel, FileHeader, MarketZone};
use smrt_parser::{ChannelNumbers, Decoded, Format, Options, ParseError, Part, Remark, Sink, Spare, decode_parts};
use std::ops::Range;

/// Days that follow those before, in key order. The first may go on with the last day before it.
#[derive(Debug, Default)]
pub(crate) struct DayRun {
    /// Channels that are described first here.
    pub(crate) new_channels: Vec<Channel>,
    /// The days, by the numbers of channels in the file.
    pub(crate) days: Vec<Day>,
    /// What the readings behind them come to.
    pub(crate) tallied: Tallied,
}

impl DayRun {
    /// How many readings they stand for.
    pub(crate) fn readings(&self) -> u64 {
        self.tallied.readings()
    }
}

/// What is read of one part.
struct Folded<'s> {
    run: DayRun,
    zones: Vec<MarketZone>,
    /// Those of the batch in hand.
    stretches: Vec<Range<usize>>,
    fold: DailyFold,
    /// Channel and start of the first and the last reading.
    first: Option<(u32, i64)>,
    last: Option<(u32, i64)>,
    is_rising: bool,
    /// Each with whether it came with a line.
    remarks: Vec<(Remark, bool)>,
    problems: Vec<(ParseError, Vec<u8>)>,
    spare: &'s Spare,
}

impl<'s> Folded<'s> {
    fn new(spare: &'s Spare) -> Self {
        Self {
            run: DayRun::default(),
            zones: Vec::new(),
            stretches: Vec::new(),
            fold: DailyFold::default(),
            first: None,
            last: None,
            is_rising: true,
            remarks: Vec::new(),
            problems: Vec::new(),
            spare,
        }
    }

    /// Notes where the readings of a batch stand; whether they follow those before.
    fn follows(&mut self, batch: &Batch) -> bool {
        self.stretches.iter().all(|stretch| {
            let key = |at: usize| (batch.channel[at], batch.start[at]);
            let (first, last) = (key(stretch.start), key(stretch.end - 1));
            self.first.get_or_insert(first);
            self.last.replace(last).is_none_or(|before| before < first)
        })
    }
}

impl Sink for Folded<'_> {
    type Error = Halt;

    fn spare(&mut self) -> Batch {
        self.spare.take()
    }

    fn give_back(&mut self, batch: Batch) {
        self.spare.give_back(batch);
    }

    fn batch(&mut self, _header: &FileHeader, batch: &mut Batch) -> Result<(), Halt> {
        self.stretches.clear();
        self.stretches.extend(batch.stretches());
        self.is_rising &= self.follows(batch);
        self.zones.extend(batch.new_channels.iter().map(|channel| channel.zone));
        self.run.new_channels.append(&mut batch.new_channels);
        self.run.tallied.add(batch, &self.stretches);
        let (zones, days) = (&self.zones, &mut self.run.days);
        let zone = |channel: u32| zones.get(channel as usize).copied().unwrap_or(MarketZone::Utc);
        self.fold.add(batch, self.stretches.iter().cloned(), zone, &mut |day| {
            days.push(day);
            Ok(())
        })
    }

    fn remark(&mut self, remark: Remark, line: &[u8]) -> Result<(), Halt> {
        self.remarks.push((remark, !line.is_empty()));
        Ok(())
    }

    fn problem(&mut self, problem: ParseError, line: &[u8]) -> Result<(), Halt> {
        self.problems.push((problem, line.to_vec()));
        Ok(())
    }
}

/// Bytes of a part: handing one over must not count, and its days are few.
const PART: usize = 1 << 20;

/// Reads a file into days and hands them to the checker.
pub(crate) fn decode(
    cores: usize,
    spare: &Spare,
    format: Format,
    options: &Options,
    blocks: &mut HashedBlocks<'_>,
    checker: &mut Checker<'_>,
) -> Result<Decoded, Halt> {
    let mut joined = Joined::default();
    let make = || Folded::new(spare);
    decode_parts(format, options, PART, cores, blocks, &make, &mut |part| joined.take(part, checker))
}

/// The parts so far.
#[derive(Default)]
struct Joined {
    known: ChannelNumbers,
    /// Channel in the file and start of the last reading.
    last: Option<(u32, i64)>,
}

impl Joined {
    fn take(&mut self, part: Part<'_, Folded<'_>>, checker: &mut Checker<'_>) -> Result<(), Halt> {
        let Part { sink: mut folded, lines_before, text, offset, .. } = part;
        for (mut remark, has_line) in folded.remarks {
            let line = if has_line { remark.span.line_in(text, offset) } else { b"" };
            remark.span.position.line += lines_before;
            checker.remark(remark, line)?;
        }
        for (mut problem, line) in folded.problems {
            problem.span.position.line += lines_before;
            checker.problem(problem, &line)?;
        }
        folded.fold.finish(&mut |day| {
            folded.run.days.push(day);
            Ok::<(), Halt>(())
        })?;
        let mut numbers = Vec::new();
        self.known.keep_new(&mut folded.run.new_channels, &mut numbers).map_err(|_| Halt::OutOfOrder)?;
        let number = |channel: u32| numbers.get(channel as usize).copied().unwrap_or(u32::MAX);
        let follows = match (self.last, folded.first) {
            (Some(last), Some((channel, start))) => last < (number(channel), start),
            _ => true,
        };
        if !folded.is_rising || !follows || !numbers.is_sorted() {
            return Err(Halt::OutOfOrder);
        }
        self.last = folded.last.map(|(channel, start)| (number(channel), start)).or(self.last);
        folded.run.days.iter_mut().for_each(|day| day.channel = number(day.channel));
        checker.send_days(folded.run)
    }
}
