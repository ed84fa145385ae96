//! What is in a file: bad records, odd ones, doubled ones, files out of order.

use crate::support::{Place, codes, day, smrt};
use smrt_core::Environment;
use smrt_ingest::{OnBadRecord, Options, Status};
use smrt_parser::smrt::{Order, Sample};

const M: &str = "0000000001";

fn with_bad_records() -> String {
    day("PN000001", M).replace("\"0500\",5.5", "\"0500\",abc").replace("\"20190928\",\"0700\"", "\"20190931\",\"0700\"")
}

#[test]
fn one_bad_record_refuses_the_file_with_all_its_problems() {
    let place = Place::new();
    let outcome = place.take("PN000001.SMRT", &with_bad_records());
    assert_eq!(outcome.status, Status::Rejected);
    assert_eq!((outcome.records, outcome.refused, outcome.inserted), (24, 2, 0));
    let reason = outcome.reason.clone().unwrap();
    assert_eq!((reason.code, reason.line, reason.column), ("P014", Some(7), Some(40)));
    assert_eq!(codes(&outcome), ["bad-quantity", "gap", "bad-date", "gap"]);
    let store = &mut place.store();
    let file = store.files(&Default::default()).unwrap().remove(0);
    assert_eq!(store.findings_of(file.id).unwrap().shown.len(), 4);
    place.assert_sound();
}

