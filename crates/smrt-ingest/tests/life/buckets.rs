//! The lake in a bucket: what is loaded there is what is loaded on disk, and a store that fails loses nothing.

use crate::{
    containers::gzipped,
    objects::Bucket,
    sensors::{data, mapping, uuid},
    support::{Place, statuses},
};
use smrt_ingest::{
    IngestError, Options, Quiet, Status, Stop, ingest,
    lake::{Attached, Depth, LakeOptions, compact, gc, verify},
};
use smrt_testkit::proxy::Fault;
use std::{path::PathBuf, time::Duration};

/// A tree of two mappings and some data, packed and not, parts of which overlap.
fn tree() -> Vec<(String, Vec<u8>)> {
    let mut tree = vec![
        ("mapping.csv".to_owned(), mapping(&[("boiler", 1), ("attic", 2)]).into_bytes()),
        ("Timeseries/notes.txt".to_owned(), b"nothing to load\n".to_vec()),
    ];
    for number in 0..6_i64 {
        let rows: Vec<(u32, i64, f64)> = (0..300)
            .flat_map(|slot| {
                let minute = number * 1000 + slot * 5;
                (1..4_u32).map(move |sensor| (sensor, minute, f64::from(sensor) + (slot % 7) as f64 + number as f64))
            })
            .collect();
        let text = data(&rows);
        tree.push(match number % 2 {
            0 => (format!("Timeseries/{number}/data.csv"), text.into_bytes()),
            _ => (format!("Timeseries/{number}/data.csv.gz"), gzipped(text.as_bytes())),
        });
    }
    tree
}

/// The options of a bucket with its lake there, too.
fn with_lake(bucket: &Bucket) -> Options {
    let place = Some(bucket.address("lakes/one").to_string_lossy().into_owned());
    let lake = LakeOptions {
        place,
        objects: bucket.place.options.s3.clone(),
        limits: bucket.place.options.s3_limits,
        ..bucket.place.options.lake.clone()
    };
    Options { lake, ..bucket.place.options.clone() }
}

fn take(bucket: &Bucket, options: &Options, prefix: &str) -> Result<smrt_ingest::Report, IngestError> {
    let paths: [PathBuf; 1] = [bucket.address(prefix)];
    ingest(&mut bucket.place.store().writer().unwrap(), &paths, options, &Stop::default(), &Quiet)
}

fn assert_proved(place: &Place, options: &Options) {
    let mut store = place.store();
    let row = store.lake().unwrap().unwrap();
    let lake = Attached::new(row, &options.lake).unwrap();
    for proof in verify(&mut store, &lake, Depth::Hashes, &Stop::default(), &Quiet).unwrap() {
        assert!(proof.ok, "{}: {}", proof.name, proof.detail);
    }
    place.assert_sound();
}

#[test]
fn the_same_tree_from_a_folder_and_from_a_bucket_is_the_same_in_lakes_on_disk_and_in_the_bucket() {
    let Some(mut bucket) = Bucket::new() else { return };
    let folder = Place::new();
    for (path, bytes) in tree() {
        bucket.put(&format!("in/{path}"), &bytes);
        let place = folder.inbox().join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, bytes).unwrap();
    }
    let of_folder = folder.ingest();
    bucket.place.options = with_lake(&bucket);
    let options = bucket.place.options.clone();
    let of_bucket = take(&bucket, &options, "in/").unwrap();
    assert_eq!(statuses(&of_bucket), statuses(&of_folder));
    assert_eq!(of_bucket.totals(), of_folder.totals());
    assert!(of_bucket.totals().replaced > 0, "{:?}", of_bucket.totals());
    assert_eq!(bucket.place.digest(), folder.digest());
    assert_eq!(bucket.place.measurements("attic"), folder.measurements("attic"));
    assert!(!std::fs::exists(bucket.place.path("smrt-lake")).unwrap(), "nothing of it is on this machine");
    assert_proved(&bucket.place, &options);
    let again = take(&bucket, &options, "in/").unwrap();
    assert!(again.files.iter().filter(|file| !file.is_foreign()).all(|file| file.status == Status::AlreadyLoaded));

    // One more file for the same days, then all of it merged and cleared up.
    bucket.put("in/Timeseries/more.csv", data(&[(1, 0, 9.5), (1, 7, 9.5)]));
    take(&bucket, &options, "in/").unwrap();
    let digest = bucket.place.digest();
    let mut writer = bucket.place.store().writer().unwrap();
    let lake = Attached::new(writer.lake().unwrap().unwrap(), &options.lake).unwrap();
    let minute = Duration::from_secs(60);
    let merged = compact(&mut writer, &lake, minute, &Stop::default(), &Quiet).unwrap();
    assert!(merged.days > 0 && merged.skipped == 0, "{merged:?}");
    let collected = gc(&mut writer, &lake, Duration::ZERO, false, minute).unwrap();
    assert_eq!(collected.replaced, merged.before, "{collected:?}");
    assert_eq!(bucket.place.digest(), digest);
    assert_proved(&bucket.place, &options);
}

#[test]
fn a_store_that_takes_no_data_file_loads_nothing_and_one_that_takes_no_log_loses_nothing() {
    let Some(bucket) = Bucket::new() else { return };
    bucket.put("in/data.csv", data(&[(1, 0, 1.0), (2, 0, 2.0)]));
    bucket.put("more/more.csv", data(&[(1, 5, 3.0)]));
    let (bucket, proxy) =
        bucket.behind(|request| match request.method == "PUT" && request.target.contains(".parquet") {
            true => Fault::Status(503),
            false => Fault::None,
        });
    let options = with_lake(&bucket);
    let error = take(&bucket, &options, "in/").unwrap_err();
    assert!(matches!(&error, IngestError::Lake(error) if error.is_temporary()), "{error}");
    assert_eq!(bucket.place.store().stats().unwrap().measurements, 0);
    drop(proxy);

    let (bucket, proxy) =
        bucket.behind(|request| match request.method == "PUT" && request.target.contains("_delta_log") {
            true => Fault::Status(503),
            false => Fault::None,
        });
    let mut options = with_lake(&bucket);
    let report = take(&bucket, &options, "in/").unwrap();
    assert_eq!(report.files[0].status, Status::Loaded, "the database has decided");
    drop(proxy);
    let endpoint = bucket.server.endpoint();
    let mut bucket = bucket.reached_at(endpoint);
    options.s3 = bucket.place.options.s3.clone();
    options.lake.objects = bucket.place.options.s3.clone();
    bucket.place.options = options.clone();
    assert_eq!(bucket.place.measurements(&uuid(1)).len(), 1);
    take(&bucket, &options, "more/").unwrap();
    assert_eq!(bucket.place.measurements(&uuid(1)).len(), 2);
    let mut store = bucket.place.store();
    let row = store.lake().unwrap().unwrap();
    let lake = Attached::new(row, &options.lake).unwrap();
    let proofs = verify(&mut store, &lake, Depth::Rows, &Stop::default(), &Quiet).unwrap();
    assert!(proofs.iter().all(|proof| proof.ok && !proof.detail.contains("wait")), "{proofs:?}");
}
