//! Answers that hold, the forms they come in, pages that together are the whole.

use crate::support::{Answer, Place, Running, day, smrt};
use serde_json::Value;
use std::time::Duration;

const READINGS: &str = "/api/v1/meters/0000000001/readings";

/// A place with files of several meters.
fn place(meters: usize) -> Place {
    let place = Place::new();
    for number in 1..=meters {
        place.load(&format!("PN{number:06}.SMRT"), &day(&format!("PN{number:06}"), &format!("{number:010}")));
    }
    place
}

fn tag(answer: &Answer) -> &str {
    assert_eq!(answer.status, 200);
    answer.field("etag").expect("a tag")
}

#[test]
fn an_answer_that_somebody_has_holds_until_anything_changes() {
    let place = place(2);
    let service = place.serve();
    let paths = [READINGS, "/api/v1/meters", "/api/v1/files?limit=1", "/api/v1/stats", "/api/v1/daily", "/meters", "/"];
    let tags: Vec<String> = paths.iter().map(|path| tag(&service.get(path)).to_owned()).collect();
    for (path, tag) in paths.iter().zip(&tags) {
        let strong = tag.strip_prefix("W/").unwrap_or(tag);
        for known in [tag, strong, "*", &format!("\"x\", {tag}")] {
            let same = service.get_with(path, &[("If-None-Match", known)]);
            assert_eq!((same.status, same.body.len()), (304, 0), "{path} {known}");
            assert_eq!(same.field("etag"), Some(tag.as_str()));
            assert!(same.field("vary").is_some_and(|vary| vary.contains("Accept")), "{path}");
        }
        assert_eq!(service.get_with(path, &[("If-None-Match", "\"x\"")]).status, 200);
        assert_eq!(service.ask("HEAD", path, &[("If-None-Match", tag)], b"").status, 304);
    }
    // By this process, and by another.
    for (number, load) in [
        |service: &Running, _: &Place, name: &str, text: &str| {
            assert_eq!(service.upload(name, text).status, 201);
        },
        |_: &Running, place: &Place, name: &str, text: &str| place.load(name, text),
    ]
    .into_iter()
    .enumerate()
    {
        let tags: Vec<String> = paths.iter().map(|path| tag(&service.get(path)).to_owned()).collect();
        let generation = format!("PN00010{number}");
        load(&service, &place, &format!("{generation}.SMRT"), &smrt(&generation, &[("0000000001", 5, "77.25")]));
        for (path, tag) in paths.iter().zip(&tags) {
            assert_eq!(service.get_with(path, &[("If-None-Match", tag)]).status, 200, "{path}");
        }
    }
    assert!(service.get(READINGS).text().contains("77.25"));
}

#[test]
fn different_questions_have_different_tags() {
    let place = place(2);
    let service = place.serve();
    let paths = [
        READINGS,
        "/api/v1/meters/0000000002/readings",
        "/api/v1/meters/0000000001/readings?limit=5",
        "/api/v1/meters/0000000001/readings?format=csv",
        "/api/v1/meters/0000000001/readings?format=ndjson",
        "/api/v1/meters",
        "/api/v1/meters?prefix=0",
        "/api/v1/channels",
        // What one parameter ends with must not be taken for the next one.
        "/api/v1/meters?prefix=0%0Ascheme%3Dgas-meter",
        "/api/v1/meters?prefix=0&scheme=gas-meter",
    ];
    let mut tags: Vec<String> = paths.iter().map(|path| tag(&service.get(path)).to_owned()).collect();
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), paths.len());
    let csv = service.get_with(READINGS, &[("Accept", "text/csv")]);
    let other = service.get_with(READINGS, &[("Accept", "application/json"), ("If-None-Match", tag(&csv))]);
    assert_eq!(other.status, 200, "another form is another answer");
}

