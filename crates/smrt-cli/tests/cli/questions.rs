//! The verbs that ask the database.

use crate::bench::{Bench, DAY, smrt};
use serde_json::json;
use smrt_core::{
    Batch, Channel, Direction, FileHeader, Findings, Flag, IntervalEvent, IntervalLength, MarketZone, Quality,
    Quantity, Reading, RegisterRead, Scheme, Stand, Version,
};
use smrt_storage::{FinishedFile, NewFile, NewRun, Precedence, Store};
use std::time::Duration;

/// A folder where two files are loaded; the second corrects a value of the first.
fn loaded() -> Bench {
    let bench = Bench::new();
    bench.put("in/PN000001.SMRT", &smrt("PN000001", DAY));
    bench.ok("ingest in");
    bench.put("in/PN000002.SMRT", &smrt("PN000002", &[("0000000001", 1, "7.25"), ("0000000022", 0, "3")]));
    bench.ok("ingest in");
    bench
}

#[test]
fn readings_carry_their_origin() {
    let bench = loaded();
    let rows = bench.json("readings 0000000001", 0);
    assert_eq!(rows.as_array().unwrap().len(), 3);
    assert_eq!(
        rows[1],
        json!({"meter": "0000000001", "channel": null, "start": "2019-09-28T01:00:00Z", "end": "2019-09-28T02:00:00Z",
            "value": 7.25, "unit": null, "quality": "unstated", "file": "PN000002.SMRT", "line": 2,
            "reason": null, "reason_text": null})
    );
    let range = "--from 2019-09-28T01:00:00Z --to 2019-09-28T03:00";
    assert_eq!(bench.json(&format!("readings 0000000001 {range}"), 0).as_array().unwrap().len(), 1);
    let run = bench.run("readings 0000000001 --from 2030-01-01");
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    assert!(run.err.contains("no readings there"));
    assert_eq!(bench.json("readings 0000000001 --from 2030-01-01", 0), json!([]));
}

#[test]
fn days_gaps_meters_and_stats_add_up() {
    let bench = loaded();
    let day = &bench.json("daily 0000000001", 0)[0];
    assert_eq!(
        (&day["date"], &day["count"], &day["expected"], &day["sum"], &day["mean"]),
        (&json!("2019-09-28"), &json!(3), &json!(24), &json!(19.75), &json!(6.583333))
    );
    assert_eq!(bench.json("daily", 0).as_array().unwrap().len(), 2);
    assert_eq!(bench.json("daily --per meter", 0).as_array().unwrap().len(), 2);
    assert_eq!(bench.json("daily --from 2019-09-29", 0), json!([]));
    let gap = &bench.json("gaps", 0)[0];
    assert_eq!((&gap["from"], &gap["missing"]), (&json!("2019-09-28T02:00:00Z"), &json!(1)));
    let meters = bench.json("meters", 0);
    assert_eq!((&meters[0]["code"], &meters[0]["readings"]), (&json!("0000000001"), &json!(3)));
    assert_eq!(bench.json("meters 00000000011", 0), json!([]));
    assert_eq!(bench.json("meters --limit 1", 0).as_array().unwrap().len(), 1);
    let stats = bench.json("stats", 0);
    assert_eq!(
        (&stats["readings"], &stats["superseded"], &stats["files"]["loaded"]),
        (&json!(4), &json!(1), &json!(2))
    );
    assert!(bench.ok("stats").contains("superseded values"));
}

#[test]
fn a_value_is_traced_through_its_history() {
    let bench = loaded();
    let trace = bench.json("trace 0000000001 2019-09-28T01:00:00Z", 0);
    assert_eq!((&trace["current"]["value"], &trace["current"]["file"]), (&json!(7.25), &json!("PN000002.SMRT")));
    assert_eq!(
        (&trace["history"][0]["value"], &trace["history"][0]["superseded_by"]),
        (&json!(1.52), &json!("PN000002.SMRT"))
    );
    assert_eq!(trace["current"]["sha256"].as_str().map(str::len), Some(64));
    let inside = bench.json("trace 0000000001 2019-09-28T01:59:59Z", 0);
    assert_eq!(inside["start"], "2019-09-28T01:00:00Z", "any instant of the interval names it");
    assert!(bench.ok("trace 0000000001 2019-09-28T01:00").contains("1.52"));
    let run = bench.run("trace 0000000001 2019-09-28T02:00");
    assert_eq!(run.code, 1);
    assert!(run.err.contains("has no reading at"), "{}", run.err);
}

