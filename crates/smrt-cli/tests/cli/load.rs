//! `ingest` and `validate`: statuses, exit codes, what people are told.

use crate::bench::{Bench, DAY, names, smrt};
use serde_json::json;

#[test]
fn a_file_is_loaded_once() {
    let bench = Bench::new();
    bench.put("in/PN000001.SMRT", &smrt("PN000001", DAY));
    let report = bench.json("ingest in", 0);
    let file = &report["files"][0];
    assert_eq!(file["status"], "loaded");
    assert_eq!((&file["records"], &file["inserted"], &file["reason"]), (&json!(3), &json!(3), &json!(null)));
    assert_eq!(report["totals"]["loaded"], 1);
    assert!(report["run_id"].is_string() && report["duration_ms"].is_u64(), "{report}");
    assert_eq!(bench.json("ingest in", 0)["files"][0]["status"], "already-loaded");
    bench.put("in/PN000001.SMRT", &smrt("PN000001", &DAY[..1]));
    assert_eq!(bench.json("ingest in", 4)["files"][0]["status"], "name-conflict");
    let said = bench.run("ingest in");
    assert!(said.err.contains("give it another name"), "{}", said.err);
}

#[test]
fn rejected_files_are_told_with_place_fate_and_next_step() {
    let bench = Bench::new();
    bench.put("in/PN000001.SMRT", &smrt("PN000001", DAY));
    bench.put("in/PN000002.SMRT", &smrt("PN000002", &[("0000000001", 0, "abc")]));
    let run = bench.run("ingest in");
    assert_eq!(run.code, 3);
    assert!(run.out.contains("NAME") && run.out.contains("rejected"), "{}", run.out);
    for part in ["error[P014]", "--> in/PN000002.SMRT:2:40", "^^^", "it stays where it is", "`smrt explain P014`"] {
        assert!(run.err.contains(part), "{part}: {}", run.err);
    }
    assert_eq!(bench.run("ingest in/PN000002.SMRT").code, 4);
    assert_eq!(bench.json("meters", 0).as_array().unwrap().len(), 1);
}

#[test]
fn folders_take_what_was_loaded_and_what_was_not() {
    let bench = Bench::new();
    bench.put("in/PN000001.SMRT", &smrt("PN000001", DAY));
    bench.put("in/PN000002.SMRT", "nonsense");
    let run = bench.run("ingest --archive done --quarantine bad in");
    assert_eq!(run.code, 3);
    assert!(run.err.contains("it was moved to"), "{}", run.err);
    assert!(names(&bench.path("in")).is_empty());
    assert!(bench.path("done").exists() && bench.path("bad").exists());
}

#[test]
fn quarantine_loads_the_good_records() {
    let bench = Bench::new();
    bench.put("PN000001.SMRT", &smrt("PN000001", &[DAY[0], ("0000000001", 1, "abc"), DAY[2]]));
    let report = bench.json("ingest --on-bad-record quarantine PN000001.SMRT", 0);
    assert_eq!((&report["files"][0]["inserted"], &report["files"][0]["refused"]), (&json!(2), &json!(1)));
    let page = bench.ok("files PN000001.SMRT");
    assert!(page.contains("1 refused record kept aside") && page.contains("line 3, P014"), "{page}");
}

#[test]
fn a_dry_run_creates_nothing() {
    let bench = Bench::new();
    bench.put("in/PN000001.SMRT", &smrt("PN000001", DAY));
    let report = bench.json("ingest --dry-run --archive done in", 0);
    assert_eq!(report["files"][0]["status"], "loaded");
    assert_eq!(bench.names(), ["in"]);
    assert_eq!(names(&bench.path("in")), ["PN000001.SMRT"]);
    assert!(bench.run("ingest --dry-run in").err.contains("nothing was changed"));
    bench.ok("ingest in/PN000001.SMRT");
    let before = bench.ok("digest");
    bench.put("in/PN000002.SMRT", &smrt("PN000002", &[("0000000009", 1, "1")]));
    bench.ok("ingest --dry-run in");
    assert_eq!(bench.ok("digest"), before);
}

