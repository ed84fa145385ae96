//! The running numbers of a sender's files: what is missing between them, what comes late.

use smrt_core::{Code, Environment, Finding, Generation, Severity};

pub(crate) static MISSING: Code = Code {
    id: "V008",
    name: "generation-gap",
    severity: Severity::Warning,
    explanation: "Between the last file of this sender and this one, numbers are missing: files that were not received, or not loaded. `smrt files` tells which were refused; ask the sender for the others.",
};

pub(crate) static LATE: Code = Code {
    id: "V009",
    name: "generation-late",
    severity: Severity::Note,
    explanation: "The file's number is lower than one that was loaded before, so it arrived out of order. Its values replace those of files with higher numbers, because the order of arrival decides; set precedence = \"created\" to let the time of creation decide.",
};

/// What a file's number tells after the greatest one before it, of the same sender and environment.
pub(crate) fn compare(last: Option<u32>, generation: Generation) -> Option<Finding> {
    let last = last?;
    let name = |number| Generation { number, ..generation }.to_string();
    if generation.number > last.saturating_add(1) {
        let (first_missing, last_missing) = (name(last + 1), name(generation.number - 1));
        let missing = if first_missing == last_missing {
            format!("{first_missing} is missing")
        } else {
            format!("{first_missing} to {last_missing} are missing")
        };
        return Some(Finding::of_file(&MISSING, format!("{missing} between {} and {generation}", name(last))));
    }
    (generation.number < last)
        .then(|| Finding::of_file(&LATE, format!("{generation} comes after {} has been loaded", name(last))))
}

/// The greatest numbers seen, where no database knows them.
#[derive(Debug, Default)]
pub(crate) struct Sequences(std::collections::BTreeMap<(Option<String>, Environment), u32>);

impl Sequences {
    /// Takes the next file's number.
    pub(crate) fn next(&mut self, sender: Option<&str>, generation: Generation) -> Option<Finding> {
        let last = self.0.entry((sender.map(str::to_owned), generation.environment));
        match last {
            std::collections::btree_map::Entry::Vacant(vacant) => {
                vacant.insert(generation.number);
                None
            }
            std::collections::btree_map::Entry::Occupied(mut last) => {
                let finding = compare(Some(*last.get()), generation);
                let greatest = (*last.get()).max(generation.number);
                last.insert(greatest);
                finding
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(last: Option<u32>, number: u32, expected: Option<&str>) {
        let generation = Generation { environment: Environment::Production, number };
        assert_eq!(compare(last, generation).map(|finding| finding.message).as_deref(), expected);
    }

    #[test]
    fn missing_and_late_numbers_are_named() {
        check(None, 7505, None);
        check(Some(7505), 7506, None);
        check(Some(7505), 7505, None);
        check(Some(7505), 7507, Some("PN007506 is missing between PN007505 and PN007507"));
        check(Some(7505), 7510, Some("PN007506 to PN007509 are missing between PN007505 and PN007510"));
        check(Some(7505), 7500, Some("PN007500 comes after PN007505 has been loaded"));
    }
}
