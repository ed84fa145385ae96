//! A file to be taken in: what is known of it before it is read.

use crate::{
    Options,
    codes::UNKNOWN_FORMAT,
    container::{Held, Kind, Piece},
    objects::{self, Remote, is_address},
    source::{Fingerprint, Source},
    stdin::Stdin,
};
use smrt_core::{FileHeader, Finding};
use smrt_parser::Format;
use smrt_storage::{LoadedFile, SourceObject};
use std::{
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// How each SQLite database begins.
pub(crate) const DATABASE: &[u8] = b"SQLite format 3\0";

/// A file to be taken in.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Where it is: for a member of an archive, where the archive is; `-` for standard input.
    pub path: PathBuf,
    /// Its name, which is its identity: without folders, but for files of sensors, which have few names and many folders.
    /// `archive!member` for a member of an archive.
    pub name: String,
    /// Its name with the folders below the one that was named.
    pub(crate) below: String,
    /// Whether it stands in an archive, which several files share.
    pub is_member: bool,
    /// Whether the caller named it, rather than a folder or an archive that it is in.
    pub is_named: bool,
    /// Its format, where its first bytes or its name tell.
    pub format: Option<Format>,
    /// What its first bytes say of it.
    pub header: FileHeader,
    /// Whether its last bytes end it as its format demands; `true` where just reading it can tell.
    pub ends_complete: bool,
    /// What the file at its path was when it was found; `None` where it has gone meanwhile.
    pub(crate) fingerprint: Option<Fingerprint>,
    /// Whether a link at its path may be followed, because the caller named it.
    pub(crate) follows_link: bool,
    /// The object that it is, or that it is in; `None` for a file of this machine.
    pub(crate) remote: Option<Arc<Remote>>,
    pub(crate) content: Content,
}

/// How the bytes of a file are had.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// They are the file at its path.
    Plain,
    /// They are packed in the file at its path, or in a temporary one.
    Packed(Arc<Piece>),
    /// They come once, from standard input.
    Once(Arc<Stdin>),
    /// It holds files and is still to be taken apart; it is the file at its path or held in a temporary one.
    Container(Kind, Option<Held>),
    /// They are not needed: its store says that it is still the object that was loaded as this file.
    Known(Box<LoadedFile>),
    /// They cannot be had, for this reason.
    Refused(Box<Finding>),
}

impl Candidate {
    /// Bytes that it holds or, where that is not known before it is read, of the file it is in.
    pub fn size(&self) -> u64 {
        let outer = || match &self.remote {
            Some(remote) => Some(remote.size()),
            None => self.fingerprint.map(|fingerprint| fingerprint.size),
        };
        self.known_size().or_else(outer).unwrap_or(0)
    }

    /// Bytes that it holds, where that is known before it is read.
    pub(crate) fn known_size(&self) -> Option<u64> {
        match &self.content {
            Content::Plain => Some(match &self.remote {
                Some(remote) => remote.size(),
                None => self.fingerprint.map_or(0, |fingerprint| fingerprint.size),
            }),
            Content::Known(file) => Some(file.size),
            Content::Packed(piece) => piece.promise.map(|promise| promise.size),
            Content::Once(_) | Content::Container(..) => None,
            Content::Refused(_) => Some(0),
        }
    }

    /// A file at a path, unless it is a database; it was named, or found below a folder that was.
    pub(crate) fn at(path: PathBuf, root: Option<&Path>, options: &Options) -> Option<Self> {
        let is_named = root.is_none();
        let mut candidate = Self {
            name: name_of(&path),
            below: match root {
                Some(root) => name_below(&path, root),
                None => options.known_as.get(&path).cloned().unwrap_or_else(|| name_of(&path)),
            },
            is_member: false,
            is_named,
            format: options.format,
            header: FileHeader::default(),
            ends_complete: false,
            fingerprint: fs::metadata(&path).ok().map(|metadata| Fingerprint::of(&metadata)),
            follows_link: is_named,
            remote: None,
            content: Content::Plain,
            path,
        };
        // What cannot be opened now is tried again by its producer, which then says why.
        if let Ok(source) = Source::at(&candidate.path, is_named) {
            let first = source.first_bytes().unwrap_or_default();
            if first.starts_with(DATABASE) {
                return None;
            }
            if let Some(kind) = Kind::sniff(&first) {
                candidate.format = None;
                candidate.content = Content::Container(kind, None);
                candidate.ends_complete = source.container_ends(kind).unwrap_or(false);
                return Some(candidate);
            }
            candidate.recognise(&first, options);
            if let Some(format) = candidate.format {
                candidate.ends_complete = source.ends_complete(format).unwrap_or(false);
            }
        }
        Some(candidate)
    }

