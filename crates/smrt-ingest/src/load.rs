//! The loader: takes the files in their order and writes each whole or not at all.
//!
//! Guarantee: when a file is reported as loaded, its readings are durable; when anything breaks before that, nothing
//! of it is in the database. Small files share a transaction, each behind a savepoint of its own, and are reported
//! together after its commit.

use crate::{
    FileOutcome, IngestError, Observer, Options, Reason, Report, Status, Stop, archive,
    codes::{DUPLICATE, NAME_CONFLICT},
    discover::{Candidate, discover},
    pipeline::{self, Ended, Item, Job, Queue},
    produce::{Fate, Message, Produced, Want},
    report::outcome,
    rules::sequence,
};
use smrt_core::Finding;
use smrt_storage::{
    Counts, FinishedFile, LoadedFile, NewFile, NewRun, Reason as StoredReason, StoreError, UnloadedFile,
    UnloadedStatus, Writer,
};
use std::{
    hash::{BuildHasher, RandomState},
    path::PathBuf,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Most files of one transaction.
const GROUP_FILES: usize = 64;
/// How long a transaction may be held open for more files.
const GROUP_TIME: Duration = Duration::from_millis(150);

/// Takes files in: those named, and those in named folders and below.
///
/// Files are taken in the order in which their senders made them. When the end is asked for, the file in hand is
/// rolled back and the report says so.
///
/// # Errors
/// When a named path cannot be read or the database cannot be written; the files reported before stay loaded.
pub fn ingest(
    writer: &mut Writer,
    paths: &[PathBuf],
    options: &Options,
    stop: &Stop,
    observer: &dyn Observer,
) -> Result<Report, IngestError> {
    let candidates = discover(paths, options)?;
    Loader::new(writer, options, stop, observer, "ingest", false).load(candidates)
}

/// Does all that [`ingest`] does and takes everything back at the end: the report says what would happen.
///
/// # Errors
/// As [`ingest`].
pub fn dry_run(
    writer: &mut Writer,
    paths: &[PathBuf],
    options: &Options,
    stop: &Stop,
    observer: &dyn Observer,
) -> Result<Report, IngestError> {
    let candidates = discover(paths, options)?;
    Loader::new(writer, options, stop, observer, "ingest --dry-run", true).load(candidates)
}

/// Loads files into one database.
pub(crate) struct Loader<'a> {
    writer: &'a mut Writer,
    options: &'a Options,
    stop: &'a Stop,
    observer: &'a dyn Observer,
    command: &'a str,
    dry: bool,
    run_id: String,
    run_started: bool,
    /// When the open transaction was begun, if one is.
    begun: Option<Instant>,
    /// Outcomes that wait for the commit of the open transaction.
    waiting: Vec<FileOutcome>,
    done: Vec<FileOutcome>,
}

impl<'a> Loader<'a> {
    pub(crate) fn new(
        writer: &'a mut Writer,
        options: &'a Options,
        stop: &'a Stop,
        observer: &'a dyn Observer,
        command: &'a str,
        dry: bool,
    ) -> Self {
        let run_id = new_run_id();
        Self {
            writer,
            options,
            stop,
            observer,
            command,
            dry,
            run_id,
            run_started: false,
            begun: None,
            waiting: Vec::new(),
            done: Vec::new(),
        }
    }

    /// Loads all candidates.
    pub(crate) fn load(mut self, candidates: Vec<Candidate>) -> Result<Report, IngestError> {
        let started = Instant::now();
        let jobs = candidates.into_iter().map(|candidate| self.plan(candidate)).collect::<Result<Vec<_>, _>>()?;
        let (options, stop, observer) = (self.options, self.stop, self.observer);
        let result = pipeline::run(jobs, options, stop, observer, |queue| self.take_all(&queue));
        let interrupted = match result {
            Ok(()) => false,
            Err(IngestError::Interrupted) => true,
            Err(error) => {
                // The first error is the one to tell; after a broken connection this one says nothing new.
                let _ = self.writer.roll_back();
                return Err(error);
            }
        };
        if self.dry {
            self.writer.roll_back()?;
        } else {
            if self.run_started {
                self.writer.finish_run(&self.run_id, now())?;
            }
            self.end_group()?;
        }
        Ok(Report { run_id: self.run_id, files: self.done, interrupted, duration: started.elapsed() })
    }

