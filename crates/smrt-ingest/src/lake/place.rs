//! Where a database's lake is, and opening it.
//!
//! The database remembers its lake. The first file that needs one makes it: where the caller says, else beside the file
//! of the database. What is made first is the row in the database, then the lake, so that no crash leaves a lake that
//! nobody knows.

use crate::{IngestError, load::now};
use smrt_core::{DataFile, Dataset, SensorId};
use smrt_lake::{Home, Lake, LakeError, Measured, MeasuredRows, Metered, Query, ScanStats};
use smrt_objects::{Address, Bucket, Limits, ObjectError, Settings};
use smrt_storage::{LakeRow, Operation, Writer};
use std::{
    cell::OnceCell,
    hash::{BuildHasher, RandomState},
    ops::ControlFlow,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// The name of a lake that nobody has named.
const NAME: &str = "smrt-lake";
/// How many lakes of other databases are stepped over in the search for a free name.
const MOST_NAMES: u32 = 1000;

/// Whether a lake also takes the readings of meters. One that does goes on with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Readings {
    /// If it does already.
    #[default]
    AsBefore,
    /// If it does already, or is yet to be made.
    IfNew,
    /// From now on.
    FromNowOn,
}

/// Which lake is meant, and what it takes.
#[derive(Clone, Debug)]
pub struct LakeOptions {
    /// Where it is: a folder or an address such as `s3://bucket/prefix`; else where the database says, or beside it.
    pub place: Option<String>,
    /// Whether it also takes the readings of meters.
    pub readings: Readings,
    /// The folder of the database's file, which lakes are beside; where it is no file, they are in the current folder.
    pub beside: Option<PathBuf>,
    /// How object stores are reached.
    pub objects: Settings,
    /// How long and how often they are asked.
    pub limits: Limits,
    /// Most measurements that wait in memory to be written together.
    pub most_rows: usize,
}

impl Default for LakeOptions {
    fn default() -> Self {
        let (objects, limits) = (Settings::default(), Limits::default());
        Self { place: None, readings: Readings::default(), beside: None, objects, limits, most_rows: 1 << 20 }
    }
}

/// A database's lake, opened when it is first needed.
#[derive(Debug)]
pub struct Attached {
    row: LakeRow,
    most_rows: usize,
    /// Whether nothing has ever been in it.
    is_new: bool,
    home: Home,
    lake: OnceCell<Lake>,
    /// Where it is, if it goes with this.
    _temporary: Option<TempDir>,
}

impl Attached {
    /// The lake of a database as its row says, or where the caller says it is now.
    ///
    /// # Errors
    /// When the address makes no sense.
    pub fn new(row: LakeRow, options: &LakeOptions) -> Result<Self, IngestError> {
        let location = options.place.as_deref().map(|place| located(place, options));
        let home = home(location.as_deref().unwrap_or(&row.location), options)?;
        let (most_rows, lake) = (options.most_rows, OnceCell::new());
        Ok(Self { row, most_rows, is_new: false, home, lake, _temporary: None })
    }

    /// The lake of a database that is to be written; the database learns of it, inside the open transaction.
    pub(crate) fn for_writing(writer: &mut Writer, options: &LakeOptions) -> Result<Self, IngestError> {
        let is_new = is_unused(writer)?;
        let row = match writer.lake()? {
            Some(known) => moved(LakeRow { readings: copies(Some(&known), options), ..known }, options, is_new)?,
            None => made(options)?,
        };
        if writer.lake()?.as_ref() != Some(&row) {
            writer.set_lake(&row)?;
        }
        Ok(Self { is_new, ..Self::new(row, options)? })
    }

