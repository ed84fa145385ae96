//! What is damaged, missing or nobody's.

use crate::common::{all, columns, generated, on_disk};
use object_store::{ObjectStoreExt, memory::InMemory, path::Path as Key};
use smrt_core::{DataFile, Dataset};
use smrt_lake::{Home, Lake, LakeError, Query};
use std::{fs, ops::ControlFlow, path::PathBuf, sync::Arc};

fn path(lake: &Lake, file: &DataFile) -> PathBuf {
    PathBuf::from(lake.home().address()).join(file.dataset.as_str()).join(&file.path)
}

fn scanned(lake: &Lake, file: &DataFile) -> Result<u64, LakeError> {
    let files = std::slice::from_ref(file);
    lake.scan(files, &Query::default(), &mut |_| ControlFlow::Continue(())).map(|stats| stats.rows)
}

#[test]
fn a_missing_a_cut_and_a_changed_file_are_told_by_name() {
    let (_folder, lake) = on_disk();
    let file = lake.write(&columns(&generated(3, 1, 50, 1))).unwrap().remove(0);
    let place = path(&lake, &file);
    lake.check(&file, true).unwrap();
    let bytes = fs::read(&place).unwrap();
    let told = |what: &str| {
        for error in [scanned(&lake, &file).unwrap_err(), lake.check(&file, false).unwrap_err()] {
            let text = error.to_string();
            assert!(text.contains(&file.path) && text.contains(what), "{text}");
            assert!(!error.is_temporary());
        }
    };
    fs::write(&place, &bytes[..bytes.len() - 1]).unwrap();
    told(&format!("expected {} bytes, found {}", file.size, file.size - 1));
    fs::write(&place, vec![0; bytes.len()]).unwrap();
    told("a whole Parquet file");
    fs::remove_file(&place).unwrap();
    told("found none");
    // Another file of the lake in its place.
    let other = lake.write(&columns(&generated(2, 1, 50, 1))).unwrap().remove(0);
    let claimed = DataFile { size: other.size, path: other.path.clone(), ..file.clone() };
    let text = scanned(&lake, &claimed).unwrap_err().to_string();
    assert!(text.contains("expected 150 rows, found 100"), "{text}");
    let claimed = DataFile { rows: other.rows, ..claimed };
    let text = lake.check(&claimed, false).unwrap_err().to_string();
    assert!(text.contains("series"), "{text}");
}

#[test]
fn a_missing_and_a_cut_object_are_told_by_name() {
    let store = Arc::new(InMemory::new());
    let home = Home::objects(store.clone(), Key::from("lake"), "s3://bucket/lake");
    let lake = Lake::create(home, "db-1").unwrap();
    let file = lake.write(&columns(&generated(3, 1, 50, 1))).unwrap().remove(0);
    lake.check(&file, true).unwrap();
    let key = Key::from(format!("lake/measurements/{}", file.path));
    let put = |bytes: Vec<u8>| futures::executor::block_on(store.put(&key, bytes.into())).unwrap();
    for length in [1, 200] {
        put(vec![b'x'; length]);
        let error = scanned(&lake, &file).unwrap_err();
        assert!(matches!(error, LakeError::Damaged { .. }) && error.to_string().contains(&file.path), "{error}");
    }
    assert_eq!(lake.delete(Dataset::Measurements, std::slice::from_ref(&file.path)).unwrap(), 1);
    let error = scanned(&lake, &file).unwrap_err();
    assert!(matches!(error, LakeError::Missing { .. }) && error.to_string().contains(&file.path), "{error}");
}

#[test]
fn a_changed_byte_anywhere_does_no_harm_and_a_deep_check_tells() {
    let (_folder, lake) = on_disk();
    let file = lake.write(&columns(&generated(3, 1, 20, 1))).unwrap().remove(0);
    let place = path(&lake, &file);
    let bytes = fs::read(&place).unwrap();
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 0x55;
        fs::write(&place, &changed).unwrap();
        // Values may be others where no check of the format notices; a panic would fail this test.
        let _ = scanned(&lake, &file);
        let error = lake.check(&file, true).unwrap_err();
        assert!(matches!(error, LakeError::Damaged { .. }), "{error}");
    }
}

#[test]
fn files_that_nobody_lists_are_listed_and_answer_nothing() {
    let (_folder, lake) = on_disk();
    let listed = lake.write(&columns(&generated(2, 1, 10, 1))).unwrap();
    let orphans = lake.write(&columns(&generated(2, 2, 10, 2))).unwrap();
    assert_eq!(all(&lake, &listed).len(), 20);
    let there = lake.listing(Dataset::Measurements).unwrap();
    let mut expected: Vec<_> = listed.iter().chain(&orphans).map(|file| (file.path.clone(), file.size)).collect();
    expected.sort();
    assert_eq!(there.iter().map(|file| (file.path.clone(), file.size)).collect::<Vec<_>>(), expected);
    let paths: Vec<String> = orphans.iter().map(|file| file.path.clone()).collect();
    assert_eq!(lake.delete(Dataset::Measurements, &paths).unwrap(), 2);
    assert_eq!(lake.delete(Dataset::Measurements, &paths).unwrap(), 0);
    assert_eq!(lake.listing(Dataset::Measurements).unwrap().len(), 1);
    assert_eq!(lake.listing(Dataset::Superseded).unwrap(), []);
}

#[test]
fn a_lake_says_whose_it_is_and_nothing_lies_outside_of_it() {
    let (_folder, lake) = on_disk();
    let home = lake.home().clone();
    assert_eq!(Lake::owner(&home).unwrap().as_deref(), Some("db-1"));
    assert_eq!(Lake::open(home.clone()).unwrap().database(), "db-1");
    assert!(matches!(Lake::create(home.clone(), "db-2").unwrap_err(), LakeError::Foreign { .. }));
    let file = lake.write(&columns(&generated(1, 1, 2, 1))).unwrap().remove(0);
    let outside = DataFile { path: "../../etc/passwd".to_owned(), ..file };
    assert!(scanned(&lake, &outside).unwrap_err().to_string().contains("inside the lake"));
    assert!(lake.delete(Dataset::Measurements, &["../lake.json".to_owned()]).is_err());

    let nowhere = Home::folder(PathBuf::from(home.address()).join("none"));
    assert_eq!(Lake::owner(&nowhere).unwrap(), None);
    assert!(matches!(Lake::open(nowhere).unwrap_err(), LakeError::NoLake { .. }));
    fs::write(PathBuf::from(home.address()).join("lake.json"), "{").unwrap();
    assert!(matches!(Lake::open(home).unwrap_err(), LakeError::Owner { .. }));
}
