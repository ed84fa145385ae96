//! Databases to test on, and files to load in a line or two.

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query,
};
use smrt_core::{
    Batch, Channel, FileHeader, Findings, Flag, IntervalLength, MarketZone, Quality, Quantity, Reading, Scheme,
};
use smrt_storage::{
    Counts, DatabaseUrl, FileLoad, FinishedFile, NewFile, NewRun, Precedence, Store, StoreError, StoredReading, Writer,
};
use std::{ops::ControlFlow, time::Duration};

/// An empty database.
pub(crate) struct Fixture {
    pub(crate) url: DatabaseUrl,
    _folder: Option<tempfile::TempDir>,
}

impl Fixture {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { url: DatabaseUrl::sqlite(folder.path().join("test.db")), _folder: Some(folder) }
    }

    pub(crate) fn postgres() -> Option<Self> {
        let url = smrt_testkit::postgres::database()?;
        Some(Self { url: url.parse().unwrap(), _folder: None })
    }

    pub(crate) fn store(&self) -> Store {
        Store::open(&self.url).unwrap()
    }

    /// A writer with a run called `run`.
    pub(crate) fn writer(&self) -> Writer {
        let mut writer = self.store().writer().unwrap();
        // The second writer of a test finds the run there.
        let _ = writer.start_run(&NewRun { id: "run", started_at: 1, command: "ingest", version: "0" });
        writer
    }

    /// The texts that SQL answers with in a column `line`.
    pub(crate) fn ask(&self, sql: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Line {
            #[diesel(sql_type = diesel::sql_types::Text)]
            line: String,
        }
        let lines: Vec<Line> = match self.url.path() {
            Some(path) => {
                let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                sql_query(sql).load(&mut connection).unwrap()
            }
            None => {
                let mut connection = PgConnection::establish(&self.url.to_string()).unwrap();
                sql_query(sql).load(&mut connection).unwrap()
            }
        };
        lines.into_iter().map(|line| line.line).collect()
    }

    /// Runs SQL behind the store's back.
    pub(crate) fn execute(&self, sql: &str) {
        match self.url.path() {
            Some(path) => {
                let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                connection.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
                connection.batch_execute(sql).unwrap();
            }
            // The tests' server asks for no password, so the address is shown as it is.
            None => PgConnection::establish(&self.url.to_string()).unwrap().batch_execute(sql).unwrap(),
        }
    }
}

/// Takes the write lock, with patience.
pub(crate) fn begin(writer: &mut Writer) {
    writer.begin(Duration::from_secs(30), &mut |_| true).unwrap();
}

pub(crate) const HALF_HOUR: i64 = 1800;

/// 2019-09-01T00:00:00Z
pub(crate) const SEPTEMBER: i64 = 1_567_296_000;

pub(crate) fn minutes(minutes: u16) -> IntervalLength {
    IntervalLength::from_minutes(minutes).unwrap()
}

pub(crate) fn channel(meter: &str) -> Channel {
    Channel {
        scheme: Scheme::GasMeter,
        meter: meter.to_owned(),
        name: String::new(),
        unit: "m3".to_owned(),
        source_unit: "M3".to_owned(),
        serial: String::new(),
        register: String::new(),
        plant: String::new(),
        zone: MarketZone::Utc,
    }
}

/// A reading of half an hour: channel, number of the half hour since September, quantity, line.
pub(crate) fn reading(channel: u32, slot: i64, micros: i64, line: u32) -> Reading {
    Reading {
        channel,
        start: SEPTEMBER + slot * HALF_HOUR,
        minutes: minutes(30),
        quantity: Quantity::from_micros(micros),
        quality: Quality::UNSTATED,
        version: smrt_core::Version::UNSTATED,
        line,
    }
}

pub(crate) const NULL: Quality = Quality { flag: Flag::Null, method: 0 };

