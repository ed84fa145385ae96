//! The loader: takes the files in their order, in transactions of many small files or one large one.
//!
//! Guarantee: when a file is reported as loaded, its readings are durable; when anything breaks before that, nothing
//! of it is in the database. Files that share a transaction are each behind a savepoint of their own, and are reported
//! together after its commit. What happens to one file is in [`crate::take`].

use crate::{
    FileOutcome, IngestError, Observer, Options, Report, Stop, archive,
    candidate::{Candidate, Content},
    discover::discover_unknown,
    lake::{Attached, copies},
    measure::Measuring,
    pipeline::{self, Ended, Job, Queue},
    produce::Want,
};
use smrt_parser::Format;
use smrt_storage::{NewRun, StoreError, Writer};
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Most files of one transaction.
const GROUP_FILES: usize = 64;
/// A file of more bytes is not put into a transaction behind others.
const GROUP_BYTES: u64 = 4 << 20;
/// How long a transaction may be held open for more files.
const GROUP_TIME: Duration = Duration::from_millis(150);
/// How long a transaction with measurements may be held open, and its most files: the fewer transactions, the fewer and
/// larger the files of the lake.
const LAKE_GROUP: (Duration, usize) = (Duration::from_secs(2), 4096);
/// How often it is looked whether the end is asked for while a file is on its way.
const A_WHILE: Duration = Duration::from_millis(100);

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
    let candidates = find(writer, paths, options, stop, observer)?;
    Loader::new(writer, options, stop, observer, "ingest", false).load(candidates)
}

/// Does all that [`ingest`] does and takes everything back at the end: the report says what would happen. Until then
/// it holds the write lock, and others wait.
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
    let candidates = find(writer, paths, options, stop, observer)?;
    Loader::new(writer, options, stop, observer, "ingest --dry-run", true).load(candidates)
}

/// Finds files; of objects that are loaded just their tags are looked at.
fn find(
    writer: &mut Writer,
    paths: &[PathBuf],
    options: &Options,
    stop: &Stop,
    observer: &dyn Observer,
) -> Result<Vec<Candidate>, IngestError> {
    discover_unknown(paths, options, stop, observer, &mut |object| writer.known_object(object))
}

/// An archive whose files are being taken.
#[derive(Debug, Default)]
struct Archive {
    /// Files still to be taken.
    left: usize,
    /// Where those that were taken stand among all that is done.
    done: Vec<usize>,
}

