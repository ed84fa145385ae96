//! Why a question has no answer.

use smrt_ingest::IngestError;
use smrt_storage::{StoreError, WarehouseError};
use std::io;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// A part of the question makes no sense.
    #[error("{name}: {message}")]
    Parameter {
        /// Which part.
        name: &'static str,
        /// What was expected and what was found.
        message: String,
    },
    /// No meter or sensor has this code.
    #[error("no meter {code:?} is known{}", did_you_mean(.near))]
    NoMeter {
        /// What was asked for.
        code: String,
        /// Codes that may have been meant.
        near: Vec<String>,
    },
    /// Just the name of a sensor is known.
    #[error("sensor {code:?} has no measurements yet")]
    NothingMeasured {
        /// What was asked for.
        code: String,
    },
    /// A meter or the whole database has no channel of this name.
    #[error("{whose} has no channel {name:?}")]
    NoChannel {
        /// `meter CODE` or `the database`.
        whose: String,
        /// What was asked for.
        name: String,
        /// The names there are.
        names: Vec<String>,
    },
    /// Several channels have an answer where one is wanted.
    #[error("several channels have a reading there: give the channel, one of {}", .names.join(", "))]
    SeveralChannels {
        /// Their names.
        names: Vec<String>,
    },
    /// A meter has no reading at a time.
    #[error("meter {code} has no reading at {time}")]
    NoReading {
        /// The meter.
        code: String,
        /// What was asked for.
        time: String,
    },
    /// A sensor measured nothing at a time.
    #[error("sensor {sensor} measured nothing at {time}{}", nearest(.near))]
    NoMeasurement {
        /// What people call it.
        sensor: String,
        /// What was asked for.
        time: String,
        /// When it measured shortly before and after.
        near: Vec<String>,
    },
    /// The database has no lake, so nothing was measured.
    #[error("the database has no lake yet: nothing was measured")]
    NoLake,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The lake.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// Tables that are followed.
    #[error(transparent)]
    Warehouse(#[from] WarehouseError),
    /// The rows could not be handed over.
    #[error("cannot write the answer: {0}")]
    Output(#[from] io::Error),
}

fn did_you_mean(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!(": did you mean {}?", near.join(" or ")) }
}

fn nearest(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; the nearest are at {}", near.join(" and ")) }
}
