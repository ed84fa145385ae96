//! `convert`: rows without a database, whole or not at all.

use crate::bench::{Bench, DAY, names, run, smrt};
use serde_json::Value;
use std::fs;

fn with_files() -> Bench {
    let bench = Bench::new();
    bench.put("in/PN000001.SMRT", &smrt("PN000001", DAY));
    bench.put("in/PN000002.SMRT", &smrt("PN000002", &[("0000000002", 0, "2.5")]));
    bench
}

#[test]
fn rows_go_to_standard_output_a_file_or_a_folder() {
    let bench = with_files();
    let text = bench.ok("convert in");
    assert_eq!(text.lines().count(), 5);
    assert!(text.contains("\n0000000001,,2019-09-28T01:00:00Z,2019-09-28T02:00:00Z,1.52,,unstated,PN000001.SMRT,3\n"));
    let outputs = bench.json("convert in --out all.csv", 0);
    assert_eq!(fs::read_to_string(bench.path("all.csv")).unwrap(), text);
    assert_eq!((&outputs[0]["path"], &outputs[0]["rows"]), (&"all.csv".into(), &4.into()));
    bench.ok("convert in --to ndjson --shape daily --out out/");
    assert_eq!(names(&bench.path("out")), ["PN000001.SMRT.ndjson", "PN000002.SMRT.ndjson"]);
    let day: Value =
        serde_json::from_str(&fs::read_to_string(bench.path("out/PN000002.SMRT.ndjson")).unwrap()).unwrap();
    assert_eq!((&day["date"], &day["sum"], &day["count"]), (&"2019-09-28".into(), &2.5.into(), &1.into()));
    assert!(!bench.path("smrt.db").exists(), "a conversion needs no database");
}

#[test]
fn a_refused_file_leaves_no_rows_and_says_why() {
    let bench = with_files();
    let bad = bench.put("in/PN000003.SMRT", &smrt("PN000003", &[("3", 0, "1"), ("3", 1, "x")]));
    let run = bench.run("convert in --out all.csv --stats stats.json");
    assert_eq!(run.code, 3, "{run:?}");
    assert!(
        run.err.contains("in/PN000003.SMRT:3:") && run.err.contains("nothing of it is in the output"),
        "{}",
        run.err
    );
    let text = fs::read_to_string(bench.path("all.csv")).unwrap();
    assert!(text.lines().count() == 5 && !text.contains("PN000003"), "{text}");
    let stats: Value = serde_json::from_slice(&fs::read(bench.path("stats.json")).unwrap()).unwrap();
    assert_eq!((&stats["consistent"], &stats["totals"]["rows"]), (&true.into(), &4.into()));
    assert_eq!(stats["files"][2]["status"], "rejected");
    let line = format!("convert {} --out none.csv", bad.display());
    assert_eq!(bench.run(&line).code, 4);
    assert!(!bench.path("none.csv").exists(), "an output of refused files alone is none");
    assert_eq!(bench.run(&line.replace("none", "all")).code, 4);
    assert_eq!(fs::read_to_string(bench.path("all.csv")).unwrap(), text, "the one that is there stays");
    bench.run("convert in --out out/");
    assert_eq!(names(&bench.path("out")), ["PN000001.SMRT.csv", "PN000002.SMRT.csv"]);
}

#[test]
fn an_output_is_replaced_as_a_whole_or_not_at_all() {
    let bench = with_files();
    bench.put("all.csv", "old");
    assert_eq!(bench.run("convert nowhere --out all.csv").code, 2);
    assert_eq!(fs::read_to_string(bench.path("all.csv")).unwrap(), "old");
    assert_eq!(bench.names(), ["all.csv", "in"], "nothing is left behind");
    bench.ok("convert in --out all.csv");
    assert!(fs::read_to_string(bench.path("all.csv")).unwrap().starts_with("meter,"));
    // A file that is read is never written to.
    for line in
        ["convert in/PN000001.SMRT --out in/PN000001.SMRT", "convert in/PN000001.SMRT --out ./in/../in/PN000001.SMRT"]
    {
        assert_eq!(bench.run(line).code, 2, "{line}");
    }
    assert!(fs::read_to_string(bench.path("in/PN000001.SMRT")).unwrap().starts_with("\"HEADR\""));
}

