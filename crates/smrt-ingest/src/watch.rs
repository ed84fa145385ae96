//! Taking files in as they arrive.
//!
//! The truth is a look through the folder every few seconds; what the system tells about changes just makes the next
//! look come sooner. A file is taken when its size and time have been at rest for a while and its last record ends it.
//! Nothing is remembered that matters: a watch that is killed and started again finds out from the database what is
//! left to do.

use crate::{
    Candidate, FileOutcome, IngestError, Observer, Options, Reason, Report, Stop,
    candidate::Content,
    container::{Spool, expand},
    discover::{WarnOnce, list},
    load::Loader,
    source::Fingerprint,
};
use notify::{RecursiveMode, Watcher};
use rustix::fs::Access;
use smrt_storage::{StoreError, Writer};
use std::{
    collections::{HashMap, HashSet, hash_map},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    time::{Duration, Instant},
};

/// How often a wait looks whether the end was asked for.
const TICK: Duration = Duration::from_millis(100);
/// Longest pause between attempts to reach what is away.
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
/// which something was taken. While the database, the folder or room for temporary files is away it waits, longer and
/// longer up to half a minute, unless it watches just `once`.
///
/// # Errors
/// When the folder is none at the start, or the database cannot be written for another reason than being away.
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
    let mut patience = Patience { watch, stop, observer, pause: TICK, has_told: false };
    let once = WarnOnce::new(observer);
    let mut writer = None;
    while !stop.is_requested() {
        let found = match list(&[folder.to_owned()], options, &once) {
            Ok(found) => found,
            Err(error) => {
                patience.wait_for_folder(error)?;
                continue;
            }
        };
        patience.has_told = false;
        let settled = inbox.settled(found, watch, observer, &once);
        inbox.tell_pending(observer);
        if settled.is_empty() {
            let is_settling = inbox.is_settling(watch);
            if watch.once && !is_settling {
                return Ok(());
            }
            hints.wait(if is_settling { watch.settle.clamp(TICK, watch.rescan.max(TICK)) } else { watch.rescan }, stop);
            continue;
        }
        match load(&mut writer, connect, &settled, options, stop, observer) {
            Ok(report) => {
                patience.pause = TICK;
                inbox.remember(&settled, &report, watch);
                inbox.tell_pending(observer);
                each(report);
            }
            Err(error) => {
                writer = None;
                patience.wait_to_load(error)?;
            }
        }
    }
    Err(IngestError::Interrupted)
}

/// Waits for what is away for a while.
struct Patience<'a> {
    watch: &'a WatchOptions,
    stop: &'a Stop,
    observer: &'a dyn Observer,
    /// How long the next wait for the database or for room takes.
    pause: Duration,
    /// Whether it was told that the folder is away.
    has_told: bool,
}

impl Patience<'_> {
    /// Waits where the database may come back or somebody may make room; gives other errors back.
    fn wait_to_load(&mut self, error: IngestError) -> Result<(), IngestError> {
        let (passes, cause) = match &error {
            IngestError::Store(error) => (error.is_temporary(), String::new()),
            IngestError::Temporary(cause) => (true, format!(": {cause}")),
            _ => (false, String::new()),
        };
        if !passes || self.watch.once {
            return Err(error);
        }
        self.observer.warned(&format!("{error}{cause}; trying again in {:.1} s", self.pause.as_secs_f64()));
        sleep(self.pause, self.stop);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }

    /// Waits where the folder may come back, as when it is on another machine; gives other errors back.
    fn wait_for_folder(&mut self, error: IngestError) -> Result<(), IngestError> {
        match &error {
            IngestError::Unreadable { source, .. } if !self.watch.once => {
                if !self.has_told {
                    self.observer.warned(&format!("{error}: {source}; waiting for it"));
                    self.has_told = true;
                }
                sleep(self.watch.rescan.max(TICK), self.stop);
                Ok(())
            }
            _ => Err(error),
        }
    }
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
    let candidates = expand(settled.to_vec(), options, &mut Spool::default())?;
    Loader::new(writer, options, stop, observer, "watch", false).load(candidates)
}

