//! The counts of a conversion as JSON: what was read of each file, what was written, and whether both agree.

use crate::render::Cell;
use smrt_ingest::convert::{Conversion, Converted, Measured, WrittenOutput};
use std::collections::BTreeMap;

/// All counts as one object.
pub(super) fn object(conversion: &Conversion) -> Cell<'_> {
    Cell::object([
        ("files", Cell::List(conversion.files.iter().map(file).collect())),
        ("outputs", Cell::List(conversion.outputs.iter().map(output).collect())),
        ("totals", totals(conversion)),
        ("doubled_days", Cell::maybe_integer(conversion.doubled_days)),
        ("consistent", Cell::Truth(conversion.is_consistent())),
    ])
}

fn file(converted: &Converted) -> Cell<'_> {
    let (file, counts) = (&converted.file, &converted.counts);
    Cell::object([
        ("name", Cell::text(&file.name)),
        ("path", Cell::text(file.place())),
        ("format", Cell::maybe(file.format.map(|format| format.name()))),
        ("status", Cell::text(if file.reason.is_none() { "converted" } else { file.status.as_str() })),
        ("reason", Cell::maybe(file.reason.as_ref().map(|reason| format!("{}: {}", reason.code, reason.message)))),
        ("sha256", Cell::maybe(file.sha256.as_deref())),
        ("bytes", Cell::Integer(file.size)),
        ("records", Cell::Integer(file.records)),
        ("readings", Cell::Integer(counts.readings)),
        ("doubled", Cell::Integer(counts.doubled)),
        ("nulls", Cell::Integer(counts.nulls)),
        ("measurements", Cell::Integer(counts.measurements)),
        ("register_reads", Cell::Integer(counts.register_reads)),
        ("channels", Cell::Integer(counts.channels)),
        ("days", Cell::Integer(counts.days)),
        ("first", Cell::maybe_utc(counts.first)),
        ("end", Cell::maybe_utc(counts.end)),
        ("units", units(&counts.units)),
        ("rows", Cell::Integer(converted.rows)),
        ("days_left_out", Cell::Integer(converted.left_out.days)),
        ("left_out", Cell::maybe(converted.left_out.first.as_deref())),
        ("consistent", Cell::Truth(converted.consistent)),
    ])
}

fn units(units: &BTreeMap<String, Measured>) -> Cell<'_> {
    let unit = |(unit, measured): (&'_ String, &Measured)| {
        let fields = [("values", Cell::Integer(measured.values)), ("sum", Cell::decimal(measured.sum))];
        (unit.clone().into(), Cell::object(fields))
    };
    Cell::Object(units.iter().map(unit).collect())
}

fn output(output: &WrittenOutput) -> Cell<'_> {
    Cell::object([
        ("source", Cell::maybe(output.source.as_deref())),
        ("rows", Cell::Integer(output.rows)),
        ("bytes", Cell::Integer(output.bytes)),
        ("sha256", Cell::text(&output.sha256)),
    ])
}

fn totals(conversion: &Conversion) -> Cell<'_> {
    let all = |count: fn(&Converted) -> u64| Cell::Integer(conversion.files.iter().map(count).sum());
    Cell::object([
        ("files", Cell::Integer(conversion.files.len() as u64)),
        ("converted", all(|converted| u64::from(converted.file.reason.is_none()))),
        ("readings", all(|converted| converted.counts.readings)),
        ("doubled", all(|converted| converted.counts.doubled)),
        ("nulls", all(|converted| converted.counts.nulls)),
        ("measurements", all(|converted| converted.counts.measurements)),
        ("days", all(|converted| converted.counts.days)),
        ("rows", all(|converted| converted.rows)),
    ])
}
