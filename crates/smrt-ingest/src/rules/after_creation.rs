//! A measurement made after its file.

use super::{Facts, Rule, report_starts, time};
use smrt_core::{Batch, Code, Findings, Severity};

pub(super) static CODE: Code = Code {
    id: "V003",
    name: "measured-after-creation",
    severity: Severity::Warning,
    explanation: "The measurement starts after the time at which the header says the file was made. One of the two is wrong; the value is kept as read.",
};

pub(super) struct AfterCreation;

impl Rule for AfterCreation {
    fn check(&mut self, batch: &Batch, facts: &Facts, findings: &mut Findings) {
        let Some(created) = facts.header.created_at else { return };
        report_starts(
            batch,
            facts,
            findings,
            &CODE,
            |start| start > created,
            |meter, start| {
                format!("meter {meter} was measured at {}, after the file was made at {}", time(start), time(created))
            },
        );
    }
}
