//! From blocks of lines to batches: the loop that all formats share.
//!
//! The format is matched once per source; from there on everything is monomorphised, so that no record pays for a
//! virtual call.

use crate::{
    BatchReader, Format, Options, ParseError, Remark, Splittable, asexml,
    formats::{csv, lp, nem12, nem13, sensor, sensor_mapping, smrt, tou},
};
use smrt_core::{Batch, FileHeader};

/// A source of blocks of whole lines. Just the last line of the last block may lack its line end.
///
/// `E` is why a block could not be had.
pub trait Blocks<E> {
    /// The next block, or `None` at the end.
    ///
    /// # Errors
    /// When the source cannot be read.
    fn next_block(&mut self) -> Result<Option<&[u8]>, E>;
}

/// Takes what a reader gives.
pub trait Sink {
    /// Why it can take no more.
    type Error;

    /// An empty batch to be filled first. One that was used before has its memory already, and fresh memory costs more
    /// than filling it.
    fn spare(&mut self) -> Batch {
        Batch::default()
    }

    /// Takes back what is left of the batches at the end.
    fn give_back(&mut self, _batch: Batch) {}

    /// Takes the readings of `batch`, with what the source has said of itself so far; what the sink leaves in `batch`
    /// is thrown away. The last batch may be partly filled, and channels may come without a reading.
    ///
    /// # Errors
    /// When the readings cannot be taken; decoding ends.
    fn batch(&mut self, header: &FileHeader, batch: &mut Batch) -> Result<(), Self::Error>;

    /// Takes a remark on something that was believed although it is odd, and the line it stands in.
    ///
    /// # Errors
    /// When decoding shall end.
    fn remark(&mut self, _remark: Remark, _line: &[u8]) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Takes a problem and the line it stands in (empty where the problem is that something is missing).
    ///
    /// # Errors
    /// When decoding shall end.
    fn problem(&mut self, problem: ParseError, line: &[u8]) -> Result<(), Self::Error>;
}

/// What a decoded source has said and held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// Its header.
    pub header: FileHeader,
    /// Records given to the sink: readings, register reads, measurements and names.
    pub records: u64,
    /// Values that were rounded to six decimals.
    pub rounded: u64,
}

/// Decodes one source of the given format.
///
/// ```
/// use smrt_core::{Batch, FileHeader};
/// use smrt_parser::{Format, Options, ParseError, Sink, decode};
///
/// #[derive(Default)]
/// struct Count { readings: usize, problems: Vec<String> }
///
/// impl Sink for Count {
///     type Error = std::convert::Infallible;
///     fn batch(&mut self, _header: &FileHeader, batch: &mut Batch) -> Result<(), Self::Error> {
///         self.readings += batch.len();
///         Ok(())
///     }
///     fn problem(&mut self, problem: ParseError, _line: &[u8]) -> Result<(), Self::Error> {
///         self.problems.push(problem.to_string());
///         Ok(())
///     }
/// }
///
/// let text = br#""HEADR","SMRT","GAZ","20191011","134942","PN007505"
/// "CONSU","0000000001","20190928","0000",0.00
/// "CONSU","0000000001","20190931","0100",1.52
/// "TRAIL""#;
/// let mut count = Count::default();
/// let Ok(_) = decode(Format::Smrt, &Options::default(), &mut text.as_slice(), &mut count);
/// assert_eq!(count.readings, 1);
/// assert_eq!(count.problems, [r#"3:23: expected a date YYYYMMDD, found "20190931""#]);
/// ```
///
/// # Errors
/// The errors of `blocks` and of `sink`; problems of the source itself are given to the sink.
pub fn decode<B, S>(format: Format, options: &Options, blocks: &mut B, sink: &mut S) -> Result<Decoded, S::Error>
where
    B: Blocks<S::Error>,
    S: Sink,
{
    match format {
        Format::Smrt => drive(&mut smrt::Reader::new(options), blocks, sink),
        Format::Nem12 => drive(&mut asexml::Reader::new(nem12::Reader::new(options)), blocks, sink),
        Format::Nem13 => drive(&mut asexml::Reader::new(nem13::Reader::new(options)), blocks, sink),
        Format::Lp => drive(&mut lp::reader(options), blocks, sink),
        Format::Tou => drive(&mut tou::Reader::new(options), blocks, sink),
        Format::Csv => drive(&mut csv::reader(options), blocks, sink),
        Format::Sensor => drive(&mut sensor::Reader::new(options), blocks, sink),
        Format::SensorMapping => drive(&mut sensor_mapping::Reader::new(options), blocks, sink),
    }
}

/// Runs a reader over all blocks of a source and hands what it gives to the sink.
///
/// # Errors
/// The errors of `blocks` and of `sink`.
pub fn drive<R, B, S>(reader: &mut R, blocks: &mut B, sink: &mut S) -> Result<Decoded, S::Error>
where
    R: BatchReader,
    B: Blocks<S::Error>,
    S: Sink,
{
    let mut progress = Progress::at(0, sink.spare());
    while let Some(block) = blocks.next_block()? {
        progress.block(reader, block, sink)?;
    }
    progress.finish(reader, sink)?;
    Ok(progress.decoded(reader))
}

/// Where reading stands between the blocks of a source.
pub(crate) struct Progress {
    batch: Batch,
    records: u64,
    /// Bytes of the source before the next block.
    offset: u64,
}

