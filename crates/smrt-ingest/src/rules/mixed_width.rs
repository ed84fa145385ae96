//! Meter numbers of different widths.

use super::{Facts, Rule};
use smrt_core::{Code, Finding, Findings, Severity};

pub(super) static CODE: Code = Code {
    id: "V007",
    name: "mixed-width",
    severity: Severity::Warning,
    explanation: "Meter numbers of different widths stand in one file. Leading zeros count: 1 and 0000000001 are two meters. Perhaps a program dropped the zeros.",
};

pub(super) struct MixedWidth;

impl Rule for MixedWidth {
    fn finish(&mut self, facts: &Facts, findings: &mut Findings) {
        let Some(first) = facts.meters.codes().next() else { return };
        if let Some(other) = facts.meters.codes().find(|meter| meter.len() != first.len()) {
            let message = format!("meter numbers differ in width: {first:?} and {other:?}, which are different meters");
            findings.push(Finding::of_file(&CODE, message));
        }
    }
}
