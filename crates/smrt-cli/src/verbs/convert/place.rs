//! Where rows go: standard output, one file, or a folder with a file for each source. Files appear whole, in place of
//! those that had their names, or not at all.

use crate::{durable::Unfinished, exit::CliError};
use smrt_ingest::convert::{ConvertError, CutBack, Output, Spooled};
use std::{
    collections::HashSet,
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Where rows go.
#[derive(Debug)]
pub(super) enum Place {
    /// A stream that cannot be cut back; its path, where it has one.
    Stream(Box<Spooled<Stream>>, Option<PathBuf>),
    /// A file that appears at the end.
    File(CutBack, Unfinished, PathBuf),
    /// A folder.
    Folder(Folder),
}

/// A stream to write to.
#[derive(Debug)]
pub(super) enum Stream {
    Stdout(io::Stdout),
    File(File),
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            Self::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(stdout) => stdout.flush(),
            Self::File(file) => file.flush(),
        }
    }
}

impl Place {
    /// The place that a path means: `-` is standard output, a path that is a folder or ends in `/` a folder. None of the
    /// files to be read is ever written to.
    pub(super) fn new(path: &Path, extension: &'static str, inputs: &[PathBuf]) -> Result<Self, CliError> {
        let cannot_make = |error| CliError::Create(path.to_owned(), error);
        let stream = |stream, path| {
            let spool = Spooled::new(stream).map_err(ConvertError::Temporary)?;
            Ok::<_, CliError>(Self::Stream(Box::new(spool), path))
        };
        if path == Path::new("-") {
            return stream(Stream::Stdout(io::stdout()), None);
        }
        if path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/") {
            std::fs::create_dir_all(path).map_err(cannot_make)?;
            return Ok(Self::Folder(Folder::new(path, extension, inputs)));
        }
        if path.exists() && !path.is_file() {
            // A pipe or a device is written to as it is.
            let file = File::options().write(true).open(path).map_err(cannot_make)?;
            return stream(Stream::File(file), Some(path.to_owned()));
        }
        if is_read(path, &real(inputs)) {
            return Err(CliError::Usage(format!("--out {}: it is one of the files to be read", path.display())));
        }
        let file = Unfinished::beside(path)?;
        let output = file.handle().and_then(CutBack::new).map_err(cannot_make)?;
        Ok(Self::File(output, file, path.to_owned()))
    }

    /// Where rows are written.
    pub(super) fn output(&mut self) -> &mut dyn Output {
        match self {
            Self::Stream(spool, _) => spool.as_mut(),
            Self::File(output, ..) => output,
            Self::Folder(folder) => folder,
        }
    }

    /// What an error of the conversion means here.
    pub(super) fn failed(&self, error: ConvertError) -> CliError {
        match (self, error) {
            (Self::Stream(_, None), ConvertError::Output(error)) => CliError::Output(error),
            (Self::Stream(_, Some(path)) | Self::File(_, _, path), ConvertError::Output(error)) => {
                CliError::File(path.clone(), error)
            }
            (Self::Folder(folder), ConvertError::Output(error)) => CliError::File(folder.path.clone(), error),
            (_, error) => error.into(),
        }
    }

    /// Gives the output its name; tells the paths of all outputs in the order they were written.
    pub(super) fn publish(self) -> Result<Vec<PathBuf>, CliError> {
        match self {
            Self::Stream(_, path) => Ok(path.into_iter().collect()),
            Self::File(_, file, path) => {
                file.publish()?;
                Ok(vec![path])
            }
            Self::Folder(folder) => Ok(folder.written),
        }
    }
}

/// A folder with a file for each source.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    extension: &'static str,
    /// What is to be read.
    inputs: Vec<PathBuf>,
    /// Where the source in hand goes.
    target: PathBuf,
    file: Option<(Unfinished, CutBack)>,
    written: Vec<PathBuf>,
    taken: HashSet<PathBuf>,
}

impl Folder {
    fn new(path: &Path, extension: &'static str, inputs: &[PathBuf]) -> Self {
        let (path, inputs) = (path.to_owned(), real(inputs));
        let (target, file, written, taken) = Default::default();
        Self { path, extension, inputs, target, file, written, taken }
    }

    /// The path of a source's output: its name with another end, and a number where two sources share it.
    fn target_of(&self, source: &str) -> PathBuf {
        let plain = |c: char| if c == '/' || c.is_control() { '_' } else { c };
        let name: String = source.chars().map(plain).collect();
        // A hidden output would be lost.
        let name = name.strip_prefix('.').map_or(name.clone(), |rest| format!("_{rest}"));
        let path = |number: u32| {
            let number = if number > 1 { format!("-{number}") } else { String::new() };
            self.path.join(format!("{name}{number}.{}", self.extension))
        };
        (1..).map(path).find(|path| !self.taken.contains(path)).unwrap_or_else(|| path(1))
    }

    fn opened(&mut self) -> io::Result<&mut CutBack> {
        if self.file.is_none() {
            let file = Unfinished::beside(&self.target).map_err(|error| io::Error::other(error.to_string()))?;
            let output = CutBack::new(file.handle()?)?;
            self.file = Some((file, output));
        }
        self.file.as_mut().map(|(_, output)| output).ok_or_else(|| io::Error::other("no file is open"))
    }
}

impl Write for Folder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.opened()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Output for Folder {
    fn begin(&mut self, source: &str) -> io::Result<()> {
        self.target = self.target_of(source);
        if is_read(&self.target, &self.inputs) {
            let message = format!("{} is one of the files to be read: give another folder", self.target.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
        }
        Ok(())
    }

    fn keep(&mut self) -> io::Result<()> {
        self.opened()?;
        if let Some((file, _)) = self.file.take() {
            file.publish().map_err(|error| io::Error::other(error.to_string()))?;
        }
        self.taken.insert(self.target.clone());
        self.written.push(self.target.clone());
        Ok(())
    }

    fn take_back(&mut self) -> io::Result<()> {
        self.file = None;
        Ok(())
    }

    fn is_apart(&self) -> bool {
        true
    }
}

/// Paths without links; those that do not exist are told of elsewhere.
fn real(paths: &[PathBuf]) -> Vec<PathBuf> {
    paths.iter().filter_map(|path| path.canonicalize().ok()).collect()
}

/// Whether a path leads to one of the files that are named to be read.
fn is_read(path: &Path, inputs: &[PathBuf]) -> bool {
    path.canonicalize().is_ok_and(|path| inputs.contains(&path))
}