#[test]
fn nothing_to_do_is_no_failure_and_a_wrong_path_makes_no_database() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("in")).unwrap();
    let run = bench.run("ingest nowhere");
    assert_eq!(run.code, 2);
    assert!(run.err.contains("cannot read nowhere"), "{}", run.err);
    assert_eq!(bench.names(), ["in"]);
    let run = bench.run("ingest in");
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    assert!(run.err.contains("nothing to do"), "{}", run.err);
    let report = bench.json("ingest in", 0);
    assert_eq!(report["files"], json!([]));
}

#[test]
fn validate_shows_every_problem_and_needs_no_database() {
    let bench = Bench::new();
    let bad = smrt("PN000001", DAY).replace("20190928\",\"0100", "20190231\",\"0100").replace("12.50", "-1");
    bench.put("PN000001.SMRT", &bad);
    bench.put("PN000002.SMRT", &smrt("PN000002", &DAY[..2]));
    let files = bench.json("validate PN000001.SMRT PN000002.SMRT", 6);
    let lines: Vec<_> = files[0]["findings"].as_array().unwrap().iter().map(|found| &found["line"]).collect();
    assert_eq!(lines, [3, 4]);
    assert_eq!((&files[0]["status"], &files[1]["status"]), (&json!("invalid"), &json!("valid")));
    assert_eq!(files[0]["counts"], json!({"P011": 1, "P015": 1}));
    let run = bench.run("validate PN000001.SMRT");
    assert_eq!(run.code, 6);
    for part in ["error[P011]: expected a date", "--> PN000001.SMRT:3:23", "^^^^^^^^", "2 errors"] {
        assert!(run.out.contains(part), "{part}: {}", run.out);
    }
    let csv = bench.run("-o csv validate PN000001.SMRT");
    assert_eq!((csv.code, csv.out.lines().count()), (6, 3));
    assert!(csv.out.starts_with("file,code,name,severity,line,column,message,excerpt\n"));
    assert_eq!(bench.run("validate PN000002.SMRT").code, 0);
    assert!(!bench.path("smrt.db").exists());
}

#[test]
fn many_problems_are_counted_when_they_are_not_shown() {
    let bench = Bench::new();
    let rows: Vec<_> = (0..150).map(|_| ("0000000001", 1, "abc")).collect();
    bench.put("PN000001.SMRT", &smrt("PN000001", &rows));
    let run = bench.run("validate PN000001.SMRT");
    assert!(run.out.contains("… and 50 more findings in this file; of each code: P014 150"), "{}", run.out);
    assert!(run.out.contains("150 errors"));
}

#[test]
fn inspect_tells_what_is_in_a_file() {
    let bench = Bench::new();
    bench.put("PN000001.SMRT", &smrt("PN000001", DAY));
    let file = &bench.json("inspect PN000001.SMRT", 0)[0];
    assert_eq!((&file["generation"], &file["readings"], &file["missing"]), (&json!("PN000001"), &json!(3), &json!(1)));
    assert_eq!(file["spans"][0]["end"], "2019-09-28T04:00:00Z");
    let page = bench.ok("inspect PN000001.SMRT");
    assert!(page.contains("made 2019-10-11T13:49:42Z, generation PN000001 (production), GAZ"), "{page}");
    assert!(bench.ok("-o csv inspect PN000001.SMRT").contains("PN000001.SMRT,0000000001,,,3,"));
    assert!(!bench.path("smrt.db").exists());
}

#[test]
fn retry_takes_rejected_files_again() {
    let bench = Bench::new();
    bench.put("in/PN000001.SMRT", "nonsense");
    assert_eq!(bench.run("ingest in").code, 4);
    assert_eq!(bench.run("files retry").code, 4);
    bench.put("in/PN000001.SMRT", &smrt("PN000001", DAY));
    assert_eq!(bench.json("files retry", 0)["files"][0]["status"], "loaded");
    assert_eq!(bench.json("files retry", 0)["files"], json!([]), "it is loaded now");
    bench.put("in/PN000002.SMRT", &smrt("PN000002", &[DAY[0], ("0000000001", 1, "abc")]));
    assert_eq!(bench.run("ingest in/PN000002.SMRT").code, 4);
    let report = bench.json("files retry --on-bad-record quarantine", 0);
    assert_eq!(report["files"][0]["status"], "loaded");
}
