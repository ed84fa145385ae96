//! One large source on many cores.
//!
//! The source is cut where a record begins, each part is read by a reader of its own on any core, and the parts are
//! handed on in their order. A part begins before the one ahead of it has been read, so what its reader has to know is
//! guessed from a quick look at the text between; when the part ahead turns out to end otherwise, the part is read
//! again from what is true. So the result is that of reading the source from its start, whatever it holds.
//!
//! Readers of parts number lines and channels from the start of their part: [`Part::lines_before`] and
//! [`ChannelNumbers`] turn these numbers into those of the source.

use crate::{BatchReader, Blocks, Decoded, Options, ParseError, Sink, decode::Progress, interner::Interner};
use smrt_core::{Batch, Channel, FileHeader, Position};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

/// A reader that can begin in the middle of a source.
pub trait Splittable: BatchReader + Sized {
    /// All that a record depends on of those before it; places and numbers of channels left out.
    type State: Clone + PartialEq + Send;

    /// The state of a reader that has read nothing.
    fn start(options: &Options) -> Self::State;

    /// A reader that goes on at `at` as one in `state` would.
    fn resume(options: &Options, state: &Self::State, at: Position) -> Self;

    /// Its state.
    fn state(&self) -> Self::State;

    /// Where it stands.
    fn position(&self) -> Position;

    /// Ends what the lines so far have begun, because a record begins with the next one.
    ///
    /// # Errors
    /// What it lacks.
    fn pause(&mut self, _batch: &mut Batch) -> Result<(), ParseError> {
        Ok(())
    }

    /// Bytes of whole lines at the front of `lines` behind which a record begins that a reader can begin with; the
    /// last such place, `None` where there is none.
    fn split(lines: &[u8]) -> Option<usize>;

    /// The state that a reader which begins in `state` will most likely have behind `lines`.
    fn predict(options: &Options, state: &Self::State, lines: &[u8]) -> Self::State;
}

/// What one part of a source gave.
#[derive(Debug)]
pub struct Part<'a, S> {
    /// The sink that the part was read into; channels are numbered from 0 in each part.
    pub sink: S,
    /// Lines of the source before this part: to be added to each line the sink was told.
    pub lines_before: u64,
    /// What the source has said of itself so far.
    pub header: &'a FileHeader,
    /// The text of the part.
    pub text: &'a [u8],
    /// Bytes of the source before it.
    pub offset: u64,
}

/// Takes the parts of a source in their order.
pub type Take<'a, S> = dyn FnMut(Part<'_, S>) -> Result<(), <S as Sink>::Error> + 'a;

/// A part on its way to a reader.
struct Work<T> {
    number: u64,
    text: Vec<u8>,
    state: T,
    offset: u64,
    /// Whether the source ends with it.
    is_last: bool,
}

/// A part that has been read.
struct Done<T, S: Sink> {
    work: Work<T>,
    end: T,
    lines: u64,
    decoded: Decoded,
    sink: Result<S, S::Error>,
}

/// Reads a part.
fn read<R: Splittable, S: Sink>(work: Work<R::State>, options: &Options, mut sink: S) -> Done<R::State, S> {
    let at = Position { offset: work.offset, ..Position::START };
    let mut reader = R::resume(options, &work.state, at);
    let mut progress = Progress::at(work.offset, sink.spare());
    let mut result = progress.block(&mut reader, &work.text, &mut sink);
    if work.is_last && result.is_ok() {
        result = progress.finish(&mut reader, &mut sink);
    } else if result.is_ok() {
        result = progress.pause(&mut reader, &mut sink);
    }
    let decoded = progress.decoded(&reader);
    let lines = reader.position().line - Position::START.line;
    sink.give_back(progress.into_batch());
    Done { end: reader.state(), lines, decoded, sink: result.map(|()| sink), work }
}

/// Reads a source in parts of at least `size` bytes on `jobs` threads. `make` gives a sink for each part; `take` gets the parts in their order,
/// on the calling thread.
///
/// # Errors
/// The errors of `blocks`, of the sinks and of `take`, the first in the order of the source.
pub fn drive_parts<R, B, S>(
    size: usize,
    options: &Options,
    jobs: usize,
    blocks: &mut B,
    make: &(impl Fn() -> S + Sync),
    take: &mut Take<'_, S>,
) -> Result<Decoded, S::Error>
where
    R: Splittable,
    B: Blocks<S::Error>,
    S: Sink + Send,
    S::Error: Send,
{
    let (to_workers, work) = channel::<Work<R::State>>();
    let (done, from_workers) = channel();
    let work = Mutex::new(work);
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            let (work, done) = (&work, done.clone());
            scope.spawn(move || run::<R, S>(work, &done, options, make));
        }
        drop(done);
        let mut parts = Parts::<R, S> {
            size,
            options,
            make,
            take,
            from_workers,
            ahead: 0,
            next: 0,
            early: BTreeMap::new(),
            spare: Vec::new(),
            state: R::start(options),
            lines: 0,
            decoded: Decoded::default(),
        };
        let result = parts.run(blocks, &to_workers, jobs.max(1) + 2);
        // That ends the workers.
        drop(to_workers);
        result.map(|()| parts.decoded)
    })
}

