//! Ctrl-C: the file in hand is rolled back, what was loaded stays, the exit code says that it can go on.
#![cfg(unix)]

use crate::bench::{Bench, DAY, smrt};
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// Waits for the end, but not for ever.
fn end(child: &mut Child) -> Option<i32> {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if Instant::now() > until {
            child.kill().unwrap();
            panic!("it did not end");
        }
        sleep(Duration::from_millis(10));
    }
}

#[test]
fn an_interrupted_load_leaves_whole_files_only() {
    let bench = Bench::new();
    bench.put("in/PN000001.SMRT", &smrt("PN000001", DAY));
    bench.ok("ingest in");
    bench.ok("generate smrt --size 60MB --start 2020-01-01 --generation PN000002 --out in/PN000002.SMRT");
    for name in ["INT", "TERM"] {
        let mut child = bench.command("-v ingest in").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("database") {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "it ended before it began");
        }
        // Loading the large file takes longer than this.
        sleep(Duration::from_millis(300));
        signal(&child, name);
        let code = end(&mut child);
        let rest: Vec<String> = said.lines().map_while(Result::ok).collect();
        assert_eq!(code, Some(130), "{name}: {rest:?}");
        assert!(rest.iter().any(|line| line.contains("run the same command again")), "{rest:?}");
        assert!(bench.json("doctor", 0).as_array().unwrap().iter().all(|check| check["ok"] == true));
        assert_eq!(bench.json("files PN000001.SMRT --status loaded", 0)[0]["records"], 3);
        assert_eq!(bench.run("files PN000002.SMRT").code, 1, "nothing is known of the file that was in hand");
        assert_eq!(bench.json("stats", 0)["readings"], 3);
    }
}

#[test]
fn an_interrupted_question_ends_at_once() {
    let bench = Bench::new();
    bench.ok("generate smrt --meters 1 --days 1000 --out PN000001.SMRT");
    bench.ok("ingest PN000001.SMRT");
    let mut child = bench.command("readings 0000000001").stdout(Stdio::piped()).spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    // Once a line has come it is under way; it cannot end, because nobody reads on.
    reader.read_line(&mut String::new()).unwrap();
    signal(&child, "INT");
    assert_eq!(end(&mut child), Some(130));
}

#[test]
fn an_interrupted_export_or_sample_leaves_nothing() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("out")).unwrap();
    let mut child = bench.command("generate smrt --size 4GB --out out/PN000001.SMRT").spawn().unwrap();
    sleep(Duration::from_millis(500));
    signal(&child, "INT");
    assert_eq!(end(&mut child), Some(130));
    assert!(crate::bench::names(&bench.path("out")).is_empty());
    bench.ok("generate smrt --size 8MB --out PN000001.SMRT");
    bench.ok("ingest PN000001.SMRT");
    let mut child =
        bench.command("export --partition year,month,day --dest out").stdout(Stdio::null()).spawn().unwrap();
    while child.try_wait().unwrap().is_none() && !bench.path("out/.smrt-export").exists() {
        sleep(Duration::from_millis(1));
    }
    signal(&child, "INT");
    assert_eq!(end(&mut child), Some(130));
    assert!(crate::bench::names(&bench.path("out")).is_empty());
}
