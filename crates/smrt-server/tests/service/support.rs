//! Throw-away services, a client that can misbehave, and files to send.

use serde_json::Value;
use smrt_ingest::{Quiet, Stop, ingest, lake::LakeOptions};
use smrt_server::{Limits, Options, Service};
use smrt_storage::{DatabaseUrl, Store};
pub(crate) use smrt_testkit::samples::{day, smrt};
use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    path::PathBuf,
    sync::OnceLock,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A client that waits longer than this for anything has failed.
const LONGEST: Duration = Duration::from_secs(15);

/// As little as a test can wait for.
pub(crate) const SHORT: Limits = Limits {
    header_time: Duration::from_millis(800),
    idle: Duration::from_millis(500),
    upload_time: Duration::from_secs(2),
    answer_time: Duration::from_secs(10),
    upload_bytes: 1 << 20,
    connections: 400,
    readers: 2,
    waiting: 20,
    uploads: 3,
    grace: Duration::from_secs(2),
};

/// A folder with a database, and what a service over it is like.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) url: DatabaseUrl,
    pub(crate) options: Options,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("smrt.db"));
        let mut options = Options { uploads: folder.path().join("uploads"), limits: SHORT, ..Options::default() };
        options.ingest.lake = LakeOptions { beside: Some(folder.path().to_owned()), ..LakeOptions::default() };
        options.ingest.patience = Duration::from_secs(1);
        Self { folder, url, options }
    }

    /// A place whose database has so many readings of the meter `0000000001` that they come as a stream.
    pub(crate) fn large() -> Self {
        static DATABASE: OnceLock<Vec<u8>> = OnceLock::new();
        let place = Self::new();
        let path = place.path("smrt.db");
        let database = DATABASE.get_or_init(|| {
            let made = Self::new();
            made.load("PN000001.SMRT", &hours("PN000001", 60_000));
            fs::read(made.path("smrt.db")).unwrap()
        });
        fs::write(path, database).unwrap();
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn store(&self) -> Store {
        Store::open(&self.url).unwrap()
    }

    /// Loads a file beside any service, as another process would.
    pub(crate) fn load(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        let mut writer = self.store().writer().unwrap();
        let report = ingest(&mut writer, &[path], &self.options.ingest, &Stop::default(), &Quiet).unwrap();
        assert_eq!(report.totals().loaded, 1, "{:?}", report.files);
    }

    /// Starts a service.
    pub(crate) fn serve(&self) -> Running {
        self.serve_with(|_| {})
    }

    /// Starts a service with other options.
    pub(crate) fn serve_with(&self, change: impl FnOnce(&mut Options)) -> Running {
        let mut options = self.options.clone();
        change(&mut options);
        let service = Service::bind("127.0.0.1:0".parse().unwrap(), &self.url, options).unwrap();
        let (address, stop) = (service.address(), Stop::default());
        let asked = stop.clone();
        let thread = thread::spawn(move || service.run(&asked).unwrap());
        Running { address, stop, thread: Some(thread) }
    }

    /// Every promise of the database holds.
    pub(crate) fn assert_sound(&self) {
        for check in self.store().doctor().unwrap() {
            assert!(check.ok, "{}: {}", check.name, check.detail);
        }
    }

    /// The names and statuses of the files that the database knows, in order.
    pub(crate) fn ledger(&self) -> Vec<String> {
        let files = self.store().files(&smrt_storage::FileFilter::default()).unwrap();
        let mut names: Vec<_> = files.iter().map(|file| format!("{} {}", file.name, file.status.as_str())).collect();
        names.sort();
        names
    }

    /// What has come in by halves and lies there still.
    pub(crate) fn incoming(&self) -> usize {
        fs::read_dir(self.options.uploads.join(".incoming")).map_or(0, Iterator::count)
    }
}

/// A service that runs until it is dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    pub(crate) fn get_with(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, fields, b"")
    }

    /// Uploads a file.
    pub(crate) fn upload(&self, name: &str, bytes: impl AsRef<[u8]>) -> Answer {
        self.ask("POST", &format!("/api/v1/files?name={name}"), &[], bytes.as_ref())
    }

    /// Asks on a connection of its own.
    pub(crate) fn ask(&self, method: &str, path: &str, fields: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut wire = self.connect();
        wire.send(request(self.address, method, path, fields, body));
        let answer = if method == "HEAD" { wire.head() } else { wire.answer() };
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    pub(crate) fn connect(&self) -> Wire {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(LONGEST)).unwrap();
        stream.set_write_timeout(Some(LONGEST)).unwrap();
        Wire { stream: BufReader::new(stream), begun: Instant::now() }
    }

    /// Sends bytes as they are and gives the answer.
    pub(crate) fn raw(&self, bytes: impl AsRef<[u8]>) -> io::Result<Answer> {
        let mut wire = self.connect();
        wire.send(bytes);
        wire.answer()
    }

    /// A figure of `/metrics`; 0 where it is not there.
    pub(crate) fn figure(&self, name: &str) -> f64 {
        let answer = self.get("/metrics");
        assert_eq!(answer.status, 200);
        let text = answer.text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    }

    /// Waits until something is so.
    pub(crate) fn wait_until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let until = Instant::now() + LONGEST;
        while !is_so(self) {
            assert!(Instant::now() < until, "{what}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks for the end; how long it took.
    pub(crate) fn end(mut self) -> Duration {
        let begun = Instant::now();
        self.stop.request();
        self.thread.take().unwrap().join().unwrap();
        begun.elapsed()
    }

    /// Asks for the end and does not wait for it.
    pub(crate) fn begin_end(&self) {
        self.stop.request();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.request();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the service failed");
        }
    }
}

