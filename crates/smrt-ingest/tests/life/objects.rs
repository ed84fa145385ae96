//! Objects of a store as sources: what a bucket holds gives what the same files in a folder give, whatever happens to
//! the connection, and nothing is fetched twice that is loaded.

use crate::{
    containers::{deflated, gzipped},
    support::{Place, day, smrt, statuses},
};
use smrt_ingest::{IngestError, Observer, Options, Quiet, Report, Status, Stop, StoreTrouble, ingest};
use smrt_objects::{Limits, Secret, Settings};
use smrt_testkit::{
    proxy::{Fault, FaultProxy, Request},
    s3::S3Server,
};
use std::{
    collections::HashMap,
    path::PathBuf,
    time::{Duration, Instant},
};

/// A bucket of its own, and a folder with a database.
pub(crate) struct Bucket {
    pub(crate) server: &'static S3Server,
    name: String,
    pub(crate) place: Place,
}

impl Bucket {
    pub(crate) fn new() -> Option<Self> {
        let server = S3Server::shared()?;
        let bucket = Self { server, name: server.bucket(), place: Place::new() };
        Some(bucket.reached_at(server.endpoint()))
    }

    pub(crate) fn reached_at(mut self, endpoint: String) -> Self {
        self.place.options.s3 = Settings {
            endpoint: Some(endpoint),
            access_key_id: Some(self.server.access_key_id().to_owned()),
            secret_access_key: Some(Secret::new(self.server.secret_access_key())),
            ..Settings::default()
        };
        self.place.options.s3_limits = Limits {
            pause: Duration::from_millis(10),
            stall: Duration::from_secs(2),
            total: Duration::from_secs(20),
            ..Limits::default()
        };
        self
    }

    /// The same bucket behind a proxy.
    pub(crate) fn behind(self, script: impl FnMut(&Request) -> Fault + Send + 'static) -> (Self, FaultProxy) {
        let proxy = FaultProxy::start(self.server.address(), script);
        (self.reached_at(proxy.endpoint()), proxy)
    }

    pub(crate) fn put(&self, key: &str, bytes: impl AsRef<[u8]>) {
        self.server.put(&self.name, key, bytes.as_ref());
    }

    pub(crate) fn address(&self, prefix: &str) -> PathBuf {
        format!("s3://{}/{prefix}", self.name).into()
    }

    fn ingest(&self) -> Report {
        self.place.ingest_paths(&[self.address("")])
    }

    fn try_ingest(&self, paths: &[PathBuf]) -> Result<Report, IngestError> {
        ingest(&mut self.place.store().writer().unwrap(), paths, &self.place.options, &Stop::default(), &Quiet)
    }
}

/// A file too large to be fetched with the listing, of values that do not pack well.
fn large(generation: &str) -> String {
    let rows: Vec<_> = (0..400).map(|meter| format!("{:010}", meter + 1)).collect();
    let value = |meter: usize, hour: u32| format!("{}.{:03}", hour, (meter * 7919 + hour as usize * 104_729) % 1000);
    let text: Vec<(usize, u32, String)> =
        (0..rows.len()).flat_map(|meter| (0..24).map(move |hour| (meter, hour, value(meter, hour)))).collect();
    let rows: Vec<_> = text.iter().map(|(meter, hour, value)| (rows[*meter].as_str(), *hour, value.as_str())).collect();
    smrt(generation, &rows)
}

/// What a folder and a bucket are given alike.
fn tree() -> Vec<(&'static str, Vec<u8>)> {
    let truncated = day("PN000007", "0000000107");
    vec![
        ("PN000001.SMRT", day("PN000001", "0000000101").into()),
        ("2024/01/PN000003.SMRT", large("PN000003").into()),
        ("2024/02/PN000002.SMRT", day("PN000002", "0000000101").into()),
        ("2024/02/again.SMRT", day("PN000002", "0000000101").into()),
        ("2024/PN000004.SMRT.gz", gzipped(large("PN000004").as_bytes())),
        ("2024/PN000005.SMRT.gz", gzipped(day("PN000005", "0000000105").as_bytes())),
        ("broken/PN000007.SMRT", truncated[..truncated.len() - 9].into()),
        ("broken/PN000008.SMRT.gz", gzipped(large("PN000008").as_bytes())[..30_000].into()),
        ("other/PN000001.SMRT", day("PN000009", "0000000109").into()),
        ("readme.md", b"# hello\n".to_vec()),
        ("empty.SMRT", Vec::new()),
        (".hidden/PN000010.SMRT", day("PN000010", "0000000110").into()),
        ("PN000011.SMRT.part", day("PN000011", "0000000111").into()),
    ]
}

