//! `diff` and `outliers`: two files compared, and values far from the middle.

use crate::bench::{Bench, DAY, smrt};

/// The header line of a load profile.
const LP: &str = "MeterPoint Code,Serial Number,Plant Code,Date/Time,Data Type,Data Value,Units,Status\n";

/// A load profile of one meter: data type, quarter hour of 2015-09-01, value, unit.
fn lp(rows: &[(&str, u32, &str, &str)]) -> String {
    let row = |(kind, quarter, value, unit): &(&str, u32, &str, &str)| {
        let (hour, minute) = (quarter / 4, quarter % 4 * 15);
        format!("210095893,210095893,ED011300245,01/09/2015 {hour:02}:{minute:02}:00,{kind},{value},{unit},\n")
    };
    LP.to_owned() + &rows.iter().map(row).collect::<String>()
}

/// Register reads of one meter: period, rate, stand.
fn tou(rows: &[(&str, &str, &str)]) -> String {
    let head = "MeterPoint Code,Serial Number,Plant Code,Date/Time,Data Type,Energy,Maximum Demand,Time of Max Demand,\
                Units,Status,Period,DLS Active,Billing Reset Count,Billing Reset Date/Time,Rate\n";
    let row = |(period, rate, stand): &(&str, &str, &str)| {
        format!(
            "214667141,214667141,ED071500247,01/09/2015 00:41:02,Export Wh Total,{stand},0.0,30/12/1899 00:00:00,\
             kwh,.....R....,{period},False,26,01/09/2015 00:00:00,{rate}\n"
        )
    };
    head.to_owned() + &rows.iter().map(row).collect::<String>()
}

#[test]
fn equal_files_have_no_difference_whatever_their_order() {
    let bench = Bench::new();
    let mut turned: Vec<_> = DAY.to_vec();
    turned.reverse();
    bench.put("a.SMRT", &smrt("PN000001", DAY));
    bench.put("b.SMRT", &smrt("PN000002", &turned));
    let run = bench.run("diff a.SMRT b.SMRT");
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    assert!(run.err.contains("no difference: 3 values of 1 channel"), "{}", run.err);
    assert_eq!(bench.json("diff a.SMRT a.SMRT", 0), serde_json::json!([]));
}

#[test]
fn what_changed_is_told_by_channel_with_sums_and_lines() {
    let bench = Bench::new();
    bench.put("a.SMRT", &smrt("PN000001", &[("1", 0, "1"), ("1", 1, "2"), ("2", 0, "5"), ("3", 0, "7")]));
    bench.put("b.SMRT", &smrt("PN000002", &[("4", 0, "1"), ("3", 0, "7"), ("1", 1, "2.5"), ("1", 2, "4")]));
    let rows = bench.json("diff a.SMRT b.SMRT", 6);
    let told: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| ["meter", "same", "changed", "only_a", "only_b", "sum_a", "sum_b"].map(|name| row[name].to_string()))
        .collect();
    let row = |row: [&str; 7]| row.map(str::to_owned);
    assert_eq!(
        told,
        [
            row(["\"1\"", "0", "1", "1", "1", "3", "6.5"]),
            row(["\"2\"", "0", "0", "1", "0", "5", "0"]),
            row(["\"4\"", "0", "0", "0", "1", "0", "1"]),
        ]
    );
    let change = &rows[0]["changes"][1];
    assert_eq!((&change["start"], &change["a"]["value"]), (&"2019-09-28T01:00:00Z".into(), &2.into()));
    assert_eq!((&change["b"]["value"], &change["b"]["line"]), (&2.5.into(), &4.into()));
    assert_eq!(bench.json("diff a.SMRT b.SMRT --limit 1", 6)[0]["changes"].as_array().unwrap().len(), 1);
    let run = bench.run("diff a.SMRT b.SMRT");
    assert!(run.out.contains("1 2019-09-28T01:00:00Z: 2 (unstated, 60 min, line 3) -> 2.5"), "{}", run.out);
    assert!(run.err.contains("3 of 4 channels differ (1 only in A, 1 only in B)"), "{}", run.err);
}

#[test]
fn registers_are_compared_by_period_and_rate() {
    let bench = Bench::new();
    bench.put(
        "a.csv",
        &tou(&[("Total", "Unified", "0.150"), ("Current", "Unified", "0.004"), ("Total", "Rate 1", "1")]),
    );
    bench
        .put("b.csv", &tou(&[("Current", "Unified", "0.005"), ("Total", "Unified", "0.15"), ("Total", "Rate 1", "1")]));
    let rows = bench.json("diff a.csv b.csv", 6);
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
    assert_eq!(rows[0]["channel"], "Export Wh Total / Current / Unified");
    assert_eq!((&rows[0]["sum_a"], &rows[0]["sum_b"]), (&0.004.into(), &0.005.into()));
}