/// What is known of the files in the folder.
#[derive(Debug, Default)]
struct Inbox(HashMap<PathBuf, Entry>);

/// One file as it was last seen.
#[derive(Debug)]
struct Entry {
    fingerprint: Fingerprint,
    since: Instant,
    kind: Kind,
    /// Whether it was taken, or told of where it is not to be taken, as it is now.
    done: bool,
}

/// What a file waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// To be at rest.
    Complete,
    /// For its trailer or, if it is an archive, its directory.
    Unfinished,
    /// Nothing: it is of no known format and none of smrt's business.
    Foreign,
}

impl Kind {
    fn of(candidate: &Candidate) -> Self {
        // A file that cannot be read has no format and no end to wait for; the loader says why.
        let is_readable = || rustix::fs::access(&candidate.path, Access::READ_OK).is_ok();
        let is_container = matches!(candidate.content, Content::Container(..));
        match candidate.format {
            None if !is_container && is_readable() => Self::Foreign,
            _ if (is_container || candidate.format.is_some()) && !candidate.ends_complete => Self::Unfinished,
            _ => Self::Complete,
        }
    }
}

impl Inbox {
    /// The files that are at rest, complete and not yet taken as they are. Forgets files that have gone.
    fn settled(
        &mut self,
        mut found: Vec<Candidate>,
        watch: &WatchOptions,
        observer: &dyn Observer,
        once: &WarnOnce<'_>,
    ) -> Vec<Candidate> {
        let there: HashSet<&Path> = found.iter().map(|candidate| candidate.path.as_path()).collect();
        self.0.retain(|path, _| there.contains(path.as_path()));
        found.retain(|candidate| self.is_settled(candidate, watch, observer, once));
        found
    }

    /// Looks at one file. Tells once of one that has been incomplete for too long, or is of no known format.
    fn is_settled(
        &mut self,
        candidate: &Candidate,
        watch: &WatchOptions,
        observer: &dyn Observer,
        once: &WarnOnce<'_>,
    ) -> bool {
        let (Some(fingerprint), kind) = (candidate.fingerprint, Kind::of(candidate)) else { return false };
        let entry = match self.0.entry(candidate.path.clone()) {
            // However often a foreign file changes, it says nothing new.
            hash_map::Entry::Occupied(entry) if entry.get().kind == Kind::Foreign && kind == Kind::Foreign => {
                entry.into_mut()
            }
            hash_map::Entry::Occupied(entry) if (entry.get().fingerprint, entry.get().kind) == (fingerprint, kind) => {
                entry.into_mut()
            }
            entry => entry.insert_entry(Entry { fingerprint, since: Instant::now(), kind, done: false }).into_mut(),
        };
        let rest = entry.since.elapsed();
        if entry.done || rest < watch.settle {
            return false;
        }
        match kind {
            Kind::Complete => return true,
            Kind::Unfinished if rest >= watch.unfinished_after || watch.once => {
                observer.warned(&unfinished(candidate, rest));
                entry.done = true;
            }
            Kind::Unfinished => {}
            Kind::Foreign => {
                once.warned(&format!("{} is of no known format and is left alone", candidate.path.display()));
                entry.done = true;
            }
        }
        false
    }

    /// Remembers what was taken, so that a file that stays in the folder is not taken at every look. One that could
    /// not be read is tried again after a while, if there is such a while.
    fn remember(&mut self, settled: &[Candidate], report: &Report, watch: &WatchOptions) {
        let told: HashMap<&Path, &FileOutcome> = report.files.iter().map(|file| (file.path.as_path(), file)).collect();
        for candidate in settled {
            let entry = self.0.get_mut(&candidate.path);
            if let (Some(told), Some(entry)) = (told.get(candidate.path.as_path()), entry) {
                entry.done = watch.once || !told.reason.as_ref().is_some_and(Reason::is_unreadable);
                entry.since = Instant::now() + if entry.done { Duration::ZERO } else { watch.unfinished_after };
            }
        }
    }

