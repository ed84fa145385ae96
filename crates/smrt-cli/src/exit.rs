//! How a run ends: every outcome and every failure with its exit code, and the one place that prints an error.

use crate::{messages::Messages, render::safe};
use smrt_ingest::{IngestError, StoreTrouble, convert::ConvertError};
use smrt_storage::{StoreError, WarehouseError};
use smrt_views::AskError;
use std::{error::Error, fmt, io, path::PathBuf, process::ExitCode};

/// How a verb that did its work ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is well, or there was nothing to do.
    Done,
    /// Some files were rejected.
    SomeRejected,
    /// Every file that was tried was rejected.
    AllRejected,
    /// Files could not be read, which says nothing against them.
    Unreadable,
    /// Files could not be had just now and may be the next time; all others are well.
    TryAgain,
    /// Something weighs as an error.
    Findings,
    /// The end was asked for; what was finished stays.
    Interrupted,
}

impl Outcome {
    const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::SomeRejected => 3,
            Self::AllRejected => 4,
            Self::Unreadable => 74,
            Self::TryAgain => 75,
            Self::Findings => 6,
            Self::Interrupted => INTERRUPTED,
        }
    }
}

/// The exit code after a signal.
pub(crate) const INTERRUPTED: u8 = 130;

/// Why a verb could not do its work.
#[derive(Debug)]
pub(crate) enum CliError {
    /// The arguments or the configuration make no sense.
    Usage(String),
    /// What was asked for is not there. The second text says what to do.
    NotFound(String, Option<String>),
    /// Somebody else is at it.
    Busy(String),
    /// A file or folder cannot be made.
    Create(PathBuf, io::Error),
    /// A file cannot be read or written.
    File(PathBuf, io::Error),
    /// Standard output cannot be written.
    Output(io::Error),
    /// The end was asked for.
    Interrupted,
    /// The database.
    Store(StoreError),
    /// The run over the files.
    Ingest(IngestError),
    /// Following a table.
    Warehouse(WarehouseError),
}

impl CliError {
    fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::NotFound(..) => 1,
            Self::Busy(_) => 75,
            Self::Interrupted => INTERRUPTED,
            Self::Create(..) => 73,
            Self::File(..) | Self::Output(_) => 74,
            Self::Store(error) => of_store(error),
            Self::Warehouse(error) => match error {
                WarehouseError::Store(error) => of_store(error),
                WarehouseError::Interrupted => INTERRUPTED,
                WarehouseError::Lock { .. } => 73,
                error if error.is_temporary() => 75,
                WarehouseError::Source { .. } | WarehouseError::Torn { .. } | WarehouseError::NoRow(_) => 1,
                _ => 2,
            },
            Self::Ingest(error) => match error {
                IngestError::Store(error) => of_store(error),
                IngestError::Interrupted => INTERRUPTED,
                IngestError::Unreadable { source, .. } if is_no_such_path(source) => 2,
                IngestError::Destination { .. } | IngestError::ObjectsStay { .. } => 2,
                IngestError::Lake(error) if error.is_temporary() => 75,
                IngestError::Objects { trouble, .. } => match trouble {
                    StoreTrouble::Usage => 2,
                    StoreTrouble::Passing => 75,
                    StoreTrouble::Lasting => 74,
                },
                IngestError::Unreadable { .. } | IngestError::Temporary(_) | IngestError::Lake(_) => 74,
            },
        }
    }

    /// What to do next, where that is known.
    fn hint(&self) -> Option<&str> {
        match self {
            Self::NotFound(_, hint) => hint.as_deref(),
            Self::Store(error) | Self::Ingest(IngestError::Store(error)) => match error {
                StoreError::Unavailable { .. } | StoreError::Busy { .. } => {
                    Some("nothing is lost: run the same command again later")
                }
                StoreError::Full { .. } => {
                    Some("nothing is lost: make room or give the right to write, and run it again")
                }
                StoreError::NewerSchema { .. } => Some("use the newer smrt for this database"),
                StoreError::Corrupt { .. } => Some("make sure that it is the right file; else restore it from a copy"),
                _ => None,
            },
            Self::Ingest(IngestError::Objects { trouble: StoreTrouble::Passing, .. }) => {
                Some("nothing is lost: run the same command again later")
            }
            Self::Warehouse(error) if error.is_temporary() => {
                Some("nothing was changed: run the same command again later")
            }
            Self::Interrupted | Self::Ingest(IngestError::Interrupted) => Some("run the same command again to go on"),
            _ => None,
        }
    }
}

/// Whether a path was mistyped rather than withheld.
fn is_no_such_path(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The exit code of a failure of the database.
fn of_store(error: &StoreError) -> u8 {
    match error {
        error if error.is_temporary() => 75,
        error if error.is_storage_full() => 74,
        StoreError::CannotOpen { .. } => 73,
        _ => 1,
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::NotFound(message, _) | Self::Busy(message) => f.write_str(message),
            Self::Interrupted => f.write_str("interrupted"),
            Self::Create(path, error) => write!(f, "cannot make {}: {error}", path.display()),
            Self::File(path, error) => write!(f, "cannot read or write {}: {error}", path.display()),
            Self::Output(error) => write!(f, "cannot write to standard output: {error}"),
            Self::Store(error) => write_chain(f, error),
            Self::Ingest(error) => write_chain(f, error),
            Self::Warehouse(error) => write_chain(f, error),
        }
    }
}

