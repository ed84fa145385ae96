//! A measurement made after its file.

use super::{Facts, Rule, Told, report_starts, time};
use smrt_core::{Batch, Code, Findings, Flag, Severity};

pub(super) static CODE: Code = Code {
    id: "V003",
    name: "measured-after-creation",
    severity: Severity::Warning,
    explanation: "The measurement starts after the time at which the header says the file was made; in a file of a meter data provider, it ends more than a day after that time and is no estimate. One of the two times is wrong; the value is kept as read.",
};

/// In a format whose header states the very second and whose values are measured.
#[derive(Default)]
pub(super) struct AfterCreation(Told);

impl Rule for AfterCreation {
    fn check(&mut self, batch: &Batch, facts: &Facts, findings: &mut Findings) {
        let Some(created) = facts.header.created_at.filter(|&created| !facts.all_start_in(..=created)) else { return };
        report_starts(
            &mut self.0,
            batch,
            facts,
            findings,
            &CODE,
            |index| batch.start[index] > created,
            |meter, start| say(meter, start, created),
        );
    }
}

/// In a format whose header is of the day and whose values may be estimates of what is to come.
#[derive(Default)]
pub(super) struct LongAfterCreation(Told);

/// How much later an interval may end than its file was made.
const DAY: i64 = 86_400;

impl Rule for LongAfterCreation {
    fn check(&mut self, batch: &Batch, facts: &Facts, findings: &mut Findings) {
        // What starts before it ends at most a day later.
        let Some(created) = facts.header.created_at.filter(|&created| !facts.all_start_in(..=created)) else { return };
        let is_late = |index: usize| {
            let end = batch.start[index] + batch.minutes[index].seconds();
            end > created + DAY && batch.quality[index].flag != Flag::Estimated
        };
        report_starts(&mut self.0, batch, facts, findings, &CODE, is_late, |meter, start| say(meter, start, created));
    }
}

fn say(meter: &str, start: i64, created: i64) -> String {
    format!("meter {meter} was measured at {}, after the file was made at {}", time(start), time(created))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{codes_of, reading};
    use smrt_core::{Quality, Reading};

    #[test]
    fn the_readings_of_a_record_are_told_of_once_wherever_a_batch_ends() {
        let of = |line, start| Reading { line, ..reading(start, 1) };
        let batches = [vec![of(3, 3600), of(3, 7200)], vec![of(3, 10_800), of(4, 14_400)]];
        assert_eq!(codes_of(&mut AfterCreation::default(), &batches, Some(0)), ["V003", "V003"]);
    }

    #[test]
    fn an_estimate_may_be_of_what_is_to_come_and_a_measurement_may_not() {
        let created = 1_700_000_000;
        let estimate = Quality { flag: Flag::Estimated, method: 0 };
        for (start, quality, told) in [
            (created + DAY - 3600, Quality::UNSTATED, false),
            (created + DAY - 3599, Quality::UNSTATED, true),
            (created + DAY, estimate, false),
        ] {
            let expected: &[&str] = if told { &["V003"] } else { &[] };
            let batch = vec![Reading { quality, ..reading(start, 1) }];
            assert_eq!(codes_of(&mut LongAfterCreation::default(), &[batch], Some(created)), expected, "{start}");
        }
    }
}
