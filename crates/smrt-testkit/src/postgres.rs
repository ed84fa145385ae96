//! A throw-away Postgres: one server for each test process, an empty database for each test.
//!
//! The server's own programs are looked for on this machine; where there are none, [`database`] says so loudly and
//! gives `None`, and the test ends there. With `SMRT_TEST_POSTGRES=require` in the environment that is a failure, so
//! that a build that must test Postgres cannot skip it unseen. The server listens on a socket in a temporary folder
//! only. It is stopped by a watchdog, a shell that outlives the test process however that ends.

use crate::process::watchdog;
use std::{
    ffi::OsStr,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio, id},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// The environment variable that decides whether tests may go without Postgres.
const DEMAND: &str = "SMRT_TEST_POSTGRES";

/// A server of this test process.
#[derive(Debug)]
struct Server {
    programs: PathBuf,
    folder: PathBuf,
    /// Kept, so that nobody believes it is forgotten: it ends after this process.
    watchdog: Option<Child>,
}

/// The address of a new, empty database, or `None` where there is no Postgres on this machine.
///
/// # Panics
/// When there are programs of a Postgres but they do not work, and when there are none although
/// `SMRT_TEST_POSTGRES=require`.
pub fn database() -> Option<String> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    static DATABASES: AtomicU32 = AtomicU32::new(0);
    let server = SERVER.get_or_init(|| programs().map(Server::start)).as_ref();
    let Some(server) = server else {
        assert!(std::env::var(DEMAND).as_deref() != Ok("require"), "{DEMAND}=require, but no Postgres was found");
        say("no Postgres was found: NOT TESTED on Postgres");
        return None;
    };
    let name = format!("test{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    server.run("psql", ["--quiet", "--command", &format!("CREATE DATABASE {name}"), "postgres"]);
    Some(server.url(&name))
}

/// Runs SQL on a database of [`database`], and gives what it answers with: a line a row, `|` between columns.
///
/// # Panics
/// When the database refuses it.
pub fn ask(url: &str, sql: &str) -> String {
    let psql = programs().expect("the programs of Postgres").join("psql");
    let mut command = Command::new(psql);
    command.args([
        "--no-psqlrc",
        "--quiet",
        "--tuples-only",
        "--no-align",
        "--set=ON_ERROR_STOP=1",
        "--command",
        sql,
        url,
    ]);
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().expect("psql");
    assert!(status.success(), "{sql}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8_lossy(&stdout).trim_end().to_owned()
}

/// The folder with the programs of the newest Postgres on this machine.
fn programs() -> Option<PathBuf> {
    let complete = |folder: &PathBuf| ["initdb", "pg_ctl", "psql"].iter().all(|name| folder.join(name).is_file());
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    versions.into_iter().rev().map(|(_, folder)| folder).chain(std::env::split_paths(&path)).find(complete)
}

impl Server {
    fn start(programs: PathBuf) -> Self {
        let folder = tempfile::Builder::new().prefix("smrt-postgres-").tempdir().expect("a temporary folder").keep();
        let mut server = Self { programs, folder, watchdog: None };
        if is_root() {
            check(Command::new("chown").arg("postgres").arg(&server.folder));
        }
        // The watchdog comes first: whatever happens next, nothing is left behind.
        server.watchdog = Some(server.watch());
        server.run(
            "initdb",
            [
                "--pgdata".as_ref(),
                server.data().as_os_str(),
                "--username=postgres".as_ref(),
                "--auth=trust".as_ref(),
                "--encoding=UTF8".as_ref(),
                "--locale=C.UTF-8".as_ref(),
                "--no-sync".as_ref(),
            ],
        );
        let settings = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c max_connections=200 -c shared_buffers=64MB \
             -c max_wal_size=2GB",
            server.folder.display()
        );
        let log = server.folder.join("log");
        server.run(
            "pg_ctl",
            [
                "start".as_ref(),
                "--wait".as_ref(),
                "--silent".as_ref(),
                "--pgdata".as_ref(),
                server.data().as_os_str(),
                "--log".as_ref(),
                log.as_os_str(),
                "--options".as_ref(),
                settings.as_ref(),
            ],
        );
        server
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn url(&self, database: &str) -> String {
        // A folder in an address is written with its slashes escaped.
        let host = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{host}/{database}")
    }

    /// Runs a program of the server, as the user it must not be root for.
    fn run<A: AsRef<OsStr>>(&self, program: &str, arguments: impl IntoIterator<Item = A>) {
        let mut command = self.as_owner(self.programs.join(program));
        check(command.args(arguments));
    }

    fn as_owner(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.env("PGHOST", &self.folder).env("PGUSER", "postgres").current_dir(&self.folder);
        command
    }

    /// Starts the shell that stops the server and clears its folder once this process is gone, killed or not.
    fn watch(&self) -> Child {
        const SCRIPT: &str = "process=$1 folder=$2; shift 2; \
             while kill -0 \"$process\" 2>/dev/null; do sleep 0.3; done; \"$@\"; cd /; rm -rf \"$folder\"";
        let mut stop = self.as_owner(self.programs.join("pg_ctl"));
        stop.args(["stop", "--silent", "--mode=immediate", "--pgdata"]).arg(self.data());
        // The shell itself keeps this process's user: another's may not ask whether this process lives.
        watchdog(SCRIPT)
            .arg(id().to_string())
            .arg(&self.folder)
            .arg(stop.get_program())
            .args(stop.get_args())
            .current_dir("/")
            .stdin(Stdio::null())
            .spawn()
            .expect("a shell")
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(Path::new("/proc/self")).is_ok_and(|me| me.uid() == 0)
}

/// Runs a command to its end and shows what it said if it fails.
fn check(command: &mut Command) {
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().expect("a command that starts");
    assert!(
        status.success(),
        "{command:?}: {status}\n{}{}",
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr)
    );
}

/// Past the capture of test output: who skips a test must be heard.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "\n*** {line} ***\n");
}
