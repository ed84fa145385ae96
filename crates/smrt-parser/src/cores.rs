//! What [`crate::decode()`] does, on several cores.
//!
//! The caller's sink is told the same as by one core, in the same order and with the same lines: just how readings are
//! cut into batches may differ. Formats whose records hang together too much to be read in parts are read by one core.

use crate::{
    Blocks, ChannelNumbers, Decoded, ErrorKind, Format, Options, ParseError, Part, Remark, Sink, Spare, asexml, decode,
    drive_parts, interner::Interner, nem12, parts::Take, smrt,
};
use smrt_core::{Batch, FileHeader, Position, Span};
use std::marker::PhantomData;

/// Decodes one source of the given format on up to `jobs` cores. Batches are taken from `spare`, and go there again
/// where the sink leaves them.
///
/// # Errors
/// The errors of `blocks` and of `sink`; problems of the source itself are given to the sink.
pub fn decode_on<B, S>(
    jobs: usize,
    spare: &Spare,
    format: Format,
    options: &Options,
    blocks: &mut B,
    sink: &mut S,
) -> Result<Decoded, S::Error>
where
    B: Blocks<S::Error>,
    S: Sink,
    S::Error: Send,
{
    if jobs < 2 {
        return decode(format, options, blocks, sink);
    }
    let mut blocks = Begun::new(blocks)?;
    if is_one_part(format, &blocks) {
        // Straight to the sink: nothing has to be kept, and the lines are at hand.
        return decode(format, options, &mut blocks, sink);
    }
    let mut numbers = ChannelNumbers::default();
    let make = || Kept { words: Vec::new(), spare, error: PhantomData };
    decode_parts(format, options, KEPT_PART, jobs, &mut blocks, &make, &mut |part| retell(part, &mut numbers, sink))
}

/// Bytes of a part whose readings are kept: what several cores make of their parts must stay small.
const KEPT_PART: usize = 1 << 18;

/// Decodes one source in parts of at least `size` bytes on up to `jobs` cores, each part into a sink of its own that `make` gives; `take` gets
/// the parts in their order, on the calling thread. A source of a format that does not [split](Format::splits) is one
/// part without its text, and so is one inside a message.
///
/// # Errors
/// The errors of `blocks`, of the sinks and of `take`.
pub fn decode_parts<B, S>(
    format: Format,
    options: &Options,
    size: usize,
    jobs: usize,
    blocks: &mut B,
    make: &(impl Fn() -> S + Sync),
    take: &mut Take<'_, S>,
) -> Result<Decoded, S::Error>
where
    B: Blocks<S::Error>,
    S: Sink + Send,
    S::Error: Send,
{
    let mut blocks = Begun::new(blocks)?;
    if is_one_part(format, &blocks) {
        return decode_whole(format, options, &mut blocks, make, take);
    }
    match format {
        Format::Smrt => drive_parts::<smrt::Reader, _, _>(size, options, jobs, &mut blocks, make, take),
        Format::Nem12 => drive_parts::<nem12::Reader, _, _>(size, options, jobs, &mut blocks, make, take),
        Format::Nem13 | Format::Lp | Format::Tou | Format::Csv | Format::Sensor | Format::SensorMapping => {
            decode_whole(format, options, &mut blocks, make, take)
        }
    }
}

/// Whether a source is read as a whole: the lines of a message depend on its elements.
fn is_one_part<B>(format: Format, blocks: &Begun<'_, B>) -> bool {
    !format.splits() || (format == Format::Nem12 && asexml::is_xml(&blocks.first))
}

/// Decodes a source as one part.
fn decode_whole<B, S>(
    format: Format,
    options: &Options,
    blocks: &mut B,
    make: &(impl Fn() -> S + Sync),
    take: &mut Take<'_, S>,
) -> Result<Decoded, S::Error>
where
    B: Blocks<S::Error>,
    S: Sink,
{
    let mut sink = make();
    let decoded = decode(format, options, blocks, &mut sink)?;
    take(Part { sink, lines_before: 0, header: &decoded.header, text: b"", offset: 0 })?;
    Ok(decoded)
}

/// Blocks of which the first has been looked at.
struct Begun<'b, B> {
    first: Vec<u8>,
    is_given: bool,
    rest: &'b mut B,
}

impl<'b, B> Begun<'b, B> {
    fn new<E>(rest: &'b mut B) -> Result<Self, E>
    where
        B: Blocks<E>,
    {
        let first = rest.next_block()?.unwrap_or_default().to_vec();
        Ok(Self { first, is_given: false, rest })
    }
}

impl<E, B: Blocks<E>> Blocks<E> for Begun<'_, B> {
    fn next_block(&mut self) -> Result<Option<&[u8]>, E> {
        if !std::mem::replace(&mut self.is_given, true) {
            return Ok((!self.first.is_empty()).then_some(&self.first));
        }
        self.first = Vec::new();
        self.rest.next_block()
    }
}

/// What a reader says, kept in its order.
enum Word {
    Batch(Box<Batch>),
    /// With whether it came with a line.
    Remark(Remark, bool),
    /// With the lines that are refused for it.
    Problem(ParseError, Vec<u8>),
}

