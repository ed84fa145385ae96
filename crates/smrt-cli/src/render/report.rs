//! What became of files: the report of `ingest`, `watch` and `files retry`.

use super::{Paint, Printer, Rows, Tone, finding, safe};
use crate::{args::OutputForm, exit::Outcome, messages::Messages, progress::per_second};
use smrt_core::Finding;
use smrt_ingest::{FileOutcome, Origin, Reason, Report, Status, Totals};
use smrt_views::{findings::Remark, reports};
use std::{io, time::Duration};

/// Longest list of files that is shown whole to people.
const LISTED: usize = 40;
/// How many refused files are explained.
const EXPLAINED: usize = 20;

/// Prints a whole report.
pub(crate) fn print(report: &Report, dry_run: bool, printer: &mut Printer, messages: &Messages) -> io::Result<()> {
    if printer.form() == OutputForm::Json {
        printer.object(&reports::object(report))?;
    } else {
        let few = printer.form() != OutputForm::Table || report.files.len() <= LISTED;
        let mut rows = printer.rows(reports::COLUMNS)?;
        for file in report.files.iter().filter(|file| few || file.status.is_refused()) {
            rows.push(reports::row(file))?;
        }
        rows.finish()?;
    }
    explain_refused(report, dry_run, messages);
    let below_a_table = printer.form() == OutputForm::Table && !report.files.is_empty();
    messages.note(&format!("{}{}", if below_a_table { "\n" } else { "" }, summary(report, dry_run)));
    Ok(())
}

/// Prints the files of one round, for somebody who is waiting for them.
pub(crate) fn print_round(report: &Report, rows: &mut Rows<'_>, messages: &Messages) -> io::Result<()> {
    for file in &report.files {
        rows.push(reports::row(file))?;
    }
    rows.flush()?;
    explain_refused(report, false, messages);
    Ok(())
}

/// Says of each refused file why, what was done with it and what to do next.
pub(crate) fn explain_refused(report: &Report, dry_run: bool, messages: &Messages) {
    let refused: Vec<_> =
        report.files.iter().filter(|file| file.status.is_refused() || is_out_of_reach(file)).collect();
    for file in refused.iter().take(EXPLAINED) {
        messages.say(&format!("\n{}", explanation(file, dry_run, messages.colour())));
    }
    if let Some(more) = refused.len().checked_sub(EXPLAINED).filter(|&more| more > 0) {
        messages.say(&format!("… and {more} more; `smrt files --status rejected` lists them"));
    }
}

/// Says of each file that could not be used why, and what to do next; `fate` is what that means for the result.
pub(crate) fn explain_left_out<'a>(files: impl Iterator<Item = &'a FileOutcome>, fate: &str, messages: &Messages) {
    let mut left_out = files.filter(|file| file.status.is_refused() || is_out_of_reach(file));
    for file in left_out.by_ref().take(EXPLAINED) {
        messages.say(&format!("\n{}", told(file, fate, messages.colour())));
    }
    let more = left_out.count() as u64;
    if more > 0 {
        messages.say(&format!("… and {}; `smrt validate` shows them", counted(more, "more file")));
    }
}

/// Why a file was refused, what was done with it and what to do next.
fn explanation(file: &FileOutcome, dry_run: bool, colour: bool) -> String {
    let fate = match &file.moved_to {
        Some(place) => format!("nothing of it was loaded; it was moved to {}", safe(&place.display().to_string())),
        None if dry_run => "nothing of it would be loaded".to_owned(),
        None if file.origin == Origin::Stream => "nothing of it was loaded".to_owned(),
        None => "nothing of it was loaded; it stays where it is".to_owned(),
    };
    told(file, &fate, colour)
}

/// Why a file was refused, its fate and what to do next.
fn told(file: &FileOutcome, fate: &str, colour: bool) -> String {
    let mut text = Vec::new();
    let path = file.place();
    let remark = match &file.reason {
        Some(reason) => {
            // The finding behind the reason shows the place, too.
            let same = |finding: &&Finding| finding.code.id == reason.code && finding.line() == reason.line;
            file.findings.shown().iter().find(same).map_or(reason.into(), Remark::from)
        }
        None => return format!("{}: {}", safe(&path), file.status),
    };
    // Writing into memory does not fail.
    let _ = finding::write(remark, &mut text, &path, colour);
    let mut text = String::from_utf8_lossy(&text).into_owned();
    let equals = Tone::Dim.paint("=", colour);
    let path = shell_word(&file.moved_to.as_ref().unwrap_or(&file.path).display().to_string());
    let next = match file.status {
        Status::Rejected if file.origin == Origin::Stream => {
            let code = file.reason.as_ref().map_or("", |reason| reason.code);
            format!("`smrt explain {code}` tells what this one means")
        }
        Status::NameConflict => {
            "a file of this name was loaded before with other content: to load this one too, give it another name"
                .to_owned()
        }
        _ => {
            let code = file.reason.as_ref().map_or("", |reason| reason.code);
            format!("`smrt validate {path}` shows all problems; `smrt explain {code}` tells what this one means")
        }
    };
    text.push_str(&format!("   {equals} {fate}\n   {equals} {next}"));
    text
}