#[test]
fn an_answer_from_memory_is_the_one_from_the_database() {
    let place = place(3);
    let service = place.serve();
    for path in [READINGS, "/api/v1/files?limit=2", "/api/v1/meters?format=csv", "/meters"] {
        let answers: Vec<Answer> = (0..3).map(|_| service.get(path)).collect();
        let fields = |answer: &Answer| {
            let mut fields = answer.fields.clone();
            fields.retain(|(name, _)| name != "date");
            fields
        };
        for again in &answers[1..] {
            assert_eq!((&again.body, fields(again)), (&answers[0].body, fields(&answers[0])), "{path}");
        }
    }
    assert!(service.figure("smrt_cache_hits_total") >= 8.0);
}

#[test]
fn packed_and_plain_answers_say_the_same() {
    let place = Place::large();
    let service = place.serve_with(|options| options.limits.answer_time = Duration::from_secs(60));
    let some = "/api/v1/meters/0000000001/readings?limit=1000";
    for (path, accept) in [(READINGS, "text/csv"), (some, "*/*"), (some, "text/csv"), ("/", "text/html")] {
        let plain = service.get_with(path, &[("Accept", accept)]);
        assert_eq!(plain.field("content-encoding"), None);
        for _ in 0..2 {
            let packed = service.get_with(path, &[("Accept", accept), ("Accept-Encoding", "br, gzip")]);
            assert_eq!(packed.field("content-encoding"), Some("gzip"), "{path}");
            assert!(packed.body.len() * 2 < plain.body.len() && packed.unpacked() == plain.text(), "{path}");
            assert_eq!((packed.field("etag"), packed.field("vary")), (plain.field("etag"), plain.field("vary")));
        }
    }
    assert_eq!(service.get_with(READINGS, &[("Accept", "text/csv")]).text().lines().count(), 60_001);
}

#[test]
fn the_form_is_the_one_that_was_asked_for() {
    let place = place(1);
    let service = place.serve();
    let json = service.get(READINGS);
    assert_eq!(json.field("content-type"), Some("application/json"));
    let rows = json.json()["items"].as_array().unwrap().clone();
    let lines = service.get_with(READINGS, &[("Accept", "application/x-ndjson")]);
    assert_eq!(lines.field("content-type"), Some("application/x-ndjson"));
    let of_lines: Vec<Value> = lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(of_lines, rows);
    let csv = service.get_with(READINGS, &[("Accept", "text/csv;q=0.9, image/png")]);
    assert!(csv.field("content-type").is_some_and(|kind| kind.starts_with("text/csv")));
    let disposition = csv.field("content-disposition");
    assert_eq!(disposition, Some("attachment; filename=\"0000000001-readings.csv\""));
    assert_eq!(csv.text().lines().count(), rows.len() + 1);
    let names: Vec<_> = rows[0].as_object().unwrap().keys().cloned().collect();
    let text = csv.text();
    let mut heads: Vec<_> = text.lines().next().unwrap().split(',').collect();
    heads.sort_unstable();
    assert_eq!(heads, names);
    for accept in ["image/png", "text/html", "application/json;q=0", "nonsense"] {
        service.get_with(READINGS, &[("Accept", accept)]).assert_problem(406, "not-acceptable");
    }
    service.get(&format!("{READINGS}?format=pdf")).assert_problem(400, "invalid-parameter");
}

/// All rows of a list, page by page, each page where `next` or the header `Link` of the one before leads.
fn paged(service: &Running, path: &str, limit: usize, by_link: bool) -> Vec<Value> {
    let join = if path.contains('?') { '&' } else { '?' };
    let first = format!("{path}{join}limit={limit}");
    let (mut address, mut rows) = (first.clone(), Vec::new());
    loop {
        let answer = service.get(&address);
        assert_eq!(answer.status, 200, "{address}: {}", answer.text());
        let page = answer.json();
        let items = page["items"].as_array().unwrap();
        rows.extend(items.iter().cloned());
        let link = answer.field("link");
        assert_eq!(link.is_some(), page["next"].is_string(), "{address}");
        let Some(next) = page["next"].as_str() else { return rows };
        assert_eq!(items.len(), limit, "{address}: a page before the last is full");
        address = match by_link {
            true => link.unwrap().strip_prefix('<').unwrap().split_once('>').unwrap().0.to_owned(),
            false => format!("{first}&after={}", next.replace('%', "%25").replace('+', "%2B")),
        };
    }
}

