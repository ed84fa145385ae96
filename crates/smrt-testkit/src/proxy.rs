//! A proxy in front of a server that breaks, in a way that is told beforehand, what passes through it.
//!
//! It takes one request a connection, gives it on as it is and lets a script say what becomes of it. So a client is seen
//! with each fault that a real network has, at the very request that matters.

use crate::http::Head;
use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// How long a stall lasts at most; those who wait for its end have failed.
const STALL: Duration = Duration::from_secs(60);

/// A request that passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its place among all that have passed, from 0.
    pub number: usize,
    /// `GET`, `PUT` …
    pub method: String,
    /// Path and query, as they were sent.
    pub target: String,
    /// The field `Range`.
    pub range: Option<String>,
    /// The field `If-Match`.
    pub if_match: Option<String>,
}

impl Request {
    /// Whether it asks for the bytes of an object rather than for a listing.
    pub fn is_read(&self) -> bool {
        self.method == "GET" && !self.target.contains("list-type=")
    }

    /// Whether it asks for a listing.
    pub fn is_list(&self) -> bool {
        self.target.contains("list-type=")
    }
}

/// What becomes of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// It passes, and so does its answer.
    #[default]
    None,
    /// The server is never asked; the answer has this status.
    Status(u16),
    /// As [`Fault::Status`], with so many seconds in `Retry-After`.
    StatusAfter(u16, u64),
    /// The connection is closed without an answer.
    Reset,
    /// The server does what it is asked to, but the answer is lost.
    AnswerLost,
    /// The answer ends after so many bytes of its body, and so does the connection.
    Cut(u64),
    /// The answer stops after so many bytes of its body, and the connection stays.
    Stall(u64),
    /// The body comes in so many bytes at once, with so many milliseconds in between.
    Trickle(usize, u64),
    /// The answer states so many bytes more, or fewer, than it has.
    WrongLength(i64),
    /// A byte of the body, at this place, is another one.
    Flip(u64),
}

type Script = Box<dyn FnMut(&Request) -> Fault + Send>;

struct Shared {
    server: SocketAddr,
    script: Mutex<Script>,
    seen: Mutex<Vec<Request>>,
    ended: AtomicBool,
}

/// A proxy that runs until it is dropped.
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for FaultProxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FaultProxy").field("address", &self.address).finish_non_exhaustive()
    }
}

impl FaultProxy {
    /// Starts a proxy in front of `server`. For each request the script says what becomes of it; it may also do
    /// something of its own just then, such as to replace an object.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn start(server: SocketAddr, script: impl FnMut(&Request) -> Fault + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (script, seen) = (Mutex::new(Box::new(script) as Script), Mutex::default());
        let shared = Arc::new(Shared { server, script, seen, ended: AtomicBool::new(false) });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if accepting.ended.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&accepting);
                // A client that goes away is no news.
                thread::spawn(move || shared.serve(client));
            }
        });
        Self { address, shared }
    }

    /// Where it listens, as an endpoint.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests that have passed so far.
    pub fn seen(&self) -> Vec<Request> {
        self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        let Some(mut head) = Head::read(&mut client)? else { return Ok(()) };
        let mut body = vec![0; usize::try_from(head.length().unwrap_or_default()).map_err(io::Error::other)?];
        client.read_exact(&mut body)?;
        let fault = {
            let mut words = head.first.split(' ').map(str::to_owned);
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            let request = Request {
                number: seen.len(),
                method: words.next().unwrap_or_default(),
                target: words.next().unwrap_or_default(),
                range: head.field("range").map(str::to_owned),
                if_match: head.field("if-match").map(str::to_owned),
            };
            seen.push(request.clone());
            drop(seen);
            (self.script.lock().unwrap_or_else(PoisonError::into_inner))(&request)
        };
        match fault {
            Fault::Status(status) => return refuse(&mut client, status, None),
            Fault::StatusAfter(status, seconds) => return refuse(&mut client, status, Some(seconds)),
            Fault::Reset => return client.shutdown(Shutdown::Both),
            _ => {}
        }
        let mut server = TcpStream::connect(self.server)?;
        head.set("connection", "close");
        server.write_all(&[head.bytes(), body].concat())?;
        let Some(mut answer) = Head::read(&mut server)? else { return client.shutdown(Shutdown::Both) };
        answer.set("connection", "close");
        if let (Fault::WrongLength(by), Some(length)) = (&fault, answer.length()) {
            answer.set("content-length", length.saturating_add_signed(*by).to_string());
        }
        if fault == Fault::AnswerLost {
            io::copy(&mut server, &mut io::sink())?;
            return client.shutdown(Shutdown::Both);
        }
        client.write_all(&answer.bytes())?;
        let is_empty = head.first.starts_with("HEAD ") || matches!(answer.status(), 204 | 304);
        let rest = if is_empty { 0 } else { u64::MAX };
        self.pass(&mut server.take(rest), &mut client, &fault)?;
        client.shutdown(Shutdown::Both)
    }

    /// Gives a body on.
    fn pass(&self, server: &mut impl Read, client: &mut TcpStream, fault: &Fault) -> io::Result<()> {
        match *fault {
            Fault::Cut(bytes) => io::copy(&mut server.take(bytes), client).map(drop),
            Fault::Stall(bytes) => {
                io::copy(&mut server.take(bytes), client)?;
                client.flush()?;
                self.wait(STALL);
                Ok(())
            }
            Fault::Trickle(bytes, pause) => {
                let mut block = vec![0; bytes.max(1)];
                loop {
                    let count = server.read(&mut block)?;
                    if count == 0 || self.ended.load(Ordering::Relaxed) {
                        return Ok(());
                    }
                    client.write_all(&block[..count])?;
                    thread::sleep(Duration::from_millis(pause));
                }
            }
            Fault::Flip(at) => {
                io::copy(&mut server.take(at), client)?;
                let mut byte = [0];
                let count = server.read(&mut byte)?;
                byte[0] ^= 1;
                client.write_all(&byte[..count])?;
                io::copy(server, client).map(drop)
            }
            _ => io::copy(server, client).map(drop),
        }
    }

    /// Waits, but not for longer than the proxy lives.
    fn wait(&self, time: Duration) {
        let step = Duration::from_millis(20);
        let mut left = time;
        while !left.is_zero() && !self.ended.load(Ordering::Relaxed) {
            thread::sleep(step);
            left = left.saturating_sub(step);
        }
    }
}

fn refuse(client: &mut TcpStream, status: u16, retry_after: Option<u64>) -> io::Result<()> {
    let body = "<Error><Code>Planned</Code><Message>a fault that was planned</Message></Error>";
    let mut head = Head { first: format!("HTTP/1.1 {status} Planned"), ..Head::default() };
    head.set("connection", "close");
    head.set("content-length", body.len().to_string());
    if let Some(seconds) = retry_after {
        head.set("retry-after", seconds.to_string());
    }
    client.write_all(&head.bytes())?;
    client.write_all(body.as_bytes())?;
    client.shutdown(Shutdown::Write)
}
