//! `export`: whole files, the same bytes for the same data.

use crate::bench::{Bench, names};
use std::{collections::BTreeMap, fs, path::Path};

fn loaded() -> Bench {
    let bench = Bench::new();
    bench.ok("generate smrt --meters 3 --days 5 --start 2019-12-29 --out PN000001.SMRT");
    bench.ok("ingest PN000001.SMRT");
    bench
}

/// Every file below a folder with its bytes.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for name in names(&next) {
            let path = next.join(name);
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(folder).unwrap().display().to_string(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[test]
fn a_second_run_gives_the_same_bytes() {
    let bench = loaded();
    bench.ok("export --dest out --partition year,month,day");
    let first = tree(&bench.path("out"));
    let paths: Vec<_> = first.keys().map(String::as_str).collect();
    assert_eq!(paths.len(), 6, "{paths:?}");
    assert!(first.contains_key("manifest.json") && first.contains_key("year=2019/month=12/day=29/readings.csv"));
    bench.ok("export --dest out --partition year,month,day");
    assert_eq!(tree(&bench.path("out")), first);
    bench.ok("export --dest other --partition year,month,day");
    assert_eq!(tree(&bench.path("other")), first);
}

#[test]
fn the_manifest_tells_what_is_there() {
    let bench = loaded();
    let printed = bench.json("export --what daily --dest out --partition year", 0);
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(bench.path("out/manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["files"], printed);
    assert_eq!((&manifest["what"], &manifest["files"][0]["rows"]), (&"daily".into(), &9.into()));
    let files = tree(&bench.path("out"));
    let rows = |name: &str| String::from_utf8_lossy(&files[name]).lines().count() - 1;
    assert_eq!((rows("year=2019/daily.csv"), rows("year=2020/daily.csv")), (9, 6));
    assert!(files["year=2020/daily.csv"].starts_with(b"meter,channel,date,unit,count,expected,sum,min,max,mean\n"));
}

#[test]
fn files_of_an_earlier_export_go_and_other_files_stay() {
    let bench = loaded();
    bench.ok("export --dest out --partition year,month");
    bench.put("out/year=2019/notes.txt", "mine");
    bench.ok("export --dest out");
    let files: Vec<_> = tree(&bench.path("out")).into_keys().collect();
    assert_eq!(files, ["manifest.json", "readings.csv", "year=2019/notes.txt"]);
    assert!(!bench.path("out/year=2020").exists());
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let bench = loaded();
    bench.put("out/manifest.json", "{\"name\": \"a web app\"}");
    let run = bench.run("export --dest out");
    assert_eq!(run.code, 2);
    assert!(run.err.contains("choose another --dest"), "{}", run.err);
    assert_eq!(names(&bench.path("out")), ["manifest.json"]);
}

#[test]
fn a_range_and_an_empty_database_can_be_exported() {
    let bench = loaded();
    bench.ok("export --dest out --from 2019-12-30 --to 2019-12-31");
    let text = fs::read_to_string(bench.path("out/readings.csv")).unwrap();
    assert_eq!(text.lines().count(), 1 + 3 * 24);
    bench.ok("--database empty.db export --dest empty");
    let text = fs::read_to_string(bench.path("empty/readings.csv")).unwrap();
    assert_eq!(text, "meter,channel,start,end,value,unit,quality,file,line,reason,reason_text\n");
}

#[test]
fn wrong_parts_and_places_are_refused() {
    let bench = loaded();
    for line in ["--partition month", "--partition year,day", "--partition week", "--format xml"] {
        assert_eq!(bench.run(&format!("export --dest out {line}")).code, 2, "{line}");
    }
    bench.put("file", "x");
    assert_eq!(bench.run("export --dest file").code, 73);
    assert_eq!(bench.run("export --dest file/below").code, 73);
}
