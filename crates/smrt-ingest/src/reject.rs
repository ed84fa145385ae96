//! What stands beside a refused file in the quarantine: why, as JSON.

use crate::{FileOutcome, Status};
use serde::Serialize;
use std::io;

/// Most refused members of an archive that are told of one by one.
const MOST_MEMBERS: usize = 100;

/// What stands in a report beside a refused file.
#[derive(Serialize)]
struct RejectReport<'a> {
    name: &'a str,
    path: String,
    status: &'a str,
    format: Option<&'a str>,
    size: u64,
    sha256: Option<&'a str>,
    records: u64,
    refused: u64,
    reason: Option<RejectReason<'a>>,
    findings_total: u64,
    findings: Vec<RejectFinding<'a>>,
}

#[derive(Serialize)]
struct RejectReason<'a> {
    code: &'a str,
    message: &'a str,
    line: Option<u64>,
    column: Option<u32>,
}

#[derive(Serialize)]
struct RejectFinding<'a> {
    code: &'a str,
    name: &'a str,
    severity: &'a str,
    line: Option<u64>,
    column: Option<u32>,
    message: &'a str,
    excerpt: Option<&'a str>,
}

/// What stands in a report beside a refused archive.
#[derive(Serialize)]
struct ArchiveReport<'a> {
    path: String,
    status: &'a str,
    files: usize,
    refused: usize,
    /// The first hundred refused.
    members: Vec<RejectReport<'a>>,
}

/// The report on a refused file, as JSON.
pub(crate) fn report(outcome: &FileOutcome) -> io::Result<Vec<u8>> {
    serde_json::to_vec_pretty(&of(outcome)).map_err(io::Error::from)
}

/// The report on an archive of which something was refused, as JSON.
pub(crate) fn report_of_archive(members: &[&FileOutcome]) -> io::Result<Vec<u8>> {
    let refused = || members.iter().filter(|member| member.status.is_refused());
    let report = ArchiveReport {
        path: members.first().map(|first| first.path.to_string_lossy().into_owned()).unwrap_or_default(),
        status: Status::Rejected.as_str(),
        files: members.len(),
        refused: refused().count(),
        members: refused().take(MOST_MEMBERS).map(|member| of(member)).collect(),
    };
    serde_json::to_vec_pretty(&report).map_err(io::Error::from)
}

fn of(outcome: &FileOutcome) -> RejectReport<'_> {
    let reason = outcome.reason.as_ref();
    let findings = outcome.findings.shown().iter().map(|finding| RejectFinding {
        code: finding.code.id,
        name: finding.code.name,
        severity: finding.code.severity.as_str(),
        line: finding.line(),
        column: finding.column(),
        message: &finding.message,
        excerpt: finding.excerpt.as_ref().map(|excerpt| excerpt.text.as_str()),
    });
    RejectReport {
        name: &outcome.name,
        path: outcome.place(),
        status: outcome.status.as_str(),
        format: outcome.format.map(smrt_parser::Format::name),
        size: outcome.size,
        sha256: outcome.sha256.as_deref(),
        records: outcome.records,
        refused: outcome.refused,
        reason: reason.map(|reason| RejectReason {
            code: reason.code,
            message: &reason.message,
            line: reason.line,
            column: reason.column,
        }),
        findings_total: outcome.findings.total(),
        findings: findings.collect(),
    }
}
