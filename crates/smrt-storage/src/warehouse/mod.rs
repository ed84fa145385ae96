//! Tables of other databases, followed: fetched where they have changed, added up by day, month and year.
//!
//! A [`Source`] says in one scan what each month of a table holds; a [`Warehouse`] fetches the months of which it says
//! something else than last time, and replaces them in one transaction. Neither ids nor times decide what is new, so
//! rows that come late, vanish, or come again under other ids are seen. What rows add up to is computed by views in the
//! warehouse itself, see the migration `warehouse`.

mod copy;
mod error;
mod fingerprint;
mod lock;
mod month;
mod names;
mod rows;
mod source;
mod statistics;
mod sync;
mod table;

pub use error::WarehouseError;
pub use month::Month;
pub use names::{NameError, TableName};
pub use source::Source;
pub use statistics::{FollowedSeries, Level, Statistic, Total};
pub use sync::{PeriodSync, SyncReport, Warehouse, Watcher};
pub use table::FollowedTable;
