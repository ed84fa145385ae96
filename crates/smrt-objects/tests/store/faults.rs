//! What breaks is tried again, with bounds; what was replaced is told.

use crate::support::{HURRIED, Store, all, read, some_bytes};
use smrt_objects::{Bucket, Object, ObjectError};
use smrt_testkit::proxy::{Fault, FaultProxy};
use std::time::{Duration, Instant};

const SIZE: usize = 400_000;

fn one_object(store: &Store, bytes: &[u8]) -> Object {
    store.put("object", bytes);
    all(&store.open("")).expect("a listing").remove(0)
}

/// Each fault that passes: the bytes come, and in so many requests.
#[test]
fn what_fails_in_passing_is_tried_again_and_taken_up_where_it_broke_off() {
    let Some(store) = Store::start() else { return };
    let bytes = some_bytes(SIZE);
    let object = one_object(&store, &bytes);
    for (fault, resumed_at) in [
        (Fault::Status(500), 0),
        (Fault::Status(503), 0),
        (Fault::Status(429), 0),
        (Fault::StatusAfter(503, 1), 0),
        (Fault::Reset, 0),
        (Fault::AnswerLost, 0),
        (Fault::Cut(0), 0),
        (Fault::Cut(123_456), 123_456),
        (Fault::Stall(123_456), 123_456),
        (Fault::WrongLength(100), 0),
        (Fault::WrongLength(-100), 0),
        // 100 bytes in 50 milliseconds are far less than 16 KiB in a second.
        (Fault::Trickle(100, 50), 1),
    ] {
        let (planned, begun) = (fault.clone(), Instant::now());
        let proxy = FaultProxy::start(store.server.address(), move |request| match request.number {
            0 => planned.clone(),
            _ => Fault::None,
        });
        assert!(read(store.open_behind(&proxy).reader(&object)).unwrap() == bytes, "{fault:?}");
        let seen = proxy.seen();
        assert_eq!(seen.len(), 2, "{fault:?}: {seen:?}");
        assert!(seen.iter().all(|request| request.if_match == Some(format!("\"{}\"", object.etag))));
        match (resumed_at, seen[1].range.as_deref()) {
            (0, None) => {}
            // Somewhere between the start and the end.
            (1, Some(range)) => assert!(range.starts_with("bytes="), "{range}"),
            (at, Some(range)) => assert_eq!(range, format!("bytes={at}-{}", SIZE - 1), "{fault:?}"),
            (_, None) => panic!("{fault:?}: {seen:?}"),
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "{fault:?}: {:?}", begun.elapsed());
        if fault == Fault::StatusAfter(503, 1) {
            assert!(begun.elapsed() >= Duration::from_secs(1), "a store that asks for a pause gets it");
        }
    }
}

/// Each fault that stays: at most six requests, in bounded time.
#[test]
fn what_fails_for_good_is_given_up_after_six_attempts() {
    let Some(store) = Store::start() else { return };
    let object = one_object(&store, &some_bytes(SIZE));
    for fault in [
        Fault::Status(500),
        Fault::Status(429),
        Fault::Reset,
        Fault::Cut(1000),
        Fault::Stall(1000),
        Fault::Trickle(100, 50),
        Fault::WrongLength(-1),
    ] {
        let (planned, begun) = (fault.clone(), Instant::now());
        let proxy = FaultProxy::start(store.server.address(), move |_| planned.clone());
        let error = read(store.open_behind(&proxy).reader(&object)).unwrap_err();
        let ObjectError::Unavailable { attempts, .. } = &error else { panic!("{fault:?}: {error}") };
        assert_eq!((*attempts, proxy.seen().len()), (6, 6), "{fault:?}");
        let words = error.to_string();
        assert!(words.contains("/object: the store is not available: tried 6 times"), "{words}");
        assert!(begun.elapsed() < Duration::from_secs(15), "{fault:?}: {:?}", begun.elapsed());
    }
    // The same for those who list, ask and write.
    let proxy = FaultProxy::start(store.server.address(), |_| Fault::Status(503));
    let bucket = store.open_behind(&proxy);
    for attempt in
        [all(&bucket).map(drop), bucket.head("object").map(drop), bucket.put("object", "x"), bucket.delete("object")]
    {
        assert!(matches!(attempt, Err(ObjectError::Unavailable { attempts: 6, .. })), "{attempt:?}");
    }
    assert_eq!(proxy.seen().len(), 24);
}

#[test]
fn a_server_that_is_not_there_is_told_in_bounded_time() {
    let Some(store) = Store::start() else { return };
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address = "s3://bucket/x".parse().unwrap();
    let bucket = Bucket::open_within(&address, &store.settings(format!("http://{nobody}")), HURRIED).unwrap();
    let (begun, error) = (Instant::now(), all(&bucket).unwrap_err());
    assert!(matches!(error, ObjectError::Unavailable { .. }) && error.is_temporary(), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_large_object_survives_more_breaks_than_attempts_as_long_as_it_gets_on() {
    let Some(store) = Store::start() else { return };
    let bytes = some_bytes(20 << 20);
    let object = one_object(&store, &bytes);
    let proxy = FaultProxy::start(store.server.address(), |_| Fault::Cut(2 << 20));
    assert!(read(store.open_behind(&proxy).reader(&object)).unwrap() == bytes);
    assert_eq!(proxy.seen().len(), 10);
}

/// The object is replaced after it was listed: before the first request, or in the middle.
#[test]
fn an_object_that_was_replaced_is_told_and_never_mixed() {
    for replaced_at in [0, 1] {
        let Some(store) = Store::start() else { return };
        let object = one_object(&store, &some_bytes(SIZE));
        let (server, name) = (store.server, store.name.clone());
        let proxy = FaultProxy::start(server.address(), move |request| {
            if request.number == replaced_at {
                server.put(&name, "object", &vec![7; SIZE]);
            }
            if request.number == 0 { Fault::Cut(1000) } else { Fault::None }
        });
        let error = read(store.open_behind(&proxy).reader(&object)).unwrap_err();
        assert!(matches!(error, ObjectError::Replaced { .. }) && error.is_temporary(), "{error}");
        assert_eq!(proxy.seen().len(), replaced_at + 1, "there is no use in asking again");
    }
}

#[test]
fn an_answer_that_is_lost_does_not_lose_what_was_written() {
    let Some(store) = Store::start() else { return };
    let proxy = FaultProxy::start(store.server.address(), |request| match request.number {
        0 => Fault::AnswerLost,
        _ => Fault::None,
    });
    store.open_behind(&proxy).put("key", "value").unwrap();
    assert_eq!(store.server.get(&store.name, "key"), b"value");
}

#[test]
fn whoever_asks_for_the_end_does_not_wait_for_a_store_that_stalls() {
    let Some(store) = Store::start() else { return };
    let object = one_object(&store, &some_bytes(SIZE));
    let proxy = FaultProxy::start(store.server.address(), |_| Fault::Stall(1000));
    let address = format!("s3://{}", store.name).parse().unwrap();
    let begun = Instant::now();
    let is_late = move || begun.elapsed() > Duration::from_millis(300);
    let bucket = Bucket::open(&address, &store.settings(proxy.endpoint())).unwrap().until(is_late);
    assert!(matches!(read(bucket.reader(&object)), Err(ObjectError::Interrupted)));
    assert!(begun.elapsed() < Duration::from_secs(2));
}
