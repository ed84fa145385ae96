//! What sensors are called.
//!
//! A mapping says it of many sensors at once, and a name belongs to one sensor alone, so a file's names are written
//! together: two sensors may have exchanged theirs. What a later mapping changes stays in `sensor_name`.

use crate::{
    Counts, StoreError,
    backend::Database,
    bulk::{self, Cells, Shape},
    error::Doing,
    ledger::storable,
    schema::{meter_point::dsl as p, sensor_name::dsl as n},
};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, QueryDsl, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Nullable, Text},
};
use smrt_core::{Scheme, SensorName};

const WHAT: &str = "writing the names of sensors";

/// A name that was another sensor's until now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedName {
    /// The name.
    pub name: String,
    /// The identity of the sensor that had it.
    pub from: String,
    /// The identity of the sensor that has it now.
    pub to: String,
    /// Line of the mapping that says so, from 1.
    pub line: u32,
}

/// Looks sensors up by their identity.
struct FindSensors;

/// A text with its place in a list.
struct Text1 {
    ordinal: i64,
    text: String,
}

impl Shape for FindSensors {
    type Row<'r> = Text1;
    const HEAD: &'static str = "SELECT v.column1 AS ordinal, m.id, m.code, m.name FROM (VALUES ";
    const TAIL: &'static str = ") AS v JOIN meter_point m ON m.scheme = 'sensor' AND m.code = v.column2";

    fn bind<'b>(row: &'b Text1, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        cells.number(&row.ordinal)?;
        cells.text(&row.text)
    }
}

/// Looks sensors up by their name.
struct FindNamed;

impl Shape for FindNamed {
    type Row<'r> = Text1;
    const HEAD: &'static str = "SELECT v.column1 AS ordinal, m.id, m.code, m.name FROM (VALUES ";
    const TAIL: &'static str = ") AS v JOIN meter_point m ON m.scheme = 'sensor' AND m.name = v.column2";

    fn bind<'b>(row: &'b Text1, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        FindSensors::bind(row, cells)
    }
}

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = BigInt)]
    ordinal: i64,
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    code: String,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
}

/// New sensors, which nothing has measured yet.
struct InsertSensors;

struct NewSensor {
    id: i64,
    code: String,
}

impl Shape for InsertSensors {
    type Row<'r> = NewSensor;
    const HEAD: &'static str = "INSERT INTO meter_point (id, scheme, code) VALUES ";
    const TAIL: &'static str = "";

    fn bind<'b>(row: &'b NewSensor, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        cells.number(&row.id)?;
        cells.text(Scheme::Sensor.as_str())?;
        cells.text(&row.code)
    }
}

/// Gives sensors names.
struct SetNames;

/// What a mapping has said of a sensor.
struct InsertNames;

struct Change {
    sensor: i64,
    code: String,
    name: String,
    file: i64,
    line: i64,
    counted: i64,
}

impl Shape for SetNames {
    type Row<'r> = Change;
    const HEAD: &'static str = "UPDATE meter_point SET name = v.column2 FROM (VALUES ";
    const TAIL: &'static str = ") AS v WHERE meter_point.id = v.column1";

    fn bind<'b>(row: &'b Change, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        cells.number(&row.sensor)?;
        cells.text(&row.name)
    }
}

impl Shape for InsertNames {
    type Row<'r> = Change;
    const HEAD: &'static str = "INSERT INTO sensor_name (meter_point_id, name, file_id, line, counted) VALUES ";
    const TAIL: &'static str = "";

    fn bind<'b>(row: &'b Change, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        cells.number(&row.sensor)?;
        cells.text(&row.name)?;
        cells.number(&row.file)?;
        cells.number(&row.line)?;
        cells.number(&row.counted)
    }
}

