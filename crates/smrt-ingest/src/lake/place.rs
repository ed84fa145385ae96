//! Where a database's lake is, and opening it.
//!
//! The database remembers its lake. The first file that needs one makes it: where the caller says, else beside the file
//! of the database. What is made first is the row in the database, then the lake, so that no crash leaves a lake that
//! nobody knows.

use crate::{IngestError, load::now};
use smrt_core::{DataFile, Dataset, SensorId};
use smrt_lake::{Home, Lake, LakeError, Measured, MeasuredRows, Metered, Query, ScanStats};
use smrt_objects::{Address, Bucket, ObjectError, Settings};
use smrt_storage::{LakeRow, Operation, Writer};
use std::{
    cell::OnceCell,
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

/// The name of a lake that nobody has named.
const NAME: &str = "smrt-lake";
/// How many lakes of other databases are stepped over in the search for a free name.
const MOST_NAMES: u32 = 1000;

/// Which lake is meant, and what it takes.
#[derive(Clone, Debug)]
pub struct LakeOptions {
    /// Where it is: a folder or an address such as `s3://bucket/prefix`; else where the database says, or beside it.
    pub place: Option<String>,
    /// Whether it also takes the readings of meters, from now on.
    pub readings: bool,
    /// The folder that lakes are beside: that of the database's file, or the current one.
    pub beside: PathBuf,
    /// How object stores are reached.
    pub objects: Settings,
    /// Most measurements that wait in memory to be written together.
    pub most_rows: usize,
}

impl Default for LakeOptions {
    fn default() -> Self {
        let (beside, objects) = (PathBuf::from("."), Settings::default());
        Self { place: None, readings: false, beside, objects, most_rows: 1 << 20 }
    }
}

/// A database's lake, opened when it is first needed.
#[derive(Debug)]
pub struct Attached {
    row: LakeRow,
    most_rows: usize,
    home: Home,
    lake: OnceCell<Lake>,
}

impl Attached {
    /// The lake of a database as its row says, or where the caller says it is now.
    ///
    /// # Errors
    /// When the address makes no sense.
    pub fn new(row: LakeRow, options: &LakeOptions) -> Result<Self, IngestError> {
        let location = options.place.as_deref().map(|place| located(place, options));
        let home = home(location.as_deref().unwrap_or(&row.location), options)?;
        Ok(Self { row, most_rows: options.most_rows, home, lake: OnceCell::new() })
    }

    /// The lake of a database that is to be written; the database learns of it, inside the open transaction.
    pub(crate) fn for_writing(writer: &mut Writer, options: &LakeOptions) -> Result<Self, IngestError> {
        let row = match writer.lake()? {
            Some(known) => known.moved(options)?,
            None => made(options)?,
        };
        let row = LakeRow { readings: row.readings || options.readings, ..row };
        if writer.lake()?.as_ref() != Some(&row) {
            writer.set_lake(&row)?;
        }
        Self::new(row, options)
    }

    /// What people call its place.
    pub fn address(&self) -> &str {
        self.home.address()
    }

    /// Most measurements that wait in memory.
    pub(crate) fn most_rows(&self) -> usize {
        self.most_rows
    }

    /// Whether it also takes the readings of meters.
    pub fn takes_readings(&self) -> bool {
        self.row.readings
    }

    /// The lake; made where it is not there yet.
    pub(crate) fn making(&self) -> Result<&Lake, IngestError> {
        self.open(Lake::create)
    }

    /// The lake, which must be there.
    ///
    /// # Errors
    /// When there is none, or one of another database.
    pub fn lake(&self) -> Result<&Lake, IngestError> {
        self.open(|home, id| Lake::open(home)?.owned_by(id))
    }

    fn open(&self, open: impl FnOnce(Home, &str) -> Result<Lake, LakeError>) -> Result<&Lake, IngestError> {
        if self.lake.get().is_none() {
            let lake = open(self.home.clone(), &self.row.id)?;
            // Nobody else sets it: it belongs to one thread.
            let _ = self.lake.set(lake);
        }
        self.lake.get().ok_or_else(|| LakeError::NoLake { address: self.address().to_owned() }.into())
    }

    /// Writes measurements into data files; they are nobody's until they are listed.
    pub(crate) fn write(&self, rows: Vec<Measured>) -> Result<Vec<DataFile>, IngestError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.making()?.write(&columns(rows))?)
    }

    /// Writes readings of meters into data files.
    pub(crate) fn write_readings(&self, rows: Vec<Metered>) -> Result<Vec<DataFile>, IngestError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.making()?.write_readings(&rows)?)
    }

    /// Returns when data files are durable.
    pub(crate) fn sync(&self, files: &[DataFile]) -> Result<(), IngestError> {
        if files.is_empty() {
            return Ok(());
        }
        Ok(self.making()?.sync(files)?)
    }

    /// Takes data files away that no list names. One that stays is in nobody's way until it is collected.
    pub(crate) fn discard(&self, files: &[DataFile]) {
        let Some(lake) = self.lake.get() else { return };
        for file in files {
            let _ = lake.delete(file.dataset, std::slice::from_ref(&file.path));
        }
    }

    /// Hands over what holds of a sensor in a stretch of time, `from` <= at < `to`.
    pub(crate) fn each_of_sensor(
        &self,
        files: &[DataFile],
        sensor: SensorId,
        (from, to): (i64, i64),
        each: &mut dyn FnMut(Measured),
    ) -> Result<ScanStats, IngestError> {
        if files.is_empty() {
            return Ok(ScanStats::default());
        }
        let query = Query { sensor: Some(sensor), from: Some(from), to: Some(to) };
        Ok(self.lake()?.scan(files, &query, &mut |rows: &[Measured]| {
            rows.iter().copied().for_each(&mut *each);
            ControlFlow::Continue(())
        })?)
    }

    /// Lets the lake's own log catch up with what the database has decided.
    ///
    /// # Errors
    /// When the lake cannot be written; the next call goes on where this one stopped.
    pub fn publish(&self, writer: &mut Writer) -> Result<(), IngestError> {
        for dataset in Dataset::ALL {
            let last = writer.last_publication(dataset)?;
            if last == 0 {
                continue;
            }
            let lake = self.making()?;
            let published = lake.published(dataset)?.unwrap_or(0);
            if published >= last {
                continue;
            }
            for publication in writer.publications_after(dataset, published)? {
                let (adds, removes) = writer.changes(&publication)?;
                let operation = match publication.operation {
                    Operation::Load => smrt_lake::Operation::Load,
                    Operation::Compact => smrt_lake::Operation::Compaction,
                };
                let (number, made_at) = (publication.number, publication.made_at);
                let publication = smrt_lake::Publication { number, made_at, operation, adds, removes };
                lake.publish(dataset, &publication)?;
            }
        }
        Ok(())
    }
}

