//! Connections for questions: a few, shared by all who ask.
//!
//! Whoever finds none free waits a little; where too many wait already, the next one is told to come again. A connection
//! that turns out broken is closed and opened anew when it is needed.

use crate::problem::{AWAY, Problem};
use smrt_ingest::lake::LakeOptions;
use smrt_storage::{DatabaseUrl, Store, StoreError};
use smrt_views::Series;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long somebody waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connections for questions.
#[derive(Debug)]
pub(crate) struct Pool {
    url: DatabaseUrl,
    lake: LakeOptions,
    free: Mutex<Vec<Series>>,
    places: Arc<Semaphore>,
    /// One more place, for those who look whether the service is well.
    reserved: Arc<Semaphore>,
    /// Places for answers on their way: how long those take is up to whoever reads them.
    streams: Arc<Semaphore>,
    size: usize,
    waiting: AtomicUsize,
    most_waiting: usize,
    /// Looks for changes alone: what it sees depends on what it has seen.
    watcher: Mutex<Watcher>,
}

/// A connection that looks for changes, and how often it was opened.
#[derive(Debug, Default)]
struct Watcher {
    store: Option<Store>,
    opened: i64,
}

/// A connection, or the right to open one.
#[derive(Debug)]
pub(crate) struct Lease {
    pool: Arc<Pool>,
    place: Place,
}

/// The place that a question takes, as long as it lasts.
#[derive(Clone, Debug)]
pub(crate) struct Place(Arc<Mutex<OwnedSemaphorePermit>>);

impl Pool {
    pub(crate) fn new(url: DatabaseUrl, lake: LakeOptions, size: usize, most_waiting: usize) -> Self {
        Self {
            url,
            lake,
            free: Mutex::default(),
            places: Arc::new(Semaphore::new(size)),
            reserved: Arc::new(Semaphore::new(1)),
            streams: Arc::new(Semaphore::new(size)),
            size,
            waiting: AtomicUsize::new(0),
            most_waiting,
            watcher: Mutex::default(),
        }
    }

    /// How many there may be, and how many of them are used.
    pub(crate) fn used(&self) -> (usize, usize) {
        (self.size, self.size - self.places.available_permits())
    }

    /// How many wait for one.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// A connection for those who look whether the service is well, which must be told above all when all others are taken.
    pub(crate) async fn reserved(self: &Arc<Self>) -> Result<Lease, Problem> {
        let later = || Problem::later(AWAY, 2, "others look at the service already; try again");
        Ok(self.leased(soon(&self.reserved).await.ok_or_else(later)?))
    }

    /// A connection, as soon as one is free.
    pub(crate) async fn lease(self: &Arc<Self>) -> Result<Lease, Problem> {
        let later = || Problem::later(AWAY, 2, "too many questions are asked at once; try again");
        let place = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => place,
            Err(_) => {
                let _waiting = Waiting::begin(&self.waiting, self.most_waiting).ok_or_else(later)?;
                soon(&self.places).await.ok_or_else(later)?
            }
        };
        Ok(self.leased(place))
    }

    fn leased(self: &Arc<Self>, place: OwnedSemaphorePermit) -> Lease {
        Lease { pool: Arc::clone(self), place: Place(Arc::new(Mutex::new(place))) }
    }

    /// Lets others have the place of a question whose answer is on its way and lasts as long as its reader likes.
    pub(crate) fn stream(&self, place: &Place) -> Result<(), Problem> {
        let stream = Arc::clone(&self.streams).try_acquire_owned();
        let stream = stream
            .map_err(|_| Problem::later(AWAY, 10, "too many large answers are on their way; ask for less, or later"))?;
        *place.0.lock().unwrap_or_else(PoisonError::into_inner) = stream;
        Ok(())
    }

    /// A number that changes when anybody has committed anything.
    pub(crate) fn mark(&self) -> Result<i64, StoreError> {
        let mut watcher = self.watcher.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Ok(mark)) = watcher.store.as_mut().map(Store::change_mark) {
            return Ok(mark ^ (watcher.opened << 32));
        }
        // There was none, or it was lost meanwhile. Another one counts anew, so it must not be taken for the one before.
        watcher.store = None;
        watcher.opened += 1;
        let mark = watcher.store.insert(Store::open(&self.url)?).change_mark()?;
        Ok(mark ^ (watcher.opened << 32))
    }
}

impl Lease {
    /// The place it takes.
    pub(crate) fn place(&self) -> Place {
        self.place.clone()
    }

    /// Asks within one state of the database. Blocks.
    pub(crate) fn ask<T>(&self, ask: impl FnOnce(&mut Series) -> Result<T, Problem>) -> Result<T, Problem> {
        let free = self.pool.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut series = match free.and_then(frozen) {
            Some(series) => series,
            // There was none, or it was lost meanwhile.
            None => {
                let mut series = Series::new(Store::open(&self.pool.url)?, self.pool.lake.clone());
                series.store.freeze()?;
                series
            }
        };
        let answer = ask(&mut series);
        // What the lake was opened as holds for one question alone.
        series.forget();
        if series.store.thaw().is_ok() && !answer.as_ref().is_err_and(|problem| problem.kind.status.is_server_error()) {
            self.pool.free.lock().unwrap_or_else(PoisonError::into_inner).push(series);
        }
        answer
    }
}

/// A place, if one is free before long.
async fn soon(places: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    tokio::time::timeout(PATIENCE, Arc::clone(places).acquire_owned()).await.ok()?.ok()
}

/// A connection that looks at one state of the database from now on; nothing where it turns out lost.
fn frozen(mut series: Series) -> Option<Series> {
    series.store.freeze().is_ok().then_some(series)
}

/// Somebody who waits.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(waiting: &'a AtomicUsize, most: usize) -> Option<Self> {
        let before = waiting.fetch_add(1, Ordering::Relaxed);
        let begun = Self(waiting);
        (before < most).then_some(begun)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
