//! A file is loaded once: by its name, by its content; and values overwrite each other in the order of arrival.

use crate::support::{Place, codes, day, smrt, statuses};
use smrt_ingest::{Options, Quiet, Status, Stop, dry_run};
use smrt_storage::Precedence;

const M: &str = "0000000001";

#[test]
fn a_loaded_name_is_not_loaded_again() {
    let place = Place::new();
    assert_eq!(place.take("PN000001.SMRT", &day("PN000001", M)).status, Status::Loaded);
    assert_eq!(place.take("PN000001.SMRT", &day("PN000001", M)).status, Status::AlreadyLoaded);
    let conflict = place.take("PN000001.SMRT", &smrt("PN000001", &[(M, 1, "99")]));
    assert_eq!(conflict.status, Status::NameConflict);
    assert_eq!(conflict.reason.unwrap().code, "F005");
    assert_eq!(place.readings(M)[1], "1=1.5@PN000001.SMRT:3");
    place.assert_sound();
}

#[test]
fn known_content_under_a_new_name_changes_no_row() {
    let place = Place::new();
    place.take("PN000001.SMRT", &day("PN000001", M));
    let copy = place.take("copy.SMRT", &day("PN000001", M));
    assert_eq!(copy.status, Status::Duplicate);
    assert_eq!(copy.reason.unwrap().code, "F006");
    assert_eq!(place.store().stats().unwrap().readings, 24);
    place.assert_sound();
}

#[test]
fn copies_that_come_in_one_run_are_loaded_once() {
    let place = Place::new();
    for name in ["a.SMRT", "b.SMRT", "c.SMRT"] {
        place.put(name, &day("PN000001", M));
    }
    let report = place.ingest();
    let expected = [("a.SMRT", Status::Loaded), ("b.SMRT", Status::Duplicate), ("c.SMRT", Status::Duplicate)];
    assert_eq!(statuses(&report), expected);
    place.assert_sound();
}

#[test]
fn a_rejected_name_may_come_again() {
    let place = Place::new();
    let whole = day("PN000001", M);
    let cut = &whole[..whole.len() / 2];
    assert_eq!(place.take("PN000001.SMRT", cut).status, Status::Rejected);
    assert_eq!(place.take("PN000001.SMRT", cut).status, Status::Rejected);
    assert!(place.store().meters(&Default::default()).unwrap().is_empty(), "a rejected file leaves nothing");
    assert_eq!(place.take("PN000001.SMRT", &whole).status, Status::Loaded);
    let files = place.store().files(&Default::default()).unwrap();
    assert_eq!(files.iter().map(|file| file.attempts).collect::<Vec<_>>(), [1, 2]);
    place.assert_sound();
}

#[test]
fn a_later_file_overwrites_and_the_old_value_stays_traceable() {
    let place = Place::new();
    place.take("PN000001.SMRT", &day("PN000001", M));
    let later =
        place.take("PN000002.SMRT", &smrt("PN000002", &[(M, 1, "7.25"), (M, 2, "2.5"), ("0000000002", 1, "3")]));
    assert_eq!((later.records, later.inserted, later.replaced, later.unchanged), (3, 1, 1, 1));
    assert_eq!(place.readings(M)[1..3], ["1=7.25@PN000002.SMRT:2", "2=2.5@PN000001.SMRT:4"]);
    let mut store = place.store();
    let channel = store.channels(Some(M)).unwrap()[0].id;
    let trace = store.trace(channel, 1_569_632_400).unwrap();
    assert_eq!(trace.current.unwrap().file.name, "PN000002.SMRT");
    let old = &trace.history[0];
    let place_of_old = (old.value.quantity.to_string(), old.value.file.name.as_str(), old.value.line);
    assert_eq!(place_of_old, ("1.5".to_owned(), "PN000001.SMRT", 3));
    assert_eq!(old.superseded_by, "PN000002.SMRT");
    place.assert_sound();
}

#[test]
fn files_of_one_run_are_taken_in_the_order_their_senders_made_them() {
    let place = Place::new();
    let at = |text: String, time: &str| text.replace("134942", time);
    place.put("a.SMRT", &at(smrt("PN000003", &[(M, 1, "3")]), "100002"));
    place.put("b.SMRT", &at(smrt("PN000002", &[(M, 1, "2")]), "100001"));
    place.put("c.SMRT", &at(smrt("PN000001", &[(M, 1, "1")]), "100001"));
    let report = place.ingest();
    let order: Vec<&str> = report.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(order, ["c.SMRT", "b.SMRT", "a.SMRT"]);
    assert_eq!(place.readings(M), ["1=3@a.SMRT:2"]);
}

#[test]
fn the_senders_time_decides_where_the_configuration_says_so() {
    let older = smrt("PN000001", &[(M, 1, "1")]).replace("20191011", "20191010");
    let newer = smrt("PN000002", &[(M, 1, "2")]);
    for (precedence, expected) in [(Precedence::Received, "1=1@older:2"), (Precedence::Created, "1=2@newer:2")] {
        let mut place = Place::new();
        place.options = Options { precedence, ..Options::default() };
        place.take("newer", &newer);
        let late = place.take("older", &older);
        assert!(codes(&late).contains(&"generation-late"));
        assert_eq!(place.readings(M), [expected]);
        place.assert_sound();
    }
}

#[test]
fn a_dry_run_tells_all_and_changes_nothing() {
    let place = Place::new();
    place.take("PN000001.SMRT", &day("PN000001", M));
    let before = place.digest();
    place.put("PN000002.SMRT", &smrt("PN000002", &[(M, 1, "7.25"), ("0000000002", 1, "3")]));
    place.put("PN000003.SMRT", "rubbish");
    let mut writer = place.store().writer().unwrap();
    let report = dry_run(&mut writer, &[place.inbox()], &place.options, &Stop::default(), &Quiet).unwrap();
    let expected = [
        ("PN000001.SMRT", Status::AlreadyLoaded),
        ("PN000002.SMRT", Status::Loaded),
        ("PN000003.SMRT", Status::Rejected),
    ];
    assert_eq!(statuses(&report), expected);
    assert_eq!((report.files[1].inserted, report.files[1].replaced), (1, 1));
    assert_eq!(place.digest(), before);
    assert_eq!(place.store().files(&Default::default()).unwrap().len(), 1);
}

#[test]
fn the_running_numbers_tell_what_is_missing() {
    let place = Place::new();
    let numbers = |number: u32| {
        place.take(&format!("PN{number:06}.SMRT"), &day(&format!("PN{number:06}"), &format!("{number:010}")))
    };
    assert_eq!(codes(&numbers(7505)), [] as [&str; 0]);
    assert_eq!(codes(&numbers(7507)), ["generation-gap"]);
    assert_eq!(codes(&numbers(7506)), ["generation-late"]);
    assert_eq!(codes(&numbers(7508)), [] as [&str; 0]);
}
