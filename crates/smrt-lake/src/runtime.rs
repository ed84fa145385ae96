//! Where the asynchronous parts run: Delta's library and object stores. What is on disk is read and written without it.

use std::{future::Future, io, sync::OnceLock};
use tokio::runtime::{Builder, Runtime};

/// What a future waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Waits {
    /// Files of this machine. Threads wake each other by memory alone, so no system call can fail between them.
    Disk,
    /// Connections.
    Network,
}

/// Runs a future to its end on a runtime of this crate, which is started at its first use. Must not be called from
/// within a runtime.
pub(crate) fn block_on<F: Future>(waits: Waits, future: F) -> io::Result<F::Output> {
    static DISK: OnceLock<Runtime> = OnceLock::new();
    static NETWORK: OnceLock<Runtime> = OnceLock::new();
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).thread_name("lake").enable_time();
    let place = match waits {
        Waits::Disk => &DISK,
        Waits::Network => {
            builder.enable_all();
            &NETWORK
        }
    };
    let runtime = match place.get() {
        Some(runtime) => runtime,
        None => {
            // Of two that start at once one is dropped, unused.
            let fresh = builder.build()?;
            place.get_or_init(|| fresh)
        }
    };
    Ok(runtime.block_on(future))
}
