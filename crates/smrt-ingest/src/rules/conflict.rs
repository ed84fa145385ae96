//! Two unlike values for one channel and time in one file whose format has versions.
//!
//! A day may be sent again with the time of its change; then the newer one counts and that is just worth a note. Without
//! such a time one of the two is wrong. The same value twice is no matter.

use super::{
    Facts, Rule,
    doubled_key::{Twins, finding},
};
use smrt_core::{Batch, Code, Findings, Severity};

pub(super) static CONFLICT: Code = Code {
    id: "V011",
    name: "conflicting-values",
    severity: Severity::Warning,
    explanation: "The file has two different values for the same channel and time, and neither states a later time of change. The last one counts; the other stays in the history with its line. Ask the sender which is right.",
};

pub(super) static NEWER: Code = Code {
    id: "V012",
    name: "newer-version",
    severity: Severity::Note,
    explanation: "The file has two values for the same channel and time. The one that was changed last counts, wherever it stands in the file; the other stays in the history with its line.",
};

#[derive(Default)]
pub(super) struct Conflict {
    twins: Twins,
}

impl Rule for Conflict {
    fn check(&mut self, batch: &Batch, facts: &Facts, findings: &mut Findings) {
        self.twins.each(batch, facts, |before, reading| {
            if (before.quantity, before.quality, before.minutes) == (reading.quantity, reading.quality, reading.minutes)
            {
                return;
            }
            let code = if before.version < reading.version { &NEWER } else { &CONFLICT };
            findings.report(code, || finding(code, before, reading, facts));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{codes_of, reading};
    use smrt_core::Version;

    #[test]
    fn unlike_values_are_told_and_the_version_says_how_loud() {
        let version = |epoch| Version::from_epoch(epoch);
        for (values, versions, expected) in [
            ([1, 1], [Version::UNSTATED; 2], &[][..]),
            ([1, 2], [Version::UNSTATED; 2], &["V011"]),
            ([1, 2], [version(5), version(5)], &["V011"]),
            ([1, 2], [version(5), version(6)], &["V012"]),
            ([1, 2], [Version::UNSTATED, version(6)], &["V012"]),
        ] {
            let [first, second] =
                [0, 1].map(|at| smrt_core::Reading { version: versions[at], ..reading(0, values[at]) });
            // Also where they stand in two batches.
            for batches in [vec![vec![first, second]], vec![vec![first], vec![second]]] {
                assert_eq!(codes_of(&mut Conflict::default(), &batches, None), expected);
            }
        }
    }
}
