//! `generate`: the same file for the same seed, of about the size asked for.

use crate::bench::Bench;
use std::fs;

#[test]
fn the_same_seed_gives_the_same_file() {
    let bench = Bench::new();
    let file = bench.ok("generate smrt --meters 3 --days 2 --seed 7");
    assert_eq!(file.lines().count(), 2 + 3 * 48);
    assert_eq!(bench.ok("generate smrt --meters 3 --hours 48 --seed 7"), file);
    assert_ne!(bench.ok("generate smrt --meters 3 --days 2 --seed 8"), file);
    let shuffled = bench.ok("generate smrt --meters 3 --days 2 --seed 7 --order shuffled");
    assert_ne!(shuffled, file);
    assert_eq!(shuffled.len(), file.len());
}

#[test]
fn sizes_folders_and_names() {
    let bench = Bench::new();
    bench.ok("generate smrt --size 200KB --out PN000001.SMRT");
    let size = fs::metadata(bench.path("PN000001.SMRT")).unwrap().len();
    assert!((190_000..210_000).contains(&size), "{size}");
    fs::create_dir(bench.path("inbox")).unwrap();
    bench.ok("generate smrt --generation DV000042 --start 2020-02-28 --out inbox");
    let text = fs::read_to_string(bench.path("inbox/DV000042.SMRT")).unwrap();
    assert!(text.contains("\"DV000042\"") && text.contains("\"20200228\",\"0000\""));
    bench.ok("ingest inbox");
    assert_eq!(bench.names(), ["PN000001.SMRT", "inbox", "smrt.db"]);
}

#[test]
fn files_of_the_electricity_market_are_recognised_and_have_no_finding() {
    let bench = Bench::new();
    let file = bench.ok("generate nem12 --meters 3 --days 2 --minutes 15 --seed 7");
    assert_eq!(file, bench.ok("generate nem12 --meters 3 --days 2 --minutes 15 --seed 7"));
    assert_eq!(file.lines().filter(|line| line.starts_with("300,")).count(), 4 * 2);
    fs::create_dir(bench.path("inbox")).unwrap();
    bench.ok("generate nem12 --days 40 --out inbox");
    bench.ok("generate nem13 --out inbox");
    for name in ["NEM12#1#SMRT#SAMPLE.csv", "NEM13#1#SMRT#SAMPLE.csv"] {
        bench.ok(&format!("validate inbox/{name}"));
    }
}

#[test]
fn what_cannot_be_made_is_refused() {
    let bench = Bench::new();
    for line in [
        "",
        "smrt --days 1 --hours 1",
        "smrt --meters 1 --hours 1 --size 1MB",
        "smrt --size many",
        "smrt --generation PN1",
        "smrt --start soon",
        "smrt --start 9999-12-31 --days 9",
        "nem12 --minutes 60",
        "nem12 --start 9999-12-31 --days 9",
        "nem13 --meters 1 --reads 1 --size 1MB",
        "nem14",
    ] {
        assert_eq!(bench.run(&format!("generate {line}")).code, 2, "{line}");
    }
    assert_eq!(bench.run("generate smrt --out nowhere/PN000001.SMRT").code, 73);
    assert!(bench.names().is_empty());
}

#[test]
fn sensors_and_their_names_belong_together() {
    let bench = Bench::new();
    let line = "generate sensor --sensors 3 --days 2 --seconds 3600 --seed 7";
    let file = bench.ok(line);
    assert_eq!((file.lines().count(), bench.ok(line)), (1 + 3 * 48, file.clone()));
    let names = bench.ok("generate sensor-mapping --sensors 3 --seed 7");
    assert_eq!(names.lines().count(), 1 + 3);
    for sensor in names.lines().skip(1).filter_map(|line| line.split(';').nth(1)) {
        assert_eq!(file.matches(sensor).count(), 48, "{sensor}");
    }
    bench.ok("generate sensor --size 200KB --out data.csv");
    let size = fs::metadata(bench.path("data.csv")).unwrap().len();
    assert!((185_000..215_000).contains(&size), "{size}");
    assert_eq!(bench.run("generate sensor --start 9999-12-31 --days 9").code, 2);
    assert_eq!(bench.run("generate sensor --size 1MB --sensors 3 --days 9").code, 2);
}
