//! Files that are there whole or not at all: written under another name, synced, renamed.

use crate::exit::CliError;
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// A file under a name of its own until [`Unfinished::publish`]; dropped before, it is removed.
#[derive(Debug)]
pub(crate) struct Unfinished {
    file: Option<File>,
    written_at: PathBuf,
    meant_for: PathBuf,
}

impl Unfinished {
    /// Begins a file that will be `path`; until then it stands beside it, hidden.
    pub(crate) fn beside(path: &Path) -> Result<Self, CliError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Self::at(path.with_file_name(format!(".{name}.{}.part", std::process::id())), path)
    }

    /// Begins a file that will be `path`; until then it is `written_at`, in the same file system.
    pub(crate) fn at(written_at: PathBuf, path: &Path) -> Result<Self, CliError> {
        match File::create(&written_at) {
            Ok(file) => Ok(Self { file: Some(file), written_at, meant_for: path.to_owned() }),
            Err(error) => Err(CliError::Create(path.to_owned(), error)),
        }
    }

    /// Another handle of the file: what is written through either is in it.
    pub(crate) fn handle(&self) -> io::Result<File> {
        match &self.file {
            Some(file) => file.try_clone(),
            None => Err(io::Error::other("the file is sealed")),
        }
    }

    /// Makes the bytes durable and closes the file; its name is still the provisional one.
    pub(crate) fn seal(&mut self) -> Result<(), CliError> {
        match self.file.take() {
            Some(file) => file.sync_all().map_err(|error| CliError::File(self.meant_for.clone(), error)),
            None => Ok(()),
        }
    }

    /// Gives the file its name, in place of any that had it.
    pub(crate) fn publish(mut self) -> Result<(), CliError> {
        self.seal()?;
        fs::rename(&self.written_at, &self.meant_for)
            .and_then(|()| sync_folder(&self.meant_for))
            .map_err(|error| CliError::File(self.meant_for.clone(), error))?;
        self.written_at = PathBuf::new();
        Ok(())
    }
}

impl Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => Err(io::Error::other("the file is sealed")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.written_at.as_os_str().is_empty() {
            // At worst a hidden file stays behind.
            let _ = fs::remove_file(&self.written_at);
        }
    }
}

/// Makes the name of a file durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
