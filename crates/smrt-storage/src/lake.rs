//! The list of a lake's data files: which there are, and which publication made them part of their table.
//!
//! What lies in the files is not known here. The list decides: it changes in the transaction of the load or compaction
//! that writes the files, and the log inside the lake follows it. A publication is one such change of one table; they
//! are numbered from 1 without a gap, and the log says by that number how far it has come.

use crate::{
    FileLoad, Store, StoreError, Writer,
    backend::Database,
    bulk::{self, Cells, Shape},
    error::Doing,
    ledger::{count, storable, whole},
    schema::{
        lake::dsl as l,
        lake_file::{self, dsl as d},
        lake_publication::dsl as p,
    },
};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, Queryable, RunQueryDsl,
    Selectable, SelectableHelper, dsl::max,
};
use smrt_core::{DataFile, Dataset};

const WHAT: &str = "keeping the list of the lake's files";

/// The lake of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LakeRow {
    /// Whose lake it is: the lake says the same of itself.
    pub id: String,
    /// Where it is: a folder, absolute or beside the file of the database, or the address of a store.
    pub location: String,
    /// Whether it also takes the readings of meters.
    pub readings: bool,
    /// When it was made, UTC epoch seconds.
    pub made_at: i64,
}

/// What a publication does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Files of rows are added.
    Load,
    /// Files are replaced by others with the same current rows.
    Compact,
}

impl Operation {
    /// The name that the database and the lake's log keep.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Compact => "compact",
        }
    }
}

/// One change of one table of the lake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The table.
    pub dataset: Dataset,
    /// Its number among those of its table, from 1.
    pub number: u64,
    /// What it does.
    pub operation: Operation,
    /// When it was made, UTC epoch seconds.
    pub made_at: i64,
}

/// Which current data files are asked for; what is left out asks for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataFileFilter {
    /// Only files with rows of this series, or with series around it.
    pub series: Option<String>,
    /// Only files with rows at or after this instant, UTC epoch microseconds.
    pub from: Option<i64>,
    /// Only files with rows before this instant.
    pub to: Option<i64>,
    /// Only files of this UTC day, days since 1970-01-01.
    pub day: Option<i32>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = lake_file)]
struct FileRow {
    dataset: String,
    path: String,
    day: i32,
    size: i64,
    rows: i64,
    first_series: String,
    last_series: String,
    first_at: i64,
    last_at: i64,
    first_file: i64,
    last_file: i64,
    sha256: String,
}

impl FileRow {
    fn into_file(self) -> Result<DataFile, StoreError> {
        Ok(DataFile {
            dataset: dataset(&self.dataset)?,
            path: self.path,
            day: self.day,
            size: count(self.size),
            rows: count(self.rows),
            first_series: self.first_series,
            last_series: self.last_series,
            first_at: self.first_at,
            last_at: self.last_at,
            first_file: self.first_file,
            last_file: self.last_file,
            sha256: self.sha256,
        })
    }
}

fn dataset(name: &str) -> Result<Dataset, StoreError> {
    Dataset::named(name).ok_or_else(|| StoreError::corrupt(format!("no table of a lake is called {name:?}")))
}

fn files(rows: QueryResult<Vec<FileRow>>) -> Result<Vec<DataFile>, StoreError> {
    rows.doing(WHAT)?.into_iter().map(FileRow::into_file).collect()
}

/// New data files.
struct InsertDataFiles;

struct NewDataFile<'a> {
    file: &'a DataFile,
    numbers: [i64; 8],
}

impl Shape for InsertDataFiles {
    type Row<'r> = NewDataFile<'r>;
    const HEAD: &'static str = "INSERT INTO lake_file (dataset, path, first_series, last_series, sha256, \
         day, size, rows, first_at, last_at, first_file, last_file, added) VALUES ";
    const TAIL: &'static str = "";

    fn bind<'b>(row: &'b NewDataFile<'_>, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        let DataFile { dataset, path, first_series, last_series, sha256, .. } = row.file;
        for text in [dataset.as_str(), path, first_series, last_series, sha256] {
            cells.text(text)?;
        }
        row.numbers.iter().try_for_each(|number| cells.number(number))
    }
}

fn lake(connection: &mut Database) -> Result<Option<LakeRow>, StoreError> {
    let row: Option<(String, String, i16, i64)> = l::lake
        .select((l::id, l::location, l::readings, l::made_at))
        .first(connection)
        .optional()
        .doing("looking up the lake")?;
    Ok(row.map(|(id, location, readings, made_at)| LakeRow { id, location, readings: readings != 0, made_at }))
}

fn last_publication(connection: &mut Database, dataset: Dataset) -> Result<u64, StoreError> {
    let last: Option<i64> = p::lake_publication
        .filter(p::dataset.eq(dataset.as_str()))
        .select(max(p::number))
        .first(connection)
        .doing(WHAT)?;
    Ok(last.map_or(0, count))
}

