//! How long and how often something is tried.

use std::{
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

/// Bytes that count as progress: after so many, attempts are counted anew.
const PROGRESS: u64 = 1 << 20;
/// Bytes that must come while [`Limits::stall`] is waited for them: what is slower is taken for dead.
const LEAST: u64 = 16 * 1024;
/// The longest pause between two attempts, whatever the store asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// How long and how often something is tried before it is given up. Each bound holds by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most attempts in a row without progress, the first included.
    pub attempts: u32,
    /// Most time from the first failure in a row to the start of the last attempt.
    pub total: Duration,
    /// Most time for a connection.
    pub connect: Duration,
    /// Most time for an answer to begin, or for 16 KiB of it to come.
    pub stall: Duration,
    /// The first pause; each further one is twice as long, and a random part of it is left out.
    pub pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attempts: 6,
            total: Duration::from_secs(120),
            connect: Duration::from_secs(5),
            stall: Duration::from_secs(20),
            pause: Duration::from_millis(200),
        }
    }
}

/// Counts attempts.
#[derive(Debug)]
pub(crate) struct Attempts {
    limits: Limits,
    made: u32,
    since: Option<Instant>,
    /// Bytes since the last failure.
    came: u64,
}

impl Attempts {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, made: 0, since: None, came: 0 }
    }

    /// Notes bytes that came: enough of them, and all is well again.
    pub(crate) fn progress(&mut self, bytes: u64) {
        self.came += bytes;
        if self.came >= PROGRESS {
            (self.made, self.since) = (0, None);
        }
    }

    /// Notes a failed attempt; gives how long to wait before the next one, `None` if it was the last. `asked` is how
    /// long the store wants to be left alone.
    pub(crate) fn failed(&mut self, asked: Option<Duration>) -> Option<Duration> {
        self.came = 0;
        self.made += 1;
        let elapsed = self.since.get_or_insert_with(Instant::now).elapsed();
        if self.made >= self.limits.attempts {
            return None;
        }
        let full = self.limits.pause.saturating_mul(1 << self.made.saturating_sub(1).min(16)).min(LONGEST_PAUSE);
        let jittered = full.mul_f64(0.5 + 0.5 * random());
        let pause = jittered.max(asked.unwrap_or_default().min(LONGEST_PAUSE));
        (elapsed + pause <= self.limits.total).then_some(pause)
    }

    pub(crate) fn made(&self) -> u32 {
        self.made
    }

    pub(crate) fn waited(&self) -> Duration {
        self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}

/// From 0 to below 1; so that many that failed together do not come again together.
fn random() -> f64 {
    let bits = RandomState::new().hash_one(0_u8) >> 40;
    u32::try_from(bits).map_or(0.0, f64::from) / f64::from(1_u32 << 24)
}

/// Tells a slow sender from a slow taker: just the time spent waiting counts.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    waited: Duration,
    came: u64,
}

impl Pace {
    /// Notes bytes and how long they were waited for; whether that is too slow.
    pub(crate) fn is_too_slow(&mut self, bytes: u64, waited: Duration, limits: &Limits) -> bool {
        self.waited += waited;
        self.came += bytes;
        if self.waited < limits.stall {
            return false;
        }
        let is_slow = self.came < LEAST;
        *self = Self::default();
        is_slow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_and_pauses_are_bounded_and_progress_starts_anew() {
        let mut attempts = Attempts::new(Limits::default());
        let mut pauses = Vec::new();
        while let Some(pause) = attempts.failed(None) {
            pauses.push(pause);
        }
        assert_eq!((pauses.len(), attempts.made()), (5, 6));
        for (pause, full) in pauses.iter().zip([200, 400, 800, 1600, 3200].map(Duration::from_millis)) {
            assert!(*pause >= full / 2 && *pause <= full, "{pause:?} of {full:?}");
        }
        attempts.progress(PROGRESS - 1);
        assert_eq!(attempts.failed(None), None);
        attempts.progress(PROGRESS);
        assert!(attempts.failed(None).is_some());
    }

    #[test]
    fn a_store_that_asks_for_patience_gets_some_but_not_for_ever() {
        let mut attempts = Attempts::new(Limits::default());
        assert_eq!(attempts.failed(Some(Duration::from_secs(3))), Some(Duration::from_secs(3)));
        assert_eq!(attempts.failed(Some(Duration::from_secs(3600))), Some(LONGEST_PAUSE));
        let mut hurried = Attempts::new(Limits { total: Duration::from_secs(1), ..Limits::default() });
        assert_eq!(hurried.failed(Some(Duration::from_secs(3))), None);
    }

    #[test]
    fn a_trickle_is_too_slow() {
        let (mut pace, limits) = (Pace::default(), Limits::default());
        let second = Duration::from_secs(1);
        assert_eq!((0..20).filter(|_| pace.is_too_slow(1, second, &limits)).count(), 1);
        assert_eq!((0..20).filter(|_| pace.is_too_slow(LEAST, second, &limits)).count(), 0);
    }
}
