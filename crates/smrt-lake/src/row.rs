//! The rows of the three tables: their columns in Parquet and in Delta, their order, and the way to and from Arrow.

use crate::LakeError;
use arrow_array::{
    Array, ArrayRef, Decimal128Array, DictionaryArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
    cast::AsArray,
    types::{Decimal128Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType},
};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use smrt_core::{Dataset, Quantity, SensorId, Signal};
use std::{cmp::Ordering, collections::HashMap, sync::Arc};

/// What a sensor measured, and where that is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The sensor.
    pub sensor: SensorId,
    /// When, UTC epoch microseconds.
    pub at: i64,
    /// What.
    pub value: Signal,
    /// Id of the source file; of two values for one instant that of the greater one holds.
    pub file: i64,
    /// Line of the source file, from 1; in one file the later line holds.
    pub line: u32,
}

/// A value of a sensor that another took the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// What it was.
    pub was: Measured,
    /// Id of the source file of the value that came next.
    pub by: i64,
}

/// A reading of a meter as it became current.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metered {
    /// Code of the meter.
    pub meter: Arc<str>,
    /// Name of the channel.
    pub channel: Arc<str>,
    /// Unit of the quantity.
    pub unit: Arc<str>,
    /// Start of the interval, UTC epoch microseconds.
    pub start: i64,
    /// Its length.
    pub minutes: i32,
    /// What was metered; nothing where that is not known.
    pub quantity: Option<Quantity>,
    /// Its quality, or [`WITHDRAWN`].
    pub quality: Arc<str>,
    /// Id of the source file; of two readings of one interval that of the greater one holds.
    pub file: i64,
    /// Line of the source file, from 1.
    pub line: u32,
}

/// The quality that says that there is no reading any more; its quantity is nothing.
pub const WITHDRAWN: &str = "withdrawn";

/// Digits of a quantity, and those after the point.
const DIGITS: (u8, i8) = (18, 6);

/// A row of one of the tables.
pub(crate) trait Row: Clone + Send + Sync + Sized + 'static {
    /// The table.
    const DATASET: Dataset;
    /// Columns in their order. Those of text come as dictionaries.
    const COLUMNS: &'static [(&'static str, Column)];
    /// The order of rows: series, time, file, line.
    fn order(&self, other: &Self) -> Ordering;
    /// Whether two rows speak of the same series and time, so that the later one holds.
    fn same(&self, other: &Self) -> bool;
    /// What files are told apart and pruned by.
    fn series(&self) -> String;
    fn same_series(&self, other: &Self) -> bool;
    fn at(&self) -> i64;
    fn file(&self) -> i64;
    fn encode(rows: &[Self]) -> Vec<ArrayRef>;
    /// Takes the rows of a batch with the columns above.
    fn decode(batch: &RecordBatch, into: &mut Vec<Self>) -> Result<(), String>;
    /// The columns of floating-point numbers of some rows.
    fn doubles(_: &[Self]) -> Vec<(&'static str, Vec<f64>)> {
        Vec::new()
    }
}

/// The types of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Text,
    Instant,
    Double,
    Long,
    Int,
    Decimal,
}

impl Column {
    fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Self::Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Double => DataType::Float64,
            Self::Long => DataType::Int64,
            Self::Int => DataType::Int32,
            Self::Decimal => DataType::Decimal128(DIGITS.0, DIGITS.1),
        }
    }
}

