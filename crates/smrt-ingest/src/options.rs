//! How to take files in.

use crate::lake::LakeOptions;
use smrt_core::Environment;
use smrt_parser::Format;
use smrt_storage::Precedence;
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// What to do with a file that has a bad record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnBadRecord {
    /// Refuse the whole file.
    #[default]
    RejectFile,
    /// Load the good records and keep each refused line with its reason. A file with a bad header or trailer is
    /// refused all the same.
    Quarantine,
}

/// How to take files in.
#[derive(Clone, Debug)]
pub struct Options {
    /// The format of all files; else each is recognised by itself.
    pub format: Option<Format>,
    /// How to read values.
    pub parse: smrt_parser::Options,
    /// What a bad record means for its file.
    pub on_bad_record: OnBadRecord,
    /// Take just files of this environment and refuse the others.
    pub environment: Option<Environment>,
    /// Which of two values for one channel and time stays.
    pub precedence: Precedence,
    /// Where loaded files are moved.
    pub archive: Option<PathBuf>,
    /// Where refused files are moved, with their findings beside them.
    pub quarantine: Option<PathBuf>,
    /// Whether files are hashed. A load needs it; what is just looked at or passed through does not.
    pub hash: bool,
    /// How many files are read at once.
    pub jobs: usize,
    /// Most bytes that an archive or a packed file may hold unpacked.
    pub max_unpacked: u64,
    /// What files that are named are known as, where they were found below a folder before.
    pub known_as: BTreeMap<PathBuf, String>,
    /// What standard input is called; else it gets a name of its own at every run.
    pub stdin_name: Option<String>,
    /// Which lake measurements go to.
    pub lake: LakeOptions,
    /// How to reach stores of objects.
    pub s3: smrt_objects::Settings,
    /// How long and how often stores of objects are asked.
    pub s3_limits: smrt_objects::Limits,
    /// How long to wait for another process that is writing.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: None,
            parse: smrt_parser::Options::default(),
            on_bad_record: OnBadRecord::default(),
            environment: None,
            precedence: Precedence::default(),
            archive: None,
            quarantine: None,
            hash: true,
            jobs: std::thread::available_parallelism().map_or(2, usize::from),
            max_unpacked: 16_000_000_000,
            known_as: BTreeMap::new(),
            stdin_name: None,
            lake: LakeOptions::default(),
            s3: smrt_objects::Settings::default(),
            s3_limits: smrt_objects::Limits::default(),
            patience: Duration::from_secs(600),
        }
    }
}