#[test]
fn counts_prove_the_output() {
    let bench = with_files();
    let run = bench.run("convert in --shape daily --out d.csv --stats -");
    let stats: Value = serde_json::from_str(&run.out).unwrap();
    let file = &stats["files"][0];
    for (name, expected) in [
        ("readings", Value::from(3)),
        ("channels", 1.into()),
        ("days", 1.into()),
        ("rows", 1.into()),
        ("first", "2019-09-28T00:00:00Z".into()),
        ("end", "2019-09-28T04:00:00Z".into()),
        ("format", "smrt".into()),
        ("consistent", true.into()),
    ] {
        assert_eq!(file[name], expected, "{name}: {file}");
    }
    assert_eq!(file["units"][""]["sum"], 14.02);
    assert_eq!(stats["outputs"][0]["bytes"], fs::metadata(bench.path("d.csv")).unwrap().len());
}

#[test]
fn formulas_are_defused_in_csv_alone() {
    let bench = Bench::new();
    bench.put("=cmd.SMRT", &smrt("PN000001", &[("=1+1", 0, "1"), ("@x", 2, "3")]));
    let csv = bench.ok("convert .");
    assert!(csv.contains("\n'=1+1,") && csv.contains("\n'@x,") && csv.contains(",'=cmd.SMRT,2\n"), "{csv}");
    assert!(bench.ok("convert . --raw").contains("\n=1+1,"));
    assert!(bench.ok("convert . --to ndjson").contains("\"meter\":\"=1+1\""));
    assert!(bench.ok("convert . --to sql").contains("('=1+1','',"));
}

