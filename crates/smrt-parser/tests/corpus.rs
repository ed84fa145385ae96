//! The fuzz corpus, replayed: what the fuzzer checks on bytes of its own must hold for every committed file.

mod common;

use common::{check, files};
use smrt_parser::{ErrorKind, Format};
use std::collections::BTreeSet;

fn corpus(format: Format) -> Vec<(String, Vec<u8>)> {
    files(&format!("../../fuzz/corpus/{format}"))
}

fn fixtures(format: Format) -> Vec<(String, Vec<u8>)> {
    files(&format!("testdata/{format}"))
}

#[test]
fn every_file_of_the_corpus_and_every_fixture_keeps_the_promises() {
    for format in Format::ALL {
        for (name, text) in corpus(format).into_iter().chain(fixtures(format)) {
            // Captured, and shown with the panic of the file that fails.
            println!("{format}: {name}");
            check::check(format, &text);
        }
    }
}

#[test]
fn every_file_keeps_the_promises_of_every_other_format_too() {
    for (name, text) in Format::ALL.into_iter().flat_map(corpus) {
        println!("{name}");
        Format::ALL.into_iter().for_each(|format| check::check(format, &text));
    }
}

#[test]
fn the_files_have_every_problem_and_every_oddity_that_the_formats_can_have() {
    let mut found = BTreeSet::new();
    for format in Format::ALL {
        for (_, text) in corpus(format).into_iter().chain(fixtures(format)) {
            for options in check::ways(format) {
                let read = check::read(format, &options, &text);
                found.extend(read.problems.iter().map(|(problem, _)| problem.kind.code().id));
                found.extend(read.remarks.iter().map(|(remark, _)| remark.kind.code().id));
            }
        }
    }
    // More meters than 32 bits can number make no small file.
    let too_many = ErrorKind::TooMany { what: "meters", limit: 0 }.code().id;
    let missing: Vec<&str> =
        smrt_parser::codes().map(|code| code.id).filter(|&id| id != too_many && !found.contains(id)).collect();
    assert!(missing.is_empty(), "add a file to testdata or fuzz/corpus for each of {missing:?}");
}

#[test]
fn what_is_named_valid_has_neither_problem_nor_oddity() {
    for format in Format::ALL {
        for (name, text) in corpus(format).into_iter().filter(|(name, _)| name.starts_with("valid")) {
            let said = |options| {
                let read = check::read(format, &options, &text);
                let problems: Vec<_> = read.problems.iter().map(|(problem, _)| problem.to_string()).collect();
                (problems, read.remarks)
            };
            let strict = check::ways(format).swap_remove(0);
            assert_eq!(said(strict), (vec![], vec![]), "{name}");
        }
    }
}

#[test]
fn damaged_and_cut_corpus_files_keep_the_promises_too() {
    for format in Format::ALL {
        for (_, text) in corpus(format).into_iter().filter(|(_, text)| text.len() < 400) {
            for at in (0..text.len()).step_by(7) {
                check::check(format, &text[..at]);
                let mut damaged = text.clone();
                damaged[at] ^= 0x15;
                check::check(format, &damaged);
            }
        }
    }
}