    /// What a file needs, as far as the database tells beforehand. It is asked again under the write lock, because
    /// another process may load the same file meanwhile.
    fn plan(&mut self, candidate: Candidate) -> Result<Job, IngestError> {
        let is_known = self.writer.loaded_named(&candidate.name)?.is_some();
        let hash_first = !is_known && self.writer.any_loaded_of_size(candidate.size())?;
        let want = if is_known { Want::Hash } else { Want::Accepted };
        Ok(Job { candidate, want, hash_first })
    }

    fn take_all(&mut self, queue: &Queue) -> Result<(), IngestError> {
        loop {
            let item = match queue.ready() {
                Ok(Some(item)) => item,
                Ok(None) => {
                    // Nobody waits for what is done while nothing else is ready.
                    self.end_group()?;
                    match queue.next() {
                        Some(item) => item,
                        None => return Ok(()),
                    }
                }
                Err(Ended) => return Ok(()),
            };
            if self.stop.is_requested() {
                return Err(IngestError::Interrupted);
            }
            self.take(&item)?;
            let is_old = self.begun.is_some_and(|begun| begun.elapsed() >= GROUP_TIME);
            if is_old || self.waiting.len() >= GROUP_FILES {
                self.end_group()?;
            }
        }
    }

    /// Takes one file.
    fn take(&mut self, item: &Item) -> Result<(), IngestError> {
        let started = Instant::now();
        let candidate = &item.job.candidate;
        if item.job.want == Want::Hash {
            return self.take_known(item, started);
        }
        self.begin()?;
        if self.writer.loaded_named(&candidate.name)?.is_some() {
            return self.take_known(item, started);
        }
        let (produced, counts) = self.write(item)?;
        let outcome = match (&produced.fate, counts) {
            (_, Some(Written::Loaded(counts))) => {
                let mut outcome = outcome(candidate, produced, Status::Loaded, None);
                (outcome.inserted, outcome.replaced, outcome.unchanged) =
                    (counts.inserted, counts.replaced, counts.unchanged);
                outcome
            }
            (_, Some(Written::Known(known))) => return self.take_duplicate(candidate, produced, &known, started),
            (Fate::Skipped(reason), None) => {
                let reason = reason.clone();
                outcome(candidate, produced, Status::Skipped, Some(reason))
            }
            (Fate::Refused(reason), None) => {
                let reason = reason.clone();
                let outcome = outcome(candidate, produced, Status::Rejected, Some(reason));
                self.record(&outcome, UnloadedStatus::Rejected, None, started)?;
                outcome
            }
            (Fate::Accepted, None) => return Err(IngestError::Interrupted),
        };
        self.keep(outcome, started);
        Ok(())
    }

