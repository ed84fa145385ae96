//! Holds the repository to its own rules: who may import what, what every file opens with, what belongs together.
//!
//! Reads manifests and sources as text and runs nothing. Each check gathers all it finds and says of each what to do.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// A package, the crates of this workspace it may use, and the crates from elsewhere.
struct Row {
    name: &'static str,
    folder: &'static str,
    workspace: &'static [&'static str],
    externals: Externals,
}

/// Which crates from elsewhere a package may be built from.
enum Externals {
    /// Just these.
    Only(&'static [&'static str]),
    /// Any, but those of [`HEAVY`] just where that names the package.
    Light,
}

/// The import table. It is a statement about the design: changing it is a decision, not a repair.
const TABLE: &[Row] = &[
    Row {
        name: "smrt-core",
        folder: "crates/smrt-core",
        workspace: &[],
        externals: Externals::Only(&["chrono", "chrono-tz", "thiserror"]),
    },
    Row {
        name: "smrt-parser",
        folder: "crates/smrt-parser",
        workspace: &["smrt-core"],
        externals: Externals::Only(&["memchr", "nom", "thiserror"]),
    },
    Row { name: "smrt-storage", folder: "crates/smrt-storage", workspace: &["smrt-core"], externals: Externals::Light },
    Row { name: "smrt-objects", folder: "crates/smrt-objects", workspace: &[], externals: Externals::Light },
    Row { name: "smrt-lake", folder: "crates/smrt-lake", workspace: &["smrt-core"], externals: Externals::Light },
    Row {
        name: "smrt-analytics",
        folder: "crates/smrt-analytics",
        workspace: &["smrt-core"],
        externals: Externals::Only(&["thiserror"]),
    },
    Row {
        name: "smrt-ingest",
        folder: "crates/smrt-ingest",
        workspace: &["smrt-core", "smrt-lake", "smrt-objects", "smrt-parser", "smrt-storage"],
        externals: Externals::Light,
    },
    Row {
        name: "smrt-views",
        folder: "crates/smrt-views",
        workspace: &["smrt-analytics", "smrt-core", "smrt-ingest", "smrt-lake", "smrt-storage"],
        externals: Externals::Light,
    },
    Row {
        name: "smrt-server",
        folder: "crates/smrt-server",
        workspace: &["smrt-analytics", "smrt-core", "smrt-ingest", "smrt-storage", "smrt-views"],
        externals: Externals::Light,
    },
    Row {
        name: "smrt-cli",
        folder: "crates/smrt-cli",
        workspace: &[
            "smrt-analytics",
            "smrt-core",
            "smrt-lake",
            "smrt-objects",
            "smrt-parser",
            "smrt-storage",
            "smrt-ingest",
            "smrt-server",
            "smrt-views",
        ],
        externals: Externals::Light,
    },
    Row { name: "smrt-testkit", folder: "crates/smrt-testkit", workspace: &["smrt-core"], externals: Externals::Light },
    Row {
        name: "smrt-benches",
        folder: "benches",
        workspace: &["smrt-core", "smrt-parser", "smrt-storage", "smrt-ingest", "smrt-testkit"],
        externals: Externals::Light,
    },
    Row {
        name: "smrt-examples",
        folder: "examples",
        workspace: &["smrt-core", "smrt-parser", "smrt-storage", "smrt-ingest"],
        externals: Externals::Only(&["tempfile"]),
    },
];