    /// Tells how many files are still to be taken.
    fn tell_pending(&self, observer: &dyn Observer) {
        let pending = self.0.values().filter(|entry| !entry.done && entry.kind != Kind::Foreign);
        let waited = |entry: &Entry| entry.since.elapsed();
        let oldest = pending.clone().map(waited).max().unwrap_or_default();
        observer.pending(pending.count() as u64, oldest);
    }

    /// Whether any file may become ready by just waiting.
    fn is_settling(&self, watch: &WatchOptions) -> bool {
        let is_settling = |entry: &Entry| entry.kind == Kind::Complete || entry.since.elapsed() < watch.settle;
        self.0.values().any(|entry| !entry.done && is_settling(entry))
    }
}

fn unfinished(candidate: &Candidate, rest: Duration) -> String {
    format!(
        "{}: has not changed for {:.0} s and still lacks its end; it stays where it is until it is complete",
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
        // One hint waiting is as good as many.
        let (sender, events) = sync_channel(1);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading a file is an event, too: looking through the folder must not cause the next look.
            if event.is_ok_and(|event| !event.kind.is_access()) {
                let _ = sender.try_send(());
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
                    let _ = self.events.try_recv();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Quiet, Status, codes::UNREADABLE, discover::discover, produce::Produced, report::outcome};
    use smrt_core::Finding;
    use std::fs;

    const NOW: WatchOptions = WatchOptions {
        settle: Duration::ZERO,
        rescan: Duration::ZERO,
        unfinished_after: Duration::from_secs(300),
        once: true,
    };

    /// A complete file, and the folder that it is in.
    fn candidate() -> (tempfile::TempDir, Candidate) {
        let folder = tempfile::tempdir().unwrap();
        let text = "\"HEADR\",\"SMRT\",\"GAZ\",\"20191011\",\"134942\",\"PN000001\"\n\"TRAIL\"\n";
        fs::write(folder.path().join("PN000001.SMRT"), text).unwrap();
        let mut found = discover(&[folder.path().to_owned()], &Options::default(), &Quiet).unwrap();
        (folder, found.remove(0))
    }

    fn report(candidates: &[Candidate], status: Status, reason: Option<&Reason>) -> Report {
        let outcomes = candidates.iter().map(|file| outcome(file, Produced::default(), status, reason.cloned()));
        Report { run_id: String::new(), files: outcomes.collect(), interrupted: false, duration: Duration::ZERO }
    }

    #[test]
    fn an_unreadable_file_is_tried_once_where_the_folder_is_watched_once() {
        let (_folder, file) = candidate();
        let reason = Reason::from(&Finding::of_file(&UNREADABLE, "cannot be read"));
        for once in [true, false] {
            let (watch, mut inbox) = (WatchOptions { once, ..NOW }, Inbox::default());
            let settled = inbox.settled(vec![file.clone()], &watch, &Quiet, &WarnOnce::new(&Quiet));
            assert_eq!(settled.len(), 1);
            inbox.remember(&settled, &report(&settled, Status::Skipped, Some(&reason)), &watch);
            assert_eq!(inbox.is_settling(&watch), !once);
        }
    }

    #[test]
    fn many_files_take_no_longer_each_than_few() {
        let (_folder, file) = candidate();
        let many = |number: usize| Candidate { path: file.path.with_file_name(number.to_string()), ..file.clone() };
        let files: Vec<Candidate> = (0..30_000).map(many).collect();
        let (started, mut inbox) = (Instant::now(), Inbox::default());
        let settled = inbox.settled(files.clone(), &NOW, &Quiet, &WarnOnce::new(&Quiet));
        inbox.remember(&settled, &report(&settled, Status::Loaded, None), &NOW);
        assert_eq!(inbox.settled(files, &NOW, &Quiet, &WarnOnce::new(&Quiet)).len(), 0);
        // Compared each with each they take minutes.
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    }

    #[test]
    fn hints_do_not_pile_up() {
        let folder = tempfile::tempdir().unwrap();
        let hints = Hints::new(folder.path()).unwrap();
        (0..100).for_each(|number| fs::write(folder.path().join(number.to_string()), "x").unwrap());
        std::thread::sleep(TICK * 3);
        assert!(hints.events.try_iter().count() <= 1);
    }
}
