//! Several producers at work, one consumer that takes the files in their order.

use crate::{
    IngestError, Observer, Options, Stop,
    candidate::Candidate,
    objects::{EndOnDrop, Fetcher},
    produce::{Context, Message, Out, Produced, Want, produce},
    room::{Place, Room},
};
use smrt_core::Batch;
use smrt_parser::Spare;
use std::{
    cell::RefCell,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

/// Batches of a file that wait for the consumer.
const IN_FLIGHT: usize = 2;
/// Files that may be worked on or wait ahead of the consumer.
const AHEAD: usize = 64;
/// Bytes of the files that may be worked on or wait ahead of the consumer. What a file has in memory is never much more
/// than its text, so this bounds the memory of all producers, however many they are.
const ROOM: u64 = 24 << 20;
/// What a file counts for at most where its readings are sent: more of it than a few batches is never in memory.
const LARGE: u64 = ROOM / 4;
/// What a file counts for at most where its readings are just looked at.
const LARGE_UNSENT: u64 = ROOM / 16;
/// Readings kept in memory for sorting, over all producers.
const SORT_ROWS: usize = 640 * 1024;

/// One file to produce.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) candidate: Candidate,
    pub(crate) want: Want,
    pub(crate) hash_first: bool,
}

impl Job {
    /// The most that a file counts for towards [`ROOM`].
    const fn large(want: Want) -> u64 {
        match want {
            Want::Accepted | Want::Days | Want::Everything => LARGE,
            Want::Findings | Want::Hash => LARGE_UNSENT,
        }
    }

    /// What it counts for towards [`ROOM`].
    fn weight(&self) -> u64 {
        // What nobody can say before it is read may be large.
        self.candidate.known_size().unwrap_or(u64::MAX).min(Self::large(self.want))
    }

    /// How many files of its kind are in the making at once at most, if they are large.
    fn most_at_once(&self) -> usize {
        usize::try_from(ROOM / Self::large(self.want)).unwrap_or(usize::MAX)
    }
}

/// A file whose messages come from its producer.
pub(crate) struct Item {
    pub(crate) job: Arc<Job>,
    messages: Receiver<Result<Message, IngestError>>,
    /// The first message, where somebody has waited for it.
    first: RefCell<Option<Result<Message, IngestError>>>,
    /// Given back when the consumer is done with the file.
    _place: Place,
}

impl Item {
    /// The next message; an error once the end was asked for.
    pub(crate) fn next(&self) -> Result<Message, IngestError> {
        // A producer that ends without a last message was asked to.
        let first = self.first.take();
        first.unwrap_or_else(|| self.messages.recv().unwrap_or(Err(IngestError::Interrupted)))
    }

