//! The service: an HTTP API, a dashboard and metrics over one database, in one process.
//!
//! Requests come in through an accept loop of its own with limits on everything a client can draw out, pass the checks that
//! all must pass, and are answered from declared questions (`endpoint`): from what is kept where the database says that
//! it still holds, else by one of a few connections. Uploads go to the disk and then the way of every file. No SQL and no
//! grammar is known here.
//!
//! ```no_run
//! use smrt_ingest::Stop;
//! use smrt_server::{Options, Service};
//! use smrt_storage::DatabaseUrl;
//!
//! let service = Service::bind("127.0.0.1:8080".parse()?, &DatabaseUrl::sqlite("smrt.db"), Options::default())?;
//! println!("http://{}/", service.address());
//! service.run(&Stop::default())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod accept;
mod api;
mod app;
mod auth;
mod body;
mod cache;
mod clock;
mod dashboard;
mod endpoint;
mod form;
mod guard;
mod metrics;
mod openapi;
pub mod pages;
mod params;
mod pool;
mod problem;
mod respond;
mod router;
mod stall;
mod upload;
mod watched;

pub use auth::{NoHash, Scope, Token, UnknownScope, new_token};

use app::App;
use pool::Pool;
use smrt_ingest::{Stop, WatchOptions};
use smrt_storage::{DatabaseUrl, Store, StoreError};
use std::{
    io,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
    thread,
    time::Duration,
};
use upload::Uploads;

/// How the service works.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who may do what. With none, everybody may do everything, which is for loopback alone.
    pub tokens: Vec<Token>,
    /// Names by which the service may be called, besides addresses and localhost.
    pub hosts: Vec<String>,
    /// Where uploaded files are kept.
    pub uploads: PathBuf,
    /// A folder whose files are loaded as they arrive.
    pub watch: Option<(PathBuf, WatchOptions)>,
    /// How files are taken in, and where the lake is.
    pub ingest: smrt_ingest::Options,
    /// What a client can draw out.
    pub limits: Limits,
}

/// What a client can draw out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Until the head of a request is there, also the first or the next one of a connection.
    pub header_time: Duration,
    /// Until the next bytes of a body come or go.
    pub idle: Duration,
    /// Until a whole upload is there.
    pub upload_time: Duration,
    /// Until a whole answer is sent.
    pub answer_time: Duration,
    /// Bytes of an upload.
    pub upload_bytes: u64,
    /// Open connections.
    pub connections: usize,
    /// Connections to the database for questions.
    pub readers: usize,
    /// Questions that wait for one of them.
    pub waiting: usize,
    /// Uploads that come in or wait to be loaded.
    pub uploads: usize,
    /// How long work in hand may go on when the end is asked for, before it is rolled back.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_time: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            upload_time: Duration::from_secs(3600),
            answer_time: Duration::from_secs(600),
            upload_bytes: 2_000_000_000,
            connections: 1024,
            readers: 4,
            waiting: 256,
            uploads: 16,
            grace: Duration::from_secs(20),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tokens: Vec::new(),
            hosts: Vec::new(),
            uploads: PathBuf::from("smrt-uploads"),
            watch: None,
            ingest: smrt_ingest::Options::default(),
            limits: Limits::default(),
        }
    }
}

/// Why there is no service.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It would be open to everybody who can reach it.
    #[error("{address} can be reached from elsewhere, and no token is set up that would be asked for")]
    NeedsToken {
        /// Where it would listen.
        address: SocketAddr,
    },
    /// It would be open to everybody for whom a proxy asks.
    #[error("others come by the name {host} (`hosts`), and no token is set up that would be asked for")]
    NamedNeedsToken {
        /// The first of the names.
        host: String,
    },
    /// The address is taken, or none of this machine.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where it would listen.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// What came in by halves last time cannot be taken away.
    #[error("cannot clear the folder for uploads {}", path.display())]
    Uploads {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The system gives no threads.
    #[error("cannot start")]
    Start(#[source] io::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A service that has its address and is ready to run.
#[derive(Debug)]
pub struct Service {
    listener: TcpListener,
    address: SocketAddr,
    url: DatabaseUrl,
    options: Options,
}

impl Service {
    /// Opens the database, making its tables on first use, and takes the address.
    ///
    /// # Errors
    /// [`ServeError::NeedsToken`] and [`ServeError::NamedNeedsToken`] where others could reach it and no token is set up; [`ServeError::Listen`] where the
    /// address cannot be had; [`ServeError::Store`] where the database cannot.
    pub fn bind(address: SocketAddr, url: &DatabaseUrl, options: Options) -> Result<Self, ServeError> {
        if !address.ip().is_loopback() && options.tokens.is_empty() {
            return Err(ServeError::NeedsToken { address });
        }
        if let (Some(host), true) = (options.hosts.first(), options.tokens.is_empty()) {
            return Err(ServeError::NamedNeedsToken { host: host.clone() });
        }
        Store::open(url)?;
        let listen = || {
            let listener = TcpListener::bind(address)?;
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let (listener, address) = listen().map_err(|source| ServeError::Listen { address, source })?;
        Ok(Self { listener, address, url: url.clone(), options })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until the end is asked for; then finishes what is in hand, or rolls it back where that takes too long.
    ///
    /// # Errors
    /// When it cannot start.
    pub fn run(self, stop: &Stop) -> Result<(), ServeError> {
        let Self { listener, address, url, options } = self;
        let limits = options.limits;
        let uploads = Uploads::new(options.uploads.clone(), url.clone(), &limits);
        uploads.clear().map_err(|source| ServeError::Uploads { path: options.uploads.clone(), source })?;
        let pool = Pool::new(url.clone(), options.ingest.lake.clone(), limits.readers, limits.waiting);
        let app = Arc::new(App::new(pool, auth::Auth::new(options.tokens.clone()), uploads, &options));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(limits.readers + limits.uploads + 16)
            .enable_all()
            .thread_name("smrt-serve")
            .build()
            .map_err(ServeError::Start)?;
        tracing::info!(address = %address, database = %url, "listening");
        thread::scope(|scope| {
            if let Some((folder, watch)) = &options.watch {
                let (app, url, ingest) = (&app, &url, &options.ingest);
                scope.spawn(move || watched::watch(app, url, folder, ingest, watch, stop));
            }
            runtime.block_on(accept::serve(listener, Arc::clone(&app), stop)).map_err(ServeError::Start)
        })?;
        tracing::info!("ended");
        Ok(())
    }
}