    /// An object of a store of which nothing is known yet, and its key below the prefix that was named. Objects are put
    /// whole, so its end is there.
    pub(crate) fn of_object(
        address: PathBuf,
        below: &str,
        is_named: bool,
        remote: Arc<Remote>,
        options: &Options,
    ) -> Self {
        let name = name_of(&address);
        Self {
            below: if below.is_empty() { name.clone() } else { below.to_owned() },
            name,
            is_member: false,
            is_named,
            format: options.format,
            header: FileHeader::default(),
            ends_complete: true,
            fingerprint: None,
            follows_link: false,
            remote: Some(remote),
            content: Content::Plain,
            path: address,
        }
    }

    /// How the database knows the object again that it is; members of an archive share one that none of them is.
    pub(crate) fn as_known(&self) -> Option<SourceObject<'_>> {
        self.remote.as_ref().filter(|_| !self.is_member)?.as_known()
    }

    /// The object that must be fetched before it can be read.
    pub(crate) fn to_fetch(&self) -> Option<&Arc<Remote>> {
        let is_in_object = match &self.content {
            Content::Plain => true,
            Content::Packed(piece) => piece.temporary.is_none(),
            Content::Once(_) | Content::Container(..) | Content::Known(_) | Content::Refused(_) => false,
        };
        self.remote.as_ref().filter(|remote| is_in_object && remote.held().is_none())
    }

    /// A file in the container that `self` is, or what `self` holds alone; it begins with `first_bytes`.
    pub(crate) fn holding(&self, member: Option<&str>, piece: Piece, first_bytes: &[u8], options: &Options) -> Self {
        let content = Content::Packed(Arc::new(piece));
        let mut candidate = Self { ends_complete: true, content, ..self.within(member) };
        candidate.recognise(first_bytes, options);
        candidate
    }

    /// A file in the container that `self` is, or `self`, of which nothing can be had for this reason.
    pub(crate) fn refusing(&self, member: Option<&str>, finding: Finding) -> Self {
        Self { ends_complete: true, content: Content::Refused(Box::new(finding)), ..self.within(member) }
    }

    fn within(&self, member: Option<&str>) -> Self {
        let Some(member) = member else { return Self { format: None, ..self.clone() } };
        let (name, below) = (format!("{}!{member}", self.name), format!("{}!{member}", self.below));
        Self { name, below, is_member: true, is_named: false, format: None, ..self.clone() }
    }

    /// Notes the format and the header that the first bytes tell.
    pub(crate) fn recognise(&mut self, first_bytes: &[u8], options: &Options) {
        self.format = options.format.or_else(|| Format::sniff(first_bytes, self.own_name()));
        if let Some(format) = self.format {
            self.header = format.peek(first_bytes);
            if format.is_of_sensors() {
                self.name.clone_from(&self.below);
            }
        }
    }

    /// The name that its sender gave it: without the archive and its folders, and without the ending of gzip.
    pub(crate) fn own_name(&self) -> &str {
        let name = match self.is_member {
            true => self.name.rsplit(['!', '/', '\\']).next().unwrap_or_default(),
            false => self.name.rsplit('/').next().unwrap_or_default(),
        };
        let stem = name.len().checked_sub(3).and_then(|at| name.split_at_checked(at));
        stem.filter(|(_, end)| end.eq_ignore_ascii_case(".gz")).map_or(name, |(stem, _)| stem)
    }

    /// Whether it is none of smrt's business: of no known format, and nobody named it.
    pub(crate) fn is_foreign(&self) -> bool {
        let is_foreign = match &self.content {
            Content::Refused(finding) => finding.code.id == UNKNOWN_FORMAT.id,
            Content::Known(_) => false,
            _ => self.format.is_none(),
        };
        is_foreign && !self.is_named
    }

    /// The order of loading: as the senders made them. Files that do not say when come last, those that name sensors
    /// before those that speak of them.
    pub(crate) fn order(&self) -> impl Ord {
        let header = &self.header;
        let names_sensors = self.format == Some(Format::SensorMapping);
        (header.created_at.is_none(), header.created_at, header.generation, !names_sensors, &self.name, &self.path)
    }
}

/// A file's name with the folders below one.
fn name_below(path: &Path, folder: &Path) -> String {
    let below = path.strip_prefix(folder).unwrap_or(path);
    let parts: Vec<String> = below.components().map(|part| readable(part.as_os_str())).collect();
    parts.join("/")
}

/// What a file is known by: its name without folders, or the last part of an object's key.
pub(crate) fn name_of(path: &Path) -> String {
    if is_address(path) {
        return objects::name_of(path);
    }
    readable(path.file_name().unwrap_or_default())
}

/// A name as text. Bytes that are not UTF-8 are written as `\xNN`, so that two names stay two.
fn readable(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}
