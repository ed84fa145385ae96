//! The fuzz corpus, replayed: what the fuzzer checks on bytes of its own must hold for every committed file.

#[path = "../../../fuzz/check/smrt.rs"]
mod check;

use smrt_parser::{ErrorKind, smrt::Records};
use std::{collections::BTreeSet, fs, path::Path};

/// The files of a folder, in the order of their names.
fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.expect("an entry of the folder").path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        files.push((name, fs::read(&path).expect("a file that can be read")));
    }
    files.sort();
    assert!(!files.is_empty(), "{} holds no file: without them this test tests nothing", folder.display());
    files
}

#[test]
fn every_file_of_the_corpus_and_every_fixture_keeps_the_promises() {
    for (name, text) in files("../../fuzz/corpus/smrt").into_iter().chain(files("testdata/smrt")) {
        // Captured, and shown with the panic of the file that fails.
        println!("{name}");
        check::check(&text);
    }
}

#[test]
fn the_corpus_has_every_problem_the_format_can_have() {
    let found: BTreeSet<&str> = files("../../fuzz/corpus/smrt")
        .iter()
        .flat_map(|(_, text)| Records::new(text).filter_map(Result::err).map(|problem| problem.kind.code().id))
        .collect();
    // More meters than 32 bits can number make no small file.
    let too_many = ErrorKind::TooMany { what: "meters", limit: 0 }.code().id;
    let missing: Vec<&str> =
        smrt_parser::codes().map(|code| code.id).filter(|&id| id != too_many && !found.contains(id)).collect();
    assert!(missing.is_empty(), "add a file to fuzz/corpus/smrt for each of {missing:?}");
}

#[test]
fn what_is_named_valid_has_no_problem() {
    for (name, text) in files("../../fuzz/corpus/smrt").into_iter().filter(|(name, _)| name.starts_with("valid")) {
        let problems: Vec<_> = Records::new(&text).filter_map(Result::err).map(|problem| problem.to_string()).collect();
        assert!(problems.is_empty(), "{name}: {problems:?}");
    }
}

#[test]
fn damaged_and_cut_corpus_files_keep_the_promises_too() {
    for (_, text) in files("../../fuzz/corpus/smrt").into_iter().filter(|(_, text)| text.len() < 400) {
        for at in (0..text.len()).step_by(7) {
            check::check(&text[..at]);
            let mut damaged = text.clone();
            damaged[at] ^= 0x15;
            check::check(&damaged);
        }
    }
}
