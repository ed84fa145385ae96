//! Where files go when they are done: loaded ones to the archive, refused ones to the quarantine.
//!
//! A file is moved only after what the database says of it is durable. When the process dies in between, the next run
//! finds the file known and moves it then.

use crate::{FileOutcome, Options, Status};
use serde::Serialize;
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// What stands behind the name of a refused file for its findings.
pub(crate) const REPORT_SUFFIX: &str = ".reject.json";

/// A file could not be moved; it stays where it is, which changes nothing in the database.
#[derive(Debug, thiserror::Error)]
#[error("{} stays where it is: cannot move it to {}: {source}", from.display(), to.display())]
pub(crate) struct MoveError {
    from: PathBuf,
    to: PathBuf,
    source: io::Error,
}

/// Moves a file according to its outcome; gives where to, if anywhere.
pub(crate) fn settle(outcome: &FileOutcome, options: &Options) -> Result<Option<PathBuf>, MoveError> {
    let folder = match outcome.status {
        Status::Loaded | Status::AlreadyLoaded | Status::Duplicate => options.archive.as_deref(),
        Status::Rejected | Status::NameConflict => options.quarantine.as_deref(),
        Status::Skipped => None,
    };
    let Some(folder) = folder else { return Ok(None) };
    let refused = outcome.status.is_refused();
    move_file(outcome, folder, refused).map(Some).map_err(|source| MoveError {
        from: outcome.path.clone(),
        to: folder.to_owned(),
        source,
    })
}

fn move_file(outcome: &FileOutcome, folder: &Path, with_report: bool) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let name = outcome.path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let target = free_name(folder, Path::new(name))?;
    if with_report {
        // First the report: a refused file without its reasons would be the worse half.
        write_durably(&report_path(&target), &report(outcome)?)?;
    }
    match fs::rename(&outcome.path, &target) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => copy_durably(&outcome.path, &target)?,
        other => other?,
    }
    sync_folder(folder)?;
    if let Some(parent) = outcome.path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        sync_folder(parent)?;
    }
    Ok(target)
}

fn report_path(target: &Path) -> PathBuf {
    let mut path = target.as_os_str().to_owned();
    path.push(REPORT_SUFFIX);
    path.into()
}

/// The name itself, or the name with a number where another file has it: no file is ever overwritten. A report without
/// its file is what is left of a move that was cut off, or of a file that somebody has dealt with.
fn free_name(folder: &Path, name: &Path) -> io::Result<PathBuf> {
    for number in 0..10_000u32 {
        let mut candidate = name.as_os_str().to_owned();
        if number > 0 {
            candidate.push(format!(".{number}"));
        }
        let path = folder.join(candidate);
        if !path.try_exists()? {
            return Ok(path);
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "ten thousand files have this name there"))
}

/// Writes a file under a temporary name, makes it durable and gives it its name.
fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = temporary_name(path);
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

/// Moves to another file system: the copy is durable before the original goes.
fn copy_durably(from: &Path, to: &Path) -> io::Result<()> {
    let temporary = temporary_name(to);
    fs::copy(from, &temporary)?;
    File::open(&temporary)?.sync_all()?;
    fs::rename(&temporary, to)?;
    fs::remove_file(from)
}

fn temporary_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    name.into()
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

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

fn report(outcome: &FileOutcome) -> io::Result<Vec<u8>> {
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
    let report = RejectReport {
        name: &outcome.name,
        path: outcome.path.to_string_lossy().into_owned(),
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
    };
    serde_json::to_vec_pretty(&report).map_err(io::Error::from)
}
