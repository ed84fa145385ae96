//! What was received, when, and with what outcome.

use crate::{
    Counts, FileStatus, QuarantinedRecord, Store, StoreError,
    backend::MultiBackend,
    error::Doing,
    ledger::{Ledger, count, storable, whole},
    queries::meters::from_prefix,
    schema::{finding::dsl as n, finding_count::dsl as c, quarantined_record::dsl as q, source_file::dsl as f},
};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, SelectableHelper,
};
use smrt_core::{Excerpt, Severity};

/// One source file as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// Its id: files are numbered from 1 in the order they were received.
    pub id: i64,
    /// Its name without folders.
    pub name: String,
    /// Where it was found.
    pub path: String,
    /// Its format, if it was recognised.
    pub format: Option<String>,
    /// SHA-256 of its bytes, if they could all be read.
    pub sha256: Option<String>,
    /// Its size in bytes.
    pub size: u64,
    /// When it was received last, UTC epoch seconds.
    pub received_at: i64,
    /// When its sender made it, UTC epoch seconds.
    pub created_at: Option<i64>,
    /// The sender's running number, such as `PN007505`.
    pub generation: Option<String>,
    /// `production` or `development`.
    pub environment: Option<String>,
    /// Who sent it.
    pub sender: Option<String>,
    /// How it ended.
    pub status: FileStatus,
    /// Records it has.
    pub records: u64,
    /// What became of its readings.
    pub counts: Counts,
    /// Records that were refused.
    pub refused: u64,
    /// Findings, shown or not.
    pub findings: u64,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// How often it was tried with this outcome.
    pub attempts: u32,
    /// Why it was not loaded.
    pub reason: Option<FileReason>,
    /// The loaded file it repeats or contradicts.
    pub duplicate_of: Option<i64>,
    /// The run it was received in.
    pub run_id: String,
}

/// Why a file was not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReason {
    /// The id of a finding's code.
    pub code: String,
    /// What was expected and what was found.
    pub message: String,
    /// Line, from 1.
    pub line: Option<u64>,
    /// Column in bytes, from 1.
    pub column: Option<u32>,
}

/// Which files are asked for; everything left out asks for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileFilter {
    /// Only files of this name.
    pub name: Option<String>,
    /// Only files whose name begins so.
    pub prefix: Option<String>,
    /// Only files whose name has this in it, letter by letter.
    pub contains: Option<String>,
    /// Only files that ended so.
    pub status: Option<FileStatus>,
    /// Only files that were received last at this instant or later, UTC epoch seconds.
    pub from: Option<i64>,
    /// Only files that were received last before this instant, UTC epoch seconds.
    pub to: Option<i64>,
    /// Only files that come behind this one in the order of the answer: when it was received last, and its id.
    pub after: Option<(i64, i64)>,
    /// Only the newest so many.
    pub newest: Option<u64>,
}

/// A finding as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFinding {
    /// The id of its code.
    pub code: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Line, from 1.
    pub line: Option<u64>,
    /// Column in bytes, from 1.
    pub column: Option<u32>,
    /// Bytes the place takes.
    pub length: Option<u32>,
    /// What was expected and what was found.
    pub message: String,
    /// The source around it.
    pub excerpt: Option<smrt_core::Excerpt>,
}

/// The findings of one file: the first ones in full, all of them counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredFindings {
    /// Those kept in full, in their order.
    pub shown: Vec<StoredFinding>,
    /// How many there are of each code.
    pub counts: Vec<(String, u64)>,
}

diesel::define_sql_function! {
    /// A text in which each occurrence of one text has given way to another.
    fn replace(text: diesel::sql_types::Text, from: diesel::sql_types::Text, to: diesel::sql_types::Text)
        -> diesel::sql_types::Text;
}

/// A row of `finding`, without its file and its place in the order.
#[derive(Queryable)]
struct FindingRow {
    code: String,
    severity: String,
    line: Option<i64>,
    column: Option<i64>,
    length: Option<i64>,
    message: String,
    excerpt: Option<String>,
    indent: Option<i32>,
    width: Option<i32>,
}

