//! Readings as a NEM12 file that the strict dialect reads without a remark.
//!
//! A file is gathered first, because each channel's record names all channels of its meter. Then come its channels and
//! their days in NEM time (UTC+10). Nothing is made up: a day that is not whole, or that holds what the format cannot
//! say, is left out and counted with the reason. What speaks against a whole channel refuses the file.

use super::{
    ConvertError,
    form::Refusal,
    sheet::{Sheet, Trouble},
    stats::Measured,
};
use crate::series::{Collector, Part, Series, SeriesFile};
use smrt_core::{Batch, Channel, Flag, IntervalEvent, IntervalLength, MarketZone, Quality, Quantity, Reading, Version};
use smrt_parser::nem12::{Day, Description, Envelope, WriteError, Writer};
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    io::{self, Write},
    rc::Rc,
};

/// NEM time: fixed, without daylight saving.
const NEM: MarketZone = MarketZone::Fixed(600);
/// Characters of an NMI.
const NMI: usize = 10;

/// What a NEM12 file needs and other formats do not state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nem12Options {
    /// NMIs of meter points by their codes; a code that is not named is taken as it is, with zeros before it where it is
    /// too short.
    pub nmis: BTreeMap<String, String>,
    /// Suffixes of channels by their names; a name that is not named is taken as it is.
    pub suffixes: BTreeMap<String, String>,
    /// The quality of readings that state none; without it days with such readings are left out.
    pub quality: Option<Quality>,
    /// Who sends the file.
    pub from: String,
    /// Who gets it.
    pub to: String,
}

/// Days that could not be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// How many.
    pub days: u64,
    /// Which was the first, and why.
    pub first: Option<String>,
    /// What their readings stand for, by unit.
    pub(super) units: BTreeMap<String, Measured>,
}

/// Gathers a file and writes it.
#[derive(Debug)]
pub(super) struct Nem12 {
    options: Nem12Options,
    collector: Collector,
    events: HashMap<u32, Vec<IntervalEvent>>,
}

/// What is written, between the writer and the sheet.
#[derive(Clone, Debug, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}

/// A channel of the market.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Name {
    nmi: String,
    suffix: String,
    unit: String,
}

impl Nem12 {
    pub(super) fn new(options: &Nem12Options) -> Result<Self, ConvertError> {
        Ok(Self { options: options.clone(), collector: Collector::new()?, events: HashMap::new() })
    }

    /// Takes a batch; its readings follow those before in key order.
    pub(super) fn add(&mut self, batch: &Batch) -> Result<(), ConvertError> {
        for event in &batch.events {
            self.events.entry(event.channel).or_default().push(event.clone());
        }
        self.collector.add(batch)
    }

    /// Writes the whole file, which was made at `created_at` (UTC epoch seconds); tells what had to be left out.
    pub(super) fn finish(self, created_at: i64, sheet: &mut Sheet<'_>) -> Result<LeftOut, Trouble> {
        let file = self.collector.finish().map_err(|error| match error {
            ConvertError::Temporary(error) | ConvertError::Output(error) => Trouble::Output(error),
            other => Trouble::Output(io::Error::other(other)),
        })?;
        let series: Vec<&Series> = file.series.iter().filter(|series| series.key.part == Part::Interval).collect();
        let names = self.options.names(&series)?;
        let shared = Shared::default();
        let Nem12Options { from, to, .. } = &self.options;
        let writer = Writer::new(shared.clone(), &Envelope { created_at, from, to });
        let writer = writer.map_err(|error| refusal(error, "--sender and --recipient name the participants"))?;
        let head = shared.take();
        if !sheet.is_begun() {
            sheet.begin(Vec::new());
            sheet.text(&head, None)?;
        }
        let mut out =
            Days { file: &file, writer, shared, sheet, assumed: self.options.quality, left_out: LeftOut::default() };
        for (series, name) in series.iter().zip(&names) {
            let of_meter = names.iter().filter(|other| other.nmi == name.nmi).map(|other| other.suffix.as_str());
            let events = self.events.get(&series.number).map_or(&[][..], Vec::as_slice);
            out.channel(series, name, &configuration(of_meter), events)?;
        }
        Ok(out.left_out)
    }
}

impl Nem12Options {
    /// The names of channels in the market, in their order; no two have the same.
    fn names(&self, series: &[&Series]) -> Result<Vec<Name>, Refusal> {
        let mut meters: HashMap<String, &str> = HashMap::new();
        let mut taken: HashMap<Name, &str> = HashMap::new();
        let mut names = Vec::with_capacity(series.len());
        for series in series {
            let key = &series.key;
            let name = Name { nmi: self.nmi(&key.meter)?, suffix: self.suffix(&key.channel)?, unit: key.unit.clone() };
            if let Some(other) = meters.insert(name.nmi.clone(), &key.meter).filter(|other| *other != key.meter) {
                let message = format!(
                    "expected an NMI for each meter, found {} for {other:?} and {:?}: give --nmi METER=NMI",
                    name.nmi, key.meter
                );
                return Err(Refusal { message, line: None });
            }
            if let Some(other) = taken.insert(name.clone(), &key.channel) {
                let message = format!(
                    "expected a suffix for each channel, found {} for {other:?} and {:?} of {}: give --suffix CHANNEL=SUFFIX",
                    name.suffix, key.channel, name.nmi
                );
                return Err(Refusal { message, line: None });
            }
            names.push(name);
        }
        Ok(names)
    }

