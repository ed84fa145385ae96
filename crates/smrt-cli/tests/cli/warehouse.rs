//! A table of a production database, followed, added up and exported, as a nightly job does it.

use crate::bench::{Bench, Run, names, run};
use smrt_testkit::{postgres, s3::S3Server};
use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::Stdio,
    thread,
    time::{Duration, SystemTime},
};

/// The address of a source with three months of a row an hour, or `None` where there is no Postgres.
fn source() -> Option<String> {
    let url = postgres::database()?;
    postgres::ask(
        &url,
        "CREATE TABLE entity (entity_id bigserial PRIMARY KEY, created_at timestamp NOT NULL, value float8 NOT NULL)",
    );
    fill(&url, "2022-01-01", "2022-04-01");
    Some(url)
}

fn fill(url: &str, from: &str, to: &str) {
    postgres::ask(
        url,
        &format!(
            "INSERT INTO entity (created_at, value) SELECT t, 10 * extract(day FROM t) FROM generate_series( \
             TIMESTAMP '{from}', TIMESTAMP '{to}' - interval '1 hour', interval '1 hour') AS t"
        ),
    );
}

/// The files of a tree with their contents.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inside) = folders.pop() {
        for name in names(&inside) {
            let path = inside.join(name);
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned());
            }
        }
    }
    found
}

/// Both kinds of warehouse, as an option and a name.
fn warehouses() -> Vec<(String, &'static str)> {
    let postgres = postgres::database().map(|url| (format!("--database {url}"), "postgres"));
    [Some((String::new(), "sqlite")), postgres].into_iter().flatten().collect()
}

