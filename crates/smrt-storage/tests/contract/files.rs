//! The ledger of files.

use crate::support::{File, Fixture, assert_healthy, batch, begin, channel, reading, values};
use smrt_core::{Code, Environment, Excerpt, FileHeader, Finding, Findings, Generation, Position, Severity, Span};
use smrt_storage::{
    Counts, FileFilter, FileReason, FileStatus, FinishedFile, QuarantinedRecord, Reason, StoreError, UnloadedFile,
    UnloadedStatus,
};
use std::time::Duration;

static ODD: Code = Code { id: "V999", name: "odd", severity: Severity::Warning, explanation: "" };
static BAD: Code = Code { id: "P999", name: "bad", severity: Severity::Error, explanation: "" };

fn header() -> FileHeader {
    FileHeader { created_at: Some(77), sender: Some("SENDER".to_owned()), generation: Generation::parse(b"PN007505") }
}

fn unloaded<'a>(
    name: &'a str,
    status: UnloadedStatus,
    header: &'a FileHeader,
    findings: &'a Findings,
) -> UnloadedFile<'a> {
    UnloadedFile {
        name,
        path: "in/x",
        format: Some("smrt"),
        sha256: None,
        size: 12,
        received_at: 100,
        run_id: "run",
        header,
        status,
        reason: Some(Reason {
            code: "P999",
            message: "expected a header, found nothing",
            line: Some(1),
            column: Some(3),
        }),
        duplicate_of: None,
        records: 0,
        refused: 0,
        findings,
        duration: Duration::from_millis(3),
    }
}

pub(crate) fn a_name_and_a_content_are_loaded_once(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let file = File::of_meter("a", &[(0, 1)]);
    assert!(!writer.any_loaded_of_size(1).unwrap());
    file.load(&mut writer);
    assert!(writer.any_loaded_of_size(1).unwrap());
    let known = writer.loaded_named("a").unwrap().unwrap();
    assert_eq!((known.id, known.size, &known.sha256), (1, 1, &file.sha256()));
    assert_eq!(writer.loaded_content(&file.sha256()).unwrap(), Some(known));
    assert_eq!(writer.loaded_named("A").unwrap(), None);
    // The caller asks first; should it not, the database refuses.
    begin(&mut writer);
    let result = file.write(&mut writer).map(drop);
    assert!(matches!(result, Err(StoreError::Conflict { .. })), "{result:?}");
    let other = File::of_meter("b", &[(0, 2)]);
    let load = other.write(&mut writer).unwrap();
    let result = load.finish(&FinishedFile {
        sha256: &file.sha256(),
        size: 1,
        header: &file.header,
        records: 1,
        refused: 0,
        findings: &Findings::default(),
        quarantined: &[],
        duration: Duration::ZERO,
    });
    assert!(matches!(result, Err(StoreError::Conflict { .. })), "{result:?}");
    other.finish(other.write(&mut writer).unwrap()).unwrap();
    writer.commit().unwrap();
    assert_eq!(values(&mut store), [2]);
    assert_healthy(&mut store);
}

