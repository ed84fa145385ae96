//! Every example runs and says what it should.
#![allow(dead_code, reason = "the examples' own `main` is not called here")]

mod embed_the_parser;
mod load_from_code;
mod query_from_code;

use std::error::Error;

fn check(example: impl FnOnce(&mut Vec<u8>) -> Result<(), Box<dyn Error>>, expected: &str) {
    let mut out = Vec::new();
    example(&mut out).expect("the example runs");
    assert_eq!(String::from_utf8_lossy(&out), expected);
}

#[test]
fn embed_the_parser() {
    let expected = r#"file PN000101 for MUSTERGAS
consumed in all: 121.78
P007 3:42: expected 5 fields in a CONSU record, found 6
  "CONSU","0000000102","20240119","0100",0,31
P011 5:23: expected a date YYYYMMDD, found "20240231"
  "CONSU","0000000102","20240231","0300",0.40
P015 7:40: expected a consumption, found "-0.44": it is negative
  "CONSU","0000000102","20240119","0500",-0.44
5 good readings for MUSTERGAS, the first of them:
  line 2: 2024-01-19T00:00:00Z 0.27
  line 4: 2024-01-19T02:00:00Z 0.33
"#;
    check(embed_the_parser::run, expected);
}

#[test]
fn load_from_code() {
    let expected = r#"first time:
  PN000101.SMRT loaded: 144 new, 0 replaced, 0 known
  PN000102.SMRT loaded: 70 new, 0 replaced, 0 known
    V005: meter 0000000103 lacks 2 intervals from 2024-01-16T05:00:00Z to 2024-01-16T07:00:00Z
  DV000007.SMRT loaded: 24 new, 0 replaced, 0 known
  PN000103.SMRT loaded: 24 new, 5 replaced, 19 known
second time:
  PN000101.SMRT already-loaded: 0 new, 0 replaced, 0 known
  PN000102.SMRT already-loaded: 0 new, 0 replaced, 0 known
  DV000007.SMRT already-loaded: 0 new, 0 replaced, 0 known
  PN000103.SMRT already-loaded: 0 new, 0 replaced, 0 known
"#;
    check(load_from_code::run, expected);
}

#[test]
fn query_from_code() {
    let expected = r#"meter 0000000101: 96 readings
meter 0000000102: 72 readings
meter 0000000103: 70 readings
meter 0000000999: 24 readings
2024-01-14: 20.85 in 24 of 24 hours
2024-01-15: 22.1 in 24 of 24 hours
2024-01-16: 21.36 in 24 of 24 hours
2024-01-15T07:00:00Z 1.82 (PN000103.SMRT, line 9)
2024-01-15T08:00:00Z 1.45 (PN000103.SMRT, line 10)
before it was 1.47 (PN000101.SMRT, line 81), until PN000103.SMRT came
meter 0000000103 lacks 2 hours from 2024-01-16T05:00:00Z
"#;
    check(query_from_code::run, expected);
}
