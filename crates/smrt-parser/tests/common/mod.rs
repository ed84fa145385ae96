//! What the tests of several formats need: the checker, files, and findings in short.

#![allow(dead_code, reason = "not every test uses all of it")]

#[path = "../../../../fuzz/check/mod.rs"]
pub(crate) mod check;

use check::Read;
use std::{fs, path::Path};

/// Problems and remarks as `line:column code`.
pub(crate) fn findings(read: &Read) -> Vec<String> {
    let problems = read.problems.iter().map(|(problem, _)| (problem.span, problem.kind.code()));
    let remarks = read.remarks.iter().map(|(remark, _)| (remark.span, remark.kind.code()));
    problems.chain(remarks).map(|(span, code)| format!("{} {}", span.position, code.name)).collect()
}

/// A file of `testdata`.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files of a folder beside the manifest, in the order of their names.
pub(crate) fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
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