/// Rows as columns, with each sensor once.
fn columns(rows: Vec<Measured>) -> MeasuredRows {
    let mut columns = MeasuredRows {
        sensor: Vec::with_capacity(rows.len()),
        at: Vec::with_capacity(rows.len()),
        value: Vec::with_capacity(rows.len()),
        file: Vec::with_capacity(rows.len()),
        line: Vec::with_capacity(rows.len()),
        ..MeasuredRows::default()
    };
    let mut places: HashMap<SensorId, u32> = HashMap::new();
    for row in rows {
        let place = *places.entry(row.sensor).or_insert_with(|| {
            columns.sensors.push(row.sensor);
            u32::try_from(columns.sensors.len() - 1).unwrap_or(u32::MAX)
        });
        columns.sensor.push(place);
        columns.at.push(row.at);
        columns.value.push(row.value);
        columns.file.push(row.file);
        columns.line.push(row.line);
    }
    columns
}

/// A lake that the caller says is elsewhere now.
trait Moved: Sized {
    fn moved(self, options: &LakeOptions) -> Result<Self, IngestError>;
}

impl Moved for LakeRow {
    fn moved(self, options: &LakeOptions) -> Result<Self, IngestError> {
        let Some(place) = &options.place else { return Ok(self) };
        let location = located(place, options);
        if location == self.location {
            return Ok(self);
        }
        // A lake that was moved says whose it is; an empty place would be a second lake.
        Lake::open(home(&location, options)?)?.owned_by(&self.id)?;
        Ok(Self { location, ..self })
    }
}

/// The row of a lake that is to be made.
fn made(options: &LakeOptions) -> Result<LakeRow, IngestError> {
    let location = match &options.place {
        Some(place) => located(place, options),
        None => free_name(options)?,
    };
    Ok(LakeRow { id: new_id(), location, readings: false, made_at: now() })
}

/// The first name beside the database that no other database's lake has.
fn free_name(options: &LakeOptions) -> Result<String, IngestError> {
    for number in 1..=MOST_NAMES {
        let name = if number == 1 { NAME.to_owned() } else { format!("{NAME}-{number}") };
        let is_free = match std::fs::read_dir(options.beside.join(&name)) {
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
            Ok(mut entries) => entries.next().is_none(),
        };
        if is_free {
            return Ok(name);
        }
    }
    let found = format!("{MOST_NAMES} of other databases beside {}", options.beside.display());
    Err(LakeError::Input { expected: "a free name for the lake, or one named by --lake", found }.into())
}

/// A place as the database keeps it: relative to its own folder where it is inside, else absolute.
fn located(place: &str, options: &LakeOptions) -> String {
    if Address::is_meant(place) {
        return place.trim_end_matches('/').to_owned();
    }
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (path, beside) = (absolute(Path::new(place)), absolute(&options.beside));
    path.strip_prefix(&beside).unwrap_or(&path).to_string_lossy().into_owned()
}

/// The place that a location means; relative ones are beside the database.
fn home(location: &str, options: &LakeOptions) -> Result<Home, IngestError> {
    if !Address::is_meant(location) {
        return Ok(Home::folder(options.beside.join(location)));
    }
    let address: Address = location.parse().map_err(ObjectError::from)?;
    let bucket = Bucket::open(&address, &options.objects)?;
    Ok(Home::objects(bucket.store(), bucket.prefix().into(), location))
}

/// An identity for a lake and its database.
fn new_id() -> String {
    let random = || RandomState::new().hash_one(std::process::id());
    format!("{:016x}{:016x}", random(), random())
}
