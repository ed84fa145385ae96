//! What the questions answer.

use crate::support::{Place, Running, day, smrt};
use serde_json::{Value, json};
use smrt_ingest::{Quiet, Stop, ingest};
use smrt_parser::{
    Format,
    csv::{Column, Layout, Text},
};
use std::{path::Path, sync::Arc};

/// The samples that everybody has, and two files that are refused.
fn samples() -> (Place, Running) {
    let place = Place::new();
    let mut writer = place.store().writer().unwrap();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    for folder in ["data", "electricity", "sensors", "broken"] {
        ingest(&mut writer, &[examples.join(folder)], &place.options.ingest, &Stop::default(), &Quiet).unwrap();
    }
    let service = place.serve();
    (place, service)
}

fn items(service: &Running, path: &str) -> Vec<Value> {
    let answer = service.get(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()["items"].as_array().unwrap().clone()
}

#[test]
fn a_meter_is_found_with_its_channels_by_number_name_and_beginning() {
    let (_place, service) = samples();
    let meter = service.get("/api/v1/meters/4100000001").json();
    let names: Vec<_> =
        meter["channels"].as_array().unwrap().iter().map(|channel| channel["channel"].clone()).collect();
    assert_eq!((names, meter["readings"].clone()), (vec![json!("B1"), json!("E1")], json!(192)));
    assert_eq!(service.get("/api/v1/meters/boiler").json()["scheme"], "sensor");
    assert_eq!(items(&service, "/api/v1/meters?prefix=41").len(), 2);
    assert_eq!(items(&service, "/api/v1/meters?kind=sensor").len(), 2);
    assert_eq!(items(&service, "/api/v1/channels?prefix=4100000001").len(), 2);
    let problem = service.get("/api/v1/meters/102");
    problem.assert_problem(404, "not-found");
    assert!(problem.json()["detail"].as_str().unwrap().contains("did you mean 0000000102?"));
}

#[test]
fn a_profile_has_as_many_slots_as_its_days_have_time() {
    let place = Place::new();
    let mut text = String::from("meter;time;value\n");
    // Berlin, from 30 March to 1 April 2024 and on 27 October: half hours by the clock of UTC.
    for (first, count) in [(1_711_753_200, 48 + 46 + 48), (1_729_980_000, 50)] {
        for slot in (0..count).filter(|slot| *slot != 60) {
            text.push_str(&format!("A;{};{}.5\n", smrt_core::MarketZone::Utc.rfc3339(first + slot * 1800), slot % 48));
        }
    }
    std::fs::write(place.path("a.csv"), text).unwrap();
    let mut options = place.options.ingest.clone();
    options.format = Some(Format::Csv);
    options.parse.zone = Some("Europe/Berlin".parse().unwrap());
    options.parse.csv = Some(Arc::new(Layout {
        separator: b';',
        meter: Text::Column(Column("meter".into())),
        time: Column("time".into()),
        values: vec![Column("value".into())],
        ..Layout::new()
    }));
    let report =
        ingest(&mut place.store().writer().unwrap(), &[place.path("a.csv")], &options, &Stop::default(), &Quiet);
    assert_eq!(report.as_ref().unwrap().totals().loaded, 1, "{report:?}");
    let service = place.serve();
    let profile = service.get("/api/v1/meters/A/profile").json();
    assert_eq!((profile["step_minutes"].as_f64(), profile["zone"].as_str()), (Some(30.0), Some("Europe/Berlin")));
    let days: Vec<(&str, u64, usize, usize)> = profile["days"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| {
            let values = day["values"].as_array().unwrap();
            let there = values.iter().filter(|value| !value.is_null()).count();
            (day["date"].as_str().unwrap(), day["slots"].as_u64().unwrap(), there, day["flags"].as_str().unwrap().len())
        })
        .collect();
    let expected = [
        ("2024-03-30", 48, 48, 48),
        ("2024-03-31", 46, 45, 46),
        ("2024-04-01", 48, 48, 48),
        ("2024-10-27", 50, 50, 50),
    ];
    assert_eq!(days, expected);
}

#[test]
fn readings_are_gathered_as_the_command_line_does_and_page_by_page() {
    let (_place, service) = samples();
    let path = "/api/v1/meters/0000000102/readings?resample=1d";
    let days = items(&service, path);
    assert_eq!((days.len(), days[1]["mean"].to_string(), days[1]["count"].clone()), (3, "0.920833".into(), json!(24)));
    let mut pages = Vec::new();
    let mut after = String::new();
    loop {
        let page = service.get(&format!("{path}&limit=2{after}")).json();
        pages.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(pages, days);
    let boiler = items(&service, "/api/v1/meters/boiler/readings?resample=1h");
    assert_eq!((boiler.len(), boiler[3]["sum"].to_string()), (4, "70.125".into()));
}

#[test]
fn a_value_leads_to_its_file_and_its_line() {
    let (_place, service) = samples();
    let trace = service.get("/api/v1/meters/0000000102/trace?time=2024-01-15T07:30").json();
    let (current, past) = (&trace["current"], &trace["history"][0]);
    assert_eq!((trace["start"].as_str(), current["value"].to_string()), (Some("2024-01-15T07:00:00Z"), "1.82".into()));
    assert_eq!((past["file"].as_str(), past["superseded_by"].as_str()), (Some("PN000101.SMRT"), Some("PN000103.SMRT")));
    let file = &items(&service, "/api/v1/files?name=PN000103.SMRT")[0];
    let line = service.get(&format!("/api/v1/files/{}/lines/{}", file["id"], current["line"])).json();
    assert_eq!(line["text"], "\"CONSU\",\"0000000102\",\"20240115\",\"0700\",1.82");
    service.get(&format!("/api/v1/files/{}/lines/100000", file["id"])).assert_problem(404, "not-found");
    service.get("/api/v1/meters/0000000102/trace?time=2030-01-01").assert_problem(404, "not-found");
    let sensor = service.get("/api/v1/meters/boiler/trace?time=2026-03-28T06:10").json();
    assert_eq!(
        (sensor["history"].as_array().unwrap().len(), sensor["current"]["value"].to_string()),
        (1, "64.25".into())
    );
    // Of two channels one must be named.
    let several = service.get("/api/v1/meters/4100000001/trace?time=2024-01-15T07:00");
    several.assert_problem(400, "invalid-parameter");
    assert_eq!(several.json()["parameter"], "channel");
}

#[test]
fn days_are_summed_up_by_channel_meter_serial_and_date() {
    let (_place, service) = samples();
    let rows = items(&service, "/api/v1/summary?meter=4100000001");
    let counts: Vec<_> = rows.iter().map(|row| (row["channel"].as_str(), row["count"].as_u64())).collect();
    assert_eq!(counts, [(Some("B1"), Some(96)), (Some("E1"), Some(96))]);
    let one = &items(&service, "/api/v1/summary?meter=4100000001&date=2024-01-16&per=meter")[0];
    assert_eq!(
        (one["count"].as_u64(), one["from"].as_str(), one["to"].as_str()),
        (Some(96), Some("2024-01-16"), Some("2024-01-16"))
    );
    let serial = rows[0]["serial"].as_str().unwrap();
    assert_eq!(items(&service, &format!("/api/v1/summary?serial={serial}")).len(), 2);
    assert_eq!(items(&service, "/api/v1/summary?serial=nobody").len(), 0);
    let daily = items(&service, "/api/v1/daily?meter=0000000102&date=2024-01-15");
    assert_eq!((daily.len(), daily[0]["sum"].to_string()), (1, "22.1".into()));
    assert_eq!(items(&service, "/api/v1/daily?date=9999-12-31").len(), 0);
    let sensor = &items(&service, "/api/v1/summary?meter=boiler")[0];
    assert_eq!((sensor["count"].as_u64(), sensor["max"].to_string()), (Some(16), "70.125".into()));
}

#[test]
fn a_file_is_told_with_all_that_was_found_in_it() {
    let (_place, service) = samples();
    let refused = items(&service, "/api/v1/files?status=rejected&contains=104");
    let file = service.get(&format!("/api/v1/files/{}", refused[0]["id"])).json();
    assert_eq!((file["name"].as_str(), file["reason"]["code"].as_str()), (Some("PN000104.SMRT"), Some("P004")));
    let shown = file["shown"].as_array().unwrap();
    assert_eq!((shown.len(), shown[0]["code"].as_str(), shown[0]["line"].as_u64()), (2, Some("P008"), Some(7)));
    assert!(items(&service, "/api/v1/codes").iter().any(|code| code["code"] == "P008"));
    assert_eq!(service.get("/api/v1/files/last").json()["id"], 12);
    service.get("/api/v1/files/999").assert_problem(404, "not-found");
}

#[test]
fn gaps_coverage_and_the_overview_tell_what_is_missing() {
    let (_place, service) = samples();
    let gaps = items(&service, "/api/v1/gaps?meter=0000000103");
    assert_eq!((gaps.len(), gaps[0]["missing"].as_u64()), (1, Some(2)));
    let coverage = service.get("/api/v1/coverage?from=2024-01-14&to=2024-01-18&prefix=0000000103").json();
    let days = coverage["items"][0]["days"].as_array().unwrap();
    assert!(days.iter().any(|day| day["count"] == 22 && day["expected"] == 24), "{coverage}");
    service.get("/api/v1/coverage?from=2024-01-18&to=2024-01-14").assert_problem(400, "invalid-parameter");
    let overview = service.get("/api/v1/overview").json();
    assert_eq!((overview["refused"].as_array().unwrap().len(), overview["meters"].as_u64()), (4, Some(8)));
    let today: u64 = overview["days"].as_array().unwrap().iter().map(|day| day["files"].as_u64().unwrap()).sum();
    assert_eq!(today, 12);
}

#[test]
fn an_empty_database_has_answers_too() {
    let place = Place::new();
    let service = place.serve();
    for path in ["files", "meters", "channels", "daily", "summary", "gaps", "warehouse/statistics"] {
        assert_eq!(items(&service, &format!("/api/v1/{path}")), Vec::<Value>::new(), "{path}");
    }
    service.get("/api/v1/files/last").assert_problem(404, "not-found");
    assert_eq!(service.get("/api/v1/stats").json()["meters"], 0);
    for page in ["/", "/files", "/meters", "/sensors", "/quality", "/upload", "/docs"] {
        assert_eq!(service.get(page).status, 200, "{page}");
    }
}

#[test]
fn what_came_meanwhile_is_in_the_next_answer() {
    let place = Place::new();
    let service = place.serve();
    assert_eq!(service.get("/api/v1/stats").json()["readings"], 0);
    place.load("PN000001.SMRT", &day("PN000001", "0000000001"));
    assert_eq!(service.get("/api/v1/stats").json()["readings"], 24);
    assert_eq!(service.upload("PN000002.SMRT", smrt("PN000002", &[("0000000001", 5, "99")])).status, 201);
    let readings = items(&service, "/api/v1/meters/0000000001/readings");
    assert_eq!((readings.len(), readings[5]["value"].to_string()), (24, "99".into()));
}

#[test]
fn anomalies_are_told_with_their_reasons_and_estimates_are_kept_apart() {
    let place = Place::new();
    let rows: Vec<(u32, String)> = (0..24).map(|hour| (hour, format!("{}.{hour:02}", 2 + hour % 3))).collect();
    for date in 1..=20 {
        let mut text = format!("\"HEADR\",\"SMRT\",\"GAZ\",\"20191111\",\"134942\",\"PN{date:06}\"\n");
        for (hour, value) in rows.iter().filter(|(hour, _)| (date, *hour) != (9, 7)) {
            let value = if (date, *hour) == (12, 4) { "400.00" } else { value };
            text.push_str(&format!("\"CONSU\",\"1\",\"201909{date:02}\",\"{hour:02}00\",{value}\n"));
        }
        place.load(&format!("PN{date:06}.SMRT"), &(text + "\"TRAIL\"\n"));
    }
    let service = place.serve();
    let found = items(&service, "/api/v1/anomalies?meter=1");
    let kinds: Vec<_> = found.iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"gap") && kinds.contains(&"spike"), "{found:?}");
    assert!(found.iter().all(|row| row["reason"].as_str().is_some_and(|reason| reason.len() > 20)));
    let later = items(&service, "/api/v1/anomalies?meter=1&from=2019-09-10");
    assert!(!later.is_empty() && later.iter().all(|row| row["kind"] != "gap"), "{later:?}");
    assert_eq!(items(&service, "/api/v1/meters/1/estimates"), Vec::<Value>::new());
    service.get("/api/v1/anomalies").assert_problem(400, "invalid-parameter");
}