/// The columns of a table as Arrow has them.
pub(crate) fn schema<R: Row>() -> SchemaRef {
    let field = |&(name, column): &(&'static str, Column)| Field::new(name, column.arrow(), column == Column::Decimal);
    Arc::new(Schema::new(R::COLUMNS.iter().map(field).collect::<Vec<_>>()))
}

/// Rows as a batch of Arrow.
pub(crate) fn batch<R: Row>(schema: &SchemaRef, rows: &[R]) -> Result<RecordBatch, arrow_schema::ArrowError> {
    RecordBatch::try_new(Arc::clone(schema), R::encode(rows))
}

const MEASURED: [(&str, Column); 5] = [
    ("sensor", Column::Text),
    ("time", Column::Instant),
    ("value", Column::Double),
    ("file", Column::Long),
    ("line", Column::Long),
];

impl Row for Measured {
    const DATASET: Dataset = Dataset::Measurements;
    const COLUMNS: &'static [(&'static str, Column)] = &MEASURED;

    fn order(&self, other: &Self) -> Ordering {
        let key = |row: &Self| (row.sensor, row.at, row.file, row.line);
        key(self).cmp(&key(other))
    }

    fn same(&self, other: &Self) -> bool {
        self.at == other.at && self.sensor == other.sensor
    }

    fn series(&self) -> String {
        self.sensor.to_string()
    }

    fn same_series(&self, other: &Self) -> bool {
        self.sensor == other.sensor
    }

    fn at(&self) -> i64 {
        self.at
    }

    fn file(&self) -> i64 {
        self.file
    }

    fn encode(rows: &[Self]) -> Vec<ArrayRef> {
        encode_measured(rows.iter())
    }

    fn decode(batch: &RecordBatch, into: &mut Vec<Self>) -> Result<(), String> {
        let columns = MeasuredColumns::of(batch)?;
        into.reserve(batch.num_rows());
        for index in 0..batch.num_rows() {
            into.push(columns.row(index)?);
        }
        Ok(())
    }

    fn doubles(rows: &[Self]) -> Vec<(&'static str, Vec<f64>)> {
        vec![("value", rows.iter().map(|row| row.value.get()).collect())]
    }
}

impl Row for Replaced {
    const DATASET: Dataset = Dataset::Superseded;
    const COLUMNS: &'static [(&'static str, Column)] =
        &[MEASURED[0], MEASURED[1], MEASURED[2], MEASURED[3], MEASURED[4], ("superseded_by", Column::Long)];

    fn order(&self, other: &Self) -> Ordering {
        self.was.order(&other.was).then(self.by.cmp(&other.by))
    }

    fn same(&self, other: &Self) -> bool {
        self.was.same(&other.was)
    }

    fn series(&self) -> String {
        self.was.series()
    }

    fn same_series(&self, other: &Self) -> bool {
        self.was.same_series(&other.was)
    }

    fn at(&self) -> i64 {
        self.was.at
    }

    fn file(&self) -> i64 {
        self.was.file
    }

    fn encode(rows: &[Self]) -> Vec<ArrayRef> {
        let mut columns = encode_measured(rows.iter().map(|row| &row.was));
        columns.push(Arc::new(rows.iter().map(|row| row.by).collect::<Int64Array>()));
        columns
    }

    fn decode(batch: &RecordBatch, into: &mut Vec<Self>) -> Result<(), String> {
        let columns = MeasuredColumns::of(batch)?;
        let by = longs(batch, 5)?;
        for (index, &by) in by.iter().enumerate() {
            into.push(Self { was: columns.row(index)?, by });
        }
        Ok(())
    }

    fn doubles(rows: &[Self]) -> Vec<(&'static str, Vec<f64>)> {
        vec![("value", rows.iter().map(|row| row.was.value.get()).collect())]
    }
}

fn encode_measured<'a>(rows: impl Iterator<Item = &'a Measured> + Clone) -> Vec<ArrayRef> {
    // In the order of sensors each comes once.
    let mut names: Vec<String> = Vec::new();
    let mut last = None;
    let keys = rows.clone().map(|row| {
        if last != Some(row.sensor) {
            last = Some(row.sensor);
            names.push(row.sensor.to_string());
        }
        i32::try_from(names.len() - 1).unwrap_or(i32::MAX)
    });
    let keys: Int32Array = keys.collect();
    let at: TimestampMicrosecondArray = rows.clone().map(|row| row.at).collect::<Vec<_>>().into();
    vec![
        text(keys, &names),
        Arc::new(at.with_timezone("UTC")),
        Arc::new(rows.clone().map(|row| row.value.get()).collect::<Float64Array>()),
        Arc::new(rows.clone().map(|row| row.file).collect::<Int64Array>()),
        Arc::new(rows.map(|row| i64::from(row.line)).collect::<Int64Array>()),
    ]
}

