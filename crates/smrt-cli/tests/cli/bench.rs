//! A folder with a binary to run in it.

use serde_json::Value;
pub(crate) use smrt_testkit::samples::smrt;
use std::{
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// What takes longer has stopped for good.
const LONGEST: Duration = Duration::from_secs(300);

/// A fresh folder; everything runs in it.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, with the folders it stands in.
    pub(crate) fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// The command, ready to run; nothing of the caller's surroundings reaches it.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_smrt"));
        command.args(line.split_whitespace()).current_dir(self.folder.path()).stdin(Stdio::null());
        let aws = std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("AWS_"));
        for name in aws.chain(["SMRT_DATABASE", "SMRT_SOURCE", "NO_COLOR", "TERM"].map(Into::into)) {
            command.env_remove(name);
        }
        command
    }

    /// Runs a command line whose words hold no blanks.
    pub(crate) fn run(&self, line: &str) -> Run {
        run(&mut self.command(line))
    }

    /// Runs a command line that must succeed and gives its stdout.
    pub(crate) fn ok(&self, line: &str) -> String {
        let run = self.run(line);
        assert_eq!(run.code, 0, "smrt {line}: {run:?}");
        run.out
    }

    /// Runs a command line with `-o json` and gives the parsed stdout.
    pub(crate) fn json(&self, line: &str, code: i32) -> Value {
        let run = self.run(&format!("-o json {line}"));
        assert_eq!(run.code, code, "smrt {line}: {run:?}");
        serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("smrt {line}: {error}: {}", run.out))
    }

    /// The names in the folder.
    pub(crate) fn names(&self) -> Vec<String> {
        names(self.folder.path())
    }
}

/// The names in a folder, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Runs a command to its end; one that comes to none is killed, with all that it started, and fails the test.
pub(crate) fn run(command: &mut Command) -> Run {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).spawn().unwrap();
    let group = format!("-{}", child.id());
    let (ended, end) = mpsc::channel::<()>();
    let watch = thread::spawn(move || {
        let late = end.recv_timeout(LONGEST) == Err(mpsc::RecvTimeoutError::Timeout);
        if late {
            Command::new("kill").args(["-KILL", "--", &group]).status().unwrap();
        }
        late
    });
    let output = child.wait_with_output().unwrap();
    drop(ended);
    assert!(!watch.join().unwrap(), "no end after {LONGEST:?}: {command:?}: {output:?}");
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A meter with three hours, one of them missing between.
pub(crate) const DAY: &[(&str, u32, &str)] =
    &[("0000000001", 0, "0.00"), ("0000000001", 1, "1.52"), ("0000000001", 3, "12.50")];