/// Writes what a mapping says, and tells which names were another sensor's until now: one that the mapping does not
/// speak of, and that is left without a name.
pub(crate) fn write(
    connection: &mut Database,
    file: i64,
    names: &[SensorName],
) -> Result<(Counts, Vec<MovedName>), StoreError> {
    let changes = changes(connection, file, names)?;
    let renamed: Vec<i64> = changes.iter().filter(|change| change.counted < 0).map(|change| change.sensor).collect();
    take_names(connection, file, &renamed)?;
    let moved = holders(connection, &changes)?;
    let holders: Vec<i64> = moved.iter().map(|(id, _)| *id).collect();
    take_names(connection, file, &holders)?;
    bulk::execute::<SetNames>(connection, &changes).doing(WHAT)?;
    bulk::execute::<InsertNames>(connection, &changes).doing(WHAT)?;
    let (changed, replaced) = (changes.len() as u64, renamed.len() as u64);
    let counts = Counts { inserted: changed - replaced, replaced, unchanged: names.len() as u64 - changed };
    Ok((counts, moved.into_iter().map(|(_, moved)| moved).collect()))
}

/// The sensors that a mapping calls by another name than the database; those that are new are made.
fn changes(connection: &mut Database, file: i64, names: &[SensorName]) -> Result<Vec<Change>, StoreError> {
    let wanted: Vec<Text1> =
        (0..).zip(names).map(|(ordinal, name)| Text1 { ordinal, text: name.sensor.to_string() }).collect();
    let mut known: Vec<Option<Known>> = Vec::new();
    known.resize_with(names.len(), || None);
    for found in bulk::load::<FindSensors, Known>(connection, &wanted).doing(WHAT)? {
        let place = usize::try_from(found.ordinal).ok().and_then(|at| known.get_mut(at));
        *place.ok_or_else(|| StoreError::corrupt("a sensor that was not asked for"))? = Some(found);
    }
    let mut next = connection.number(WHAT, "SELECT coalesce(max(id), 0) + 1 AS n FROM meter_point")?;
    let (mut new, mut changes) = (Vec::new(), Vec::new());
    for ((said, text), known) in names.iter().zip(wanted).zip(known) {
        let name = storable(&said.name);
        let (sensor, counted) = match known {
            Some(Known { name: Some(same), .. }) if same == name => continue,
            Some(known) => (known.id, if known.name.is_some() { -1 } else { 1 }),
            None => {
                new.push(NewSensor { id: next, code: text.text.clone() });
                next += 1;
                (next - 1, 1)
            }
        };
        changes.push(Change { sensor, code: text.text, name, file, line: i64::from(said.line), counted });
    }
    bulk::execute::<InsertSensors>(connection, &new).doing("writing sensors")?;
    Ok(changes)
}

/// The sensors that have a name which a change gives to another.
fn holders(connection: &mut Database, changes: &[Change]) -> Result<Vec<(i64, MovedName)>, StoreError> {
    let wanted: Vec<Text1> =
        (0..).zip(changes).map(|(ordinal, change)| Text1 { ordinal, text: change.name.clone() }).collect();
    let mut moved = Vec::new();
    for found in bulk::load::<FindNamed, Known>(connection, &wanted).doing(WHAT)? {
        let change = usize::try_from(found.ordinal).ok().and_then(|at| changes.get(at));
        let change = change.ok_or_else(|| StoreError::corrupt("a name that was not asked for"))?;
        let line = u32::try_from(change.line).unwrap_or(u32::MAX);
        moved
            .push((found.id, MovedName { name: change.name.clone(), from: found.code, to: change.code.clone(), line }));
    }
    moved.sort_by_key(|(_, name)| name.line);
    Ok(moved)
}

/// Takes sensors their names.
fn take_names(connection: &mut Database, file: i64, sensors: &[i64]) -> Result<(), StoreError> {
    for part in sensors.chunks(500) {
        let of_part = p::meter_point.filter(p::id.eq_any(part));
        diesel::update(of_part).set(p::name.eq(None::<String>)).execute(connection).doing(WHAT)?;
        let current = n::sensor_name.filter(n::meter_point_id.eq_any(part).and(n::superseded_by.is_null()));
        diesel::update(current).set(n::superseded_by.eq(file)).execute(connection).doing(WHAT)?;
    }
    Ok(())
}
