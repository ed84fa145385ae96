//! The watched folder: files are loaded as they arrive, and what becomes of them is logged and counted.

use crate::app::App;
use smrt_ingest::{FileOutcome, IngestError, Observer, Options, Status, Stop, WatchOptions};
use smrt_storage::{DatabaseUrl, Store};
use std::{path::Path, sync::atomic::AtomicU64, sync::atomic::Ordering, time::Duration};

/// Takes files in until the end is asked for.
pub(crate) fn watch(app: &App, url: &DatabaseUrl, folder: &Path, options: &Options, watch: &WatchOptions, stop: &Stop) {
    let mut connect = || Store::open(url)?.writer();
    let observer = Telling { app, told: AtomicU64::new(0) };
    tracing::info!(folder = %folder.display(), "watching");
    match smrt_ingest::watch(&mut connect, folder, options, watch, stop, &observer, &mut |_| {}) {
        Ok(()) | Err(IngestError::Interrupted) => {}
        Err(error) => {
            tracing::error!(folder = %folder.display(), error = %error, "no longer watching");
            app.stop_watching();
        }
    }
}

/// Passes on what happens to files.
struct Telling<'a> {
    app: &'a App,
    /// How long another process has been writing when that was last told, in seconds.
    told: AtomicU64,
}

impl Observer for Telling<'_> {
    fn pending(&self, files: u64, oldest: Duration) {
        self.app.metrics.set_pending(files, oldest);
    }

    fn waiting(&self, waited: Duration) {
        if waited.as_secs() >= self.told.load(Ordering::Relaxed) + 10 {
            self.told.store(waited.as_secs(), Ordering::Relaxed);
            tracing::info!(seconds = waited.as_secs(), "another process is writing");
        }
    }

    fn finished(&self, file: &FileOutcome) {
        let (name, status) = (file.name.as_str(), file.status.as_str());
        let reason = file.reason.as_ref().map(|reason| format!("{}: {}", reason.code, reason.message));
        match file.status {
            Status::Loaded => tracing::info!(file = name, status, records = file.records, "a file came"),
            Status::AlreadyLoaded | Status::Skipped | Status::Duplicate => {
                tracing::info!(file = name, status, reason, "a file came");
            }
            Status::Rejected | Status::NameConflict => {
                tracing::warn!(file = name, status, reason, "a file was refused");
            }
        }
    }

    fn told(&self, message: &str) {
        tracing::info!("{message}");
    }

    fn warned(&self, message: &str) {
        tracing::warn!("{message}");
    }
}