    /// Waits for the first message, at most so long; tells whether it is there. What is far away, or large and refused
    /// at its end, may take long to say anything, and nobody should hold a lock meanwhile.
    pub(crate) fn speaks_within(&self, patience: Duration) -> bool {
        if self.first.borrow().is_some() {
            return true;
        }
        match self.messages.recv_timeout(patience) {
            Ok(message) => {
                self.first.replace(Some(message));
                true
            }
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => true,
        }
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
pub(crate) struct Queue {
    items: Receiver<Item>,
    spare: Arc<Spare>,
}

impl Queue {
    /// The next file; waits for it. `None` when there is none left.
    pub(crate) fn next(&self) -> Option<Item> {
        self.items.recv().ok()
    }

    /// The next file, if it comes within so long; `None` where it does not.
    pub(crate) fn next_within(&self, patience: Duration) -> Result<Option<Item>, Ended> {
        match self.items.recv_timeout(patience) {
            Ok(item) => Ok(Some(item)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Ended),
        }
    }

    /// Gives a batch back that was used up.
    pub(crate) fn give_back(&self, batch: Batch) {
        self.spare.give_back(batch);
    }
}

/// There are no more files.
pub(crate) struct Ended;

/// Hands out jobs in order, and tells the consumer of each in the same order.
struct Dispatch {
    jobs: std::vec::IntoIter<Job>,
    items: SyncSender<Item>,
    room: Arc<Room>,
}

impl Dispatch {
    fn next(&mut self) -> Option<(Arc<Job>, Out)> {
        let job = Arc::new(self.jobs.next()?);
        let (sender, messages) = sync_channel(IN_FLIGHT);
        // Both wait while too many files are ahead. When the consumer has left, the files ahead are gone and so have
        // given back their places, and the second ends.
        let place = self.room.take(job.weight());
        self.items.send(Item { job: Arc::clone(&job), messages, first: RefCell::default(), _place: place }).ok()?;
        Some((job, sender))
    }
}

/// Readings that each producer may keep in memory for sorting. Just so many share the memory as have large files at once;
/// small files have few readings, and the room for files bounds those of all.
fn sort_rows(jobs: &[Job], workers: usize) -> usize {
    let sorting = jobs.iter().filter(|job| job.want != Want::Hash).map(Job::most_at_once).max();
    SORT_ROWS / sorting.unwrap_or(1).min(workers)
}

/// Produces all jobs on up to `options.jobs` threads and lets `consume` take them in order. Up to `cores` read one and
/// the same file, where there are fewer files than that.
pub(crate) fn run<T>(
    jobs: Vec<Job>,
    cores: usize,
    options: &Options,
    stop: &Stop,
    observer: &dyn Observer,
    consume: impl FnOnce(Queue) -> T,
) -> T {
    observer.planned(jobs.len() as u64, jobs.iter().map(|job| job.candidate.size()).sum());
    let workers = options.jobs.clamp(1, jobs.len().max(1));
    let spare = Arc::<Spare>::default();
    let fetcher = Fetcher::of(&jobs);
    let context = Context {
        fetcher: &fetcher,
        spare: &spare,
        options,
        stop,
        observer,
        cores: cores / workers,
        sort_rows: sort_rows(&jobs, workers),
    };
    let (items, queue) = sync_channel(AHEAD);
    let dispatch = Mutex::new(Dispatch { jobs: jobs.into_iter(), items, room: Arc::new(Room::of(ROOM)) });
    let work = |dispatch: &Mutex<Dispatch>| {
        loop {
            // A poisoned lock means that another producer panicked; its panic is passed on when the scope ends.
            let Some((job, out)) = dispatch.lock().ok().and_then(|mut dispatch| dispatch.next()) else { return };
            produce(&job.candidate, job.want, job.hash_first, &context, &out);
        }
    };
    let dispatch = Arc::new(dispatch);
    thread::scope(|scope| {
        // Nobody fetches what nobody takes, be it that all is taken or that the consumer has left.
        let _end = EndOnDrop(&fetcher);
        for _ in 0..fetcher.threads() {
            scope.spawn(|| fetcher.work());
        }
        for _ in 0..workers {
            let dispatch = Arc::clone(&dispatch);
            let work = &work;
            scope.spawn(move || work(&dispatch));
        }
        // The queue ends when the last worker drops the dispatch.
        drop(dispatch);
        consume(Queue { items: queue, spare: Arc::clone(&spare) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Quiet, discover::discover};
    use std::{
        fs,
        sync::atomic::{AtomicU64, Ordering},
        time::Duration,
    };

    const MIB: u64 = 1 << 20;

    #[derive(Default)]
    struct Bytes(AtomicU64);

    impl Observer for Bytes {
        fn read(&self, bytes: u64) {
            self.0.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    /// So many files of so many bytes that hold just comments.
    fn jobs(count: usize, bytes: u64, want: Want) -> (tempfile::TempDir, Vec<Job>) {
        let folder = tempfile::tempdir().unwrap();
        let line = format!("#{}\n", "-".repeat(1022));
        let text = line.repeat(usize::try_from(bytes).unwrap() / line.len());
        for number in 0..count {
            fs::write(folder.path().join(format!("{number:03}.SMRT")), &text).unwrap();
        }
        let found = discover(&[folder.path().to_owned()], &Options::default(), &Quiet).unwrap();
        let job = |candidate| Job { candidate, want, hash_first: false };
        (folder, found.into_iter().map(job).collect())
    }

    #[test]
    fn files_ahead_of_the_consumer_are_bounded_by_their_bytes_and_all_are_taken() {
        for (count, bytes) in [(40, MIB), (8, 8 * MIB)] {
            let (_folder, jobs) = jobs(count, bytes, Want::Everything);
            let (read, options) = (Bytes::default(), Options { jobs: 64, ..Options::default() });
            run(jobs, 1, &options, &Stop::default(), &read, |queue| {
                let item = queue.next().unwrap();
                item.skip_to_end().unwrap();
                std::thread::sleep(Duration::from_millis(500));
                let ahead = read.0.load(Ordering::Relaxed);
                assert!(ahead <= 2 * ROOM && ahead < count as u64 * bytes, "{ahead}");
                drop(item);
                let rest: Vec<_> =
                    std::iter::from_fn(|| queue.next()).map(|item| item.skip_to_end().unwrap()).collect();
                assert_eq!(rest.len(), count - 1);
            });
        }
    }

    #[test]
    fn a_consumer_that_leaves_ends_the_producers() {
        let (_folder, jobs) = jobs(40, MIB, Want::Everything);
        run(jobs, 1, &Options { jobs: 4, ..Options::default() }, &Stop::default(), &Quiet, |queue| {
            queue.next().unwrap().skip_to_end().unwrap();
        });
    }

    #[test]
    fn memory_for_sorting_is_shared_among_no_more_than_can_be_large() {
        let (_folder, mut jobs) = jobs(1, 1024, Want::Everything);
        assert_eq!([1, 2, 64].map(|workers| SORT_ROWS / sort_rows(&jobs, workers)), [1, 2, 4]);
        jobs[0].want = Want::Findings;
        assert_eq!(SORT_ROWS / sort_rows(&jobs, 64), 16);
    }
}
