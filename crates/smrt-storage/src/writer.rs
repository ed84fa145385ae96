//! The one who writes.
//!
//! A [`Writer`] takes the database's single write lock, and between [`Writer::begin`] and [`Writer::commit`] any
//! number of files is loaded or recorded, each as a transaction inside the transaction. What is written is on disk
//! when `commit` returns, and not a moment before it is anything to be seen. Looking up what is known of a file needs
//! no lock, but is only certain under it.

use crate::{
    FileLoad, FileStatus, LoadedFile, NewFile, NewRun, StoreError, UnloadedFile,
    backend::Database,
    error::Doing,
    ledger::{self, Ledger, count, storable, whole},
    schema::{run::dsl as r, source_file::dsl as f},
};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl,
    dsl::{exists, max, select},
    sql_types::{Nullable, Text},
};
use smrt_core::{Environment, Generation};
use std::{
    fmt, thread,
    time::{Duration, Instant},
};

/// How long the writer waits between two looks at the lock, at first and at most. SQLite waits inside the database.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// How long the short transactions of a run wait for the lock.
const RUN_PATIENCE: Duration = Duration::from_secs(30);

/// A connection for writing: one transaction at a time in the whole database.
pub struct Writer {
    pub(crate) connection: Database,
    in_transaction: bool,
}

impl Writer {
    pub(crate) fn new(connection: Database) -> Self {
        Self { connection, in_transaction: false }
    }

    /// Takes the database's single write lock and begins the transaction.
    ///
    /// While another process holds the lock, `keep_waiting` is called again and again with how long this one has waited
    /// so far, and says whether to go on.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when `patience` is over or `keep_waiting` says no, [`StoreError::Unavailable`] when the
    /// server is away.
    pub fn begin(
        &mut self,
        patience: Duration,
        keep_waiting: &mut dyn FnMut(Duration) -> bool,
    ) -> Result<(), StoreError> {
        if self.in_transaction {
            return Err(StoreError::Misuse("a transaction was begun inside another"));
        }
        self.connection.wait_in_database(Some(LONGEST_PAUSE.min(patience)))?;
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        while !self.connection.try_begin_writing()? {
            let waited = begun.elapsed();
            if waited >= patience || !keep_waiting(waited) {
                self.connection.wait_in_database(None)?;
                return Err(StoreError::Busy { waited });
            }
            thread::sleep(pause.min(patience.saturating_sub(waited)));
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.in_transaction = true;
        self.connection.wait_in_database(None)
    }

    /// Commits; what was written is durable when this returns.
    ///
    /// # Errors
    /// When the database cannot commit: nothing is kept, unless the connection broke in just that moment
    /// ([`StoreError::Unavailable`]); then a new writer's [`Writer::loaded_named`] tells.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        self.must_be_writing()?;
        self.in_transaction = false;
        self.connection.commit_innermost()
    }

    /// Forgets everything since [`Writer::begin`]; without a transaction it does nothing.
    ///
    /// # Errors
    /// When the connection is broken; the database forgets it then, too.
    pub fn roll_back(&mut self) -> Result<(), StoreError> {
        if !std::mem::take(&mut self.in_transaction) {
            return Ok(());
        }
        self.connection.roll_back_innermost()
    }

    /// Writes down that a run has begun, in the open transaction or else in a short one of its own.
    ///
    /// # Errors
    /// As [`Writer::begin`].
    pub fn start_run(&mut self, run: &NewRun<'_>) -> Result<(), StoreError> {
        let row = (
            r::id.eq(storable(run.id)),
            r::started_at.eq(run.started_at),
            r::command.eq(storable(run.command)),
            r::version.eq(storable(run.version)),
        );
        self.alone(|connection| {
            diesel::insert_into(r::run).values(row).execute(connection).map(drop).doing("starting a run")
        })
    }