#[test]
fn a_bucket_gives_what_the_same_folder_gives() {
    let Some(bucket) = Bucket::new() else { return };
    let folder = Place::new();
    for (path, bytes) in tree() {
        bucket.put(&format!("in/{path}"), &bytes);
        let place = folder.inbox().join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, bytes).unwrap();
    }
    let expected = folder.ingest();
    let report = bucket.place.ingest_paths(&[bucket.address("in")]);
    assert!(report.files.iter().any(|file| file.status == Status::Loaded), "{:?}", statuses(&report));
    for (found, expected) in report.files.iter().zip(&expected.files) {
        let of = |file: &smrt_ingest::FileOutcome| {
            let reason = file.reason.as_ref().map(|reason| (reason.code, reason.message.clone()));
            (file.name.clone(), file.status, file.records, file.inserted, file.size, file.sha256.clone(), reason)
        };
        assert_eq!(of(found), of(expected));
        assert!(found.path.starts_with(bucket.address("in")) && found.moved_to.is_none());
    }
    assert_eq!(report.files.len(), expected.files.len());
    assert_eq!(bucket.place.digest(), folder.digest());
    bucket.place.assert_sound();
    // Without a database, too.
    let expected = folder.validate(&folder.inbox());
    let found = bucket.place.validate(&bucket.address("in/"));
    let of = |files: &[smrt_ingest::FileOutcome]| -> Vec<_> {
        files.iter().map(|file| (file.name.clone(), file.status, file.findings.total())).collect()
    };
    assert_eq!(of(&found), of(&expected));
}

#[test]
fn archives_in_a_bucket_are_taken_apart() {
    let Some(bucket) = Bucket::new() else { return };
    let members = [("a/PN000001.SMRT", day("PN000001", "0000000101")), ("PN000002.SMRT", large("PN000002"))];
    let members: Vec<_> = members.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    bucket.put("in/september.zip", deflated(&members));
    let report = bucket.ingest();
    let expected = [("september.zip!a/PN000001.SMRT", Status::Loaded), ("september.zip!PN000002.SMRT", Status::Loaded)];
    assert_eq!(statuses(&report), expected);
    assert_eq!(report.files[0].place(), format!("s3://{}/in/september.zip!a/PN000001.SMRT", bucket.name));
    assert!(bucket.ingest().files.iter().all(|file| file.status == Status::AlreadyLoaded));
}

#[test]
fn what_is_loaded_is_not_fetched_again() {
    let Some(bucket) = Bucket::new() else { return };
    for (path, bytes) in tree().into_iter().take(6) {
        bucket.put(path, bytes);
    }
    let (bucket, proxy) = bucket.behind(|_| Fault::None);
    let first = bucket.ingest();
    assert!(first.files.iter().any(|file| file.status == Status::Duplicate), "{:?}", statuses(&first));
    let (fetched, digest) = (proxy.seen().len(), bucket.place.digest());
    let second = bucket.ingest();
    assert!(second.files.iter().all(|file| file.status == Status::AlreadyLoaded), "{:?}", statuses(&second));
    assert!(second.files.iter().all(|file| file.sha256.is_some() && file.size > 0));
    let asked: Vec<_> = proxy.seen().split_off(fetched);
    assert!(asked.len() == 1 && asked[0].is_list(), "{asked:?}");
    assert_eq!(bucket.place.digest(), digest);
    // An object that was replaced is looked at, and told.
    bucket.put("PN000001.SMRT", day("PN000021", "0000000121"));
    let third = bucket.ingest();
    assert_eq!(third.files.iter().filter(|file| file.status == Status::NameConflict).count(), 1);
    bucket.place.assert_sound();
}