#[test]
fn the_tree_follows_the_source() {
    let Some(source) = source() else { return };
    for (database, kind) in warehouses() {
        let bench = Bench::new();
        let sync =
            |more: &str| bench.json(&format!("warehouse sync --source {source} --table entity {more} {database}"), 0);
        let export = |more: &str| bench.ok(&format!("warehouse export --dest out {more} {database}"));
        let report = sync("");
        assert_eq!((&report["changed"], &report["left_out"]), (&3.into(), &0.into()), "{kind}");
        assert_eq!(report["periods"][1]["period"], "2022-02");
        assert_eq!(report["periods"][1]["rows_after"], 672);
        export("");
        let files = tree(&bench.path("out"));
        assert_eq!(files.len(), 90 + 3 + 1 + 1, "days, months, the year, the manifest");
        assert_eq!(
            files["year=2022/month=2/day=3/entity_stats_daily_2022_2_3.csv"],
            "year,month,day,sum_values,min_values,max_values,mean_values\n2022,2,3,720,30,30,30\n"
        );
        assert_eq!(
            files["year=2022/month=2/entity_stats_monthly_2022_2.csv"],
            "year,month,sum_values,min_values,max_values,mean_values\n2022,2,97440,10,280,145\n"
        );
        let year = "year=2022/entity_stats_yearly_2022.csv";
        assert!(files[year].ends_with("2022,335520,10,310,155.33333333333334\n"), "{}", files[year]);
        // What is still the same is not even touched.
        let written = |path: &str| bench.path("out").join(path).metadata().unwrap().modified().unwrap();
        let before: SystemTime = written(year);
        export("--year 2022");
        assert_eq!((tree(&bench.path("out")), written(year)), (files.clone(), before));
        // A late row, in the files of its month and of its year; a day and a month that are emptied.
        bench.put("out/year=2022/month=1/day=31/notes.txt", "mine");
        postgres::ask(&source, "INSERT INTO entity (created_at, value) VALUES ('2022-02-03 04:05:06', 0.5)");
        postgres::ask(
            &source,
            "DELETE FROM entity WHERE created_at::date = '2022-01-31' OR created_at >= '2022-03-01'",
        );
        assert_eq!(sync("")["changed"], 3);
        export("--month 2022-02");
        let after = tree(&bench.path("out"));
        assert_eq!(
            after["year=2022/month=2/day=3/entity_stats_daily_2022_2_3.csv"].lines().nth(1).unwrap(),
            "2022,2,3,720.5,0.5,30,28.82"
        );
        assert!(after[year].contains("2022,209040.5,0.5,300,"), "{}", after[year]);
        assert!(after.contains_key("year=2022/month=1/day=31/entity_stats_daily_2022_1_31.csv"), "not asked for");
        export("--since 2022-01");
        let after = tree(&bench.path("out"));
        assert_eq!(after.keys().filter(|path| path.contains("month=3") || path.contains("day=31/entity")).count(), 0);
        assert_eq!(after["year=2022/month=1/day=31/notes.txt"], "mine");
        assert!(!bench.path("out/year=2022/month=3").exists());
        let manifest: serde_json::Value = serde_json::from_str(&after["manifest.json"]).unwrap();
        let listed: Vec<&str> =
            manifest["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
        let there: Vec<&str> = after.keys().map(String::as_str).filter(|path| path.ends_with(".csv")).collect();
        assert_eq!(listed, there);
        // The source as it was, for the other warehouse.
        postgres::ask(&source, "DELETE FROM entity");
        fill(&source, "2022-01-01", "2022-04-01");
        assert_eq!(sync("")["changed"], 3);
        export("");
        let mut again = tree(&bench.path("out"));
        again.remove("year=2022/month=1/day=31/notes.txt");
        assert_eq!(again, files, "{kind}");
    }
}

#[test]
fn a_run_goes_month_by_month_and_may_be_repeated() {
    let Some(source) = source() else { return };
    let bench = Bench::new();
    let line = format!("warehouse run --source {source} --table entity --months 2022-01..2022-04 --dest out");
    let months = bench.json(&line, 0);
    assert_eq!(months.as_array().unwrap().len(), 4);
    assert_eq!((&months[1]["rows_after"], &months[1]["files_written"]), (&672.into(), &30.into()));
    assert_eq!((&months[3]["changed"], &months[3]["files_written"]), (&false.into(), &0.into()));
    let files = tree(&bench.path("out"));
    let again = bench.json(&line, 0);
    assert!(again.as_array().unwrap().iter().all(|month| month["changed"] == false && month["files_written"] == 0));
    assert_eq!(tree(&bench.path("out")), files);
    assert_eq!(bench.run(&line.replace("2022-04 ", "2021-04 ")).code, 2);
}

#[test]
fn killed_at_random_moments_a_run_is_finished_by_the_next_one() {
    let Some(source) = source() else { return };
    let line = format!("warehouse run --source {source} --table entity --months 2022-01..2022-03 --dest out");
    let clean = Bench::new();
    let begun = SystemTime::now();
    clean.ok(&line);
    let whole = begun.elapsed().unwrap();
    let expected = tree(&clean.path("out"));
    let statistics = clean.ok("warehouse statistics --by day -o csv");
    for (database, kind) in warehouses() {
        let bench = Bench::new();
        for moment in 0..12_u32 {
            let mut child = bench
                .command(&format!("{line} {database}"))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            thread::sleep(whole.mul_f64(f64::from(moment * 7 % 12) / 10.0));
            let _ = child.kill();
            child.wait().unwrap();
            if moment == 5 {
                // Some begin where others ended, some from nothing.
                let _ = fs::remove_dir_all(bench.path("out"));
            }
            if kind == "postgres" || bench.path("smrt.db").exists() {
                let doctor = bench.run(&format!("doctor {database}"));
                assert_eq!(doctor.code, 0, "{kind} {moment}: {doctor:?}");
            }
        }
        // The session of a process that was killed may live on for a moment, with its lock.
        let mut run = bench.run(&format!("{line} {database}"));
        for _ in 0..100 {
            if run.code != 75 {
                break;
            }
            thread::sleep(Duration::from_millis(100));
            run = bench.run(&format!("{line} {database}"));
        }
        assert_eq!(run.code, 0, "{kind}: {run:?}");
        assert_eq!(tree(&bench.path("out")), expected, "{kind}");
        assert_eq!(bench.ok(&format!("warehouse statistics --by day -o csv {database}")), statistics, "{kind}");
    }
}

#[test]
fn two_runs_at_once_are_one_after_the_other_or_told() {
    let Some(source) = source() else { return };
    fill(&source, "2000-01-01", "2012-01-01");
    for (database, kind) in warehouses() {
        let bench = Bench::new();
        let line = format!("warehouse sync --source {source} --table entity {database}");
        let mut first = bench.command(&line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while first.try_wait().unwrap().is_none() {
            let Run { code, err, .. } = bench.run(&line);
            assert!(
                code == 0 || (code == 75 && err.contains("another") && err.contains("again later")),
                "{kind}: {err}"
            );
        }
        assert!(matches!(first.wait().unwrap().code(), Some(0 | 75)), "{kind}");
        assert_eq!(bench.run(&line).code, 0);
        assert_eq!(bench.json(&format!("warehouse statistics --by year {database}"), 0).as_array().unwrap().len(), 13);
    }
}

#[test]
fn a_source_that_is_away_makes_and_changes_nothing() {
    let bench = Bench::new();
    for verb in ["sync", "run --months 2022-01 --dest out"] {
        let away =
            bench.run(&format!("warehouse {verb} --source postgres://u:hunter2@127.0.0.1:1/none --table entity"));
        assert_eq!(away.code, 75, "{away:?}");
        assert!(away.err.contains("127.0.0.1") && away.err.contains("again later"), "{away:?}");
        assert!(!away.err.contains("hunter2"), "{away:?}");
    }
    assert!(bench.names().is_empty());
    let nothing = bench.run("warehouse export --dest out extra");
    assert!(nothing.code == 2 && nothing.err.contains("nothing was fetched yet"), "{nothing:?}");
}

#[test]
fn tables_of_the_configuration_are_followed_together() {
    let Some(source) = source() else { return };
    postgres::ask(
        &source,
        "CREATE SCHEMA plant; CREATE TABLE plant.\"Flow\" (at timestamptz, litres integer, site text, line integer); \
         INSERT INTO plant.\"Flow\" VALUES ('2022-05-01 00:30+02', 5, 'north', 1), ('2022-04-30 23:30+02', 7, 'north', 1), \
         ('2022-05-01 01:00+02', 9, '=cmd', NULL)",
    );
    let bench = Bench::new();
    bench.put(
        "smrt.toml",
        &format!(
            "[warehouse.entity]\nsource = \"{source}\"\n[warehouse.flow]\nsource = \"{source}\"\n\
             table = 'plant.Flow'\ntime = \"at\"\nvalue = \"litres\"\nkeys = [\"site\", \"line\"]\nzone = \"Europe/Berlin\"\n"
        ),
    );
    let report = bench.json("warehouse sync", 0);
    let series: Vec<&str> =
        report["periods"].as_array().unwrap().iter().map(|p| p["series"].as_str().unwrap()).collect();
    assert_eq!(series, ["entity", "entity", "entity", "flow", "flow"]);
    bench.ok("warehouse export --dest out");
    let files = tree(&bench.path("out"));
    assert_eq!(
        files["year=2022/month=5/flow_stats_monthly_2022_5.csv"],
        "year,month,site,line,sum_values,min_values,max_values,mean_values\n2022,5,'=cmd,,9,9,9,9\n2022,5,north,1,5,5,5,5\n"
    );
    assert!(files.contains_key("year=2022/month=2/entity_stats_monthly_2022_2.csv"));
    // One series is exported beside the other.
    bench.ok("warehouse export flow --dest out --year 2022");
    assert_eq!(tree(&bench.path("out")), files);
    for (line, said) in [
        ("warehouse sync nothing", "no [warehouse.nothing]"),
        ("warehouse sync entity --table entity", "not both"),
        ("warehouse sync --time at", "name it"),
        ("warehouse sync flow --key colour", "no column colour"),
        ("warehouse sync flow --zone Mars", "no time zone \"Mars\""),
        ("warehouse sync flow --table", "value"),
        ("warehouse sync --month 2022-5", "expected a month such as 2022-05"),
        ("warehouse export --dest out --month 2022-05 --year 2022", "cannot be used with"),
        ("warehouse statistics nothing", "no series nothing; it has entity, flow"),
        ("-o parquet warehouse sync", "warehouse statistics"),
    ] {
        let wrong = bench.run(line);
        assert!(wrong.code == 2 && wrong.err.contains(said), "{line}: {wrong:?}");
    }
    let wrong = bench.path("wrong.toml");
    fs::write(&wrong, "[warehouse.x]\ntabel = \"x\"\n").unwrap();
    let wrong = bench.run("warehouse sync --config wrong.toml");
    assert!(wrong.code == 2 && wrong.err.contains("wrong.toml:2: tabel: "), "{wrong:?}");
}

#[test]
fn statistics_and_files_come_in_every_form() {
    let Some(source) = source() else { return };
    let bench = Bench::new();
    bench.ok(&format!("warehouse sync --source {source} --table entity --as hours"));
    let rows = bench.json("warehouse statistics hours --by year", 0);
    assert_eq!(rows[0]["sum"].to_string(), "335520");
    assert_eq!(rows[0]["mean"].to_string(), "155.33333333333334");
    let table = bench.ok("warehouse statistics");
    assert!(table.contains("97440") && !table.to_lowercase().contains("keys"), "{table}");
    assert_eq!(bench.ok("warehouse statistics -o csv --from 2022-02 --to 2022-03").lines().count(), 2);
    bench.ok("warehouse export --dest out");
    bench.ok("warehouse export --dest out --format parquet");
    let files = tree(&bench.path("out"));
    assert!(files.keys().all(|path| path.ends_with(".parquet") || path == "manifest.json"), "{:?}", files.keys());
    assert!(files["year=2022/month=2/day=3/hours_stats_daily_2022_2_3.parquet"].starts_with("PAR1"));
    bench.put("theirs/manifest.json", "{}");
    assert_eq!(bench.run("warehouse export --dest theirs").code, 2);
}

#[test]
fn the_tree_goes_to_a_bucket_month_by_month() {
    let (Some(source), Some(server)) = (source(), S3Server::shared()) else { return };
    let (bench, bucket) = (Bench::new(), server.bucket());
    let smrt = |line: &str| {
        let mut command = bench.command(line);
        command.env("AWS_ENDPOINT_URL", server.endpoint()).env("AWS_ACCESS_KEY_ID", server.access_key_id());
        let done = run(command.env("AWS_SECRET_ACCESS_KEY", server.secret_access_key()));
        assert_eq!(done.code, 0, "{line}: {done:?}");
    };
    smrt(&format!("warehouse run --months 2022-01..2022-03 --source {source} --table entity --dest s3://{bucket}/bi"));
    smrt("warehouse export --dest out");
    let object = |path: &str| String::from_utf8(server.get(&bucket, &format!("bi/{path}"))).unwrap();
    let expected = tree(&bench.path("out"));
    assert_eq!(expected.len(), 90 + 3 + 1 + 1);
    for (path, text) in &expected {
        assert_eq!(object(path), *text, "{path}");
    }
    // A month is emptied: its objects go, the year's changes, the others stay and stay listed.
    postgres::ask(&source, "DELETE FROM entity WHERE created_at >= '2022-03-01'");
    smrt(&format!("warehouse run --months 2022-03 --source {source} --table entity --dest s3://{bucket}/bi"));
    smrt("warehouse export --dest out");
    let left = tree(&bench.path("out"));
    for path in expected.keys() {
        match left.get(path) {
            Some(text) => assert_eq!(object(path), *text, "{path}"),
            None => assert_eq!(server.request("GET", &format!("/{bucket}/bi/{path}"), b"").status, 404, "{path}"),
        }
    }
    assert_eq!(left.len(), 59 + 2 + 1 + 1);
}

#[test]
fn an_export_that_broke_off_is_put_right_by_the_next_one_whatever_it_writes() {
    let Some(source) = source() else { return };
    let bench = Bench::new();
    let sync = || bench.ok(&format!("warehouse sync --source {source} --table entity"));
    sync();
    bench.ok("warehouse export --dest out --month 2022-01");
    let manifest = bench.path("out/manifest.json");
    let before = fs::read(&manifest).unwrap();
    bench.ok("warehouse export --dest out");
    // Killed before the manifest: files are there that just the pending one tells of.
    let whole: serde_json::Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    fs::write(bench.path("out/manifest.json-pending"), whole.to_string()).unwrap();
    fs::write(&manifest, before).unwrap();
    postgres::ask(&source, "DELETE FROM entity WHERE created_at >= '2022-03-01'");
    postgres::ask(&source, "UPDATE entity SET value = 7 WHERE created_at = '2022-01-05 06:00'");
    sync();
    bench.ok("warehouse export --dest out --month 2022-02");
    bench.ok("warehouse export --dest clean");
    assert_eq!(tree(&bench.path("out")), tree(&bench.path("clean")));
}

#[test]
fn exports_of_other_kinds_and_formats_keep_apart() {
    let Some(source) = source() else { return };
    let bench = Bench::new();
    bench.put("PN000001.SMRT", &crate::bench::smrt("PN000001", crate::bench::DAY));
    bench.ok("ingest PN000001.SMRT");
    bench.ok(&format!("warehouse sync --source {source} --table entity"));
    bench.ok("export --dest readings");
    bench.ok("warehouse export --dest statistics");
    let files = tree(&bench.path("statistics"));
    for (line, said) in [
        ("warehouse export --dest readings", "another kind (readings)"),
        ("export --dest statistics", "another kind (warehouse)"),
        ("warehouse export --dest statistics --month 2022-01 --format parquet", "in another format"),
    ] {
        let refused = bench.run(line);
        assert!(refused.code == 2 && refused.err.contains(said), "{line}: {refused:?}");
    }
    assert_eq!(tree(&bench.path("statistics")), files);
    // What the configuration says of a source is heard before the environment.
    bench.put(
        "smrt.toml",
        &format!("[warehouse.entity]\nsource = \"{source}\"\n[warehouse.nowhere]\ntable = \"entity\"\n"),
    );
    let mut command = bench.command("warehouse sync entity");
    assert_eq!(run(command.env("SMRT_SOURCE", "postgres://127.0.0.1:1/none")).code, 0);
    let mut command = bench.command("warehouse sync nowhere");
    assert_eq!(run(command.env("SMRT_SOURCE", "postgres://127.0.0.1:1/none")).code, 75);
    let blank = bench.run("warehouse sync --table entity --source postgres://u:se%20cret@127.0.0.1/x%y");
    assert!(!blank.err.contains("cret"), "{blank:?}");
}
