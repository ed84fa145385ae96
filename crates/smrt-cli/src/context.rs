//! What a verb works with: the resolved settings, the database, where to print and what to say.

use crate::{
    args::{BadRecordRule, Global, LoadArgs, ReadArgs},
    config::Config,
    exit::CliError,
    messages::Messages,
    progress::Progress,
    render::Printer,
    signals::Signals,
};
use smrt_ingest::{
    OnBadRecord, Options, Stop,
    lake::{LakeOptions, Readings},
};
use smrt_parser::Dialect;
use smrt_storage::{DatabaseUrl, Store};
use smrt_views::Series;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// The database where none is named.
const DATABASE: &str = "smrt.db";

/// How long to wait for another process that is writing.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

/// What every verb is given.
pub(crate) struct Context {
    global: Global,
    messages: Messages,
    signals: Signals,
    /// Results go here.
    pub(crate) printer: Printer,
}

impl Context {
    /// As the command line asks.
    pub(crate) fn new(global: &Global) -> Self {
        Self {
            global: global.clone(),
            messages: Messages::new(global),
            signals: Signals::install(),
            printer: Printer::new(global),
        }
    }

    /// What is said on stderr.
    pub(crate) fn messages(&self) -> &Messages {
        &self.messages
    }

    /// A bar, and what prints results while it stands.
    pub(crate) fn progress_and_printer(&mut self) -> (Progress<'_>, &mut Printer) {
        let wanted = self.wants_progress();
        (Progress::new(&self.messages, wanted), &mut self.printer)
    }

    /// Whether more is wanted to be known.
    pub(crate) fn is_verbose(&self) -> bool {
        self.global.verbose
    }

    /// Whether a progress bar is welcome.
    pub(crate) fn wants_progress(&self) -> bool {
        !self.global.no_progress && !self.global.quiet
    }

    /// Makes the first signal ask for the end instead of ending the process.
    pub(crate) fn stop(&self) -> Stop {
        self.signals.graceful()
    }

    /// The configuration. Verbs that need none do not read it, so that a broken one is not in their way.
    pub(crate) fn config(&self) -> Result<Config, CliError> {
        let mut config = Config::load(self.global.config.as_deref())?;
        config.objects = self.global.objects.settings(&config);
        Ok(config)
    }

    /// The database's address: option, environment, configuration, default.
    pub(crate) fn database(&self, config: &Config) -> Result<DatabaseUrl, CliError> {
        match self.global.database.as_deref().filter(|url| !url.is_empty()) {
            Some(url) => url.parse().map_err(|error| CliError::Usage(format!("--database: {error}"))),
            None => Ok(config.database.clone().unwrap_or_else(|| DatabaseUrl::sqlite(DATABASE))),
        }
    }

    /// Which lake goes with a database: option, configuration, else what the database says.
    pub(crate) fn lake(&self, config: &Config, url: &DatabaseUrl) -> LakeOptions {
        let named = self.global.lake.clone().filter(|place| !place.is_empty());
        let folder = |path: &Path| path.parent().filter(|folder| !folder.as_os_str().is_empty()).map(Path::to_owned);
        let readings = match config.lake.readings {
            true => Readings::FromNowOn,
            false if named.is_some() => Readings::IfNew,
            false => Readings::AsBefore,
        };
        LakeOptions {
            readings,
            place: named.or_else(|| config.lake.place.clone()),
            objects: config.objects.clone(),
            beside: url.path().map(|path| folder(path).unwrap_or_else(|| PathBuf::from("."))),
            ..LakeOptions::default()
        }
    }

    /// Opens the database for questions, which all see the state of this moment.
    pub(crate) fn store(&self) -> Result<Store, CliError> {
        let mut store = self.open(&self.database(&self.config()?)?)?;
        store.freeze()?;
        Ok(store)
    }

    /// Opens the database and its lake for questions about series, which all see the state of this moment.
    pub(crate) fn series(&self) -> Result<Series, CliError> {
        let config = self.config()?;
        let lake = self.lake(&config, &self.database(&config)?);
        Ok(Series::new(self.store()?, lake))
    }

    /// Opens the database at an address.
    pub(crate) fn open(&self, url: &DatabaseUrl) -> Result<Store, CliError> {
        self.messages.detail(&format!("database {url}"));
        let store = Store::open(url)?;
        if store.is_new() {
            self.messages.note(&format!("made the database {url}"));
        }
        Ok(store)
    }
}

/// Says what answers took of the lake, to those who want to know.
pub(crate) fn tell_taken(series: &Series, messages: &Messages) {
    if let Some(taken) = series.taken() {
        messages.detail(&format!("read {} bytes in {} files of the lake", taken.bytes_read, taken.files));
    }
}

/// How files are read, from options and configuration.
pub(crate) fn reading_options(args: &ReadArgs, config: &Config) -> Result<Options, CliError> {
    let mut options = Options {
        format: args.format.format,
        parse: smrt_parser::Options {
            excess_decimals: config.excess_decimals,
            dialect: if args.lenient { Dialect::Lenient } else { config.dialect },
            ..smrt_parser::Options::default()
        },
        environment: config.environment,
        precedence: config.precedence,
        ..Options::default()
    };
    if let Some(jobs) = args.jobs.or(config.jobs) {
        options.jobs = usize::from(jobs);
    }
    if let Some(most) = args.max_unpacked.or(config.max_unpacked) {
        options.max_unpacked = most;
    }
    options.s3 = config.objects.clone();
    args.table.apply(config, &mut options)?;
    Ok(options)
}

/// How files are loaded, from options and configuration.
pub(crate) fn loading_options(args: &LoadArgs, config: &Config, lake: LakeOptions) -> Result<Options, CliError> {
    Ok(Options {
        lake,
        on_bad_record: match args.on_bad_record.or(config.on_bad_record) {
            Some(BadRecordRule::Quarantine) => OnBadRecord::Quarantine,
            Some(BadRecordRule::RejectFile) | None => OnBadRecord::RejectFile,
        },
        archive: args.archive.clone().or_else(|| config.archive.clone()),
        quarantine: args.quarantine.clone().or_else(|| config.quarantine.clone()),
        ..reading_options(&args.read, config)?
    })
}

/// Whether a database is a file that does not exist yet.
pub(crate) fn is_absent(url: &DatabaseUrl) -> bool {
    url.path().is_some_and(|path: &Path| !path.exists())
}
