//! How do I load files from a program of my own?
//!
//! `cargo run -p smrt-examples --example load_from_code`
//!
//! Loads the files of `examples/data` into a database of their own, once, and then once more: nothing is loaded twice.

use smrt_ingest::{FileOutcome, Observer, Options, Stop, ingest};
use smrt_storage::{DatabaseUrl, Store};
use std::{
    error::Error,
    io::{self, Write},
    path::PathBuf,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data");

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout().lock())
}

pub(crate) fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    // `"postgres://user@host/database".parse()?` would be the other kind of address.
    let url = DatabaseUrl::sqlite(folder.path().join("smrt.db"));
    // Opening makes the tables where there are none.
    let store = Store::open(&url)?;
    let mut writer = store.writer()?;
    for round in ["first", "second"] {
        // Flip a `Stop` from a signal handler, and the file in hand is rolled back and the report says so.
        let report = ingest(&mut writer, &[PathBuf::from(FOLDER)], &Options::default(), &Stop::default(), &Loud)?;
        writeln!(out, "{round} time:")?;
        for file in &report.files {
            let (inserted, replaced, unchanged) = (file.inserted, file.replaced, file.unchanged);
            writeln!(out, "  {} {}: {inserted} new, {replaced} replaced, {unchanged} known", file.name, file.status)?;
            for finding in file.findings.shown() {
                writeln!(out, "    {}: {}", finding.code.id, finding.message)?;
            }
        }
    }
    Ok(())
}

/// Hears of each file as it is done. When it hears `loaded`, that is durable: acknowledging the file is safe.
struct Loud;

impl Observer for Loud {
    fn finished(&self, outcome: &FileOutcome) {
        let _ = writeln!(io::stderr(), "done with {}", outcome.path.display());
    }
}
