//! What all requests share.

use crate::{Limits, auth::Auth, cache::Cache, metrics::Metrics, pool::Pool, upload::Uploads};
use smrt_ingest::Options;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// What all requests share.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) pool: Arc<Pool>,
    pub(crate) cache: Cache,
    pub(crate) auth: Auth,
    pub(crate) metrics: Metrics,
    pub(crate) uploads: Uploads,
    /// How files are taken in.
    pub(crate) ingest: Options,
    /// Names by which the service may be called, besides addresses.
    pub(crate) names: Vec<String>,
    pub(crate) limits: Limits,
    /// Whether the end was asked for.
    ending: AtomicBool,
    /// Whether the folder that was to be watched is no longer.
    stopped_watching: AtomicBool,
}

impl App {
    pub(crate) fn new(pool: Pool, auth: Auth, uploads: Uploads, options: &crate::Options) -> Self {
        Self {
            pool: Arc::new(pool),
            cache: Cache::default(),
            auth,
            metrics: Metrics::new(),
            uploads,
            ingest: options.ingest.clone(),
            names: options.hosts.clone(),
            limits: options.limits,
            ending: AtomicBool::new(false),
            stopped_watching: AtomicBool::new(false),
        }
    }

    /// From now on no new work is taken in.
    pub(crate) fn begin_ending(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// The folder is no longer watched, although nobody asked for that.
    pub(crate) fn stop_watching(&self) {
        self.stopped_watching.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_stopped_watching(&self) -> bool {
        self.stopped_watching.load(Ordering::Relaxed)
    }

    pub(crate) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }
}
