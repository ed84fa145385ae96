//! `smrt serve`: the HTTP API, the dashboard and metrics.

use crate::{
    args::{LoadArgs, must_exist},
    context::{Context, loading_options},
    exit::{CliError, Outcome},
    verbs::{generate::a_size, watch::watch_options},
};
use clap::ValueEnum;
use serde::{Deserialize, Deserializer, de::Error};
use smrt_server::{Limits, Options, Scope, ServeError, Service, Token};
use smrt_storage::DatabaseUrl;
use std::{
    collections::BTreeMap,
    io::{self, IsTerminal},
    net::{SocketAddr, ToSocketAddrs},
    path::{Path, PathBuf},
    time::Duration,
};
use tracing_subscriber::EnvFilter;

/// Where it listens where nobody says.
const LISTEN: &str = "127.0.0.1:8080";
/// The folder for uploads where none is named.
const UPLOADS: &str = "smrt-uploads";

const EXAMPLES: &str = "\
Examples:
  smrt serve                                     at http://127.0.0.1:8080/ for this machine alone
  smrt serve --watch inbox/ --archive done       load files as they arrive, too
  smrt serve --listen 0.0.0.0:8080               for others: needs a token, see `smrt token --help`
  curl --data-binary @PN000101.SMRT 'http://127.0.0.1:8080/api/v1/files?name=PN000101.SMRT'

Ctrl-C or SIGTERM ends it: the file in hand is finished, or rolled back where that takes too long. docs/service.md has
all of it: tokens, limits, metrics, a unit for systemd.";

/// Answer over HTTP: an API, a dashboard, metrics
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ServeArgs {
    /// Where it listens [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Also load the files of this folder as they arrive
    #[arg(long, value_name = "DIR")]
    watch: Option<PathBuf>,
    /// Where uploaded files are kept [default: smrt-uploads beside the database]
    #[arg(long, value_name = "DIR")]
    uploads: Option<PathBuf>,
    /// Most that an upload may have [default: 2GB]
    #[arg(long, value_name = "SIZE", value_parser = a_size)]
    max_upload: Option<u64>,
    /// How the log is written to stderr [default: text on a terminal, else json]
    #[arg(long, value_enum, value_name = "FORM")]
    log: Option<LogForm>,
    #[command(flatten)]
    load: LoadArgs,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogForm {
    /// For people
    Text,
    /// One object a line
    Json,
}

/// What the configuration says of the service.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ServeConfig {
    pub(crate) listen: Option<String>,
    /// Names by which it is called, besides addresses and localhost.
    pub(crate) hosts: Vec<String>,
    pub(crate) uploads: Option<PathBuf>,
    #[serde(deserialize_with = "crate::config::size")]
    pub(crate) max_upload: Option<u64>,
    pub(crate) connections: Option<u16>,
    pub(crate) readers: Option<u16>,
    pub(crate) waiting_uploads: Option<u16>,
    pub(crate) grace_seconds: Option<u16>,
    pub(crate) log: Option<LogForm>,
    /// Who may do what, by name.
    pub(crate) token: BTreeMap<String, TokenConfig>,
}

/// A token in the configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TokenConfig {
    sha256: String,
    #[serde(deserialize_with = "scopes")]
    scopes: Vec<Scope>,
}

fn scopes<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<Scope>, D::Error> {
    let words = Vec::<String>::deserialize(source)?;
    if words.is_empty() {
        return Err(D::Error::custom("expected at least one of read, ingest and admin"));
    }
    words.iter().map(|word| word.parse().map_err(D::Error::custom)).collect()
}