impl Progress {
    /// The progress of a reader that stands at byte `offset` of its source and fills `batch` first.
    pub(crate) fn at(offset: u64, batch: Batch) -> Self {
        Self { batch, records: 0, offset }
    }

    /// Reads a block and hands what it gives to the sink, but for the last readings, which wait for the next block.
    pub(crate) fn block<R: BatchReader, S: Sink>(
        &mut self,
        reader: &mut R,
        block: &[u8],
        sink: &mut S,
    ) -> Result<(), S::Error> {
        let mut lines = block;
        while !lines.is_empty() {
            let read = reader.read(&mut lines, &mut self.batch);
            while let Some(remark) = reader.take_remark() {
                let line = remark.span.line_in(block, self.offset);
                sink.remark(remark, line)?;
            }
            if let Err(problem) = read {
                let line = reader.refused().unwrap_or_else(|| problem.span.line_in(block, self.offset));
                sink.problem(problem, line)?;
            }
            if self.batch.is_full() {
                self.flush(reader, sink)?;
            }
        }
        self.offset += block.len() as u64;
        Ok(())
    }

    /// Hands all readings to the sink.
    pub(crate) fn flush<R: BatchReader, S: Sink>(&mut self, reader: &R, sink: &mut S) -> Result<(), S::Error> {
        if self.batch.holds_nothing() {
            return Ok(());
        }
        self.records += self.batch.records();
        sink.batch(reader.header(), &mut self.batch)?;
        self.batch.clear();
        Ok(())
    }

    /// Says that the source has ended.
    pub(crate) fn finish<R: BatchReader, S: Sink>(&mut self, reader: &mut R, sink: &mut S) -> Result<(), S::Error> {
        let finished = reader.finish(&mut self.batch);
        self.hand_over(finished, reader, sink)
    }

    /// Says that the part has ended, and that a record begins the next one.
    pub(crate) fn pause<R: Splittable, S: Sink>(&mut self, reader: &mut R, sink: &mut S) -> Result<(), S::Error> {
        let paused = reader.pause(&mut self.batch);
        self.hand_over(paused, reader, sink)
    }

    fn hand_over<R: BatchReader, S: Sink>(
        &mut self,
        ended: Result<(), ParseError>,
        reader: &mut R,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        while let Some(remark) = reader.take_remark() {
            sink.remark(remark, b"")?;
        }
        self.flush(reader, sink)?;
        match ended {
            Err(problem) => sink.problem(problem, reader.refused().unwrap_or_default()),
            Ok(()) => Ok(()),
        }
    }

    /// The batch that was filled last, empty by now.
    pub(crate) fn into_batch(self) -> Batch {
        self.batch
    }

    /// What the source has said and held so far.
    pub(crate) fn decoded<R: BatchReader>(&self, reader: &R) -> Decoded {
        Decoded { header: reader.header().clone(), records: self.records, rounded: reader.rounded() }
    }
}

/// A text that is wholly in memory is one block.
impl<E> Blocks<E> for &[u8] {
    fn next_block(&mut self) -> Result<Option<&[u8]>, E> {
        let all = std::mem::take(self);
        Ok((!all.is_empty()).then_some(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interner::Interner;
    use std::convert::Infallible;

    /// A file of ever new meters, made as it is read.
    struct NewMeters {
        next: u32,
        most: u32,
        block: Vec<u8>,
    }

    impl Blocks<Infallible> for NewMeters {
        fn next_block(&mut self) -> Result<Option<&[u8]>, Infallible> {
            self.block.clear();
            if self.next == 0 {
                self.block.extend_from_slice(b"\"HEADR\",\"SMRT\",\"GAZ\",\"20191011\",\"134942\",\"PN000001\"\n");
            }
            for meter in (self.next..self.most).take(1000) {
                self.block.extend_from_slice(format!("\"CONSU\",\"{meter:08}\",\"20190928\",\"0100\",1\n").as_bytes());
                self.next += 1;
            }
            Ok((!self.block.is_empty()).then_some(&self.block))
        }
    }

    #[derive(Default)]
    struct Said {
        readings: usize,
        meters: usize,
        problems: Vec<ParseError>,
    }

    impl Sink for Said {
        type Error = Infallible;

        fn batch(&mut self, _header: &FileHeader, batch: &mut Batch) -> Result<(), Infallible> {
            self.readings += batch.len();
            self.meters += batch.new_channels.len();
            Ok(())
        }

        fn problem(&mut self, problem: ParseError, _line: &[u8]) -> Result<(), Infallible> {
            self.problems.push(problem);
            Ok(())
        }
    }

    #[test]
    fn a_file_of_too_many_meters_is_refused_with_the_number_that_holds() {
        let mut said = Said::default();
        let mut blocks = NewMeters { next: 0, most: Interner::MOST + 1, block: Vec::new() };
        let Ok(_) = decode(Format::Smrt, &Options::default(), &mut blocks, &mut said);
        let most = Interner::MOST as usize;
        assert_eq!((said.readings, said.meters), (most, most));
        let first = &said.problems[0];
        assert!(first.in_frame && first.span.position.line == u64::from(Interner::MOST) + 2, "{first}");
        assert_eq!(first.kind.to_string(), "the file has more meters than smrt can number (1048576)");
    }
}