    /// Writes down when a run ended (UTC epoch seconds), in the open transaction or else in a short one of its own.
    ///
    /// # Errors
    /// As [`Writer::begin`].
    pub fn finish_run(&mut self, id: &str, finished_at: i64) -> Result<(), StoreError> {
        self.alone(|connection| {
            diesel::update(r::run.find(id))
                .set(r::finished_at.eq(finished_at))
                .execute(connection)
                .map(drop)
                .doing("finishing a run")
        })
    }

    /// The file of this name that was loaded last; only of mappings can there be several.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn loaded_named(&mut self, name: &str) -> Result<Option<LoadedFile>, StoreError> {
        let row = loaded().filter(f::name.eq(storable(name))).order(f::id.desc()).first(&mut self.connection);
        row.optional().map(|row| row.map(loaded_file)).doing("looking up a file by its name")
    }

    /// The loaded file of this content (SHA-256 as 64 hexadecimal digits in lower case).
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn loaded_content(&mut self, sha256: &str) -> Result<Option<LoadedFile>, StoreError> {
        let row = loaded().filter(f::sha256.eq(storable(sha256))).first(&mut self.connection);
        row.optional().map(|row| row.map(loaded_file)).doing("looking up a file by its content")
    }

    /// The loaded mapping of sensor names that a mapping with this name and content repeats: the last one of its name,
    /// or, where there is none of its name, one of this content that is the last of its own.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn loaded_mapping(&mut self, name: &str, sha256: &str) -> Result<Option<LoadedFile>, StoreError> {
        if let Some(last) = self.loaded_named(name)? {
            return Ok((last.sha256 == sha256).then_some(last));
        }
        let same = self.loaded_content(sha256)?;
        let Some(same) = same else { return Ok(None) };
        Ok(self.loaded_named(&same.name)?.filter(|last| last.sha256 == sha256))
    }

    /// Whether any loaded file has this size in bytes: if none has, no content can be known.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn any_loaded_of_size(&mut self, size: u64) -> Result<bool, StoreError> {
        let same = f::source_file.filter(f::status.eq(LOADED)).filter(f::size.eq(whole(size)));
        select(exists(same)).get_result(&mut self.connection).doing("looking up a file by its size")
    }

    /// The greatest running number loaded of a format, sender and environment; without a sender, of files that state
    /// none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_generation(
        &mut self,
        format: &str,
        sender: Option<&str>,
        environment: Environment,
    ) -> Result<Option<u32>, StoreError> {
        let greatest: Option<i32> = f::source_file
            .filter(f::format.eq(format).and(f::environment.eq(environment.as_str())).and(f::status.eq(LOADED)))
            .filter(coalesce(f::sender, "").eq(storable(sender.unwrap_or_default())))
            .select(max(f::generation_number))
            .get_result(&mut self.connection)
            .doing("looking up the last running number")?;
        Ok(greatest.and_then(|number| u32::try_from(number).ok()))
    }

    /// Whether a running number of a format and sender is loaded; without a sender, of files that state none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn generation_loaded(
        &mut self,
        format: &str,
        sender: Option<&str>,
        generation: Generation,
    ) -> Result<bool, StoreError> {
        let number = i32::try_from(generation.number).ok();
        let same = f::source_file
            .filter(f::format.eq(format).and(f::environment.eq(generation.environment.as_str())))
            .filter(f::status.eq(LOADED).and(f::generation_number.eq(number)))
            .filter(coalesce(f::sender, "").eq(storable(sender.unwrap_or_default())));
        select(exists(same)).get_result(&mut self.connection).doing("looking up a running number")
    }

    /// Begins to load a file inside the open transaction.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] without a transaction, [`StoreError::Conflict`] when a file of this name is loaded.
    pub fn begin_file(&mut self, file: &NewFile<'_>) -> Result<FileLoad<'_>, StoreError> {
        self.must_be_writing()?;
        FileLoad::begin(&mut self.connection, file)
    }

    /// Records a file of which nothing is loaded, inside the open transaction, and gives its id. The same file with
    /// the same outcome keeps its id: its attempts are counted and the findings are those of the last one.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] without a transaction.
    pub fn record_unloaded(&mut self, file: &UnloadedFile<'_>) -> Result<i64, StoreError> {
        self.must_be_writing()?;
        let before = self.same_attempt(file)?;
        let mut row = unloaded_row(file);
        match before {
            Some((id, attempts)) => {
                row.id = id;
                row.attempts = attempts.saturating_add(1);
                row.update(&mut self.connection)?;
            }
            None => row.add(&mut self.connection)?,
        }
        ledger::write_findings(&mut self.connection, row.id, file.findings)?;
        Ok(row.id)
    }

    /// Id and attempts of the row of an earlier attempt with the same outcome.
    fn same_attempt(&mut self, file: &UnloadedFile<'_>) -> Result<Option<(i64, i32)>, StoreError> {
        f::source_file
            .filter(f::name.eq(storable(file.name)).and(f::status.eq(FileStatus::from(file.status).as_str())))
            .filter(coalesce(f::sha256, "").eq(storable(file.sha256.unwrap_or_default())))
            .select((f::id, f::attempts))
            .first(&mut self.connection)
            .optional()
            .doing("looking up an earlier attempt")
    }

    pub(crate) fn must_be_writing(&self) -> Result<(), StoreError> {
        if self.in_transaction { Ok(()) } else { Err(StoreError::Misuse("nothing can be written before it is begun")) }
    }

    /// Does something in the open transaction, or else in one of its own.
    fn alone(&mut self, write: impl FnOnce(&mut Database) -> Result<(), StoreError>) -> Result<(), StoreError> {
        if self.in_transaction {
            return write(&mut self.connection);
        }
        self.begin(RUN_PATIENCE, &mut |_| true)?;
        match write(&mut self.connection) {
            Ok(()) => self.commit(),
            Err(error) => {
                self.roll_back()?;
                Err(error)
            }
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("in_transaction", &self.in_transaction).finish_non_exhaustive()
    }
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// `text`, or `instead` where there is none.
    fn coalesce(text: Nullable<Text>, instead: Text) -> Text;
}

const LOADED: &str = FileStatus::Loaded.as_str();

/// Id, name, content and size of the loaded files.
#[diesel::dsl::auto_type(no_type_alias)]
pub(crate) fn loaded() -> _ {
    let is_loaded: diesel::dsl::Eq<f::status, &'static str> = f::status.eq("loaded");
    f::source_file.select((f::id, f::name, f::sha256, f::size)).filter(is_loaded)
}

pub(crate) fn loaded_file((id, name, sha256, size): (i64, String, Option<String>, i64)) -> LoadedFile {
    LoadedFile { id, name, sha256: sha256.unwrap_or_default(), size: count(size) }
}

fn unloaded_row(file: &UnloadedFile<'_>) -> Ledger {
    let mut row = Ledger {
        name: storable(file.name),
        path: storable(file.path),
        format: file.format.map(storable),
        sha256: file.sha256.map(storable),
        size: whole(file.size),
        received_at: file.received_at,
        status: FileStatus::from(file.status).as_str().to_owned(),
        records: whole(file.records),
        refused: whole(file.refused),
        findings: whole(file.findings.total()),
        duration_ms: i64::try_from(file.duration.as_millis()).unwrap_or(i64::MAX),
        attempts: 1,
        reason_code: file.reason.map(|reason| storable(reason.code)),
        reason_message: file.reason.map(|reason| storable(reason.message)),
        reason_line: file.reason.and_then(|reason| reason.line).map(whole),
        reason_column: file.reason.and_then(|reason| reason.column).map(i64::from),
        duplicate_of: file.duplicate_of,
        run_id: file.run_id.to_owned(),
        ..Ledger::default()
    };
    row.set_header(file.header);
    row
}
