//! Readings to a NEM12 file that the strict dialect reads without a remark.
//!
//! In come channels and whole days of them; out goes the text, day by day, so that a file of any size takes no memory.
//! What the format cannot say is refused with the reason and leaves no trace in the file: nothing is made up to fill
//! a day. Names that are no NMI or suffix must be mapped by the caller.

use super::super::mdff::{codes, is_nmi, time};
use super::{
    day::REASON_TEXT,
    details::{LENGTHS, MINUTES_PER_DAY},
    open::REASONS_WITH_EVENTS,
};
use smrt_core::{Flag, IntervalEvent, IntervalLength, Quality, Quantity, Unit, Version};
use std::{collections::BTreeSet, io};

/// Why something was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The text could not be written; the file is broken.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A name or text that a field cannot hold.
    #[error("expected {expected}, found {found:?}")]
    Field {
        /// What the field holds.
        expected: &'static str,
        /// What was to be written.
        found: String,
    },
    /// An interval length that the format does not have.
    #[error("expected intervals of 5, 15 or 30 minutes, found {found}")]
    Length {
        /// The length.
        found: IntervalLength,
    },
    /// A day before any channel.
    #[error("expected a channel before its first day")]
    NoChannel,
    /// A day that does not follow the one before, or is outside of the years 1 to 9999.
    #[error("expected a day after the one before and up to the year 9999, found another one")]
    DayOrder,
    /// Not as many values or qualities as intervals.
    #[error(
        "expected {expected} values and qualities, found {values} and {qualities}: a day is written whole or not at all"
    )]
    Incomplete {
        /// Intervals of the day.
        expected: usize,
        /// Values given.
        values: usize,
        /// Qualities given.
        qualities: usize,
    },
    /// An interval whose value or quality cannot be written.
    #[error("interval {interval}: {reason}")]
    Interval {
        /// Counted from 1.
        interval: usize,
        /// Why it cannot.
        reason: &'static str,
    },
}

/// What the 100 record says.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// When the file is made, UTC epoch seconds; written to the minute.
    pub created_at: i64,
    /// Who sends it: 1 to 10 characters.
    pub from: &'a str,
    /// Who gets it.
    pub to: &'a str,
}

/// What a 200 record says; what is empty stays empty.
#[derive(Clone, Copy, Debug)]
pub struct Description<'a> {
    /// National metering identifier without its check digit.
    pub nmi: &'a str,
    /// All suffixes of the NMI, two characters each.
    pub configuration: &'a str,
    /// Register, at most 10 characters.
    pub register: &'a str,
    /// Suffix of the channel.
    pub suffix: &'a str,
    /// Data stream in the market's systems, at most 2 characters.
    pub stream: &'a str,
    /// Serial number, at most 12 characters.
    pub serial: &'a str,
    /// Unit of the values, one of the specification's list.
    pub unit: &'a str,
    /// Length of the intervals: 5, 15 or 30 minutes.
    pub length: IntervalLength,
}

/// One day of a channel.
#[derive(Clone, Copy, Debug)]
pub struct Day<'a> {
    /// Its date in NEM time, days since 1970-01-01.
    pub date: i32,
    /// The value of each interval, in the channel's unit.
    pub values: &'a [Quantity],
    /// The quality of each interval.
    pub qualities: &'a [Quality],
    /// Reasons and their texts. Intervals outside of the day are left out; the quality is that of the interval.
    pub events: &'a [IntervalEvent],
    /// When the day was last changed.
    pub version: Version,
}

/// Writes a NEM12 file: channel by channel, the days of each in their order.
///
/// ```
/// use smrt_core::{Flag, IntervalLength, Quality, Quantity, Version};
/// use smrt_parser::nem12::{Day, Description, Envelope, Writer};
///
/// let mut writer = Writer::new(Vec::new(), &Envelope { created_at: 1_704_067_200, from: "MDP1", to: "RETAIL1" })?;
/// let length = IntervalLength::from_minutes(30).ok_or("30 minutes are a length")?;
/// let (nmi, suffix, unit) = ("6305123456", "E1", "kWh");
/// writer.channel(&Description { nmi, configuration: "E1", register: "1", suffix, stream: "", serial: "", unit, length })?;
/// let values = [Quantity::from_micros(250_000); 48];
/// let qualities = [Quality { flag: Flag::Actual, method: 0 }; 48];
/// writer.day(&Day { date: 19_723, values: &values, qualities: &qualities, events: &[], version: Version::UNSTATED })?;
/// let text = String::from_utf8(writer.finish()?)?;
/// assert!(text.starts_with("100,NEM12,202401011000,MDP1,RETAIL1\r\n200,6305123456,E1,1,E1,,,kWh,30,\r\n300,20240101,0.25,"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    /// The 200 record of the channel in hand, until its first day is written.
    announced: Option<String>,
    /// Intervals of a day of the channel in hand.
    intervals: Option<(usize, IntervalLength)>,
    is_mega: bool,
    last: Option<i32>,
}

