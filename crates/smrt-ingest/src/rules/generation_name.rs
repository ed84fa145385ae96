//! A file named otherwise than its header says.

use super::{Facts, Rule};
use smrt_core::{Code, Finding, Findings, Severity};

pub(super) static CODE: Code = Code {
    id: "V006",
    name: "generation-name",
    severity: Severity::Warning,
    explanation: "The generation number in the header differs from the file's name. The file was perhaps renamed; its readings are loaded, and its identity stays its name.",
};

pub(super) struct GenerationName;

impl Rule for GenerationName {
    fn finish(&mut self, facts: &Facts, findings: &mut Findings) {
        let Some(generation) = facts.header.generation.map(|generation| generation.to_string()) else { return };
        let stem = facts.name.split_once('.').map_or(facts.name.as_str(), |(stem, _)| stem);
        if !stem.eq_ignore_ascii_case(&generation) {
            let message = format!("expected the file name {generation}, found {:?}", facts.name);
            findings.push(Finding::of_file(&CODE, message));
        }
    }
}