#[test]
fn pages_together_are_the_whole() {
    let place = place(7);
    // One file is refused, one comes twice under another name.
    let service = place.serve();
    service.upload("bad.SMRT", "bad");
    service.upload("PN000099.SMRT", day("PN000001", "0000000001"));
    for path in ["/api/v1/files", "/api/v1/files?status=loaded", "/api/v1/meters", "/api/v1/channels", READINGS] {
        let whole = service.get(path).json();
        assert_eq!(whole["next"], Value::Null);
        let whole = whole["items"].as_array().unwrap();
        assert!(whole.len() >= 7, "{path}");
        for limit in [1, 2, 3, whole.len() - 1, whole.len(), whole.len() + 1] {
            for by_link in [false, true] {
                assert_eq!(&paged(&service, path, limit, by_link), whole, "{path} by {limit}");
            }
        }
    }
}

#[test]
fn a_page_that_would_lose_its_cursor_is_refused() {
    let place = Place::large();
    let service = place.serve();
    let of = |form: &str, limit: u64| service.get(&format!("{READINGS}?format={form}&limit={limit}"));
    for form in ["csv", "ndjson"] {
        assert!(of(form, 5_000).field("link").is_some(), "{form}");
        let answer = of(form, 50_000);
        answer.assert_problem(400, "invalid-parameter");
        assert_eq!(answer.json()["parameter"], "limit", "{form}");
    }
    assert!(of("json", 50_000).json()["next"].is_string(), "it stands in the body");
}

#[test]
fn what_comes_between_two_pages_moves_nothing() {
    let place = place(6);
    let service = place.serve();
    let names = |page: &Value, field: &str| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|row| row[field].as_str().unwrap().to_owned()).collect()
    };
    for (path, field) in [("/api/v1/files", "name"), ("/api/v1/meters", "code")] {
        let whole = names(&service.get(path).json(), field);
        let page = service.get(&format!("{path}?limit=3")).json();
        let mut seen = names(&page, field);
        let number = whole.len() + 1;
        place.load(&format!("PN{number:06}.SMRT"), &day(&format!("PN{number:06}"), &format!("00000000{number:02}")));
        let rest = service.get(&format!("{path}?limit=1000&after={}", page["next"].as_str().unwrap())).json();
        seen.extend(names(&rest, field));
        let mut once = seen.clone();
        once.dedup();
        assert_eq!(once, seen, "{path}: none twice");
        assert!(whole.iter().all(|name| seen.contains(name)), "{path}: none left out: {seen:?}");
    }
}

#[test]
fn numbers_are_told_to_the_last_digit() {
    let place = Place::new();
    let values = ["0.1", "123456789.123456", "0.000001", "7", "0.30", "999999999.999999"];
    let rows: Vec<_> = (0..).zip(values).map(|(hour, value)| ("0000000001", hour, value)).collect();
    place.load("PN000001.SMRT", &smrt("PN000001", &rows));
    let service = place.serve();
    let expected = ["0.1", "123456789.123456", "0.000001", "7", "0.3", "999999999.999999"];
    for form in ["json", "ndjson"] {
        let text = service.get(&format!("{READINGS}?format={form}")).text();
        let told: Vec<_> =
            text.split("\"value\":").skip(1).map(|rest| rest.split([',', '}']).next().unwrap()).collect();
        assert_eq!(told, expected, "{form}");
    }
    let sum = service.get("/api/v1/daily").text();
    assert!(sum.contains("1123456796.523456"), "{sum}");
}
