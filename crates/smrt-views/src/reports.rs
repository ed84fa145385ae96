//! What became of files that were taken in.

use crate::{Cell, Column, Tone};
use smrt_ingest::{FileOutcome, Reason, Report, Status};

/// The columns of files, one a row.
pub const COLUMNS: &[Column] = &[
    Column::text("name"),
    Column::text("path").unseen(),
    Column::word("format").unseen(),
    Column::word("status"),
    Column::number("records"),
    Column::number("inserted"),
    Column::number("replaced"),
    Column::number("unchanged"),
    Column::number("refused"),
    Column::number("findings"),
    Column::finding("reason").unseen(),
    Column::text("moved_to").unseen(),
    Column::number("size").unseen(),
    Column::word("sha256").unseen(),
];

/// A file as a row of [`COLUMNS`].
pub fn row(file: &FileOutcome) -> Vec<Cell<'_>> {
    vec![
        Cell::text(&file.name),
        Cell::text(file.place()),
        Cell::maybe(file.format.map(|format| format.name())),
        Cell::Word(file.status.as_str(), tone(file.status)),
        Cell::Integer(file.records),
        Cell::Integer(file.inserted),
        Cell::Integer(file.replaced),
        Cell::Integer(file.unchanged),
        Cell::Integer(file.refused),
        Cell::Integer(file.findings.total()),
        reason(file.reason.as_ref()),
        Cell::maybe(file.moved_to.as_ref().map(|path| path.to_string_lossy())),
        Cell::Integer(file.size),
        Cell::maybe(file.sha256.as_deref()),
    ]
}

/// The colour of a status.
fn tone(status: Status) -> Tone {
    match status {
        Status::Loaded => Tone::Good,
        Status::Rejected | Status::NameConflict => Tone::Bad,
        Status::AlreadyLoaded | Status::Duplicate | Status::Skipped => Tone::Dim,
    }
}

fn reason(reason: Option<&Reason>) -> Cell<'_> {
    reason.map_or(Cell::Null, |reason| reason_cell(reason.code, &reason.message, reason.line, reason.column))
}

/// Why a file was not loaded.
pub fn reason_cell<'a>(code: &'a str, message: &'a str, line: Option<u64>, column: Option<u32>) -> Cell<'a> {
    let place = line.map_or(String::new(), |line| format!(" (line {line})"));
    let fields = [
        ("code", Cell::text(code)),
        ("message", Cell::text(message)),
        ("line", Cell::maybe_integer(line)),
        ("column", Cell::maybe_integer(column)),
    ];
    Cell::Told(Box::new(Cell::object(fields)), format!("{code}: {message}{place}"))
}

/// The report as one object.
pub fn object(report: &Report) -> Cell<'_> {
    let totals = report.totals();
    Cell::object([
        ("run_id", Cell::stated(&report.run_id)),
        ("files", Cell::List(report.files.iter().map(|file| Cell::row(COLUMNS, row(file))).collect())),
        (
            "totals",
            Cell::object([
                ("files", Cell::Integer(totals.files)),
                ("loaded", Cell::Integer(totals.loaded)),
                ("rejected", Cell::Integer(totals.rejected)),
                ("duplicates", Cell::Integer(totals.duplicates)),
                ("skipped", Cell::Integer(totals.skipped)),
                ("records", Cell::Integer(totals.records)),
                ("inserted", Cell::Integer(totals.inserted)),
                ("replaced", Cell::Integer(totals.replaced)),
                ("unchanged", Cell::Integer(totals.unchanged)),
            ]),
        ),
        ("duration_ms", Cell::Integer(u64::try_from(report.duration.as_millis()).unwrap_or(u64::MAX))),
    ])
}
