#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod analyses;
mod backend;
mod bulk;
mod channels;
mod connection;
mod doubled;
mod error;
mod events;
mod file;
mod lake;
mod late;
mod ledger;
mod load;
mod migrate;
mod mirror;
mod objects;
mod queries;
mod registers;
mod schema;
mod sensors;
mod store;
mod summary;
mod url;
mod versions;
mod warehouse;
mod writer;

pub use analyses::{SavedAnalysis, SavedAnomaly, StoredEstimate};
pub use error::StoreError;
pub use file::{
    Counts, FileStatus, FinishedFile, LoadedFile, NewFile, NewRun, Precedence, QuarantinedRecord, Reason, UnloadedFile,
    UnloadedStatus,
};
pub use lake::{DataFileFilter, KnownDataFile, LakeRow, Operation, Publication};
pub use load::FileLoad;
pub use mirror::{ChannelName, CurrentCursor, CurrentReading, ReadingTotal};
pub use objects::SourceObject;
pub use queries::{
    coverage::{CoveredDay, MeterCoverage},
    daily::DailyRow,
    doctor::Check,
    doubled::DoubledReading,
    events::IntervalReason,
    files::{FileFilter, FileReason, FileRow, StoredFinding, StoredFindings},
    gaps::Gap,
    meters::{Meter, MeterFilter, StoredChannel},
    overview::{Arrivals, Silence, SilentMeter},
    readings::StoredReading,
    registers::StoredRegisterRead,
    stats::Stats,
    trace::{SupersededValue, Trace, TracedValue},
};
pub use sensors::{MeasuredFile, SensorDay, names::MovedName};
pub use store::Store;
pub use url::{DatabaseUrl, UrlError};
pub use warehouse::{
    FollowedSeries, FollowedTable, Level, Month, NameError, PeriodSync, Source, Statistic, SyncReport, TableName,
    Total, Warehouse, WarehouseError, Watcher,
};
pub use writer::Writer;