#[test]
fn quarantine_loads_the_good_records_and_keeps_the_others() {
    let mut place = Place::new();
    place.options.on_bad_record = OnBadRecord::Quarantine;
    let outcome = place.take("PN000001.SMRT", &with_bad_records());
    assert_eq!(outcome.status, Status::Loaded);
    assert_eq!((outcome.records, outcome.inserted, outcome.refused), (24, 22, 2));
    let store = &mut place.store();
    let file = store.files(&Default::default()).unwrap().remove(0);
    let kept = store.quarantined_of(file.id).unwrap();
    assert_eq!(
        kept.iter().map(|record| (record.line, record.code.as_str())).collect::<Vec<_>>(),
        [(7, "P014"), (9, "P011")]
    );
    assert_eq!(kept[0].text, r#""CONSU","0000000001","20190928","0500",abc"#);
    place.assert_sound();
}

#[test]
fn quarantine_never_saves_a_file_with_a_broken_frame() {
    let mut place = Place::new();
    place.options.on_bad_record = OnBadRecord::Quarantine;
    let whole = day("PN000001", M);
    for text in
        [whole.replace("\"TRAIL\"\n", ""), whole.replace("PN000001", "PN1"), whole.replace("\"TRAIL\"", "\"TRAI")]
    {
        assert_eq!(place.take("PN000001.SMRT", &text).status, Status::Rejected);
    }
    assert!(place.store().meters(&Default::default()).unwrap().is_empty());
}

#[test]
fn quarantine_has_an_end() {
    let mut place = Place::new();
    place.options.on_bad_record = OnBadRecord::Quarantine;
    let rubbish = "rubbish\n".repeat(10_001);
    let outcome = place.take("PN000001.SMRT", &day("PN000001", M).replace("\"TRAIL\"", &format!("{rubbish}\"TRAIL\"")));
    assert_eq!(outcome.status, Status::Rejected);
    assert_eq!(outcome.reason.unwrap().code, "F008");
}

#[test]
fn a_doubled_key_counts_with_its_last_value_and_is_told() {
    let place = Place::new();
    let text = smrt("PN000001", &[(M, 1, "1"), (M, 2, "2"), (M, 1, "3"), (M, 1, "4"), (M, 2, "2")]);
    let outcome = place.take("PN000001.SMRT", &text);
    assert_eq!(outcome.status, Status::Loaded);
    assert_eq!((outcome.records, outcome.inserted, outcome.replaced, outcome.unchanged), (5, 2, 2, 1));
    assert_eq!(codes(&outcome), ["doubled-key"; 3]);
    assert_eq!(place.readings(M), ["1=4@PN000001.SMRT:5", "2=2@PN000001.SMRT:3"]);
    let store = &mut place.store();
    let channel = store.channels(Some(M)).unwrap()[0].id;
    let trace = store.trace(channel, 1_569_632_400).unwrap();
    let mut old: Vec<(String, u64)> =
        trace.history.iter().map(|old| (old.value.quantity.to_string(), old.value.line)).collect();
    old.sort();
    assert_eq!(old, [("1".to_owned(), 2), ("3".to_owned(), 4)]);
    place.assert_sound();
}

#[test]
fn odd_readings_are_kept_and_told_with_their_place() {
    let place = Place::new();
    let text = smrt("PN000002", &[(M, 1, "1"), (M, 4, "2"), ("2", 5, "1")])
        .replace("\"0100\"", "\"0101\"")
        .replacen("20190928\",\"0400", "20191231\",\"0400", 1)
        .replacen("20190928\",\"0500", "19790928\",\"0500", 1);
    let outcome = place.take("other.SMRT", &text);
    assert_eq!(outcome.status, Status::Loaded);
    let mut found = codes(&outcome);
    found.sort_unstable();
    assert_eq!(found, ["decades-old", "gap", "generation-name", "measured-after-creation", "mixed-width", "off-hour"]);
    let off_hour = outcome.findings.shown().iter().find(|finding| finding.code.name == "off-hour").unwrap();
    assert_eq!((off_hour.line(), off_hour.column()), (Some(2), Some(34)));
    let excerpt = off_hour.excerpt.as_ref().unwrap();
    assert_eq!(excerpt.text.chars().skip(excerpt.indent).take(excerpt.width).collect::<String>(), "0101");
}

#[test]
fn the_environment_may_be_demanded() {
    let mut place = Place::new();
    place.options = Options { environment: Some(Environment::Production), ..Options::default() };
    let outcome = place.take("DV000001.SMRT", &day("DV000001", M));
    assert_eq!((outcome.status, outcome.reason.unwrap().code), (Status::Rejected, "F009"));
    assert_eq!(place.take("PN000001.SMRT", &day("PN000001", M)).status, Status::Loaded);
}

#[test]
fn the_order_of_lines_does_not_matter() {
    let mut digests = Vec::new();
    for order in [Order::Meter, Order::Time, Order::Shuffled] {
        let place = Place::new();
        let mut text = Vec::new();
        Sample { meters: 300, hours: 400, order, ..Sample::default() }.write(&mut text).unwrap();
        let outcome = place.take("PN000001.SMRT", &String::from_utf8(text).unwrap());
        assert_eq!((outcome.status, outcome.inserted), (Status::Loaded, 120_000));
        assert_eq!(codes(&outcome), [] as [&str; 0]);
        place.assert_sound();
        digests.push(place.digest());
    }
    assert_eq!(digests[0], digests[1]);
    assert_eq!(digests[0], digests[2]);
}

#[test]
fn a_file_that_turns_out_of_order_late_is_read_again_and_loses_nothing() {
    let place = Place::new();
    let mut text = Vec::new();
    Sample { meters: 400, hours: 400, ..Sample::default() }.write(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let again = r#""CONSU","0000000001","20190928","0000",77.77"#;
    let outcome = place.take("PN000001.SMRT", &text.replace("\"TRAIL\"", &format!("{again}\n\"TRAIL\"")));
    assert_eq!((outcome.inserted, outcome.replaced), (160_000, 1));
    assert_eq!(codes(&outcome), ["doubled-key"]);
    assert_eq!(place.readings(M)[0], "0=77.77@PN000001.SMRT:160002");
    place.assert_sound();
}

#[test]
fn an_empty_body_is_a_whole_file() {
    let place = Place::new();
    let outcome = place.take("PN000001.SMRT", &smrt("PN000001", &[]));
    assert_eq!((outcome.status, outcome.records), (Status::Loaded, 0));
    place.assert_sound();
}

#[test]
fn validate_finds_what_ingest_finds_and_needs_no_database() {
    let place = Place::new();
    place.put("PN000001.SMRT", &with_bad_records());
    place.put("PN000002.SMRT", &day("PN000002", M));
    place.put("PN000004.SMRT", &day("PN000004", "0000000002"));
    let outcomes = place.validate(&place.inbox());
    let told: Vec<_> = outcomes.iter().map(|outcome| (outcome.status, codes(outcome))).collect();
    let expected = [
        (Status::Rejected, vec!["bad-quantity", "gap", "bad-date", "gap"]),
        (Status::Loaded, vec![]),
        (Status::Loaded, vec!["generation-gap"]),
    ];
    assert_eq!(told, expected);
    assert!(!place.path("smrt.db").exists());
}

#[test]
fn inspect_tells_what_is_in_a_file() {
    let place = Place::new();
    let path = place.put("PN000001.SMRT", &smrt("PN000001", &[(M, 1, "1"), (M, 4, "2"), ("0000000002", 1, "1")]));
    let inspection = &place.inspect(&path)[0];
    let content = &inspection.content;
    assert_eq!((content.channels, content.readings, content.missing), (2, 3, 2));
    assert_eq!((content.spans[0].readings, content.spans[0].missing), (2, 2));
    assert_eq!(content.end.unwrap() - content.first.unwrap(), 4 * 3600);
    assert_eq!(inspection.file.header.sender.as_deref(), Some("GAZ"));
}

#[test]
fn a_missing_trailer_is_placed_at_the_end_of_the_file() {
    let place = Place::new();
    let text = day("PN000001", M);
    for (cut, expected) in [(8, (26, 1)), (9, (25, 44))] {
        let path = place.put("PN000001.SMRT", &text[..text.len() - cut]);
        let outcome = &place.validate(&path)[0];
        let finding = outcome.findings.first_error().unwrap();
        assert_eq!(
            (finding.code.name, finding.line(), finding.column()),
            ("missing-trailer", Some(expected.0), Some(expected.1))
        );
        assert_eq!(outcome.findings.shown()[0], *finding, "looking up lines does not move it");
    }
}

#[test]
fn what_stands_behind_the_trailer_without_meaning_does_not_matter() {
    let place = Place::new();
    let behind = [("PN000001.SMRT", "\n".repeat(5_000)), ("PN000002.SMRT", format!("# {}\n", "long ".repeat(5_000)))];
    for (number, (name, behind)) in behind.iter().enumerate() {
        let outcome = place.take(name, &(day(&name[..8], &format!("{number:010}")) + behind));
        assert_eq!((outcome.status, outcome.inserted), (Status::Loaded, 24), "{name}: {:?}", outcome.reason);
    }
    place.assert_sound();
}

#[test]
fn a_file_that_looks_unfinished_and_is_whole_is_loaded() {
    // So much behind the trailer that the last bytes looked at do not hold it.
    let place = Place::new();
    let comments = "# nothing to see here\n".repeat(20_000);
    place.put("PN000002.SMRT", &day("PN000002", "0000000002"));
    let outcome = place.take("PN000001.SMRT", &(day("PN000001", M) + &comments));
    assert_eq!((outcome.status, outcome.inserted), (Status::Loaded, 24), "{:?}", outcome.reason);
    assert_eq!(place.ingest().totals().loaded, 1);
    place.assert_sound();
}

#[test]
fn rubbish_behind_the_trailer_refuses_the_file_in_every_mode() {
    let mut place = Place::new();
    place.options.on_bad_record = OnBadRecord::Quarantine;
    for rubbish in ["rubbish\n", "\"CONSU\",\"1\",\"20190931\",\"0000\",1\n", "\"TRAI"] {
        let outcome = place.take("PN000001.SMRT", &(day("PN000001", M) + rubbish));
        assert_eq!((outcome.status, outcome.reason.unwrap().code), (Status::Rejected, "P005"), "{rubbish}");
    }
}

#[test]
fn a_date_no_database_holds_refuses_its_file_and_no_other() {
    let place = Place::new();
    place.put("PN000001.SMRT", &day("PN000001", M).replace("\"20190928\",\"0500\"", "\"00000928\",\"0500\""));
    place.put("PN000002.SMRT", &day("PN000002", "0000000002"));
    let report = place.ingest();
    assert_eq!(report.files[0].reason.as_ref().unwrap().code, "P011");
    assert_eq!(report.totals().loaded, 1);
}

#[test]
fn what_refuses_a_file_is_shown_before_what_is_odd() {
    let place = Place::new();
    let rows: Vec<(&str, u32, String)> = (0..24).step_by(2).map(|hour| (M, hour, hour.to_string())).collect();
    let rows: Vec<(&str, u32, &str)> =
        rows.iter().map(|(meter, hour, value)| (*meter, *hour, value.as_str())).collect();
    let one_day = smrt("PN000001", &rows);
    let days: String = (1..=20)
        .map(|day| {
            one_day
                .lines()
                .skip(1)
                .take(12)
                .map(|line| line.replace("20190928", &format!("201909{day:02}")) + "\n")
                .collect::<String>()
        })
        .collect();
    let text = smrt("PN000001", &[]).replace("\"TRAIL\"", &format!("{days}rubbish\n\"TRAIL\""));
    let outcome = place.take("PN000001.SMRT", &text);
    assert!(outcome.findings.total() > 200);
    assert!(codes(&outcome).contains(&"unknown-record"));
}

#[test]
fn a_line_that_is_too_long_is_placed() {
    let place = Place::new();
    let text = day("PN000001", M).replacen("\"TRAIL\"", &format!("{}\n\"TRAIL\"", "x".repeat(300_000)), 1);
    let outcome = place.take("PN000001.SMRT", &text);
    let reason = outcome.reason.unwrap();
    assert_eq!((outcome.status, reason.code, reason.line), (Status::Rejected, "F004", Some(26)));
}
