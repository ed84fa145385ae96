//! What may be wrong with a series: the closed list of kinds, and one stretch of time that something is wrong with.

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// One to five values far from those around them.
    Spike,
    /// A stretch that lies beside its surroundings by about the same amount.
    Level,
    /// A stretch that moves away steadily and comes back at once, or the reverse.
    Drift,
    /// A sensor repeats one value.
    Flat,
    /// A stretch that scatters much more than the rest.
    Noise,
    /// Values are missing.
    Gap,
    /// Energy below zero where none can be.
    Negative,
    /// A meter reports zero although energy flowed or usually flows.
    ZeroRun,
    /// A meter repeats one value that is not zero.
    Stuck,
    /// A meter's quantities are ten times too large: a wrong multiplier.
    ScaleX10,
    /// A meter's quantities are too large or too small by one factor for a day or more.
    LevelShift,
    /// Quantities are missing, and the one behind the gap holds what flowed meanwhile.
    GapCatchup,
    /// An interval stands there twice with the same quantity.
    DuplicateSame,
    /// An interval stands there twice with unlike quantities.
    DuplicateConflict,
    /// A read of the register that the intervals on both of its sides contradict.
    RegisterRead,
}

impl Kind {
    /// The name in output: stable, snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spike => "spike",
            Self::Level => "level",
            Self::Drift => "drift",
            Self::Flat => "flat",
            Self::Noise => "noise",
            Self::Gap => "gap",
            Self::Negative => "negative",
            Self::ZeroRun => "zero_run",
            Self::Stuck => "stuck",
            Self::ScaleX10 => "scale_x10",
            Self::LevelShift => "level_shift",
            Self::GapCatchup => "gap_catchup",
            Self::DuplicateSame => "duplicate_same",
            Self::DuplicateConflict => "duplicate_conflict",
            Self::RegisterRead => "register_read",
        }
    }
}

/// A range that values are expected in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// The least.
    pub low: f64,
    /// The greatest.
    pub high: f64,
}

/// A stretch of time that something is wrong with. Values are in the unit of the series.
#[derive(Clone, Debug, PartialEq)]
pub struct Anomaly {
    /// What is wrong.
    pub kind: Kind,
    /// The first value or interval concerned, UTC epoch microseconds.
    pub start: i64,
    /// The last value or interval concerned (inclusive), UTC epoch microseconds.
    pub end: i64,
    /// How many times the usual scatter it is off; for gaps and runs, how many times longer than usual. Above 0.
    pub severity: f64,
    /// What the model expects over the stretch (its mean), where there is a model.
    pub expected: Option<f64>,
    /// Where single values of the stretch are expected.
    pub band: Option<Band>,
    /// What is there: the value farthest off, or the mean of a longer stretch. Nothing in a gap.
    pub observed: Option<f64>,
    /// A sentence for people, times in the zone of the series.
    pub reason: String,
}
