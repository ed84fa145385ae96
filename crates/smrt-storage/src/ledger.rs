//! The ledger of files: rows of `source_file` and what hangs on them.
//!
//! What callers say of a file comes in and is written down; nothing here touches a reading. Numbers that a database
//! cannot hold are kept as the greatest it can, text that Postgres cannot hold is made storable, on both databases
//! alike.

use crate::{
    Counts, FileReason, FileRow, QuarantinedRecord, StoreError,
    backend::Database,
    bulk::{self, Cells, Shape},
    error::Doing,
    schema::{finding, finding_count, source_file},
};
use diesel::{AsChangeset, ExpressionMethods, Insertable, QueryDsl, QueryResult, Queryable, RunQueryDsl, Selectable};
use smrt_core::{FileHeader, Finding, Findings};

const WHAT: &str = "writing the ledger of files";

/// A row of `source_file`.
#[derive(Clone, Debug, Default, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = source_file, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct Ledger {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) format: Option<String>,
    pub(crate) sha256: Option<String>,
    pub(crate) size: i64,
    pub(crate) received_at: i64,
    pub(crate) created_at: Option<i64>,
    pub(crate) generation: Option<String>,
    pub(crate) generation_number: Option<i32>,
    pub(crate) environment: Option<String>,
    pub(crate) sender: Option<String>,
    pub(crate) status: String,
    pub(crate) records: i64,
    pub(crate) inserted: i64,
    pub(crate) replaced: i64,
    pub(crate) unchanged: i64,
    pub(crate) refused: i64,
    pub(crate) findings: i64,
    pub(crate) duration_ms: i64,
    pub(crate) attempts: i32,
    pub(crate) reason_code: Option<String>,
    pub(crate) reason_message: Option<String>,
    pub(crate) reason_line: Option<i64>,
    pub(crate) reason_column: Option<i64>,
    pub(crate) duplicate_of: Option<i64>,
    pub(crate) run_id: String,
}

impl Ledger {
    /// Takes over what a header states.
    pub(crate) fn set_header(&mut self, header: &FileHeader) {
        self.created_at = header.created_at;
        self.sender = header.sender.as_deref().map(storable);
        self.generation = header.generation.map(|generation| generation.to_string());
        self.generation_number = header.generation.and_then(|generation| i32::try_from(generation.number).ok());
        self.environment = header.generation.map(|generation| generation.environment.as_str().to_owned());
    }

    /// Takes over what became of the readings.
    pub(crate) fn set_counts(&mut self, counts: Counts) {
        self.inserted = whole(counts.inserted);
        self.replaced = whole(counts.replaced);
        self.unchanged = whole(counts.unchanged);
    }

    /// Adds it as a new row with the id that comes next. The write lock is held, so nobody else gives any away.
    pub(crate) fn add(&mut self, connection: &mut Database) -> Result<(), StoreError> {
        self.id = connection.number(WHAT, "SELECT coalesce(max(id), 0) + 1 AS n FROM source_file")?;
        diesel::insert_into(source_file::table).values(&*self).execute(connection).map(drop).doing(WHAT)
    }

    /// Writes all its columns over the row with its id.
    pub(crate) fn update(&self, connection: &mut Database) -> Result<(), StoreError> {
        diesel::update(source_file::table.find(self.id)).set(self).execute(connection).map(drop).doing(WHAT)
    }

    /// The row as callers see it.
    pub(crate) fn into_row(self) -> Result<FileRow, StoreError> {
        let reason = match (self.reason_code, self.reason_message) {
            (Some(code), Some(message)) => Some(FileReason {
                code,
                message,
                line: self.reason_line.map(count),
                column: self.reason_column.and_then(|column| u32::try_from(column).ok()),
            }),
            _ => None,
        };
        Ok(FileRow {
            id: self.id,
            name: self.name,
            path: self.path,
            format: self.format,
            sha256: self.sha256,
            size: count(self.size),
            received_at: self.received_at,
            created_at: self.created_at,
            generation: self.generation,
            environment: self.environment,
            sender: self.sender,
            status: self.status.parse()?,
            records: count(self.records),
            counts: Counts {
                inserted: count(self.inserted),
                replaced: count(self.replaced),
                unchanged: count(self.unchanged),
            },
            refused: count(self.refused),
            findings: count(self.findings),
            duration_ms: count(self.duration_ms),
            attempts: u32::try_from(self.attempts).unwrap_or(0),
            reason,
            duplicate_of: self.duplicate_of,
            run_id: self.run_id,
        })
    }
}

/// Findings that are kept in full.
struct InsertFindings;

struct NewFinding<'a> {
    file: i64,
    ordinal: i64,
    finding: &'a Finding,
    line: Option<i64>,
    column: Option<i64>,
    length: Option<i64>,
    message: String,
    excerpt: Option<String>,
    indent: Option<i64>,
    width: Option<i64>,
}