pub(crate) fn run(args: &ServeArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let config = context.config()?;
    let url = context.database(&config)?;
    let mut ingest = loading_options(&args.load, &config, context.lake(&config, &url))?;
    // Whoever sent a file waits for the answer: better soon that another one writes than never.
    ingest.patience = Duration::from_secs(120);
    let watch = match &args.watch {
        Some(folder) => {
            must_exist(folder)?;
            Some((folder.clone(), watch_options(None, false, &config)))
        }
        None => None,
    };
    let options = Options {
        tokens: tokens(&config.serve)?,
        hosts: config.serve.hosts.clone(),
        uploads: uploads(args, &config.serve, &url),
        watch,
        ingest,
        limits: limits(args, &config.serve),
    };
    let address = address(args.listen.as_deref().or(config.serve.listen.as_deref()).unwrap_or(LISTEN))?;
    log(args.log.or(config.serve.log), context);
    let stop = context.stop();
    let service = Service::bind(address, &url, options)?;
    context.messages().note(&format!("http://{}/ answers; Ctrl-C ends it", service.address()));
    service.run(&stop)?;
    Ok(Outcome::Done)
}

fn tokens(config: &ServeConfig) -> Result<Vec<Token>, CliError> {
    let token = |(name, token): (&String, &TokenConfig)| {
        Token::known_by(name, &token.sha256, token.scopes.clone())
            .map_err(|error| CliError::Usage(format!("[serve.token.{name}] sha256: {error}")))
    };
    config.token.iter().map(token).collect()
}

/// Beside the database, where nobody says.
fn uploads(args: &ServeArgs, config: &ServeConfig, url: &DatabaseUrl) -> PathBuf {
    let beside = url.path().and_then(Path::parent).unwrap_or(Path::new(""));
    args.uploads.clone().or_else(|| config.uploads.clone()).unwrap_or_else(|| beside.join(UPLOADS))
}

fn limits(args: &ServeArgs, config: &ServeConfig) -> Limits {
    let usual = Limits::default();
    let number = |given: Option<u16>, usual: usize| given.map_or(usual, |given| usize::from(given.max(1)));
    Limits {
        upload_bytes: args.max_upload.or(config.max_upload).unwrap_or(usual.upload_bytes),
        connections: number(config.connections, usual.connections),
        readers: number(config.readers, usual.readers),
        uploads: number(config.waiting_uploads, usual.uploads),
        grace: config.grace_seconds.map_or(usual.grace, |seconds| Duration::from_secs(seconds.into())),
        ..usual
    }
}

fn address(text: &str) -> Result<SocketAddr, CliError> {
    let wrong =
        || CliError::Usage(format!("--listen: expected an address and a port such as {LISTEN}, found {text:?}"));
    text.to_socket_addrs().map_err(|_| wrong())?.next().ok_or_else(wrong)
}

/// From here on what happens is logged to stderr.
fn log(form: Option<LogForm>, context: &Context) {
    let level = if context.is_verbose() { "debug" } else { "info" };
    // Libraries below have much to say that nobody here can do anything about.
    let usual = format!("warn,smrt={level},smrt_server={level}");
    let filter = EnvFilter::try_from_env("SMRT_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let for_people = form.map_or_else(|| io::stderr().is_terminal(), |form| form == LogForm::Text);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // A second call in one process finds that there is one already.
    let _ = match for_people {
        true => builder.with_ansi(io::stderr().is_terminal() && crate::messages::colour_wanted()).try_init(),
        false => builder.json().flatten_event(true).try_init(),
    };
}

impl From<ServeError> for CliError {
    fn from(error: ServeError) -> Self {
        match error {
            ServeError::Store(error) => error.into(),
            ServeError::NeedsToken { .. } => {
                Self::Usage(format!("{error}; `smrt token NAME` makes one, or listen on 127.0.0.1"))
            }
            ServeError::NamedNeedsToken { .. } => {
                Self::Usage(format!("{error}; `smrt token NAME` makes one, or list no names under `hosts`"))
            }
            ServeError::Listen { address, source } => Self::Busy(format!("cannot listen on {address}: {source}")),
            ServeError::Uploads { path, source } => Self::Create(path, source),
            ServeError::Start(ref source) => Self::Busy(format!("{error}: {source}")),
        }
    }
}
