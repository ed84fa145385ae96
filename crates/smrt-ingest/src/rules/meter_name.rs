//! A file named after another meter than the one it holds.

use super::{Facts, Rule};
use smrt_core::{Code, Finding, Findings, Severity};

pub(super) static CODE: Code = Code {
    id: "V013",
    name: "meter-name",
    severity: Severity::Warning,
    explanation: "The file's name has the number of another meter than its records. The records are believed: perhaps the file was renamed, or two were mixed up.",
};

/// The meter stands behind the first underscore, as in `LP_210095893_20150901T011608049.csv`.
pub(super) struct MeterName;

impl Rule for MeterName {
    fn finish(&mut self, facts: &Facts, findings: &mut Findings) {
        let mut parts = facts.name.split(['_', '.']);
        let (Some("LP" | "TOU" | "lp" | "tou"), Some(named)) = (parts.next(), parts.next()) else { return };
        if let Some(other) = facts.meters.codes().find(|&code| code != named) {
            let message = format!("expected records of meter {named}, after which the file is named, found {other}");
            findings.push(Finding::of_file(&CODE, message));
        }
    }
}
