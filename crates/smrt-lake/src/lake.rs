//! A lake as its users see it.

use crate::{
    Active, Compacted, Home, LakeError, Listed, MeasuredRows, Metered, Publication, Query, Said, ScanStats, Sink, care,
    compact, digest, file::place, publish::Table, scan, write,
};
use bytes::Bytes;
use deltalake_core::DeltaTable;
use smrt_core::{DataFile, Dataset};
use std::sync::{Mutex, PoisonError};

/// The file that says whose lake it is.
const OWNER: &str = "lake.json";

/// A lake of one database.
#[derive(Debug)]
pub struct Lake {
    home: Home,
    database: String,
    /// What is known of the log of each table.
    tables: [Mutex<Option<DeltaTable>>; Dataset::ALL.len()],
}

impl Lake {
    /// Creates the lake of a database, or opens it if it is there.
    ///
    /// # Errors
    ///
    /// If there is one of another database, or the place cannot be written.
    pub fn create(home: Home, database: &str) -> Result<Self, LakeError> {
        let line = serde_json::json!({ "smrt.database": database }).to_string() + "\n";
        home.put_new(OWNER, Bytes::from(line))?;
        Self::open(home)?.owned_by(database)
    }

    /// Opens a lake; [`Self::database`] says whose it is.
    ///
    /// # Errors
    ///
    /// If there is none, or it cannot be read.
    pub fn open(home: Home) -> Result<Self, LakeError> {
        match Self::owner(&home)? {
            Some(database) => Ok(Self { home, database, tables: Default::default() }),
            None => Err(LakeError::NoLake { address: home.address().to_owned() }),
        }
    }

    /// The lake, if it is that of a database.
    ///
    /// # Errors
    ///
    /// If it belongs to another.
    pub fn owned_by(self, database: &str) -> Result<Self, LakeError> {
        if self.database == database {
            return Ok(self);
        }
        let (address, expected) = (self.home.address().to_owned(), database.to_owned());
        Err(LakeError::Foreign { address, expected, found: self.database })
    }

    /// The database a lake belongs to; `None` where there is no lake.
    ///
    /// # Errors
    ///
    /// If that cannot be read.
    pub fn owner(home: &Home) -> Result<Option<String>, LakeError> {
        let Some(bytes) = home.get(OWNER)? else { return Ok(None) };
        let owner = serde_json::from_slice::<serde_json::Value>(&bytes).ok();
        let owner = owner.and_then(|owner| Some(owner.get("smrt.database")?.as_str()?.to_owned()));
        let found = || String::from_utf8_lossy(&bytes).chars().take(40).collect();
        owner.map(Some).ok_or_else(|| LakeError::Owner { path: home.display(OWNER), found: found() })
    }

    /// The database it belongs to.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Where it is.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Writes measurements into new files: one a UTC day, several for a large one. They are neither durable nor
    /// published; until the database lists them they are nobody's.
    ///
    /// # Errors
    ///
    /// If a file cannot be written; then none is left, as far as that is possible. If columns differ in length or an
    /// instant is beyond the days that can be named.
    pub fn write(&self, rows: &MeasuredRows) -> Result<Vec<DataFile>, LakeError> {
        write::measurements(&self.home, rows)
    }

    /// The same for readings of meters.
    ///
    /// # Errors
    ///
    /// Like those of [`Self::write`]; and if a quantity has more than 12 digits before its point.
    pub fn write_readings(&self, rows: &[Metered]) -> Result<Vec<DataFile>, LakeError> {
        write::readings(&self.home, rows)
    }

    /// Returns when files are on the disk, with the folders that name them. An object store keeps what it has taken.
    ///
    /// # Errors
    ///
    /// If a file is not there, or the disk refuses.
    pub fn sync(&self, files: &[DataFile]) -> Result<(), LakeError> {
        self.home.sync(&files.iter().map(place).collect::<Vec<_>>())
    }

    /// The last publication that readers of a table see; `None` before the first one.
    ///
    /// # Errors
    ///
    /// If the log cannot be read, or belongs to another database.
    pub fn published(&self, dataset: Dataset) -> Result<Option<u64>, LakeError> {
        self.table(dataset, |mut table| table.published())
    }

