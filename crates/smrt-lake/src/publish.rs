//! Telling readers: one commit in a table's Delta log for each publication of the database.
//!
//! The database has decided before; here it is made visible to others. A commit carries the number of its publication
//! as Delta's application transaction, so that a publication is there once however often it is made, and what a killed
//! process left unpublished is made up for by the next.

use crate::{
    Home, LakeError,
    file::date,
    home::Place,
    on_disk,
    row::{Column, Measured, Metered, Replaced, Row},
    runtime::{Waits, block_on},
};
use deltalake_core::{
    DeltaTable, DeltaTableError,
    kernel::{
        Action, Add, DataType, DecimalType, PrimitiveType, Remove, StructField, Transaction,
        transaction::{CommitBuilder, CommitProperties, TransactionError},
    },
    logstore::{LogStoreRef, StorageConfig, logstore_factories, logstore_with},
    operations::create::CreateBuilder,
    protocol::{DeltaOperation, SaveMode},
};
use futures::TryStreamExt;
use serde_json::json;
use smrt_core::{DataFile, Dataset};
use std::{collections::HashMap, fs, io, path::Path};
use url::Url;

/// How often a publication is tried while others commit.
const TRIES: u32 = 8;
/// The property of a table that names the database it belongs to.
const DATABASE: &str = "smrt.database";

/// What a publication is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Files of loads come in.
    Load,
    /// Files take the place of others; the current values stay.
    Compaction,
}

impl Operation {
    fn as_str(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Compaction => "compaction",
        }
    }
}

/// A change of a table, as the database decided it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Its number; those of a table are counted from 1 without a gap.
    pub number: u64,
    /// When it was decided, UTC epoch seconds.
    pub made_at: i64,
    /// What it is about.
    pub operation: Operation,
    /// Files that come in.
    pub adds: Vec<DataFile>,
    /// Files that go out; they stay where they are until they are deleted.
    pub removes: Vec<DataFile>,
}

/// A file that the log of a table calls current.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Active {
    /// Where it is below the folder of its table.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Rows, if the log says so.
    pub rows: Option<u64>,
}

/// A table as its log has it.
pub(crate) struct Table<'a> {
    pub(crate) home: &'a Home,
    pub(crate) database: &'a str,
    pub(crate) dataset: Dataset,
    /// The state that is known so far, so that a further question reads just what is new.
    pub(crate) known: &'a mut Option<DeltaTable>,
}