fn text<S: AsRef<str>>(keys: Int32Array, names: &[S]) -> ArrayRef {
    let names = StringArray::from_iter_values(names);
    // Keys are counted from the names, so they fit; a batch without rows has no names.
    match DictionaryArray::<Int32Type>::try_new(keys, Arc::new(names)) {
        Ok(array) => Arc::new(array),
        Err(_) => arrow_array::new_empty_array(&Column::Text.arrow()),
    }
}

/// The columns of measurements of one batch.
struct MeasuredColumns<'a> {
    sensors: Vec<Option<SensorId>>,
    keys: &'a [i32],
    at: &'a [i64],
    value: &'a [f64],
    file: &'a [i64],
    line: &'a [i64],
}

impl<'a> MeasuredColumns<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Self, String> {
        let (keys, names) = texts(batch, 0)?;
        Ok(Self {
            sensors: names.iter().map(|name| SensorId::parse(name?.as_bytes())).collect(),
            keys,
            at: instants(batch, 1)?,
            value: whole(batch, 2)?.as_primitive_opt::<Float64Type>().ok_or("a column of another type")?.values(),
            file: longs(batch, 3)?,
            line: longs(batch, 4)?,
        })
    }

    fn row(&self, index: usize) -> Result<Measured, String> {
        let key = usize::try_from(self.keys[index]).ok();
        let sensor = key.and_then(|key| *self.sensors.get(key)?).ok_or("a sensor that is no UUID")?;
        let value = Signal::new(self.value[index]).ok_or("a value that is no finite number")?;
        Ok(Measured { sensor, at: self.at[index], value, file: self.file[index], line: line(self.line[index])? })
    }
}

fn line(line: i64) -> Result<u32, String> {
    u32::try_from(line).map_err(|_| format!("line {line}"))
}

fn whole(batch: &RecordBatch, column: usize) -> Result<&ArrayRef, String> {
    let array = batch.columns().get(column).ok_or("a column less")?;
    if array.null_count() == 0 { Ok(array) } else { Err("a null where none may be".to_owned()) }
}

fn longs(batch: &RecordBatch, column: usize) -> Result<&[i64], String> {
    Ok(whole(batch, column)?.as_primitive_opt::<Int64Type>().ok_or("a column of another type")?.values())
}

fn instants(batch: &RecordBatch, column: usize) -> Result<&[i64], String> {
    let array = whole(batch, column)?.as_primitive_opt::<TimestampMicrosecondType>();
    Ok(array.ok_or("a column of another type")?.values())
}

fn texts(batch: &RecordBatch, column: usize) -> Result<(&[i32], &StringArray), String> {
    let array = whole(batch, column)?.as_dictionary_opt::<Int32Type>().ok_or("a column of another type")?;
    let names = array.values().as_string_opt::<i32>().ok_or("a column of another type")?;
    Ok((array.keys().values(), names))
}

