//! A channel: one measured flow of one meter point.

use crate::MarketZone;
use std::{fmt, str::FromStr};

/// The numbering that a meter point's code belongs to; the same text in two schemes names two meter points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Meter numbers of the SMRT gas-meter flow.
    GasMeter,
    /// National metering identifiers of the Australian electricity market.
    Nmi,
    /// Codes of meter points of any other numbering.
    MeterPoint,
    /// Sensors, by their UUID in lower case.
    Sensor,
}

/// A text that names no [`Scheme`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown meter point scheme {0:?}")]
pub struct UnknownScheme(pub String);

impl Scheme {
    /// The name stores keep.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GasMeter => "gas-meter",
            Self::Nmi => "nmi",
            Self::MeterPoint => "meter-point",
            Self::Sensor => "sensor",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Scheme {
    type Err = UnknownScheme;

    fn from_str(text: &str) -> Result<Self, UnknownScheme> {
        match text {
            "gas-meter" => Ok(Self::GasMeter),
            "nmi" => Ok(Self::Nmi),
            "meter-point" => Ok(Self::MeterPoint),
            "sensor" => Ok(Self::Sensor),
            _ => Err(UnknownScheme(text.to_owned())),
        }
    }
}

/// One measured flow: meter point, name of the flow, unit. Attributes a format does not have are empty.
///
/// `scheme`, `meter`, `name` and `unit` together are its identity; the rest describes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Channel {
    /// The numbering of `meter`.
    pub scheme: Scheme,
    /// The meter point's code, as the sender writes it (leading zeros kept).
    pub meter: String,
    /// Suffix, data type or signal.
    pub name: String,
    /// Canonical unit of the quantities; empty where the format states none.
    pub unit: String,
    /// The unit as the sender writes it.
    pub source_unit: String,
    /// Serial number of the meter.
    pub serial: String,
    /// Register inside the meter.
    pub register: String,
    /// Plant code.
    pub plant: String,
    /// The zone of the channel's civil days.
    pub zone: MarketZone,
}