pub(crate) fn a_refused_file_keeps_its_row_and_counts_its_attempts(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let (header, mut findings) = (header(), Findings::default());
    findings.push(Finding::of_line(&BAD, 3, "bad"));
    let sha = "ab".repeat(32);
    let record = |writer: &mut smrt_storage::Writer, file: &UnloadedFile<'_>| {
        begin(writer);
        let id = writer.record_unloaded(file).unwrap();
        writer.commit().unwrap();
        id
    };
    let first = unloaded("a", UnloadedStatus::Rejected, &header, &findings);
    assert_eq!(record(&mut writer, &first), 1);
    let nothing = Findings::default();
    let again = UnloadedFile { received_at: 200, findings: &nothing, ..first };
    assert_eq!(record(&mut writer, &again), 1);
    assert_eq!(record(&mut writer, &UnloadedFile { sha256: Some(&sha), ..first }), 2);
    assert_eq!(record(&mut writer, &UnloadedFile { sha256: Some(&sha), ..first }), 2);
    assert_eq!(record(&mut writer, &UnloadedFile { status: UnloadedStatus::NameConflict, ..first }), 3);
    let rows = store.files(&FileFilter::default()).unwrap();
    let seen: Vec<_> = rows.iter().map(|row| (row.id, row.status, row.attempts, row.received_at)).collect();
    let (rejected, conflict) = (FileStatus::Rejected, FileStatus::NameConflict);
    assert_eq!(seen, [(1, rejected, 2, 200), (3, conflict, 1, 100), (2, rejected, 2, 100)], "by the last attempt");
    assert!(store.findings_of(1).unwrap().shown.is_empty(), "those of the last attempt");
    assert_eq!(store.findings_of(2).unwrap().counts, [("P999".to_owned(), 1)]);
    // A name that was only refused may come again, and be loaded.
    File::of_meter("a", &[(0, 1)]).load(&mut writer);
    let loaded = FileFilter { status: Some(FileStatus::Loaded), newest: Some(1), ..Default::default() };
    assert_eq!(store.files(&loaded).unwrap()[0].id, 4);
    let rejected = FileFilter { status: Some(rejected), name: Some("a".to_owned()), ..FileFilter::default() };
    assert_eq!(store.files(&rejected).unwrap().len(), 2);
    assert_healthy(&mut store);
}

pub(crate) fn findings_and_refused_records_are_kept(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let mut findings = Findings::default();
    for line in 1..=150 {
        findings.push(Finding::of_line(&ODD, line, format!("odd \0 {line}")));
    }
    let position = Position { line: 7, column: 9, offset: 100 };
    findings.shown_mut()[1].span = Some(Span { position, length: 4 });
    findings.shown_mut()[1].excerpt = Some(Excerpt { text: "…a,b".to_owned(), indent: 2, width: 1 });
    findings.push(Finding::of_file(&BAD, "bad"));
    let refused = |line| QuarantinedRecord {
        line,
        text: format!("a\u{fffd}b{line}"),
        code: "P999".to_owned(),
        message: "'; DROP TABLE reading; --".to_owned(),
    };
    let quarantined: Vec<_> = (1..=2500).map(refused).collect();
    let given: Vec<_> =
        quarantined.iter().map(|r| QuarantinedRecord { text: r.text.replace('\u{fffd}', "\0"), ..r.clone() }).collect();
    begin(&mut writer);
    let load = File::of_meter("a", &[(0, 1)]).write(&mut writer).unwrap();
    let counts = load.finish(&FinishedFile {
        sha256: &"0".repeat(64),
        size: 1,
        header: &header(),
        records: 2501,
        refused: 2500,
        findings: &findings,
        quarantined: &given,
        duration: Duration::ZERO,
    });
    assert_eq!(counts.unwrap(), Counts { inserted: 1, replaced: 0, unchanged: 0 });
    writer.commit().unwrap();
    let stored = store.findings_of(1).unwrap();
    assert_eq!((stored.shown.len(), &stored.counts), (100, &vec![("P999".to_owned(), 1), ("V999".to_owned(), 150)]));
    assert_eq!((stored.shown[0].line, stored.shown[0].column), (Some(1), None));
    assert_eq!(stored.shown[0].message, "odd \u{fffd} 1");
    let second = &stored.shown[1];
    assert_eq!(
        (second.line, second.column, second.length, second.severity),
        (Some(7), Some(9), Some(4), Severity::Warning)
    );
    assert_eq!(second.excerpt, findings.shown()[1].excerpt);
    assert_eq!(store.quarantined_of(1).unwrap(), quarantined);
    assert_eq!(store.stats().unwrap().findings["V999"], 150);
    assert_healthy(&mut store);
}