    fn nmi(&self, meter: &str) -> Result<String, Refusal> {
        if let Some(nmi) = self.nmis.get(meter) {
            return Ok(nmi.clone());
        }
        let padded = format!("{meter:0>NMI$}");
        if smrt_parser::mdff::is_nmi(padded.as_bytes()) {
            return Ok(padded);
        }
        let message = format!("expected an NMI, found the meter {meter:?}: give --nmi METER=NMI");
        Err(Refusal { message, line: None })
    }

    fn suffix(&self, channel: &str) -> Result<String, Refusal> {
        if let Some(suffix) = self.suffixes.get(channel) {
            return Ok(suffix.clone());
        }
        if channel.len() == 2 && channel.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(channel.to_owned());
        }
        let message =
            format!("expected a suffix of two characters, found the channel {channel:?}: give --suffix CHANNEL=SUFFIX");
        Err(Refusal { message, line: None })
    }
}

/// All suffixes of a meter, each once.
fn configuration<'a>(suffixes: impl Iterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = Vec::new();
    suffixes.for_each(|suffix| {
        if !known.contains(&suffix) {
            known.push(suffix);
        }
    });
    known.concat()
}

fn refusal(error: WriteError, hint: &str) -> Trouble {
    match error {
        WriteError::Io(error) => Trouble::Output(error),
        error => Trouble::Refused(Refusal { message: format!("{error}; {hint}"), line: None }),
    }
}

/// The days of a file on their way out.
struct Days<'a, 'o> {
    file: &'a SeriesFile,
    writer: Writer<Shared>,
    shared: Shared,
    sheet: &'a mut Sheet<'o>,
    assumed: Option<Quality>,
    left_out: LeftOut,
}

impl Days<'_, '_> {
    /// Writes the days of a channel.
    fn channel(
        &mut self,
        series: &Series,
        name: &Name,
        configuration: &str,
        events: &[IntervalEvent],
    ) -> Result<(), Trouble> {
        let channel = self.file.channels.get(series.number as usize);
        let mut length = None;
        let mut day: Vec<Reading> = Vec::new();
        for reading in self.file.readings(series) {
            let reading = reading?;
            if day.first().is_some_and(|first| NEM.day(first.start) != NEM.day(reading.start)) {
                self.day(&day, name, channel, configuration, events, &mut length)?;
                day.clear();
            }
            day.push(reading);
        }
        if day.is_empty() { Ok(()) } else { self.day(&day, name, channel, configuration, events, &mut length) }
    }

    /// Writes a day, or leaves it out.
    fn day(
        &mut self,
        readings: &[Reading],
        name: &Name,
        channel: Option<&Channel>,
        configuration: &str,
        events: &[IntervalEvent],
        length: &mut Option<IntervalLength>,
    ) -> Result<(), Trouble> {
        let (Some(first), date) = (readings.first(), readings.first().map_or(0, |first| NEM.day(first.start))) else {
            return Ok(());
        };
        if *length != Some(first.minutes) {
            self.announce(name, channel, configuration, first)?;
            *length = Some(first.minutes);
        }
        let day_start = NEM.day_start(date);
        let in_place = |(index, reading): (i64, &Reading)| {
            reading.minutes == first.minutes && reading.start == day_start + index * first.minutes.seconds()
        };
        // What is not in its place cannot be told by its place, and leaves the day incomplete.
        let values: Vec<Quantity> =
            (0..).zip(readings).filter(|&pair| in_place(pair)).map(|(_, reading)| reading.quantity).collect();
        let qualities: Vec<Quality> = readings.iter().map(|reading| self.quality(reading.quality)).collect();
        let version = readings.iter().map(|reading| reading.version).max().unwrap_or(Version::UNSTATED);
        let (from, to) = (day_start, NEM.day_start(date + 1));
        let events: Vec<IntervalEvent> =
            events.iter().filter(|event| event.start < to && event.end > from).cloned().collect();
        let written = self.writer.day(&Day { date, values: &values, qualities: &qualities, events: &events, version });
        let measured = measured(readings);
        match written {
            Ok(()) => {
                let text = self.shared.take();
                Ok(self.sheet.text(&text, Some((&name.unit, &measured)))?)
            }
            Err(WriteError::Io(error)) => Err(Trouble::Output(error)),
            Err(error) => {
                self.left_out.days += 1;
                let date = super::text::date(date);
                self.left_out.first.get_or_insert_with(|| format!("{date} of {} {}: {error}", name.nmi, name.suffix));
                self.left_out.units.entry(name.unit.clone()).or_default().merge(&measured);
                Ok(())
            }
        }
    }

    /// Begins a channel, or goes on with it in another interval length.
    fn announce(
        &mut self,
        name: &Name,
        channel: Option<&Channel>,
        configuration: &str,
        first: &Reading,
    ) -> Result<(), Trouble> {
        let description = Description {
            nmi: &name.nmi,
            configuration,
            register: channel.map_or("", |channel| &channel.register),
            suffix: &name.suffix,
            stream: "",
            serial: channel.map_or("", |channel| &channel.serial),
            unit: &name.unit,
            length: first.minutes,
        };
        self.writer.channel(&description).map_err(|error| match refusal(error, "NEM12 cannot say this of a channel") {
            Trouble::Refused(Refusal { message, .. }) => Trouble::Refused(Refusal { message, line: Some(first.line) }),
            other => other,
        })
    }

    fn quality(&self, stated: Quality) -> Quality {
        match self.assumed {
            Some(assumed) if stated.flag == Flag::Unstated => assumed,
            _ => stated,
        }
    }
}

/// What readings stand for.
fn measured(readings: &[Reading]) -> Measured {
    let mut measured = Measured::default();
    for reading in readings.iter().filter(|reading| reading.quality.flag != Flag::Null) {
        measured.values += 1;
        measured.sum.add(reading.quantity);
    }
    measured
}
