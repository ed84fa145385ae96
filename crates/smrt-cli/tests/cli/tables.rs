//! Load profiles, register reads, and tables whose layout is told by options or by a profile.

use crate::bench::Bench;

const LP: &str = "\
MeterPoint Code,Serial Number,Plant Code,Date/Time,Data Type,Data Value,Units,Status
210000001,210000001,ED1,31/08/2015 23:30:00,Export Wh Total,0.500000,kwh,
210000001,210000001,ED1,31/08/2015 23:45:00,Export Wh Total,1.500000,kwh,PL II
210000001,210000001,ED1,01/09/2015 00:00:00,Export Wh Total,2.000000,kwh,
";

const WIDE: &str = "Zeit;Bezug;Einspeisung\n01.03.2024 00:00;1,5;0\n01.03.2024 00:30;2,5;0,25\n";

#[test]
fn a_load_profile_is_told_by_its_columns_and_loaded_in_its_zone() {
    let bench = Bench::new();
    bench.put("whatever.txt", LP);
    let report = bench.json("ingest whatever.txt", 0);
    assert_eq!((&report["files"][0]["format"], &report["files"][0]["inserted"]), (&"lp".into(), &3.into()));
    let days = bench.json("daily 210000001", 0);
    let sums: Vec<(&str, f64)> = days
        .as_array()
        .unwrap()
        .iter()
        .map(|day| (day["date"].as_str().unwrap(), day["sum"].as_f64().unwrap()))
        .collect();
    assert_eq!(sums, [("2015-08-31", 2.0), ("2015-09-01", 2.0)]);
    let file = bench.json("inspect whatever.txt", 0);
    assert_eq!(file[0]["lengths"]["15"], 3);
    let other = bench.json("inspect whatever.txt --zone +09:30 --stamp end --interval 30", 0);
    assert_eq!(other[0]["lengths"]["30"], 3);
    assert_eq!(other[0]["first"], "2015-08-31T13:30:00Z");
}

#[test]
fn a_month_first_date_refuses_the_file_with_its_line() {
    let bench = Bench::new();
    bench.put("LP_1.csv", &LP.replace("31/08/2015 23:45", "08/31/2015 23:45"));
    let report = bench.json("ingest LP_1.csv", 4);
    let reason = &report["files"][0]["reason"];
    assert_eq!((&reason["code"], &reason["line"], &reason["column"]), (&"P043".into(), &3.into(), &25.into()));
    bench.put("LP_2.csv", LP.split_once('\n').unwrap().1);
    let report = bench.json("ingest --format lp LP_2.csv", 4);
    assert_eq!(
        (&report["files"][0]["reason"]["code"], &report["files"][0]["reason"]["line"]),
        (&"P040".into(), &1.into())
    );
}

#[test]
fn a_table_is_read_by_options() {
    let bench = Bench::new();
    bench.put("wide.csv", WIDE);
    let line = "inspect wide.csv --format csv --meter 0042 --time-column zeit --value-column Bezug \
                --value-column 3 --unit kwh --separator ; --decimal-comma --zone Europe/Berlin --date-format day-first";
    let file = &bench.json(line, 0)[0];
    assert_eq!((&file["readings"], &file["lengths"]["30"]), (&4.into(), &4.into()));
    assert_eq!((&file["spans"][0]["channel"], &file["spans"][1]["channel"]), (&"Bezug".into(), &"Einspeisung".into()));
    assert_eq!((&file["spans"][0]["meter"], &file["spans"][0]["unit"]), (&"0042".into(), &"kWh".into()));
    assert_eq!(file["first"], "2024-02-29T23:00:00Z");
}

#[test]
fn a_table_is_read_by_a_profile_and_options_win() {
    let bench = Bench::new();
    bench.put(
        "smrt.toml",
        "[profile.grid]\nmeter = \"0042\"\ntime-column = \"Zeit\"\nvalue-column = [\"Bezug\"]\nunit = \"kWh\"\n\
         separator = \";\"\ndecimal-comma = true\nzone = \"Europe/Berlin\"\ndate-format = \"%d.%m.%Y %H:%M\"\ninterval = 30\n",
    );
    bench.put("wide.csv", WIDE);
    let report = bench.json("ingest wide.csv --profile grid", 0);
    assert_eq!((&report["files"][0]["format"], &report["files"][0]["inserted"]), (&"csv".into(), &2.into()));
    let rows = bench.json("readings 0042", 0);
    assert_eq!((&rows[1]["channel"], &rows[1]["value"]), (&"Bezug".into(), &2.5.into()));
    bench.put("other.csv", "meter;Zeit;Einspeisung\n7;01.03.2024 00:00;3,5\n");
    bench.ok("ingest other.csv --profile grid --meter-column meter --value-column Einspeisung");
    assert_eq!(bench.json("readings 7", 0)[0]["value"], 3.5);
}