/// The first two requests for anything fail, each in a way of its own, and all is loaded all the same.
#[test]
fn a_bad_connection_changes_nothing() {
    let Some(bucket) = Bucket::new() else { return };
    let folder = Place::new();
    for number in 1..=40 {
        let name = format!("PN{number:06}.SMRT");
        let text = if number % 10 == 0 { large(&name[..8]) } else { day(&name[..8], &format!("{number:010}")) };
        bucket.put(&format!("{}/{name}", number % 7), &text);
        folder.put(&name, &text);
    }
    let mut asked = HashMap::<_, usize>::new();
    let (bucket, proxy) = bucket.behind(move |request| {
        let asked = asked.entry((request.target.clone(), request.range.is_some())).or_default();
        *asked += 1;
        match (request.number % 5, *asked) {
            (_, 3..) => Fault::None,
            (0, _) => Fault::Status(503),
            (1, _) => Fault::Reset,
            (2, _) => Fault::Cut(700),
            (3, _) => Fault::StatusAfter(429, 0),
            _ => Fault::WrongLength(3),
        }
    });
    folder.ingest();
    let report = bucket.ingest();
    assert_eq!(report.totals().loaded, 40, "{:?}", statuses(&report));
    assert_eq!(bucket.place.digest(), folder.digest());
    assert!(proxy.seen().len() > 120);
}

#[test]
fn an_object_that_is_replaced_or_cannot_be_had_is_left_alone_and_others_go_on() {
    let Some(bucket) = Bucket::new() else { return };
    bucket.put("PN000001.SMRT", large("PN000001"));
    bucket.put("PN000002.SMRT", large("PN000002"));
    bucket.put("PN000003.SMRT", day("PN000003", "0000000103"));
    bucket.put("PN000004.SMRT.gz", gzipped(large("PN000004").as_bytes()));
    let (server, name, mut is_replaced) = (bucket.server, bucket.name.clone(), false);
    let (bucket, _proxy) = bucket.behind(move |request| {
        let is_whole = request.is_read() && request.range.is_none();
        if request.target.contains("PN000001") && is_whole && !std::mem::replace(&mut is_replaced, true) {
            server.put(&name, "PN000001.SMRT", day("PN000005", "0000000105").as_bytes());
        }
        if request.target.contains("PN000004") && is_whole { Fault::Status(500) } else { Fault::None }
    });
    let report = bucket.ingest();
    let expected = [
        ("PN000001.SMRT", Status::Skipped),
        ("PN000002.SMRT", Status::Loaded),
        ("PN000003.SMRT", Status::Loaded),
        ("PN000004.SMRT.gz", Status::Skipped),
    ];
    assert_eq!(statuses(&report), expected);
    let reasons: Vec<_> = report.files.iter().filter_map(|file| file.reason.as_ref()).collect();
    assert!(reasons.iter().all(|reason| reason.is_passing()), "{reasons:?}");
    assert!(reasons[0].message.contains("was replaced since it was listed"), "{reasons:?}");
    assert!(reasons[1].message.contains("tried 6 times"), "{reasons:?}");
    bucket.place.assert_sound();
    // The next time all is as it should be.
    let bucket = Bucket { place: bucket.place, ..bucket };
    let endpoint = bucket.server.endpoint();
    let report = bucket.reached_at(endpoint).ingest();
    assert_eq!((report.totals().loaded, report.totals().skipped), (2, 2), "{:?}", statuses(&report));
}

