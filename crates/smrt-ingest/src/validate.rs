//! Checking files without a database.

use crate::{
    FileOutcome, IngestError, Observer, Options, Status, Stop,
    discover::discover,
    pipeline::{self, Job},
    produce::{Fate, Message, Produced, Want},
    report::outcome,
    rules::sequence::Sequences,
};
use smrt_core::Batch;
use std::{path::PathBuf, time::Instant};

/// Checks files without a database: every rule that does not need to know what was loaded before. A file that could be
/// loaded has the status `loaded`, one that could not `rejected`.
///
/// # Errors
/// When a named path cannot be read, or the end is asked for.
pub fn validate(
    paths: &[PathBuf],
    options: &Options,
    stop: &Stop,
    observer: &dyn Observer,
) -> Result<Vec<FileOutcome>, IngestError> {
    let mut outcomes = Vec::new();
    check_all(paths, options, stop, observer, Want::Findings, &mut |event| {
        if let Event::End(outcome) = event {
            outcomes.push(*outcome);
        }
    })?;
    Ok(outcomes)
}

/// What a check of files gives, file after file.
pub(crate) enum Event {
    /// Readings of the file in hand.
    Batch(Batch),
    /// The readings so far are void: the file is read again.
    Restart,
    /// The file is done.
    End(Box<FileOutcome>),
}

/// Checks all files and tells what comes of them, in their order.
pub(crate) fn check_all(
    paths: &[PathBuf],
    options: &Options,
    stop: &Stop,
    observer: &dyn Observer,
    want: Want,
    each: &mut dyn FnMut(Event),
) -> Result<(), IngestError> {
    let jobs = discover(paths, options)?.into_iter().map(|candidate| Job { candidate, want, hash_first: false });
    let mut sequences = Sequences::default();
    pipeline::run(jobs.collect(), options, stop, observer, |queue| {
        while let Some(item) = queue.next() {
            let started = Instant::now();
            let produced = loop {
                match item.next()? {
                    Message::Batch(batch) => {
                        observer.handled(batch.len() as u64);
                        each(Event::Batch(batch));
                    }
                    Message::Restart => each(Event::Restart),
                    Message::Done(produced) => break *produced,
                    Message::Content(_) => {}
                }
            };
            let mut outcome = finished(&item.job.candidate, produced);
            if let Some(generation) = outcome.header.generation.filter(|_| outcome.status == Status::Loaded) {
                let finding = sequences.next(outcome.header.sender.as_deref(), generation);
                finding.into_iter().for_each(|finding| outcome.findings.push(finding));
            }
            outcome.duration = started.elapsed();
            observer.finished(&outcome);
            each(Event::End(Box::new(outcome)));
        }
        if stop.is_requested() { Err(IngestError::Interrupted) } else { Ok(()) }
    })
}

fn finished(candidate: &crate::Candidate, produced: Produced) -> FileOutcome {
    let (status, reason) = match &produced.fate {
        Fate::Accepted => (Status::Loaded, None),
        Fate::Refused(reason) => (Status::Rejected, Some(reason.clone())),
        Fate::Skipped(reason) => (Status::Skipped, Some(reason.clone())),
    };
    outcome(candidate, produced, status, reason)
}