/// Keeps all that a part gives.
struct Kept<'s, E> {
    words: Vec<Word>,
    spare: &'s Spare,
    error: PhantomData<fn() -> E>,
}

impl<E> Sink for Kept<'_, E> {
    type Error = E;

    fn spare(&mut self) -> Batch {
        self.spare.take()
    }

    fn batch(&mut self, _header: &FileHeader, batch: &mut Batch) -> Result<(), E> {
        self.words.push(Word::Batch(Box::new(std::mem::take(batch))));
        Ok(())
    }

    fn remark(&mut self, remark: Remark, line: &[u8]) -> Result<(), E> {
        self.words.push(Word::Remark(remark, !line.is_empty()));
        Ok(())
    }

    fn problem(&mut self, problem: ParseError, line: &[u8]) -> Result<(), E> {
        self.words.push(Word::Problem(problem, line.to_vec()));
        Ok(())
    }
}

/// Tells a sink what a part gave, in the numbers of the source.
fn retell<S: Sink>(
    part: Part<'_, Kept<'_, S::Error>>,
    known: &mut ChannelNumbers,
    sink: &mut S,
) -> Result<(), S::Error> {
    let Part { sink: Kept { words, spare, .. }, lines_before, header, text, offset } = part;
    let line = |span: Span, has_line: bool| if has_line { span.line_in(text, offset) } else { b"" };
    let placed = |mut span: Span| {
        span.position.line += lines_before;
        span
    };
    let mut numbers = Vec::new();
    for word in words {
        match word {
            Word::Batch(mut batch) => {
                add_lines(&mut batch, lines_before);
                if known.renumber(&mut batch, &mut numbers).is_err() {
                    let limit = u64::from(Interner::MOST);
                    let at = Span { position: Position { line: lines_before + 1, column: 1, offset }, length: 0 };
                    let problem = ParseError::new(ErrorKind::TooMany { what: "channels", limit }, at).of_frame();
                    return sink.problem(problem, b"");
                }
                sink.batch(header, &mut batch)?;
                spare.give_back(*batch);
            }
            Word::Remark(Remark { kind, span }, has_line) => {
                sink.remark(Remark { kind, span: placed(span) }, line(span, has_line))?;
            }
            Word::Problem(problem, lines) => {
                sink.problem(ParseError { span: placed(problem.span), ..problem }, &lines)?;
            }
        }
    }
    Ok(())
}

/// Adds the lines before a part to those of its readings. The lines of a source fit 32 bits: a reader that comes to
/// more says so.
fn add_lines(batch: &mut Batch, lines_before: u64) {
    let add = |line: &mut u32| *line = u32::try_from(u64::from(*line) + lines_before).unwrap_or(u32::MAX);
    if lines_before > 0 {
        batch.line.iter_mut().for_each(add);
        batch.events.iter_mut().for_each(|event| add(&mut event.line));
        batch.register_reads.iter_mut().for_each(|read| add(&mut read.line));
        batch.measurements.line.iter_mut().for_each(add);
        batch.sensor_names.iter_mut().for_each(|name| add(&mut name.line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// What a sink is told, as texts.
    #[derive(Debug, Default, PartialEq)]
    struct Told {
        meters: Vec<String>,
        readings: Vec<String>,
        problems: Vec<(ParseError, Vec<u8>)>,
    }

    impl Sink for Told {
        type Error = Infallible;

        fn batch(&mut self, _header: &FileHeader, batch: &mut Batch) -> Result<(), Infallible> {
            self.meters.extend(batch.new_channels.iter().map(|channel| channel.meter.clone()));
            let meters = &self.meters;
            let reading = |r: smrt_core::Reading| format!("{} {} {}", meters[r.channel as usize], r.quantity, r.line);
            self.readings.extend(batch.readings().map(reading));
            Ok(())
        }

        fn problem(&mut self, problem: ParseError, line: &[u8]) -> Result<(), Infallible> {
            self.problems.push((problem, line.to_vec()));
            Ok(())
        }
    }

    fn told(jobs: usize, mut text: &[u8]) -> (Told, Decoded) {
        let mut told = Told::default();
        let Ok(decoded) = decode_on(jobs, &Spare::default(), Format::Smrt, &Options::default(), &mut text, &mut told);
        (told, decoded)
    }

    #[test]
    fn several_cores_tell_what_one_tells() {
        let mut text = "\"HEADR\",\"SMRT\",\"GAZ\",\"20191011\",\"134942\",\"PN007505\"\n".to_owned();
        for line in 0..100_000 {
            // More than two parts, and now and then a day that does not exist.
            let day = if line % 9973 == 0 { 31 } else { 1 + line % 30 };
            text.push_str(&format!("\"CONSU\",\"{:010}\",\"201909{day:02}\",\"0100\",{line}\n", line % 7));
        }
        let one = told(1, text.as_bytes());
        assert_eq!((one.0.meters.len(), one.0.problems.len()), (7, 12));
        for jobs in [2, 5] {
            assert_eq!(told(jobs, text.as_bytes()), one);
        }
    }
}
