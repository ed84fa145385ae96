//! Pure questions about series: what a stretch of time adds up to, how far apart values are, where some are missing,
//! what they do when nothing is wrong ([`anomaly`]), which quantities of a meter cannot be ([`meter`]), what to put in
//! their place ([`estimate`]) and how it all looks ([`plot`]).
//!
//! Slices and iterators come in, plain values go out; nothing here knows where a series comes from. Instants are UTC
//! epoch microseconds, civil time is that of the zone that is given.
//!
//! ```
//! use smrt_analytics::{SignalStats, Step, resample};
//! use smrt_core::{MarketZone, Signal};
//!
//! let minute = 60_000_000;
//! let values = (0..90).map(|n| (n * minute, Signal::new(n as f64).unwrap()));
//! let hours: Vec<_> = resample::<SignalStats, _>("1h".parse::<Step>()?, MarketZone::Utc, values).collect();
//! assert_eq!(hours.len(), 2);
//! assert_eq!((hours[0].stats.count, hours[0].stats.mean()), (60, Some(29.5)));
//! # Ok::<(), smrt_analytics::StepError>(())
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod anomaly;
pub mod estimate;
mod gaps;
pub mod meter;
mod number;
pub mod plot;
mod resample;
mod slots;
mod stats;

pub use gaps::{Missing, missing, typical_step};
pub use resample::{Bucket, Resampler, Step, StepError, resample};
pub use slots::{Slot, Slots};
pub use stats::{QuantityStats, SignalStats, Stats};

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
