//! Which files were received and what became of them.

use crate::{Cell, Column, Tone, reports::reason_cell};
use smrt_storage::{FileRow, FileStatus};

/// The columns of files, one a row.
pub const COLUMNS: &[Column] = &[
    Column::number("id").unseen(),
    Column::text("name"),
    Column::word("format").unseen(),
    Column::word("status"),
    Column::time("received_at"),
    Column::time("created_at").unseen(),
    Column::word("generation").unseen(),
    Column::text("sender").unseen(),
    Column::word("sha256").unseen(),
    Column::number("size").unseen(),
    Column::number("records"),
    Column::number("inserted").unseen(),
    Column::number("replaced").unseen(),
    Column::number("unchanged").unseen(),
    Column::number("refused"),
    Column::number("findings").unseen(),
    Column::number("attempts").unseen(),
    Column::number("duration_ms").unseen(),
    Column::text("path").unseen(),
    Column::finding("reason"),
];

/// A file as a row of [`COLUMNS`].
pub fn row(file: &FileRow) -> Vec<Cell<'_>> {
    let tone = match file.status {
        FileStatus::Loaded => Tone::Good,
        FileStatus::Rejected | FileStatus::NameConflict => Tone::Bad,
        FileStatus::Duplicate => Tone::Dim,
    };
    let reason = file.reason.as_ref();
    vec![
        Cell::maybe_integer(u64::try_from(file.id).ok()),
        Cell::text(&file.name),
        Cell::maybe(file.format.as_deref()),
        Cell::Word(file.status.as_str(), tone),
        Cell::maybe_utc(Some(file.received_at)),
        Cell::maybe_utc(file.created_at),
        Cell::maybe(file.generation.as_deref()),
        Cell::maybe(file.sender.as_deref()),
        Cell::maybe(file.sha256.as_deref()),
        Cell::Integer(file.size),
        Cell::Integer(file.records),
        Cell::Integer(file.counts.inserted),
        Cell::Integer(file.counts.replaced),
        Cell::Integer(file.counts.unchanged),
        Cell::Integer(file.refused),
        Cell::Integer(file.findings),
        Cell::Integer(file.attempts.into()),
        Cell::Integer(file.duration_ms),
        Cell::text(&file.path),
        reason.map_or(Cell::Null, |reason| reason_cell(&reason.code, &reason.message, reason.line, reason.column)),
    ]
}