impl Table<'_> {
    /// The last publication that is in the log.
    pub(crate) fn published(&mut self) -> Result<Option<u64>, LakeError> {
        let address = self.address();
        let database = self.database;
        self.run(async |table| match table.refresh().await? {
            Some(delta) => Ok(last(database, delta).await?),
            None => Ok(None),
        })
        .map_err(|error| error.at(address))
    }

    /// Makes a publication; says whether it was still to be made.
    pub(crate) fn publish(&mut self, publication: &Publication) -> Result<bool, LakeError> {
        let address = self.address();
        self.run(async |table| table.commit(publication).await).map_err(|error| error.at(address))
    }

    /// The current files, at a version or the newest one, in the order of their paths; with the version.
    pub(crate) fn active(&mut self, version: Option<u64>) -> Result<Option<(u64, Vec<Active>)>, LakeError> {
        let address = self.address();
        self.run(async |table| {
            let Some(newest) = table.refresh().await? else { return Ok(None) };
            let mut delta = newest.clone();
            if let Some(version) = version {
                delta.load_version(version).await?;
            }
            let snapshot = delta.snapshot()?.snapshot();
            let views = snapshot.file_views(delta.log_store().as_ref(), None).try_collect::<Vec<_>>().await?;
            let mut active: Vec<Active> = Vec::with_capacity(views.len());
            for view in views {
                active.push(Active {
                    path: view.path().into_owned(),
                    size: u64::try_from(view.size()).unwrap_or(0),
                    rows: view.num_records().map(|rows| rows as u64),
                });
            }
            active.sort_by(|a, b| a.path.cmp(&b.path));
            Ok(Some((snapshot.version(), active)))
        })
        .map_err(|error| error.at(address))
    }

    fn address(&self) -> String {
        self.home.display(self.dataset.as_str())
    }

    fn run<T>(&mut self, work: impl AsyncFnOnce(&mut Self) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let waits = match self.home.place {
            Place::Folder(_) => Waits::Disk,
            Place::Objects { .. } => Waits::Network,
        };
        block_on(waits, work(self)).map_err(|source| Trouble::Delta(DeltaTableError::Io { source }))?
    }

    /// The table with all that is in its log by now; `None` before its first publication.
    async fn refresh(&mut self) -> Result<Option<&DeltaTable>, Trouble> {
        let mut table = match self.known.take() {
            Some(table) => table,
            None => {
                let store = log_store(self.home, self.dataset)?;
                if !store.is_delta_table_location().await? {
                    return Ok(None);
                }
                DeltaTable::new(store)
            }
        };
        table.update_state().await?;
        self.owned(&table)?;
        Ok(Some(self.known.insert(table)))
    }

    fn owned(&self, table: &DeltaTable) -> Result<(), Trouble> {
        let configuration = table.snapshot()?.metadata().configuration();
        match configuration.get(DATABASE) {
            Some(found) if found == self.database => Ok(()),
            found => Err(Trouble::Lake(LakeError::Foreign {
                address: self.address(),
                expected: self.database.to_owned(),
                found: found.map_or("nobody", String::as_str).to_owned(),
            })),
        }
    }

    async fn commit(&mut self, publication: &Publication) -> Result<bool, Trouble> {
        let (address, database) = (self.address(), self.database);
        for _ in 0..TRIES {
            let Some(table) = self.refresh().await?.cloned() else {
                self.create().await?;
                continue;
            };
            let next = last(database, &table).await?.unwrap_or(0) + 1;
            if publication.number < next {
                return Ok(false);
            }
            if publication.number > next {
                let found = publication.number;
                return Err(Trouble::Lake(LakeError::OutOfOrder { table: address, expected: next, found }));
            }
            match self.write(&table, publication).await {
                Ok(()) => return Ok(true),
                // Whoever was first may have made this very publication: the next round sees.
                Err(Trouble::Delta(error)) if was_later(&error) => {}
                // What follows a commit, such as a checkpoint, may fail, and the commit is there.
                Err(error) => match self.refresh().await {
                    Ok(Some(table)) if last(database, table).await?.unwrap_or(0) >= publication.number => {
                        return Ok(true);
                    }
                    _ => return Err(error),
                },
            }
        }
        Err(Trouble::Lake(LakeError::Raced { table: address, tries: TRIES }))
    }

    async fn write(&self, table: &DeltaTable, publication: &Publication) -> Result<(), Trouble> {
        let version = i64::try_from(publication.number).unwrap_or(i64::MAX);
        let made_at = publication.made_at.saturating_mul(1_000);
        let transaction =
            Transaction { last_updated: Some(made_at), ..Transaction::new(application(self.database), version) };
        let mut actions: Vec<Action> = Vec::with_capacity(publication.adds.len() + publication.removes.len());
        actions.extend(publication.removes.iter().map(|file| Action::Remove(remove(file, made_at))));
        actions.extend(publication.adds.iter().map(|file| Action::Add(add(file, made_at))));
        let mode = match publication.operation {
            Operation::Load => SaveMode::Append,
            Operation::Compaction => SaveMode::Overwrite,
        };
        let operation = DeltaOperation::Write { mode, partition_by: Some(vec!["date".to_owned()]), predicate: None };
        // The order is known here: a commit that comes too late is looked at again and not just made later.
        let properties =
            CommitProperties::default().with_max_retries(0).with_application_transaction(transaction).with_metadata([
                ("smrt.operation".to_owned(), json!(publication.operation.as_str())),
                ("smrt.publication".to_owned(), json!(publication.number)),
            ]);
        let snapshot = table.snapshot()?;
        CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(snapshot), table.log_store(), operation)
            .await?;
        Ok(())
    }

    /// Creates the table, unless another process is doing that.
    async fn create(&self) -> Result<(), Trouble> {
        let store = log_store(self.home, self.dataset)?;
        let configuration = [
            (DATABASE, self.database),
            ("delta.checkpointInterval", "100"),
            ("delta.logRetentionDuration", "interval 30 days"),
            ("delta.enableExpiredLogCleanup", "true"),
        ];
        let created = CreateBuilder::new()
            .with_log_store(store)
            .with_table_name(self.dataset.as_str())
            .with_comment(describe(self.dataset))
            .with_columns(columns(self.dataset))
            .with_partition_columns(["date"])
            .with_configuration(configuration.map(|(name, value)| (name, Some(value))))
            .with_raise_if_key_not_exists(false)
            .with_commit_properties(CommitProperties::default().with_max_retries(0))
            .await;
        match created {
            Ok(_) => Ok(()),
            Err(error) => match log_store(self.home, self.dataset)?.is_delta_table_location().await {
                Ok(true) => Ok(()),
                _ => Err(error.into()),
            },
        }
    }
}

