//! What was found out about series, and what was estimated.

use crate::support::{File, Fixture, SEPTEMBER, assert_healthy, batch, begin, channel, minutes, reading, values};
use smrt_core::Quantity;
use smrt_storage::{SavedAnalysis, SavedAnomaly, StoredEstimate};

fn found(version: char, kinds: &[&str]) -> SavedAnalysis {
    let anomaly = |kind: &&str| SavedAnomaly {
        kind: (*kind).to_owned(),
        start: 1,
        end: 2,
        severity: 6.5,
        expected: Some(0.1),
        band: Some((-1.0, 1.0)),
        observed: None,
        reason: "it's \\ \"odd\"".into(),
    };
    SavedAnalysis {
        version: version.to_string().repeat(64),
        made_at: 7,
        start: Some(1),
        step_seconds: None,
        model: "{}".into(),
        verdict: "well".into(),
        anomalies: kinds.iter().map(anomaly).collect(),
    }
}

pub(crate) fn an_analysis_takes_the_place_of_the_one_before(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    File::of_meter("a", &[(0, 1)]).load(&mut writer);
    assert_eq!(store.saved_analysis(1).unwrap(), None);
    assert!(writer.save_analysis(1, &found('a', &[])).is_err(), "nothing is written without a transaction");
    for analysis in [found('a', &["gap", "spike"]), found('b', &["spike"]), found('c', &[])] {
        begin(&mut writer);
        writer.save_analysis(1, &analysis).unwrap();
        writer.commit().unwrap();
        assert_eq!(store.saved_analysis(1).unwrap(), Some(analysis));
    }
    assert_healthy(&mut store);
}

pub(crate) fn estimates_stand_beside_what_was_measured_and_can_be_revoked(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    File::new("a", vec![batch(&[channel("1")], &[reading(0, 0, 5, 1), reading(0, 3, 7, 2)])]).load(&mut writer);
    let digest = store.digest().unwrap();
    let estimate = |slot: i64, micros| StoredEstimate {
        start: SEPTEMBER + slot * 1800,
        minutes: minutes(30),
        quantity: Quantity::from_micros(micros),
        method: "straight_line".into(),
        reason: "2 intervals are missing".into(),
        made_at: 9,
    };
    let mut replace = |range, estimates: &[StoredEstimate]| {
        begin(&mut writer);
        let gone = writer.replace_estimates(1, range, estimates).unwrap();
        writer.commit().unwrap();
        gone
    };
    assert_eq!(replace((None, None), &[estimate(1, 5), estimate(2, 6)]), 0);
    assert_eq!(store.estimates(1, None, None).unwrap(), [estimate(1, 5), estimate(2, 6)]);
    let second = (Some(SEPTEMBER + 2 * 1800), Some(SEPTEMBER + 3 * 1800));
    assert_eq!(replace(second, &[estimate(2, 8)]), 1);
    assert_eq!(store.estimates(1, second.0, second.1).unwrap(), [estimate(2, 8)]);
    assert_eq!((values(&mut store), store.digest().unwrap()), (vec![5, 7], digest));
    assert_eq!(replace((None, None), &[]), 2);
    assert_eq!(store.estimates(1, None, None).unwrap(), []);
    assert_healthy(&mut store);
}

pub(crate) fn doubled_readings_are_told_in_the_order_of_their_lines(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let rows =
        [reading(0, 0, 5, 1), reading(0, 0, 6, 2), reading(0, 1, 7, 3), reading(0, 1, 7, 4), reading(0, 0, 8, 5)];
    File::new("a", vec![batch(&[channel("1")], &rows)]).load(&mut writer);
    // What is said twice alike is not kept, and what another file replaces was not doubled.
    File::of_meter("b", &[(0, 9)]).load(&mut writer);
    let doubled = store.doubled(1, None, None).unwrap();
    let told: Vec<_> = doubled.iter().map(|row| (row.start - SEPTEMBER, row.quantity.micros())).collect();
    assert_eq!(told, [(0, 5), (0, 6)]);
    assert_eq!(store.doubled(1, Some(SEPTEMBER + 1800), None).unwrap(), []);
}
