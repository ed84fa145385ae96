//! Objects: written, read, verified.

use crate::support::{Store, all, read, some_bytes};
use smrt_objects::{Object, ObjectError};
use smrt_testkit::proxy::{Fault, FaultProxy};

#[test]
fn objects_are_written_read_and_removed() {
    let Some(store) = Store::start() else { return };
    let bucket = store.open("");
    let bytes = some_bytes(3_000_000);
    bucket.put("a/b", bytes.clone()).unwrap();
    bucket.put_if_absent("empty", Vec::new()).unwrap();
    assert!(matches!(bucket.put_if_absent("a/b", "x"), Err(ObjectError::Exists { .. })));
    assert_eq!(store.server.get(&store.name, "a/b"), bytes);

    let objects = all(&bucket).unwrap();
    let [object, empty] = &objects[..] else { panic!("{objects:?}") };
    let head = bucket.head("a/b").unwrap();
    assert_eq!((&head.key, head.size, &head.etag), (&object.key, object.size, &object.etag));
    assert!(head.last_modified.is_some() && head.last_modified == object.last_modified);
    assert_eq!(read(bucket.reader(object)).unwrap(), bytes);
    assert_eq!(read(bucket.verified(object)).unwrap(), bytes);
    assert_eq!(read(bucket.verified(empty)).unwrap(), b"");
    for (range, expected) in [(0..10, 0..10), (5..6, 5..6), (2_999_999..4_000_000, 2_999_999..3_000_000), (9..9, 0..0)]
    {
        assert_eq!(bucket.get_range(object, range).unwrap(), bytes[expected]);
    }
    assert_eq!(bucket.get_range(object, 4_000_000..5_000_000).unwrap(), b"");

    bucket.delete("a/b").unwrap();
    bucket.delete("a/b").unwrap();
    assert!(!bucket.exists("a/b").unwrap() && bucket.exists("empty").unwrap());
    assert!(matches!(read(bucket.reader(object)), Err(ObjectError::NotFound { .. })));
}

#[test]
fn the_store_itself_serves_those_who_speak_to_it() {
    use smrt_objects::store::{ObjectStoreExt, PutMode, path::Path};
    let Some(store) = Store::start() else { return };
    let bucket = store.open("lake/");
    let (inner, path) = (bucket.store(), Path::from("lake/log/0.json"));
    let create = smrt_objects::store::PutOptions { mode: PutMode::Create, ..Default::default() };
    bucket
        .block_on(async {
            smrt_objects::store::ObjectStore::put_opts(&*inner, &path, "x".into(), create.clone()).await.unwrap();
            let second = smrt_objects::store::ObjectStore::put_opts(&*inner, &path, "y".into(), create).await;
            assert!(matches!(second, Err(smrt_objects::store::Error::AlreadyExists { .. })), "{second:?}");
            assert_eq!(inner.get(&path).await.unwrap().bytes().await.unwrap(), "x");
        })
        .unwrap();
    assert_eq!(all(&bucket).unwrap().len(), 1);
}

#[test]
fn a_byte_that_changes_on_the_way_is_found() {
    let Some(store) = Store::start() else { return };
    let bytes = some_bytes(100_000);
    store.put("single", &bytes);
    let first = some_bytes(5 << 20);
    let etag = store.server.put_in_parts(&store.name, "parts", &[&first, b"end"]);
    assert!(etag.contains('-'), "{etag}");
    let objects = all(&store.open("")).unwrap();
    for object in &objects {
        // The first reading is wrong, the second right: nobody can say which.
        let proxy = FaultProxy::start(store.server.address(), |request| match request.number {
            0 => Fault::Flip(777),
            _ => Fault::None,
        });
        let error = read(store.open_behind(&proxy).verified(object)).unwrap_err();
        assert!(matches!(error, ObjectError::Corrupt { .. }) && error.is_temporary(), "{error}");
        assert_eq!(proxy.seen().len(), 2);
    }
    let proxy = FaultProxy::start(store.server.address(), |_| Fault::None);
    let bucket = store.open_behind(&proxy);
    let requests = |object: &Object| {
        let before = proxy.seen().len();
        let length = read(bucket.verified(object)).unwrap().len() as u64;
        assert_eq!(length, object.size);
        proxy.seen().len() - before
    };
    let [parts, single] = &objects[..] else { panic!("{objects:?}") };
    // A tag that is no MD5 costs a second reading.
    assert_eq!((requests(parts), requests(single)), (2, 1));
}

#[test]
fn what_is_read_becomes_an_object_of_any_size() {
    let Some(store) = Store::start() else { return };
    let bucket = store.open("");
    for size in [0, 1, 16 << 20, (33 << 20) + 7] {
        let bytes: Vec<u8> = (0..size).map(|at: u32| (at % 251).to_le_bytes()[0]).collect();
        bucket.put_from("from", &mut bytes.as_slice()).unwrap();
        let object = bucket.head("from").unwrap();
        assert_eq!(object.size, u64::from(size));
        assert!(bucket.get_range(&object, 0..object.size).unwrap() == bytes);
    }
    let broken = std::io::Error::other("torn tape");
    let mut source = std::io::Read::chain(&[7_u8; 20 << 20][..], Torn(Some(broken)));
    assert_eq!(bucket.put_from("torn", &mut source).unwrap_err().to_string(), "torn tape");
    assert!(!bucket.exists("torn").unwrap());
}

struct Torn(Option<std::io::Error>);

impl std::io::Read for Torn {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
