//! The nouns of interval data, shared by every other crate.
//!
//! What lives here knows no file, no database, no JSON: a [`Quantity`] is exact, a [`Batch`] is columns, a
//! [`Finding`] says what is wrong and where. Data flows one way: bytes → record → [`Batch`] → store.
//!
//! ```
//! use smrt_core::{MarketZone, Quantity};
//!
//! let consumption = Quantity::parse(b"1.52")?;
//! assert_eq!(consumption.micros(), 1_520_000);
//! assert_eq!(consumption.to_string(), "1.52");
//!
//! let start = 1_569_632_400; // epoch seconds, UTC
//! assert_eq!(MarketZone::Utc.rfc3339(start), "2019-09-28T01:00:00Z");
//! # Ok::<(), smrt_core::QuantityError>(())
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod batch;
mod channel;
mod civil;
mod data_file;
mod event;
mod finding;
mod header;
mod interval;
mod measurement;
mod position;
mod quality;
mod quantity;
mod register;
mod unit;
mod version;
mod zone;

pub use batch::{Batch, Reading};
pub use channel::{Channel, Scheme, UnknownScheme};
pub use civil::{civil_from_days, days_from_civil};
pub use data_file::{DataFile, Dataset};
pub use event::IntervalEvent;
pub use finding::{Code, Excerpt, Finding, Findings, Severity};
pub use header::{Environment, FileHeader, Generation};
pub use interval::{Interval, IntervalLength};
pub use measurement::{Measurement, Measurements, NoSensorId, SensorId, SensorName, Signal};
pub use position::{Position, Span};
pub use quality::{Flag, Quality};
pub use quantity::{ExcessDecimals, Quantity, QuantityError, Sum};
pub use register::{Direction, RegisterRead, Stand};
pub use unit::Unit;
pub use version::Version;
pub use zone::{CivilError, CivilInstants, MarketZone, ZoneError};
