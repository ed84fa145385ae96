//! A throw-away object store that speaks S3, on a free port of the loopback.
//!
//! By default it is moto (`pip install 'moto[server]'`), which keeps all in memory and does not check who asks. With
//! `SMRT_TEST_S3_SERVER=ceph` it is the gateway of a Ceph of one node, a real store that does. Where the programs are
//! missing, [`S3Server::start`] says so loudly and gives `None`, and the test ends there; with `SMRT_TEST_S3=require`
//! that is a failure. The server ends when it is dropped, and when this process ends, however that happens.

mod ceph;
mod moto;
mod sign;

use crate::{http::Head, process::watchdog};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, id},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// The environment variable that decides whether tests may go without an object store.
const DEMAND: &str = "SMRT_TEST_S3";
/// The environment variable that names the server.
const SERVER: &str = "SMRT_TEST_S3_SERVER";

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct S3Server {
    address: SocketAddr,
    access_key_id: String,
    secret_access_key: String,
    /// Ends when what it waits for does, and takes the server with it.
    watchdog: Child,
}

/// What a server answers.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The tag of the object, without the signs around it.
    pub etag: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl S3Server {
    /// Starts a server; `None` where its programs are not on this machine.
    ///
    /// # Panics
    /// When the programs are there but do not work, and when there are none although `SMRT_TEST_S3=require`.
    pub fn start() -> Option<Self> {
        let started = match std::env::var(SERVER).as_deref() {
            Ok("ceph") => ceph::start(),
            _ => moto::start(),
        };
        if started.is_none() {
            assert!(std::env::var(DEMAND).as_deref() != Ok("require"), "{DEMAND}=require, but no S3 server was found");
            crate::postgres::say("no S3 server was found (pip install 'moto[server]'): NOT TESTED on S3");
        }
        started
    }

    /// The server that all tests of this process share; each test makes a bucket of its own.
    ///
    /// # Panics
    /// As [`S3Server::start`].
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<S3Server>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// Whether it checks who asks, and with which keys.
    pub fn checks_keys(&self) -> bool {
        self.access_key_id != moto::KEY
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as an endpoint.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The public half of the keys.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The secret half of the keys.
    pub fn secret_access_key(&self) -> &str {
        &self.secret_access_key
    }

    /// A new, empty bucket; gives its name.
    ///
    /// # Panics
    /// When the server does not make it.
    pub fn bucket(&self) -> String {
        static BUCKETS: AtomicU32 = AtomicU32::new(0);
        let name = format!("test-{}-{}", id(), BUCKETS.fetch_add(1, Ordering::Relaxed));
        self.succeed("PUT", &format!("/{name}"), &[]);
        name
    }

    /// Puts an object; gives its tag.
    ///
    /// # Panics
    /// When the server does not take it.
    pub fn put(&self, bucket: &str, key: &str, bytes: &[u8]) -> String {
        let answer = self.succeed("PUT", &format!("/{bucket}/{}", sign::encoded(key)), bytes);
        answer.etag.unwrap_or_default()
    }

    /// Puts an object in several parts, so that its tag is no MD5; gives its tag. All but the last must have 5 MiB.
    ///
    /// # Panics
    /// When the server does not take it.
    pub fn put_in_parts(&self, bucket: &str, key: &str, parts: &[&[u8]]) -> String {
        let target = format!("/{bucket}/{}", sign::encoded(key));
        let begun = self.succeed("POST", &format!("{target}?uploads="), &[]).body;
        let begun = String::from_utf8_lossy(&begun).into_owned();
        let after = begun.split("<UploadId>").nth(1).expect("an id of an upload");
        let upload = after.split('<').next().expect("an id of an upload");
        let mut list = String::new();
        for (number, part) in (1..).zip(parts) {
            let sent = self.succeed("PUT", &format!("{target}?partNumber={number}&uploadId={upload}"), part);
            let etag = sent.etag.expect("a tag");
            list += &format!("<Part><PartNumber>{number}</PartNumber><ETag>\"{etag}\"</ETag></Part>");
        }
        let list = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
        self.succeed("POST", &format!("{target}?uploadId={upload}"), list.as_bytes());
        self.succeed("HEAD", &target, &[]).etag.expect("a tag")
    }

    /// The bytes of an object.
    ///
    /// # Panics
    /// When there is none.
    pub fn get(&self, bucket: &str, key: &str) -> Vec<u8> {
        self.succeed("GET", &format!("/{bucket}/{}", sign::encoded(key)), &[]).body
    }

    fn succeed(&self, method: &str, target: &str, body: &[u8]) -> Answer {
        let answer = self.request(method, target, body);
        let text = String::from_utf8_lossy(&answer.body);
        assert!((200..300).contains(&answer.status), "{method} {target}: {} {text}", answer.status);
        answer
    }

    /// Sends a signed request and gives its answer. The target is sent as it is; what stands behind `?` must be in
    /// order.
    ///
    /// # Panics
    /// When there is no answer.
    pub fn request(&self, method: &str, target: &str, body: &[u8]) -> Answer {
        let mut head = Head { first: format!("{method} {target} HTTP/1.1"), ..Head::default() };
        head.set("host", self.address.to_string());
        head.set("content-length", body.len().to_string());
        head.set("connection", "close");
        sign::sign(&mut head, method, target, &self.access_key_id, &self.secret_access_key);
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        stream.write_all(&[head.bytes(), body.to_vec()].concat()).expect("a request that is sent");
        let answer = Head::read(&mut stream).expect("an answer").expect("an answer");
        let mut body = Vec::new();
        let most = if method == "HEAD" { 0 } else { answer.length().unwrap_or(u64::MAX) };
        stream.take(most).read_to_end(&mut body).expect("a body");
        let etag = answer.field("etag").map(|etag| etag.trim_matches('"').to_owned());
        Answer { status: answer.status(), etag, body }
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        // The watchdog ends the server when its input ends.
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

/// Starts a shell that runs a program, and ends it when this process lets go or is gone.
fn watched(program: &str, arguments: &[&str], settings: &[(&str, String)]) -> Child {
    const SCRIPT: &str = "\"$@\" >/dev/null 2>&1 </dev/null & server=$!; read -r _; kill \"$server\"; wait \"$server\"";
    watchdog(SCRIPT)
        .arg(program)
        .args(arguments)
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .spawn()
        .expect("a shell")
}

/// Waits until a server answers.
fn wait_for(address: SocketAddr, most: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < most {
        if let Ok(mut stream) = TcpStream::connect(address) {
            let asked = write!(stream, "GET / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
            if asked.is_ok() && matches!(Head::read(&mut stream), Ok(Some(_))) {
                return;
            }
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("no server at {address} within {most:?}");
}
