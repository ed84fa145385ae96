//! The objects below an address as files to be taken in.
//!
//! The listing is read to its end first. Objects that are loaded are known by their tags and not looked at. Of the
//! others the first bytes are fetched, several objects at once; small ones are fetched whole, as one request costs as
//! much as the other. What holds files and cannot be told from its first bytes is fetched whole, too, to be taken apart.

use super::{Known, Remote, StoreTrouble, Unfetched, remote::unfetched};
use crate::{
    IngestError, Options, Stop,
    candidate::{Candidate, Content, DATABASE},
    container::{Extent, Held, Kind, NotHeld, Packing, Piece, Spool},
    discover::is_temporary,
    source::WINDOW,
};
use flate2::bufread::MultiGzDecoder;
use smrt_objects::{Address, Bucket, Object, ObjectError};
use std::{
    collections::VecDeque,
    io::Read,
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{Receiver, sync_channel},
    },
    thread,
};

/// An object of no more bytes is fetched whole when it is looked at.
const SMALL: u64 = 64 * 1024;
/// Most bytes of small objects that are kept until their turn comes; those behind are fetched again.
const MOST_KEPT: u64 = 256 << 20;
/// Objects looked at at once.
const AT_ONCE: usize = 16;

/// What a look at an object gives.
struct Glance {
    object: Object,
    /// Its first bytes; all of them if it is small.
    first: Result<Vec<u8>, ObjectError>,
}

impl Glance {
    fn at(bucket: &Bucket, object: Object) -> Self {
        let first = if object.size <= SMALL {
            let mut bytes = Vec::new();
            let all = bucket.verified(&object).read_to_end(&mut bytes);
            all.map(|_| bytes).map_err(|error| ObjectError::of(error).unwrap_or(ObjectError::Interrupted))
        } else {
            bucket.get_range(&object, 0..WINDOW as u64)
        };
        Self { object, first }
    }
}

impl From<ObjectError> for IngestError {
    fn from(error: ObjectError) -> Self {
        let trouble = match &error {
            ObjectError::Interrupted => return Self::Interrupted,
            ObjectError::Address(_)
            | ObjectError::Settings(_)
            | ObjectError::NoKeys { .. }
            | ObjectError::NotFound { .. } => StoreTrouble::Usage,
            error if error.is_temporary() => StoreTrouble::Passing,
            _ => StoreTrouble::Lasting,
        };
        Self::Objects { trouble, message: error.to_string() }
    }
}

/// Finds the object at an address, or all below it, in the order of their keys.
pub(crate) fn find(
    path: &Path,
    options: &Options,
    stop: &Stop,
    known: &mut Known<'_>,
    spool: &mut Spool,
) -> Result<Vec<Candidate>, IngestError> {
    let address: Address = path.to_string_lossy().parse().map_err(ObjectError::from)?;
    let stop = stop.clone();
    let bucket = Bucket::open_within(&address, &options.s3, options.s3_limits)?.until(move || stop.is_requested());
    let mut finder = Finder { bucket: &bucket, options, spool, kept: 0, found: Vec::new() };
    let mut unknown = Vec::new();
    for object in list(&bucket)? {
        let remote = Remote::new(&bucket, object);
        match remote.as_known().map(|object| known(&object)).transpose()?.flatten() {
            Some(file) => {
                let (name, content) = (file.name.clone(), Content::Known(Box::new(file)));
                finder.found.push(Candidate { name, content, ..candidate(remote, &address, options) });
            }
            None => unknown.push(remote.object),
        }
    }
    in_order(unknown, |object| Glance::at(&bucket, object), |glance| finder.add(glance, &address))?;
    Ok(finder.found)
}

/// The objects that an address means: the one of just this key, and all whose keys go on behind it with a slash.
fn list(bucket: &Bucket) -> Result<Vec<Object>, IngestError> {
    let prefix = bucket.prefix();
    let (mut meant, mut others) = (Vec::new(), false);
    bucket.list(|page| {
        for object in page {
            let rest = object.key.strip_prefix(prefix).unwrap_or_default();
            if !(prefix.is_empty() || prefix.ends_with('/') || rest.is_empty() || rest.starts_with('/')) {
                others = true;
            } else if rest.is_empty() || !is_left_alone(rest) {
                meant.push(object);
            }
        }
        Ok::<(), IngestError>(())
    })?;
    if meant.is_empty() && !prefix.is_empty() {
        let said = match others {
            true => "keys that go on behind it do so without a slash: an address means an object or a folder",
            false => "no key begins so",
        };
        return Err(ObjectError::NotFound { place: bucket.address().to_string(), said: said.to_owned() }.into());
    }
    Ok(meant)
}

/// Whether a key is one that stands for a folder, is hidden, or is that of a file on its way.
fn is_left_alone(key: &str) -> bool {
    let is_hidden = |part: &str| part.starts_with('.') && part != "." && part != "..";
    key.ends_with('/') || key.split('/').any(is_hidden) || key.rsplit('/').next().is_some_and(is_temporary)
}

