//! `smrt.toml`: what somebody wants every time, without typing it.
//!
//! Every key is optional, an unknown one is refused, and a problem is told with file, line and key. Relative paths are
//! relative to the folder of the file. Options on the command line win.

use crate::{
    args::{BadRecordRule, MOST_JOBS},
    exit::CliError,
    objects::ObjectConfig,
    tables::TableArgs,
    verbs::{generate::a_size, serve::ServeConfig, warehouse::FollowConfig},
};
use serde::{Deserialize, Deserializer, de::Error};
use smrt_core::{Environment, ExcessDecimals};
use smrt_objects::Settings;
use smrt_parser::Dialect;
use smrt_storage::{DatabaseUrl, Precedence};
use std::{
    collections::BTreeMap,
    io,
    ops::Range,
    path::{Path, PathBuf},
};

/// The file that is read where none is named.
const DEFAULT: &str = "smrt.toml";

/// What the configuration says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Config {
    #[serde(deserialize_with = "crate::tables::parsed")]
    pub(crate) database: Option<DatabaseUrl>,
    #[serde(deserialize_with = "environment")]
    pub(crate) environment: Option<Environment>,
    #[serde(deserialize_with = "precedence")]
    pub(crate) precedence: Precedence,
    #[serde(deserialize_with = "excess_decimals")]
    pub(crate) excess_decimals: ExcessDecimals,
    pub(crate) on_bad_record: Option<BadRecordRule>,
    pub(crate) archive: Option<PathBuf>,
    pub(crate) quarantine: Option<PathBuf>,
    #[serde(deserialize_with = "jobs")]
    pub(crate) jobs: Option<u16>,
    #[serde(deserialize_with = "dialect")]
    pub(crate) dialect: Dialect,
    #[serde(deserialize_with = "size")]
    pub(crate) max_unpacked: Option<u64>,
    pub(crate) watch: Watch,
    /// How it answers over HTTP.
    pub(crate) serve: ServeConfig,
    pub(crate) lake: Lake,
    /// How stores of objects are reached.
    pub(crate) s3: ObjectConfig,
    /// The same together with options and environment.
    #[serde(skip)]
    pub(crate) objects: Settings,
    /// Tables of other databases that are followed, by name.
    pub(crate) warehouse: BTreeMap<String, FollowConfig>,
    /// How tables of some kind are read, by name.
    pub(crate) profile: BTreeMap<String, TableArgs>,
}

/// How a folder is watched.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Watch {
    pub(crate) settle_seconds: Option<u32>,
    pub(crate) rescan_seconds: Option<u32>,
    pub(crate) unfinished_seconds: Option<u32>,
}

/// Where measurements go.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Lake {
    /// A folder, or the address of an object store.
    pub(crate) place: Option<String>,
    /// Whether the readings of meters are kept there, too.
    pub(crate) readings: bool,
}

impl Config {
    /// Reads the named file, else `smrt.toml` if it is there.
    pub(crate) fn load(named: Option<&Path>) -> Result<Self, CliError> {
        let path = named.unwrap_or(Path::new(DEFAULT));
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, path),
            Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => Ok(Self::default()),
            Err(error) => Err(CliError::Usage(format!("cannot read the configuration {}: {error}", path.display()))),
        }
    }

    fn parse(text: &str, path: &Path) -> Result<Self, CliError> {
        let mut config: Self = toml::from_str(text).map_err(|error| {
            let place = error.span().map_or_else(String::new, |span| place(text, span));
            let message = error.message().trim().replace('\n', ", ");
            CliError::Usage(format!("{}{place}: {message}", path.display()))
        })?;
        config.root_at(path.parent().unwrap_or(Path::new("")));
        Ok(config)
    }

    /// Makes relative paths relative to `folder`.
    fn root_at(&mut self, folder: &Path) {
        for path in [&mut self.archive, &mut self.quarantine, &mut self.serve.uploads].into_iter().flatten() {
            *path = folder.join(&*path);
        }
        if let Some(place) = self.lake.place.as_mut().filter(|place| !place.contains("://")) {
            *place = folder.join(&*place).to_string_lossy().into_owned();
        }
        if let Some(path) = self.database.as_ref().and_then(DatabaseUrl::path) {
            self.database = Some(DatabaseUrl::sqlite(folder.join(path)));
        }
    }
}

/// `:line: key`, the key as far as the line shows one.
fn place(text: &str, span: Range<usize>) -> String {
    let before = text.get(..span.start).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let number = before.matches('\n').count() + 1;
    match line.split_once('=') {
        Some((key, _)) => format!(":{number}: {}", key.trim()),
        None => format!(":{number}"),
    }
}

fn jobs<'de, D: Deserializer<'de>>(source: D) -> Result<Option<u16>, D::Error> {
    let found = i64::deserialize(source)?;
    let jobs = u16::try_from(found).ok().filter(|jobs| (1..=MOST_JOBS).contains(jobs));
    jobs.map(Some).ok_or_else(|| D::Error::custom(format!("expected a number from 1 to {MOST_JOBS}, found {found}")))
}

