//! `smrt anomalies` and `smrt estimate`.

use crate::bench::Bench;
#[cfg(unix)]
use crate::serve::Service;
use serde_json::Value;
use std::fmt::Write;

/// Two weeks of hours with a daily course; a spike, a gap of an hour and one of two days, an hour that is sent twice, and
/// one below zero.
fn meter() -> String {
    let mut text = String::from("time,value\n");
    for hour in 0..24 * 14 {
        let course = 2.0 + f64::from(hour % 24) / 8.0 + f64::from((hour * 7919) % 13) / 50.0;
        let value = match hour {
            60 => 95.0,
            100 => -3.0,
            130 | 200..248 => continue,
            _ => course,
        };
        let (day, hour_of_day) = (1 + hour / 24, hour % 24);
        writeln!(text, "2024-03-{day:02}T{hour_of_day:02}:00:00Z,{value:.3}").unwrap();
        if hour == 30 {
            writeln!(text, "2024-03-{day:02}T{hour_of_day:02}:00:00Z,{:.3}", value + 1.0).unwrap();
        }
        if hour == 40 {
            writeln!(text, "2024-03-{day:02}T{hour_of_day:02}:00:00Z,{value:.3}").unwrap();
        }
    }
    text
}

const COLUMNS: &str =
    "--format csv --meter M1 --time-column time --value-column value --unit kWh --interval 60 --zone UTC";

fn loaded() -> Bench {
    let bench = Bench::new();
    bench.put("m1.csv", &meter());
    bench.ok(&format!("ingest {COLUMNS} m1.csv"));
    bench
}

fn objects(bench: &Bench, command: &str) -> Vec<Value> {
    serde_json::from_str::<Value>(&bench.ok(command)).unwrap().as_array().unwrap().clone()
}

#[test]
fn what_is_wrong_is_told_with_a_reason() {
    let bench = loaded();
    let found = objects(&bench, "-o json anomalies M1 --with-fit");
    let one = &found[0];
    assert_eq!((found.len(), one["name"].as_str(), one["step_minutes"].as_f64()), (1, Some("M1"), Some(60.0)));
    let anomalies = one["anomalies"].as_array().unwrap();
    let kinds: Vec<_> = anomalies.iter().map(|anomaly| anomaly["kind"].as_str().unwrap()).collect();
    for kind in ["spike", "negative", "gap", "duplicate_conflict", "duplicate_same"] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    let spike = anomalies.iter().find(|anomaly| anomaly["kind"] == "spike").unwrap();
    assert_eq!((spike["start"].as_str(), spike["observed"].as_f64()), (Some("2024-03-03T12:00:00Z"), Some(95.0)));
    assert!(anomalies.iter().all(|anomaly| anomaly["reason"].as_str().unwrap().len() > 20), "{anomalies:?}");
    assert!(one["model"]["segments"].as_array().is_some_and(|segments| !segments.is_empty()));
    assert!(one["model"]["fitted"].as_array().is_some_and(|fitted| fitted.len() > 200));
    let table = bench.ok("anomalies M1");
    assert!(table.contains("KIND") && table.contains("negative"), "{table}");
}

#[test]
fn what_is_kept_is_taken_until_anything_changes() {
    let bench = loaded();
    let first = objects(&bench, "-o json anomalies M1 --save");
    assert_eq!(objects(&bench, "-o json anomalies M1 --save"), first);
    assert_eq!(objects(&bench, "-o json anomalies M1"), first);
    let later: String = meter().replace("95.000", "2.500");
    bench.put("m2.csv", &later);
    bench.ok(&format!("ingest {COLUMNS} m2.csv"));
    let after = objects(&bench, "-o json anomalies M1 --save");
    assert_ne!(after, first);
    assert!(after[0]["anomalies"].as_array().unwrap().iter().all(|anomaly| anomaly["kind"] != "spike"), "{after:?}");
    bench.ok("doctor");
}

