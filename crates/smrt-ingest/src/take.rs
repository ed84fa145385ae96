//! One file on its way into the database: written behind a savepoint, kept or taken back.
//!
//! A file comes as messages of its producer; its outcome goes to the loader, which commits and reports. Whatever is
//! not loaded is recorded with its reason.

use crate::{
    FileOutcome, IngestError, Reason, Status,
    candidate::{Candidate, Content},
    codes::{DUPLICATE, MOVED_NAME, NAME_CONFLICT, NOT_STORABLE},
    load::{Loader, now},
    measure::Measuring,
    objects::is_address,
    pipeline::Item,
    produce::{Fate, Message, Produced, Want},
    report::outcome,
    rules::sequence,
    stdin::is_stdin,
};
use smrt_core::Finding;
use smrt_parser::Format;
use smrt_storage::{
    Counts, FileLoad, FinishedFile, LoadedFile, MovedName, NewFile, Reason as StoredReason, StoreError, UnloadedFile,
    UnloadedStatus, Writer,
};
use std::{path::Path, time::Instant};

/// What became of a file's readings.
enum Written {
    /// They are written, to be committed.
    Loaded(Counts),
    /// Taken back: the content is that of a loaded file.
    Known(LoadedFile),
    /// Taken back: the file is not to be loaded.
    Nothing,
}