/// Crates that decide what a package is about, and the only packages that may use them, be it just in their tests.
/// Benches measure against a database's own library.
const HEAVY: &[(&str, &[&str])] = &[
    ("diesel", &["smrt-storage", "smrt-benches"]),
    ("diesel_migrations", &["smrt-storage"]),
    ("libsqlite3-sys", &["smrt-storage"]),
    ("pq-sys", &["smrt-storage"]),
    ("rusqlite", &["smrt-benches"]),
    ("nom", &["smrt-parser"]),
    ("notify", &["smrt-ingest"]),
    ("clap", &["smrt-cli"]),
    ("clap_complete", &["smrt-cli"]),
    ("clap_mangen", &["smrt-cli"]),
    ("indicatif", &["smrt-cli"]),
    ("csv", &["smrt-views", "smrt-cli", "smrt-benches"]),
    ("criterion", &["smrt-benches"]),
    ("tokio", &["smrt-lake", "smrt-objects", "smrt-server"]),
    ("axum", &["smrt-server"]),
    ("hyper", &["smrt-server"]),
    ("maud", &["smrt-server"]),
    ("arrow-array", &["smrt-lake"]),
    ("arrow-schema", &["smrt-lake"]),
    // The tests of the command line read back what it wrote.
    ("parquet", &["smrt-lake", "smrt-cli"]),
    ("deltalake-core", &["smrt-lake"]),
    ("object_store", &["smrt-lake", "smrt-objects"]),
    ("datafusion", &[]),
    ("ballista", &[]),
];

/// Crates that are given to others.
const SHIPPED: &[&str] = &[
    "smrt-core",
    "smrt-parser",
    "smrt-storage",
    "smrt-objects",
    "smrt-lake",
    "smrt-analytics",
    "smrt-ingest",
    "smrt-views",
    "smrt-server",
    "smrt-cli",
];
/// Crates whose every public item must be documented.
const DOCUMENTED: &[&str] =
    &["smrt-core", "smrt-parser", "smrt-objects", "smrt-lake", "smrt-analytics", "smrt-views", "smrt-server"];