#[test]
fn an_unknown_meter_is_told_with_what_may_have_been_meant() {
    let bench = loaded();
    for (verb, hint) in [
        ("readings 1", "did you mean 0000000001?"),
        ("daily 022", "did you mean 0000000022?"),
        ("gaps 00000000", "did you mean 0000000001 or 0000000022?"),
        ("trace 000000000199 2019-09-28", "did you mean 0000000001?"),
        ("readings x", "`smrt meters` lists"),
    ] {
        let run = bench.run(verb);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{verb}");
        assert!(run.err.contains("is known") && run.err.contains(hint), "{verb}: {}", run.err);
    }
    let run = bench.run("readings 0000000001 --channel E1");
    assert_eq!(run.code, 1);
    assert!(run.err.contains("has no channel \"E1\""), "{}", run.err);
}

#[test]
fn wrong_times_are_usage_errors() {
    let bench = loaded();
    for line in [
        "readings 0000000001 --from yesterday",
        "daily --from 2019-09-28 --to 2019-09-28",
        "gaps --to 28.09.2019",
        "trace 0000000001 noon",
        "export --dest out --from tomorrow",
    ] {
        assert_eq!(bench.run(line).code, 2, "{line}");
    }
    assert!(!bench.path("out").exists());
}

#[test]
fn files_are_listed_with_their_outcome() {
    let bench = loaded();
    bench.put("in/PN000003.SMRT", &smrt("PN000003", &[("0000000001", 1, "abc")]));
    assert_eq!(bench.run("ingest in").code, 3);
    let files = bench.json("files", 0);
    assert_eq!((files.as_array().unwrap().len(), &files[0]["name"]), (3, &json!("PN000003.SMRT")));
    assert_eq!(files[0]["reason"]["code"], "P014");
    assert_eq!(bench.json("files last", 0)["name"], "PN000003.SMRT");
    assert_eq!(bench.json("files --status loaded", 0).as_array().unwrap().len(), 2);
    assert_eq!(bench.json("files --limit 1", 0).as_array().unwrap().len(), 1);
    let page = bench.ok("files PN000003.SMRT");
    assert!(page.contains("error[P014]") && page.contains("^^^"), "{page}");
    assert_eq!(bench.run("files PN000009.SMRT").code, 1);
}

#[test]
fn doctor_and_digest_speak_of_the_whole_database() {
    let bench = loaded();
    assert!(bench.json("doctor", 0).as_array().unwrap().iter().all(|check| check["ok"] == true));
    let digest = bench.ok("digest");
    assert_eq!(digest.trim_end().len(), 64);
    assert_eq!(bench.json("digest", 0)["digest"], digest.trim_end());
}

#[test]
fn an_empty_database_is_an_answer() {
    let bench = Bench::new();
    for verb in ["meters", "daily", "gaps"] {
        assert_eq!(bench.json(verb, 0), json!([]), "{verb}");
        let run = bench.run(verb);
        assert!(run.out.is_empty() && run.err.contains("no meters yet; load some with `smrt ingest DIR`"), "{run:?}");
    }
    assert_eq!(bench.json("files", 0), json!([]));
    assert_eq!(bench.run("files last").code, 1);
    assert_eq!(bench.run("readings 1").code, 1);
}

/// A folder with a database that holds a day under a version, with a reason, and a read of a register.
fn electricity() -> Bench {
    let bench = Bench::new();
    let channel = |name: &str, unit: &str| Channel {
        scheme: Scheme::Nmi,
        meter: "VABD000163".to_owned(),
        name: name.to_owned(),
        unit: unit.to_owned(),
        source_unit: unit.to_owned(),
        serial: "METSER66".to_owned(),
        register: "001".to_owned(),
        plant: String::new(),
        zone: MarketZone::Fixed(600),
    };
    let quality = Quality { flag: Flag::Actual, method: 0 };
    // 2023-01-15 in the zone.
    let (start, version) = (1_673_704_800, Version::from_epoch(1_673_827_323));
    let text = |text: &str| text.to_owned();
    let stand = |at: i64, text: &str| Stand { at: Some(at), text: text.to_owned(), quality, ..Stand::default() };
    let read = RegisterRead {
        channel: 0,
        direction: Some(Direction::Export),
        previous: Some(stand(start - 86_400, "000021.2")),
        current: stand(start, "000034.5"),
        quantity: Some(Quantity::from_micros(13_300_000)),
        version,
        line: 4,
        ..RegisterRead::default()
    };
    let event = IntervalEvent {
        channel: 0,
        start,
        end: start + 1800,
        quality,
        reason: Some(79),
        text: text("outage"),
        line: 3,
    };
    let mut batch = Batch {
        new_channels: vec![channel("E1", "kWh"), channel("Q1", "kVArh")],
        events: vec![event],
        register_reads: vec![read],
        ..Batch::default()
    };
    for (channel, micros, quality) in [(0, 1_500_000, quality), (1, 500_000, quality), (1, 0, Quality::NULL)] {
        let start = start + if quality == Quality::NULL { 1800 } else { 0 };
        let (minutes, quantity) = (IntervalLength::from_minutes(30).unwrap(), Quantity::from_micros(micros));
        batch.push(Reading { channel, start, minutes, quantity, quality, version, line: 3 });
    }
    let url = format!("sqlite://{}", bench.path("smrt.db").display()).parse().unwrap();
    let mut writer = Store::open(&url).unwrap().writer().unwrap();
    writer.start_run(&NewRun { id: "run", started_at: 1, command: "ingest", version: "0" }).unwrap();
    writer.begin(Duration::from_secs(10), &mut |_| true).unwrap();
    let file = NewFile {
        name: "a.csv",
        path: "a.csv",
        format: "nem12",
        received_at: 1,
        run_id: "run",
        precedence: Precedence::Received,
        created_at: None,
    };
    let mut load = writer.begin_file(&file).unwrap();
    load.write(&batch).unwrap();
    let finished = FinishedFile {
        sha256: &"0".repeat(64),
        size: 1,
        header: &FileHeader::default(),
        records: 4,
        refused: 0,
        findings: &Findings::default(),
        quarantined: &[],
        duration: Duration::ZERO,
    };
    load.finish(&finished).unwrap();
    writer.commit().unwrap();
    bench
}

