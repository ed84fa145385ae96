//! Files: what was received, what became of it, what was found in it.

use super::{AFTER_ROW, FORMAT, LIMIT, cut, limit};
use crate::{
    auth::Scope,
    endpoint::{Answer, Endpoint, Fresh, Question},
    openapi::{columns, list, merge, nullable, object, string, whole},
    params::{Kind, Param},
    problem::{NOT_FOUND, Problem},
};
use serde_json::Value;
use smrt_ingest::original_line;
use smrt_storage::{FileFilter, FileRow, QuarantinedRecord, StoredFindings};
use smrt_views::{
    Cell, Column,
    files::{COLUMNS, row},
    findings::{self, Remark},
};
use std::path::Path;

const STATUS: Param = Param::query(
    "status",
    Kind::Word(&["loaded", "rejected", "duplicate", "name-conflict"]),
    "Only files that ended so",
    "rejected",
);
const PREFIX: Param = Param::query("prefix", Kind::Text, "Only files whose name begins so", "PN0001");
const CONTAINS: Param =
    Param::query("contains", Kind::Text, "Only files whose name has this in it, letter by letter", "0001");
const NAME: Param = Param::query("name", Kind::Text, "Only files of this name", "PN000101.SMRT");
const FROM: Param =
    Param::query("from", Kind::Time, "Received last at this time or later; UTC without a zone", "2024-01-17");
const TO: Param = Param::query("to", Kind::Time, "Received last before this time", "2030-01-01");
const ID: Param = Param::path("id", Kind::Whole(1, 1 << 53), "The id of a file", "1");
const LINE: Param = Param::path("line", Kind::Whole(1, 1 << 53), "A line, from 1", "1");

/// The columns of codes of findings, one a row.
const CODES: &[Column] =
    &[Column::word("code"), Column::word("name"), Column::word("severity"), Column::text("explanation")];

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/api/v1/files",
        name: "listFiles",
        tag: "files",
        summary: "Which files were received and what became of them",
        about: "The newest first, by when they were received last.",
        params: &[STATUS, NAME, PREFIX, CONTAINS, FROM, TO, AFTER_ROW, LIMIT, FORMAT],
        answer: Answer::Rows(COLUMNS),
        fresh: Fresh::Data,
        scope: Scope::Read,
        reserved: false,
        ask: files,
    },
    Endpoint {
        path: "/api/v1/files/last",
        name: "getLastFile",
        tag: "files",
        summary: "The file that was received last",
        about: "",
        params: &[],
        answer: Answer::Object(|| columns(COLUMNS)),
        fresh: Fresh::Data,
        scope: Scope::Read,
        reserved: false,
        ask: last,
    },
    Endpoint {
        path: "/api/v1/files/{id}",
        name: "getFile",
        tag: "files",
        summary: "One file with all that was found in it",
        about: "The first findings come in full, all are counted by code.",
        params: &[ID],
        answer: Answer::Object(schema),
        fresh: Fresh::Data,
        scope: Scope::Read,
        reserved: false,
        ask: file,
    },
    Endpoint {
        path: "/api/v1/files/{id}/lines/{line}",
        name: "getLine",
        tag: "files",
        summary: "A line of a file as it stands there",
        about: "Just where the file is still there, or in the archive or quarantine, with the content that was received.",
        params: &[ID, LINE],
        answer: Answer::Object(|| object(&[("file", string()), ("line", whole()), ("text", string())])),
        // The file may go at any time, which the database does not notice.
        fresh: Fresh::Never,
        scope: Scope::Read,
        reserved: false,
        ask: line,
    },
    Endpoint {
        path: "/api/v1/codes",
        name: "listCodes",
        tag: "files",
        summary: "What the codes of findings mean and what to do",
        about: "",
        params: &[FORMAT],
        answer: Answer::Rows(CODES),
        fresh: Fresh::Data,
        scope: Scope::Read,
        reserved: false,
        ask: codes,
    },
];

fn files(question: &mut Question<'_>) -> Result<(), Problem> {
    let params = question.params;
    let owned = |name| params.text(name).map(str::to_owned);
    if let (Some(from), Some(to)) = (params.instant("from"), params.instant("to"))
        && from > to
    {
        return Err(Problem::parameter("from", "expected a time before `to`"));
    }
    let filter = FileFilter {
        name: owned("name"),
        prefix: owned("prefix"),
        contains: owned("contains"),
        status: params.parsed("status"),
        from: params.instant("from"),
        to: params.instant("to"),
        ..FileFilter::default()
    };
    let (found, next) = page_of_files(question, filter, limit(question))?;
    let (_, mut rows) = question.rows(COLUMNS)?;
    found.iter().try_for_each(|file| rows.push(row(file)))?;
    rows.finish(next)
}