/// Crates that a program without files, threads or a clock could embed.
const PURE: &[&str] = &["crates/smrt-core/src", "crates/smrt-parser/src"];
/// Most direct dependencies of the parser.
const PARSER_DEPENDENCIES: usize = 6;
/// Most lines of a source file.
const LINES: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn exists(path: &str) -> bool {
    root().join(path).exists()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn manifest(path: &str) -> toml::Table {
    read(path).parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Names in a folder, in order.
fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let name = |entry: std::io::Result<fs::DirEntry>| entry.ok()?.file_name().into_string().ok();
    let mut names: Vec<String> = entries.map(|entry| name(entry).expect("a name in UTF-8")).collect();
    names.sort();
    names
}

/// All files of an extension below some folders, as paths from the root, without what builds leave behind.
fn files(folders: &[&str], extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut left: Vec<String> = folders.iter().map(|&folder| folder.to_owned()).collect();
    while let Some(folder) = left.pop() {
        for name in names(&folder) {
            let path = format!("{folder}/{name}");
            if root().join(&path).is_dir() {
                if name != "target" && !name.starts_with('.') {
                    left.push(path);
                }
            } else if Path::new(&name).extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<String> {
    let sources = files(&["crates", "benches", "examples", "fuzz"], "rs");
    assert!(sources.len() > 50, "found just {} sources: this test looks in the wrong place", sources.len());
    sources
}

/// Fails with everything that was found, one line each.
fn nothing(found: Vec<String>) {
    assert!(found.is_empty(), "\n  {}\n", found.join("\n  "));
}

/// Name and value of the dependencies in some sections of a manifest, also of those for one target alone.
fn dependencies(manifest: &toml::Table, sections: &[&str]) -> Vec<(String, toml::Value)> {
    let of = |table: &toml::Table| -> Vec<(String, toml::Value)> {
        let tables = sections.iter().filter_map(|&section| table.get(section)?.as_table());
        tables.flat_map(|table| table.iter().map(|(name, value)| (name.clone(), value.clone()))).collect()
    };
    let targets = manifest.get("target").and_then(toml::Value::as_table).into_iter().flatten();
    of(manifest).into_iter().chain(targets.filter_map(|(_, target)| Some(of(target.as_table()?))).flatten()).collect()
}

fn inherits(value: Option<&toml::Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(toml::Value::as_bool) == Some(true)
}

#[test]
fn every_package_stands_in_the_import_table() {
    let folders = names("crates").into_iter().map(|name| format!("crates/{name}"));
    let found: BTreeSet<String> = folders.chain(["benches".to_owned(), "examples".to_owned()]).collect();
    let listed: BTreeSet<String> = TABLE.iter().map(|row| row.folder.to_owned()).collect();
    let mut wrong = Vec::new();
    wrong.extend(found.difference(&listed).map(|folder| format!("{folder}: give it a row in TABLE of tidy.rs")));
    wrong.extend(listed.difference(&found).map(|folder| format!("{folder}: is gone; take its row out of TABLE")));
    for row in TABLE.iter().filter(|row| found.contains(row.folder)) {
        let name = manifest(&format!("{}/Cargo.toml", row.folder))["package"]["name"].as_str().map(str::to_owned);
        if name.as_deref() != Some(row.name) {
            wrong.push(format!("{}: is called {name:?}, expected {}", row.folder, row.name));
        }
    }
    nothing(wrong);
}

#[test]
fn the_import_table_holds() {
    let mut wrong = Vec::new();
    for row in TABLE {
        let path = format!("{}/Cargo.toml", row.folder);
        let manifest = manifest(&path);
        let used = dependencies(&manifest, &["dependencies", "build-dependencies"]);
        for (name, _) in &used {
            let allowed = match &row.externals {
                _ if name.starts_with("smrt-") => row.workspace.contains(&name.as_str()),
                Externals::Only(only) => only.contains(&name.as_str()),
                Externals::Light => true,
            };
            if !allowed {
                wrong.push(format!("{path}: {} must not use {name}; move the code to a crate that may", row.name));
            }
        }
        for (name, _) in used.iter().chain(&dependencies(&manifest, &["dev-dependencies"])) {
            if let Some((_, users)) = HEAVY.iter().find(|(heavy, users)| heavy == name && !users.contains(&row.name)) {
                wrong.push(format!("{path}: {name} is for {users:?} alone; move the code there"));
            }
        }
        if row.name == "smrt-parser" && used.len() > PARSER_DEPENDENCIES {
            wrong.push(format!("{path}: {} direct dependencies, at most {PARSER_DEPENDENCIES}", used.len()));
        }
    }
    nothing(wrong);
}

#[test]
fn versions_lints_and_editions_are_those_of_the_workspace() {
    let mut wrong = Vec::new();
    for row in TABLE {
        let path = format!("{}/Cargo.toml", row.folder);
        let manifest = manifest(&path);
        for (name, value) in dependencies(&manifest, &["dependencies", "dev-dependencies", "build-dependencies"]) {
            if !inherits(Some(&value)) {
                wrong.push(format!("{path}: write `{name}.workspace = true`, and its version in the root Cargo.toml"));
            }
        }
        if !inherits(manifest.get("lints")) {
            wrong.push(format!("{path}: add `[lints]` with `workspace = true`"));
        }
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            if !inherits(manifest["package"].get(key)) {
                wrong.push(format!("{path}: write `{key}.workspace = true`"));
            }
        }
    }
    nothing(wrong);
}

#[test]
fn every_source_file_says_first_what_it_is() {
    // A crate may open with its README instead, which is then its documentation.
    let openings = ["//! ", "#![doc = include_str!("];
    let missing = sources().into_iter().filter(|path| !openings.iter().any(|&opening| read(path).starts_with(opening)));
    nothing(missing.map(|path| format!("{path}: open it with `//!` and a sentence on what it is for")).collect());
}

#[test]
fn shipped_crates_forbid_unsafe_code_and_document_what_they_should() {
    let mut wrong = Vec::new();
    for name in SHIPPED {
        let roots = ["lib.rs", "main.rs"].map(|file| format!("crates/{name}/src/{file}"));
        for path in roots.iter().filter(|path| exists(path)) {
            let text = read(path);
            if !text.contains("\n#![forbid(unsafe_code)]\n") {
                wrong.push(format!("{path}: add `#![forbid(unsafe_code)]`"));
            }
            if DOCUMENTED.contains(name) && !text.contains("\n#![warn(missing_docs)]\n") {
                wrong.push(format!("{path}: add `#![warn(missing_docs)]`"));
            }
        }
    }
    nothing(wrong);
}

#[test]
fn core_and_parser_do_no_input_and_keep_no_clock() {
    let mut wrong = Vec::new();
    for path in files(PURE, "rs") {
        let text = read(&path);
        for word in ["std::fs", "std::net", "std::process", "std::env", "std::thread", "SystemTime", "Utc::now"] {
            if text.contains(word) {
                wrong.push(format!("{path}: uses {word}; let the caller do that and hand over what comes of it"));
            }
        }
    }
    nothing(wrong);
}

#[test]
fn nothing_is_left_undone_or_overlong() {
    // Put together, so that this file does not find itself.
    let marks = [["TO", "DO"], ["FIX", "ME"], ["todo", "!("], ["unimplemented", "!("]].map(|parts| parts.concat());
    let mut wrong = Vec::new();
    for path in sources() {
        let text = read(&path);
        for (line, text) in (1..).zip(text.lines()) {
            if let Some(mark) = marks.iter().find(|mark| text.contains(mark.as_str())) {
                wrong.push(format!("{path}:{line}: {mark} stands there; do it or take it out"));
            }
        }
        let lines = text.lines().count();
        if lines > LINES {
            wrong.push(format!("{path}: {lines} lines, at most {LINES}; it holds more than one idea, part them"));
        }
    }
    nothing(wrong);
}

#[test]
fn migrations_come_in_pairs() {
    let [sqlite, postgres] = ["sqlite", "postgres"].map(|kind| names(&format!("migrations/{kind}")));
    assert!(!sqlite.is_empty(), "no migrations: this test looks in the wrong place");
    assert_eq!(sqlite, postgres, "each migration must stand in both folders under the same version and name");
    let mut wrong = Vec::new();
    let mut versions = BTreeSet::new();
    for name in &sqlite {
        let version = name.split_once('_').map_or("", |(version, _)| version);
        if version.len() != 14 || !version.bytes().all(|byte| byte.is_ascii_digit()) || !versions.insert(version) {
            wrong.push(format!("migrations/*/{name}: name it VERSION_name, with 14 digits of its own"));
        }
        for (kind, file) in [("sqlite", "up"), ("sqlite", "down"), ("postgres", "up"), ("postgres", "down")] {
            let path = format!("migrations/{kind}/{name}/{file}.sql");
            if fs::read_to_string(root().join(&path)).unwrap_or_default().trim().is_empty() {
                wrong.push(format!("{path}: missing or empty"));
            }
        }
    }
    nothing(wrong);
}

/// The names of all formats, as the parser's closed list has them.
fn formats() -> Vec<String> {
    let text = read("crates/smrt-parser/src/format.rs");
    let between = |start: &str, end: &str| text.split_once(start)?.1.split_once(end).map(|(body, _)| body);
    let variants = between("pub enum Format {", "\n}").unwrap_or_default();
    let count = variants.lines().filter(|line| line.ends_with(',') && !line.contains("//")).count();
    let arms = between("fn name(self)", "\n    }").unwrap_or_default();
    let name = |line: &str| Some(line.split_once("=> \"")?.1.split_once('"')?.0.to_owned());
    let names: Vec<String> = arms.lines().filter_map(name).collect();
    assert!(count > 0 && names.len() == count, "expected {count} names in Format::name, found {names:?}");
    let all = between("pub const ALL: [Self; ", "]").unwrap_or_default();
    assert_eq!(all, count.to_string(), "name each of the {count} formats in Format::ALL");
    names
}

#[test]
fn every_format_has_its_folder_its_fixtures_its_fuzz_target_and_its_page() {
    let fuzz = manifest("fuzz/Cargo.toml");
    assert!(fuzz.contains_key("workspace"), "fuzz/Cargo.toml: add an empty `[workspace]`");
    let targets = fuzz.get("bin").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let mut wrong = Vec::new();
    for name in formats() {
        let module = format!("crates/smrt-parser/src/formats/{}/mod.rs", name.replace('-', "_"));
        if !exists(&module) {
            wrong.push(format!("{module}: missing; a format is a folder there"));
        }
        for folder in [format!("crates/smrt-parser/testdata/{name}"), format!("fuzz/corpus/{name}")] {
            if !exists(&folder) || names(&folder).is_empty() {
                wrong.push(format!("{folder}: missing or empty; put files of the format there"));
            }
        }
        let page = format!("docs/formats/{name}.md");
        for part in ["\n## Fields\n", "\n## Dialects\n", "\n## Findings\n"] {
            if !exists(&page) || !read(&page).contains(part) {
                wrong.push(format!("{page}: missing, or without the part {}", part.trim()));
            }
        }
        let target = targets.iter().find(|target| target.get("name").and_then(toml::Value::as_str) == Some(&name));
        match target.and_then(|target| target.get("path")?.as_str()) {
            Some(path) if exists(&format!("fuzz/{path}")) => {}
            _ => wrong.push(format!("fuzz/Cargo.toml: add a [[bin]] named {name} with its fuzz_targets/{name}.rs")),
        }
    }
    nothing(wrong);
}

/// One definition of a finding code.
struct Defined {
    path: String,
    id: String,
    name: String,
    explanation: String,
}

/// The quoted texts of a source, with the byte each starts at. Good enough for the files that define codes.
fn literals(text: &str) -> Vec<(usize, String)> {
    let mut literals = Vec::new();
    let mut inside: Option<usize> = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (inside, c) {
            (None, '"') => inside = Some(at),
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(start), '"') => {
                literals.push((start, text[start + 1..at].to_owned()));
                inside = None;
            }
            _ => {}
        }
    }
    literals
}

fn is_code(text: &str) -> bool {
    text.len() == 4 && text.starts_with(['D', 'F', 'P', 'V']) && text[1..].bytes().all(|byte| byte.is_ascii_digit())
}

/// All finding codes: `id: "V001", name: …` and the rows of the macros, `NAME = "P001" "name" "explanation";`.
fn codes() -> Vec<Defined> {
    let mut codes = Vec::new();
    for path in files(&["crates/smrt-core/src", "crates/smrt-parser/src", "crates/smrt-ingest/src"], "rs") {
        let text = read(&path);
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        if !text.contains("Code {") && !text.contains("odes! {") {
            continue;
        }
        let literals = literals(text);
        for (index, (at, id)) in literals.iter().enumerate() {
            let before = text[..*at].trim_end();
            let looks = id.len() <= 6 && id.bytes().skip(1).any(|byte| byte.is_ascii_digit());
            if looks && (before.ends_with("id:") || before.ends_with('=')) {
                let text_at = |place: usize| literals.get(place).map(|(_, text)| text.clone()).unwrap_or_default();
                let (name, explanation) = (text_at(index + 1), text_at(index + 2));
                codes.push(Defined { path: path.clone(), id: id.clone(), name, explanation });
            }
        }
    }
    codes
}

#[test]
fn every_finding_code_is_one_of_a_kind_and_explained() {
    let codes = codes();
    assert!(codes.len() > 30, "found just {} codes: this test looks in the wrong place", codes.len());
    let mut wrong = Vec::new();
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for Defined { path, id, name, explanation } in &codes {
        if !is_code(id) {
            wrong.push(format!("{path}: {id:?} is no code; write D, F, P or V and three digits"));
        }
        for key in [id, name] {
            if let Some(other) = seen.insert(key, path) {
                wrong.push(format!("{path}: {key} stands in {other} already; a code is never used twice"));
            }
        }
        let kebab = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || !name.bytes().all(kebab) {
            wrong.push(format!("{path}: {id} is called {name:?}; name it in lower case with hyphens"));
        }
        if explanation.len() < 60 || !explanation.ends_with('.') {
            wrong.push(format!("{path}: {id} needs an explanation: what it means, what smrt does, what to do next"));
        }
    }
    nothing(wrong);
}

/// The entries of the pages below `docs`: code, name and text of each heading `### P001 empty-file`.
fn entries() -> Vec<(String, String, String)> {
    let mut entries = Vec::new();
    for path in files(&["docs"], "md") {
        let text = read(&path);
        for part in text.split("\n### ").skip(1) {
            let (head, body) = part.split_once('\n').unwrap_or((part, ""));
            let (id, name) = head.split_once(' ').unwrap_or((head, ""));
            if is_code(id) {
                let paragraph = body.trim_start().split("\n\n").next().unwrap_or_default();
                entries.push((id.to_owned(), name.to_owned(), words(paragraph)));
            }
        }
    }
    entries
}

/// A text with single blanks between its words.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_finding_code_has_one_entry_on_a_page_and_explain_prints_it() {
    let entries = entries();
    let mut wrong = Vec::new();
    let codes = codes();
    for Defined { id, name, explanation, .. } in &codes {
        let text = words(&explanation.replace("\\\"", "\""));
        let found: Vec<_> = entries.iter().filter(|(entry, _, _)| entry == id).collect();
        match found.as_slice() {
            [(_, entry_name, entry)] if entry_name == name && *entry == text => {}
            [] => wrong.push(format!("docs: no page has an entry for it:\n### {id} {name}\n\n{text}\n")),
            [_] => wrong.push(format!("docs: the entry of {id} differs, it must say:\n### {id} {name}\n\n{text}\n")),
            _ => wrong.push(format!("docs: {id} has more than one entry")),
        }
    }
    let known = |id: &str| codes.iter().any(|code| code.id == id);
    wrong.extend(entries.iter().filter(|(id, _, _)| !known(id)).map(|(id, ..)| format!("docs: {id} is no code")));
    nothing(wrong);
}

