//! Taking data files away that are nobody's: those that compaction has replaced, and those of loads and compactions that
//! did not come to their end.
//!
//! Both are kept for a while: somebody may be reading by an older list, and a compaction that is running has not listed
//! what it has written. Loads write under the write lock, which is held here.

use super::Attached;
use crate::{IngestError, load::now};
use smrt_core::Dataset;
use smrt_storage::Writer;
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

/// What was taken away, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Files that others have replaced.
    pub replaced: u64,
    /// Files that no list names.
    pub orphans: u64,
    /// Bytes of both.
    pub bytes: u64,
    /// Files that are nobody's and not old enough.
    pub kept: u64,
}

/// Takes away what has been nobody's for at least `grace`; with `dry`, just tells.
///
/// # Errors
/// When the lake or the database cannot be read or written; what was taken away before stays away.
pub fn gc(
    writer: &mut Writer,
    lake: &Attached,
    grace: Duration,
    dry: bool,
    patience: Duration,
) -> Result<Collected, IngestError> {
    // What the log still shows must not go: it catches up first.
    lake.publish(writer)?;
    writer.begin(patience, &mut |_| true)?;
    let result = collect(writer, lake, grace, dry);
    match (&result, dry) {
        (Ok(_), false) => writer.commit()?,
        _ => writer.roll_back()?,
    }
    result
}

fn collect(writer: &mut Writer, lake: &Attached, grace: Duration, dry: bool) -> Result<Collected, IngestError> {
    let mut collected = Collected::default();
    let seconds = i64::try_from(grace.as_secs()).unwrap_or(i64::MAX);
    for dataset in Dataset::ALL {
        if writer.last_publication(dataset)? == 0 {
            continue;
        }
        let lake = lake.lake()?;
        // A file that the log still shows must stay, and stay known, until the log has let it go.
        let published = lake.published(dataset)?.unwrap_or(0);
        let removed_at: BTreeMap<u64, i64> =
            writer.publications_after(dataset, 0)?.into_iter().map(|made| (made.number, made.made_at)).collect();
        let known: BTreeMap<String, Option<u64>> =
            writer.known_data_files(dataset)?.into_iter().map(|known| (known.file.path, known.removed)).collect();
        let mut gone = Vec::new();
        for found in lake.listing(dataset)? {
            let is_old = match known.get(&found.path) {
                Some(None) => continue,
                Some(Some(removed)) => {
                    *removed <= published
                        && removed_at.get(removed).is_some_and(|at| now().saturating_sub(*at) >= seconds)
                }
                None => SystemTime::now().duration_since(found.modified).unwrap_or_default() >= grace,
            };
            if !is_old {
                collected.kept += 1;
                continue;
            }
            collected.bytes += found.size;
            match known.contains_key(&found.path) {
                true => collected.replaced += 1,
                false => collected.orphans += 1,
            }
            gone.push(found.path);
        }
        if !dry {
            lake.delete(dataset, &gone)?;
            writer.forget_data_files(dataset, &gone)?;
        }
    }
    Ok(collected)
}