fn publications_after(
    connection: &mut Database,
    dataset: Dataset,
    number: u64,
) -> Result<Vec<Publication>, StoreError> {
    let rows: Vec<(i64, String, i64)> = p::lake_publication
        .filter(p::dataset.eq(dataset.as_str()).and(p::number.gt(whole(number))))
        .order(p::number)
        .select((p::number, p::operation, p::made_at))
        .load(connection)
        .doing(WHAT)?;
    let publication = |(number, operation, made_at): (i64, String, i64)| Publication {
        dataset,
        number: count(number),
        operation: if operation == Operation::Load.as_str() { Operation::Load } else { Operation::Compact },
        made_at,
    };
    Ok(rows.into_iter().map(publication).collect())
}

/// The files that a publication adds, and those it removes.
fn changes(connection: &mut Database, publication: &Publication) -> Result<(Vec<DataFile>, Vec<DataFile>), StoreError> {
    let number = whole(publication.number);
    let of_table = || d::lake_file.filter(d::dataset.eq(publication.dataset.as_str())).order(d::path);
    let adds = of_table().filter(d::added.eq(number)).select(FileRow::as_select()).load(connection);
    let adds = files(adds)?;
    let removes = of_table().filter(d::removed.eq(number)).select(FileRow::as_select()).load(connection);
    Ok((adds, files(removes)?))
}

fn data_files(
    connection: &mut Database,
    dataset: Dataset,
    filter: &DataFileFilter,
) -> Result<Vec<DataFile>, StoreError> {
    let mut query = d::lake_file
        .filter(d::dataset.eq(dataset.as_str()))
        .filter(d::removed.is_null())
        .order((d::day, d::first_file, d::path))
        .select(FileRow::as_select())
        .into_boxed();
    if let Some(series) = &filter.series {
        query = query.filter(d::first_series.le(series.clone()).and(d::last_series.ge(series.clone())));
    }
    // A row's day tells its time to a day: the index knows days only.
    if let Some(from) = filter.from {
        query = query.filter(d::day.ge(utc_day(from)).and(d::last_at.ge(from)));
    }
    if let Some(to) = filter.to {
        query = query.filter(d::day.le(utc_day(to)).and(d::first_at.lt(to)));
    }
    if let Some(day) = filter.day {
        query = query.filter(d::day.eq(day));
    }
    files(query.load(connection))
}

fn known_data_files(connection: &mut Database, dataset: Dataset) -> Result<Vec<KnownDataFile>, StoreError> {
    let rows: Vec<(FileRow, i64, Option<i64>)> = d::lake_file
        .filter(d::dataset.eq(dataset.as_str()))
        .order(d::path)
        .select((FileRow::as_select(), d::added, d::removed))
        .load(connection)
        .doing(WHAT)?;
    let known = |(row, added, removed): (FileRow, i64, Option<i64>)| {
        Ok(KnownDataFile { file: row.into_file()?, added: count(added), removed: removed.map(count) })
    };
    rows.into_iter().map(known).collect()
}

/// The UTC day of an instant in epoch microseconds.
fn utc_day(at: i64) -> i32 {
    let day = at.div_euclid(86_400_000_000);
    i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX })
}

fn add_data_files(connection: &mut Database, publication: &Publication, files: &[DataFile]) -> Result<(), StoreError> {
    begin_publication(connection, publication)?;
    let added = whole(publication.number);
    fn row(file: &DataFile, added: i64) -> NewDataFile<'_> {
        let DataFile { day, size, rows, first_at, last_at, first_file, last_file, .. } = file;
        let (size, rows) = (whole(*size), whole(*rows));
        let numbers = [i64::from(*day), size, rows, *first_at, *last_at, *first_file, *last_file, added];
        NewDataFile { file, numbers }
    }
    let rows: Vec<NewDataFile<'_>> = files.iter().map(|file| row(file, added)).collect();
    bulk::execute::<InsertDataFiles>(connection, &rows).map(drop).doing(WHAT)
}

/// Writes a publication down, unless that was done before.
fn begin_publication(connection: &mut Database, publication: &Publication) -> Result<(), StoreError> {
    let Publication { dataset, number, operation, made_at } = publication;
    let is_known: i64 = p::lake_publication
        .filter(p::dataset.eq(dataset.as_str()).and(p::number.eq(whole(*number))))
        .count()
        .get_result(connection)
        .doing(WHAT)?;
    if is_known > 0 {
        return Ok(());
    }
    let row = (
        p::dataset.eq(dataset.as_str()),
        p::number.eq(whole(*number)),
        p::operation.eq(operation.as_str()),
        p::made_at.eq(*made_at),
    );
    diesel::insert_into(p::lake_publication).values(row).execute(connection).map(drop).doing(WHAT)
}

