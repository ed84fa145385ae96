//! What readers see: each publication once, in order, whoever makes it.

use crate::common::{columns, generated, in_memory, on_disk};
use smrt_core::{DataFile, Dataset};
use smrt_lake::{Lake, LakeError, Operation, Publication};

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