#[test]
fn register_reads_are_shown_with_both_stands() {
    let bench = electricity();
    let rows = bench.json("registers VABD000163", 0);
    assert_eq!(
        rows,
        json!([{"meter": "VABD000163", "channel": "E1", "register": "001", "serial": "METSER66", "period": null,
            "rate": null, "direction": "E", "previous_at": "2023-01-14T00:00:00+10:00", "previous_read": "000021.2",
            "previous_quality": "A", "read_at": "2023-01-15T00:00:00+10:00", "read": "000034.5", "quality": "A",
            "quantity": 13.3, "unit": "kWh", "demand": null, "demand_at": null, "status": null, "reset_count": null,
            "reset_at": null, "reason": null, "reason_text": null, "trans_code": null, "service_order": null,
            "version": "2023-01-16T10:02:03+10:00", "file": "a.csv", "line": 4, "superseded_by": null}])
    );
    let table = bench.ok("registers VABD000163");
    assert!(table.contains("000034.5") && !table.contains("PERIOD") && !table.contains("SUPERSEDED"), "{table}");
    assert_eq!(bench.json("registers VABD000163 --from 2023-01-15 --all", 0).as_array().unwrap().len(), 1);
    let run = bench.run("registers VABD000163 --from 2023-01-16");
    assert!(run.code == 0 && run.err.contains("no register reads there"), "{run:?}");
    assert_eq!(bench.json("registers VABD000163 --channel Q1", 0), json!([]));
    let meter = &bench.json("meters", 0)[0];
    assert_eq!((&meter["readings"], &meter["register_reads"]), (&json!(2), &json!(1)));
    assert_eq!(bench.json("stats", 0)["register_reads"], 1);
}

#[test]
fn reasons_and_versions_are_told() {
    let bench = electricity();
    let rows = bench.json("readings VABD000163", 0);
    let told =
        |row: usize| (&rows[row]["value"], &rows[row]["quality"], &rows[row]["reason"], &rows[row]["reason_text"]);
    assert_eq!(told(0), (&json!(1.5), &json!("A"), &json!(79), &json!("outage")));
    assert_eq!(told(2), (&json!(null), &json!("N"), &json!(null), &json!(null)));
    assert!(bench.ok("readings VABD000163").contains("REASON TEXT"));
    assert!(!bench.ok("readings VABD000163 --channel Q1").contains("REASON"));
    let trace = bench.json("trace VABD000163 2023-01-15 --channel E1", 0);
    assert_eq!(
        (&trace["current"]["reason"], &trace["current"]["version"]),
        (&json!(79), &json!("2023-01-16T10:02:03+10:00"))
    );
    assert!(bench.ok("trace VABD000163 2023-01-15 --channel E1").contains("VERSION"));
}

#[test]
fn a_meter_and_day_is_one_row_whatever_the_units() {
    let bench = electricity();
    let rows = bench.json("daily VABD000163 --per meter", 0);
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
    let day = &rows[0];
    assert_eq!(
        (&day["date"], &day["unit"], &day["count"], &day["sum"], &day["mean"]),
        (&json!("2023-01-15"), &json!(null), &json!(2), &json!(2), &json!(1))
    );
    assert_eq!(bench.json("daily VABD000163 --per meter --channel E1", 0)[0]["unit"], "kWh");
    assert_eq!(bench.json("daily VABD000163", 0).as_array().unwrap().len(), 2);
}
