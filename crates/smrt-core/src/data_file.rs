//! One file of a lake, as far as it is known without opening it.
//!
//! The database keeps the list, the lake keeps the files; both speak of them in this word.

/// Which of a lake's tables a file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dataset {
    /// What sensors measured; of several values for one sensor and instant the one of the latest file and line holds.
    Measurements,
    /// Measurements that another took the place of, moved out of the way.
    Superseded,
    /// Readings of meters, as they became current; of several for one interval that of the latest file holds.
    Readings,
}

impl Dataset {
    /// Every table.
    pub const ALL: [Self; 3] = [Self::Measurements, Self::Superseded, Self::Readings];

    /// The name of the table and of its folder.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Measurements => "measurements",
            Self::Superseded => "superseded",
            Self::Readings => "readings",
        }
    }

    /// The table of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dataset| dataset.as_str() == name)
    }
}

/// One data file of a lake. All its rows begin on one UTC day; they are in the order of series and time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// The table it belongs to.
    pub dataset: Dataset,
    /// Where it is below the folder of its table, with forward slashes.
    pub path: String,
    /// The UTC day of its rows, days since 1970-01-01.
    pub day: i32,
    /// Bytes.
    pub size: u64,
    /// Rows.
    pub rows: u64,
    /// The first series in it: a sensor's identity or a meter's code.
    pub first_series: String,
    /// The last series in it.
    pub last_series: String,
    /// The earliest instant in it, UTC epoch microseconds.
    pub first_at: i64,
    /// The latest instant in it, UTC epoch microseconds.
    pub last_at: i64,
    /// The least id of the source files its rows come from.
    pub first_file: i64,
    /// The greatest id of the source files its rows come from.
    pub last_file: i64,
    /// SHA-256 of its bytes, 64 hexadecimal digits in lower case.
    pub sha256: String,
}