pub(crate) fn batch(channels: &[Channel], readings: &[Reading]) -> Batch {
    let mut batch = Batch::with_capacity(readings.len());
    batch.new_channels.extend_from_slice(channels);
    readings.iter().for_each(|&reading| batch.push(reading));
    batch
}

/// A file to load.
#[derive(Clone)]
pub(crate) struct File<'a> {
    pub(crate) name: &'a str,
    pub(crate) precedence: Precedence,
    pub(crate) header: FileHeader,
    pub(crate) batches: Vec<Batch>,
}

impl<'a> File<'a> {
    pub(crate) fn new(name: &'a str, batches: Vec<Batch>) -> Self {
        Self { name, precedence: Precedence::Received, header: FileHeader::default(), batches }
    }

    /// A file of one channel, the meter `1`: number of the half hour and quantity, from line 1.
    pub(crate) fn of_meter(name: &'a str, values: &[(i64, i64)]) -> Self {
        let readings: Vec<_> =
            (1..).zip(values).map(|(line, &(slot, micros))| reading(0, slot, micros, line)).collect();
        Self::new(name, vec![batch(&[channel("1")], &readings)])
    }

    pub(crate) fn created(mut self, created_at: i64) -> Self {
        self.precedence = Precedence::Created;
        self.header.created_at = Some(created_at);
        self
    }

    pub(crate) fn as_new(&self) -> NewFile<'_> {
        NewFile {
            name: self.name,
            path: self.name,
            format: "smrt",
            received_at: 100,
            run_id: "run",
            precedence: self.precedence,
            created_at: self.header.created_at,
        }
    }

    fn readings(&self) -> u64 {
        self.batches.iter().map(|batch| batch.records()).sum()
    }

    /// A content that belongs to its name alone.
    pub(crate) fn sha256(&self) -> String {
        let hex: String = self.name.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("{hex:0>64.64}")
    }

    /// Writes its batches inside the writer's transaction.
    pub(crate) fn write<'w>(&self, writer: &'w mut Writer) -> Result<FileLoad<'w>, StoreError> {
        let mut load = writer.begin_file(&self.as_new())?;
        for batch in &self.batches {
            load.write(batch)?;
        }
        Ok(load)
    }

    /// Completes it.
    pub(crate) fn finish(&self, load: FileLoad<'_>) -> Result<Counts, StoreError> {
        load.finish(&FinishedFile {
            sha256: &self.sha256(),
            size: self.readings(),
            header: &self.header,
            records: self.readings(),
            refused: 0,
            findings: &Findings::default(),
            quarantined: &[],
            duration: Duration::from_millis(5),
        })
    }

    /// Loads it in a transaction of its own: inserted, replaced, unchanged.
    pub(crate) fn load(&self, writer: &mut Writer) -> (u64, u64, u64) {
        begin(writer);
        let counts = self.write(writer).and_then(|load| self.finish(load)).unwrap();
        writer.commit().unwrap();
        (counts.inserted, counts.replaced, counts.unchanged)
    }
}

/// All readings of a channel.
pub(crate) fn readings(store: &mut Store, channel: i64) -> Vec<StoredReading> {
    let mut all = Vec::new();
    let mut take = |reading| {
        all.push(reading);
        ControlFlow::Continue(())
    };
    store.readings(channel, None, None, &mut take).unwrap();
    all
}

/// Quantities of meter `1` in the order of time.
pub(crate) fn values(store: &mut Store) -> Vec<i64> {
    let Some(channel) = store.channels(Some("1")).unwrap().into_iter().next() else { return Vec::new() };
    readings(store, channel.id).into_iter().map(|reading| reading.quantity.micros()).collect()
}

/// Every promise holds.
pub(crate) fn assert_healthy(store: &mut Store) {
    let broken: Vec<_> = store.doctor().unwrap().into_iter().filter(|check| !check.ok).collect();
    assert!(broken.is_empty(), "{broken:?}");
}
