//! `convert --to nem12`: what is written is read back as it was.

use crate::bench::{Bench, DAY, smrt};

/// A NEM12 file of one meter: consumption with substituted intervals and reasons, and generation.
fn nem12() -> String {
    let half_hours = |add: u32| (0..48).map(|n| format!("{}.{:03}", n + add, n)).collect::<Vec<_>>().join(",");
    let mut text = "100,NEM12,202301200000,MDP1,RET1\n200,VABD000163,E1B1,1,E1,N1,METSER1,kWh,30,\n".to_owned();
    text += &format!("300,20230115,{},A,,,20230116010203,\n", half_hours(0));
    text += &format!("300,20230116,{},V,,,20230117010203,\n", half_hours(7));
    text += "400,1,20,A,,\n400,21,30,S14,24,\n400,31,48,E52,0,meter was wet\n";
    text += "200,VABD000163,E1B1,2,B1,N1,METSER1,kWh,30,\n";
    text + &format!("300,20230115,{},F16,79,,20230116010203,\n900\n", half_hours(3))
}

/// A day of quarter hours without quality, and one that is cut off.
fn lp() -> String {
    let mut text = "MeterPoint Code,Serial Number,Plant Code,Date/Time,Data Type,Data Value,Units,Status\n".to_owned();
    for quarter in 0..100 {
        let (day, hour, minute) = (1 + quarter / 96, quarter / 4 % 24, quarter % 4 * 15);
        text += &format!(
            "210095893,210095893,ED01,{day:02}/09/2015 {hour:02}:{minute:02}:00,Export Wh Total,{quarter}.5,kwh,\n"
        );
    }
    text
}

#[test]
fn what_is_written_is_read_back_as_it_was() {
    let bench = Bench::new();
    bench.put("a.csv", &nem12());
    bench.ok("convert a.csv --to nem12 --out b.csv --sender MDP1 --recipient RET1");
    assert!(bench.ok("validate b.csv").contains("b.csv: valid, 144 records"));
    let text = std::fs::read_to_string(bench.path("b.csv")).unwrap();
    assert!(
        text.starts_with("100,NEM12,202301200000,MDP1,RET1\r\n200,VABD000163,E1B1,1,E1,,METSER1,kWh,30,\r\n"),
        "{text}"
    );
    assert!(text.contains("400,31,48,E52,0,meter was wet\r\n") && text.ends_with("900\r\n"), "{text}");
    let run = bench.run("diff a.csv b.csv");
    assert_eq!(run.code, 0, "{run:?}");
    // A second time, not a byte changes.
    bench.ok("convert b.csv --to nem12 --out c.csv --sender MDP1 --recipient RET1");
    assert_eq!(std::fs::read_to_string(bench.path("c.csv")).unwrap(), text);
}

#[test]
fn days_that_are_not_whole_are_left_out_and_counted() {
    let bench = Bench::new();
    bench.put("LP_1.csv", &lp());
    let mut command = bench.command("convert LP_1.csv --to nem12 --assume-quality A --out b.csv --stats s.json");
    let run = crate::bench::run(command.args(["--suffix", "Export Wh Total=E1"]));
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.err.contains("1 day left out; the first: 2015-09-02 of 0210095893 E1: expected 96 values"),
        "{}",
        run.err
    );
    let stats: serde_json::Value = serde_json::from_slice(&std::fs::read(bench.path("s.json")).unwrap()).unwrap();
    let file = &stats["files"][0];
    assert_eq!((&file["rows"], &file["days_left_out"], &stats["consistent"]), (&1.into(), &1.into(), &true.into()));
    let days = bench.ok("convert b.csv --shape daily");
    assert!(days.contains("\n0210095893,E1,2015-09-01,kWh,96,96,4608,0.5,95.5,48,b.csv\n"), "{days}");
    // Without a quality there is no day that the format could say.
    let run = crate::bench::run(bench.command("convert LP_1.csv --to nem12").args(["--suffix", "Export Wh Total=E1"]));
    assert!(run.out.starts_with("100,NEM12,") && run.out.lines().count() == 2, "{run:?}");
    assert!(run.err.contains("2 days left out") && run.err.contains("expected a quality, found none"), "{}", run.err);
}

#[test]
fn what_the_format_cannot_name_is_refused_with_the_option_that_helps() {
    let bench = Bench::new();
    bench.put("LP_1.csv", &lp());
    bench.put("PN000001.SMRT", &smrt("PN000001", DAY));
    for (line, words) in [
        ("convert LP_1.csv --to nem12", "found the channel \"Export Wh Total\": give --suffix CHANNEL=SUFFIX"),
        ("convert LP_1.csv --to nem12 --nmi 210095893=SHORT --suffix Export=E1", "--suffix CHANNEL=SUFFIX"),
        ("convert PN000001.SMRT --to nem12 --suffix =E1", "expected a unit of the specification's list"),
    ] {
        let run = bench.run(&format!("{line} --out b.csv"));
        assert_eq!(run.code, 4, "{line}: {run:?}");
        assert!(run.err.contains("F021") && run.err.contains(words), "{line}: {}", run.err);
        assert!(!bench.path("b.csv").exists(), "{line}");
    }
    for line in [
        "convert LP_1.csv --nmi 1=2",
        "convert LP_1.csv --to nem12 --shape daily",
        "convert LP_1.csv --to nem12 --assume-quality V",
        "convert LP_1.csv --to nem12 --suffix E1",
    ] {
        assert_eq!(bench.run(line).code, 2, "{line}");
    }
}
