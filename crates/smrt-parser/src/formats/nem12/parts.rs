//! NEM12 on several cores: a part begins with a 300 or 200 record that stands behind a 300 record.
//!
//! What such a record depends on is the 200 record in force and the day before. A look at the last 200 and the last
//! 300 record of a part mostly tells both; [`crate::drive_parts`] finds out where it does not.

use super::super::mdff::{Fields, Frame, Remarks};
use super::{broken, days::Block, reader::Reader};
use crate::{BatchReader, Options, ParseError, Splittable, line::Line};
use smrt_core::{Batch, IntervalLength, Position, Version};

/// What a record depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    frame: Frame,
    block: InForce,
}

/// The 200 record in force.
#[derive(Clone, Debug, PartialEq, Eq)]
enum InForce {
    None,
    Refused,
    Of {
        record: Vec<u8>,
        length: IntervalLength,
        is_inferred: bool,
        last: Option<i32>,
        version: Version,
        has_days: bool,
    },
}

const DAY: &[u8] = b"300,";
const DETAILS: &[u8] = b"200,";

impl Splittable for Reader {
    type State = State;

    fn start(options: &Options) -> State {
        State { frame: Frame::new(options.dialect), block: InForce::None }
    }

    fn resume(options: &Options, state: &State, at: Position) -> Self {
        let mut reader = Self::new(options);
        reader.frame = state.frame.clone();
        reader.next = at;
        match &state.block {
            InForce::None => {}
            InForce::Refused => reader.block = Block::Refused,
            InForce::Of { record, length, is_inferred, last, version, has_days } => {
                let mut batch = Batch::default();
                let fields = Fields::cut(Line { text: record, start: at }, options.dialect, &mut reader.remarks);
                // It has been read before; what there was to remark on it has been said.
                let _ = reader.read_details(fields, &mut batch);
                reader.remarks = Remarks::default();
                reader.described = batch.new_channels.pop();
                if let Block::Of(days) = &mut reader.block {
                    days.set_length(*length, *is_inferred);
                    (days.last, days.version) = (*last, *version);
                    days.without_days = days.without_days.filter(|_| !has_days);
                }
            }
        }
        reader
    }

    fn state(&self) -> State {
        let block = match &self.block {
            Block::None => InForce::None,
            Block::Refused => InForce::Refused,
            Block::Of(days) => InForce::Of {
                record: self.details.clone(),
                length: days.length,
                is_inferred: days.is_inferred,
                last: days.last,
                version: days.version,
                has_days: days.without_days.is_none(),
            },
        };
        State { frame: self.frame.clone(), block }
    }

    fn position(&self) -> Position {
        self.next
    }

    /// The next line is a record, so it ends what the lines before have begun.
    fn pause(&mut self, batch: &mut Batch) -> Result<(), ParseError> {
        self.finish_day(batch)
    }

    fn split(lines: &[u8]) -> Option<usize> {
        let mut end = memchr::memrchr(b'\n', lines)? + 1;
        // What stands behind the last line end is not whole.
        loop {
            let start = memchr::memrchr(b'\n', &lines[..end - 1])? + 1;
            let before = memchr::memrchr(b'\n', &lines[..start - 1]).map_or(0, |newline| newline + 1);
            let begins = lines[start..].starts_with(DAY) || lines[start..].starts_with(DETAILS);
            if begins && lines[before..].starts_with(DAY) && broken::is_record(without_end(&lines[start..end])) {
                return Some(start);
            }
            end = start;
        }
    }