#[test]
fn every_rule_is_in_the_list_of_rules() {
    let folder = "crates/smrt-ingest/src/rules";
    let list = read(&format!("{folder}/mod.rs"));
    let rules = names(folder).into_iter().filter_map(|name| name.strip_suffix(".rs").map(str::to_owned));
    let missing = rules.filter(|rule| rule != "mod" && !list.contains(&format!("&{rule}::")));
    nothing(missing.map(|rule| format!("{folder}/{rule}.rs: add its code to CODES in {folder}/mod.rs")).collect());
}

#[test]
fn the_map_names_every_crate_and_nothing_that_is_not_there() {
    let text = read("ARCHITECTURE.md");
    let mut wrong: Vec<String> = TABLE
        .iter()
        .filter(|row| !text.contains(row.name))
        .map(|row| format!("ARCHITECTURE.md: say where {} stands and what lives in it", row.name))
        .collect();
    for word in text.split('`').skip(1).step_by(2) {
        let (path, function) = word.split_once("::").map_or((word, None), |(path, function)| (path, Some(function)));
        // A path has a slash and no blank; patterns and addresses are none.
        if !path.contains('/') || path.contains([' ', '*', '<', '{', ':', '…', '\n']) {
            continue;
        }
        if !exists(path) {
            wrong.push(format!("ARCHITECTURE.md: names {path}, which does not exist"));
        } else if let Some(function) = function
            && !["(", "<"].iter().any(|next| read(path).contains(&format!("fn {function}{next}")))
        {
            wrong.push(format!("ARCHITECTURE.md: names {function} in {path}, which has no such function"));
        }
    }
    nothing(wrong);
}

#[test]
fn links_between_pages_lead_somewhere() {
    let pages = names(".").into_iter().filter(|name| name.ends_with(".md"));
    let mut wrong = Vec::new();
    for path in pages.chain(files(&["crates", "docs"], "md")) {
        let folder = Path::new(&path).parent().unwrap_or(Path::new(""));
        for target in read(&path).split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
        {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") && !root().join(folder).join(file).exists() {
                wrong.push(format!("{path}: links to {target}, which does not exist"));
            }
        }
    }
    nothing(wrong);
}

#[test]
fn the_change_log_has_a_place_for_what_comes_next() {
    let text = read("CHANGELOG.md");
    let part = text.split_once("\n## Unreleased\n").map(|(_, rest)| rest.split("\n## ").next().unwrap_or_default());
    let part = part.expect("CHANGELOG.md: add a part `## Unreleased`");
    assert!(part.contains("\n- "), "CHANGELOG.md: say under Unreleased what changed for users");
}