impl<W: io::Write> Writer<W> {
    /// Begins a file with its 100 record.
    ///
    /// # Errors
    /// When a participant has no or more than 10 characters, the time has no year of four digits, or `out` fails.
    pub fn new(mut out: W, envelope: &Envelope<'_>) -> Result<Self, WriteError> {
        let participant = "a participant, 1 to 10 printable characters without a comma";
        let from = field(envelope.from, 1, 10, participant)?;
        let to = field(envelope.to, 1, 10, participant)?;
        let created = time::write(envelope.created_at).ok_or(WriteError::DayOrder)?;
        write!(out, "100,NEM12,{},{from},{to}\r\n", &created[..12])?;
        Ok(Self { out, announced: None, intervals: None, is_mega: false, last: None })
    }

    /// Begins a channel. Nothing is written before its first day, so that a channel without one leaves no trace.
    ///
    /// # Errors
    /// When a field cannot hold what it should; the channel before goes on then.
    pub fn channel(&mut self, channel: &Description<'_>) -> Result<(), WriteError> {
        let Description { nmi, configuration, suffix, unit, length, .. } = *channel;
        let wrong = |expected, found: &str| Err(WriteError::Field { expected, found: found.to_owned() });
        if !is_nmi(nmi.as_bytes()) {
            return wrong("an NMI, ten digits and capital letters without I and O", nmi);
        }
        if suffix.len() != 2 || !suffix.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return wrong("a suffix of two characters", suffix);
        }
        let (pairs, rest) = configuration.as_bytes().as_chunks::<2>();
        let distinct: BTreeSet<_> = pairs.iter().collect();
        let names_it = pairs.iter().any(|pair| pair == suffix.as_bytes());
        let is_text = configuration.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !rest.is_empty() || !is_text || distinct.len() < pairs.len() || !names_it || configuration.len() > 240 {
            return wrong("a configuration of distinct suffixes with that of the channel", configuration);
        }
        if !codes::is_listed_unit(unit.as_bytes()) {
            return wrong("a unit of the specification's list", unit);
        }
        if !LENGTHS.contains(&length.minutes()) {
            return Err(WriteError::Length { found: length });
        }
        let register = field(channel.register, 0, 10, "a register of at most 10 characters")?;
        let stream = field(channel.stream, 0, 2, "a data stream of at most 2 characters")?;
        let serial = field(channel.serial, 0, 12, "a serial number of at most 12 characters")?;
        let minutes = length.minutes();
        let record = format!("200,{nmi},{configuration},{register},{suffix},{stream},{serial},{unit},{minutes},\r\n");
        self.announced = Some(record);
        self.intervals = Some((usize::from(MINUTES_PER_DAY / minutes), length));
        self.is_mega = Unit::of_sender(unit).is_mega;
        self.last = None;
        Ok(())
    }

    /// Writes a day of the channel in hand.
    ///
    /// # Errors
    /// When the day is not whole, does not follow the one before, or holds what the format cannot say: no value, a
    /// negative one, no quality, a substitution without its reason. Nothing of it is written then and the next day may
    /// follow.
    pub fn day(&mut self, day: &Day<'_>) -> Result<(), WriteError> {
        let (expected, length) = self.intervals.ok_or(WriteError::NoChannel)?;
        let (values, qualities) = (day.values.len(), day.qualities.len());
        if values != expected || qualities != expected {
            return Err(WriteError::Incomplete { expected, values, qualities });
        }
        let date = time::write(time::day_start(day.date)).filter(|_| self.last.is_none_or(|last| last < day.date));
        let date = date.ok_or(WriteError::DayOrder)?;
        check_values(day)?;
        let runs = runs(day, length)?;
        let version = day.version.epoch().and_then(time::write).unwrap_or_default();
        if let Some(record) = self.announced.take() {
            self.out.write_all(record.as_bytes())?;
        }
        self.last = Some(day.date);
        write!(self.out, "300,{}", &date[..8])?;
        for value in day.values {
            if self.is_mega {
                write!(self.out, ",{}", thousands(*value))?;
            } else {
                write!(self.out, ",{value}")?;
            }
        }
        match runs.as_slice() {
            [only] if !only.needs_event() => {
                write!(self.out, ",{},{},{},{version},\r\n", only.quality, only.reason(), only.text)?;
            }
            runs => {
                write!(self.out, ",V,,,{version},\r\n")?;
                for run in runs {
                    let Run { first, last, quality, text, .. } = run;
                    write!(self.out, "400,{first},{last},{quality},{},{text}\r\n", run.reason())?;
                }
            }
        }
        Ok(())
    }

    /// Ends the file with its 900 record and gives back what it was written to.
    ///
    /// # Errors
    /// When it cannot be written to.
    pub fn finish(mut self) -> Result<W, WriteError> {
        self.out.write_all(b"900\r\n")?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// A text of a number of characters that a field can hold.
fn field<'a>(text: &'a str, least: usize, most: usize, expected: &'static str) -> Result<&'a str, WriteError> {
    let is_plain = !text.contains(',') && !text.chars().any(char::is_control) && text.trim() == text;
    if is_plain && (least..=most).contains(&text.len()) {
        return Ok(text);
    }
    Err(WriteError::Field { expected, found: text.to_owned() })
}

/// A quantity as a number of thousands of its unit: exact, with nine decimals.
fn thousands(value: Quantity) -> String {
    let (whole, rest) = (value.micros() / 1_000_000_000, value.micros() % 1_000_000_000);
    let text = format!("{whole}.{rest:09}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn check_values(day: &Day<'_>) -> Result<(), WriteError> {
    for (interval, (value, quality)) in (1..).zip(day.values.iter().zip(day.qualities)) {
        let reason = match (quality.flag, quality.method) {
            (Flag::Null, _) => "expected a value, found none: the format has no way to say so",
            (Flag::Unstated, _) => "expected a quality, found none",
            _ if *value < Quantity::ZERO => "expected no negative value, found one",
            (Flag::Actual, 0) | (Flag::Estimated | Flag::Substituted | Flag::Final, 1..=99) => continue,
            (Flag::Actual, _) => "expected no method of an actual value, found one",
            _ => "expected a method of two digits, found none",
        };
        return Err(WriteError::Interval { interval, reason });
    }
    Ok(())
}

/// Intervals that share quality, reason and text.
#[derive(Clone, Copy, Debug)]
struct Run<'a> {
    /// Counted from 1.
    first: usize,
    last: usize,
    quality: Quality,
    reason: Option<u16>,
    text: &'a str,
}

impl Run<'_> {
    fn reason(&self) -> String {
        self.reason.map(|reason| reason.to_string()).unwrap_or_default()
    }

    /// Whether it must stand in a 400 record even where it is the whole day.
    fn needs_event(&self) -> bool {
        self.quality.flag == Flag::Actual && self.reason.is_some_and(|reason| REASONS_WITH_EVENTS.contains(&reason))
    }
}