impl<'a> NewFinding<'a> {
    fn new(file: i64, ordinal: i64, finding: &'a Finding) -> Self {
        let excerpt = finding.excerpt.as_ref();
        let characters = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Self {
            file,
            ordinal,
            finding,
            line: finding.line().map(whole),
            column: finding.column().map(i64::from),
            length: finding.span.map(|span| i64::from(span.length)),
            message: storable(&finding.message),
            excerpt: excerpt.map(|excerpt| storable(&excerpt.text)),
            indent: excerpt.map(|excerpt| characters(excerpt.indent)),
            width: excerpt.map(|excerpt| characters(excerpt.width)),
        }
    }
}

impl Shape for InsertFindings {
    type Row<'r> = NewFinding<'r>;
    const HEAD: &'static str = "INSERT INTO finding \
         (file_id, ordinal, code, severity, line, col, length, message, excerpt, indent, width) VALUES ";
    const TAIL: &'static str = "";

    fn bind<'b>(row: &'b NewFinding<'_>, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        cells.number(&row.file)?;
        cells.number(&row.ordinal)?;
        cells.text(row.finding.code.id)?;
        cells.text(row.finding.code.severity.as_str())?;
        for number in [&row.line, &row.column, &row.length] {
            cells.nullable(number)?;
        }
        cells.text(&row.message)?;
        cells.nullable_text(&row.excerpt)?;
        cells.nullable(&row.indent)?;
        cells.nullable(&row.width)
    }
}

/// How many findings there are of each code.
struct InsertFindingCounts;

struct NewFindingCount {
    file: i64,
    code: &'static str,
    count: i64,
}

impl Shape for InsertFindingCounts {
    type Row<'r> = NewFindingCount;
    const HEAD: &'static str = "INSERT INTO finding_count (file_id, code, count) VALUES ";
    const TAIL: &'static str = "";

    fn bind<'b>(row: &'b NewFindingCount, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        cells.number(&row.file)?;
        cells.text(row.code)?;
        cells.number(&row.count)
    }
}

/// Refused records.
struct InsertQuarantined;

struct NewQuarantined<'a> {
    file: i64,
    ordinal: i64,
    line: i64,
    text: String,
    code: &'a str,
    message: String,
}

impl Shape for InsertQuarantined {
    type Row<'r> = NewQuarantined<'r>;
    const HEAD: &'static str = "INSERT INTO quarantined_record (file_id, ordinal, line, text, code, message) VALUES ";
    const TAIL: &'static str = "";

    fn bind<'b>(row: &'b NewQuarantined<'_>, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        for number in [&row.file, &row.ordinal, &row.line] {
            cells.number(number)?;
        }
        for text in [&row.text, row.code, &row.message] {
            cells.text(text)?;
        }
        Ok(())
    }
}

/// Writes the findings of a file, in place of those it had.
pub(crate) fn write_findings(connection: &mut Database, file: i64, findings: &Findings) -> Result<(), StoreError> {
    diesel::delete(finding::table.filter(finding::file_id.eq(file))).execute(connection).doing(WHAT)?;
    diesel::delete(finding_count::table.filter(finding_count::file_id.eq(file))).execute(connection).doing(WHAT)?;
    let shown: Vec<_> =
        (1..).zip(findings.shown()).map(|(ordinal, finding)| NewFinding::new(file, ordinal, finding)).collect();
    bulk::execute::<InsertFindings>(connection, &shown).doing(WHAT)?;
    let counts: Vec<_> =
        findings.counts().map(|(code, count)| NewFindingCount { file, code, count: whole(count) }).collect();
    bulk::execute::<InsertFindingCounts>(connection, &counts).doing(WHAT).map(drop)
}

/// Writes the refused records of a file.
pub(crate) fn write_quarantined(
    connection: &mut Database,
    file: i64,
    records: &[QuarantinedRecord],
) -> Result<(), StoreError> {
    /// Copies of the records are made for no more than these at a time.
    const PART: usize = 1024;
    let mut ordinals = 1..;
    for part in records.chunks(PART) {
        let rows: Vec<_> = part
            .iter()
            .zip(ordinals.by_ref())
            .map(|(record, ordinal)| NewQuarantined {
                file,
                ordinal,
                line: whole(record.line),
                text: storable(&record.text),
                code: &record.code,
                message: storable(&record.message),
            })
            .collect();
        bulk::execute::<InsertQuarantined>(connection, &rows).doing(WHAT)?;
    }
    Ok(())
}

/// Text that both databases hold: Postgres knows no NUL.
pub(crate) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// A count as the database holds it.
pub(crate) fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count as the database has it.
pub(crate) fn count(whole: i64) -> u64 {
    u64::try_from(whole).unwrap_or(0)
}
