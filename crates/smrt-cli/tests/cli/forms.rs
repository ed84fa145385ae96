//! The four forms of output, colour, formulas, closed pipes.

use crate::bench::{Bench, DAY, smrt};
use std::{fs::File, io::Read, process::Stdio};

fn loaded() -> Bench {
    let bench = Bench::new();
    bench.put("PN000001.SMRT", &smrt("PN000001", DAY));
    bench.ok("ingest PN000001.SMRT");
    bench
}

#[test]
fn every_verb_prints_every_form() {
    let bench = loaded();
    for verb in [
        "meters",
        "readings 0000000001",
        "daily",
        "gaps",
        "stats",
        "trace 0000000001 2019-09-28T01:00:00Z",
        "files",
        "files last",
        "doctor",
        "digest",
        "explain",
        "explain P011",
        "inspect PN000001.SMRT",
        "ingest PN000001.SMRT",
        "export --dest out",
        "convert PN000001.SMRT --out out.csv",
        "diff PN000001.SMRT PN000001.SMRT",
        "outliers PN000001.SMRT",
    ] {
        let json = bench.json(verb, 0);
        assert!(json.is_array() || json.is_object(), "{verb}");
        for line in bench.ok(&format!("{verb} -o ndjson")).lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(row.is_object(), "{verb}: {line}");
        }
        let csv = bench.ok(&format!("-o csv {verb}"));
        let mut reader = csv::ReaderBuilder::new().from_reader(csv.as_bytes());
        let columns = reader.headers().unwrap().len();
        assert!(reader.records().all(|record| record.unwrap().len() == columns), "{verb}");
        assert!(!bench.ok(verb).contains('\x1b'), "{verb}: colour in a pipe");
    }
}

#[test]
fn json_keeps_every_digit() {
    let bench = Bench::new();
    let rows = [("1", 0, "9223372036854.775807"), ("1", 1, "0.100000"), ("1", 2, "5.")];
    bench.put("PN000001.SMRT", &smrt("PN000001", &rows));
    bench.ok("ingest PN000001.SMRT");
    let text = bench.ok("-o ndjson readings 1");
    for value in ["\"value\":9223372036854.775807,", "\"value\":0.1,", "\"value\":5,"] {
        assert!(text.contains(value), "{value}: {text}");
    }
    assert!(bench.ok("-o json daily 1").contains("\"sum\":9223372036859.875807"));
    assert!(text.lines().all(|line| line.starts_with('{')));
    assert!(bench.ok("-o json readings 1").starts_with("[\n{"));
}

#[test]
fn formulas_reach_no_spreadsheet() {
    let bench = Bench::new();
    bench.put("=cmd.SMRT", &smrt("PN000001", &[("=1+1", 0, "1"), ("-5", 1, "2"), ("@x", 2, "3")]));
    bench.ok("ingest .");
    let csv = bench.ok("-o csv meters");
    assert!(csv.contains("\n'=1+1,") && csv.contains("\n'-5,") && csv.contains("\n'@x,"), "{csv}");
    assert!(bench.ok("-o csv --raw meters").contains("\n=1+1,"));
    assert!(bench.ok("-o csv readings =1+1").contains(",'=cmd.SMRT,2"));
    assert!(bench.ok("-o json meters").contains("\"=1+1\""), "only spreadsheets take it for a formula");
    bench.ok("export --dest out");
    assert!(std::fs::read_to_string(bench.path("out/readings.csv")).unwrap().contains("\n'=1+1,"));
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let bench = Bench::new();
    bench.ok("generate smrt --meters 1 --days 400 --out PN000001.SMRT");
    bench.ok("ingest PN000001.SMRT");
    for form in ["table", "json", "ndjson", "csv"] {
        let mut command = bench.command(&format!("-o {form} readings 0000000001"));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut some = [0; 100];
        child.stdout.take().unwrap().read_exact(&mut some).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{form}: {output:?}");
        assert!(output.stderr.is_empty(), "{form}: {output:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told() {
    let bench = loaded();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let child = bench.command("meters").stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(74));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write to standard output"));
}

#[test]
fn names_from_outside_cannot_move_the_cursor() {
    let bench = Bench::new();
    bench.put("a\x1b[2Jb.SMRT", "nonsense");
    let run = bench.run("ingest .");
    assert_eq!(run.code, 4);
    assert!(!run.out.contains('\x1b') && !run.err.contains('\x1b'), "{run:?}");
    assert!(!bench.ok("files").contains('\x1b'));
}

#[test]
fn quiet_and_verbose_change_only_stderr() {
    let bench = loaded();
    let plain = bench.run("meters");
    let quiet = bench.run("-q meters");
    let verbose = bench.run("meters -v");
    assert_eq!((&plain.out, &plain.out), (&quiet.out, &verbose.out));
    assert!(quiet.err.is_empty() && plain.err.is_empty());
    assert!(verbose.err.contains("database sqlite://smrt.db") && verbose.err.contains("took "), "{}", verbose.err);
    let files = bench.run("-v ingest .");
    assert!(files.err.contains("already-loaded ./PN000001.SMRT"), "{}", files.err);
}