/// An error with its causes, those left out that the one before quotes already.
fn write_chain(f: &mut fmt::Formatter<'_>, error: &dyn Error) -> fmt::Result {
    let mut said = error.to_string();
    f.write_str(&said)?;
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !said.contains(&words) {
            write!(f, ": {words}")?;
        }
        said = words;
        next = cause.source();
    }
    Ok(())
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<WarehouseError> for CliError {
    fn from(error: WarehouseError) -> Self {
        match error {
            WarehouseError::Store(error) => Self::Store(error),
            WarehouseError::Interrupted => Self::Interrupted,
            other => Self::Warehouse(other),
        }
    }
}

impl From<AskError> for CliError {
    fn from(error: AskError) -> Self {
        let hint = match &error {
            AskError::NoMeter { .. } => "`smrt meters` lists the meters".to_owned(),
            AskError::NothingMeasured { .. } => {
                "a mapping has named it; load the files with its measurements, `smrt files` lists those that are"
                    .to_owned()
            }
            AskError::NoChannel { names, .. } => match names.len() {
                0 => "its only channel has no name: leave --channel out".to_owned(),
                _ => format!("there is {}", names.join(", ")),
            },
            AskError::NoReading { code, .. } => format!("`smrt readings {code}` shows those there are"),
            AskError::NoMeasurement { sensor, .. } => format!("`smrt readings {sensor}` shows those there are"),
            _ => String::new(),
        };
        let message = error.to_string();
        match error {
            AskError::Parameter { name: "time", message } => Self::Usage(format!("TIME: {message}")),
            AskError::Parameter { name, message } => Self::Usage(format!("--{name}: {message}")),
            AskError::SeveralChannels { names } => Self::Usage(format!(
                "several channels have a reading there: give --channel, one of {}",
                names.join(", ")
            )),
            AskError::Store(error) => error.into(),
            AskError::Ingest(error) => error.into(),
            AskError::Warehouse(error) => error.into(),
            AskError::Output(error) => error.into(),
            _ => Self::NotFound(message, Some(hint).filter(|hint| !hint.is_empty())),
        }
    }
}

impl From<IngestError> for CliError {
    fn from(error: IngestError) -> Self {
        Self::Ingest(error)
    }
}

impl From<ConvertError> for CliError {
    fn from(error: ConvertError) -> Self {
        match error {
            ConvertError::Ingest(error) => Self::Ingest(error),
            ConvertError::Output(error) => Self::Output(error),
            ConvertError::NotOneFile { .. } => Self::Usage(error.to_string()),
            ConvertError::Temporary(error) => Self::Ingest(IngestError::Temporary(error)),
        }
    }
}

/// Only results are written through a bare `io::Error`; files are named in [`CliError::File`].
impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Prints what went wrong, if anything did, and gives the exit code.
pub(crate) fn report(result: Result<Outcome, CliError>, messages: &Messages) -> ExitCode {
    let error = match result {
        Ok(outcome) => {
            messages.took();
            return ExitCode::from(outcome.code());
        }
        // Whoever reads has seen enough.
        Err(CliError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
        Err(error) => error,
    };
    messages.error(&safe(&error.to_string()));
    if let Some(hint) = error.hint() {
        messages.hint(&safe(hint));
    }
    ExitCode::from(error.code())
}

/// The exit code after arguments that clap did not take, or after `--help`.
pub(crate) fn of_clap(error: &clap::Error) -> ExitCode {
    // A help that nobody reads to its end is no failure.
    let _ = error.print();
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn each_failure_has_its_exit_code() {
        let full = StoreError::Full { what: "writing", detail: "disk".into() };
        let busy = StoreError::Busy { waited: Duration::from_secs(1) };
        let cannot_open = StoreError::CannotOpen { database: "x".into(), detail: "y".into() };
        let unreadable = |kind: io::ErrorKind| IngestError::Unreadable { path: "x".into(), source: kind.into() };
        let of_objects = |trouble| IngestError::Objects { trouble, message: "x".into() };
        for (error, code) in [
            (CliError::Store(full), 74),
            (CliError::Ingest(busy.into()), 75),
            (CliError::Store(cannot_open), 73),
            (CliError::Store(StoreError::Misuse("x")), 1),
            (CliError::Ingest(IngestError::Interrupted), 130),
            (CliError::Ingest(unreadable(io::ErrorKind::NotFound)), 2),
            (CliError::Ingest(unreadable(io::ErrorKind::PermissionDenied)), 74),
            (CliError::Ingest(IngestError::Destination { role: "archive", path: "x".into() }), 2),
            (CliError::Ingest(IngestError::ObjectsStay { role: "archive" }), 2),
            (CliError::Ingest(of_objects(StoreTrouble::Usage)), 2),
            (CliError::Ingest(of_objects(StoreTrouble::Passing)), 75),
            (CliError::Ingest(of_objects(StoreTrouble::Lasting)), 74),
            (CliError::Usage(String::new()), 2),
            (CliError::Create("x".into(), io::ErrorKind::PermissionDenied.into()), 73),
        ] {
            assert_eq!(error.code(), code, "{error:?}");
        }
    }

    #[test]
    fn a_cause_is_told_once() {
        let error = IngestError::Unreadable { path: "a".into(), source: io::Error::other("gone") };
        assert_eq!(CliError::Ingest(error).to_string(), "cannot read a: gone");
    }
}
