//! Which tables are followed: those of the configuration, or one that options describe.

use crate::{config::Config, exit::CliError};
use serde::Deserialize;
use smrt_storage::{DatabaseUrl, FollowedTable, TableName};
use std::collections::BTreeMap;

/// The columns where nothing else is said.
const TIME: &str = "created_at";
const VALUE: &str = "value";
const ZONE: &str = "UTC";

/// A table in the configuration, under its name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct FollowConfig {
    #[serde(deserialize_with = "crate::tables::parsed")]
    source: Option<DatabaseUrl>,
    #[serde(deserialize_with = "crate::tables::parsed")]
    table: Option<TableName>,
    time: Option<String>,
    value: Option<String>,
    keys: Vec<String>,
    zone: Option<String>,
}

/// Which tables are followed, and how.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct FollowArgs {
    /// Names of tables in the configuration [default: all that stand there]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The database that has the table: postgres://… [default: source in the configuration, else SMRT_SOURCE]
    #[arg(long, value_name = "URL")]
    source: Option<String>,
    /// The table, perhaps with its schema: entity, plant.entity, "Odd.Name"
    #[arg(long, value_name = "TABLE")]
    table: Option<TableName>,
    /// The column with the time of a row, a timestamp with or without zone or a date [default: created_at]
    #[arg(long, value_name = "COLUMN")]
    time: Option<String>,
    /// The column with its value, whole or floating-point numbers [default: value]
    #[arg(long, value_name = "COLUMN")]
    value: Option<String>,
    /// A column by which rows are grouped; may be given several times
    #[arg(long = "key", value_name = "COLUMN")]
    keys: Vec<String>,
    /// The zone whose days count where times have a zone [default: UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// What it is called here, and its exported files [default: the table's name]
    #[arg(long = "as", value_name = "NAME", value_parser = a_name)]
    name: Option<String>,
}

/// A name that can be part of the name of a file.
fn a_name(text: &str) -> Result<String, String> {
    let is_name = !text.is_empty() && !text.starts_with('.') && !text.contains(['/', '\\']);
    if is_name && !text.chars().any(char::is_control) {
        Ok(text.into())
    } else {
        Err("expected a name that can be part of the name of a file".into())
    }
}

/// The source that the environment names.
fn from_environment() -> Result<Option<DatabaseUrl>, CliError> {
    match std::env::var("SMRT_SOURCE").ok().filter(|text| !text.is_empty()) {
        Some(text) => text.parse().map(Some).map_err(|error| CliError::Usage(format!("SMRT_SOURCE: {error}"))),
        None => Ok(None),
    }
}

/// A table, and the database that has it.
pub(super) type Followed = (DatabaseUrl, FollowedTable);

impl FollowArgs {
    /// The tables that are meant.
    pub(super) fn tables(&self, config: &Config) -> Result<Vec<Followed>, CliError> {
        if let Some(table) = &self.table {
            let [] = self.names.as_slice() else {
                return Err(CliError::Usage("--table: give a table or names of the configuration, not both".into()));
            };
            let name = self.name.as_deref().unwrap_or(table.table());
            let known = config.warehouse.get(name).cloned().unwrap_or_default();
            return Ok(vec![self.followed(name, &known)?]);
        }
        let chosen: BTreeMap<&String, &FollowConfig> = if self.names.is_empty() {
            config.warehouse.iter().collect()
        } else {
            let find = |name| match config.warehouse.get_key_value(name) {
                Some(found) => Ok(found),
                None => Err(CliError::Usage(format!("the configuration has no [warehouse.{name}]"))),
            };
            self.names.iter().map(find).collect::<Result<_, _>>()?
        };
        if chosen.is_empty() {
            let message = "which table? Give --source and --table, or write [warehouse.NAME] in the configuration";
            return Err(CliError::Usage(message.into()));
        }
        let for_one = [&self.name, &self.time, &self.value, &self.zone].iter().any(|option| option.is_some());
        if chosen.len() > 1 && (for_one || !self.keys.is_empty()) {
            return Err(CliError::Usage("--as, --time, --value, --key and --zone are for one table: name it".into()));
        }
        chosen.into_iter().map(|(name, known)| self.followed(self.name.as_ref().unwrap_or(name), known)).collect()
    }

    /// A table with what options, then the configuration, then custom say of it.
    fn followed(&self, name: &str, known: &FollowConfig) -> Result<Followed, CliError> {
        let name = a_name(name).map_err(|why| CliError::Usage(format!("{name}: {why}; give --as NAME")))?;
        let usage = |what: &str, error: &dyn std::fmt::Display| CliError::Usage(format!("{what}: {error}"));
        let source = match &self.source {
            Some(text) => text.parse().map_err(|error| usage("--source", &error))?,
            None => {
                known.source.clone().map_or_else(from_environment, |source| Ok(Some(source)))?.ok_or_else(|| {
                    CliError::Usage(format!("where is {name}? Give --source, or source in [warehouse.{name}]"))
                })?
            }
        };
        let table = match self.table.as_ref().or(known.table.as_ref()) {
            Some(table) => table.clone(),
            None => name.parse().map_err(|error| usage(&format!("[warehouse.{name}]"), &error))?,
        };
        let or = |option: &Option<String>, known: &Option<String>, custom: &str| {
            option.clone().or_else(|| known.clone()).unwrap_or_else(|| custom.to_owned())
        };
        Ok((
            source,
            FollowedTable {
                table,
                time: or(&self.time, &known.time, TIME),
                value: or(&self.value, &known.value, VALUE),
                keys: if self.keys.is_empty() { known.keys.clone() } else { self.keys.clone() },
                zone: or(&self.zone, &known.zone, ZONE),
                name,
            },
        ))
    }
}