impl Store {
    /// The lake of this database, once one is made.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn lake(&mut self) -> Result<Option<LakeRow>, StoreError> {
        lake(&mut self.connection)
    }

    /// The current data files of a table that may hold what is asked for, in the order of their days.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn data_files(&mut self, dataset: Dataset, filter: &DataFileFilter) -> Result<Vec<DataFile>, StoreError> {
        data_files(&mut self.connection, dataset, filter)
    }

    /// Number of the last publication of a table; 0 where there is none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_publication(&mut self, dataset: Dataset) -> Result<u64, StoreError> {
        last_publication(&mut self.connection, dataset)
    }

    /// All data files that the database knows of a table, current or removed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn known_data_files(&mut self, dataset: Dataset) -> Result<Vec<KnownDataFile>, StoreError> {
        known_data_files(&mut self.connection, dataset)
    }
}

/// A data file and the publications it came and went with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDataFile {
    /// The file.
    pub file: DataFile,
    /// Number of the publication that added it.
    pub added: u64,
    /// Number of the publication that removed it.
    pub removed: Option<u64>,
}

impl Writer {
    /// The lake of this database, once one is made.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn lake(&mut self) -> Result<Option<LakeRow>, StoreError> {
        lake(&mut self.connection)
    }

    /// Writes down which lake this database has, or where it is now, inside the open transaction.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] without a transaction, and where the database has another lake.
    pub fn set_lake(&mut self, row: &LakeRow) -> Result<(), StoreError> {
        self.must_be_writing()?;
        if lake(&mut self.connection)?.is_some_and(|known| known.id != row.id) {
            return Err(StoreError::Misuse("a database has one lake"));
        }
        diesel::delete(l::lake).execute(&mut self.connection).doing(WHAT)?;
        let values = (
            l::id.eq(storable(&row.id)),
            l::location.eq(storable(&row.location)),
            l::readings.eq(i16::from(row.readings)),
            l::made_at.eq(row.made_at),
        );
        diesel::insert_into(l::lake).values(values).execute(&mut self.connection).map(drop).doing(WHAT)
    }

    /// Number of the last publication of a table; 0 where there is none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_publication(&mut self, dataset: Dataset) -> Result<u64, StoreError> {
        last_publication(&mut self.connection, dataset)
    }

    /// The publications of a table behind a number, in their order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn publications_after(&mut self, dataset: Dataset, number: u64) -> Result<Vec<Publication>, StoreError> {
        publications_after(&mut self.connection, dataset, number)
    }

    /// The files that a publication adds, and those it removes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn changes(&mut self, publication: &Publication) -> Result<(Vec<DataFile>, Vec<DataFile>), StoreError> {
        changes(&mut self.connection, publication)
    }

    /// The current data files of a table that may hold what is asked for, in the order of their days.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn data_files(&mut self, dataset: Dataset, filter: &DataFileFilter) -> Result<Vec<DataFile>, StoreError> {
        data_files(&mut self.connection, dataset, filter)
    }

    /// All data files that the database knows of a table, current or removed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn known_data_files(&mut self, dataset: Dataset) -> Result<Vec<KnownDataFile>, StoreError> {
        known_data_files(&mut self.connection, dataset)
    }

    /// Makes data files part of their table with a publication, inside the open transaction; a publication may be
    /// given several times and is then one.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] without a transaction.
    pub fn add_data_files(&mut self, publication: &Publication, files: &[DataFile]) -> Result<(), StoreError> {
        self.must_be_writing()?;
        add_data_files(&mut self.connection, publication, files)
    }

    /// Takes data files out of their table with a publication, inside the open transaction. Tells whether all of them
    /// were part of it: if not, another has been there, and the transaction must be rolled back.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] without a transaction.
    pub fn remove_data_files(&mut self, publication: &Publication, files: &[DataFile]) -> Result<bool, StoreError> {
        self.must_be_writing()?;
        begin_publication(&mut self.connection, publication)?;
        let mut removed = 0;
        for file in files {
            let current = d::lake_file
                .filter(d::dataset.eq(publication.dataset.as_str()).and(d::path.eq(&file.path)))
                .filter(d::removed.is_null());
            removed += diesel::update(current)
                .set(d::removed.eq(whole(publication.number)))
                .execute(&mut self.connection)
                .doing(WHAT)?;
        }
        Ok(removed == files.len())
    }

    /// Forgets data files that were removed from their table and from the lake, inside the open transaction.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] without a transaction.
    pub fn forget_data_files(&mut self, dataset: Dataset, paths: &[String]) -> Result<(), StoreError> {
        self.must_be_writing()?;
        for path in paths {
            let gone = d::lake_file
                .filter(d::dataset.eq(dataset.as_str()).and(d::path.eq(path)))
                .filter(d::removed.is_not_null());
            diesel::delete(gone).execute(&mut self.connection).doing(WHAT)?;
        }
        Ok(())
    }
}

impl FileLoad<'_> {
    /// Makes data files part of their table with a publication; with the load they are taken back.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn add_data_files(&mut self, publication: &Publication, files: &[DataFile]) -> Result<(), StoreError> {
        add_data_files(self.connection, publication, files)
    }

    /// The current data files of a table that may hold what is asked for, those of this load included.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn data_files(&mut self, dataset: Dataset, filter: &DataFileFilter) -> Result<Vec<DataFile>, StoreError> {
        data_files(self.connection, dataset, filter)
    }
}