/// An object as a file of which nothing is known yet.
fn candidate(remote: Remote, address: &Address, options: &Options) -> Candidate {
    let below = remote.object.key.strip_prefix(address.prefix()).unwrap_or_default().trim_start_matches('/').to_owned();
    Candidate::of_object(PathBuf::from(&remote.address), &below, below.is_empty(), Arc::new(remote), options)
}

/// Makes files of objects.
struct Finder<'a> {
    bucket: &'a Bucket,
    options: &'a Options,
    spool: &'a mut Spool,
    /// Bytes of small objects that are kept.
    kept: u64,
    found: Vec<Candidate>,
}

impl Finder<'_> {
    fn add(&mut self, glance: Glance, address: &Address) -> Result<(), IngestError> {
        let Glance { object, first } = glance;
        let is_whole = object.size <= SMALL;
        let mut remote = Remote::new(self.bucket, object);
        let first = match first {
            Ok(first) => first,
            Err(error) => {
                let outer = candidate(remote, address, self.options);
                let refused = refusing(&outer, unfetched(&error))?;
                self.found.push(refused);
                return Ok(());
            }
        };
        if first.starts_with(DATABASE) {
            return Ok(());
        }
        let Some(kind) = Kind::sniff(&first) else {
            if is_whole && self.kept + remote.size() <= MOST_KEPT {
                self.kept += remote.size();
                remote.held = Some(self.hold(&first)?);
            }
            let mut found = candidate(remote, address, self.options);
            found.recognise(&first, self.options);
            self.found.push(found);
            return Ok(());
        };
        let found = match (kind, is_whole) {
            (Kind::Gzip, false) => match inner(&first) {
                Some(inner) => {
                    let extent = Extent { start: 0, length: remote.size() };
                    let most = self.options.max_unpacked;
                    let piece = Piece { temporary: None, extent, packing: Packing::Gzip, promise: None, most };
                    let outer = candidate(remote, address, self.options);
                    Ok(outer.holding(None, piece, &inner, self.options))
                }
                None => self.container(kind, remote, address),
            },
            (_, false) => self.container(kind, remote, address),
            (_, true) => {
                let held = self.hold(&first)?;
                let content = Content::Container(kind, Some(held));
                Ok(Candidate { content, ..candidate(remote, address, self.options) })
            }
        }?;
        self.found.push(found);
        Ok(())
    }

    /// Fetches what holds files whole, so that it can be taken apart.
    fn container(&mut self, kind: Kind, remote: Remote, address: &Address) -> Result<Candidate, IngestError> {
        let held = remote.download_into(self.spool);
        let outer = candidate(remote, address, self.options);
        match held {
            Ok(held) => Ok(Candidate { content: Content::Container(kind, Some(held)), ..outer }),
            Err(why) => refusing(&outer, why),
        }
    }

    fn hold(&mut self, bytes: &[u8]) -> Result<Held, IngestError> {
        self.spool.hold(&mut &bytes[..]).map_err(|why| match why {
            NotHeld::Temporary(error) | NotHeld::Unreadable(error) => IngestError::Temporary(error),
            NotHeld::Fault(fault) => IngestError::Temporary(fault.into()),
        })
    }
}

/// The object as a file that cannot be had.
fn refusing(outer: &Candidate, why: Unfetched) -> Result<Candidate, IngestError> {
    match why {
        Unfetched::Left(finding) => Ok(outer.refusing(None, *finding)),
        Unfetched::Temporary(error) => Err(IngestError::Temporary(error)),
        Unfetched::Interrupted => Err(IngestError::Interrupted),
    }
}

/// The first bytes of what gzip data holds, of which `first` is the start; `None` where that does not tell, or where it
/// is a file that holds files itself.
fn inner(first: &[u8]) -> Option<Vec<u8>> {
    let mut unpacked = Vec::new();
    // The end comes before the end of the data, as it must.
    let _ = MultiGzDecoder::new(first).take(WINDOW as u64).read_to_end(&mut unpacked);
    let tells = !unpacked.is_empty() && Kind::sniff(&unpacked).is_none();
    tells.then_some(unpacked)
}

/// Does work on several things at once and takes what comes of them in their order; no more are ahead than are at work.
fn in_order<T: Send, R: Send>(
    things: Vec<T>,
    work: impl Fn(T) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), IngestError>,
) -> Result<(), IngestError> {
    thread::scope(|scope| {
        let mut ahead: VecDeque<Receiver<R>> = VecDeque::with_capacity(AT_ONCE);
        let mut things = things.into_iter();
        loop {
            while ahead.len() < AT_ONCE {
                let Some(thing) = things.next() else { break };
                let (sender, receiver) = sync_channel(1);
                let work = &work;
                scope.spawn(move || {
                    let _ = sender.send(work(thing));
                });
                ahead.push_back(receiver);
            }
            // A thread that ends without a word has panicked, which is passed on when the scope ends.
            match ahead.pop_front().map(|first| first.recv()) {
                Some(Ok(done)) => take(done)?,
                Some(Err(_)) => {}
                None => return Ok(()),
            }
        }
    })
}
