//! Which pages of a file a question needs, by what its indexes say of series and time.

use super::Want;
use crate::{encode::key_columns, row::Row};
use parquet::{
    arrow::arrow_reader::{RowSelection, RowSelector},
    file::{
        metadata::{ParquetMetaData, RowGroupMetaData},
        page_index::{column_index::ColumnIndexMetaData, offset_index::PageLocation},
        statistics::Statistics,
    },
};
use std::ops::Range;

/// What is to be read of a file.
pub(super) struct Picked {
    /// The row groups.
    pub(super) groups: Vec<usize>,
    /// The rows of these groups.
    pub(super) rows: RowSelection,
    /// The bytes that takes.
    pub(super) ranges: Vec<Range<u64>>,
}

/// Picks what may hold wanted rows; `None` if the indexes are not there or do not fit a file of that size.
pub(super) fn pick<R: Row>(metadata: &ParquetMetaData, size: u64, want: &Want) -> Option<Picked> {
    let time = key_columns::<R>() - 1;
    let offsets = metadata.offset_index()?;
    let mut picked = Picked { groups: Vec::new(), rows: RowSelection::default(), ranges: Vec::new() };
    let mut selectors: Vec<RowSelector> = Vec::new();
    for (index, group) in metadata.row_groups().iter().enumerate() {
        if !group_may(group, time, want) {
            continue;
        }
        let rows = usize::try_from(group.num_rows()).ok()?;
        let offsets = offsets.get(index)?;
        if offsets.len() != R::COLUMNS.len() || !offsets.iter().all(|pages| fits(pages.page_locations(), rows, size)) {
            return None;
        }
        let pages = |column: usize| offsets.get(column).map(|offsets| offsets.page_locations().as_slice());
        let mut selection = RowSelection::from(vec![RowSelector::select(rows)]);
        if !want.everything() {
            let indexes = metadata.column_index()?.get(index)?;
            for (column, may) in [(0, series_may as PageMay), (time, time_may as PageMay)] {
                let here = by_pages(indexes.get(column)?, pages(column)?, rows, want, may)?;
                selection = selection.intersection(&here);
            }
        }
        if !selection.selects_any() {
            continue;
        }
        for (column, chunk) in group.columns().iter().enumerate() {
            let pages = pages(column)?;
            picked.ranges.extend(selection.scan_ranges(pages));
            let first = u64::try_from(pages.first()?.offset).ok()?;
            // A dictionary stands before the pages that use it.
            picked.ranges.push(chunk.byte_range().0.min(first)..first);
        }
        picked.groups.push(index);
        selectors.extend(selection.iter().copied());
    }
    picked.rows = selectors.into();
    Some(picked)
}

/// Whether pages follow each other, in a file of some size, by rows of a group of some rows.
fn fits(pages: &[PageLocation], rows: usize, size: u64) -> bool {
    let end = |page: &PageLocation| page.offset.checked_add(i64::from(page.compressed_page_size));
    let inside = |page: &PageLocation| {
        page.offset >= 0
            && page.compressed_page_size >= 0
            && end(page).and_then(|end| u64::try_from(end).ok()).is_some_and(|end| end <= size)
            && usize::try_from(page.first_row_index).is_ok_and(|row| row < rows)
    };
    pages.first().is_some_and(|page| page.first_row_index == 0)
        && pages.iter().all(inside)
        && pages.is_sorted_by(|a, b| a.first_row_index < b.first_row_index && end(a).is_some_and(|end| end <= b.offset))
}

fn group_may(group: &RowGroupMetaData, time: usize, want: &Want) -> bool {
    let series = match group.columns().first().and_then(|chunk| chunk.statistics()) {
        Some(Statistics::ByteArray(range)) => {
            want.series_overlap(range.min_opt().map(|min| min.data()), range.max_opt().map(|max| max.data()))
        }
        _ => true,
    };
    let time = match group.columns().get(time).and_then(|chunk| chunk.statistics()) {
        Some(Statistics::Int64(range)) => {
            let (min, max) = (range.min_opt().copied(), range.max_opt().copied());
            want.overlaps(min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX))
        }
        _ => true,
    };
    series && time
}

/// Whether a page may hold wanted rows.
type PageMay = fn(&ColumnIndexMetaData, usize, &Want) -> bool;

fn series_may(index: &ColumnIndexMetaData, page: usize, want: &Want) -> bool {
    match index {
        // Bounds that were cut short stay bounds.
        ColumnIndexMetaData::BYTE_ARRAY(index) => want.series_overlap(index.min_value(page), index.max_value(page)),
        _ => true,
    }
}

fn time_may(index: &ColumnIndexMetaData, page: usize, want: &Want) -> bool {
    match index {
        ColumnIndexMetaData::INT64(index) => {
            let (min, max) = (index.min_value(page).copied(), index.max_value(page).copied());
            want.overlaps(min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX))
        }
        _ => true,
    }
}

/// The rows of the pages of one column that may hold wanted ones.
fn by_pages(
    index: &ColumnIndexMetaData,
    pages: &[PageLocation],
    rows: usize,
    want: &Want,
    may: PageMay,
) -> Option<RowSelection> {
    let mut selectors = Vec::with_capacity(pages.len());
    for (page, location) in pages.iter().enumerate() {
        let start = usize::try_from(location.first_row_index).ok()?;
        let end = pages.get(page + 1).map_or(Some(rows), |next| usize::try_from(next.first_row_index).ok())?;
        let count = end.checked_sub(start)?;
        selectors.push(if may(index, page, want) { RowSelector::select(count) } else { RowSelector::skip(count) });
    }
    Some(selectors.into())
}