    /// Shows a publication to the readers of a table, which is created with the first one. Says whether it was still
    /// to be shown: to repeat one is no harm. Its files must be durable, and decided by the database.
    ///
    /// # Errors
    ///
    /// If the one before it is missing; if the log cannot be read or written, or belongs to another database.
    pub fn publish(&self, dataset: Dataset, publication: &Publication) -> Result<bool, LakeError> {
        self.table(dataset, |mut table| table.publish(publication))
    }

    /// The version of a table's log, the newest or that one, and the files it calls current, in the order of their
    /// paths; `None` before the first publication.
    ///
    /// # Errors
    ///
    /// If the log cannot be read, has no such version, or belongs to another database.
    pub fn active(&self, dataset: Dataset, version: Option<u64>) -> Result<Option<(u64, Vec<Active>)>, LakeError> {
        self.table(dataset, |mut table| table.active(version))
    }

    fn table<T>(&self, dataset: Dataset, work: impl FnOnce(Table<'_>) -> T) -> T {
        let index = Dataset::ALL.iter().position(|&other| other == dataset).unwrap_or(0);
        let mut known = self.tables[index].lock().unwrap_or_else(PoisonError::into_inner);
        work(Table { home: &self.home, database: &self.database, dataset, known: &mut known })
    }

    /// Gives the measurements that hold, of all files that are current: day by day, within a day in the order of
    /// sensors and time. A sensor's instant that stands in files several times comes once, from the greatest file and
    /// line. Files of other tables are passed over.
    ///
    /// # Errors
    ///
    /// If a file is missing, or is not what was written.
    pub fn scan(&self, files: &[DataFile], query: &Query, sink: &mut Sink<'_>) -> Result<ScanStats, LakeError> {
        scan::scan(&self.home, files, query, sink)
    }

    /// Gives the readings of meters that hold, of all files that are current, day by day; those that were withdrawn are
    /// left out. Files of other tables are passed over.
    ///
    /// # Errors
    ///
    /// Like those of [`Self::scan`].
    pub fn each_reading(&self, files: &[DataFile], sink: &mut dyn FnMut(&Metered)) -> Result<(), LakeError> {
        scan::readings(&self.home, files, sink)
    }

    /// Gives all that was said, not just what holds, in the order of sensor, time, file and line: from files of
    /// measurements and of superseded ones. It is kept in memory, so ask for one sensor and a short time.
    ///
    /// # Errors
    ///
    /// Like those of [`Self::scan`].
    pub fn history(&self, files: &[DataFile], query: &Query) -> Result<(Vec<Said>, ScanStats), LakeError> {
        scan::history(&self.home, files, query)
    }

    /// The files that are there, whether anybody lists them or not; in the order of their paths.
    ///
    /// # Errors
    ///
    /// If the place cannot be read.
    pub fn listing(&self, dataset: Dataset) -> Result<Vec<Listed>, LakeError> {
        self.home.list(dataset.as_str())
    }

    /// Takes files of a table away, those that the database lists no more; says how many were there.
    ///
    /// # Errors
    ///
    /// If one cannot be taken away.
    pub fn delete(&self, dataset: Dataset, paths: &[String]) -> Result<u64, LakeError> {
        let table = dataset.as_str();
        self.home.delete(&paths.iter().map(|path| format!("{table}/{path}")).collect::<Vec<_>>())
    }

    /// Writes few files in place of some files of one table and day. `whole` says that these are all files of the day
    /// that are current: then readings that were withdrawn go for good, as there is nothing left that they hide. The
    /// new files are neither durable nor published, and the old ones stay as they are.
    ///
    /// # Errors
    ///
    /// If a file is missing, or is not what was written, or one cannot be written; if a row would be lost. Then no new
    /// file is left, as far as that is possible.
    pub fn compact(&self, files: &[DataFile], whole: bool) -> Result<Compacted, LakeError> {
        compact::compact(&self.home, files, whole)
    }

    /// Checks that a file is there and that its end says what the database knows of it; if `deep`, that all its bytes
    /// are those that were written.
    ///
    /// # Errors
    ///
    /// If not, or it cannot be read.
    pub fn check(&self, file: &DataFile, deep: bool) -> Result<(), LakeError> {
        care::check(&self.home, file, deep)
    }

    /// One SHA-256 of all measurements that hold, of all files that are current; the same however rows lie in files.
    ///
    /// # Errors
    ///
    /// Like those of [`Self::scan`].
    pub fn digest(&self, files: &[DataFile]) -> Result<[u8; 32], LakeError> {
        digest::digest(&self.home, files)
    }
}
