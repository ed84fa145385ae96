//! Each fault of interval data is found where it was put and explained by the register; what the register confirms is
//! never called wrong. Sixty days of a household by the hour, made here.

use smrt_analytics::{
    anomaly::{Anomaly, Kind},
    meter::{MeterSeries, RegisterStand, Validation, validate},
};
use smrt_core::MarketZone;

const HOUR: i64 = 3_600_000_000;
const DAYS: i64 = 60;

/// A household by the hour, to the watt-hour: low at night, an evening peak, and some of its own.
fn load(hour: i64) -> f64 {
    let of_day = hour.rem_euclid(24) as f64;
    let evening = (-(of_day - 19.0).powi(2) / 8.0).exp();
    let own = ((hour * 7919 % 101) as f64 / 101.0 + (hour * 104_729 % 57) as f64 / 57.0) * 0.15;
    ((0.2 + 0.8 * evening + own) * 1000.0).round() / 1000.0
}

struct Meter {
    rows: Vec<(i64, f64)>,
    registers: Vec<RegisterStand>,
}

impl Meter {
    fn new() -> Self {
        let rows = (0..DAYS * 24).map(|hour| (hour * HOUR, load(hour))).collect();
        let stand = |day: i64| 1000.0 + (0..day * 24).map(load).sum::<f64>();
        let read = |day: i64| RegisterStand { at: day * 24 * HOUR, stand: (stand(day) * 1000.0).round() / 1000.0 };
        Self { rows, registers: (0..=DAYS).map(read).collect() }
    }

    fn change(mut self, hours: std::ops::Range<i64>, with: impl Fn(f64) -> f64) -> Self {
        let rows = self.rows.iter_mut().filter(|(at, _)| hours.contains(&(at / HOUR)));
        rows.for_each(|(_, value)| *value = with(*value));
        self
    }

    fn lose(mut self, hours: std::ops::Range<i64>) -> Self {
        self.rows.retain(|(at, _)| !hours.contains(&(at / HOUR)));
        self
    }

    fn without_registers(mut self) -> Self {
        self.registers.clear();
        self
    }

    fn validated(&self) -> Validation {
        let (starts, quantities): (Vec<i64>, Vec<f64>) = self.rows.iter().copied().unzip();
        validate(&MeterSeries {
            starts: &starts,
            quantities: &quantities,
            minutes: 60,
            registers: &self.registers,
            zone: MarketZone::Utc,
        })
    }

    fn found(&self) -> Vec<(Kind, i64, i64)> {
        let place = |anomaly: &Anomaly| (anomaly.kind, anomaly.start / HOUR, anomaly.end / HOUR);
        self.validated().anomalies.iter().map(place).collect()
    }
}

#[test]
fn a_sound_meter_has_nothing_wrong() {
    let validation = Meter::new().validated();
    assert!(validation.anomalies.is_empty(), "{:?}", validation.anomalies);
    assert_eq!((validation.balanced_blocks, validation.blocks), (60, 60));
    assert!(Meter::new().without_registers().found().is_empty());
}

#[test]
fn a_peak_that_the_register_confirms_is_no_spike() {
    let mut meter = Meter::new().change(500..501, |value| value + 9.0);
    meter.registers.iter_mut().filter(|read| read.at > 500 * HOUR).for_each(|read| read.stand += 9.0);
    assert!(meter.found().is_empty(), "{:?}", meter.found());
    assert_eq!(meter.without_registers().found(), [(Kind::Spike, 500, 500)]);
}

#[test]
fn what_is_wrong_on_its_face_is_found() {
    assert_eq!(Meter::new().change(500..503, |value| -value).found(), [(Kind::Negative, 500, 502)]);
    assert_eq!(Meter::new().change(500..512, |_| 0.0).found(), [(Kind::ZeroRun, 500, 511)]);
    assert_eq!(Meter::new().change(500..530, |_| 0.217).found(), [(Kind::Stuck, 500, 529)]);
    assert_eq!(Meter::new().lose(500..506).found(), [(Kind::Gap, 500, 505)]);
}