pub(crate) fn running_numbers_are_looked_up_by_sender_and_environment(fixture: &Fixture) {
    let mut writer = fixture.writer();
    let production = Environment::Production;
    assert_eq!(writer.last_generation("smrt", Some("S"), production).unwrap(), None);
    for (n, (sender, generation)) in
        [(Some("S"), "PN000007"), (Some("S"), "PN000005"), (Some("S"), "DV000009"), (None, "PN000001")]
            .into_iter()
            .enumerate()
    {
        let name = format!("f{n}");
        let mut file = File::of_meter(&name, &[(i64::try_from(n).unwrap(), 1)]);
        file.header.sender = sender.map(str::to_owned);
        file.header.generation = Generation::parse(generation.as_bytes());
        file.load(&mut writer);
    }
    assert_eq!(writer.last_generation("smrt", Some("S"), production).unwrap(), Some(7));
    assert_eq!(writer.last_generation("smrt", Some("S"), Environment::Development).unwrap(), Some(9));
    assert_eq!(writer.last_generation("smrt", None, production).unwrap(), Some(1));
    assert_eq!(writer.last_generation("other", Some("S"), production).unwrap(), None);
    let five = Generation::parse(b"PN000005").unwrap();
    assert!(writer.generation_loaded("smrt", Some("S"), five).unwrap());
    assert!(!writer.generation_loaded("smrt", None, five).unwrap());
    assert!(!writer.generation_loaded("smrt", Some("T"), five).unwrap());
}

pub(crate) fn names_full_of_sql_are_only_names(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    let evil = ["'; DROP TABLE reading; --", "a\"b", "%_\\", "$1 ? :x @y", "\u{1F4A5}\u{202e}", "", " "];
    for (n, name) in (0..).zip(evil) {
        let odd = smrt_core::Channel { name: name.to_owned(), serial: name.to_owned(), ..channel(name) };
        let mut file = File::new(name, vec![batch(&[odd], &[reading(0, n, n, 1)])]);
        file.header.sender = Some(name.to_owned());
        assert_eq!(file.load(&mut writer), (1, 0, 0), "{name}");
        assert_eq!(writer.loaded_named(name).unwrap().unwrap().name, name);
        let found = store.channels(Some(name)).unwrap();
        assert_eq!((found.len(), &*found[0].channel.serial), (1, name));
        let filter = FileFilter { name: Some(name.to_owned()), ..Default::default() };
        assert_eq!(store.files(&filter).unwrap()[0].sender.as_deref(), Some(name));
    }
    assert_eq!(store.stats().unwrap().meters, evil.len() as u64);
    assert_healthy(&mut store);
}

pub(crate) fn the_row_of_a_file_says_everything_about_it(fixture: &Fixture) {
    let (mut store, mut writer) = (fixture.store(), fixture.writer());
    File::of_meter("a", &[(0, 1)]).load(&mut writer);
    let (header, findings, sha) = (header(), Findings::default(), "cd".repeat(32));
    begin(&mut writer);
    let file = UnloadedFile {
        duplicate_of: Some(1),
        sha256: Some(&sha),
        records: 5,
        refused: 2,
        ..unloaded("b", UnloadedStatus::Duplicate, &header, &findings)
    };
    assert_eq!(writer.record_unloaded(&file).unwrap(), 2);
    writer.commit().unwrap();
    writer.finish_run("run", 300).unwrap();
    let row = store.files(&FileFilter::default()).unwrap().remove(0);
    assert_eq!((row.id, &*row.name, &*row.path, row.format.as_deref()), (2, "b", "in/x", Some("smrt")));
    assert_eq!((row.sha256.as_deref(), row.size, row.received_at, row.created_at), (Some(&*sha), 12, 100, Some(77)));
    assert_eq!((row.generation.as_deref(), row.environment.as_deref()), (Some("PN007505"), Some("production")));
    assert_eq!((row.sender.as_deref(), row.status, row.duplicate_of), (Some("SENDER"), FileStatus::Duplicate, Some(1)));
    assert_eq!((row.records, row.refused, row.counts, row.findings), (5, 2, Counts::default(), 0));
    assert_eq!((row.duration_ms, row.attempts, &*row.run_id), (3, 1, "run"));
    let message = "expected a header, found nothing".to_owned();
    assert_eq!(row.reason, Some(FileReason { code: "P999".to_owned(), message, line: Some(1), column: Some(3) }));
    assert_eq!(store.stats().unwrap().last_file.map(|file| file.id), Some(2));
}