/// A request as it goes over the wire.
pub(crate) fn request(address: SocketAddr, method: &str, path: &str, fields: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\n");
    if !fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str(&format!("Host: {address}\r\n"));
    }
    if !body.is_empty() || method == "POST" {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    for (name, value) in fields {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

/// The head of an upload whose body is still to come.
pub(crate) fn upload_head(name: &str, length: usize) -> String {
    format!("POST /api/v1/files?name={name} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n")
}

/// A connection of a client that says what it wants when it wants.
pub(crate) struct Wire {
    pub(crate) stream: BufReader<TcpStream>,
    begun: Instant,
}

impl Wire {
    /// Sends bytes; whether anybody takes them is seen when the answer is read.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.get_mut().write_all(bytes.as_ref()).is_ok()
    }

    /// Reads an answer to its end.
    pub(crate) fn answer(&mut self) -> io::Result<Answer> {
        let mut answer = self.head()?;
        if answer.status / 100 == 1 || matches!(answer.status, 204 | 304) {
            return Ok(answer);
        }
        if answer.field("transfer-encoding") == Some("chunked") {
            loop {
                let size = self.line()?;
                let size = usize::from_str_radix(&size, 16).map_err(io::Error::other)?;
                let begun = answer.body.len();
                answer.body.resize(begun + size, 0);
                self.stream.read_exact(&mut answer.body[begun..])?;
                self.line()?;
                if size == 0 {
                    return Ok(answer);
                }
            }
        }
        match answer.field("content-length").and_then(|length| length.parse().ok()) {
            Some(length) => {
                answer.body.resize(length, 0);
                self.stream.read_exact(&mut answer.body)?;
            }
            None => drop(self.stream.read_to_end(&mut answer.body)?),
        }
        Ok(answer)
    }

    /// Reads the head of an answer.
    pub(crate) fn head(&mut self) -> io::Result<Answer> {
        let first = self.line()?;
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no status: {first:?}")))?;
        let mut fields = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(Answer { status, fields, body: Vec::new() });
            }
            let (name, value) = line.split_once(':').ok_or_else(|| io::Error::other("no field"))?;
            fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line)?;
        let line = line.strip_suffix(b"\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        String::from_utf8(line.to_vec()).map_err(io::Error::other)
    }

    /// Reads what is left until the other side closes.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Err(error) if error.kind() != io::ErrorKind::ConnectionReset => panic!("it is not closed: {error}"),
            _ => rest,
        }
    }

    /// Reads until the other side closes; how long after the connection was made that was.
    pub(crate) fn closed(&mut self) -> Duration {
        self.rest();
        self.begun.elapsed()
    }

    /// Whether the other side has closed it, or sent anything.
    pub(crate) fn is_quiet(&self) -> bool {
        let stream = self.stream.get_ref();
        stream.set_nonblocking(true).unwrap();
        let found = stream.peek(&mut [0]);
        stream.set_nonblocking(false).unwrap();
        matches!(found, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Closes it, or one direction of it.
    pub(crate) fn shut(&self, how: Shutdown) {
        self.stream.get_ref().shutdown(how).unwrap();
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The text of the body, unpacked where it is packed.
    pub(crate) fn unpacked(&self) -> String {
        let mut text = String::new();
        match self.field("content-encoding") {
            Some("gzip") => drop(flate2::read::GzDecoder::new(&self.body[..]).read_to_string(&mut text).unwrap()),
            _ => text = self.text(),
        }
        text
    }

    /// It is a problem of this kind, in the form that all have.
    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16, kind: &str) {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{body}");
        assert_eq!(self.field("content-type"), Some("application/problem+json"), "{body}");
        let problem = self.json();
        assert_eq!(problem["type"], format!("urn:smrt:problem:{kind}"));
        assert_eq!(problem["status"], status);
        assert!(["title", "detail"].iter().all(|name| problem[name].is_string()), "{body}");
        assert_eq!(self.field("cache-control"), Some("no-store"));
    }
}

/// So many hours of the meter `0000000001`, from 2012 on.
pub(crate) fn hours(generation: &str, count: i32) -> String {
    let mut text = format!("\"HEADR\",\"SMRT\",\"GAZ\",\"20191011\",\"134942\",\"{generation}\"\n");
    for number in 0..count {
        let date = smrt_views::Cell::date(15_340 + number / 24).plain().replace('-', "");
        text.push_str(&format!("\"CONSU\",\"0000000001\",\"{date}\",\"{:02}00\",{}.25\n", number % 24, number % 90));
    }
    text + "\"TRAIL\"\n"
}

/// A zip archive of these files, which are not packed.
pub(crate) fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    let number = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    for (name, text) in files {
        let mut crc = flate2::Crc::new();
        crc.update(text.as_bytes());
        // Version, flags, method, time, date; then what both heads have.
        let shared = [
            &[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x4e][..],
            &crc.sum().to_le_bytes(),
            &number(text.len()),
            &number(text.len()),
            &number(name.len())[..2],
            &[0, 0],
        ]
        .concat();
        let place = number(zip.len());
        directory.extend([b"PK\x01\x02\x14\0", &shared[..], &[0; 10], &place, name.as_bytes()].concat());
        zip.extend([b"PK\x03\x04", &shared[..], name.as_bytes(), text.as_bytes()].concat());
    }
    let count = &number(files.len())[..2];
    let begin = number(zip.len());
    let end = [b"PK\x05\x06\0\0\0\0", count, count, &number(directory.len()), &begin, &[0, 0]].concat();
    [zip, directory, end].concat()
}
