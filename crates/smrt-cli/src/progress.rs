//! How far the work has come: a bar on a terminal, words where they are wanted.

use crate::{context::Context, messages::Messages, render::safe};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use smrt_ingest::{FileOutcome, Observer, Stop};
use smrt_storage::Watcher;
use std::{
    fmt,
    io::{self, IsTerminal},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// How long another process may write before that is worth a word.
const PATIENT: Duration = Duration::from_secs(2);
const TEMPLATE: &str = "{bar:24} {percent:>3}%  {bytes} of {total_bytes}  {rows}  {eta} left  {msg}";
const FETCHED: &str = "{bar:24} {percent:>3}%  {human_pos} of {human_len} rows  {per_sec}  {eta} left";

/// Shows how far a run over files has come.
pub(crate) struct Progress<'a> {
    messages: &'a Messages,
    bar: ProgressBar,
    bytes: AtomicU64,
    rows: Arc<AtomicU64>,
    waiting: AtomicBool,
}

impl<'a> Progress<'a> {
    /// With a bar where somebody can see it.
    pub(crate) fn with_bar(context: &'a Context) -> Self {
        Self::new(context.messages(), context.wants_progress())
    }

    /// Without a bar, for work that has no end.
    pub(crate) fn without_bar(messages: &'a Messages) -> Self {
        Self::new(messages, false)
    }

    /// With a bar where one is wanted and standard error is a terminal.
    pub(crate) fn new(messages: &'a Messages, wanted: bool) -> Self {
        let visible = wanted && io::stderr().is_terminal();
        let rows = Arc::new(AtomicU64::new(0));
        let target = if visible { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            let (counted, started) = (Arc::clone(&rows), Instant::now());
            let speed = move |_: &ProgressState, out: &mut dyn fmt::Write| {
                let rows = counted.load(Ordering::Relaxed);
                // A speed that cannot be written is not worth a failure.
                let _ = write!(out, "{} rows/s", per_second(rows, started.elapsed()));
            };
            bar.set_style(style.with_key("rows", speed));
        }
        Self { messages, bar, bytes: AtomicU64::new(0), rows, waiting: AtomicBool::new(false) }
    }

    /// Takes the bar away, so that what follows starts on a clean line.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// Says something above the bar.
    fn above(&self, say: impl FnOnce(&Messages)) {
        self.beside(|| say(self.messages));
    }

    /// Prints without the bar in between.
    pub(crate) fn beside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Observer for Progress<'_> {
    fn planned(&self, _files: u64, bytes: u64) {
        let all = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.bar.set_length(all);
    }

    fn read(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn handled(&self, readings: u64) {
        self.rows.fetch_add(readings, Ordering::Relaxed);
        if self.waiting.swap(false, Ordering::Relaxed) {
            self.bar.set_message("");
        }
    }

    fn taken_back(&self, bytes: u64, readings: u64) {
        self.bar.dec(bytes);
        self.rows.fetch_sub(readings, Ordering::Relaxed);
    }

    fn waiting(&self, waited: Duration) {
        if waited >= PATIENT && !self.waiting.swap(true, Ordering::Relaxed) {
            self.bar.set_message("waiting");
            self.above(|messages| messages.note("another process is writing to the database; waiting for it"));
        }
    }

    fn finished(&self, outcome: &FileOutcome) {
        if self.messages.is_verbose() {
            let path = outcome.place();
            let reason = outcome.reason.as_ref().map_or(String::new(), |reason| format!(": {}", safe(&reason.message)));
            self.above(|messages| messages.detail(&format!("{} {}{reason}", outcome.status, safe(&path))));
        }
    }

    fn told(&self, message: &str) {
        self.above(|messages| messages.note(&safe(message)));
    }

    fn warned(&self, message: &str) {
        self.above(|messages| messages.warning(&safe(message)));
    }
}

/// Shows how many rows have been fetched, and says when it is enough.
pub(crate) struct FetchProgress {
    bar: ProgressBar,
    stop: Stop,
}

impl FetchProgress {
    /// With a bar where somebody can see it.
    pub(crate) fn new(context: &Context, stop: Stop) -> Self {
        let visible = context.wants_progress() && io::stderr().is_terminal();
        let target = if visible { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template(FETCHED) {
            bar.set_style(style);
        }
        Self { bar, stop }
    }
}

impl Drop for FetchProgress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Watcher for FetchProgress {
    fn planned(&self, rows: u64) {
        self.bar.set_length(rows);
    }

    fn came(&self, rows: u64) {
        self.bar.inc(rows);
    }

    fn is_enough(&self) -> bool {
        self.stop.is_requested()
    }
}

/// How many a second, rounded to what can be read.
pub(crate) fn per_second(count: u64, time: Duration) -> String {
    let millis = time.as_millis().max(1);
    let speed = u128::from(count) * 1000 / millis;
    match speed {
        0..10_000 => speed.to_string(),
        10_000..10_000_000 => format!("{} k", speed / 1000),
        _ => format!("{} M", speed / 1_000_000),
    }
}