#[test]
fn a_store_that_is_not_there_or_holds_nothing_is_told() {
    let Some(bucket) = Bucket::new() else { return };
    let trouble = |path: PathBuf| match bucket.try_ingest(&[path]) {
        Err(IngestError::Objects { trouble, message }) => (trouble, message),
        other => panic!("{other:?}"),
    };
    assert_eq!(bucket.try_ingest(&[bucket.address("")]).unwrap().files.len(), 0);
    bucket.put("2024-01/x", "x");
    for path in [bucket.address("none"), "s3://no-such-bucket/x".into(), "s3://".into(), bucket.address("2024")] {
        let (found, message) = trouble(path.clone());
        assert_eq!(found, StoreTrouble::Usage, "{message}");
        assert!(message.contains("s3://"), "{message}");
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let away = bucket.reached_at(format!("http://{nobody}"));
    let begun = Instant::now();
    let error = away.try_ingest(&[away.address("")]).unwrap_err();
    assert!(matches!(error, IngestError::Objects { trouble: StoreTrouble::Passing, .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn objects_are_not_moved() {
    let Some(mut bucket) = Bucket::new() else { return };
    bucket.put("PN000001.SMRT", day("PN000001", "0000000101"));
    bucket.place.options.archive = Some(bucket.place.path("done"));
    let error = bucket.try_ingest(&[bucket.address("")]).unwrap_err();
    assert!(matches!(error, IngestError::ObjectsStay { role: "archive" }), "{error}");
    assert!(error.to_string().contains("leave --archive out"), "{error}");
}

#[test]
fn keys_are_names_and_touch_nothing_here() {
    let Some(bucket) = Bucket::new() else { return };
    let keys = ["../PN000001.SMRT", "a//PN000002.SMRT", "a/PN000003.SMRT", "b\t/PN\t000004.SMRT", "/etc/PN000005.SMRT"];
    for (number, key) in (1..).zip(keys) {
        bucket.put(key, day(&format!("PN{number:06}"), &format!("{number:010}")));
    }
    let report = bucket.ingest();
    let expected = [
        ("PN000001.SMRT", Status::Skipped),
        ("PN000002.SMRT", Status::Loaded),
        ("PN000003.SMRT", Status::Loaded),
        ("PN000005.SMRT", Status::Loaded),
        ("PN\\x09000004.SMRT", Status::Loaded),
    ];
    let mut found = statuses(&report);
    found.sort();
    assert_eq!(found, expected);
    let reason = report.files.iter().find_map(|file| file.reason.as_ref()).unwrap();
    assert!(reason.message.contains("copy the object to another key"), "{reason:?}");
    // Two keys that would be one path are two objects.
    bucket.put("a//same.SMRT", day("PN000011", "0000000111"));
    bucket.put("a/same.SMRT", day("PN000012", "0000000112"));
    let report = bucket.ingest();
    assert_eq!(report.files.iter().filter(|file| file.name == "same.SMRT").count(), 2);
}

/// Asks for the end once so many files are done.
struct EndAfter(Stop, std::sync::atomic::AtomicUsize);

impl Observer for EndAfter {
    fn finished(&self, _: &smrt_ingest::FileOutcome) {
        if self.1.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) == 1 {
            self.0.request();
        }
    }
}

#[test]
fn many_objects_in_many_folders_and_a_run_that_is_ended_goes_on() {
    let Some(bucket) = Bucket::new() else { return };
    const COUNT: usize = 1200;
    std::thread::scope(|scope| {
        for part in 0..4 {
            let bucket = &bucket;
            scope.spawn(move || {
                for number in (part..COUNT).step_by(4) {
                    let text = smrt(&format!("PN{number:06}"), &[(&format!("{number:010}"), 1, "1.5")]);
                    bucket.put(&format!("{}/{}/PN{number:06}.SMRT", number % 13, number % 7), text);
                }
            });
        }
    });
    let (bucket, proxy) = bucket.behind(|_| Fault::None);
    let stop = Stop::default();
    let observer = EndAfter(stop.clone(), 200.into());
    let paths = [bucket.address("")];
    let store = bucket.place.store();
    let first = ingest(&mut store.writer().unwrap(), &paths, &bucket.place.options, &stop, &observer).unwrap();
    let loaded = first.files.iter().filter(|file| file.status == Status::Loaded).count();
    assert!(first.interrupted && (200..COUNT).contains(&loaded), "{loaded}");
    let before = proxy.seen().len();
    let second = bucket.ingest();
    let asked = proxy.seen().len() - before;
    let totals = second.totals();
    assert_eq!((totals.files, totals.loaded, totals.skipped), (COUNT as u64, (COUNT - loaded) as u64, loaded as u64));
    // Two pages, and one request for each object that is not loaded.
    assert_eq!(asked, 2 + COUNT - loaded);
    bucket.place.assert_sound();
}

#[test]
fn the_end_does_not_wait_for_a_store() {
    let Some(bucket) = Bucket::new() else { return };
    for number in 1..20 {
        bucket.put(&format!("PN{number:06}.SMRT"), large(&format!("PN{number:06}")));
    }
    let (bucket, _proxy) = bucket.behind(|request| match request.is_read() && request.range.is_none() {
        true => Fault::Stall(1000),
        false => Fault::None,
    });
    let options = Options { s3_limits: Limits::default(), ..bucket.place.options.clone() };
    let stop = Stop::default();
    let paths = [bucket.address("")];
    let store = bucket.place.store();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_secs(1));
            stop.request();
        });
        let report = ingest(&mut store.writer().unwrap(), &paths, &options, &stop, &Quiet).unwrap();
        assert!(report.interrupted);
    });
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}
