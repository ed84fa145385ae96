//! Making files of this machine last: they and the folders that name them are on the disk before anybody says so.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    thread,
};

/// Files that are synced one by one; for more, the whole file system is asked once. Of 176 files in as many folders one
/// after the other took 110-330 ms, eight at a time 40-220, the file system as a whole 17-28.
const FEW: usize = 16;
/// Files that are synced at the same time: the disk takes several requests together.
const AT_ONCE: usize = 8;

/// Makes a file with some content unless there is one of that name; says whether it did. It appears whole, under its
/// name, when it is on the disk.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    let temporary = written_beside(path, bytes)?;
    let outcome = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    match outcome {
        Ok(()) => sync_folder(folder).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes a file with some content, in place of one of that name.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    let temporary = written_beside(path, bytes)?;
    fs::rename(&temporary, path)?;
    sync_folder(folder)
}

fn written_beside(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let name = format!(".{}.tmp", uuid::Uuid::new_v4().simple());
    let temporary = path.with_file_name(name);
    let mut file = File::create_new(&temporary)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })?;
    Ok(temporary)
}

/// Makes a folder with all above it; each is on the disk under its name.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let around = folder.parent().unwrap_or(Path::new("."));
    make_folder(around)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(around),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

/// Returns when files below a root are on the disk with all folders up to and around the root.
pub(crate) fn sync(root: &Path, files: &[PathBuf]) -> Result<(), (PathBuf, io::Error)> {
    if files.is_empty() {
        return Ok(());
    }
    if files.len() > FEW && sync_file_systems(root, files)? {
        return Ok(());
    }
    let mut folders = BTreeSet::new();
    for file in files {
        folders.extend(file.ancestors().skip(1).take_while(|folder| folder.starts_with(root)).map(Path::to_owned));
    }
    if let Some(around) = root.parent() {
        folders.insert(around.to_owned());
    }
    // A folder is of use only with what it names, so the files come first.
    together(files, |file| File::open(file)?.sync_all())?;
    together(&folders.into_iter().collect::<Vec<_>>(), sync_folder)
}

/// Asks each file system that holds one of the files to write all it has; says whether the machine knows how to.
#[cfg(target_os = "linux")]
fn sync_file_systems(root: &Path, files: &[PathBuf]) -> Result<bool, (PathBuf, io::Error)> {
    use std::os::linux::fs::MetadataExt;
    let mut one_of_each = std::collections::BTreeMap::new();
    // The root as well: a table may be a link to a larger disk, and the link must last, too.
    for path in files.iter().map(PathBuf::as_path).chain([root]) {
        let device = fs::metadata(path).map_err(|error| (path.to_owned(), error))?.st_dev();
        one_of_each.entry(device).or_insert(path);
    }
    for path in one_of_each.into_values() {
        let told = File::open(path).and_then(|file| Ok(rustix::fs::syncfs(file)?));
        told.map_err(|error| (path.to_owned(), error))?;
    }
    Ok(true)
}

#[cfg(not(target_os = "linux"))]
fn sync_file_systems(_: &Path, _: &[PathBuf]) -> Result<bool, (PathBuf, io::Error)> {
    Ok(false)
}

fn together(
    paths: &[PathBuf],
    sync: impl Fn(&Path) -> io::Result<()> + Copy + Send,
) -> Result<(), (PathBuf, io::Error)> {
    let share = paths.len().div_ceil(AT_ONCE).max(1);
    let one = move |path: &PathBuf| sync(path).map_err(|error| (path.clone(), error));
    thread::scope(|scope| {
        let shares = paths.chunks(share).map(|share| scope.spawn(move || share.iter().try_for_each(one)));
        let shares: Vec<_> = shares.collect();
        let gone = || Err((PathBuf::new(), io::Error::other("a thread that wrote to the disk ended early")));
        shares.into_iter().try_for_each(|share| share.join().unwrap_or_else(|_| gone()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_that_create_one_wins_and_nothing_is_left_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.json");
        assert!(create(&path, b"first").unwrap());
        assert!(!create(&path, b"second").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"first");
        replace(&path, b"third").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"third");
        assert_eq!(fs::read_dir(folder.path().join("a")).unwrap().count(), 1);
    }

    #[test]
    fn few_and_many_files_are_synced_and_one_that_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for count in [1, 5, 40] {
            let files: Vec<PathBuf> = (0..count).map(|n| folder.path().join(format!("{n}"))).collect();
            files.iter().for_each(|file| fs::write(file, "x").unwrap());
            sync(folder.path(), &files).unwrap();
        }
        let missing = folder.path().join("missing");
        assert_eq!(sync(folder.path(), std::slice::from_ref(&missing)).unwrap_err().0, missing);
        let many: Vec<PathBuf> = (0..40).map(|n| folder.path().join(format!("{n}"))).chain([missing.clone()]).collect();
        assert_eq!(sync(folder.path(), &many).unwrap_err().0, missing);
    }
}