    /// Writes a file's readings behind a savepoint, and takes them back unless the file turns out to be good and new.
    fn write(&mut self, item: &Item) -> Result<(Produced, Option<Written>), IngestError> {
        let candidate = &item.job.candidate;
        let late_or_missing = self.sequence(candidate)?;
        let path = candidate.path.to_string_lossy();
        let file = NewFile {
            name: &candidate.name,
            path: &path,
            format: candidate.format.map_or("", smrt_parser::Format::name),
            received_at: now(),
            run_id: &self.run_id,
            precedence: self.options.precedence,
            created_at: candidate.header.created_at,
        };
        let started = Instant::now();
        let mut load = self.writer.begin_file(&file)?;
        loop {
            if self.stop.is_requested() {
                load.abandon()?;
                return Err(IngestError::Interrupted);
            }
            match item.next() {
                Ok(Message::Batch(batch)) => {
                    load.write(&batch)?;
                    self.observer.handled(batch.len() as u64);
                }
                Ok(Message::Restart) => {
                    load.abandon()?;
                    load = self.writer.begin_file(&file)?;
                }
                Ok(Message::Content(sha256)) => {
                    // Known content need not be written to be taken back at the end.
                    load.abandon()?;
                    if let Some(known) = self.writer.loaded_content(&sha256)? {
                        return Ok((item.skip_to_end()?, Some(Written::Known(known))));
                    }
                    load = self.writer.begin_file(&file)?;
                }
                Ok(Message::Done(produced)) => {
                    let mut produced = *produced;
                    let Some(sha256) = produced.sha256.clone().filter(|_| matches!(produced.fate, Fate::Accepted)) else {
                        load.abandon()?;
                        return Ok((produced, None));
                    };
                    if let Some(finding) = late_or_missing {
                        produced.findings.push(finding);
                    }
                    let finished = load.finish(&FinishedFile {
                        sha256: &sha256,
                        size: produced.size,
                        header: &produced.header,
                        records: produced.records,
                        refused: produced.refused,
                        findings: &produced.findings,
                        quarantined: &produced.quarantined,
                        duration: started.elapsed(),
                    });
                    let written = match finished {
                        Ok(counts) => Written::Loaded(counts),
                        // The same content was loaded since the file was looked at, as by this very run.
                        Err(conflict @ StoreError::Conflict { .. }) => match self.writer.loaded_content(&sha256)? {
                            Some(known) => Written::Known(known),
                            None => return Err(conflict.into()),
                        },
                        Err(error) => return Err(error.into()),
                    };
                    return Ok((produced, Some(written)));
                }
                Ok(Message::Failed(error)) => return Err(IngestError::Temporary(error)),
                Err(error) => {
                    load.abandon()?;
                    return Err(error);
                }
            }
        }
    }

    /// What the file's running number tells, given those loaded before it.
    fn sequence(&mut self, candidate: &Candidate) -> Result<Option<Finding>, IngestError> {
        let header = &candidate.header;
        let (Some(format), Some(generation)) = (candidate.format, header.generation) else { return Ok(None) };
        let last = self.writer.last_generation(format.name(), header.sender.as_deref(), generation.environment)?;
        Ok(sequence::compare(last, generation))
    }

    /// A file whose name is loaded: the same content is nothing new, other content a conflict.
    fn take_known(&mut self, item: &Item, started: Instant) -> Result<(), IngestError> {
        let candidate = &item.job.candidate;
        let produced = item.skip_to_end()?;
        let known = self.writer.loaded_named(&candidate.name)?;
        let outcome = match (known, &produced.sha256) {
            (Some(known), Some(sha256)) if known.sha256 == *sha256 => {
                outcome(candidate, produced, Status::AlreadyLoaded, None)
            }
            (Some(known), Some(_)) => {
                let message = format!("a file named {} was loaded before, with other content", known.name);
                let (produced, reason) = with_finding(produced, Finding::of_file(&NAME_CONFLICT, message));
                let outcome = outcome(candidate, produced, Status::NameConflict, Some(reason));
                self.begin()?;
                self.record(&outcome, UnloadedStatus::NameConflict, Some(known.id), started)?;
                outcome
            }
            (_, _) => {
                // It could not be read just now.
                let reason = match &produced.fate {
                    Fate::Refused(reason) | Fate::Skipped(reason) => Some(reason.clone()),
                    Fate::Accepted => None,
                };
                outcome(candidate, produced, Status::Skipped, reason)
            }
        };
        self.keep(outcome, started);
        Ok(())
    }

    fn take_duplicate(
        &mut self,
        candidate: &Candidate,
        produced: Produced,
        known: &LoadedFile,
        started: Instant,
    ) -> Result<(), IngestError> {
        let message = format!("the same content was loaded before as {}", known.name);
        let (produced, reason) = with_finding(produced, Finding::of_file(&DUPLICATE, message));
        let outcome = outcome(candidate, produced, Status::Duplicate, Some(reason));
        self.record(&outcome, UnloadedStatus::Duplicate, Some(known.id), started)?;
        self.keep(outcome, started);
        Ok(())
    }

