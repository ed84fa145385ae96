//! Taking files in as they arrive.
//!
//! The truth is a look through the folder every few seconds; what the system tells about changes just makes the next
//! look come sooner. A file is taken when its size and time have been at rest for a while and its last record ends it.
//! Nothing is remembered that matters: a watch that is killed and started again finds out from the database what is
//! left to do.

use crate::{
    Candidate, IngestError, Observer, Options, Report, Stop, discover::discover, load::Loader, source::Fingerprint,
};
use notify::{RecursiveMode, Watcher};
use smrt_storage::{StoreError, Writer};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

/// How often a wait looks whether the end was asked for.
const TICK: Duration = Duration::from_millis(100);
/// Longest pause between attempts to reach a database that is away.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How to watch a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchOptions {
    /// How long a file's size and time must be at rest before it is taken.
    pub settle: Duration,
    /// How often the folder is looked through, whatever the system tells.
    pub rescan: Duration,
    /// After how long a file that stays incomplete is reported.
    pub unfinished_after: Duration,
    /// Take what is complete now, wait for what is settling, and end.
    pub once: bool,
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self {
            settle: Duration::from_secs(2),
            rescan: Duration::from_secs(5),
            unfinished_after: Duration::from_secs(300),
            once: false,
        }
    }
}

/// Takes in files of a folder as they arrive, until the end is asked for. `each` gets a report for every round in
/// which something was taken. While the database is away it waits for it, longer and longer up to half a minute,
/// unless it watches just `once`.
///
/// # Errors
/// When the folder cannot be read, or the database cannot be written for another reason than being away.
pub fn watch(
    connect: &mut dyn FnMut() -> Result<Writer, StoreError>,
    folder: &Path,
    options: &Options,
    watch: &WatchOptions,
    stop: &Stop,
    observer: &dyn Observer,
    each: &mut dyn FnMut(Report),
) -> Result<(), IngestError> {
    let hints = Hints::new(folder)?;
    let mut inbox = Inbox::default();
    let mut writer = None;
    let mut pause = TICK;
    while !stop.is_requested() {
        let found = discover(&[folder.to_owned()], options)?;
        let settled = inbox.settled(found, watch, observer);
        if !settled.is_empty() {
            match load(&mut writer, connect, &settled, options, stop, observer) {
                Ok(report) => {
                    pause = TICK;
                    inbox.remember(&settled, &report, watch);
                    each(report);
                    continue;
                }
                Err(IngestError::Store(error)) if error.is_temporary() && !watch.once => {
                    writer = None;
                    observer.warned(&format!("{error}; trying again in {:.1} s", pause.as_secs_f64()));
                    sleep(pause, stop);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    continue;
                }
                Err(error) => return Err(error),
            }
        }
        if watch.once && !inbox.is_settling(watch) {
            return Ok(());
        }
        hints.wait(if inbox.is_settling(watch) { watch.settle.min(watch.rescan) } else { watch.rescan }, stop);
    }
    Err(IngestError::Interrupted)
}

fn load(
    writer: &mut Option<Writer>,
    connect: &mut dyn FnMut() -> Result<Writer, StoreError>,
    settled: &[Candidate],
    options: &Options,
    stop: &Stop,
    observer: &dyn Observer,
) -> Result<Report, IngestError> {
    let writer = match writer {
        Some(writer) => writer,
        None => writer.insert(connect()?),
    };
    Loader::new(writer, options, stop, observer, "watch", false).load(settled.to_vec())
}

/// What is known of the files in the folder.
#[derive(Debug, Default)]
struct Inbox(HashMap<PathBuf, Entry>);

/// One file as it was last seen.
#[derive(Debug)]
struct Entry {
    fingerprint: Fingerprint,
    since: Instant,
    complete: bool,
    /// Whether it was taken, or reported as unfinished, as it is now.
    done: bool,
    reported: bool,
}

