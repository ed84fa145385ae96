//! Taking files apart that hold files: each file in them becomes a candidate.
//!
//! A member that is no archive stays where it is and is unpacked when it is read. An archive inside an archive is read
//! where it stands if it is stored as it is; else it is unpacked into a temporary file. What a gzip file in an archive
//! holds nobody states, so it is counted once, unpacked into nothing: so the sum over an archive is known, and the same
//! at every run, before the first of its files is read.

use super::{
    DEEPEST, Fault, Held, Kind, MOST_MEMBERS, NotHeld, Spool, fill,
    piece::{Extent, Packing, Piece, Range},
    zip::{Member, Members},
};
use crate::{
    IngestError, Options,
    candidate::{Candidate, Content},
    codes::{UNKNOWN_FORMAT, UNREADABLE},
    foreign,
    source::{self, WINDOW},
};
use smrt_core::Finding;
use std::{fs::File, io, sync::Arc};

/// The member that tells documents of offices, which are zip archives, from archives.
const DOCUMENT: &str = "[Content_Types].xml";

/// Takes all containers among candidates apart and puts what comes of them into the order of loading.
pub(crate) fn expand(
    found: Vec<Candidate>,
    options: &Options,
    spool: &mut Spool,
) -> Result<Vec<Candidate>, IngestError> {
    let mut all = Vec::with_capacity(found.len());
    for candidate in found {
        match candidate.content.clone() {
            Content::Container(kind, held) => take_apart(candidate, kind, held, options, spool, &mut all)?,
            _ => all.push(candidate),
        }
    }
    all.sort_by(|a, b| a.order().cmp(&b.order()));
    Ok(all)
}

fn take_apart(
    mut outer: Candidate,
    kind: Kind,
    held: Option<Held>,
    options: &Options,
    spool: &mut Spool,
    all: &mut Vec<Candidate>,
) -> Result<(), IngestError> {
    let (place, file) = match held {
        Some(Held { file, extent }) => (Place { temporary: Some(Arc::clone(&file)), extent }, file),
        None => match source::open(&outer.path, outer.follows_link) {
            Ok((file, fingerprint)) => {
                // What is read below is this file, whatever was found before.
                outer.fingerprint = Some(fingerprint);
                let extent = Extent { start: 0, length: fingerprint.size };
                (Place { temporary: None, extent }, Arc::new(file))
            }
            Err(error) => {
                let finding = Finding::of_file(&UNREADABLE, format!("cannot be read: {error}"));
                all.push(outer.refusing(None, finding));
                return Ok(());
            }
        },
    };
    let mut archive =
        Archive { outer: &outer, file, options, spool, members: 0, unpacked: 0, unknown: None, found: Vec::new() };
    match archive.take(kind, &place, None, 1) {
        // Moved and not copied: there may be hundreds of thousands.
        Ok(()) if all.is_empty() => *all = archive.found,
        Ok(()) => all.append(&mut archive.found),
        Err(Trouble::Here(finding) | Trouble::Whole(finding)) => all.push(outer.refusing(None, finding)),
        Err(Trouble::Unreadable(error)) => {
            let finding = Finding::of_file(&UNREADABLE, format!("cannot be read: {error}"));
            all.push(outer.refusing(None, finding));
        }
        Err(Trouble::Temporary(error)) => return Err(IngestError::Temporary(error)),
    }
    Ok(())
}

/// Why a file that holds files, or one in it, cannot be taken apart.
enum Trouble {
    /// This file, and just this.
    Here(Finding),
    /// The whole archive, as it breaks a limit.
    Whole(Finding),
    /// It cannot be read just now.
    Unreadable(io::Error),
    /// There is no room for temporary files.
    Temporary(io::Error),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::TooLarge { .. } | Fault::TooManyMembers { .. } => Self::Whole(fault.finding()),
            _ => Self::Here(fault.finding()),
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Fault::of(error).map_or_else(Self::Unreadable, Self::from)
    }
}

impl From<NotHeld> for Trouble {
    fn from(why: NotHeld) -> Self {
        match why {
            NotHeld::Fault(fault) => fault.into(),
            NotHeld::Unreadable(error) => Self::Unreadable(error),
            NotHeld::Temporary(error) => Self::Temporary(error),
        }
    }
}

/// Where the bytes of an archive are.
#[derive(Clone)]
struct Place {
    /// The temporary file they are in; `None` for the file at the candidate's path.
    temporary: Option<Arc<File>>,
    extent: Extent,
}

/// An archive while it is taken apart, with all that is inside it.
struct Archive<'a> {
    /// The file that was found.
    outer: &'a Candidate,
    /// Its bytes.
    file: Arc<File>,
    options: &'a Options,
    spool: &'a mut Spool,
    /// Files in it so far, those in archives in it, too.
    members: u64,
    /// Bytes that these hold unpacked.
    unpacked: u64,
    /// What the first file of no known format looks like.
    unknown: Option<String>,
    found: Vec<Candidate>,
}

