//! What readers see: each publication once, in order, whoever makes it.

use crate::common::{all, columns, generated, in_memory, on_disk};
use smrt_core::{DataFile, Dataset};
use smrt_lake::{Home, Lake, LakeError, Operation, Publication};
use std::{path::PathBuf, thread};

fn load(number: u64, adds: Vec<DataFile>) -> Publication {
    Publication { number, made_at: 1_790_000_000, operation: Operation::Load, adds, removes: Vec::new() }
}

fn both(check: impl Fn(&Lake)) {
    let (_folder, lake) = on_disk();
    check(&lake);
    check(&in_memory());
}

#[test]
fn a_publication_is_made_once_and_in_order() {
    both(|lake| {
        let table = Dataset::Measurements;
        assert_eq!(lake.published(table).unwrap(), None);
        let files = lake.write(&columns(&generated(3, 2, 10, 1))).unwrap();
        lake.sync(&files).unwrap();
        let first = load(1, files.clone());
        assert!(lake.publish(table, &first).unwrap());
        assert!(!lake.publish(table, &first).unwrap());
        assert_eq!(lake.published(table).unwrap(), Some(1));
        let out_of_order = lake.publish(table, &load(3, Vec::new())).unwrap_err();
        assert!(matches!(out_of_order, LakeError::OutOfOrder { expected: 2, found: 3, .. }), "{out_of_order}");
        let (version, active) = lake.active(table, None).unwrap().unwrap();
        assert_eq!(version, 1);
        let listed: Vec<_> = files.iter().map(|file| (file.path.clone(), file.size, Some(file.rows))).collect();
        assert_eq!(active.into_iter().map(|file| (file.path, file.size, file.rows)).collect::<Vec<_>>(), listed);
    });
}

/// The same lake, as another process would open it.
fn again(lake: &Lake) -> Lake {
    Lake::open(lake.home().clone()).unwrap()
}

#[test]
fn what_a_killed_process_left_unpublished_the_next_one_makes_up_for() {
    both(|lake| {
        let table = Dataset::Measurements;
        let loads: Vec<_> = (1..=3).map(|file| lake.write(&columns(&generated(2, 1, 10, file))).unwrap()).collect();
        lake.publish(table, &load(1, loads[0].clone())).unwrap();
        // The database decided on 2 and 3, and the process ended.
        let next = again(lake);
        assert_eq!(next.published(table).unwrap(), Some(1));
        for number in 1..=3_u64 {
            let adds = loads[usize::try_from(number).unwrap() - 1].clone();
            assert_eq!(next.publish(table, &load(number, adds)).unwrap(), number > 1);
        }
        // Who knew an older state sees the newer one.
        assert_eq!(lake.published(table).unwrap(), Some(3));
        assert_eq!(lake.active(table, None).unwrap().unwrap().1.len(), 3);
        assert_eq!(lake.active(table, Some(1)).unwrap().unwrap().1.len(), 1);
    });
}

#[test]
fn of_publishers_that_race_one_commits() {
    both(|lake| {
        let table = Dataset::Measurements;
        let files = lake.write(&columns(&generated(2, 1, 10, 1))).unwrap();
        let mut version = 0;
        for number in 1..=6 {
            let publication = load(number, files.clone());
            let made: usize = thread::scope(|scope| {
                let publishers: Vec<_> =
                    (0..4).map(|_| scope.spawn(|| again(lake).publish(table, &publication).unwrap())).collect();
                publishers.into_iter().map(|publisher| usize::from(publisher.join().unwrap())).sum()
            });
            version += 1;
            // One that was overtaken after its own commit would say so too; the log is what counts.
            assert!(made >= 1);
            let (found, _) = again(lake).active(table, None).unwrap().unwrap();
            assert_eq!((found, lake.published(table).unwrap()), (version, Some(number)));
        }
    });
}

#[test]
fn compaction_takes_files_out_for_readers_and_leaves_them_where_they_are() {
    both(|lake| {
        let table = Dataset::Measurements;
        let files: Vec<_> =
            (1..=2).flat_map(|file| lake.write(&columns(&generated(2, 1, 10, file))).unwrap()).collect();
        lake.publish(table, &load(1, files.clone())).unwrap();
        let compacted = lake.compact(&files, true).unwrap();
        let (adds, lost) = (compacted.current, compacted.superseded);
        let publication = Publication {
            number: 2,
            made_at: 1_790_000_100,
            operation: Operation::Compaction,
            adds: adds.clone(),
            removes: files.clone(),
        };
        assert!(lake.publish(table, &publication).unwrap());
        assert!(lake.publish(Dataset::Superseded, &load(1, lost)).unwrap());
        let (_, active) = lake.active(table, None).unwrap().unwrap();
        assert_eq!(active.iter().map(|file| &file.path).collect::<Vec<_>>(), [&adds[0].path]);
        assert_eq!(lake.listing(table).unwrap().len(), 3);
        assert_eq!(all(lake, &adds), all(lake, &files));
    });
}

#[test]
fn a_long_log_is_summed_up_now_and_then() {
    let (_folder, lake) = on_disk();
    let table = Dataset::Readings;
    for number in 1..=101 {
        assert!(lake.publish(table, &load(number, Vec::new())).unwrap());
    }
    let log = PathBuf::from(lake.home().address()).join("readings/_delta_log");
    assert!(log.join("_last_checkpoint").exists());
    assert!(std::fs::read_dir(&log).unwrap().all(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        !name.ends_with(".tmp")
    }));
    assert_eq!(again(&lake).published(table).unwrap(), Some(101));
}

#[test]
fn the_table_of_another_database_is_left_alone() {
    let (_folder, lake) = on_disk();
    let table = Dataset::Measurements;
    lake.publish(table, &load(1, Vec::new())).unwrap();
    // Somebody wrote over what says whose lake it is.
    let address = PathBuf::from(lake.home().address());
    std::fs::write(address.join("lake.json"), r#"{"smrt.database":"db-2"}"#).unwrap();
    let other = Lake::open(Home::folder(address)).unwrap();
    let error = other.publish(table, &load(2, Vec::new())).unwrap_err();
    assert!(matches!(error, LakeError::Foreign { .. }), "{error}");
}