impl Store {
    /// Files in the order they were received, tried again or not, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn files(&mut self, filter: &FileFilter) -> Result<Vec<FileRow>, StoreError> {
        let mut query = f::source_file
            .select(Ledger::as_select())
            .order((f::received_at.desc(), f::id.desc()))
            .into_boxed::<MultiBackend>();
        if let Some(name) = &filter.name {
            query = query.filter(f::name.eq(storable(name)));
        }
        if let Some(status) = filter.status {
            query = query.filter(f::status.eq(status.as_str()));
        }
        if let Some((least, greatest)) = filter.prefix.as_deref().map(from_prefix) {
            query = query.filter(f::name.ge(least)).filter(f::name.le(greatest));
        }
        if let Some(part) = &filter.contains {
            // Taking the part away changes just a name that has it; both databases compare it alike.
            let without = replace(f::name, storable(part), "");
            query = query.filter(f::name.ne(without));
        }
        if let Some(from) = filter.from {
            query = query.filter(f::received_at.ge(from));
        }
        if let Some(to) = filter.to {
            query = query.filter(f::received_at.lt(to));
        }
        if let Some((received_at, id)) = filter.after {
            let same_second = f::received_at.eq(received_at).and(f::id.lt(id));
            query = query.filter(f::received_at.lt(received_at).or(same_second));
        }
        if let Some(newest) = filter.newest {
            query = query.limit(whole(newest));
        }
        let rows: Vec<Ledger> = query.load(&mut self.connection).doing("listing files")?;
        rows.into_iter().map(Ledger::into_row).collect()
    }

    /// The file with an id, if there is one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn find_file(&mut self, id: i64) -> Result<Option<FileRow>, StoreError> {
        let row: Option<Ledger> = f::source_file
            .find(id)
            .select(Ledger::as_select())
            .first(&mut self.connection)
            .optional()
            .doing("looking up a file")?;
        row.map(Ledger::into_row).transpose()
    }

    /// The file with an id.
    ///
    /// # Errors
    /// When the database cannot be read, or has no such file.
    pub fn file(&mut self, id: i64) -> Result<FileRow, StoreError> {
        self.find_file(id)?.ok_or(diesel::result::Error::NotFound).doing("looking up a file")
    }

    /// The findings of one file.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn findings_of(&mut self, file: i64) -> Result<StoredFindings, StoreError> {
        let what = "listing the findings of a file";
        let shown: Vec<FindingRow> = n::finding
            .filter(n::file_id.eq(file))
            .order(n::ordinal)
            .select((n::code, n::severity, n::line, n::col, n::length, n::message, n::excerpt, n::indent, n::width))
            .load(&mut self.connection)
            .doing(what)?;
        let counts: Vec<(String, i64)> = c::finding_count
            .filter(c::file_id.eq(file))
            .order(c::code)
            .select((c::code, c::count))
            .load(&mut self.connection)
            .doing(what)?;
        Ok(StoredFindings {
            shown: shown.into_iter().map(stored_finding).collect::<Result<_, _>>()?,
            counts: counts.into_iter().map(|(code, n)| (code, count(n))).collect(),
        })
    }

    /// The refused records of one file, in the order of their lines.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn quarantined_of(&mut self, file: i64) -> Result<Vec<QuarantinedRecord>, StoreError> {
        let rows: Vec<(i64, String, String, String)> = q::quarantined_record
            .filter(q::file_id.eq(file))
            .order(q::ordinal)
            .select((q::line, q::text, q::code, q::message))
            .load(&mut self.connection)
            .doing("listing refused records")?;
        let record = |(line, text, code, message)| QuarantinedRecord { line: count(line), text, code, message };
        Ok(rows.into_iter().map(record).collect())
    }
}

fn stored_finding(row: FindingRow) -> Result<StoredFinding, StoreError> {
    let severity = [Severity::Note, Severity::Warning, Severity::Error]
        .into_iter()
        .find(|severity| severity.as_str() == row.severity)
        .ok_or_else(|| StoreError::corrupt(format!("no severity is called {:?}", row.severity)))?;
    let characters = |count: i32| usize::try_from(count).unwrap_or(0);
    let excerpt = match (row.excerpt, row.indent, row.width) {
        (Some(text), Some(indent), Some(width)) => {
            Some(Excerpt { text, indent: characters(indent), width: characters(width) })
        }
        _ => None,
    };
    Ok(StoredFinding {
        code: row.code,
        severity,
        line: row.line.map(count),
        column: row.column.and_then(|column| u32::try_from(column).ok()),
        length: row.length.and_then(|length| u32::try_from(length).ok()),
        message: row.message,
        excerpt,
    })
}
