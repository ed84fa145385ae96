//! Values that were rounded because the configuration allows it.

use super::{Facts, Rule};
use smrt_core::{Code, Finding, Findings, Severity};

pub(super) static CODE: Code = Code {
    id: "V010",
    name: "rounded",
    severity: Severity::Note,
    explanation: "Values had more than six decimals and were rounded, ties to even, because excess-decimals = \"round-half-even\" is set.",
};

pub(super) struct Rounded;

impl Rule for Rounded {
    fn finish(&mut self, facts: &Facts, findings: &mut Findings) {
        if facts.rounded > 0 {
            findings.push(Finding::of_file(&CODE, format!("{} values were rounded to six decimals", facts.rounded)));
        }
    }
}