/// A worker: reads parts until there are no more.
fn run<R: Splittable, S: Sink>(
    work: &Mutex<Receiver<Work<R::State>>>,
    done: &Sender<Answer<R::State, S>>,
    options: &Options,
    make: &impl Fn() -> S,
) {
    let _alarm = Alarm(done);
    loop {
        // A poisoned lock means that another worker panicked while it waited; its panic is passed on at the end.
        let Some(work) = work.lock().ok().and_then(|work| work.recv().ok()) else { return };
        if done.send(Answer::Done(read::<R, S>(work, options, make()))).is_err() {
            return;
        }
    }
}

/// What a worker says.
enum Answer<T, S: Sink> {
    Done(Done<T, S>),
    Panicked,
}

/// Says that its worker has panicked: nobody must wait for the part it had.
struct Alarm<'a, T, S: Sink>(&'a Sender<Answer<T, S>>);

impl<T, S: Sink> Drop for Alarm<'_, T, S> {
    fn drop(&mut self) {
        if thread::panicking() {
            // Who does not listen any more does not wait either.
            let _ = self.0.send(Answer::Panicked);
        }
    }
}

/// The parts on their way, and what is known of those that have been taken.
struct Parts<'a, R: Splittable, S: Sink> {
    /// Bytes of a part.
    size: usize,
    options: &'a Options,
    make: &'a dyn Fn() -> S,
    take: &'a mut Take<'a, S>,
    from_workers: Receiver<Answer<R::State, S>>,
    /// Parts handed out and not yet taken.
    ahead: usize,
    /// The part whose turn it is.
    next: u64,
    /// Parts that were ready before their turn.
    early: BTreeMap<u64, Done<R::State, S>>,
    /// Buffers to be used again: fresh memory costs more than copying into it.
    spare: Vec<Vec<u8>>,
    /// The true state behind all parts taken.
    state: R::State,
    lines: u64,
    decoded: Decoded,
}

impl<R: Splittable, S: Sink> Parts<'_, R, S> {
    fn run<B: Blocks<S::Error>>(
        &mut self,
        blocks: &mut B,
        to_workers: &Sender<Work<R::State>>,
        most_ahead: usize,
    ) -> Result<(), S::Error> {
        let (mut number, mut offset, mut guess) = (0, 0, R::start(self.options));
        let mut text = Vec::with_capacity(self.size * 2);
        loop {
            let block = blocks.next_block()?;
            let is_last = block.is_none();
            text.extend_from_slice(block.unwrap_or_default());
            if text.len() < self.size && !is_last {
                continue;
            }
            let Some(at) = (if is_last { Some(text.len()) } else { R::split(&text) }) else { continue };
            let mut rest = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(self.size * 2));
            rest.extend_from_slice(&text[at..]);
            text.truncate(at);
            let end = if is_last { guess.clone() } else { R::predict(self.options, &guess, &text) };
            let work = Work { number, text: std::mem::replace(&mut text, rest), state: guess, offset, is_last };
            (number, offset, guess) = (number + 1, offset + at as u64, end);
            // The workers only leave when this end of the channel is gone.
            let _ = to_workers.send(work);
            self.ahead += 1;
            while self.ahead >= most_ahead || (is_last && self.ahead > 0) {
                self.take_next()?;
            }
            if is_last {
                return Ok(());
            }
        }
    }

    /// Waits for the part whose turn it is and hands it on.
    fn take_next(&mut self) -> Result<(), S::Error> {
        let mut done = loop {
            if let Some(done) = self.early.remove(&self.next) {
                break done;
            }
            match self.from_workers.recv() {
                Ok(Answer::Done(done)) => self.early.insert(done.work.number, done),
                // The panic is passed on when the scope ends.
                Ok(Answer::Panicked) | Err(_) => {
                    self.ahead = 0;
                    return Ok(());
                }
            };
        };
        if done.work.state != self.state {
            let work = Work { state: self.state.clone(), ..done.work };
            done = read::<R, S>(work, self.options, (self.make)());
        }
        let Done { work, end, lines, decoded, sink } = done;
        (self.next, self.ahead) = (self.next + 1, self.ahead - 1);
        let lines_before = self.lines;
        (self.state, self.lines) = (end, self.lines + lines);
        if self.decoded.header == FileHeader::default() {
            self.decoded.header = decoded.header;
        }
        self.decoded.records += decoded.records;
        self.decoded.rounded += decoded.rounded;
        let Work { mut text, offset, .. } = work;
        let part = Part { sink: sink?, lines_before, header: &self.decoded.header, text: &text, offset };
        (self.take)(part)?;
        text.clear();
        self.spare.push(text);
        Ok(())
    }
}

