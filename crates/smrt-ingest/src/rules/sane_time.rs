//! A measurement from a time that cannot be meant.

use super::{Facts, Rule, Told, report_starts, time};
use smrt_core::{Batch, Code, Findings, Severity};

pub(super) static CODE: Code = Code {
    id: "V014",
    name: "implausible-time",
    severity: Severity::Warning,
    explanation: "The measurement is from before 1990, when no such meter was read, or more than a day in the future. The value is kept as read; its date is probably wrong.",
};

/// The first second of 1990.
const FIRST: i64 = 631_152_000;
/// A clock, or a zone that nobody stated, may be off by so much.
const DAY: i64 = 86_400;

#[derive(Default)]
pub(super) struct SaneTime(Told);

impl Rule for SaneTime {
    fn check(&mut self, batch: &Batch, facts: &Facts, findings: &mut Findings) {
        let last = facts.now + DAY;
        if facts.all_start_in(FIRST..=last) {
            return;
        }
        report_starts(
            &mut self.0,
            batch,
            facts,
            findings,
            &CODE,
            |index| batch.start[index] < FIRST || batch.start[index] > last,
            |meter, start| format!("expected a time from 1990 until now, found meter {meter} at {}", time(start)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{codes_of, reading};

    #[test]
    fn times_before_1990_and_behind_tomorrow_are_told() {
        let now = crate::load::now();
        for (start, told) in [(FIRST - 1, true), (FIRST, false), (now, false), (now + DAY + 60, true)] {
            let expected: &[&str] = if told { &["V014"] } else { &[] };
            assert_eq!(codes_of(&mut SaneTime::default(), &[vec![reading(start, 1)]], None), expected, "{start}");
        }
    }
}