/// A value that is one of a few words.
fn word<'de, D: Deserializer<'de>, T: Copy>(source: D, words: &[(&str, T)]) -> Result<T, D::Error> {
    let found = String::deserialize(source)?;
    words.iter().find(|(word, _)| *word == found).map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<_> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
        D::Error::custom(format!("expected {}, found {found:?}", known.join(" or ")))
    })
}

/// A size in bytes, such as `2GB`.
pub(crate) fn size<'de, D: Deserializer<'de>>(source: D) -> Result<Option<u64>, D::Error> {
    a_size(&String::deserialize(source)?).map(Some).map_err(D::Error::custom)
}

fn dialect<'de, D: Deserializer<'de>>(source: D) -> Result<Dialect, D::Error> {
    word(source, &[("strict", Dialect::Strict), ("lenient", Dialect::Lenient)])
}

fn environment<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Environment>, D::Error> {
    let known = [Environment::Production, Environment::Development].map(|known| (known.as_str(), known));
    word(source, &known).map(Some)
}

fn precedence<'de, D: Deserializer<'de>>(source: D) -> Result<Precedence, D::Error> {
    word(source, &[("received", Precedence::Received), ("created", Precedence::Created)])
}

fn excess_decimals<'de, D: Deserializer<'de>>(source: D) -> Result<ExcessDecimals, D::Error> {
    word(source, &[("refuse", ExcessDecimals::Refuse), ("round-half-even", ExcessDecimals::RoundHalfEven)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        Config::parse(text, Path::new("smrt.toml")).unwrap_err().to_string()
    }

    #[test]
    fn every_key_is_read() {
        let text = r#"
            database = "sqlite://data/gas.db"
            environment = "production"
            precedence = "created"
            excess-decimals = "round-half-even"
            on-bad-record = "quarantine"
            archive = "done"
            quarantine = "/bad"
            jobs = 2
            dialect = "lenient"
            max-unpacked = "2GB"
            [watch]
            settle-seconds = 3
            rescan-seconds = 60
            unfinished-seconds = 600
            [lake]
            place = "lake"
            readings = true
        "#;
        let config = Config::parse(text, Path::new("/etc/gas/smrt.toml")).unwrap();
        assert_eq!(config.database.unwrap().path(), Some(Path::new("/etc/gas/data/gas.db")));
        assert_eq!(config.environment, Some(Environment::Production));
        assert_eq!(config.precedence, Precedence::Created);
        assert_eq!(config.excess_decimals, ExcessDecimals::RoundHalfEven);
        assert_eq!(config.on_bad_record, Some(BadRecordRule::Quarantine));
        assert_eq!(config.archive.as_deref(), Some(Path::new("/etc/gas/done")));
        assert_eq!(config.quarantine.as_deref(), Some(Path::new("/bad")));
        assert_eq!(config.jobs, Some(2));
        assert_eq!((config.dialect, config.max_unpacked), (Dialect::Lenient, Some(2_000_000_000)));
        assert_eq!(config.watch.settle_seconds, Some(3));
        assert_eq!((config.lake.place.as_deref(), config.lake.readings), (Some("/etc/gas/lake"), true));
    }

    #[test]
    fn what_the_documentation_shows_is_read() {
        let page = include_str!("../../../docs/configuration.md");
        let text = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let config = Config::parse(text, Path::new("/etc/smrt.toml")).unwrap();
        assert_eq!(config.serve.token.len(), 1);
        assert_eq!(config.serve.uploads.as_deref(), Some(Path::new("/etc/smrt-uploads")));
        assert_eq!(config.serve.max_upload, Some(2_000_000_000));
    }

    #[test]
    fn a_problem_names_file_line_and_key() {
        for (text, begin, part) in [
            ("\ndatabse = \"x\"", "smrt.toml:2: databse: ", "unknown field"),
            ("jobs = \"x\"", "smrt.toml:1: jobs: ", "string"),
            ("jobs = 0", "smrt.toml:1: jobs: ", "expected a number from 1 to 256, found 0"),
            ("environment = \"test\"", "smrt.toml:1: environment: ", "expected \"production\" or \"development\""),
            ("database = \"mysql://x\"", "smrt.toml:1: database: ", "mysql"),
            ("[watch]\nsettle = 1", "smrt.toml:2: settle: ", "unknown field"),
            ("on-bad-record = \"drop\"", "smrt.toml:1: on-bad-record: ", "reject-file"),
            ("dialect = \"loose\"", "smrt.toml:1: dialect: ", "expected \"strict\" or \"lenient\""),
            ("max-unpacked = \"much\"", "smrt.toml:1: max-unpacked: ", "expected a size"),
            ("precedence =", "smrt.toml:1: precedence: ", ""),
        ] {
            let problem = problem(text);
            assert!(problem.starts_with(begin) && problem.contains(part), "{text:?}: {problem}");
        }
    }
}
