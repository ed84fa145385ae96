//! The records of an SMRT file, as its specification has them.

use super::{grammar, sequence::Sequence};
use crate::{ParseError, line};
use smrt_core::{Generation, Position, Quantity, Span, civil_from_days};
use std::{borrow::Cow, fmt};

/// One record. Text borrows from the source, except where doubled quotes had to be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record<'a> {
    /// `HEADR`, first and exactly once.
    Header(Header<'a>),
    /// `CONSU`, any number of times.
    Consumption(Consumption<'a>),
    /// `TRAIL`, last and exactly once.
    Trailer,
}

/// The header.
///
/// | # | field | form |
/// |---|---|---|
/// | 1 | record id | `HEADR` |
/// | 2 | file type | `SMRT` |
/// | 3 | company | text |
/// | 4 | creation date | `YYYYMMDD`, UTC |
/// | 5 | creation time | `HHMMSS`, UTC |
/// | 6 | generation number | `PN` or `DV` and six digits |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// The company that the file is for.
    pub company: Cow<'a, str>,
    /// When the file was made, UTC epoch seconds.
    pub created_at: i64,
    /// The sender's running number.
    pub generation: Generation,
}

/// What one meter consumed in one hour.
///
/// | # | field | form |
/// |---|---|---|
/// | 1 | record id | `CONSU` |
/// | 2 | meter number | text; leading zeros count |
/// | 3 | measurement date | `YYYYMMDD`, UTC |
/// | 4 | measurement time | `HHMM`, UTC, start of the hour |
/// | 5 | consumption | decimal, not negative; the unit is not stated |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumption<'a> {
    /// The meter, as the sender writes it.
    pub meter: Cow<'a, str>,
    /// Start of the measured hour, UTC epoch seconds.
    pub start: i64,
    /// What was consumed.
    pub consumption: Quantity,
}

/// Digits of a civil UTC time.
struct Stamp(i64);

impl Stamp {
    fn date(&self) -> impl fmt::Display {
        let (year, month, day) = civil_from_days(i32::try_from(self.0.div_euclid(86_400)).unwrap_or(0));
        fmt::from_fn(move |f| write!(f, "{year:04}{month:02}{day:02}"))
    }

    fn hour_minute(&self) -> impl fmt::Display {
        let minutes = self.0.rem_euclid(86_400) / 60;
        fmt::from_fn(move |f| write!(f, "{:02}{:02}", minutes / 60, minutes % 60))
    }

    fn second(&self) -> i64 {
        self.0.rem_euclid(60)
    }
}

/// Text between quotes, quotes inside doubled.
fn quoted(text: &str) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        f.write_str("\"")?;
        for (index, part) in text.split('"').enumerate() {
            f.write_str(if index > 0 { "\"\"" } else { "" })?;
            f.write_str(part)?;
        }
        f.write_str("\"")
    })
}

impl fmt::Display for Record<'_> {
    /// The record as a line of a file, without its line end; reading it back gives the same record.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(header) => {
                let at = Stamp(header.created_at);
                let (company, date, time, second) = (quoted(&header.company), at.date(), at.hour_minute(), at.second());
                write!(f, r#""HEADR","SMRT",{company},"{date}","{time}{second:02}","{}""#, header.generation)
            }
            Self::Consumption(record) => {
                let at = Stamp(record.start);
                let (meter, date, time) = (quoted(&record.meter), at.date(), at.hour_minute());
                write!(f, r#""CONSU",{meter},"{date}","{time}",{}"#, record.consumption)
            }
            Self::Trailer => f.write_str(r#""TRAIL""#),
        }
    }
}

/// The records of a text that is wholly in memory, in order, each checked against the specification.
///
/// After an error it goes on with the next line, so that all problems of a text can be collected.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    rest: &'a [u8],
    next: Position,
    sequence: Sequence,
    ended: bool,
}

impl<'a> Records<'a> {
    /// The records of `text`.
    pub fn new(text: &'a [u8]) -> Self {
        let (rest, skipped) = line::without_mark(text);
        let next = Position { offset: skipped, ..Position::START };
        Self { rest, next, sequence: Sequence::default(), ended: false }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let start = self.next;
            let line = line::next_line(&mut self.rest, &mut self.next);
            if grammar::is_skipped(line) {
                continue;
            }
            let parsed = grammar::record(line, start, Default::default()).map(|(record, _)| record);
            return Some(self.sequence.check(parsed, line, start));
        }
        if self.ended {
            return None;
        }
        self.ended = true;
        self.sequence.finish(Span { position: self.next, length: 0 }).err().map(Err)
    }
}
