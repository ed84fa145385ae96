//! Several producers at work, one consumer that takes the files in their order.

use crate::{
    IngestError, Observer, Options, Stop,
    discover::Candidate,
    produce::{Context, Message, Out, Produced, Want, produce},
};
use std::{
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, SyncSender, TryRecvError, sync_channel},
    },
    thread,
};

/// Batches of a file that wait for the consumer.
const IN_FLIGHT: usize = 2;
/// Files that may be worked on or wait ahead of the consumer.
const AHEAD: usize = 64;
/// Readings kept in memory for sorting, over all producers.
const SORT_ROWS: usize = 640 * 1024;

/// One file to produce.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) candidate: Candidate,
    pub(crate) want: Want,
    pub(crate) hash_first: bool,
}

/// A file whose messages come from its producer.
pub(crate) struct Item {
    pub(crate) job: Arc<Job>,
    messages: Receiver<Result<Message, IngestError>>,
}

impl Item {
    /// The next message; an error once the end was asked for.
    pub(crate) fn next(&self) -> Result<Message, IngestError> {
        // A producer that ends without a last message was asked to.
        self.messages.recv().unwrap_or(Err(IngestError::Interrupted))
    }

    /// Throws away the readings and waits for the end.
    pub(crate) fn skip_to_end(&self) -> Result<Produced, IngestError> {
        loop {
            if let Message::Done(produced) = self.next()? {
                return Ok(*produced);
            }
        }
    }
}

/// The files on their way, in order.
pub(crate) struct Queue(Receiver<Item>);

impl Queue {
    /// The next file; waits for it. `None` when there is none left.
    pub(crate) fn next(&self) -> Option<Item> {
        self.0.recv().ok()
    }

    /// The next file, if a producer has begun with it.
    pub(crate) fn ready(&self) -> Result<Option<Item>, Ended> {
        match self.0.try_recv() {
            Ok(item) => Ok(Some(item)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(Ended),
        }
    }
}

/// There are no more files.
pub(crate) struct Ended;

/// Hands out jobs in order, and tells the consumer of each in the same order.
struct Dispatch {
    jobs: std::vec::IntoIter<Job>,
    items: SyncSender<Item>,
}

impl Dispatch {
    fn next(&mut self) -> Option<(Arc<Job>, Out)> {
        let job = Arc::new(self.jobs.next()?);
        let (sender, messages) = sync_channel(IN_FLIGHT);
        // Waits while too many files are ahead, and ends when the consumer has left.
        self.items.send(Item { job: Arc::clone(&job), messages }).ok()?;
        Some((job, sender))
    }
}

/// Produces all jobs on up to `options.jobs` threads and lets `consume` take them in order.
pub(crate) fn run<T>(
    jobs: Vec<Job>,
    options: &Options,
    stop: &Stop,
    observer: &dyn Observer,
    consume: impl FnOnce(Queue) -> T,
) -> T {
    observer.planned(jobs.len() as u64, jobs.iter().map(|job| job.candidate.size()).sum());
    let workers = options.jobs.clamp(1, jobs.len().max(1));
    let context = Context { options, stop, observer, sort_rows: SORT_ROWS / workers };
    let (items, queue) = sync_channel(AHEAD);
    let dispatch = Mutex::new(Dispatch { jobs: jobs.into_iter(), items });
    let work = |dispatch: &Mutex<Dispatch>| {
        loop {
            // A poisoned lock means that another producer panicked; its panic is passed on when the scope ends.
            let Some((job, out)) = dispatch.lock().ok().and_then(|mut dispatch| dispatch.next()) else { return };
            produce(&job.candidate, job.want, job.hash_first, &context, &out);
        }
    };
    let dispatch = Arc::new(dispatch);
    thread::scope(|scope| {
        for _ in 0..workers {
            let dispatch = Arc::clone(&dispatch);
            let work = &work;
            scope.spawn(move || work(&dispatch));
        }
        // The queue ends when the last worker drops the dispatch.
        drop(dispatch);
        consume(Queue(queue))
    })
}