/// What goes wrong here: what the library says, or what this crate does.
enum Trouble {
    Delta(DeltaTableError),
    Lake(LakeError),
}

impl Trouble {
    fn at(self, table: String) -> LakeError {
        match self {
            Self::Delta(source) => LakeError::Delta { table, source: Box::new(source) },
            Self::Lake(error) => error,
        }
    }
}

impl From<DeltaTableError> for Trouble {
    fn from(error: DeltaTableError) -> Self {
        Self::Delta(error)
    }
}

impl From<LakeError> for Trouble {
    fn from(error: LakeError) -> Self {
        Self::Lake(error)
    }
}

/// The last publication of a database in the log of a table.
async fn last(database: &str, table: &DeltaTable) -> Result<Option<u64>, DeltaTableError> {
    let application = application(database);
    let version = table.snapshot()?.transaction_version(table.log_store().as_ref(), application).await?;
    Ok(version.and_then(|version| u64::try_from(version).ok()))
}

fn was_later(error: &DeltaTableError) -> bool {
    match error {
        DeltaTableError::VersionAlreadyExists(_) => true,
        DeltaTableError::Transaction { source } => matches!(
            source,
            TransactionError::VersionAlreadyExists(_)
                | TransactionError::CommitConflict(_)
                | TransactionError::MaxCommitAttempts(_)
        ),
        _ => false,
    }
}

fn application(database: &str) -> String {
    format!("smrt/{database}")
}

/// Where the log of a table is read and written.
fn log_store(home: &Home, dataset: Dataset) -> Result<LogStoreRef, Trouble> {
    let (store, location) = match &home.place {
        Place::Folder(root) => {
            let table = root.join(dataset.as_str());
            let of_table = |source| LakeError::file(&table, source);
            fs::create_dir_all(&table).map_err(of_table)?;
            let absolute = fs::canonicalize(&table).map_err(of_table)?;
            (on_disk::store(), location_of_folder(&absolute)?)
        }
        Place::Objects { store, prefix } => {
            let table = Home::key(prefix, dataset.as_str());
            // The library finds the table by the path of this and passes the rest on to readers of the log.
            let mut location = Url::parse(home.address()).or_else(|_| Url::parse("memory:///")).map_err(|error| {
                let source = io::Error::new(io::ErrorKind::InvalidInput, error);
                LakeError::File { path: home.address().to_owned(), source }
            })?;
            location.set_path(&format!("/{table}/"));
            location.set_query(None);
            (store.clone(), location)
        }
    };
    known_scheme(&location);
    Ok(logstore_with(store, &location, StorageConfig::default())?)
}

fn location_of_folder(folder: &Path) -> Result<Url, LakeError> {
    Url::from_directory_path(folder)
        .map_err(|()| LakeError::file(folder, io::Error::from(io::ErrorKind::InvalidFilename)))
}