#[test]
fn the_register_explains_spikes_multipliers_and_levels() {
    assert_eq!(Meter::new().change(500..501, |value| value + 3.0).found(), [(Kind::Spike, 500, 500)]);
    assert_eq!(Meter::new().change(487..495, |value| value * 10.0).found(), [(Kind::ScaleX10, 487, 494)]);
    assert_eq!(Meter::new().change(500..512, |value| value * 10.0).found(), [(Kind::ScaleX10, 500, 511)]);
    let shifted = Meter::new().change(500..575, |value| value * 0.45);
    assert_eq!(shifted.found(), [(Kind::LevelShift, 500, 574)]);
    let reason = &shifted.validated().anomalies[0].reason;
    assert!(reason.contains("0.4500 times what flowed"), "{reason}");
}

#[test]
fn a_gap_is_lost_or_caught_up() {
    let sum: f64 = (500..507).map(load).sum();
    let caught = Meter::new().lose(500..506).change(506..507, |_| sum);
    assert_eq!(caught.found(), [(Kind::GapCatchup, 500, 506)]);
    assert_eq!(caught.without_registers().found(), [(Kind::GapCatchup, 500, 506)]);
}

#[test]
fn a_supply_that_was_off_sends_nothing_and_misses_nothing() {
    let mut meter = Meter::new().lose(500..530);
    let lost: f64 = (500..530).map(load).sum();
    let part: f64 = (500..504).map(load).sum();
    for read in &mut meter.registers {
        read.stand -= if read.at >= 530 * HOUR {
            lost
        } else if read.at > 500 * HOUR {
            part
        } else {
            0.0
        };
    }
    assert!(meter.found().is_empty(), "{:?}", meter.found());
}

#[test]
fn false_reads_are_named_with_what_they_should_show() {
    let mut meter = Meter::new();
    meter.registers[20].stand += 5.0;
    let validation = meter.validated();
    assert_eq!(validation.false_reads.len(), 1);
    let read = validation.false_reads[0];
    assert!((read.read.stand - read.expected - 5.0).abs() < 1e-9 && read.read.at == 480 * HOUR);
    assert_eq!(validation.anomalies[0].kind, Kind::RegisterRead);
}

#[test]
fn intervals_sent_twice_are_told_and_the_register_chooses() {
    let mut meter = Meter::new();
    meter.rows.insert(500, meter.rows[500]);
    meter.rows.insert(601, (600 * HOUR, load(600) * 1.5));
    assert_eq!(meter.found(), [(Kind::DuplicateSame, 500, 500), (Kind::DuplicateConflict, 600, 600)]);
    let reason = &meter.validated().anomalies[1].reason;
    assert!(reason.contains("the register is for"), "{reason}");
}

#[test]
fn several_faults_of_one_meter_are_told_apart() {
    let mut meter = Meter::new()
        .change(100..101, |value| value + 4.0)
        .change(300..320, |_| 0.0)
        .lose(400..410)
        .change(700..780, |value| value * 2.5)
        .change(1000..1006, |value| value * 10.0);
    meter.registers[10].stand -= 3.0;
    let expected = [
        (Kind::Spike, 100, 100),
        (Kind::RegisterRead, 240, 240),
        (Kind::ZeroRun, 300, 319),
        (Kind::Gap, 400, 409),
        (Kind::LevelShift, 700, 779),
        (Kind::ScaleX10, 1000, 1005),
    ];
    assert_eq!(meter.found(), expected);
}

#[test]
fn a_part_tells_what_the_whole_tells_of_it() {
    let meter = Meter::new()
        .change(100..101, |value| value + 4.0)
        .change(300..320, |_| 0.0)
        .lose(400..410)
        .change(1000..1006, |value| value * 10.0);
    let whole = meter.found();
    let mut part = meter;
    part.rows.retain(|(at, _)| *at < 35 * 24 * HOUR);
    part.registers.retain(|read| read.at <= 35 * 24 * HOUR);
    assert_eq!(part.found(), whole[..3]);
}
