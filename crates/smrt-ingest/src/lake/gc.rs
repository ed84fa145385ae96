//! Taking data files away that are nobody's: those that compaction has replaced, and those of loads and compactions that
//! did not come to their end.
//!
//! Both are kept for a while: somebody may be reading by an older list, and a compaction that is running has not listed
//! what it has written. Loads write under the write lock, which is held here.

use super::Attached;
use crate::{IngestError, load::now};
use smrt_core::Dataset;
use smrt_lake::{Lake, Listed};
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
    let mut tables = Vec::new();
    for dataset in Dataset::ALL {
        if writer.last_publication(dataset)? > 0 {
            tables.push(Table::look(lake.lake()?, dataset)?);
        }
    }
    // What was there before the lock is nobody's only if nobody has listed it until now.
    writer.begin(patience, &mut |_| true)?;
    let mut collected = Collected::default();
    let result = tables.iter().try_for_each(|table| table.collect(writer, lake.lake()?, grace, dry, &mut collected));
    match (&result, dry) {
        (Ok(()), false) => writer.commit()?,
        _ => writer.roll_back()?,
    }
    result.map(|()| collected)
}

/// What is there of one table. Looking takes long where there is much, so it is done while others may write.
struct Table {
    dataset: Dataset,
    /// Number of the last publication that the log shows.
    published: u64,
    there: Vec<Listed>,
}

impl Table {
    fn look(lake: &Lake, dataset: Dataset) -> Result<Self, IngestError> {
        Ok(Self { dataset, published: lake.published(dataset)?.unwrap_or(0), there: lake.listing(dataset)? })
    }

    fn collect(
        &self,
        writer: &mut Writer,
        lake: &Lake,
        grace: Duration,
        dry: bool,
        collected: &mut Collected,
    ) -> Result<(), IngestError> {
        let seconds = i64::try_from(grace.as_secs()).unwrap_or(i64::MAX);
        let publications = writer.publications_after(self.dataset, 0)?;
        let removed_at: BTreeMap<u64, i64> = publications.iter().map(|made| (made.number, made.made_at)).collect();
        let known = writer.known_data_files(self.dataset)?;
        let mut known: BTreeMap<String, Option<u64>> =
            known.into_iter().map(|known| (known.file.path, known.removed)).collect();
        // A file that the log still shows must stay, and stay known, until the log has let it go.
        let may_go = |removed: u64| {
            removed <= self.published && removed_at.get(&removed).is_some_and(|at| now().saturating_sub(*at) >= seconds)
        };
        let mut gone = Vec::new();
        for found in &self.there {
            let listed = known.remove(&found.path);
            let is_old = match listed {
                Some(None) => continue,
                Some(Some(removed)) => may_go(removed),
                None => SystemTime::now().duration_since(found.modified).unwrap_or_default() >= grace,
            };
            if !is_old {
                collected.kept += 1;
                continue;
            }
            collected.bytes += found.size;
            match listed {
                Some(_) => collected.replaced += 1,
                None => collected.orphans += 1,
            }
            gone.push(found.path.clone());
        }
        if !dry {
            lake.delete(self.dataset, &gone)?;
            // Some were taken away by one that died before it could say so.
            gone.extend(known.into_iter().filter(|(_, removed)| removed.is_some_and(may_go)).map(|(path, _)| path));
            writer.forget_data_files(self.dataset, &gone)?;
        }
        Ok(())
    }
}
