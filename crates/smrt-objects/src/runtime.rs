//! The one runtime behind all calls: two threads, started when they are needed first.

use crate::ObjectError;
use std::sync::OnceLock;
use tokio::runtime::{Builder, Runtime};

/// Threads that drive connections.
const THREADS: usize = 2;

/// The runtime of this process.
pub(crate) fn runtime() -> Result<&'static Runtime, ObjectError> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let start = || Builder::new_multi_thread().worker_threads(THREADS).thread_name("smrt-objects").enable_all().build();
    let started = RUNTIME.get_or_init(|| start().map_err(|error| error.to_string()));
    started.as_ref().map_err(|why| ObjectError::Settings(format!("no threads for connections: {why}")))
}
