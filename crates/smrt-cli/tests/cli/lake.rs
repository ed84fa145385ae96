//! The lake from the command line: what it holds, its care, and what becomes of it when the program is killed.

use crate::bench::Bench;
use serde_json::Value;
use std::{
    fs,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

/// How often the program is killed while it loads, and while it compacts.
const KILLS: u32 = 25;
/// About how long it compacts, in microseconds.
const MERGING: u64 = 400_000;

/// A file of some sensors: `days` days from the day `first` of 2016 on, a value every quarter of an hour.
fn data(first: u32, days: u32, sensors: u32, offset: f64) -> String {
    let mut text = String::from("timestamp;sensor_uuid;sensor_value\n");
    for slot in 0..days * 96 {
        let (day, minute) = (first + slot / 96, slot % 96 * 15);
        let (month, day) = if day < 31 { (1, day + 1) } else { (2, day - 30) };
        for sensor in 0..sensors {
            let value = f64::from(slot) * 0.37 + f64::from(sensor) + offset;
            text.push_str(&format!(
                "2016-{month:02}-{day:02} {:02}:{:02}:00Z;00000000-0000-4000-8000-{sensor:012};{value}\n",
                minute / 60,
                minute % 60
            ));
        }
    }
    text
}

fn mapping(sensors: u32) -> String {
    let row = |sensor| format!("sensor_{sensor:05};00000000-0000-4000-8000-{sensor:012}\n");
    "sensor_name;sensor_uuid\n".to_owned() + &(0..sensors).map(row).collect::<String>()
}

/// Ten files that overlap: each speaks of two days, the second of which the next one says again in part.
fn put_files(bench: &Bench, numbers: std::ops::Range<u32>) {
    bench.put("in/mapping.csv", &mapping(7));
    for number in numbers {
        let offset = f64::from(number % 3);
        bench.put(&format!("in/Timeseries/{number}/data_{number}.csv"), &data(number, 2, 7, offset));
    }
}

fn proofs(bench: &Bench, line: &str) -> Vec<String> {
    let run = bench.run(&format!("-o json {line}"));
    let proofs: Vec<Value> = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{line}: {run:?}"));
    let broken: Vec<String> = proofs
        .iter()
        .filter(|proof| proof["ok"] != true)
        .map(|proof| format!("{}: {}", proof["check"], proof["detail"]))
        .collect();
    assert_eq!(run.code, if broken.is_empty() { 0 } else { 6 }, "{run:?}");
    broken
}

/// Sound: log, files and database agree.
fn assert_sound(bench: &Bench, what: &str) {
    let lake = bench.run("lake status");
    if lake.code == 0 || !lake.err.contains("no lake yet") {
        assert_eq!(proofs(bench, "lake verify --deep"), [] as [String; 0], "{what}");
    }
    assert_eq!(proofs(bench, "doctor"), [] as [String; 0], "{what}");
}

#[test]
fn a_lake_is_made_merged_proved_and_cleared_up() {
    let bench = Bench::new();
    put_files(&bench, 0..3);
    for number in 0..3 {
        // One by one, so that there is something to merge.
        bench.ok(&format!("ingest in/Timeseries/{number}"));
        fs::rename(bench.path("in/Timeseries").join(number.to_string()), bench.path(&format!("gone{number}"))).unwrap();
        bench.put(&format!("in/Timeseries/{}/more_{number}.csv", number + 10), &data(number, 1, 7, 50.0));
    }
    let report = bench.json("ingest in", 0);
    assert_eq!(report["totals"]["loaded"], 4, "{report}");
    let digest = bench.ok("digest");
    let before = bench.json("lake status", 0);
    assert_eq!((&before[0]["table"], &before[0]["waiting"]), (&"measurements".into(), &0.into()));
    assert!(before[0]["files"].as_u64().unwrap() > 4, "{before}");
    let rows = bench.json("readings sensor_00003", 0);
    let history = bench.json("trace sensor_00003 2016-01-02T00:00:00Z", 0);
    assert!(!history["history"].as_array().unwrap().is_empty(), "{history}");

    let merged = &bench.json("lake compact", 0)[0];
    assert_eq!((&merged["files_after"], &merged["skipped"]), (&3.into(), &0.into()), "{merged}");
    assert_ne!(merged["superseded"], 0, "{merged}");
    assert_sound(&bench, "after merging");
    assert_eq!(bench.ok("digest"), digest);
    assert_eq!(bench.json("readings sensor_00003", 0), rows);
    assert_eq!(bench.json("trace sensor_00003 2016-01-02T00:00:00Z", 0), history, "what gave way is still told");
    assert_eq!(bench.json("lake compact", 0)[0]["days"], 0, "there is nothing left to merge");

    assert_eq!(bench.json("lake gc", 0)[0]["replaced"], 0, "those who read by an older list still may");
    let orphan =
        bench.put("smrt-lake/measurements/date=2016-01-01/part-orphan.parquet", "left by a load that was killed");
    let told = bench.json("lake gc --grace 0s --dry-run", 0);
    assert!(orphan.exists());
    assert_eq!(bench.json("lake gc --grace 0s", 0), told);
    assert_eq!((&told[0]["orphans"], orphan.exists()), (&1.into(), false));
    assert!(told[0]["replaced"].as_u64().unwrap() > 4, "{told}");
    assert_sound(&bench, "after clearing up");
    assert_eq!(bench.ok("digest"), digest);
}

#[test]
fn damage_is_told_with_its_file() {
    let bench = Bench::new();
    put_files(&bench, 0..1);
    bench.ok("ingest in");
    let folder = bench.path("smrt-lake/measurements/date=2016-01-01");
    let file = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let whole = fs::read(&file).unwrap();
    let mut damaged = whole.clone();
    damaged[40] ^= 0xff;
    fs::write(&file, &damaged).unwrap();
    let broken = proofs(&bench, "lake verify --deep").join("\n");
    assert!(broken.contains("files-sound") && broken.contains(&name), "{broken}");
    fs::remove_file(&file).unwrap();
    let broken = proofs(&bench, "lake verify --quick").join("\n");
    assert!(broken.contains(&name), "{broken}");
    let run = bench.run("readings sensor_00000");
    assert!(run.code == 74 && run.err.contains(&name) && run.err.contains("backup"), "{run:?}");
    fs::write(&file, &whole).unwrap();
    // A log that says something else than the list.
    let log = bench.path("smrt-lake/measurements/_delta_log");
    let last = crate::bench::names(&log).into_iter().rfind(|name| name.ends_with(".json")).unwrap();
    let text = fs::read_to_string(log.join(&last)).unwrap();
    fs::write(log.join(&last), text.replace("\"size\":", "\"size\":1")).unwrap();
    let broken = proofs(&bench, "lake verify").join("\n");
    assert!(broken.contains("log-of-measurements"), "{broken}");
}

/// A number below `below` that looks like chance and is the same at every run.
fn chance(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below.max(1)
}

/// Starts a command and kills it after a while, unless it has come to its end; tells whether it had.
fn killed(bench: &Bench, line: &str, after: Duration) -> bool {
    let mut child = bench.command(line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    thread::sleep(after);
    let ended = child.try_wait().unwrap().is_some();
    let _ = child.kill();
    child.wait().unwrap();
    ended
}

#[test]
fn killed_at_random_moments_the_lake_is_sound_and_the_next_run_goes_on() {
    let clean = Bench::new();
    put_files(&clean, 0..20);
    let begun = Instant::now();
    clean.ok("ingest in");
    let loading = begun.elapsed();
    let digest = clean.ok("digest");

    let bench = Bench::new();
    put_files(&bench, 0..20);
    let (mut state, mut survived) = (7, 0);
    for round in 0..KILLS {
        let after = Duration::from_micros(chance(&mut state, u64::try_from(loading.as_micros()).unwrap()));
        survived += u32::from(killed(&bench, "ingest in", after));
        if round % 5 == 4 || survived > 0 {
            assert_sound(&bench, &format!("killed while loading, round {round} after {after:?}"));
        }
        if survived > 0 {
            // What was loaded is loaded: start over.
            assert_eq!(bench.ok("digest"), digest);
            survived = 0;
            for name in ["smrt.db", "smrt.db-wal", "smrt.db-shm"] {
                let _ = fs::remove_file(bench.path(name));
            }
            let _ = fs::remove_dir_all(bench.path("smrt-lake"));
        }
    }
    bench.ok("ingest in");
    assert_sound(&bench, "after all files");
    assert_eq!(bench.ok("digest"), digest);

    // A second file for each day, so that there is something to merge, and nothing that changes a value.
    for number in 0..20 {
        let again =
            data(number, 2, 7, f64::from(number % 3)) + "2016-03-01 00:00:00Z;00000000-0000-4000-8000-000000000099;";
        bench.put(&format!("again/{number}.csv"), &format!("{again}{number}\n"));
        bench.ok(&format!("ingest again/{number}.csv"));
    }
    let (mut digest, mut merged) = (bench.ok("digest"), 0);
    for round in 0..KILLS {
        let after = Duration::from_micros(chance(&mut state, MERGING));
        let ended = killed(&bench, "lake compact", after);
        let what = format!("killed while merging, round {round} after {after:?}");
        assert_eq!(proofs(&bench, "lake verify"), [] as [String; 0], "{what}");
        assert_eq!(bench.ok("digest"), digest, "{what}");
        merged += u32::from(ended);
        if ended {
            // So that there is something to merge again, with values that take the place of others.
            let more = format!("again/more{round}.csv");
            bench.put(&more, &data(round % 20, 1, 9, f64::from(round)));
            bench.ok(&format!("ingest {more}"));
            digest = bench.ok("digest");
        }
    }
    assert!(merged < KILLS / 2, "most of them hit while it merged: {merged} did not");
    bench.ok("lake compact");
    bench.ok("lake gc --grace 0s");
    assert_sound(&bench, "after merging and clearing up");
    assert_eq!(bench.ok("digest"), digest);
}

#[test]
fn readings_of_meters_are_copied_on_request_and_the_copy_says_the_same() {
    let bench = Bench::new();
    bench.ok("generate nem12 --size 20KB --out nem12.csv");
    bench.ok("generate smrt --size 20KB --out PN000001.SMRT");
    bench.ok("ingest nem12.csv");
    bench.ok("ingest --lake copy PN000001.SMRT");
    let status = bench.json("lake status", 0);
    let stats = bench.json("stats", 0);
    assert_eq!(
        (&status[0]["table"], &status[0]["rows"]),
        (&"readings".into(), &stats["readings"]),
        "what was there, too"
    );
    // From now on without a word.
    let text = fs::read_to_string(bench.path("PN000001.SMRT")).unwrap();
    let line = text.lines().nth(1).unwrap();
    let changed = format!("{},{}", line.rsplit_once(',').unwrap().0, "7.77");
    let second = text.replace("PN000001", "PN000002").replacen(line, &changed, 1);
    bench.put("PN000002.SMRT", &second);
    let report = bench.json("ingest PN000002.SMRT", 0);
    assert_eq!(report["totals"]["replaced"], 1, "{report}");
    assert_sound(&bench, "after a correction");
    bench.ok("lake compact");
    assert_sound(&bench, "after merging");
    assert_eq!(bench.json("lake status", 0)[0]["rows"], stats["readings"], "one row for each reading again");
}

#[test]
fn naming_where_a_lake_was_moved_changes_nothing_else() {
    let bench = Bench::new();
    put_files(&bench, 0..1);
    bench.ok("ingest in");
    fs::rename(bench.path("smrt-lake"), bench.path("moved")).unwrap();
    bench.ok("generate smrt --size 20KB --out PN000001.SMRT");
    put_files(&bench, 1..2);
    bench.ok("--lake moved ingest in");
    bench.ok("--lake moved ingest PN000001.SMRT");
    let tables = |bench: &Bench| {
        let status = bench.json("lake status", 0);
        status.as_array().unwrap().iter().map(|row| row["table"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(!tables(&bench).contains(&"readings".to_owned()));
    bench.put("smrt.toml", "[lake]\nreadings = true\n");
    bench.ok("generate nem12 --size 20KB --out nem12.csv");
    bench.ok("ingest nem12.csv");
    assert!(tables(&bench).contains(&"readings".to_owned()), "asked for, they are copied from then on");
    assert_sound(&bench, "with all readings");
}

#[test]
fn a_sensor_of_which_just_the_name_is_known_is_not_called_unknown() {
    let bench = Bench::new();
    bench.put("in/mapping.csv", &mapping(1));
    bench.ok("ingest in");
    for code in ["sensor_00000", "00000000-0000-4000-8000-000000000000"] {
        let run = bench.run(&format!("readings {code}"));
        assert!(run.code == 1 && run.err.contains("has no measurements yet") && !run.err.contains("mean"), "{run:?}");
    }
    let run = bench.run("readings sensor_0000");
    assert!(run.code == 1 && run.err.contains("did you mean sensor_00000"), "{run:?}");
}

#[test]
fn a_lake_is_said_to_be_made_once_it_is() {
    let bench = Bench::new();
    bench.put("bad.csv", "timestamp;sensor_uuid;sensor_value\n2016-01-01 00:00:00Z;nobody;1.0\n");
    let run = bench.run("ingest bad.csv");
    assert!(run.code != 0 && !run.err.contains("made the lake"), "{run:?}");
    put_files(&bench, 0..1);
    let run = bench.run("ingest in");
    assert!(run.code == 0 && run.err.matches("made the lake smrt-lake").count() == 1, "{run:?}");
    put_files(&bench, 1..2);
    assert!(!bench.run("ingest in").err.contains("made the lake"));
}

#[test]
fn a_dry_run_looks_at_the_place_that_is_named() {
    let bench = Bench::new();
    put_files(&bench, 0..1);
    let run = bench.run("--lake mine ingest --dry-run in");
    assert!(run.code == 0 && !bench.path("mine").exists(), "{run:?}");
    bench.ok("--database sqlite://other.db --lake mine ingest in");
    for line in ["--lake mine ingest --dry-run in", "--lake mine ingest in"] {
        let run = bench.run(line);
        assert!(run.code != 0 && run.err.contains("that of another database"), "{run:?}");
    }
}

#[test]
fn a_wrong_place_is_told() {
    let bench = Bench::new();
    let run = bench.run("lake verify");
    assert!(run.code == 1 && run.err.contains("no lake yet") && run.err.contains("--lake"), "{run:?}");
    put_files(&bench, 0..1);
    bench.ok("ingest in");
    let run = bench.run("--lake nowhere readings sensor_00000");
    assert!(run.code != 0 && run.err.contains("nowhere") && run.err.contains("found none"), "{run:?}");
    let run = bench.run("--lake s3:// lake status");
    assert!(run.code == 2 && run.err.contains("s3://bucket/prefix"), "{run:?}");
}