impl Inbox {
    /// The files that are at rest, complete and not yet taken as they are. Forgets files that have gone, and reports
    /// those that have been incomplete for too long, once.
    fn settled(&mut self, found: Vec<Candidate>, watch: &WatchOptions, observer: &dyn Observer) -> Vec<Candidate> {
        self.0.retain(|path, _| found.iter().any(|candidate| candidate.path == *path));
        let mut settled = Vec::new();
        for candidate in found {
            let Some(fingerprint) = candidate.fingerprint else { continue };
            // A file of no known format has no end to wait for; the loader says what it is.
            let complete = candidate.ends_complete || candidate.format.is_none();
            let fresh = || Entry { fingerprint, since: Instant::now(), complete, done: false, reported: false };
            let entry = self.0.entry(candidate.path.clone()).or_insert_with(fresh);
            if entry.fingerprint != fingerprint {
                *entry = fresh();
            }
            let rest = entry.since.elapsed();
            if !complete && !entry.reported && (rest >= watch.unfinished_after || watch.once && rest >= watch.settle) {
                entry.reported = true;
                observer.warned(&unfinished(&candidate, rest));
            }
            if complete && !entry.done && rest >= watch.settle {
                settled.push(candidate);
            }
        }
        settled
    }

    /// Remembers what was taken, so that a file that stays in the folder is not taken at every look. One that could
    /// not be read is tried again after a while.
    fn remember(&mut self, settled: &[Candidate], report: &Report, watch: &WatchOptions) {
        for candidate in settled {
            let told = report.files.iter().find(|file| file.path == candidate.path);
            let entry = self.0.get_mut(&candidate.path);
            if let (Some(told), Some(entry)) = (told, entry) {
                entry.done = !told.reason.as_ref().is_some_and(crate::Reason::is_unreadable);
                entry.since = Instant::now() + if entry.done { Duration::ZERO } else { watch.unfinished_after };
            }
        }
    }

    /// Whether any file may become ready by just waiting.
    fn is_settling(&self, watch: &WatchOptions) -> bool {
        self.0.values().any(|entry| !entry.done && (entry.complete || entry.since.elapsed() < watch.settle))
    }
}

fn unfinished(candidate: &Candidate, rest: Duration) -> String {
    format!(
        "{}: has not changed for {:.0} s and still lacks its trailer; it stays where it is until it is complete",
        candidate.path.display(),
        rest.as_secs_f64()
    )
}

/// What the system tells about changes in a folder.
struct Hints {
    events: Receiver<()>,
    /// Kept alive, because events end with it.
    _watcher: Option<notify::RecommendedWatcher>,
}

impl Hints {
    /// Where the system cannot tell, as on some network file systems or when its watches are used up, there are just
    /// no hints.
    fn new(folder: &Path) -> Result<Self, IngestError> {
        if !folder.is_dir() {
            let source = std::io::Error::from(std::io::ErrorKind::NotADirectory);
            return Err(IngestError::Unreadable { path: folder.to_owned(), source });
        }
        let (sender, events) = channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading a file is an event, too: looking through the folder must not cause the next look.
            if event.is_ok_and(|event| !event.kind.is_access()) {
                let _ = sender.send(());
            }
        });
        let watcher = watcher.and_then(|mut watcher| {
            watcher.watch(folder, RecursiveMode::Recursive)?;
            Ok(watcher)
        });
        Ok(Self { events, _watcher: watcher.ok() })
    }

    /// Waits for a change, but at most for `most`.
    fn wait(&self, most: Duration, stop: &Stop) {
        let until = Instant::now() + most;
        while Instant::now() < until && !stop.is_requested() {
            match self.events.recv_timeout(TICK) {
                Ok(()) => {
                    // Writers cause many events in a row: one look serves them all.
                    sleep(TICK, stop);
                    while self.events.try_recv().is_ok() {}
                    return;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => sleep(TICK, stop),
            }
        }
    }
}

fn sleep(time: Duration, stop: &Stop) {
    let until = Instant::now() + time;
    while Instant::now() < until && !stop.is_requested() {
        std::thread::sleep(TICK.min(time));
    }
}
