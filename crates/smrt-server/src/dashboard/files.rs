//! The list of files, and the report of one.

use super::{ROWS, owned, status_of, utc};
use crate::{
    api::{self, FileDetails, details},
    endpoint::Question,
    pages::{self, parts::Severity},
    problem::Problem,
};
use smrt_storage::{FileFilter, FileRow};
use smrt_views::findings::code_of;

pub(super) fn files_page(question: &mut Question<'_>) -> Result<(), Problem> {
    let params = question.params;
    let name = params.text("name").map(str::to_owned);
    let begins = params.text("match") == Some("begins");
    let day = |name| params.day(name).map(|day| i64::from(day) * 86_400);
    let filter = FileFilter {
        prefix: name.clone().filter(|_| begins),
        contains: name.filter(|_| !begins),
        status: params.parsed("status"),
        from: day("from"),
        to: day("to"),
        ..FileFilter::default()
    };
    let (found, next) = api::page_of_files(question, filter, ROWS)?;
    let any = !found.is_empty()
        || !question.series.store.files(&FileFilter { newest: Some(1), ..FileFilter::default() })?.is_empty();
    let model = pages::files::Files {
        filter: pages::files::Filter {
            status: owned(question, "status"),
            name: owned(question, "name"),
            begins,
            from: owned(question, "from"),
            to: owned(question, "to"),
            after: owned(question, "after"),
        },
        next,
        rows: found.into_iter().map(file_row).collect(),
        any,
    };
    question.page(pages::files::page(&model))
}

fn counts(file: &FileRow) -> pages::files::Counts {
    pages::files::Counts {
        records: file.records,
        inserted: file.counts.inserted,
        replaced: file.counts.replaced,
        unchanged: file.counts.unchanged,
        refused: file.refused,
    }
}

fn file_row(file: FileRow) -> pages::files::FileRow {
    pages::files::FileRow {
        id: file.id,
        status: status_of(file.status),
        received_at: utc(file.received_at),
        size: file.size,
        counts: counts(&file),
        findings: file.findings,
        reason: file.reason.map(|reason| format!("{}: {}", reason.code, reason.message)),
        format: file.format,
        name: file.name,
    }
}

pub(super) fn file_page(question: &mut Question<'_>) -> Result<(), Problem> {
    let FileDetails { file, findings, quarantined } = details(question)?;
    let duplicate_of = match file.duplicate_of {
        Some(id) => question.series.store.find_file(id)?.map(|other| (id, other.name)),
        None => None,
    };
    let of_code = |(code, count): (String, u64)| pages::file::CodeCount {
        severity: code_of(&code).map_or(Severity::Note, |code| severity(code.severity)),
        code,
        count,
    };
    let mut by_code: Vec<_> = findings.counts.into_iter().map(of_code).collect();
    by_code.sort_by_key(|code| std::cmp::Reverse(code.count));
    let model = pages::file::File {
        id: file.id,
        path: Some(file.path.clone()),
        format: file.format.clone(),
        status: status_of(file.status),
        sha256: file.sha256.clone(),
        size: file.size,
        sender: file.sender.clone(),
        created_at: file.created_at.map(utc),
        received_at: utc(file.received_at),
        generation: file.generation.clone(),
        environment: file.environment.clone(),
        counts: counts(&file),
        duration_ms: Some(file.duration_ms),
        attempts: file.attempts.into(),
        run: Some(file.run_id.clone()),
        duplicate_of,
        reason: file.reason.as_ref().map(|reason| pages::file::Reason {
            code: reason.code.clone(),
            message: reason.message.clone(),
            line: reason.line,
            column: reason.column.map(u64::from),
        }),
        findings: findings
            .shown
            .into_iter()
            .map(|found| pages::file::Finding {
                severity: severity(found.severity),
                explanation: code_of(&found.code).map(|code| code.explanation.to_owned()),
                code: found.code,
                message: found.message,
                line: found.line,
                column: found.column.map(u64::from),
                excerpt: found.excerpt.map(|excerpt| pages::file::Excerpt {
                    text: excerpt.text,
                    indent: excerpt.indent,
                    width: excerpt.width,
                }),
            })
            .collect(),
        findings_total: file.findings,
        by_code,
        quarantined: quarantined
            .into_iter()
            .map(|record| pages::file::Quarantined {
                line: record.line,
                code: record.code,
                message: record.message,
                text: record.text,
            })
            .collect(),
        name: file.name,
    };
    question.page(pages::file::page(&model))
}

fn severity(severity: smrt_core::Severity) -> Severity {
    match severity {
        smrt_core::Severity::Error => Severity::Error,
        smrt_core::Severity::Warning => Severity::Warning,
        smrt_core::Severity::Note => Severity::Note,
    }
}
