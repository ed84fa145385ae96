//! Faults at chosen moments: the process is killed at a system call, or the call fails as on a full or broken disk.
//! Afterwards the database is sound, and running again brings what an undisturbed run brings.
//!
//! The faults are made by strace. Where it is missing this says so and tests nothing, unless `SMRT_TEST_FAULTS=require`.
#![cfg(target_os = "linux")]

use crate::bench::{Bench, Run, names, run, smrt};
use std::{
    fs,
    io::{self, Write},
    process::{Command, Stdio},
};

/// The moments tried: every one of the first calls, then fewer and fewer.
const MOMENTS: [u32; 14] = [1, 2, 3, 4, 6, 9, 13, 19, 28, 40, 60, 90, 130, 200];

const TAKE: &str = "-o json ingest --archive done --quarantine bad in";

/// A folder with four good files and a bad one. With few meters the files overwrite each other's values.
fn bench(meters: u32) -> Bench {
    let bench = Bench::new();
    for number in 1..=4 {
        let meter = format!("{:010}", number % meters);
        let values: Vec<String> = (0..24).map(|hour| format!("{hour}.{number}")).collect();
        let rows: Vec<(&str, u32, &str)> =
            (0..24).map(|h| (meter.as_str(), u32::try_from(h).unwrap(), values[h].as_str())).collect();
        bench.put(&format!("in/PN{number:06}.SMRT"), &smrt(&format!("PN{number:06}"), &rows));
    }
    bench.put("in/PN000005.SMRT", &smrt("PN000005", &[("0000000001", 1, "abc")]));
    bench
}

/// Runs a command line under strace with a fault in the call `name`, the `moment`th time a thread makes it.
fn run_with_fault(bench: &Bench, line: &str, name: &str, fault: &str, moment: u32) -> Run {
    let smrt = bench.command(line);
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={name}")]);
    command.args(["-e", &format!("inject={name}:{fault}:when={moment}")]);
    command.arg(smrt.get_program()).args(smrt.get_args()).current_dir(bench.path(".")).stdin(Stdio::null());
    run(&mut command)
}

fn has_strace() -> bool {
    let found = Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success());
    let required = std::env::var("SMRT_TEST_FAULTS").as_deref() == Ok("require");
    assert!(found || !required, "SMRT_TEST_FAULTS=require, but there is no strace");
    if !found {
        let _ = writeln!(io::stderr(), "no strace was found: NOT TESTED with faults");
    }
    found
}

/// Sound now; and running again ends as an undisturbed run does, each file in just one place.
fn assert_recovers(bench: &Bench, digest: &str, what: &str) {
    if bench.path("smrt.db").exists() {
        let doctor = bench.run("doctor");
        assert_eq!(doctor.code, 0, "{what}: {doctor:?}");
    }
    let again = bench.run(TAKE);
    assert!(matches!(again.code, 0 | 3 | 4), "{what}: {again:?}");
    assert_eq!(bench.ok("digest"), digest, "{what}");
    assert_eq!(names(&bench.path("in")), [] as [&str; 0], "{what}");
    let places = ["done", "bad"].map(|folder| names(&bench.path(folder)));
    let files = places.iter().flatten().filter(|name| name.ends_with(".SMRT")).count();
    assert_eq!(files, 5, "{what}: {places:?}");
}

fn campaign(meters: u32, faults: &[(&str, &str)]) {
    if !has_strace() {
        return;
    }
    let clean = bench(meters);
    assert_eq!(clean.run(TAKE).code, 3);
    let digest = clean.ok("digest");
    for &(name, fault) in faults {
        for moment in MOMENTS {
            let bench = bench(meters);
            let disturbed = run_with_fault(&bench, TAKE, name, fault, moment);
            let what = format!("{name} {fault} at {moment}: {disturbed:?}");
            if disturbed.code == 3 {
                // It ended as if nothing had happened: then everything that it reported is there.
                assert_eq!(bench.ok("digest"), digest, "{what}");
                if disturbed.err.is_empty() {
                    continue;
                }
            }
            assert_recovers(&bench, &digest, &what);
            let _ = fs::remove_dir_all(bench.path("in"));
        }
    }
}

#[test]
fn killed_while_writing() {
    campaign(2, &[("pwrite64", "signal=KILL"), ("fdatasync", "signal=KILL"), ("ftruncate", "signal=KILL")]);
}

#[test]
fn killed_while_opening_and_moving() {
    campaign(
        2,
        &[("openat", "signal=KILL"), ("rename", "signal=KILL"), ("unlink", "signal=KILL"), ("fsync", "signal=KILL")],
    );
}

#[test]
fn a_disk_that_fills_up() {
    campaign(2, &[("pwrite64", "error=ENOSPC"), ("write", "error=ENOSPC"), ("fdatasync", "error=ENOSPC")]);
}

#[test]
fn a_disk_that_breaks() {
    // A file that cannot be read is received later, and so overwrites what came meanwhile: no file shares a meter here.
    campaign(100, &[("pread64", "error=EIO"), ("read", "error=EIO"), ("fsync", "error=EIO"), ("rename", "error=EIO")]);
}

/// The lake's files and its log, killed or refused by the disk at every kind of call that they need.
#[test]
fn a_lake_that_is_killed_or_cannot_be_written() {
    if !has_strace() {
        return;
    }
    let bench = || {
        let bench = Bench::new();
        for number in 1..=3 {
            let row = |minute: u32| {
                format!("2016-01-0{number} 00:{minute:02}:00Z;00000000-0000-4000-8000-000000000001;{minute}.{number}\n")
            };
            let rows: String = (0..20).map(row).collect();
            bench.put(&format!("in/data_{number}.csv"), &format!("timestamp;sensor_uuid;sensor_value\n{rows}"));
        }
        bench
    };
    let clean = bench();
    assert_eq!(clean.run("ingest in").code, 0);
    let digest = clean.ok("digest");
    let faults = [
        ("write", "signal=KILL"),
        ("fsync", "signal=KILL"),
        ("link", "signal=KILL"),
        ("linkat", "signal=KILL"),
        ("mkdir", "signal=KILL"),
        ("openat", "signal=KILL"),
        ("write", "error=ENOSPC"),
        ("fsync", "error=EIO"),
        ("mkdir", "error=ENOSPC"),
    ];
    for (name, fault) in faults {
        for moment in MOMENTS {
            let bench = bench();
            let disturbed = run_with_fault(&bench, "-o json ingest in", name, fault, moment);
            let what = format!("{name} {fault} at {moment}: {disturbed:?}");
            if bench.path("smrt.db").exists() {
                let verified = bench.run("lake verify --deep");
                assert!(verified.code == 0 || verified.err.contains("no lake yet"), "{what}: {verified:?}");
            }
            if disturbed.code == 0 {
                assert_eq!(bench.ok("digest"), digest, "{what}");
            }
            let again = bench.run("ingest in");
            assert_eq!(again.code, 0, "{what}: {again:?}");
            assert_eq!(bench.ok("digest"), digest, "{what}");
            assert_eq!(bench.run("lake verify").code, 0, "{what}");
            if disturbed.code == 0 && disturbed.err.is_empty() {
                break;
            }
        }
    }
}