    /// Writes down a file of which nothing is loaded.
    fn record(
        &mut self,
        outcome: &FileOutcome,
        status: UnloadedStatus,
        duplicate_of: Option<i64>,
        started: Instant,
    ) -> Result<(), IngestError> {
        let path = outcome.path.to_string_lossy();
        let reason = outcome.reason.as_ref();
        self.writer.record_unloaded(&UnloadedFile {
            name: &outcome.name,
            path: &path,
            format: outcome.format.map(smrt_parser::Format::name),
            sha256: outcome.sha256.as_deref(),
            size: outcome.size,
            received_at: now(),
            run_id: &self.run_id,
            header: &outcome.header,
            status,
            reason: reason.map(|reason| StoredReason {
                code: reason.code,
                message: &reason.message,
                line: reason.line,
                column: reason.column,
            }),
            duplicate_of,
            records: outcome.records,
            refused: outcome.refused,
            findings: &outcome.findings,
            duration: started.elapsed(),
        })?;
        Ok(())
    }

    /// Keeps an outcome until what it says is durable.
    fn keep(&mut self, mut outcome: FileOutcome, started: Instant) {
        outcome.duration = started.elapsed();
        if self.begun.is_some() && !self.dry {
            self.waiting.push(outcome);
        } else {
            self.tell(outcome);
        }
    }

    /// Takes the write lock and begins a transaction, unless one is open.
    fn begin(&mut self) -> Result<(), IngestError> {
        if self.begun.is_some() {
            return Ok(());
        }
        let (stop, observer) = (self.stop, self.observer);
        let mut keep_waiting = |waited| {
            observer.waiting(waited);
            !stop.is_requested()
        };
        match self.writer.begin(self.options.patience, &mut keep_waiting) {
            Err(StoreError::Busy { .. }) if stop.is_requested() => return Err(IngestError::Interrupted),
            other => other?,
        }
        self.begun = Some(Instant::now());
        if !self.run_started {
            let run =
                NewRun { id: &self.run_id, started_at: now(), command: self.command, version: env!("CARGO_PKG_VERSION") };
            self.writer.start_run(&run)?;
            self.run_started = true;
        }
        Ok(())
    }

    /// Commits the open transaction, and tells of the files in it.
    fn end_group(&mut self) -> Result<(), IngestError> {
        if self.begun.is_none() || self.dry {
            return Ok(());
        }
        self.writer.commit()?;
        self.begun = None;
        for outcome in std::mem::take(&mut self.waiting) {
            self.tell(outcome);
        }
        Ok(())
    }

    /// Moves a file where it now belongs, and reports it.
    fn tell(&mut self, mut outcome: FileOutcome) {
        if !self.dry {
            match archive::settle(&outcome, self.options) {
                Ok(moved_to) => outcome.moved_to = moved_to,
                Err(error) => self.observer.warned(&error.to_string()),
            }
        }
        self.observer.finished(&outcome);
        self.done.push(outcome);
    }
}

/// What became of a file's readings.
enum Written {
    Loaded(Counts),
    Known(LoadedFile),
}

/// Adds the finding that is the reason for an outcome.
fn with_finding(mut produced: Produced, finding: Finding) -> (Produced, Reason) {
    let reason = Reason::from(&finding);
    produced.findings.push(finding);
    (produced, reason)
}

/// UTC epoch seconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// An id for a run: its time, for people, and a random part.
fn new_run_id() -> String {
    let time: String = smrt_core::MarketZone::Utc.rfc3339(now()).chars().filter(char::is_ascii_alphanumeric).collect();
    let random = RandomState::new().hash_one(std::process::id());
    format!("{time}-{:08x}", random >> 32)
}
