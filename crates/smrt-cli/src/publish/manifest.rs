//! What an export consists of: the file that tells a reader which files are whole.

use crate::exit::CliError;
use serde::{Deserialize, Serialize};
use std::{fs, io, path::Path};

/// The manifest's name in the destination.
pub(crate) const NAME: &str = "manifest.json";
/// The name of the manifest of what is being put or removed: while it is there, files and manifest may disagree.
pub(crate) const PENDING: &str = "manifest.json-pending";
/// What the statistics of a warehouse are called in their manifest.
pub(crate) const WAREHOUSE: &str = "warehouse";

/// What an export consists of. Nothing in it depends on when it was made.
#[derive(Debug, Serialize)]
pub(crate) struct Manifest {
    what: &'static str,
    format: &'static str,
    partition: Vec<&'static str>,
    /// In the order of their paths.
    pub(crate) files: Vec<Entry>,
}

/// One file.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Entry {
    /// Below the destination, with `/` between folders.
    pub(crate) path: String,
    /// Rows without the header line.
    pub(crate) rows: u64,
    /// Of its bytes, 64 hexadecimal digits in lower case.
    pub(crate) sha256: String,
}

impl Manifest {
    /// A manifest without files.
    pub(crate) fn new(what: &'static str, format: &'static str, partition: Vec<&'static str>) -> Self {
        Self { what, format, partition, files: Vec::new() }
    }

    /// The text of a manifest of files whose content is not certain yet.
    pub(crate) fn pending<'p>(&self, paths: impl IntoIterator<Item = &'p str>) -> Result<Vec<u8>, CliError> {
        let entry = |path: &str| Entry { path: path.to_owned(), rows: 0, sha256: String::new() };
        let files = paths.into_iter().map(entry).collect();
        Self { files, ..Self::new(self.what, self.format, self.partition.clone()) }.text()
    }

    /// Its text.
    pub(crate) fn text(&self) -> Result<Vec<u8>, CliError> {
        let mut text = serde_json::to_vec_pretty(self).map_err(|error| CliError::Output(error.into()))?;
        text.push(b'\n');
        Ok(text)
    }
}

/// The part of an earlier manifest that this export needs.
#[derive(Deserialize)]
struct Earlier {
    what: Option<String>,
    files: Vec<Entry>,
}

/// The files that a manifest in `dest` lists, be it the pending one; none where there is none.
///
/// A manifest that smrt did not write is a reason to stop: the folder belongs to somebody else.
pub(crate) fn earlier_files(dest: &Path, name: &str, what: &str) -> Result<Vec<Entry>, CliError> {
    let path = dest.join(name);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(CliError::File(path, error)),
    };
    entries(&text, &path.display().to_string(), what)
}

/// The files that the text of a manifest lists, as far as they are below it.
pub(crate) fn entries(text: &[u8], place: &str, what: &str) -> Result<Vec<Entry>, CliError> {
    let earlier: Earlier = serde_json::from_slice(text).map_err(|error| {
        CliError::Usage(format!("{place} is no manifest of an export ({error}): choose another --dest"))
    })?;
    let theirs = earlier.what.as_deref().unwrap_or(what);
    if (theirs == WAREHOUSE) != (what == WAREHOUSE) {
        let message = format!("{place} is the manifest of an export of another kind ({theirs}): choose another --dest");
        return Err(CliError::Usage(message));
    }
    Ok(earlier.files.into_iter().filter(|file| is_below(&file.path)).collect())
}

/// Whether a path stays below the folder it is joined to: a manifest must not make smrt remove anything else.
fn is_below(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_manifest_names_only_files_below_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert!(earlier_files(folder.path(), NAME, "readings").unwrap().is_empty());
        let entry = |path: &str| Entry { path: path.into(), rows: 1, sha256: String::new() };
        let mut manifest = Manifest::new("readings", "csv", vec!["year"]);
        manifest.files = ["year=2019/readings.csv", "../x", "/etc/passwd", "a/../../x", ""].map(entry).into();
        fs::write(folder.path().join(NAME), manifest.text().unwrap()).unwrap();
        let paths: Vec<_> =
            earlier_files(folder.path(), NAME, "readings").unwrap().into_iter().map(|file| file.path).collect();
        assert!(earlier_files(folder.path(), NAME, WAREHOUSE).is_err());
        assert_eq!(paths, ["year=2019/readings.csv"]);
        fs::write(folder.path().join(NAME), "{\"name\": \"somebody else's\"}").unwrap();
        assert!(earlier_files(folder.path(), NAME, "readings").is_err());
    }
}