impl Loader<'_> {
    /// Takes one file.
    pub(crate) fn take(&mut self, item: &Item) -> Result<(), IngestError> {
        let started = Instant::now();
        let candidate = &item.job.candidate;
        if let Content::Known(_) = &candidate.content {
            let produced = item.skip_to_end()?;
            self.keep(outcome(candidate, produced, Status::AlreadyLoaded, None), started);
            return Ok(());
        }
        if item.job.want == Want::Hash {
            return self.take_known(item, started);
        }
        if candidate.is_foreign() {
            // Nothing is written down of what just lies in a folder.
            let produced = item.skip_to_end()?;
            let reason = produced.fate.reason();
            self.keep(outcome(candidate, produced, Status::Skipped, reason), started);
            return Ok(());
        }
        self.begin()?;
        // A mapping may be corrected under its own name.
        if candidate.format != Some(Format::SensorMapping) && self.writer.loaded_named(&candidate.name)?.is_some() {
            return self.take_known(item, started);
        }
        self.attach_lake(candidate)?;
        let (produced, written) = self.write(item)?;
        if let Some(measuring) = &mut self.measuring {
            match written {
                Written::Loaded(_) => measuring.keep_file(),
                Written::Known(_) | Written::Nothing => measuring.abandon_file(),
            }
        }
        let outcome = match (written, produced.fate.reason()) {
            (Written::Loaded(counts), _) => loaded(candidate, produced, counts),
            (Written::Known(known), _) if known.name == candidate.name => {
                outcome(candidate, produced, Status::AlreadyLoaded, None)
            }
            (Written::Known(known), _) => return self.take_duplicate(candidate, produced, &known, started),
            (Written::Nothing, Some(reason)) if matches!(produced.fate, Fate::Refused(_)) => {
                let outcome = outcome(candidate, produced, Status::Rejected, Some(reason));
                self.record(&outcome, UnloadedStatus::Rejected, None, started)?;
                outcome
            }
            (Written::Nothing, reason) => outcome(candidate, produced, Status::Skipped, reason),
        };
        self.keep(outcome, started);
        Ok(())
    }

    /// Writes a file's readings, and takes them back unless the file turns out to be good and new.
    fn write(&mut self, item: &Item) -> Result<(Produced, Written), IngestError> {
        let candidate = &item.job.candidate;
        let started = Instant::now();
        let missing_or_late = self.sequence(candidate)?;
        let is_mapping = candidate.format == Some(Format::SensorMapping);
        let last_mapping = if is_mapping { self.writer.loaded_named(&candidate.name)? } else { None };
        let path = ledger_path(&candidate.path);
        let file = NewFile {
            name: &candidate.name,
            path: &path,
            format: candidate.format.map_or("", Format::name),
            received_at: now(),
            run_id: &self.run_id,
            precedence: self.options.precedence,
            created_at: candidate.header.created_at,
        };
        // Dropped on any error below, the load takes back what it has written.
        let mut load = begin_file(self.writer, &file, self.measuring.as_ref())?;
        let mut handled = 0;
        let mut produced = loop {
            if self.stop.is_requested() {
                return Err(IngestError::Interrupted);
            }
            match item.next()? {
                Message::Batch(batch) => {
                    match load.write(&batch) {
                        Err(StoreError::Misuse(why)) => return Ok(not_storable(item.skip_to_end()?, why)),
                        other => other?,
                    }
                    if let Some(measuring) = &mut self.measuring {
                        measuring.take(&mut load, &batch)?;
                    }
                    handled += batch.records();
                    self.observer.handled(batch.records());
                }
                Message::Restart => {
                    self.observer.taken_back(0, std::mem::take(&mut handled));
                    load.abandon()?;
                    self.measuring.iter_mut().for_each(Measuring::abandon_file);
                    load = begin_file(self.writer, &file, self.measuring.as_ref())?;
                }
                Message::Content(sha256) => {
                    load.abandon()?;
                    let known = match is_mapping {
                        true => self.writer.loaded_mapping(&candidate.name, &sha256)?,
                        false => self.writer.loaded_content(&sha256)?,
                    };
                    if let Some(known) = known {
                        return Ok((item.skip_to_end()?, Written::Known(known)));
                    }
                    load = begin_file(self.writer, &file, self.measuring.as_ref())?;
                }
                // A load never asks for them.
                Message::Days(_) => {}
                Message::Done(produced) => break *produced,
            }
        };
        let Some(sha256) = produced.sha256.clone().filter(|_| matches!(produced.fate, Fate::Accepted)) else {
            load.abandon()?;
            return Ok((produced, Written::Nothing));
        };
        if let Some(last) = last_mapping.filter(|last| last.sha256 == sha256) {
            load.abandon()?;
            return Ok((produced, Written::Known(last)));
        }
        missing_or_late.into_iter().for_each(|finding| produced.findings.push(finding));
        if let Some(measuring) = &mut self.measuring {
            produced.findings.absorb(measuring.finish_file(&mut load)?);
        }
        for moved in load.write_names()? {
            produced.findings.report(&MOVED_NAME, || moved_name(&moved));
        }
        if let Some(object) = candidate.as_known() {
            load.record_object(&object)?;
        }
        let written = match finish(load, &sha256, &produced, started) {
            Ok(counts) => Written::Loaded(counts),
            // The same content was loaded since the file was looked at, as by this very run.
            Err(conflict @ StoreError::Conflict { .. }) => {
                Written::Known(self.writer.loaded_content(&sha256)?.ok_or(conflict)?)
            }
            Err(error @ StoreError::Unaccounted { .. }) => return Ok(not_storable(produced, &error.to_string())),
            Err(error) => return Err(error.into()),
        };
        Ok((produced, written))
    }

    /// What the file's running number tells, given those loaded before it.
    fn sequence(&mut self, candidate: &Candidate) -> Result<Option<Finding>, IngestError> {
        let header = &candidate.header;
        let (Some(format), Some(generation)) = (candidate.format, header.generation) else { return Ok(None) };
        let last = self.writer.last_generation(format.name(), header.sender.as_deref(), generation.environment)?;
        Ok(sequence::compare(last, generation))
    }

    /// A file whose name is loaded: the same content is nothing new, other content a conflict.
    fn take_known(&mut self, item: &Item, started: Instant) -> Result<(), IngestError> {
        let candidate = &item.job.candidate;
        let produced = item.skip_to_end()?;
        let known = self.writer.loaded_named(&candidate.name)?;
        let outcome = match (known, &produced.sha256) {
            (Some(known), Some(sha256)) if known.sha256 == *sha256 => {
                self.remember(candidate, known.id)?;
                outcome(candidate, produced, Status::AlreadyLoaded, None)
            }
            (Some(known), Some(_)) => {
                let message = format!("a file named {} was loaded before, with other content", known.name);
                let (produced, reason) = with_finding(produced, Finding::of_file(&NAME_CONFLICT, message));
                let outcome = outcome(candidate, produced, Status::NameConflict, Some(reason));
                self.begin()?;
                self.record(&outcome, UnloadedStatus::NameConflict, Some(known.id), started)?;
                outcome
            }
            (_, _) => {
                // It could not be read just now.
                let reason = produced.fate.reason();
                outcome(candidate, produced, Status::Skipped, reason)
            }
        };
        self.keep(outcome, started);
        Ok(())
    }

    fn take_duplicate(
        &mut self,
        candidate: &Candidate,
        produced: Produced,
        known: &LoadedFile,
        started: Instant,
    ) -> Result<(), IngestError> {
        let message = format!("the same content was loaded before as {}", known.name);
        let (produced, reason) = with_finding(produced, Finding::of_file(&DUPLICATE, message));
        let outcome = outcome(candidate, produced, Status::Duplicate, Some(reason));
        self.record(&outcome, UnloadedStatus::Duplicate, Some(known.id), started)?;
        self.remember(candidate, known.id)?;
        self.keep(outcome, started);
        Ok(())
    }

    /// Writes down which object holds the content of a loaded file, so that its tag tells the next time.
    fn remember(&mut self, candidate: &Candidate, file: i64) -> Result<(), IngestError> {
        if let Some(object) = candidate.as_known() {
            self.begin()?;
            self.writer.record_object(&object, file)?;
        }
        Ok(())
    }

    /// Writes down a file of which nothing is loaded.
    fn record(
        &mut self,
        outcome: &FileOutcome,
        status: UnloadedStatus,
        duplicate_of: Option<i64>,
        started: Instant,
    ) -> Result<(), IngestError> {
        let path = ledger_path(&outcome.path);
        let reason = outcome.reason.as_ref();
        self.writer.record_unloaded(&UnloadedFile {
            name: &outcome.name,
            path: &path,
            format: outcome.format.map(Format::name),
            sha256: outcome.sha256.as_deref(),
            size: outcome.size,
            received_at: now(),
            run_id: &self.run_id,
            header: &outcome.header,
            status,
            reason: reason.map(|reason| StoredReason {
                code: reason.code,
                message: &reason.message,
                line: reason.line,
                column: reason.column,
            }),
            duplicate_of,
            records: outcome.records,
            refused: outcome.refused,
            findings: &outcome.findings,
            duration: started.elapsed(),
        })?;
        Ok(())
    }
}

