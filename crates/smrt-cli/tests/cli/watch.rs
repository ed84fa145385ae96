//! `watch`: files as they arrive.

use crate::bench::{Bench, DAY, smrt};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

#[test]
fn once_takes_what_is_there_and_ends() {
    let bench = Bench::new();
    bench.put("in/PN000001.SMRT", &smrt("PN000001", DAY));
    bench.put("in/PN000002.SMRT", &smrt("PN000002", &[("0000000001", 1, "abc")]));
    let report = bench.json("watch in --once --settle 0", 3);
    assert_eq!((&report["totals"]["loaded"], &report["totals"]["rejected"]), (&1.into(), &1.into()));
    assert_eq!(bench.run("watch nowhere --once").code, 2);
    assert_eq!(bench.run("watch in/PN000001.SMRT --once").code, 2);
}

#[test]
#[cfg(unix)]
fn files_are_told_as_they_are_loaded() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("in")).unwrap();
    let mut command = bench.command("-o ndjson watch in --settle 0");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for name in ["PN000001", "PN000002"] {
        bench.put(&format!("in/{name}.part"), &smrt(name, &[(name, 1, "1")]));
        std::fs::rename(bench.path(&format!("in/{name}.part")), bench.path(&format!("in/{name}.SMRT"))).unwrap();
        let row: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!((&row["name"], &row["status"]), (&format!("{name}.SMRT").into(), &"loaded".into()));
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(bench.json("meters", 0).as_array().unwrap().len(), 2);
}
