//! Folders, files and databases to try things on.

use smrt_ingest::{
    FileOutcome, IngestError, Inspection, Options, Quiet, Report, Status, Stop, ingest, inspect,
    lake::{LakeOptions, Measurements, StoredMeasurement},
    validate,
};
use smrt_storage::{DatabaseUrl, Store};
pub(crate) use smrt_testkit::samples::{day, smrt};
use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A folder with an inbox and a database.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) options: Options,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = LakeOptions { beside: Some(folder.path().to_owned()), ..LakeOptions::default() };
        let place = Self { folder, options: Options { lake, ..Options::default() } };
        fs::create_dir(place.inbox()).unwrap();
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn inbox(&self) -> PathBuf {
        self.path("inbox")
    }

    /// What checking the files at a path gives.
    pub(crate) fn validate(&self, path: &Path) -> Vec<FileOutcome> {
        let mut files = Vec::new();
        let mut keep = |file| -> Result<(), IngestError> {
            files.push(file);
            Ok(())
        };
        validate(&[path.to_owned()], &self.options, &Stop::default(), &Quiet, &mut keep).unwrap();
        files
    }

    /// What is in the files at a path.
    pub(crate) fn inspect(&self, path: &Path) -> Vec<Inspection> {
        let mut files = Vec::new();
        let mut keep = |file| -> Result<(), IngestError> {
            files.push(file);
            Ok(())
        };
        inspect(&[path.to_owned()], &self.options, &Stop::default(), &Quiet, &mut keep).unwrap();
        files
    }

    pub(crate) fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.inbox().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn store(&self) -> Store {
        Store::open(&DatabaseUrl::sqlite(self.path("smrt.db"))).unwrap()
    }

    /// Takes in everything in the inbox.
    pub(crate) fn ingest(&self) -> Report {
        self.ingest_paths(&[self.inbox()])
    }

    pub(crate) fn ingest_paths(&self, paths: &[PathBuf]) -> Report {
        ingest(&mut self.store().writer().unwrap(), paths, &self.options, &Stop::default(), &Quiet).unwrap()
    }

    /// Takes in one file of the inbox.
    pub(crate) fn take(&self, name: &str, text: &str) -> FileOutcome {
        let path = self.put(name, text);
        self.ingest_paths(&[path]).files.remove(0)
    }

    /// Current values of a meter as `hour=value@file:line`.
    pub(crate) fn readings(&self, meter: &str) -> Vec<String> {
        let mut store = self.store();
        let mut rows = Vec::new();
        for channel in store.channels(Some(meter)).unwrap() {
            store
                .readings(channel.id, None, None, &mut |reading| {
                    let hour = reading.start.rem_euclid(86_400) / 3600;
                    rows.push(format!("{hour}={}@{}:{}", reading.quantity, reading.file, reading.line));
                    ControlFlow::Continue(())
                })
                .unwrap();
        }
        rows
    }

    /// Current values of a sensor as `instant=value@file:line`, the instant in epoch microseconds.
    pub(crate) fn measurements(&self, sensor: &str) -> Vec<String> {
        let mut store = self.store();
        let Some(mut measurements) = Measurements::of(&mut store, &self.options.lake).unwrap() else { return vec![] };
        let mut rows = Vec::new();
        for channel in store.channels(Some(sensor)).unwrap() {
            let mut keep = |row: StoredMeasurement| {
                rows.push(format!("{}={}@{}:{}", row.at, row.value, row.file, row.line));
                ControlFlow::Continue(())
            };
            measurements.each(&mut store, &channel, (None, None), &mut keep).unwrap();
        }
        rows
    }

    pub(crate) fn digest(&self) -> String {
        let mut store = self.store();
        let measured = Measurements::of(&mut store, &self.options.lake).unwrap();
        let measured = measured.and_then(|mut measured| measured.digest(&mut store).unwrap());
        store.digest_with(measured.as_slice()).unwrap()
    }

    /// Every promise of the database holds.
    pub(crate) fn assert_sound(&self) {
        for check in self.store().doctor().unwrap() {
            assert!(check.ok, "{}: {}", check.name, check.detail);
        }
    }
}

/// The statuses of a report, by name.
pub(crate) fn statuses(report: &Report) -> Vec<(&str, Status)> {
    report.files.iter().map(|file| (file.name.as_str(), file.status)).collect()
}

/// The ids of a file's findings.
pub(crate) fn codes(outcome: &FileOutcome) -> Vec<&'static str> {
    outcome.findings.shown().iter().map(|finding| finding.code.name).collect()
}

pub(crate) fn exists(path: &Path) -> bool {
    path.try_exists().unwrap()
}
