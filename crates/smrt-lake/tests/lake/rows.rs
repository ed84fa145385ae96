//! Rows are read back by the library itself, value by value.

use bytes::Bytes;
use parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::Field as Read,
    schema::printer::print_schema,
};
use proptest::prelude::*;
use smrt_lake::{RowType, RowValue, RowWriter};
use std::io::{self, Write};

const ALL: [RowType; 7] =
    [RowType::Text, RowType::Whole, RowType::Double, RowType::Exact, RowType::Instant, RowType::Date, RowType::Truth];

fn columns(kinds: &[RowType]) -> Vec<(String, RowType)> {
    kinds.iter().map(|kind| (format!("{kind:?}").to_lowercase(), *kind)).collect()
}

fn written(kinds: &[RowType], rows: &[Vec<RowValue<'_>>]) -> Vec<u8> {
    let mut writer = RowWriter::new(Vec::new(), columns(kinds)).unwrap();
    rows.iter().for_each(|row| writer.row(row).unwrap());
    writer.finish().unwrap()
}

fn reader(bytes: Vec<u8>) -> SerializedFileReader<Bytes> {
    SerializedFileReader::new(Bytes::from(bytes)).unwrap()
}

/// As the value it was.
fn value(read: &Read) -> RowValue<'static> {
    match read {
        Read::Null => RowValue::Null,
        Read::Str(text) => RowValue::Text(text.clone().into()),
        Read::Long(number) => RowValue::Whole(*number),
        Read::Double(number) => RowValue::Double(*number),
        Read::Decimal(decimal) => {
            assert_eq!(decimal.scale(), 6);
            let bytes = decimal.data();
            let mut wide = [if bytes[0] & 0x80 == 0 { 0 } else { 0xFF }; 16];
            wide[16 - bytes.len()..].copy_from_slice(bytes);
            RowValue::Exact(i128::from_be_bytes(wide))
        }
        Read::TimestampMicros(at) => RowValue::Instant(*at),
        Read::Date(day) => RowValue::Date(*day),
        Read::Bool(truth) => RowValue::Truth(*truth),
        other => panic!("{other:?}"),
    }
}

fn read(bytes: Vec<u8>) -> Vec<Vec<RowValue<'static>>> {
    let rows = reader(bytes);
    let rows = rows.get_row_iter(None).unwrap();
    rows.map(|row| row.unwrap().get_column_iter().map(|(_, read)| value(read)).collect()).collect()
}

#[test]
fn columns_have_the_types_that_others_know() {
    let reader = reader(written(&ALL, &[]));
    let mut text = Vec::new();
    print_schema(&mut text, reader.metadata().file_metadata().schema());
    let text = String::from_utf8(text).unwrap();
    for line in [
        "OPTIONAL BYTE_ARRAY text (STRING);",
        "OPTIONAL INT64 whole;",
        "OPTIONAL DOUBLE double;",
        "OPTIONAL FIXED_LEN_BYTE_ARRAY (16) exact (DECIMAL(38,6));",
        "OPTIONAL INT64 instant (TIMESTAMP(MICROS,true));",
        "OPTIONAL INT32 date (DATE);",
        "OPTIONAL BOOLEAN truth;",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    let metadata = reader.metadata().file_metadata();
    assert_eq!((metadata.created_by(), metadata.key_value_metadata()), (Some("smrt"), None));
}

#[test]
fn what_a_column_cannot_hold_is_refused_by_its_name() {
    let mut writer = RowWriter::new(Vec::new(), columns(&[RowType::Exact])).unwrap();
    writer.row(&[RowValue::Exact(10_i128.pow(38) - 1)]).unwrap();
    for value in [RowValue::Exact(10_i128.pow(38)), RowValue::Double(1.0), RowValue::Text("1".into())] {
        let error = writer.row(&[value]).unwrap_err();
        assert!(error.to_string().starts_with("column exact cannot hold"), "{error}");
    }
    assert!(writer.row(&[]).is_err());
}

#[test]
fn exact_numbers_become_the_nearest_doubles() {
    let micros = [1_520_000, -1, 0, 100_000, i128::from(i64::MAX), 12_345_678_901_234_567_890_123];
    let rows: Vec<_> = micros.iter().map(|&micros| vec![RowValue::Exact(micros)]).collect();
    let expected = ["1.52", "-0.000001", "0", "0.1", "9223372036854.775807", "12345678901234567.890123"]
        .map(|text| text.parse().unwrap());
    let doubles: Vec<_> = read(written(&[RowType::Double], &rows)).into_iter().flatten().collect();
    assert_eq!(doubles, expected.map(RowValue::Double));
}

#[test]
fn many_rows_come_in_groups_and_their_bytes_are_the_same_again() {
    let rows: Vec<_> = (0..300_000_i64)
        .map(|at| vec![RowValue::Text(format!("m{}", at / 1000).into()), RowValue::Instant(at * 1_800_000_000)])
        .collect();
    let kinds = [RowType::Text, RowType::Instant];
    let bytes = written(&kinds, &rows);
    assert_eq!(written(&kinds, &rows), bytes);
    let reader = reader(bytes.clone());
    let groups: Vec<i64> = reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
    assert_eq!(groups, [131_072, 131_072, 37_856]);
    assert!(read(bytes) == rows);
}

#[test]
fn an_error_of_the_place_stays_what_it_is() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let writer = RowWriter::new(Full, columns(&ALL)).unwrap();
    assert_eq!(writer.finish().map(drop).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
}

fn any_value(kind: RowType) -> BoxedStrategy<RowValue<'static>> {
    let some = match kind {
        RowType::Text => any::<String>().prop_map(|text| RowValue::Text(text.into())).boxed(),
        RowType::Whole => any::<i64>().prop_map(RowValue::Whole).boxed(),
        RowType::Double => prop::num::f64::NORMAL.prop_map(RowValue::Double).boxed(),
        RowType::Exact => (-10_i128.pow(38) + 1..10_i128.pow(38)).prop_map(RowValue::Exact).boxed(),
        RowType::Instant => any::<i64>().prop_map(RowValue::Instant).boxed(),
        RowType::Date => any::<i32>().prop_map(RowValue::Date).boxed(),
        RowType::Truth => any::<bool>().prop_map(RowValue::Truth).boxed(),
    };
    prop_oneof![1 => Just(RowValue::Null), 4 => some].boxed()
}

proptest! {
    #[test]
    fn values_come_back_as_they_were(rows in prop::collection::vec(ALL.map(any_value).to_vec(), 0..20)) {
        prop_assert_eq!(read(written(&ALL, &rows)), rows.clone());
        let mut packed = Vec::new();
        rows.iter().for_each(|row| RowValue::pack(row, &mut packed));
        let mut source = packed.as_slice();
        let mut unpacked = Vec::new();
        while let Some(row) = RowValue::unpack(&mut source, ALL.len()).unwrap() {
            unpacked.push(row);
        }
        prop_assert_eq!(unpacked, rows);
        if let Some(cut) = packed.len().checked_sub(1) {
            let mut source = &packed[..cut];
            let result = std::iter::from_fn(|| RowValue::unpack(&mut source, ALL.len()).transpose()).last();
            prop_assert!(result.unwrap().is_err());
        }
    }
}