/// The numbers of channels in a source, found from their descriptions: each part numbers its own from 0.
#[derive(Debug, Default)]
pub struct ChannelNumbers {
    known: Interner,
    identity: Vec<u8>,
}

/// A source has more channels than can be numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more channels than smrt can number ({limit})", limit = Interner::MOST)]
pub struct TooManyChannels;

impl ChannelNumbers {
    /// The number of a channel in the source, and whether it is new there.
    fn number(&mut self, channel: &Channel) -> Result<(u32, bool), TooManyChannels> {
        let Channel { scheme, meter, name, unit, .. } = channel;
        self.identity.clear();
        for text in [scheme.as_str(), meter, name, unit] {
            self.identity.extend_from_slice(text.as_bytes());
            // No reader lets a control character into a description.
            self.identity.push(0);
        }
        self.known.intern(&self.identity).map_err(|_| TooManyChannels)
    }

    /// Numbers channels in the order a part describes them: `numbers` maps those of the part to those of the source, and
    /// grows by them. Just channels that are new to the source stay.
    ///
    /// # Errors
    /// [`TooManyChannels`] beyond a million, or where their descriptions are too long.
    pub fn keep_new(&mut self, channels: &mut Vec<Channel>, numbers: &mut Vec<u32>) -> Result<(), TooManyChannels> {
        let mut result = Ok(());
        channels.retain(|channel| match self.number(channel) {
            Ok((number, is_new)) => {
                numbers.push(number);
                is_new
            }
            Err(error) => {
                result = Err(error);
                false
            }
        });
        result
    }

    /// Turns what a part numbered into the numbers of the source, with its channels as [`ChannelNumbers::keep_new`] has
    /// them.
    ///
    /// # Errors
    /// As [`ChannelNumbers::keep_new`].
    pub fn renumber(&mut self, batch: &mut Batch, numbers: &mut Vec<u32>) -> Result<(), TooManyChannels> {
        self.keep_new(&mut batch.new_channels, numbers)?;
        let turn = |channel: &mut u32| *channel = numbers.get(*channel as usize).copied().unwrap_or(u32::MAX);
        batch.channel.iter_mut().for_each(turn);
        batch.events.iter_mut().for_each(|event| turn(&mut event.channel));
        batch.register_reads.iter_mut().for_each(|read| turn(&mut read.channel));
        batch.measurements.channel.iter_mut().for_each(turn);
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{Remark, drive, smrt::Reader};
    use proptest::prelude::*;
    use smrt_core::{IntervalEvent, Reading, RegisterRead};
    use std::convert::Infallible;

    /// All that a source gives.
    #[derive(Debug, Default, PartialEq)]
    struct Said {
        channels: Vec<Channel>,
        readings: Vec<Reading>,
        events: Vec<IntervalEvent>,
        register_reads: Vec<RegisterRead>,
        remarks: Vec<Remark>,
        problems: Vec<ParseError>,
    }

    impl Said {
        fn add(&mut self, batch: &mut Batch) {
            self.readings.extend(batch.readings());
            self.channels.append(&mut batch.new_channels);
            self.events.append(&mut batch.events);
            self.register_reads.append(&mut batch.register_reads);
        }
    }

    impl Sink for Said {
        type Error = Infallible;

        fn batch(&mut self, _header: &FileHeader, batch: &mut Batch) -> Result<(), Infallible> {
            self.add(batch);
            Ok(())
        }

        fn remark(&mut self, remark: Remark, _line: &[u8]) -> Result<(), Infallible> {
            self.remarks.push(remark);
            Ok(())
        }

        fn problem(&mut self, problem: ParseError, _line: &[u8]) -> Result<(), Infallible> {
            self.problems.push(problem);
            Ok(())
        }
    }

    fn in_parts<R: Splittable>(size: usize, jobs: usize, options: &Options, mut text: &[u8]) -> (Said, Decoded) {
        let (mut all, mut known) = (Said::default(), ChannelNumbers::default());
        let mut take = |part: Part<'_, Said>| {
            let Said { channels, readings, events, register_reads, remarks, problems } = part.sink;
            let mut batch = Batch { new_channels: channels, events, register_reads, ..Batch::default() };
            readings.into_iter().for_each(|reading| batch.push(reading));
            known.renumber(&mut batch, &mut Vec::new()).unwrap();
            let before = u32::try_from(part.lines_before).unwrap();
            batch.line.iter_mut().for_each(|line| *line += before);
            batch.events.iter_mut().for_each(|event| event.line += before);
            batch.register_reads.iter_mut().for_each(|read| read.line += before);
            all.add(&mut batch);
            all.remarks.extend(remarks.into_iter().map(|mut remark| {
                remark.span.position.line += u64::from(before);
                remark
            }));
            all.problems.extend(problems.into_iter().map(|mut problem| {
                problem.span.position.line += u64::from(before);
                problem
            }));
            Ok(())
        };
        let Ok(decoded) = drive_parts::<R, _, _>(size, options, jobs, &mut text, &Said::default, &mut take);
        (all, decoded)
    }