#[test]
fn what_a_layout_lacks_is_told() {
    let bench = Bench::new();
    bench.put("wide.csv", WIDE);
    bench.put("smrt.toml", "[profile.grid]\nzone = \"+10:00\"\n");
    for (options, part) in [
        ("--format csv", "--meter or --meter-column, --time-column, --value-column"),
        ("--format csv --meter 1 --time-column Zeit", "expected --value-column as well"),
        ("--profile grid --format csv --meter 1", "--time-column"),
        ("--profile none", "expected grid, found \"none\""),
        ("--format lp --time-column Zeit", "--format csv"),
        ("--time-column Zeit", "--format csv"),
        ("--meter 1 --meter-column 2", "cannot be used with"),
        ("--format csv --meter 1 --time-column Zeit --value-column Bezug --no-header", "number of a column"),
        ("--format csv --meter 1 --time-column 1 --value-column 2 --decimal-comma", "comma"),
        ("--date-format mdy", "month-first"),
        ("--zone Mars/Olympus", "Europe/Berlin"),
        ("--interval 0", "from 1 to 1440"),
        ("--separator ab", "one character"),
    ] {
        let run = bench.run(&format!("validate wide.csv {options}"));
        assert_eq!(run.code, 2, "{options}: {run:?}");
        assert!(run.err.contains(part), "{options}: {}", run.err);
    }
    bench.put("smrt.toml", "[profile.grid]\ntime = \"x\"\n");
    let run = bench.run("validate wide.csv");
    assert!(run.code == 2 && run.err.contains("smrt.toml:2: time: unknown field"), "{run:?}");
}

#[test]
fn samples_are_the_same_for_the_same_seed_and_are_read_without_a_finding() {
    let bench = Bench::new();
    let file = bench.ok("generate lp --meters 2 --days 2 --minutes 30 --seed 7");
    assert_eq!(file.lines().count(), 1 + 2 * 3 * 96);
    assert_eq!(bench.ok("generate lp --meters 2 --days 2 --minutes 30 --seed 7"), file);
    assert_ne!(bench.ok("generate lp --meters 2 --days 2 --minutes 30 --seed 8"), file);
    bench.ok("generate lp --start 2024-02-28 --days 2 --out LP_210000001.csv");
    bench.ok("generate tou --meters 3 --out registers.csv");
    for file in bench.json("validate .", 0).as_array().unwrap() {
        assert_eq!((&file["status"], file["findings"].as_array().unwrap().len()), (&"valid".into(), 0), "{file}");
    }
    assert_eq!(bench.run("generate lp --start 9999-12-31 --days 9").code, 2);
}

#[test]
fn what_is_of_no_known_format_in_a_folder_is_skipped_and_no_fault() {
    let bench = Bench::new();
    bench.put("in/readme.txt", "hello\n");
    bench.ok("generate lp --out in/meters.csv");
    let run = bench.run("validate in");
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.out.contains("in/readme.txt: skipped, expected one of the formats"), "{}", run.out);
    assert_eq!(bench.json("validate in", 0)[1]["status"], "skipped");
    assert_eq!(bench.run("validate in/readme.txt").code, 6, "who names it wants it loaded");
}

#[test]
fn reads_of_registers_are_told_of_where_a_file_has_nothing_else() {
    let bench = Bench::new();
    bench.ok("generate tou --meters 1 --out registers.csv");
    let out = bench.ok("inspect registers.csv");
    assert!(out.contains("  registers  ") && out.contains("REGISTER READS\n"), "{out}");
    let file = &bench.json("inspect registers.csv", 0)[0];
    assert!(file["register_reads"].as_u64() > Some(0), "{file}");
    assert_eq!(file["spans"][0]["register_reads"], file["register_reads"], "{file}");
}