#[test]
fn a_name_cannot_leave_its_literal() {
    let bench = Bench::new();
    bench.put("o'x.SMRT", &smrt("PN000001", &[("';DROP", 0, "1")]));
    let sql = bench.ok("convert . --to sql --table a\"b --shape daily --upsert");
    assert!(
        sql.contains("INSERT INTO \"a\"\"b\" (\"meter\"") && sql.contains("(''';DROP','','2019-09-28',''"),
        "{sql}"
    );
    assert!(sql.contains(",'o''x.SMRT')\nON CONFLICT (\"meter\", \"channel\", \"date\", \"unit\") DO UPDATE SET"));
    assert!(sql.starts_with("BEGIN;\n") && sql.ends_with("COMMIT;\n"));
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let bench = with_files();
    for line in [
        "convert",
        "convert in --to parquet",
        "convert in --table t",
        "convert in --to csv --upsert",
        "convert in --to sql --table",
        "convert in --column-minutes 30",
        "convert in --shape wide --column-minutes 7",
        "convert in --stats -",
    ] {
        assert_eq!(bench.run(line).code, 2, "{line}");
    }
    assert_eq!(bench.run("convert in --out in/PN000001.SMRT/below").code, 73);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_and_a_closed_pipe_is_no_failure() {
    let bench = with_files();
    let full = run(&mut bench.command("convert in --out /dev/full"));
    assert_eq!(full.code, 74, "{full:?}");
    let out = fs::File::options().write(true).open("/dev/full").unwrap();
    let status = bench.command("convert in").stdout(out).stderr(std::process::Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(74));
}

/// Runs a script in a program that reads SQL from its standard input; `None` where there is no such program.
fn sqlite(bench: &Bench, script: &str, question: &str) -> Option<String> {
    fs::write(bench.path("script.sql"), script).unwrap();
    let code = "import sqlite3,sys\nc=sqlite3.connect(':memory:')\n\
                c.executescript(open('script.sql').read());c.executescript(open('script.sql').read())\n\
                print(c.execute(sys.argv[1]).fetchall())";
    let mut python = std::process::Command::new("python3");
    let output = python.args(["-c", code, question]).current_dir(bench.path("")).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_script_that_is_run_twice_leaves_its_rows_once_with_upsert() {
    let bench = with_files();
    for (shape, rows) in [("long", 4), ("daily", 2), ("wide", 2)] {
        let script = bench.ok(&format!("convert in --to sql --shape {shape} --table t --upsert"));
        let Some(count) = sqlite(&bench, &script, "select count(*) from t") else {
            eprintln!("SKIPPED: there is no python3 to run a script with");
            return;
        };
        assert_eq!(count.trim(), format!("[({rows},)]"), "{shape}");
    }
    let script = bench.ok("convert in --to sql --shape daily");
    let sums = sqlite(&bench, &script, "select meter, sum, typeof(sum) from daily order by meter").unwrap();
    assert!(sums.contains("('0000000001', 14.02, 'real')") && sums.matches("14.02").count() == 2, "{sums}");
}

/// A day of half-hours of a suffix.
fn half_hours(date: &str, value: &str, version: &str) -> String {
    format!("300,{date},{},A,,,{version},\n", vec![value; 48].join(","))
}

#[test]
fn days_folded_on_several_cores_are_those_of_the_readings() {
    let bench = Bench::new();
    bench.ok("generate nem12 --meters 3 --days 600 --minutes 15 --out sorted.csv");
    let sorted = fs::read_to_string(bench.path("sorted.csv")).unwrap();
    assert!(sorted.len() > 1 << 20, "long enough to be read in parts");
    let details = |suffix: &str| format!("200,VABD000163,E1B1,1,{suffix},N1,M1,kWh,30,\n");
    let days = [
        details("E1"),
        half_hours("20240102", "1", "20240103000000"),
        half_hours("20240103", "2", "20240104000000"),
        details("B1"),
        half_hours("20240101", "3", "20240102000000"),
        // Before what the channel had, and one day once more in an older version.
        details("E1"),
        half_hours("20240101", "4", "20240102000000"),
        half_hours("20240102", "9", "20240102120000"),
    ];
    let unsorted = sorted.replace("\n900\r\n", &format!("\n{}900\r\n", days.concat()));
    bench.put("unsorted.csv", &unsorted);
    for file in ["sorted.csv", "unsorted.csv"] {
        // Counts that prove an output are those of the readings, so with them nothing is folded.
        let proven = bench.ok(&format!("convert {file} --shape daily --lenient --stats stats.json"));
        let stats: Value = serde_json::from_slice(&fs::read(bench.path("stats.json")).unwrap()).unwrap();
        assert_eq!(stats["consistent"], true);
        for jobs in [1, 2, 5] {
            let folded = bench.ok(&format!("convert {file} --shape daily --lenient --jobs {jobs}"));
            assert_eq!(folded, proven, "{file}, {jobs}");
        }
        assert_eq!(proven.contains("VABD000163,E1,2024-01-02,kWh,48,48,48,1,1,1,"), file == "unsorted.csv");
    }
    // A fault far behind takes everything back.
    bench.put("broken.csv", &sorted.replace("\n900\r\n", "\n300,20240101,1\n900\r\n"));
    let refused = bench.run("convert broken.csv --shape daily --out broken.out");
    assert_eq!((refused.code, bench.path("broken.out").exists()), (4, false));
    let line = format!("broken.csv:{}:", sorted.lines().count());
    assert!(refused.err.contains(&line), "{line} {}", refused.err);
}

#[test]
#[cfg(unix)]
fn a_limit_on_the_size_of_files_is_an_error_and_leaves_nothing() {
    let bench = Bench::new();
    let rows: Vec<(&str, u32, &str)> = (0..240).map(|hour| ("0000000001", hour % 24, "1.5")).collect();
    bench.put("PN000001.SMRT", &smrt("PN000001", &rows));
    let convert = bench.command("convert PN000001.SMRT --out all.csv");
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "ulimit -f 1; exec \"$0\" \"$@\""]).arg(convert.get_program()).args(convert.get_args());
    let run = run(limited.current_dir(bench.path(".")));
    assert_eq!(run.code, 74, "{run:?}");
    assert!(run.err.contains("all.csv: File too large"), "{}", run.err);
    assert_eq!(bench.names(), ["PN000001.SMRT"]);
}
