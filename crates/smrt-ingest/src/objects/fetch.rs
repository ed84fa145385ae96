//! Objects fetched ahead of those who read them: several at once, in the order of loading, and no more bytes than there
//! is room for.

use super::Remote;
use crate::{
    Stop,
    container::Held,
    pipeline::Job,
    room::{Place, Room},
};
use smrt_core::Finding;
use std::{
    io,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Objects fetched at once.
const AT_ONCE: usize = 8;
/// Bytes of temporary files that wait for those who read them.
const ROOM: u64 = 256 << 20;
/// What an object counts for at least, as it costs an open file, too.
const LEAST: u64 = ROOM / 64;
/// How often is looked whether the end was asked for.
const LOOK: Duration = Duration::from_millis(50);

/// The bytes of an object in a temporary file, which has room for as long as this lives.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) held: Held,
    _place: Option<Place>,
}

/// Why the bytes of an object could not be had.
#[derive(Debug)]
pub(crate) enum Unfetched {
    /// It is left alone for this reason.
    Left(Box<Finding>),
    /// There is no room for temporary files.
    Temporary(io::Error),
    /// The end was asked for.
    Interrupted,
}

type Fetch = Result<Arc<Fetched>, Unfetched>;

/// Where the bytes of an object are put when they are fetched, and taken by the one who reads them.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    fetch: Mutex<Option<Fetch>>,
    filled: Condvar,
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Option<Fetch>> {
        self.fetch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fill(&self, fetch: Fetch) {
        *self.lock() = Some(fetch);
        self.filled.notify_all();
    }
}

/// Fetches the objects of a run.
pub(crate) struct Fetcher {
    /// Those that are still to be fetched, in the order of loading.
    next: Mutex<std::vec::IntoIter<Arc<Remote>>>,
    count: usize,
    room: Arc<Room>,
    ended: AtomicBool,
}

impl Fetcher {
    /// Of the objects that jobs need and that are not held already.
    pub(crate) fn of(jobs: &[Job]) -> Self {
        let objects: Vec<_> = jobs.iter().filter_map(|job| job.candidate.to_fetch().cloned()).collect();
        let count = objects.len();
        Self {
            next: Mutex::new(objects.into_iter()),
            count,
            room: Arc::new(Room::of(ROOM)),
            ended: AtomicBool::new(false),
        }
    }

    /// How many threads have something to do.
    pub(crate) fn threads(&self) -> usize {
        self.count.min(AT_ONCE)
    }

    /// Fetches one object after the other, until none is left or the end has come.
    pub(crate) fn work(&self) {
        while let Some((object, place)) = self.next() {
            let fetched = object.download().map(|held| Arc::new(Fetched { held, _place: Some(place) }));
            object.slot().fill(fetched);
        }
    }

    /// The next object, as soon as there is room for it: its turn is never taken by a later one.
    fn next(&self) -> Option<(Arc<Remote>, Place)> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let object = next.next()?;
        let place = self.room.take_unless(object.size().clamp(LEAST, ROOM), &|| self.has_ended())?;
        Some((object, place))
    }

    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Nobody will take any more.
    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        self.room.wake();
    }

    /// The bytes of an object; waits for them.
    pub(crate) fn take(&self, object: &Remote, stop: &Stop) -> Fetch {
        if let Some(held) = object.held() {
            return Ok(Arc::new(Fetched { held: held.clone(), _place: None }));
        }
        let slot = object.slot();
        let mut fetch = slot.lock();
        loop {
            if let Some(fetched) = fetch.take() {
                return fetched;
            }
            if stop.is_requested() || self.has_ended() {
                return Err(Unfetched::Interrupted);
            }
            let waited = slot.filled.wait_timeout(fetch, LOOK);
            fetch = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Ends a fetcher when it is dropped, however that comes.
pub(crate) struct EndOnDrop<'a>(pub(crate) &'a Fetcher);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}