    /// The lake of a database for a load that will be taken back: its own, or, where it has none, one that goes with it.
    pub(crate) fn for_trying(writer: &mut Writer, options: &LakeOptions) -> Result<Self, IngestError> {
        if writer.lake()?.is_some() {
            return Self::for_writing(writer, options);
        }
        let folder = tempfile::Builder::new().prefix("smrt-lake-").tempdir().map_err(IngestError::Temporary)?;
        let place = Some(folder.path().join(NAME).to_string_lossy().into_owned());
        let there = LakeOptions { place, ..options.clone() };
        let row = made(&there)?;
        is_free(&row, options)?;
        let trying = Self::new(row, &there)?;
        Ok(Self { is_new: true, _temporary: Some(folder), ..trying })
    }

    /// What the database says of it.
    pub(crate) fn row(&self) -> &LakeRow {
        &self.row
    }

    /// What people call its place.
    pub fn address(&self) -> &str {
        self.home.address()
    }

    /// Whether it was made by this opening, and is there now.
    pub(crate) fn was_made(&self) -> bool {
        self.is_new && self.lake.get().is_some()
    }

    /// Most measurements that wait in memory.
    pub(crate) fn most_rows(&self) -> usize {
        self.most_rows
    }

    /// Whether it also takes the readings of meters.
    pub fn takes_readings(&self) -> bool {
        self.row.readings
    }

