//! The batches of one file become its series.

use super::{
    Part, Series, SeriesFile, SeriesKey,
    spool::{Extent, Spool},
};
use crate::{
    convert::{ConvertError, Settled},
    order::Orderer,
    produce::Halt,
};
use smrt_core::{Batch, Channel, IntervalLength, Quantity, Reading, RegisterRead};
use std::{collections::HashMap, io};

/// Register reads that are kept in memory for sorting.
const SORTED: usize = 64 * 1024;

/// Gathers the series of one file.
#[derive(Debug)]
pub(crate) struct Collector {
    channels: Vec<Channel>,
    series: Vec<Series>,
    spool: Spool,
    settled: Settled,
    /// The channel of the series in hand.
    channel: Option<u32>,
    registers: Registers,
}

/// The register reads, which come in the order of the file.
#[derive(Debug)]
struct Registers {
    keys: HashMap<SeriesKey, u32>,
    series: Vec<Series>,
    orderer: Orderer,
    batch: Batch,
    unreadable: u64,
}

impl Collector {
    pub(crate) fn new() -> Result<Self, ConvertError> {
        Ok(Self {
            channels: Vec::new(),
            series: Vec::new(),
            spool: Spool::new().map_err(ConvertError::Temporary)?,
            settled: Settled::default(),
            channel: None,
            registers: Registers {
                keys: HashMap::new(),
                series: Vec::new(),
                orderer: Orderer::new(SORTED, true),
                batch: Batch::default(),
                unreadable: 0,
            },
        })
    }

    /// Takes a batch; its readings follow those before in key order.
    pub(crate) fn add(&mut self, batch: &Batch) -> Result<(), ConvertError> {
        self.channels.extend_from_slice(&batch.new_channels);
        for reading in batch.readings() {
            if let Some(settled) = self.settled.push(reading) {
                self.reading(&settled).map_err(ConvertError::Temporary)?;
            }
        }
        for read in &batch.register_reads {
            if let Some(channel) = self.channels.get(read.channel as usize) {
                self.registers.add(read, channel);
            }
        }
        self.registers.sort()
    }

    fn reading(&mut self, reading: &Reading) -> io::Result<()> {
        if self.channel != Some(reading.channel) {
            let Some(channel) = self.channels.get(reading.channel as usize) else { return Ok(()) };
            self.channel = Some(reading.channel);
            let extent = Extent { first: self.spool.count, count: 0 };
            let key = key(channel, Part::Interval, None);
            self.series.push(Series { key, number: reading.channel, zone: channel.zone, extent });
        }
        append(&mut self.spool, self.series.last_mut(), reading)
    }

    /// The whole file.
    pub(crate) fn finish(mut self) -> Result<SeriesFile, ConvertError> {
        if let Some(last) = self.settled.finish() {
            self.reading(&last).map_err(ConvertError::Temporary)?;
        }
        let Registers { series, mut orderer, unreadable, .. } = self.registers;
        let offset = self.series.len();
        self.series.extend(series);
        let (spool, series) = (&mut self.spool, &mut self.series);
        let mut settled = Settled::default();
        let mut take = |reading: &Reading| {
            let of_reading = series.get_mut(offset + reading.channel as usize);
            append(spool, of_reading, reading).map_err(Halt::Temporary)
        };
        let sorted = orderer.finish(&mut |batch| {
            batch.readings().filter_map(|reading| settled.push(reading)).try_for_each(|reading| take(&reading))
        });
        sorted.and_then(|()| settled.finish().map_or(Ok(()), |last| take(&last))).map_err(temporary)?;
        let values = self.spool.finish().map_err(ConvertError::Temporary)?;
        Ok(SeriesFile { series: self.series, channels: self.channels, values, unreadable })
    }
}

impl Registers {
    /// Takes what a read says: its stand, and what else is a number.
    fn add(&mut self, read: &RegisterRead, channel: &Channel) {
        let stand = Quantity::parse(read.current.text.as_bytes()).ok();
        if stand.is_none() && !read.current.text.is_empty() {
            self.unreadable += 1;
        }
        for (part, value) in [(Part::Stand, stand), (Part::Quantity, read.quantity), (Part::Demand, read.demand)] {
            let Some(quantity) = value else { continue };
            let number = self.number(key(channel, part, Some(read)), read.channel, channel);
            self.batch.push(Reading {
                channel: number,
                start: read.current.at.unwrap_or_default(),
                minutes: IntervalLength::HOUR,
                quantity,
                quality: read.current.quality,
                version: read.version,
                line: read.line,
            });
        }
    }

    /// The number of a series, given at its first read.
    fn number(&mut self, key: SeriesKey, index: u32, channel: &Channel) -> u32 {
        if let Some(&number) = self.keys.get(&key) {
            return number;
        }
        // There are no more series than reads, whose lines are counted in 32 bits.
        let number = u32::try_from(self.series.len()).unwrap_or(u32::MAX);
        self.keys.insert(key.clone(), number);
        self.series.push(Series { key, number: index, zone: channel.zone, extent: Extent::default() });
        number
    }

    /// Hands the reads of a batch to the orderer, which keeps them until the end.
    fn sort(&mut self) -> Result<(), ConvertError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        self.orderer.push(&mut self.batch, &mut |_| Ok(())).map_err(temporary)?;
        self.batch.clear();
        Ok(())
    }
}

/// Appends a reading to the series in hand.
fn append(spool: &mut Spool, series: Option<&mut Series>, reading: &Reading) -> io::Result<()> {
    let Some(Series { extent, .. }) = series else { return Ok(()) };
    if extent.count == 0 {
        extent.first = spool.count;
    }
    extent.count += 1;
    spool.push(reading)
}

fn key(channel: &Channel, part: Part, read: Option<&RegisterRead>) -> SeriesKey {
    SeriesKey {
        scheme: channel.scheme,
        meter: channel.meter.clone(),
        channel: channel.name.clone(),
        unit: channel.unit.clone(),
        part,
        period: read.map(|read| read.period.clone()).unwrap_or_default(),
        rate: read.map(|read| read.rate.clone()).unwrap_or_default(),
        direction: read.and_then(|read| read.direction),
    }
}

/// What stopped the sorting: nothing but the temporary file can.
fn temporary(halt: Halt) -> ConvertError {
    ConvertError::Temporary(match halt {
        Halt::Temporary(error) => error,
        other => io::Error::other(format!("cannot sort register reads: {other:?}")),
    })
}