/// Loads files into one database.
pub(crate) struct Loader<'a> {
    pub(crate) writer: &'a mut Writer,
    pub(crate) options: &'a Options,
    pub(crate) stop: &'a Stop,
    pub(crate) observer: &'a dyn Observer,
    command: &'a str,
    dry: bool,
    pub(crate) run_id: String,
    run_started: bool,
    /// When the open transaction was begun, if one is.
    begun: Option<Instant>,
    /// Outcomes that wait for the commit of the open transaction.
    waiting: Vec<FileOutcome>,
    done: Vec<FileOutcome>,
    /// Archives of which some files are still to be taken.
    archives: HashMap<PathBuf, Archive>,
    /// The lake, once it is needed.
    pub(crate) measuring: Option<Measuring>,
    /// Whether it was told that the lake was made.
    lake_told: bool,
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
            archives: HashMap::new(),
            measuring: None,
            lake_told: false,
        }
    }

    /// Loads all candidates.
    pub(crate) fn load(mut self, candidates: Vec<Candidate>) -> Result<Report, IngestError> {
        let started = Instant::now();
        for member in candidates.iter().filter(|candidate| candidate.is_member) {
            self.archives.entry(member.path.clone()).or_default().left += 1;
        }
        let jobs = candidates.into_iter().map(|candidate| self.plan(candidate)).collect::<Result<Vec<_>, _>>()?;
        let (options, stop, observer) = (self.options, self.stop, self.observer);
        // One core reads faster than the database writes.
        let result = pipeline::run(jobs, 1, options, stop, observer, |queue| self.take_all(&queue));
        let interrupted = match result {
            Ok(()) => Ok(false),
            Err(IngestError::Interrupted) => Ok(true),
            Err(error) => Err(error),
        };
        let ended = interrupted.and_then(|interrupted| self.end(interrupted).map(|()| interrupted));
        let interrupted = ended.inspect_err(|_| {
            // The first error is the one to tell; after a broken connection this one says nothing new.
            let _ = self.writer.roll_back();
            self.measuring.iter_mut().for_each(Measuring::abandon_all);
        })?;
        Ok(Report { run_id: self.run_id, files: self.done, interrupted, duration: started.elapsed() })
    }

    /// Ends the run: commits what is in hand, or takes all back that was just tried.
    fn end(&mut self, interrupted: bool) -> Result<(), IngestError> {
        if interrupted {
            // The file in hand has been taken back in the database.
            self.measuring.iter_mut().for_each(Measuring::abandon_file);
        }
        if self.dry {
            self.writer.roll_back()?;
            self.measuring.iter_mut().for_each(Measuring::abandon_all);
            return Ok(());
        }
        self.end_group()?;
        self.catch_up_lake()
    }

    /// What a file needs, as far as the database tells beforehand. It is asked again under the write lock, because
    /// another process may load the same file meanwhile.
    fn plan(&mut self, candidate: Candidate) -> Result<Job, IngestError> {
        if candidate.is_foreign() {
            // Of what is left alone the database knows nothing.
            return Ok(Job { candidate, want: Want::Accepted, hash_first: false });
        }
        if matches!(candidate.content, Content::Known(_)) {
            return Ok(Job { candidate, want: Want::Hash, hash_first: false });
        }
        if candidate.format == Some(Format::SensorMapping) {
            return Ok(Job { candidate, want: Want::Accepted, hash_first: true });
        }
        let is_known = self.writer.loaded_named(&candidate.name)?.is_some();
        let hash_first = !is_known && self.writer.any_loaded_of_size(candidate.size())?;
        let want = if is_known { Want::Hash } else { Want::Accepted };
        Ok(Job { candidate, want, hash_first })
    }

    fn take_all(&mut self, queue: &Queue) -> Result<(), IngestError> {
        loop {
            let item = match queue.next_within(self.may_wait()) {
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
            if !item.speaks_within(self.time_left()) {
                // Nor does anybody wait for a lock while a file is on its way.
                self.end_group()?;
                while !item.speaks_within(A_WHILE) && !self.stop.is_requested() {}
            }
            if self.stop.is_requested() {
                return Err(IngestError::Interrupted);
            }
            if item.job.candidate.known_size().is_none_or(|size| size > GROUP_BYTES) && !self.gathers() {
                // Nobody waits for small files while a large one is written.
                self.end_group()?;
            }
            self.take(&item)?;
            let (_, most_files) = self.group();
            if self.time_left().is_zero() || self.waiting.len() >= most_files {
                self.end_group()?;
            }
        }
    }

    /// Whether measurements wait to be written together: each transaction makes a data file for each day.
    fn gathers(&self) -> bool {
        self.measuring.as_ref().is_some_and(Measuring::gathers)
    }

    /// How long the transaction may be held open, and its most files.
    fn group(&self) -> (Duration, usize) {
        if self.gathers() { LAKE_GROUP } else { (GROUP_TIME, GROUP_FILES) }
    }

    /// How long the transaction may still be held open.
    fn time_left(&self) -> Duration {
        self.begun.map_or(Duration::ZERO, |begun| self.group().0.saturating_sub(begun.elapsed()))
    }

    /// How long more files may be waited for before those in hand are committed: just where they are better written
    /// together.
    fn may_wait(&self) -> Duration {
        if self.gathers() { self.time_left() } else { Duration::ZERO }
    }

    /// Makes the lake ready where a file needs it.
    pub(crate) fn attach_lake(&mut self, candidate: &Candidate) -> Result<(), IngestError> {
        if self.measuring.is_some() || candidate.format.is_none() {
            return Ok(());
        }
        let row = self.writer.lake()?;
        if candidate.format == Some(Format::Sensor) || copies(row.as_ref(), &self.options.lake) {
            let lake = match self.dry {
                true => Attached::for_trying(self.writer, &self.options.lake)?,
                false => {
                    self.make_lake_known()?;
                    Attached::for_writing(self.writer, &self.options.lake)?
                }
            };
            self.measuring = Some(Measuring::new(lake, self.writer)?);
        }
        Ok(())
    }

    /// Writes down which lake this database will have, durably, before anything of it is made: a load that is taken back
    /// must not leave a lake that nobody knows.
    fn make_lake_known(&mut self) -> Result<(), IngestError> {
        if self.writer.lake()?.is_some() {
            return Ok(());
        }
        self.end_group()?;
        self.begin()?;
        Attached::for_writing(self.writer, &self.options.lake)?;
        self.end_group()?;
        self.begin()
    }

    /// Another process may have said since the last transaction where the lake is now, or that it takes more.
    fn look_at_lake_again(&mut self) -> Result<(), IngestError> {
        if let Some(measuring) = &self.measuring
            && self.writer.lake()?.as_ref() != Some(measuring.lake().row())
        {
            self.measuring = None;
        }
        Ok(())
    }

    /// Lets the lake's own log catch up with what earlier runs have decided, such as one that was killed.
    fn catch_up_lake(&mut self) -> Result<(), IngestError> {
        let Some(row) = self.writer.lake()? else { return Ok(()) };
        let attached = match self.measuring.take() {
            Some(measuring) => Ok(measuring.into_lake()),
            None => Attached::new(row, &self.options.lake),
        };
        self.tell_of_log(|writer| attached?.publish(writer));
        Ok(())
    }

    /// What the lake's log lacks is not lost: the database knows it, and the next run tries again.
    fn tell_of_log(&mut self, publish: impl FnOnce(&mut Writer) -> Result<(), IngestError>) {
        if let Err(error) = publish(self.writer) {
            let message = format!(
                "{error}; all that is reported as loaded is, but other programs do not see it in the lake until its \
                 log catches up, which the next run tries again"
            );
            self.observer.warned(&message);
        }
    }

    /// Keeps an outcome until what it says is durable.
    pub(crate) fn keep(&mut self, mut outcome: FileOutcome, started: Instant) {
        outcome.duration = started.elapsed();
        if self.begun.is_some() && !self.dry {
            self.waiting.push(outcome);
        } else {
            self.tell(outcome);
        }
    }

    /// Takes the write lock and begins a transaction, unless one is open.
    pub(crate) fn begin(&mut self) -> Result<(), IngestError> {
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
        self.look_at_lake_again()?;
        if !self.run_started {
            let run = NewRun {
                id: &self.run_id,
                started_at: now(),
                command: self.command,
                version: env!("CARGO_PKG_VERSION"),
            };
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
        if let Some(measuring) = &mut self.measuring {
            measuring.settle(self.writer)?;
        }
        // Each commit says when the run was last at work, so that none is needed just for that at the end.
        self.writer.finish_run(&self.run_id, now())?;
        self.writer.commit()?;
        self.begun = None;
        if let Some(measuring) = self.measuring.take() {
            self.tell_of_log(|writer| measuring.lake().publish(writer));
            if measuring.lake().was_made() && !std::mem::replace(&mut self.lake_told, true) {
                self.observer.told(&format!("made the lake {}", measuring.lake().address()));
            }
            self.measuring = Some(measuring);
        }
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
        let taken = outcome.path.clone();
        self.done.push(outcome);
        if !self.dry {
            self.tell_archive(&taken);
        }
    }

    /// Moves an archive where it now belongs, once the last of its files is done.
    fn tell_archive(&mut self, path: &Path) {
        let Some(archive) = self.archives.get_mut(path) else { return };
        archive.done.push(self.done.len() - 1);
        archive.left = archive.left.saturating_sub(1);
        if archive.left > 0 {
            return;
        }
        let done = std::mem::take(&mut archive.done);
        let members: Vec<&FileOutcome> = done.iter().filter_map(|&index| self.done.get(index)).collect();
        match archive::settle_archive(&members, self.options) {
            Ok(moved_to) => {
                for index in done {
                    self.done[index].moved_to.clone_from(&moved_to);
                }
            }
            Err(error) => self.observer.warned(&error.to_string()),
        }
    }
}

/// What time it is, in UTC epoch seconds.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// An id for a run: its time, for people, and a random part.
fn new_run_id() -> String {
    let time: String = smrt_core::MarketZone::Utc.rfc3339(now()).chars().filter(char::is_ascii_alphanumeric).collect();
    let random = RandomState::new().hash_one(std::process::id());
    format!("{time}-{:08x}", random >> 32)
}
