//! What a sensor measured at an instant: a floating-point signal, as opposed to the exact quantity of an interval.

use std::{fmt, str::FromStr};

/// A finite value of a sensor. Two are equal when all their bits are, so that what is kept is told apart as exactly as
/// it is kept; they are ordered as IEEE 754 orders them all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signal(f64);

impl Signal {
    /// A value; `None` unless it is finite.
    pub const fn new(value: f64) -> Option<Self> {
        if value.is_finite() { Some(Self(value)) } else { None }
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl PartialEq for Signal {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Signal {}

impl PartialOrd for Signal {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Signal {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl fmt::Display for Signal {
    /// The shortest decimal text that reads back as the same number: without an exponent where that is readable, and
    /// whole numbers without `.0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        if size == 0.0 || (1e-5..1e16).contains(&size) { write!(f, "{}", self.0) } else { write!(f, "{:e}", self.0) }
    }
}

/// A sensor's identity: a UUID, written in any case and kept as its 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SensorId(pub u128);

/// A text that is no UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a UUID such as efa4b573-e1b1-46b3-9e8a-0b303d2bb66e")]
pub struct NoSensorId;

impl SensorId {
    /// Characters of the text of an identity.
    pub const TEXT: usize = 36;

    /// Reads `8-4-4-4-12` hexadecimal digits in either case; `None` for anything else.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text: &[u8; Self::TEXT] = text.try_into().ok()?;
        let mut id = 0;
        for (at, &byte) in text.iter().enumerate() {
            match (at, byte) {
                (8 | 13 | 18 | 23, b'-') => {}
                (8 | 13 | 18 | 23, _) => return None,
                _ => id = id << 4 | u128::from(char::from(byte).to_digit(16)?),
            }
        }
        Some(Self(id))
    }
}

impl fmt::Display for SensorId {
    /// Lower case, with hyphens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:032x}", self.0);
        let [a, b, c, d, e] = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
        f.pad(&format!("{a}-{b}-{c}-{d}-{e}"))
    }
}

impl FromStr for SensorId {
    type Err = NoSensorId;

    fn from_str(text: &str) -> Result<Self, NoSensorId> {
        Self::parse(text.as_bytes()).ok_or(NoSensorId)
    }
}

/// One value of one sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measurement {
    /// Index of the channel in its file's channel table.
    pub channel: u32,
    /// When it was measured, UTC epoch microseconds.
    pub at: i64,
    /// What was measured.
    pub value: Signal,
    /// Line of the file it stands in, from 1.
    pub line: u32,
}

/// Measurements as columns of equal length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measurements {
    /// Channel of each: index into the file's channel table.
    pub channel: Vec<u32>,
    /// When each was measured, UTC epoch microseconds.
    pub at: Vec<i64>,
    /// Value of each.
    pub value: Vec<Signal>,
    /// Line each stands in.
    pub line: Vec<u32>,
}

impl Measurements {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// Appends one.
    pub fn push(&mut self, measurement: Measurement) {
        self.channel.push(measurement.channel);
        self.at.push(measurement.at);
        self.value.push(measurement.value);
        self.line.push(measurement.line);
    }

    /// All of them in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Measurement> + '_ {
        (0..self.len()).map(|index| Measurement {
            channel: self.channel[index],
            at: self.at[index],
            value: self.value[index],
            line: self.line[index],
        })
    }

    /// Empties it, keeping its memory.
    pub fn clear(&mut self) {
        self.channel.clear();
        self.at.clear();
        self.value.clear();
        self.line.clear();
    }
}

/// What people call a sensor, as one line of a mapping says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensorName {
    /// The name.
    pub name: String,
    /// The sensor.
    pub sensor: SensorId,
    /// Line of the file it stands in, from 1.
    pub line: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_reads_back_as_itself() {
        for value in [0.0, -0.0, 1.0, -75.33380361808872, 0.001, 1e-7, 5e-324, f64::MAX, 1e15, 1e16, 123456789.125] {
            let text = Signal::new(value).unwrap().to_string();
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits(), "{text}");
            assert!(text.len() <= 24, "{text}");
        }
        assert_eq!(Signal::new(3.0).unwrap().to_string(), "3");
        assert_eq!(Signal::new(1e-3).unwrap().to_string(), "0.001");
        assert_eq!(Signal::new(1e300).unwrap().to_string(), "1e300");
        assert!([f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(Signal::new).iter().all(Option::is_none));
    }

    #[test]
    fn an_identity_is_a_uuid_in_either_case() {
        let text = "efa4b573-e1b1-46b3-9e8a-0b303d2bb66e";
        let id: SensorId = text.parse().unwrap();
        assert_eq!((id.to_string().as_str(), SensorId::parse(text.to_uppercase().as_bytes())), (text, Some(id)));
        assert_eq!(SensorId(7).to_string(), "00000000-0000-0000-0000-000000000007");
        for wrong in ["", "efa4b573-e1b1-46b3-9e8a-0b303d2bb66", "efa4b573e1b146b39e8a0b303d2bb66eaaaa"] {
            assert_eq!(SensorId::parse(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(SensorId::parse(b"efa4b573-e1b1-46b3-9e8a-0b303d2bb66g"), None);
    }
}
