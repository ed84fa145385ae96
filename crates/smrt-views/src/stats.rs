//! Everything counted.

use crate::{Cell, Tone};
use smrt_storage::{FileStatus, Stats};

/// The whole database in numbers, as one object.
pub fn object(stats: &Stats, database: &str) -> Cell<'static> {
    let files = FileStatus::ALL.iter().map(|status| {
        let count = stats.files.get(status).copied().unwrap_or_default();
        (status.as_str().replace('-', "_").into(), Cell::Integer(count))
    });
    let findings = stats.findings.iter().map(|(code, count)| (code.clone().into(), Cell::Integer(*count)));
    let last = stats.last_file.as_ref().map_or(Cell::Null, |file| {
        Cell::object([
            ("name", Cell::text(file.name.clone())),
            ("status", Cell::Word(file.status.as_str(), Tone::Plain)),
            ("received_at", Cell::maybe_utc(Some(file.received_at))),
        ])
    });
    Cell::object([
        ("database", Cell::text(database.to_owned())),
        ("meters", Cell::Integer(stats.meters)),
        ("channels", Cell::Integer(stats.channels)),
        ("readings", Cell::Integer(stats.readings)),
        ("measurements", Cell::Integer(stats.measurements)),
        ("register_reads", Cell::Integer(stats.register_reads)),
        ("superseded", Cell::Integer(stats.superseded)),
        ("lake_files", Cell::Integer(stats.lake_files)),
        ("lake_bytes", Cell::Integer(stats.lake_bytes)),
        ("first", Cell::maybe_utc(stats.first)),
        ("last", Cell::maybe_utc(stats.last)),
        ("files", Cell::Object(files.collect())),
        ("findings", Cell::Object(findings.collect())),
        ("last_file", last),
    ])
}