/// A path as it can be typed into a shell.
pub(crate) fn shell_word(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@%".contains(c);
    let path = safe(path);
    if path.chars().all(plain) { path.into_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

/// The totals in one sentence.
fn summary(report: &Report, dry_run: bool) -> String {
    let totals = report.totals();
    let Totals { files, loaded, rejected, duplicates, skipped, .. } = totals;
    let before = report.files.iter().filter(|file| file.status == Status::AlreadyLoaded).count() as u64;
    if files == 0 {
        return "nothing to do: no file was found".to_owned();
    }
    let parts = [
        (loaded, if dry_run { "would be loaded" } else { "loaded" }),
        (rejected, "rejected"),
        (duplicates, "known under another name"),
        (before, "loaded before"),
        (skipped - before, "left alone"),
    ];
    let parts: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let mut text = format!("{}: {}", counted(files, "file"), parts.join(", "));
    if totals.records > 0 {
        let Totals { records, inserted, replaced, unchanged, .. } = totals;
        let speed = per_second(records, report.duration);
        text.push_str(&format!(
            "; {}: {} inserted, {} replaced, {} unchanged; {}, {speed} rows/s",
            counted(records, "record"),
            grouped(inserted),
            grouped(replaced),
            grouped(unchanged),
            took(report.duration)
        ));
    }
    text.push_str(&if dry_run { "\ndry run: nothing was changed".to_owned() } else { oddities(report) });
    if report.interrupted {
        text.push_str("\ninterrupted: what is loaded stays; run the same command again to go on");
    }
    text
}

/// Where to see what is odd in files that were loaded all the same.
fn oddities(report: &Report) -> String {
    let odd: Vec<_> =
        report.files.iter().filter(|file| file.status == Status::Loaded && file.findings.total() > 0).collect();
    let Some(first) = odd.first() else { return String::new() };
    let findings = counted(odd.iter().map(|file| file.findings.total()).sum(), "finding");
    let files = counted(odd.len() as u64, "loaded file");
    let first = shell_word(&first.name);
    format!("\n{findings} in {files}, see `smrt files {first}`{}", if odd.len() > 1 { " and so on" } else { "" })
}

/// A time as it can be read.
fn took(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

/// `1 file`, `2 files`.
pub(crate) fn counted(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{} {what}s", grouped(number)) }
}

/// A number for people: `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How a run over files ends.
pub(crate) fn outcome(report: &Report) -> Outcome {
    if report.interrupted { Outcome::Interrupted } else { outcome_of(report.files.iter()) }
}

/// How a run to its end over files ends.
pub(crate) fn outcome_of<'a>(mut files: impl Iterator<Item = &'a FileOutcome> + Clone) -> Outcome {
    let tried = files.clone().filter(|file| file.status != Status::Skipped).count();
    let refused = files.clone().filter(|file| file.status.is_refused()).count();
    let has_unreadable = files.clone().any(|file| file.reason.as_ref().is_some_and(Reason::is_unreadable));
    match refused {
        _ if has_unreadable => Outcome::Unreadable,
        0 if files.any(is_out_of_reach) => Outcome::TryAgain,
        0 => Outcome::Done,
        refused if refused == tried => Outcome::AllRejected,
        _ => Outcome::SomeRejected,
    }
}

/// Whether a file could not be had, which says nothing against it.
fn is_out_of_reach(file: &FileOutcome) -> bool {
    file.reason.as_ref().is_some_and(|reason| reason.is_unreadable() || reason.is_passing())
}

#[cfg(test)]
mod tests {
    use super::*;
    use smrt_core::{FileHeader, Findings};

    fn report(statuses: &[Status]) -> Report {
        let file = |&status| FileOutcome {
            name: "a".into(),
            path: "in/a b".into(),
            origin: Origin::File,
            fingerprint: None,
            format: None,
            status,
            size: 1,
            sha256: None,
            header: FileHeader::default(),
            records: 10,
            inserted: 10,
            replaced: 0,
            unchanged: 0,
            refused: 0,
            findings: Findings::default(),
            reason: Some(Reason { code: "P004", message: "cut".into(), line: Some(3), column: None }),
            moved_to: None,
            duration: Duration::ZERO,
        };
        let files = statuses.iter().map(file).collect();
        Report { run_id: "r".into(), files, interrupted: false, duration: Duration::from_secs(1) }
    }

    #[test]
    fn the_exit_code_follows_the_files_that_were_tried() {
        use Status::{AlreadyLoaded, Duplicate, Loaded, NameConflict, Rejected, Skipped};
        for (statuses, expected) in [
            (&[][..], Outcome::Done),
            (&[Loaded, AlreadyLoaded, Duplicate, Skipped], Outcome::Done),
            (&[Rejected], Outcome::AllRejected),
            (&[Rejected, NameConflict, Skipped], Outcome::AllRejected),
            (&[Rejected, AlreadyLoaded], Outcome::SomeRejected),
            (&[NameConflict, Loaded], Outcome::SomeRejected),
        ] {
            assert_eq!(outcome(&report(statuses)), expected, "{statuses:?}");
        }
        let interrupted = Report { interrupted: true, ..report(&[Loaded]) };
        assert_eq!(outcome(&interrupted), Outcome::Interrupted);
    }

    #[test]
    fn a_refused_file_is_told_with_place_fate_and_next_step() {
        assert_eq!(
            explanation(&report(&[Status::Rejected]).files[0], false, false),
            "error[P004]: cut\n  --> in/a b:3\n   = nothing of it was loaded; it stays where it is\n   \
             = `smrt validate 'in/a b'` shows all problems; `smrt explain P004` tells what this one means"
        );
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn the_summary_counts() {
        let text = summary(&report(&[Status::Loaded, Status::Rejected]), false);
        assert_eq!(
            text,
            "2 files: 1 loaded, 1 rejected; 10 records: 10 inserted, 0 replaced, 0 unchanged; 1.0 s, 10 rows/s"
        );
        assert_eq!(summary(&report(&[]), false), "nothing to do: no file was found");
    }
}