    /// The lake; made where nothing has ever been in it. One that has vanished is not made anew: what it held would be
    /// missing without a word.
    pub(crate) fn making(&self) -> Result<&Lake, IngestError> {
        if self.is_new { self.open(Lake::create) } else { self.lake() }
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
    pub(crate) fn write(&self, rows: &MeasuredRows) -> Result<Vec<DataFile>, IngestError> {
        Ok(self.making()?.write(rows)?)
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

    /// Hands over what holds of a sensor, or of all, in a stretch of time, `from` <= at < `to`.
    pub(crate) fn each(
        &self,
        files: &[DataFile],
        sensor: Option<SensorId>,
        (from, to): (i64, i64),
        each: &mut dyn FnMut(Measured),
    ) -> Result<ScanStats, IngestError> {
        if files.is_empty() {
            return Ok(ScanStats::default());
        }
        let query = Query { sensors: sensor.map(|sensor| (sensor, sensor)), from: Some(from), to: Some(to) };
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

/// The row of a lake that the caller says is elsewhere now.
fn moved(row: LakeRow, options: &LakeOptions, is_new: bool) -> Result<LakeRow, IngestError> {
    let Some(place) = &options.place else { return Ok(row) };
    let location = located(place, options);
    if location != row.location && !is_new {
        // A lake that was moved says whose it is; an empty place would be a second lake.
        Lake::open(home(&location, options)?)?.owned_by(&row.id)?;
    }
    Ok(LakeRow { location, ..row })
}

/// Whether the lake of a database, if it has one, takes the readings of meters.
pub(crate) fn copies(row: Option<&LakeRow>, options: &LakeOptions) -> bool {
    match options.readings {
        Readings::AsBefore => row.is_some_and(|row| row.readings),
        Readings::IfNew => row.is_none_or(|row| row.readings),
        Readings::FromNowOn => true,
    }
}

/// A lake that is to be made where the caller says must not meet that of another database.
fn is_free(row: &LakeRow, options: &LakeOptions) -> Result<(), IngestError> {
    let Some(place) = &options.place else { return Ok(()) };
    match Lake::open(home(&located(place, options), options)?) {
        Err(LakeError::NoLake { .. }) => Ok(()),
        there => Ok(there?.owned_by(&row.id).map(drop)?),
    }
}

/// Whether nothing has ever been in the lake of a database.
fn is_unused(writer: &mut Writer) -> Result<bool, IngestError> {
    for dataset in Dataset::ALL {
        if writer.last_publication(dataset)? > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The row of a lake that is to be made.
fn made(options: &LakeOptions) -> Result<LakeRow, IngestError> {
    let location = match &options.place {
        Some(place) => located(place, options),
        None => free_place(options)?,
    };
    Ok(LakeRow { id: new_id(), location, readings: copies(None, options), made_at: now() })
}

/// The first place beside the database that no other database's lake has.
fn free_place(options: &LakeOptions) -> Result<String, IngestError> {
    let beside = options.beside.as_deref().unwrap_or(Path::new("."));
    for number in 1..=MOST_NAMES {
        let name = if number == 1 { NAME.to_owned() } else { format!("{NAME}-{number}") };
        let place = beside.join(&name);
        let is_free = match std::fs::read_dir(&place) {
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
            Ok(mut entries) => entries.next().is_none(),
        };
        if is_free {
            return Ok(located(&place.to_string_lossy(), options));
        }
    }
    let found = format!("{MOST_NAMES} of other databases in {}", beside.display());
    Err(LakeError::Input { expected: "a free name for the lake, or one named by --lake", found }.into())
}

/// A place as the database keeps it: relative to its own folder where it is inside, so that both can move together,
/// else absolute, because other people in other folders ask the same database.
fn located(place: &str, options: &LakeOptions) -> String {
    if Address::is_meant(place) {
        // What is no address is told when it is opened, as it was typed.
        let is_address = place.parse::<Address>().is_ok();
        return if is_address { place.trim_end_matches('/') } else { place }.to_owned();
    }
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (path, beside) = (absolute(Path::new(place)), options.beside.as_deref().map(absolute));
    let inside = beside.as_ref().and_then(|beside| path.strip_prefix(beside).ok());
    inside.unwrap_or(&path).to_string_lossy().into_owned()
}

/// The place that a location means; relative ones are beside the database.
fn home(location: &str, options: &LakeOptions) -> Result<Home, IngestError> {
    if !Address::is_meant(location) {
        let beside = options.beside.as_deref().unwrap_or(Path::new(""));
        return Ok(Home::folder(beside.strip_prefix(".").unwrap_or(beside).join(location)));
    }
    let address: Address = location.parse().map_err(ObjectError::from)?;
    let bucket = Bucket::open_within(&address, &options.objects, options.limits)?;
    Ok(Home::objects(bucket.store(), bucket.prefix().into(), location))
}

/// An identity for a lake and its database.
fn new_id() -> String {
    let random = || RandomState::new().hash_one(std::process::id());
    format!("{:016x}{:016x}", random(), random())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_without_a_folder_keeps_where_its_lake_is_from_anywhere() {
        let location = |beside: Option<&Path>, place: Option<&str>| {
            let (beside, place) = (beside.map(Path::to_owned), place.map(str::to_owned));
            made(&LakeOptions { beside, place, ..LakeOptions::default() }).unwrap().location
        };
        let current = std::path::absolute(".").unwrap();
        assert_eq!(Path::new(&location(None, None)), current.join(NAME));
        assert_eq!(Path::new(&location(None, Some("mine"))), current.join("mine"));
        assert_eq!(location(Some(Path::new(".")), Some("mine")), "mine");
        assert_eq!(location(Some(Path::new("/data")), Some("/data/a/b")), "a/b");
        assert_eq!(location(Some(Path::new("/data")), Some("/other/b")), "/other/b");
        assert_eq!(location(None, Some("s3://bucket/prefix/")), "s3://bucket/prefix");
    }

    #[test]
    fn readings_of_meters_are_copied_just_where_that_was_said() {
        let row = |readings| LakeRow { id: "1".into(), location: "lake".into(), readings, made_at: 0 };
        let copies =
            |row: Option<LakeRow>, readings| copies(row.as_ref(), &LakeOptions { readings, ..LakeOptions::default() });
        for readings in [Readings::AsBefore, Readings::IfNew, Readings::FromNowOn] {
            assert!(copies(Some(row(true)), readings), "what was begun goes on");
        }
        assert!(
            !copies(Some(row(false)), Readings::IfNew),
            "naming a lake that was moved changes no more than its place"
        );
        assert!(copies(None, Readings::IfNew) && !copies(None, Readings::AsBefore));
        assert!(copies(Some(row(false)), Readings::FromNowOn));
    }
}