/// The runs of a day.
fn runs<'a>(day: &Day<'a>, length: IntervalLength) -> Result<Vec<Run<'a>>, WriteError> {
    let start = time::day_start(day.date);
    let mut runs: Vec<Run<'a>> = Vec::new();
    let mut at = start;
    for (interval, &quality) in (1..).zip(day.qualities) {
        let end = at + length.seconds();
        // Of several, the last one holds, as the last statement of a file does.
        let event = day.events.iter().rfind(|event| event.start <= at && end <= event.end);
        let (reason, text) = event.map_or((None, ""), |event| (event.reason, event.text.as_str()));
        match runs.last_mut() {
            Some(run) if (run.quality, run.reason, run.text) == (quality, reason, text) => run.last = interval,
            _ => runs.push(Run { first: interval, last: interval, quality, reason, text }),
        }
        at = end;
    }
    for run in &runs {
        let reason = match run.reason {
            None if codes::needs_reason(run.quality) => "expected a reason of the substitution, found none",
            Some(0) if run.text.is_empty() => "expected a text for the reason 0, found none",
            Some(1000..) => "expected a reason of three digits at most, found a larger one",
            _ => {
                field(run.text, 0, REASON_TEXT, "the text of a reason, at most 240 characters without a comma")?;
                continue;
            }
        };
        return Err(WriteError::Interval { interval: run.first, reason });
    }
    Ok(runs)
}