    fn predict(options: &Options, state: &State, lines: &[u8]) -> State {
        let mut frame = state.frame.clone();
        frame.enter_body();
        let before = State { frame, block: state.block.clone() };
        // Not the start of a source, where a byte order mark is looked for.
        let mut reader = Self::resume(options, &before, Position { line: 2, ..Position::START });
        let mut batch = Batch::default();
        let details = memchr::memmem::rfind(lines, b"\n200,").map(|newline| newline + 1);
        let details = details.or_else(|| lines.starts_with(DETAILS).then_some(0));
        let whole = &lines[..lines.len().saturating_sub(1)];
        let last = memchr::memrchr(b'\n', whole).map_or(0, |newline| newline + 1);
        for start in details.into_iter().chain([last]) {
            let length = memchr::memchr(b'\n', &lines[start..]).map_or(lines.len() - start, |newline| newline + 1);
            let mut line = &lines[start..start + length];
            while !line.is_empty() {
                // What is wrong with it is said by those who read it for good.
                let _ = reader.read(&mut line, &mut batch);
            }
        }
        let _ = reader.pause(&mut batch);
        reader.state()
    }
}

/// A line without its line end.
fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dialect, parts::tests::check_parts};
    use proptest::prelude::*;

    /// A day of hours, which strict readers refuse by its length, so the 200 records below say 360 minutes in lenient.
    fn day(day: usize, tail: &str) -> String {
        format!("300,202301{day:02},1,2.5,3,4{tail}\n")
    }

    const PLAIN: &str = ",A,,,20230201000000,20230201000000";

    /// Lines of a file, by a number.
    fn line(kind: usize, at: usize) -> String {
        let number = 1 + at % 28;
        match kind {
            0..=9 => day(number, PLAIN),
            10 => day(number, ",V,,,20230201000000,"),
            11 => "400,1,2,A,,\n".to_owned(),
            12 => "400,3,4,S14,24,\n".to_owned(),
            13 => "500,N,ORDER,20230102000001,00123\n".to_owned(),
            14 => "200,VABD000163,E1B1,1,E1,N1,METER,kWh,360,\n".to_owned(),
            15 => "200,VABD000163,E1B1,1,B1,N1,METER,MWh,360,\n".to_owned(),
            16 => "200,VABD000163,E1B1,1,B1,N1,METER,kWh,7,\n".to_owned(),
            17 => day(32, PLAIN),
            18 => "300,20230115,1,2\n".to_owned(),
            19 => "3,4,A,,,20230201000000,\n".to_owned(),
            20 => "300,20230116,1,2,3,4,5,6,7,8,A,,,,\n".to_owned(),
            21 => "\n".to_owned(),
            22 => "900\n".to_owned(),
            23 => "100,NEM12,202301010000,MDP1,RET1\n".to_owned(),
            _ => day(number, ",A,79,Some reason,20230201000000,"),
        }
    }

    proptest! {
        #[test]
        fn parts_give_what_the_whole_gives(
            kinds in prop::collection::vec(prop_oneof![12 => 0..10usize, 4 => 10..16usize, 3 => 16..25usize], 0..60),
            size in 1usize..600,
            jobs in 1usize..4,
            ends: bool,
        ) {
            let mut text = format!("{}{}", line(23, 0), line(14, 0));
            kinds.iter().enumerate().for_each(|(at, &kind)| text.push_str(&line(kind, at)));
            if ends {
                text.push_str("900\n");
            }
            for dialect in [Dialect::Strict, Dialect::Lenient] {
                check_parts::<Reader>(size, jobs, &Options { dialect, ..Options::default() }, text.as_bytes());
            }
        }
    }

    #[test]
    fn what_comes_next_is_mostly_known() {
        let text = format!("{}{}{}{}", line(23, 0), line(14, 0), day(1, PLAIN), day(2, PLAIN));
        let options = Options { dialect: Dialect::Lenient, ..Options::default() };
        let at = Reader::split(text.as_bytes()).unwrap();
        assert_eq!(&text[at..], day(2, PLAIN));
        let mut reader = Reader::resume(&options, &Reader::start(&options), Position::START);
        let (mut lines, mut batch) = (&text.as_bytes()[..at], Batch::default());
        reader.read(&mut lines, &mut batch).unwrap();
        reader.pause(&mut batch).unwrap();
        assert_eq!(Reader::predict(&options, &Reader::start(&options), &text.as_bytes()[..at]), reader.state());
    }
}