/// Lets the library take a store that was handed over for what it is, whatever its scheme.
fn known_scheme(location: &Url) {
    let factories = logstore_factories();
    if let (Ok(scheme), Ok(memory)) = (Url::parse(&format!("{}://", location.scheme())), Url::parse("memory://"))
        && !factories.contains_key(&scheme)
        && let Some(plain) = factories.get(&memory).map(|factory| factory.value().clone())
    {
        factories.insert(scheme, plain);
    }
}

fn describe(dataset: Dataset) -> &'static str {
    match dataset {
        Dataset::Measurements => {
            "what sensors measured; times are UTC; of several rows for one sensor and instant the one of the greatest file and line holds"
        }
        Dataset::Superseded => "measurements that another took the place of; times are UTC",
        Dataset::Readings => {
            "readings of meters as they became current; times are UTC; of several rows for one meter, channel and start the one of the greatest file and line holds"
        }
    }
}

fn columns(dataset: Dataset) -> Vec<StructField> {
    let columns = match dataset {
        Dataset::Measurements => Measured::COLUMNS,
        Dataset::Superseded => Replaced::COLUMNS,
        Dataset::Readings => Metered::COLUMNS,
    };
    let field = |&(name, column): &(&'static str, Column)| {
        let kind = match column {
            Column::Text => PrimitiveType::String,
            Column::Instant => PrimitiveType::Timestamp,
            Column::Double => PrimitiveType::Double,
            Column::Long => PrimitiveType::Long,
            Column::Int => PrimitiveType::Integer,
            // 18 digits of which 6 stand after the point are in order.
            Column::Decimal => match DecimalType::try_new(18, 6) {
                Ok(decimal) => PrimitiveType::Decimal(decimal),
                Err(_) => PrimitiveType::Double,
            },
        };
        StructField::new(name, DataType::Primitive(kind), column == Column::Decimal)
    };
    let mut fields: Vec<StructField> = columns.iter().map(field).collect();
    fields.push(StructField::new("date", DataType::Primitive(PrimitiveType::Date), false));
    fields
}

fn partition(file: &DataFile) -> HashMap<String, Option<String>> {
    [("date".to_owned(), Some(date(file.day)))].into()
}

fn size(file: &DataFile) -> i64 {
    i64::try_from(file.size).unwrap_or(i64::MAX)
}

fn add(file: &DataFile, made_at: i64) -> Add {
    Add {
        path: file.path.clone(),
        partition_values: partition(file),
        size: size(file),
        modification_time: made_at,
        data_change: true,
        stats: Some(stats(file)),
        tags: None,
        deletion_vector: None,
        base_row_id: None,
        default_row_commit_version: None,
        clustering_provider: None,
    }
}

fn remove(file: &DataFile, made_at: i64) -> Remove {
    Remove {
        path: file.path.clone(),
        data_change: true,
        deletion_timestamp: Some(made_at),
        extended_file_metadata: Some(true),
        partition_values: Some(partition(file)),
        size: Some(size(file)),
        ..Remove::default()
    }
}

/// What readers may leave a file out by.
fn stats(file: &DataFile) -> String {
    let (series, at) = match file.dataset {
        Dataset::Measurements | Dataset::Superseded => ("sensor", "time"),
        Dataset::Readings => ("meter", "start"),
    };
    let range = |name: &str, instant: i64, number: i64| json!({ series: name, at: timestamp(instant), "file": number });
    json!({
        "numRecords": file.rows,
        "minValues": range(&file.first_series, file.first_at, file.first_file),
        "maxValues": range(&file.last_series, file.last_at, file.last_file),
        "nullCount": { series: 0, at: 0, "file": 0 },
    })
    .to_string()
}

/// An instant as Delta's statistics have it.
fn timestamp(at: i64) -> String {
    const SECOND: i64 = 1_000_000;
    let day = crate::file::day_of(at).map_or_else(String::new, date);
    let (second, rest) = (at.rem_euclid(crate::file::DAY) / SECOND, at.rem_euclid(SECOND));
    format!("{day}T{:02}:{:02}:{:02}.{rest:06}Z", second / 3_600, second / 60 % 60, second % 60)
}
