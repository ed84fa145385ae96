//! Conversion without a database: whole files or nothing of them, and counts that prove it.

use crate::support::{Place, smrt};
use smrt_core::IntervalLength;
use smrt_ingest::{
    Options, Quiet, Status, Stop,
    convert::{Conversion, Form, Plan, Shape, Spooled, SqlDialect, SqlOptions, convert},
};
use std::path::PathBuf;

const CSV: Form = Form::Csv { raw: false };

/// Converts files and gives what was written.
fn converted(paths: &[PathBuf], shape: Shape, form: Form) -> (String, Conversion) {
    let mut stream = Vec::new();
    let mut spool = Spooled::new(&mut stream).unwrap();
    let plan = Plan { shape, form };
    let told = convert(paths, &Options::default(), &plan, &mut spool, &Stop::default(), &Quiet).unwrap();
    drop(spool);
    (String::from_utf8(stream).unwrap(), told)
}

#[test]
fn long_rows_are_readings_in_key_order_and_the_last_of_a_doubled_key_wins() {
    let place = Place::new();
    let rows = [("2", 1, "1.5"), ("1", 0, "4"), ("2", 0, "7"), ("2", 1, "2.5")];
    let path = place.put("PN000001.SMRT", &smrt("PN000001", &rows));
    let (text, told) = converted(&[path], Shape::Long, CSV);
    assert_eq!(
        text,
        "meter,channel,start,end,value,unit,quality,file,line\n\
         2,,2019-09-28T00:00:00Z,2019-09-28T01:00:00Z,7,,unstated,PN000001.SMRT,4\n\
         2,,2019-09-28T01:00:00Z,2019-09-28T02:00:00Z,2.5,,unstated,PN000001.SMRT,5\n\
         1,,2019-09-28T00:00:00Z,2019-09-28T01:00:00Z,4,,unstated,PN000001.SMRT,3\n"
    );
    let counts = &told.files[0].counts;
    assert_eq!((counts.readings, counts.doubled, counts.channels, counts.days), (4, 1, 2, 2));
    assert!(told.is_consistent() && told.outputs[0].bytes == text.len() as u64);
}

#[test]
fn days_are_those_that_a_database_would_tell() {
    let place = Place::new();
    let path = place.put("PN000001.SMRT", &smrt("PN000001", &[("1", 0, "1"), ("1", 5, "0.25"), ("1", 6, "3")]));
    let (text, told) = converted(&[path], Shape::Daily, CSV);
    assert_eq!(
        text,
        "meter,channel,date,unit,count,expected,sum,min,max,mean,file\n\
         1,,2019-09-28,,3,24,4.25,0.25,3,1.416667,PN000001.SMRT\n"
    );
    assert!(told.is_consistent());
}

#[test]
fn wide_rows_have_a_column_for_each_interval_of_one_length() {
    let place = Place::new();
    let path = place.put("PN000001.SMRT", &smrt("PN000001", &[("1", 1, "1"), ("1", 23, "2"), ("2", 0, "3")]));
    let (text, told) = converted(std::slice::from_ref(&path), Shape::Wide { interval: None }, CSV);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("meter,channel,date,unit,quality,file,00:00,01:00,") && lines[0].ends_with(",23:00"));
    assert_eq!(lines[1], format!("1,,2019-09-28,,unstated,PN000001.SMRT,,1{},2", ",".repeat(21)));
    assert_eq!((lines.len(), told.is_consistent()), (3, true));
    // Another length than the columns have refuses the file, with its line and what to do.
    let interval = IntervalLength::from_minutes(30);
    let (text, told) = converted(&[path], Shape::Wide { interval }, CSV);
    let reason = told.files[0].file.reason.clone().unwrap();
    assert_eq!((text.lines().count(), told.files[0].file.status), (1, Status::Rejected));
    assert_eq!((reason.code, reason.line), ("F021", Some(2)));
    assert!(reason.message.contains("30 min") && reason.message.contains("--column-minutes"), "{}", reason.message);
}