impl Row for Metered {
    const DATASET: Dataset = Dataset::Readings;
    const COLUMNS: &'static [(&'static str, Column)] = &[
        ("meter", Column::Text),
        ("channel", Column::Text),
        ("unit", Column::Text),
        ("start", Column::Instant),
        ("minutes", Column::Int),
        ("quantity", Column::Decimal),
        ("quality", Column::Text),
        ("file", Column::Long),
        ("line", Column::Long),
    ];

    fn order(&self, other: &Self) -> Ordering {
        let key = |row: &Self| (row.start, row.file, row.line);
        let series = self.meter.cmp(&other.meter).then_with(|| self.channel.cmp(&other.channel));
        series.then_with(|| self.unit.cmp(&other.unit)).then_with(|| key(self).cmp(&key(other)))
    }

    fn same(&self, other: &Self) -> bool {
        self.start == other.start && self.same_series(other)
    }

    fn series(&self) -> String {
        self.meter.as_ref().to_owned()
    }

    fn same_series(&self, other: &Self) -> bool {
        self.channel == other.channel && self.meter == other.meter && self.unit == other.unit
    }

    fn at(&self) -> i64 {
        self.start
    }

    fn file(&self) -> i64 {
        self.file
    }

    fn encode(rows: &[Self]) -> Vec<ArrayRef> {
        let start: TimestampMicrosecondArray = rows.iter().map(|row| row.start).collect::<Vec<_>>().into();
        let quantity = rows.iter().map(|row| row.quantity.map(|quantity| i128::from(quantity.micros())));
        // The digits of any quantity in whole millionths fit 18 digits or are refused before.
        let quantity = quantity.collect::<Decimal128Array>().with_data_type(Column::Decimal.arrow());
        vec![
            interned(rows, |row| &row.meter),
            interned(rows, |row| &row.channel),
            interned(rows, |row| &row.unit),
            Arc::new(start.with_timezone("UTC")),
            Arc::new(rows.iter().map(|row| row.minutes).collect::<Int32Array>()),
            Arc::new(quantity),
            interned(rows, |row| &row.quality),
            Arc::new(rows.iter().map(|row| row.file).collect::<Int64Array>()),
            Arc::new(rows.iter().map(|row| i64::from(row.line)).collect::<Int64Array>()),
        ]
    }

    fn decode(batch: &RecordBatch, into: &mut Vec<Self>) -> Result<(), String> {
        let [meter, channel, unit, quality] = [0, 1, 2, 6].map(|column| {
            let (keys, names) = texts(batch, column)?;
            Ok::<_, String>((keys, names.iter().map(|name| Arc::from(name.unwrap_or_default())).collect::<Vec<_>>()))
        });
        let (meter, channel, unit, quality) = (meter?, channel?, unit?, quality?);
        let (start, file, lines) = (instants(batch, 3)?, longs(batch, 7)?, longs(batch, 8)?);
        let minutes = whole(batch, 4)?.as_primitive_opt::<Int32Type>().ok_or("a column of another type")?;
        let quantity = batch.column(5).as_primitive_opt::<Decimal128Type>().ok_or("a column of another type")?;
        for index in 0..batch.num_rows() {
            let quantity = quantity.is_valid(index).then(|| i64::try_from(quantity.value(index)));
            let quantity = quantity.transpose().map_err(|_| "a quantity of too many digits")?;
            into.push(Self {
                meter: name(&meter, index)?,
                channel: name(&channel, index)?,
                unit: name(&unit, index)?,
                start: start[index],
                minutes: minutes.value(index),
                quantity: quantity.map(Quantity::from_micros),
                quality: name(&quality, index)?,
                file: file[index],
                line: line(lines[index])?,
            });
        }
        Ok(())
    }
}

fn name((keys, names): &(&[i32], Vec<Arc<str>>), index: usize) -> Result<Arc<str>, String> {
    let name = usize::try_from(keys[index]).ok().and_then(|key| names.get(key));
    name.cloned().ok_or_else(|| "a text that is not there".to_owned())
}

/// A column of texts that mostly are those of the row before.
fn interned(rows: &[Metered], of: impl Fn(&Metered) -> &Arc<str>) -> ArrayRef {
    let mut names: Vec<&str> = Vec::new();
    let mut known: HashMap<&str, i32> = HashMap::new();
    let mut last: Option<(&Arc<str>, i32)> = None;
    let keys = rows.iter().map(|row| {
        let name = of(row);
        let key = match last {
            Some((before, key)) if Arc::ptr_eq(before, name) || before == name => key,
            _ => *known.entry(name).or_insert_with(|| {
                names.push(name);
                i32::try_from(names.len() - 1).unwrap_or(i32::MAX)
            }),
        };
        last = Some((name, key));
        key
    });
    let keys: Int32Array = keys.collect();
    text(keys, &names)
}

/// Refuses what the table cannot hold.
pub(crate) fn acceptable(row: &Metered) -> Result<(), LakeError> {
    let limit = 10_i64.pow(u32::from(DIGITS.0));
    match row.quantity {
        Some(quantity) if !(-limit < quantity.micros() && quantity.micros() < limit) => Err(LakeError::Input {
            expected: "a quantity of at most 12 digits before the point",
            found: format!("{quantity} of meter {}", row.meter),
        }),
        _ => Ok(()),
    }
}
