//! How do I ask the database from a program of my own?
//!
//! `cargo run -p smrt-examples --example query_from_code`
//!
//! Which meters there are, the days of one, its readings, what it lacks, and where one of its values came from.

use smrt_core::MarketZone;
use smrt_ingest::{Options, Quiet, Stop, ingest};
use smrt_storage::{DatabaseUrl, MeterFilter, Store};
use std::{
    error::Error,
    io::{self, Write},
    ops::ControlFlow,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data");

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout().lock())
}

pub(crate) fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut store = Store::open(&DatabaseUrl::sqlite(folder.path().join("smrt.db")))?;
    ingest(&mut store.writer()?, &[FOLDER.into()], &Options::default(), &Stop::default(), &Quiet)?;

    for meter in store.meters(&MeterFilter::default())? {
        writeln!(out, "meter {}: {} readings", meter.code, meter.readings)?;
    }

    // A meter has channels, one for each flow it measures. Questions about readings are asked of a channel.
    for stored in store.channels(Some("0000000102"))? {
        let zone = stored.channel.zone;
        for day in store.daily(stored.id, None, None)? {
            let date = zone.date(zone.day_start(day.day));
            writeln!(out, "{date}: {} in {} of {} hours", day.sum, day.count, day.expected)?;
        }

        // Times are half-open: from is inside, to is not. Both may be left out.
        let (from, to) = (zone.parse_instant("2024-01-15T07:00")?, zone.parse_instant("2024-01-15T09:00")?);
        let mut lines = Vec::new();
        store.readings(stored.id, Some(from), Some(to), &mut |reading| {
            let start = zone.rfc3339(reading.start);
            lines.push(format!("{start} {} ({}, line {})", reading.quantity, reading.file, reading.line));
            ControlFlow::Continue(())
        })?;
        writeln!(out, "{}", lines.join("\n"))?;

        // The value of 07:00 was corrected by a later file; the old one is still there.
        for old in store.trace(stored.id, from)?.history {
            let (value, file, line) = (old.value.quantity, old.value.file.name, old.value.line);
            writeln!(out, "before it was {value} ({file}, line {line}), until {} came", old.superseded_by)?;
        }
    }

    for stored in store.channels(Some("0000000103"))? {
        for gap in store.gaps(stored.id, None, None)? {
            let from = MarketZone::Utc.rfc3339(gap.interval.start);
            writeln!(out, "meter {} lacks {} hours from {from}", stored.channel.meter, gap.missing)?;
        }
    }
    Ok(())
}