/// A path as the database keeps it: absolute, so that it can be found from any folder, as addresses are. Standard input
/// has no place.
fn ledger_path(path: &Path) -> String {
    let absolute = if is_stdin(path) || is_address(path) { None } else { std::path::absolute(path).ok() };
    absolute.as_deref().unwrap_or(path).to_string_lossy().into_owned()
}

/// Begins to load a file, and lets the load remember what a copy of its readings needs.
fn begin_file<'a>(
    writer: &'a mut Writer,
    file: &NewFile<'_>,
    measuring: Option<&Measuring>,
) -> Result<FileLoad<'a>, StoreError> {
    let mut load = writer.begin_file(file)?;
    if measuring.is_some_and(Measuring::copies_readings) {
        load.remember_ranges();
    }
    Ok(load)
}

fn moved_name(moved: &MovedName) -> Finding {
    let MovedName { name, from, to, line } = moved;
    let message =
        format!("{name:?} was sensor {from} until now and is {to} from here on: {from} is left without a name");
    Finding::of_line(&MOVED_NAME, *line, message)
}

fn finish(load: FileLoad<'_>, sha256: &str, produced: &Produced, started: Instant) -> Result<Counts, StoreError> {
    load.finish(&FinishedFile {
        sha256,
        size: produced.size,
        header: &produced.header,
        records: produced.records,
        refused: produced.refused,
        findings: &produced.findings,
        quarantined: &produced.quarantined,
        duration: started.elapsed(),
    })
}

fn loaded(candidate: &Candidate, produced: Produced, counts: Counts) -> FileOutcome {
    let Counts { inserted, replaced, unchanged } = counts;
    FileOutcome { inserted, replaced, unchanged, ..outcome(candidate, produced, Status::Loaded, None) }
}

/// A file that the store does not take: that must not keep others from being loaded.
fn not_storable(produced: Produced, why: &str) -> (Produced, Written) {
    let (mut produced, reason) = with_finding(produced, Finding::of_file(&NOT_STORABLE, why));
    produced.fate = Fate::Refused(reason);
    (produced, Written::Nothing)
}

/// Adds the finding that is the reason for an outcome.
fn with_finding(mut produced: Produced, finding: Finding) -> (Produced, Reason) {
    let reason = Reason::from(&finding);
    produced.findings.push(finding);
    (produced, reason)
}
