//! `serve`: what was answered is there whatever becomes of the process, and a signal ends it in good order.
#![cfg(unix)]

use crate::bench::{Bench, smrt};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread::{self, sleep},
    time::{Duration, Instant},
};

/// A service in a process of its own.
pub(crate) struct Service {
    child: Child,
    address: String,
}

impl Service {
    pub(crate) fn start(bench: &Bench, more: &str) -> Self {
        let mut command = bench.command(&format!("serve --listen 127.0.0.1:0 --log json {more}"));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "it ended before it began");
            if let Some((_, rest)) = line.split_once("http://") {
                break rest.split('/').next().unwrap().to_owned();
            }
        };
        // What it says later must not fill the pipe.
        thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { child, address }
    }

    fn connect(&self) -> Option<TcpStream> {
        let stream = TcpStream::connect(&self.address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Some(stream)
    }

    /// Uploads a file; the status, or nothing where no answer comes.
    fn upload(&self, name: &str, text: &str) -> Option<u16> {
        let mut stream = self.connect()?;
        stream.write_all((head(name, text.len()) + text).as_bytes()).ok()?;
        status(&mut stream)
    }

    /// The rows of an answer.
    pub(crate) fn items(&self, path: &str) -> Vec<Value> {
        let mut stream = self.connect().unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        let answer: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{path}: {error}: {answer}"));
        answer["items"].as_array().unwrap_or_else(|| panic!("{path}: {answer}")).clone()
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the end, but not for ever; how it ended.
    fn end(&mut self) -> Option<i32> {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < until, "it did not end");
            sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It has ended, unless a test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn head(name: &str, length: usize) -> String {
    format!(
        "POST /api/v1/files?name={name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    )
}

fn status(stream: &mut TcpStream) -> Option<u16> {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

/// A file of one reading.
fn one(number: usize) -> (String, String) {
    let generation = format!("PN{number:06}");
    (format!("{generation}.SMRT"), smrt(&generation, &[(&format!("{number:010}"), 1, "1.5")]))
}

#[test]
fn what_was_answered_is_there_after_a_kill() {
    let bench = Bench::new();
    let mut number = 0;
    for after in [0, 40, 150] {
        let mut service = Service::start(&bench, "");
        let mut half = service.connect().unwrap();
        half.write_all((head("half.SMRT", 1000) + "\"HEADR\"").as_bytes()).unwrap();
        let mut answered = Vec::new();
        thread::scope(|scope| {
            let (service, answered, number) = (&service, &mut answered, &mut number);
            let sending = scope.spawn(move || {
                loop {
                    *number += 1;
                    let (name, text) = one(*number);
                    match service.upload(&name, &text) {
                        Some(status) => answered.push((name, status)),
                        None => return,
                    }
                }
            });
            sleep(Duration::from_millis(300 + after));
            service.signal("KILL");
            sending.join().unwrap();
        });
        assert_eq!(service.end(), None, "it was killed");
        assert!(!answered.is_empty() && answered.iter().all(|(_, status)| *status == 201), "{answered:?}");
        for (name, _) in &answered {
            assert_eq!(bench.json(&format!("files {name}"), 0)[0]["status"], "loaded", "{name}");
        }
        assert!(bench.json("doctor", 0).as_array().unwrap().iter().all(|check| check["ok"] == true));
        assert_eq!(bench.run("files half.SMRT").code, 1, "nothing is known of what came in by halves");
    }
    let mut service = Service::start(&bench, "");
    // What was in hand when it was killed is loaded, or can be loaded now.
    let (name, text) = one(number);
    assert!(matches!(service.upload(&name, &text), Some(201 | 409)));
    assert!(std::fs::read_dir(bench.path("smrt-uploads/.incoming")).map_or(0, Iterator::count) == 0);
    service.signal("TERM");
    assert_eq!(service.end(), Some(0));
}

#[test]
fn signals_end_it_in_good_order() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("in")).unwrap();
    for (number, name) in ["TERM", "INT"].into_iter().enumerate() {
        let mut service = Service::start(&bench, "--watch in");
        let (file, text) = one(number + 1);
        let mut late = service.connect().unwrap();
        late.write_all((head(&file, text.len()) + &text[..20]).as_bytes()).unwrap();
        let _silent = service.connect().unwrap();
        sleep(Duration::from_millis(300));
        service.signal(name);
        sleep(Duration::from_millis(300));
        assert!(service.connect().is_none(), "nobody new is let in");
        late.write_all(&text.as_bytes()[20..]).unwrap();
        assert_eq!(status(&mut late), Some(201), "what was in hand is finished");
        let begun = Instant::now();
        assert_eq!(service.end(), Some(0), "{name}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
    assert_eq!(bench.json("files", 0).as_array().unwrap().len(), 2);
}
