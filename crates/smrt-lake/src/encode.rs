//! How columns are packed into Parquet: small pages with an index of them, so that one series of one day is kilobytes;
//! differences for what mostly grows; and for floating-point numbers what a sample says is smallest.

use crate::row::{Column, Row};
use parquet::{
    basic::{Compression, Encoding, ZstdLevel},
    errors::ParquetError,
    file::{
        metadata::SortingColumn,
        properties::{EnabledStatistics, WriterProperties},
    },
    schema::types::ColumnPath,
};
use std::collections::HashMap;

/// Rows of a page: a sensor that measures every minute has 1,440 a day.
const PAGE: usize = 2_048;
/// Most rows of a row group.
const GROUP: usize = 1_000_000;
/// Level of zstd: higher ones cost much and save little on measurements.
const LEVEL: i32 = 1;
/// Runs and rows of a run that are looked at to choose an encoding.
const SAMPLE: (usize, usize) = (8, 512);

/// What makes a column of numbers smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    /// Few distinct values.
    Dictionary,
    /// The bytes of all numbers by their place: exponents alike, digits at random.
    Split,
    /// Numbers as they are: digits that come again.
    Plain,
}

/// How to write a file that begins with some rows.
pub(crate) fn properties<R: Row>(rows: &[R]) -> Result<WriterProperties, ParquetError> {
    let mut properties = WriterProperties::builder()
        .set_created_by("smrt".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
        .set_data_page_row_count_limit(PAGE)
        .set_write_batch_size(PAGE)
        .set_max_row_group_row_count(Some(GROUP))
        // Names of meters may be long; their beginnings tell pages apart.
        .set_statistics_truncate_length(Some(64))
        .set_column_index_truncate_length(Some(64))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_dictionary_enabled(false)
        .set_encoding(Encoding::PLAIN)
        .set_sorting_columns(sorting::<R>());
    let doubles: HashMap<_, _> = R::doubles(&sample(rows)).into_iter().collect();
    for &(name, column) in R::COLUMNS {
        let path = || ColumnPath::from(name);
        properties = match column {
            Column::Text => properties
                .set_column_dictionary_enabled(path(), true)
                .set_column_dictionary_page_size_limit(path(), 4 * 1024 * 1024)
                .set_column_encoding(path(), Encoding::DELTA_BYTE_ARRAY),
            Column::Instant | Column::Long | Column::Int => {
                properties.set_column_encoding(path(), Encoding::DELTA_BINARY_PACKED)
            }
            Column::Decimal => properties.set_column_dictionary_enabled(path(), true),
            Column::Double => match doubles.get(name).map_or(Packing::Split, |values| smallest(values, rows.len())) {
                Packing::Dictionary => properties
                    .set_column_dictionary_enabled(path(), true)
                    .set_column_encoding(path(), Encoding::BYTE_STREAM_SPLIT),
                Packing::Split => properties.set_column_encoding(path(), Encoding::BYTE_STREAM_SPLIT),
                Packing::Plain => properties.set_column_encoding(path(), Encoding::PLAIN),
            },
        };
    }
    // Pages are found by series and time alone.
    for (name, _) in R::COLUMNS.iter().take(key_columns::<R>()) {
        properties = properties.set_column_statistics_enabled(ColumnPath::from(*name), EnabledStatistics::Page);
    }
    Ok(properties.build())
}

/// Columns up to and with the time.
pub(crate) fn key_columns<R: Row>() -> usize {
    R::COLUMNS.iter().position(|&(_, column)| column == Column::Instant).map_or(0, |at| at + 1)
}

fn sorting<R: Row>() -> Option<Vec<SortingColumn>> {
    // The unit says nothing of the order: it stands between channel and time, and may change within a channel.
    let columns = (0..key_columns::<R>()).filter(|&index| R::COLUMNS[index].0 != "unit");
    let column = |column_idx| SortingColumn { column_idx, descending: false, nulls_first: false };
    columns.map(|index| i32::try_from(index).ok().map(column)).collect()
}

/// Some rows from all over.
fn sample<R: Row>(rows: &[R]) -> Vec<R> {
    let (runs, length) = SAMPLE;
    if rows.len() <= runs * length {
        return rows.to_vec();
    }
    let step = (rows.len() - length) / (runs - 1);
    (0..runs).flat_map(|run| rows[run * step..run * step + length].iter().cloned()).collect()
}

/// What packs a sample of a column of so many rows smallest.
fn smallest(sample: &[f64], rows: usize) -> Packing {
    let plain: Vec<u8> = sample.iter().flat_map(|value| value.to_le_bytes()).collect();
    let split: Vec<u8> = (0..8).flat_map(|byte| plain.iter().skip(byte).step_by(8).copied()).collect();
    let packed = |bytes: &[u8]| zstd::bulk::compress(bytes, LEVEL).map_or(bytes.len(), |packed| packed.len());
    let sizes = [
        (packed(&plain), Packing::Plain),
        (packed(&split), Packing::Split),
        (as_dictionary(sample, rows, packed), Packing::Dictionary),
    ];
    sizes.into_iter().min_by_key(|&(size, _)| size).map_or(Packing::Split, |(_, packing)| packing)
}

/// Bytes of a sample as a dictionary. Its share of the dictionary shrinks with the rows beyond the sample, unless half
/// of the values are new, so that more will be.
fn as_dictionary(sample: &[f64], rows: usize, packed: impl Fn(&[u8]) -> usize) -> usize {
    let mut known: HashMap<u64, u16> = HashMap::new();
    let mut dictionary = Vec::new();
    let mut keys = Vec::with_capacity(sample.len() * 2);
    for value in sample {
        let next = u16::try_from(known.len()).unwrap_or(u16::MAX);
        let key = *known.entry(value.to_bits()).or_insert_with(|| {
            dictionary.extend_from_slice(&value.to_le_bytes());
            next
        });
        keys.push(key);
    }
    if known.len() * 2 > sample.len() && rows > sample.len() {
        return usize::MAX;
    }
    let bits = usize::BITS - known.len().saturating_sub(1).leading_zeros();
    let whole = packed(&dictionary);
    whole.saturating_mul(sample.len()) / rows.max(1) + packed(&bit_packed(&keys, bits))
}

fn bit_packed(keys: &[u16], bits: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(keys.len() * 2);
    let (mut held, mut count) = (0_u64, 0);
    for &key in keys {
        held |= u64::from(key) << count;
        count += bits;
        while count >= 8 {
            bytes.push(held.to_le_bytes()[0]);
            held >>= 8;
            count -= 8;
        }
    }
    bytes.push(held.to_le_bytes()[0]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: Packing, rows: usize, value: impl Fn(u32) -> f64) {
        let values: Vec<f64> = (0..4_096).map(value).collect();
        assert_eq!(smallest(&values, rows), expected);
    }

    #[test]
    fn each_kind_of_numbers_gets_its_encoding() {
        let digits = |n: u32| f64::from(n).sin() * 30.0;
        check(Packing::Split, 1_000_000, digits);
        check(Packing::Split, 4_096, digits);
        check(Packing::Dictionary, 1_000_000, |n| f64::from(n.wrapping_mul(2_654_435_761) % 200) / 10.0);
        check(Packing::Plain, 4_096, |n| f64::from(n % 2));
    }
}