impl Archive<'_> {
    /// Takes apart the bytes at a place, which are the member of this name; of the file that was found without one.
    fn take(&mut self, kind: Kind, place: &Place, member: Option<&str>, depth: u32) -> Result<(), Trouble> {
        match kind {
            Kind::Zip => self.take_zip(place, member, depth),
            Kind::Gzip => self.take_gzip(place, member, depth),
        }
    }

    fn take_gzip(&mut self, place: &Place, member: Option<&str>, depth: u32) -> Result<(), Trouble> {
        let Place { temporary, extent } = place.clone();
        let most = self.options.max_unpacked.saturating_sub(self.unpacked);
        let mut piece = Piece { temporary, extent, packing: Packing::Gzip, promise: None, most };
        let first = fill(&mut self.unpacked_of(&piece), WINDOW)?;
        if let Some(inner) = Kind::sniff(&first) {
            if depth >= DEEPEST {
                return Err(Fault::TooDeep.into());
            }
            let held = self.hold(&piece)?;
            self.count(held.extent.length)?;
            return self.take(inner, &Place { temporary: Some(held.file), extent: held.extent }, member, depth + 1);
        }
        if member.is_some() {
            piece.most = io::copy(&mut self.unpacked_of(&piece), &mut io::sink())?;
            self.count(piece.most)?;
        }
        self.found.push(self.outer.holding(member, piece, &first, self.options));
        Ok(())
    }

    fn take_zip(&mut self, place: &Place, member: Option<&str>, depth: u32) -> Result<(), Trouble> {
        let file = place.temporary.as_ref().unwrap_or(&self.file);
        let mut members = Members::open(Range::new(Arc::clone(file), place.extent))?;
        self.members += members.announced();
        if self.members > MOST_MEMBERS {
            return Err(Fault::TooManyMembers { found: self.members }.into());
        }
        let (before, mut names, mut is_document) = (self.found.len(), 0u64, false);
        members.each(|found| {
            names += 1;
            is_document |= found.name == DOCUMENT;
            self.count(found.size)?;
            self.take_member(found, place, member, depth)
        })?;
        if names == 0 {
            return Err(Fault::Empty.into());
        }
        if self.found[before..].iter().all(Candidate::is_foreign) {
            self.found.truncate(before);
            return Err(Trouble::Here(nothing_known(names, is_document, self.unknown.as_deref())));
        }
        Ok(())
    }

    /// Takes one member of the zip archive at a place, which is itself the member `outer` or the file that was found.
    fn take_member(&mut self, found: Member, place: &Place, outer: Option<&str>, depth: u32) -> Result<(), Trouble> {
        let name = outer.map_or_else(|| found.name.clone(), |outer| format!("{outer}!{}", found.name));
        let before = self.found.len();
        match self.take_body(found, place, &name, depth) {
            Err(Trouble::Here(finding)) => {
                self.found.truncate(before);
                self.found.push(self.outer.refusing(Some(&name), finding));
                Ok(())
            }
            other => other,
        }
    }

    fn take_body(&mut self, found: Member, place: &Place, name: &str, depth: u32) -> Result<(), Trouble> {
        let body = found.body?;
        if body.extent.start.saturating_add(body.extent.length) > place.extent.length {
            return Err(Fault::Damaged("its directory points behind its end".to_owned()).into());
        }
        let extent = Extent { start: place.extent.start + body.extent.start, ..body.extent };
        let (temporary, packing, most) = (place.temporary.clone(), body.packing, self.options.max_unpacked);
        let piece = Piece { temporary, extent, packing, promise: Some(body.promise), most };
        let first = fill(&mut self.unpacked_of(&piece), WINDOW)?;
        match Kind::sniff(&first) {
            None => {
                let candidate = self.outer.holding(Some(name), piece, &first, self.options);
                if candidate.format.is_none() {
                    self.unknown.get_or_insert_with(|| foreign::describe(&first));
                }
                self.found.push(candidate);
                Ok(())
            }
            Some(_) if depth >= DEEPEST => Err(Fault::TooDeep.into()),
            Some(inner) => {
                let place = match packing {
                    Packing::Stored => Place { temporary: piece.temporary, extent },
                    Packing::Deflate | Packing::Gzip => {
                        let Held { file, extent } = self.hold(&piece)?;
                        Place { temporary: Some(file), extent }
                    }
                };
                self.take(inner, &place, Some(name), depth + 1)
            }
        }
    }

    fn unpacked_of(&self, piece: &Piece) -> super::Unpacked<Box<dyn io::Read + Send>> {
        piece.unpack(piece.temporary.as_ref().unwrap_or(&self.file))
    }

    fn hold(&mut self, piece: &Piece) -> Result<Held, Trouble> {
        let mut unpacked = self.unpacked_of(piece);
        Ok(self.spool.hold(&mut unpacked)?)
    }

    /// Counts unpacked bytes.
    fn count(&mut self, bytes: u64) -> Result<(), Trouble> {
        self.unpacked = self.unpacked.saturating_add(bytes);
        let most = self.options.max_unpacked;
        if self.unpacked > most { Err(Fault::TooLarge { most }.into()) } else { Ok(()) }
    }
}

/// What is said of an archive in which there is nothing for smrt; `first` is what its first file looks like.
fn nothing_known(files: u64, is_document: bool, first: Option<&str>) -> Finding {
    let first = first.unwrap_or("a file that cannot be told");
    let found = match (is_document, files) {
        (true, _) => "a document of an office program: if it is a spreadsheet, save its table as CSV".to_owned(),
        (false, 1) => format!("a zip archive with one file, which is {first}"),
        (false, files) => format!("a zip archive of {files} files, none of a known format; the first is {first}"),
    };
    Finding::of_file(&UNKNOWN_FORMAT, format!("expected {}, found {found}", foreign::formats()))
}
