//! What the rows of followed tables add up to.

use crate::{AskError, Cell, Column};
use smrt_storage::{FollowedSeries, Statistic, Store, Total};

/// The columns of statistics, one a row.
pub const COLUMNS: &[Column] = &[
    Column::text("series"),
    Column::text("keys"),
    Column::number("year"),
    Column::number("month"),
    Column::number("day"),
    Column::number("rows"),
    Column::value("sum"),
    Column::value("min"),
    Column::value("max"),
    Column::value("mean"),
];

/// What a group of rows of a series adds up to, as a row of [`COLUMNS`].
pub fn row<'a>(series: &'a FollowedSeries, found: &Statistic) -> Vec<Cell<'a>> {
    let part = |part: Option<i32>| Cell::maybe_integer(part.and_then(|part| u64::try_from(part).ok()));
    vec![
        Cell::text(&series.name),
        Cell::text(found.keys.clone()),
        part(Some(found.year)),
        part(found.month),
        part(found.day),
        Cell::Integer(found.rows),
        total(&found.sum),
        total(&found.min),
        total(&found.max),
        Cell::signal(Some(found.mean())),
    ]
}

/// A number, or nothing where doubles have none.
fn total(total: &Total) -> Cell<'static> {
    if total.value().is_finite() { Cell::Total(total.to_string()) } else { Cell::Null }
}

/// A series by its name, or all.
///
/// # Errors
/// When there is none of this name.
pub fn chosen(store: &mut Store, name: Option<&str>) -> Result<Vec<FollowedSeries>, AskError> {
    match name {
        Some(name) => Ok(vec![store.followed(name)?]),
        None => Ok(store.followed_series()?),
    }
}