/// A page of the files that a filter lets through, and where the next one begins.
pub(crate) fn page_of_files(
    question: &mut Question<'_>,
    filter: FileFilter,
    limit: u64,
) -> Result<(Vec<FileRow>, Option<String>), Problem> {
    let filter = FileFilter { after: question.params.numbers_cursor()?, newest: Some(limit + 1), ..filter };
    let mut files = question.series.store.files(&filter)?;
    let next = cut(&mut files, limit, |file| format!("{}.{}", file.received_at, file.id));
    Ok((files, next))
}

fn last(question: &mut Question<'_>) -> Result<(), Problem> {
    let found = question.series.store.files(&FileFilter { newest: Some(1), ..FileFilter::default() })?;
    let file = found.first().ok_or_else(|| Problem::new(NOT_FOUND, "no file was received yet"))?;
    question.object(&Cell::row(COLUMNS, row(file)))
}

/// A file with all that is known of it.
#[derive(Debug)]
pub(crate) struct FileDetails {
    pub(crate) file: FileRow,
    pub(crate) findings: StoredFindings,
    pub(crate) quarantined: Vec<QuarantinedRecord>,
}

/// The file that `id` means.
pub(crate) fn details(question: &mut Question<'_>) -> Result<FileDetails, Problem> {
    let file = find(question)?;
    let findings = question.series.store.findings_of(file.id)?;
    let quarantined = question.series.store.quarantined_of(file.id)?;
    Ok(FileDetails { file, findings, quarantined })
}

fn find(question: &mut Question<'_>) -> Result<FileRow, Problem> {
    let id = question.params.whole("id").and_then(|id| i64::try_from(id).ok()).unwrap_or_default();
    question.series.store.find_file(id)?.ok_or_else(|| Problem::new(NOT_FOUND, format!("no file has the id {id}")))
}

fn file(question: &mut Question<'_>) -> Result<(), Problem> {
    let found = details(question)?;
    let mut fields = Cell::fields(COLUMNS, row(&found.file));
    let of_finding = |finding| Cell::row(&findings::COLUMNS[1..], Remark::from(finding).row());
    let of_count = |(code, count): &(String, u64)| {
        Cell::object([("code", Cell::text(code.clone())), ("count", Cell::Integer(*count))])
    };
    let of_record = |record: &QuarantinedRecord| {
        Cell::object([
            ("line", Cell::Integer(record.line)),
            ("code", Cell::text(record.code.clone())),
            ("message", Cell::text(record.message.clone())),
            ("text", Cell::text(record.text.clone())),
        ])
    };
    fields.extend([
        ("run_id".into(), Cell::text(&found.file.run_id)),
        ("environment".into(), Cell::maybe(found.file.environment.as_deref())),
        ("duplicate_of".into(), Cell::maybe_integer(found.file.duplicate_of.and_then(|id| u64::try_from(id).ok()))),
        ("shown".into(), Cell::List(found.findings.shown.iter().map(of_finding).collect())),
        ("counts".into(), Cell::List(found.findings.counts.iter().map(of_count).collect())),
        ("quarantined".into(), Cell::List(found.quarantined.iter().map(of_record).collect())),
    ]);
    question.object(&Cell::Object(fields))
}

fn schema() -> Value {
    let mut schema = columns(COLUMNS);
    let more = object(&[
        ("run_id", string()),
        ("environment", nullable(string())),
        ("duplicate_of", nullable(whole())),
        ("shown", list(columns(&findings::COLUMNS[1..]))),
        ("counts", list(object(&[("code", string()), ("count", whole())]))),
        (
            "quarantined",
            list(object(&[("line", whole()), ("code", string()), ("message", string()), ("text", string())])),
        ),
    ]);
    merge(&mut schema, &more);
    schema
}

fn line(question: &mut Question<'_>) -> Result<(), Problem> {
    let file = find(question)?;
    let line = question.params.whole("line").unwrap_or_default();
    let sha256 = file.sha256.as_deref().ok_or_else(|| Problem::new(NOT_FOUND, "its content is not known"))?;
    let text = original_line(Path::new(&file.path), &file.name, sha256, line, &question.app.ingest);
    let text = text.map_err(|error| Problem::new(NOT_FOUND, error.to_string()))?;
    question.object(&Cell::object([
        ("file", Cell::text(&file.name)),
        ("line", Cell::Integer(line)),
        ("text", Cell::text(text)),
    ]))
}

fn codes(question: &mut Question<'_>) -> Result<(), Problem> {
    let (_, mut rows) = question.rows(CODES)?;
    let row = |code: &'static smrt_core::Code| {
        vec![
            Cell::text(code.id),
            Cell::text(code.name),
            Cell::Word(code.severity.as_str(), findings::tone(code.severity)),
            Cell::text(code.explanation),
        ]
    };
    smrt_ingest::codes().try_for_each(|code| rows.push(row(code)))?;
    rows.finish(None)
}
