//! Where the asynchronous parts run: Delta's library and object stores. What is on disk is read and written without it.

use std::{future::Future, io, sync::OnceLock};
use tokio::runtime::{Builder, Runtime};

static RUNTIME: OnceLock<Runtime> = OnceLock::new();

/// Runs a future to its end on the runtime of this crate, which is started at its first use. Must not be called from
/// within a runtime.
pub(crate) fn block_on<F: Future>(future: F) -> io::Result<F::Output> {
    let runtime = match RUNTIME.get() {
        Some(runtime) => runtime,
        None => {
            // Of two that start at once one is dropped, unused.
            let fresh = Builder::new_multi_thread().worker_threads(2).thread_name("lake").enable_all().build()?;
            RUNTIME.get_or_init(|| fresh)
        }
    };
    Ok(runtime.block_on(future))
}