    /// Checks that parts of a text give what the whole gives.
    pub(crate) fn check_parts<R: Splittable>(size: usize, jobs: usize, options: &Options, text: &[u8]) {
        let (mut whole, mut rest) = (Said::default(), text);
        let mut reader = R::resume(options, &R::start(options), Position::START);
        let Ok(decoded) = drive(&mut reader, &mut rest, &mut whole);
        assert_eq!(in_parts::<R>(size, jobs, options, text), (whole, decoded), "{}", String::from_utf8_lossy(text));
    }

    const LINES: [&str; 6] = [
        "\"CONSU\",\"0000000001\",\"20190928\",\"0100\",1.52\n",
        "\"CONSU\",\"0000000002\",\"20190928\",\"0100\",0.25\r\n",
        "\"CONSU\",\"0000000001\",\"20190931\",\"0100\",1.52\n",
        "# a comment\n",
        "\"TRAIL\"\n",
        "\"HEADR\",\"SMRT\",\"GAZ\",\"20191011\",\"134942\",\"PN007505\"\n",
    ];

    #[test]
    fn measurements_get_the_numbers_of_the_source_too() {
        let sensor = |code: &str| Channel {
            scheme: smrt_core::Scheme::Sensor,
            meter: code.to_owned(),
            name: String::new(),
            unit: String::new(),
            source_unit: String::new(),
            serial: String::new(),
            register: String::new(),
            plant: String::new(),
            zone: smrt_core::MarketZone::Utc,
        };
        let mut known = ChannelNumbers::default();
        for (codes, expected) in [(["a", "b"], [0, 1]), (["c", "b"], [2, 1])] {
            let mut batch = Batch { new_channels: codes.map(sensor).to_vec(), ..Batch::default() };
            batch.measurements.channel = vec![0, 1];
            known.renumber(&mut batch, &mut Vec::new()).unwrap();
            assert_eq!(batch.measurements.channel, expected);
        }
    }

    proptest! {
        #[test]
        fn parts_give_what_the_whole_gives(
            lines in prop::collection::vec(prop_oneof![20 => 0..4usize, 1 => 4..6usize], 0..60),
            size in 1usize..400,
            jobs in 1usize..4,
            is_cut: bool,
        ) {
            let mut text = LINES[5].to_owned();
            lines.iter().for_each(|&line| text.push_str(LINES[line]));
            text.push_str(LINES[4]);
            if is_cut {
                text.truncate(text.len() / 2);
            }
            check_parts::<Reader>(size, jobs, &Options::default(), text.as_bytes());
        }
    }

    /// A sink that cannot take a batch of many.
    struct Narrow;

    impl Sink for Narrow {
        type Error = String;

        fn batch(&mut self, _header: &FileHeader, batch: &mut Batch) -> Result<(), String> {
            if batch.len() < 10 { Ok(()) } else { Err("too many".to_owned()) }
        }

        fn problem(&mut self, _problem: ParseError, _line: &[u8]) -> Result<(), String> {
            Ok(())
        }
    }

    #[test]
    fn the_first_failure_ends_it_and_nobody_waits() {
        let text = LINES[0].repeat(10_000);
        let result = drive_parts::<Reader, _, _>(
            1000,
            &Options::default(),
            3,
            &mut text.as_bytes(),
            &|| Narrow,
            &mut |_| Ok(()),
        );
        assert_eq!(result.unwrap_err(), "too many");
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_worker_that_panics_is_not_waited_for() {
        let text = LINES[0].repeat(1000);
        let make = || -> Said { panic!("a sink that cannot be made") };
        let _ = drive_parts::<Reader, _, _>(1000, &Options::default(), 2, &mut text.as_bytes(), &make, &mut |_| Ok(()));
    }
}
