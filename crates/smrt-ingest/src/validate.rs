//! Checking files without a database.

use crate::{
    Candidate, FileOutcome, IngestError, Observer, Options, Status, Stop,
    convert::folded::DayRun,
    discover::discover_unknown,
    pipeline::{self, Job},
    produce::{Fate, Message, Produced, Want},
    report::outcome,
    rules::sequence::Sequences,
};
use smrt_core::Batch;
use std::{path::PathBuf, time::Instant};

/// Checks files without a database: every rule that does not need to know what was loaded before. Gives `each` file as
/// soon as it is done, in the order of loading, so that an archive of many files costs no memory for those before. A
/// file that could be loaded has the status `loaded`, one that could not `rejected`.
///
/// # Errors
/// When a named path cannot be read, or the end is asked for; an error of `each` ends the run.
pub fn validate<E: From<IngestError>>(
    paths: &[PathBuf],
    options: &Options,
    stop: &Stop,
    observer: &dyn Observer,
    each: &mut dyn FnMut(FileOutcome) -> Result<(), E>,
) -> Result<(), E> {
    check_all(paths, options, stop, observer, Want::Findings, &mut |event| match event {
        Event::End(outcome) => each(*outcome),
        Event::Begin(_) | Event::Batch(_) | Event::Days(_) | Event::Restart => Ok(()),
    })
}

/// What a check of files gives, file after file.
pub(crate) enum Event<'a> {
    /// What follows is of this file.
    Begin(&'a Candidate),
    /// Readings of the file in hand.
    Batch(&'a Batch),
    /// Days of the file in hand, where they were asked for.
    Days(Box<DayRun>),
    /// The readings so far are void: the file is read again.
    Restart,
    /// The file is done.
    End(Box<FileOutcome>),
}

/// Checks all files and tells what comes of them, in their order; an error of `each` ends the run.
pub(crate) fn check_all<E: From<IngestError>>(
    paths: &[PathBuf],
    options: &Options,
    stop: &Stop,
    observer: &dyn Observer,
    want: Want,
    each: &mut dyn FnMut(Event<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let jobs = discover_unknown(paths, options, stop, observer, &mut |_| Ok(None))?.into_iter().map(|candidate| Job {
        candidate,
        want,
        hash_first: false,
    });
    let mut sequences = Sequences::default();
    pipeline::run(jobs.collect(), options.jobs, options, stop, observer, |queue| {
        while let Some(item) = queue.next() {
            let started = Instant::now();
            let mut handled = 0;
            each(Event::Begin(&item.job.candidate))?;
            let produced = loop {
                match item.next()? {
                    Message::Batch(batch) => {
                        handled += batch.len() as u64;
                        observer.handled(batch.len() as u64);
                        each(Event::Batch(&batch))?;
                        queue.give_back(*batch);
                    }
                    Message::Days(days) => {
                        let readings = days.readings();
                        handled += readings;
                        observer.handled(readings);
                        each(Event::Days(days))?;
                    }
                    Message::Restart => {
                        observer.taken_back(0, std::mem::take(&mut handled));
                        each(Event::Restart)?;
                    }
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
            each(Event::End(Box::new(outcome)))?;
        }
        if stop.is_requested() { Err(IngestError::Interrupted.into()) } else { Ok(()) }
    })
}

fn finished(candidate: &Candidate, produced: Produced) -> FileOutcome {
    let (status, reason) = match &produced.fate {
        Fate::Accepted => (Status::Loaded, None),
        Fate::Refused(reason) => (Status::Rejected, Some(reason.clone())),
        Fate::Skipped(reason) => (Status::Skipped, Some(reason.clone())),
    };
    outcome(candidate, produced, status, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[derive(Default)]
    struct Sum(AtomicU64);

    impl Observer for Sum {
        fn handled(&self, readings: u64) {
            self.0.fetch_add(readings, Ordering::Relaxed);
        }

        fn taken_back(&self, _bytes: u64, readings: u64) {
            self.0.fetch_sub(readings, Ordering::Relaxed);
        }
    }

    #[test]
    fn readings_of_a_file_that_is_read_twice_count_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut text = "\"HEADR\",\"SMRT\",\"GAZ\",\"20191011\",\"134942\",\"PN000001\"\n".to_owned();
        // The last meter stands in the first full batch already.
        for meter in (1000..1000 + Batch::CAPACITY).chain([1000]) {
            text.push_str(&format!("\"CONSU\",\"{:08}\",\"20190928\",\"0100\",1\n", meter / 24));
        }
        std::fs::write(folder.path().join("PN000001.SMRT"), text + "\"TRAIL\"\n").unwrap();
        let (sum, mut restarts, mut records) = (Sum::default(), 0, 0);
        let paths = [folder.path().to_owned()];
        check_all(&paths, &Options::default(), &Stop::default(), &sum, Want::Everything, &mut |event| {
            match event {
                Event::Begin(_) | Event::Batch(_) | Event::Days(_) => {}
                Event::Restart => restarts += 1,
                Event::End(outcome) => records = outcome.records,
            }
            Ok::<(), IngestError>(())
        })
        .unwrap();
        assert_eq!((restarts, sum.0.into_inner(), records), (1, records, Batch::CAPACITY as u64 + 1));
    }
}
