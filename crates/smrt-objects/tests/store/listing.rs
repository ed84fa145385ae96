//! Listings: every page, in order, whatever the keys.

use crate::support::{Store, all};
use smrt_objects::{Bucket, ObjectError, Secret, Settings};
use smrt_testkit::proxy::{Fault, FaultProxy};
use std::thread;

#[test]
fn more_than_a_page_is_listed_in_order_each_once() {
    let Some(store) = Store::start() else { return };
    let mut expected: Vec<String> = (0..2300).map(|at| format!("in/{:02}/{at:05}.csv", at % 17)).collect();
    thread::scope(|scope| {
        for part in expected.chunks(600) {
            let store = &store;
            scope.spawn(move || part.iter().for_each(|key| drop(store.put(key, key.as_bytes()))));
        }
    });
    store.put("elsewhere", b"");
    expected.sort();
    let (mut pages, mut keys) = (0, Vec::new());
    let bucket = store.open("in/");
    bucket
        .list(|page| {
            pages += 1;
            assert!(page.len() <= 1000 && page.iter().all(|object| object.size == object.key.len() as u64));
            keys.extend(page.into_iter().map(|object| object.key));
            Ok::<(), ObjectError>(())
        })
        .unwrap();
    assert_eq!((pages, keys), (3, expected));

    // An error of the one who listens ends it.
    let ended = bucket.list(|_| Err(ObjectError::Settings("enough".to_owned())));
    assert!(matches!(ended, Err(ObjectError::Settings(_))));
}

#[test]
fn a_page_that_is_broken_is_asked_for_again() {
    let Some(store) = Store::start() else { return };
    (0..5).for_each(|at| drop(store.put(&format!("{at}"), b"x")));
    let proxy = FaultProxy::start(store.server.address(), |request| match request.number {
        0 => Fault::Cut(100),
        1 => Fault::Reset,
        2 => Fault::Status(503),
        _ => Fault::None,
    });
    assert_eq!(all(&store.open_behind(&proxy)).unwrap().len(), 5);
    assert_eq!(proxy.seen().len(), 4);
}

#[test]
fn keys_are_names_whatever_is_in_them() {
    let Some(store) = Store::start() else { return };
    // moto finds no object whose key has a line end.
    let control = if store.server.checks_keys() { "d\n\u{1}e" } else { "d\t\u{1}e" };
    let keys = ["a//b", "a/b", "/c", control, "ü%2F +&<>'\"\\", "f/./g", "f/../h", "../i", "..", "j/"];
    for key in keys {
        store.put(key, key.as_bytes());
    }
    let bucket = store.open("");
    let listed = all(&bucket).unwrap();
    let mut expected = keys.map(str::to_owned);
    expected.sort();
    assert_eq!(listed.iter().map(|object| object.key.clone()).collect::<Vec<_>>(), expected);
    for object in &listed {
        let is_lost = object.key.split('/').any(|segment| matches!(segment, "." | ".."));
        match bucket.get_range(object, 0..u64::MAX) {
            Ok(bytes) => assert!(!is_lost && bytes == object.key.as_bytes(), "{object:?}"),
            Err(error) => assert!(is_lost && matches!(error, ObjectError::Unaddressable { .. }), "{object:?}: {error}"),
        }
    }
}

#[test]
fn what_is_not_there_or_cannot_be_asked_is_told_at_once() {
    let Some(store) = Store::start() else { return };
    let settings = store.settings(store.server.endpoint());
    let missing = Bucket::open(&"s3://no-such-bucket/x".parse().unwrap(), &settings).unwrap();
    let error = all(&missing).unwrap_err();
    assert!(matches!(error, ObjectError::NotFound { .. }), "{error}");
    assert!(error.to_string().contains("s3://no-such-bucket/"), "{error}");

    let here = "s3://bucket/x".parse().unwrap();
    let keyless = Settings { access_key_id: None, secret_access_key: None, ..settings.clone() };
    let error = Bucket::open(&here, &keyless).unwrap_err().to_string();
    assert!(error.contains("AWS_ACCESS_KEY_ID") && error.contains("--s3-access-key-id"), "{error}");
    for (change, words) in [
        (Settings { endpoint: Some("127.0.0.1:9000".to_owned()), ..settings.clone() }, "https://host:port"),
        (Settings { endpoint: Some("http://me:hush@host".to_owned()), ..settings.clone() }, "without keys"),
        (Settings { region: Some("a b".to_owned()), ..settings.clone() }, "eu-central-1"),
        (Settings { secret_access_key: None, ..settings.clone() }, "no secret access key"),
        (Settings { access_key_id: Some("a\nb".to_owned()), ..settings.clone() }, "access key id"),
        (Settings { session_token: Some(Secret::new("hush\n")), ..settings.clone() }, "session token"),
    ] {
        let error = Bucket::open(&here, &change).unwrap_err().to_string();
        assert!(error.contains(words) && !error.contains("hush"), "{error}");
    }
    if store.server.checks_keys() {
        let wrong = Settings { secret_access_key: Some(Secret::new("wrong")), ..settings };
        let error = all(&Bucket::open(&format!("s3://{}", store.name).parse().unwrap(), &wrong).unwrap()).unwrap_err();
        assert!(matches!(error, ObjectError::Denied { .. }), "{error}");
    }
}
