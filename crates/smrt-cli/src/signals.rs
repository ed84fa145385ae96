//! Ctrl-C and its like: asked once, the work ends in good order; asked twice, at once. A file that grows beyond what its
//! writer may use is an error of that write and no end of the process.

use crate::exit::INTERRUPTED;
use signal_hook::{
    consts::{SIGINT, SIGTERM, SIGXFSZ},
    flag,
};
use smrt_ingest::Stop;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// What a signal does, decided by the verb.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    asked: Arc<AtomicBool>,
    at_once: Arc<AtomicBool>,
}

impl Signals {
    /// Takes signals over; until [`Signals::graceful`] is called they end the process at once, with the exit code of an
    /// interruption, which is right for everything that only reads.
    pub(crate) fn install() -> Self {
        let signals = Self { asked: Arc::default(), at_once: Arc::new(AtomicBool::new(true)) };
        for signal in [SIGINT, SIGTERM] {
            // Order matters: the second handler runs after the first, so that the first signal of two only asks.
            // Where a handler cannot be had the signal keeps its usual effect, which loses nothing either.
            let _ = flag::register_conditional_shutdown(signal, i32::from(INTERRUPTED), Arc::clone(&signals.at_once));
            let _ = flag::register(signal, Arc::clone(&signals.at_once));
            let _ = flag::register(signal, Arc::clone(&signals.asked));
        }
        // Any handler will do: with one, the write fails as it does on a full disk, and what is unfinished is removed.
        let _ = flag::register(SIGXFSZ, Arc::default());
        signals
    }

    /// From now on the first signal only asks for the end.
    pub(crate) fn graceful(&self) -> Stop {
        self.at_once.store(false, Ordering::SeqCst);
        Stop::new(Arc::clone(&self.asked))
    }
}