#[test]
fn series_are_drawn_and_reported() {
    let bench = loaded();
    bench.put("m2.csv", &meter().replace("95.000", "94.000"));
    bench.ok(&format!("ingest {} m2.csv", COLUMNS.replace("M1", "M2/x")));
    bench.ok("anomalies M1 --plot one.svg");
    bench.ok("anomalies --all --plot all.svg --report report.html");
    let names = bench.names();
    for name in ["one.svg", "all-M1-value.svg", "all-M2_x-value.svg", "report.html"] {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
    }
    let svg = std::fs::read_to_string(bench.path("one.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("M1"), "{svg:.300}");
    let report = std::fs::read_to_string(bench.path("report.html")).unwrap();
    assert!(report.contains("something is wrong with 2") && report.matches("<svg").count() == 2);
    assert!(!report.contains("http://") || !report.contains("src="), "it fetches nothing");
    let nothing = bench.run("anomalies");
    assert!(nothing.code == 2 && nothing.err.contains("--all"), "{}", nothing.err);
    assert_eq!(bench.run("anomalies nobody").code, 1);
}

#[test]
fn estimates_are_kept_apart_and_can_be_revoked() {
    let bench = loaded();
    let digest = bench.ok("digest");
    let days = bench.ok("-o csv daily M1");
    let made = objects(&bench, "-o json estimate M1");
    let methods: Vec<_> = made.iter().map(|row| row["method"].as_str().unwrap()).collect();
    assert!(methods.contains(&"straight_line") && methods.contains(&"like_days"), "{methods:?}");
    assert!(
        made.iter().all(|row| row["quality"] == "E" && row["reason"].as_str().is_some_and(|reason| reason.len() > 10))
    );
    assert!(objects(&bench, "-o json estimate M1 --kept").is_empty(), "nothing is kept unless that is asked for");
    bench.ok("estimate M1 --save");
    let kept = objects(&bench, "-o json estimate M1 --kept");
    assert_eq!(kept.len(), made.len());
    assert_eq!((bench.ok("digest"), bench.ok("-o csv daily M1")), (digest.clone(), days));
    bench.ok("estimate M1 --revoke --from 2024-03-09");
    let left = objects(&bench, "-o json estimate M1 --kept");
    assert!(!left.is_empty() && left.len() < kept.len());
    bench.ok("estimate M1 --revoke");
    assert!(objects(&bench, "-o json estimate M1 --kept").is_empty());
    assert_eq!(bench.ok("digest"), digest);
    bench.ok("doctor");
}

#[cfg(unix)]
#[test]
fn the_service_tells_what_is_found_and_what_is_kept() {
    let bench = loaded();
    let found = objects(&bench, "-o json anomalies M1")[0]["anomalies"].as_array().unwrap().clone();
    let service = Service::start(&bench, "");
    let told = |query: &str| service.items(&format!("/api/v1/anomalies?meter=M1{query}"));
    let bare = |rows: Vec<Value>| -> Vec<Value> {
        let fields = ["kind", "severity", "reason"];
        rows.iter().map(|row| fields.iter().map(|name| row[name].clone()).collect()).collect()
    };
    assert!(found.len() >= 4, "{found:?}");
    assert_eq!(bare(told("")), bare(found.clone()));
    assert!(service.items("/api/v1/meters/M1/estimates").is_empty());

    bench.ok("anomalies M1 --save");
    bench.ok("estimate M1 --save");
    assert_eq!(bare(told("")), bare(found.clone()), "what is kept says the same");
    let (first, rest) = (told("&to=2024-03-05"), told("&from=2024-03-05"));
    assert!(!first.is_empty() && !rest.is_empty());
    assert_eq!(bare([first, rest].concat()), bare(found));
    let kept = objects(&bench, "-o json estimate M1 --kept");
    assert_eq!(service.items("/api/v1/meters/M1/estimates"), kept);

    bench.ok("estimate M1 --revoke");
    assert!(service.items("/api/v1/meters/M1/estimates").is_empty(), "an answer that was kept is not given any more");
}
