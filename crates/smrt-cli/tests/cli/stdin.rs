//! Standard input: read once, whatever its size, known by its content and by the name it is given.

use crate::bench::{Bench, DAY, Run, smrt};
use std::{
    io::{BufWriter, Write},
    process::{Child, Stdio},
};

/// Starts a command line that is fed by the caller.
fn fed(bench: &Bench, line: &str) -> Child {
    let mut command = bench.command(line);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn ended(child: Child) -> Run {
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// Runs a command line that reads these bytes.
fn feed(bench: &Bench, line: &str, bytes: &[u8]) -> Run {
    let mut child = fed(bench, line);
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    ended(child)
}

fn file(run: &Run) -> serde_json::Value {
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run:?}"));
    report["files"][0].clone()
}

#[test]
fn what_comes_is_loaded_once_by_its_content_and_by_its_name() {
    let bench = Bench::new();
    let text = smrt("PN000001", DAY);
    let first = feed(&bench, "-o json ingest - --archive done", text.as_bytes());
    assert_eq!(first.code, 0, "{first:?}");
    assert_eq!(file(&first)["status"], "loaded");
    assert!(file(&first)["name"].as_str().unwrap().starts_with("stdin-"), "{first:?}");
    let again = feed(&bench, "-o json ingest -", text.as_bytes());
    assert_eq!(file(&again)["status"], "duplicate");
    let other = smrt("PN000002", &[("0000000001", 7, "1")]);
    let named = "-o json ingest - --name PN000002.SMRT";
    assert_eq!(file(&feed(&bench, named, other.as_bytes()))["status"], "loaded");
    assert_eq!(file(&feed(&bench, named, other.as_bytes()))["status"], "already-loaded");
    let conflict = feed(&bench, named, text.as_bytes());
    assert_eq!((conflict.code, &file(&conflict)["status"]), (4, &"name-conflict".into()));
    assert_eq!(bench.names(), ["smrt.db"], "nothing is moved");
}

#[test]
fn findings_have_their_lines_although_nothing_can_be_read_twice() {
    let bench = Bench::new();
    let text = smrt("PN000001", &[DAY[0], ("0000000001", 1, "abc"), ("0000000001", 1, "1"), ("0000000001", 0, "2")]);
    let run = feed(&bench, "validate - --name PN000001.SMRT", text.as_bytes());
    assert_eq!(run.code, 6);
    for part in ["error[P014]", "--> PN000001.SMRT:3:40", "warning[V001]", "--> PN000001.SMRT:5"] {
        assert!(run.out.contains(part), "{part}: {}", run.out);
    }
    let run = feed(&bench, "inspect -", smrt("PN000001", DAY).as_bytes());
    assert!(run.code == 0 && run.out.contains("generation PN000001"), "{run:?}");
    let long = format!("{}{}\n", smrt("PN000001", DAY), "x".repeat(300_000));
    assert!(feed(&bench, "validate -", long.as_bytes()).out.contains("F004"));
}

#[test]
fn what_is_no_data_is_refused_by_name_and_nothing_is_loaded() {
    let bench = Bench::new();
    for (bytes, part) in [
        (b"".as_slice(), "an empty file"),
        (b"<html><body>Login</body></html>", "a page of the web"),
        (b"\xff\xfe1\0", "UTF-16"),
        (b"\x1f\x8b\x08\0\0", "cut short"),
        (b"PK\x03\x04rubbish", "the archive is damaged"),
    ] {
        let run = feed(&bench, "ingest -", bytes);
        assert!(run.code == 4 && run.err.contains(part), "{part}: {run:?}");
    }
}

/// Peak memory of a process so far, in KiB.
fn peak(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn memory_does_not_grow_with_what_comes() {
    let bench = Bench::new();
    let mut child = fed(&bench, "validate - --quiet");
    let mut out = BufWriter::with_capacity(1 << 20, child.stdin.take().unwrap());
    writeln!(out, "\"HEADR\",\"SMRT\",\"GAZ\",\"20191011\",\"134942\",\"PN000001\"").unwrap();
    // 60 MB, in key order, of 1,400 meters.
    for meter in 0..1_400 {
        for hour in 0..1_000 {
            let (day, hour) = (1 + hour / 24 % 28, hour % 24);
            let month = 1 + meter % 2;
            writeln!(out, "\"CONSU\",\"{meter:010}\",\"2019{month:02}{day:02}\",\"{hour:02}00\",1.25").unwrap();
        }
    }
    out.flush().unwrap();
    // All but what stands in the pipe has been read.
    let peak = peak(&child);
    writeln!(out, "\"TRAIL\"").unwrap();
    drop(out);
    let run = ended(child);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(peak < 64 * 1024, "{peak} KiB");
}