#[test]
fn what_cannot_be_compared_is_told() {
    let bench = Bench::new();
    bench.put("a.SMRT", &smrt("PN000001", DAY));
    bench.put("b.SMRT", &smrt("PN000002", &[("1", 0, "x")]));
    let run = bench.run("diff a.SMRT b.SMRT");
    assert_eq!(run.code, 3);
    assert!(run.err.contains("b.SMRT:2:") && run.err.contains("nothing was compared"), "{}", run.err);
    assert_eq!(bench.run("diff b.SMRT b.SMRT").code, 4);
    let run = bench.run("diff a.SMRT .");
    assert_eq!(run.code, 2);
    assert!(run.err.contains("expected one file, found 2 in ."), "{}", run.err);
    assert_eq!(bench.run("diff a.SMRT").code, 2);
}

#[test]
fn values_far_from_the_median_of_their_channel_or_file_are_listed() {
    let bench = Bench::new();
    // By channel the medians are 10 and 1000; that of the file lies between 12.1 and 800.
    let rows = [
        ("Export Wh Total", 0, "10", "kwh"),
        ("Export Wh Total", 1, "12", "kwh"),
        ("Export Wh Total", 2, "7.999999", "kwh"),
        ("Export Wh Total", 3, "8", "kwh"),
        ("Export Wh Total", 4, "12.1", "kwh"),
        ("Voltage", 0, "1000", "V"),
        ("Voltage", 1, "1000", "V"),
        ("Voltage", 2, "1000", "V"),
        ("Voltage", 3, "1201", "V"),
        ("Voltage", 4, "800", "V"),
    ];
    bench.put("LP_210095893_20150901T011608049.csv", &lp(&rows));
    let listed = |options: &str| -> Vec<(String, String)> {
        let rows = bench.json(&format!("outliers . {options}"), 0);
        rows.as_array().unwrap().iter().map(|row| (row["value"].to_string(), row["median"].to_string())).collect()
    };
    let pair = |(value, median): (&str, &str)| (value.to_owned(), median.to_owned());
    assert_eq!(listed(""), [("7.999999", "10"), ("12.1", "10"), ("1201", "1000")].map(pair));
    let of_file = listed("--per file");
    assert!(of_file.len() == rows.len() && of_file.iter().all(|(_, median)| median == "406.05"), "{of_file:?}");
    assert_eq!(listed("--percent 20.1"), [("12.1", "10")].map(pair));
    let csv = bench.ok("-o csv outliers .");
    assert!(csv.starts_with("file,start,value,median,deviation,meter,channel,unit,line\n"));
    assert!(
        csv.contains("LP_210095893_20150901T011608049.csv,2015-09-01T00:30:00+10:00,7.999999,10,-2.000001,"),
        "{csv}"
    );
}

#[test]
fn a_median_of_zero_leaves_zeros_alone_and_stands_are_judged_where_there_is_nothing_else() {
    let bench = Bench::new();
    bench.put("zero.csv", &lp(&[("Wh", 0, "0", "kwh"), ("Wh", 1, "0", "kwh")]));
    assert_eq!(bench.json("outliers zero.csv", 0), serde_json::json!([]));
    let rows = [
        ("Total", "Unified", "0.150"),
        ("Previous", "Unified", "0.146"),
        ("Current", "Unified", "0.004"),
        ("Billing Total", "Unified", "0.146"),
    ];
    bench.put("tou.csv", &tou(&rows));
    let far = bench.json("outliers tou.csv --per file", 0);
    assert_eq!((far.as_array().unwrap().len(), &far[0]["value"], &far[0]["median"]), (1, &0.004.into(), &0.146.into()));
    assert_eq!(far[0]["channel"], "Export Wh Total / Current / Unified");
}

#[test]
fn a_refused_file_is_not_judged_and_options_are_checked() {
    let bench = Bench::new();
    bench.put("a.SMRT", &smrt("PN000001", &[("1", 0, "x")]));
    let run = bench.run("outliers a.SMRT");
    assert_eq!(run.code, 4);
    assert!(run.err.contains("none of its values was looked at"), "{}", run.err);
    for line in ["outliers", "outliers . --percent -5", "outliers . --percent many", "outliers . --per meter"] {
        assert_eq!(bench.run(line).code, 2, "{line}");
    }
}