#[test]
fn a_refused_file_leaves_no_row_whatever_the_form() {
    let place = Place::new();
    let good = smrt("PN000001", &[("1", 0, "1")]);
    let mut bad = smrt("PN000002", &[("2", 0, "1"), ("2", 1, "2")]);
    bad.push_str("rubbish\n");
    place.put("PN000001.SMRT", &good);
    place.put("PN000002.SMRT", &bad);
    place.put("PN000003.SMRT", &smrt("PN000003", &[("3", 0, "1")]).replace("\"TRAIL\"\n", ""));
    let sql = Form::Sql(SqlOptions { dialect: SqlDialect::Sqlite, table: "t".into(), upsert: true });
    for form in [CSV, Form::Ndjson, sql] {
        for shape in [Shape::Long, Shape::Daily, Shape::Wide { interval: None }] {
            let (text, told) = converted(&[place.inbox()], shape, form.clone());
            let (alone, _) = converted(&[place.inbox().join("PN000001.SMRT")], shape, form.clone());
            assert_eq!(text, alone, "{shape:?} {form:?}");
            assert_eq!(told.files.iter().filter(|file| file.file.status == Status::Rejected).count(), 2);
            assert_eq!(told.files.iter().map(|file| file.rows).collect::<Vec<_>>(), [1, 0, 0]);
            assert!(told.is_consistent());
        }
    }
}

#[test]
fn a_day_that_is_said_in_two_lengths_is_no_rows() {
    let place = Place::new();
    let day = |minutes: usize, value: &str, date: &str| {
        let values = format!("{value},").repeat(1440 / minutes);
        format!("200,4100000001,E1,1,E1,N1,M1,kWh,{minutes},\n300,{date},{values}A,,,,\n")
    };
    let file = |days: &[String]| format!("100,NEM12,202401031200,MDP1,RETAIL1\n{}900\n", days.concat());
    let apart = place.put("a.csv", &file(&[day(5, "1", "20240101"), day(30, "10", "20240102")]));
    let (text, told) = converted(&[apart], Shape::Daily, CSV);
    assert_eq!((text.lines().count(), told.is_consistent()), (3, true));
    let both = place.put("b.csv", &file(&[day(5, "1", "20240101"), day(30, "10", "20240101")]));
    for shape in [Shape::Long, Shape::Daily] {
        let (text, told) = converted(std::slice::from_ref(&both), shape, CSV);
        assert_eq!((text.lines().count(), told.files[0].file.status), (1, Status::Rejected));
        let reason = told.files[0].file.reason.as_ref().unwrap();
        assert_eq!(
            (reason.line, reason.message.as_str()),
            (
                Some(5),
                "expected a day in intervals of one length, found 5 min and 30 min at 2024-01-01T00:00:00+10:00: load \
                 the file, which keeps the later version of the day"
            )
        );
    }
}

#[test]
fn a_file_that_is_read_twice_is_written_once() {
    let place = Place::new();
    let mut text = "\"HEADR\",\"SMRT\",\"GAZ\",\"20191011\",\"134942\",\"PN000001\"\n".to_owned();
    // The first meter comes back when a batch of others has been given on already.
    for row in (24..70_000).chain([0]) {
        text.push_str(&format!("\"CONSU\",\"{:08}\",\"20190928\",\"{:02}00\",1\n", row / 24 % 2900, row % 24));
    }
    let path = place.put("PN000001.SMRT", &(text + "\"TRAIL\"\n"));
    for shape in [Shape::Long, Shape::Daily, Shape::Wide { interval: None }] {
        let (text, told) = converted(std::slice::from_ref(&path), shape, CSV);
        assert!(told.is_consistent(), "{shape:?}");
        assert_eq!(text.lines().count() as u64, told.files[0].rows + 1, "{shape:?}");
        assert_eq!(told.files[0].counts.readings, 69_977);
    }
}

#[test]
fn days_in_two_files_are_told_and_both_have_rows() {
    let place = Place::new();
    place.put("PN000001.SMRT", &smrt("PN000001", &[("1", 0, "1"), ("2", 0, "1")]));
    place.put("PN000002.SMRT", &smrt("PN000002", &[("1", 0, "9")]));
    let (text, told) = converted(&[place.inbox()], Shape::Daily, CSV);
    assert_eq!((text.lines().count(), told.doubled_days), (4, Some(1)));
}

#[test]
fn nothing_to_convert_is_an_output_without_rows() {
    let place = Place::new();
    for (shape, form, expected) in [
        (Shape::Daily, CSV, "meter,channel,date,unit,count,expected,sum,min,max,mean,file\n"),
        (Shape::Long, Form::Ndjson, ""),
        (
            Shape::Wide { interval: IntervalLength::from_minutes(720) },
            CSV,
            "meter,channel,date,unit,quality,file,00:00,12:00\n",
        ),
    ] {
        let (text, told) = converted(&[place.inbox()], shape, form);
        assert_eq!((text.as_str(), told.outputs.len()), (expected, 1));
    }
}
