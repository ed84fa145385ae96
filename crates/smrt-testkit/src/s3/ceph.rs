//! Ceph, a store as it is used in earnest: it checks who asks.
//!
//! Its programs are looked for on this machine, or where `SMRT_TEST_CEPH_ROOT` says that Debian's packages `ceph-mon`,
//! `ceph-osd`, `ceph-common` and `radosgw` were unpacked with all they need.

use super::{S3Server, watched};
use crate::process::free_address;
use std::{
    fs,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

const SCRIPT: &str = include_str!("ceph.sh");
const KEY: &str = "SMRTTESTKEY";
const SECRET: &str = "a-secret-for-tests-alone";
/// It has three programs to start, one after the other.
const PATIENCE: Duration = Duration::from_secs(120);

/// Starts it, if it is there.
pub(super) fn start() -> Option<S3Server> {
    let root = root()?;
    let folder = tempfile::Builder::new().prefix("smrt-ceph-").tempdir().expect("a temporary folder").keep();
    let address = free_address();
    let settings = [
        ("FOLDER", folder.display().to_string()),
        ("ROOT", root.display().to_string()),
        ("MON", free_address().port().to_string()),
        ("PORT", address.port().to_string()),
        ("KEY", KEY.to_owned()),
        ("SECRET", SECRET.to_owned()),
    ];
    let watchdog = watched("/bin/sh", &["-c", SCRIPT], &settings);
    let (access_key_id, secret_access_key) = (KEY.to_owned(), SECRET.to_owned());
    let begun = Instant::now();
    while !folder.join("ready").exists() {
        let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(begun.elapsed() < PATIENCE, "no Ceph within {PATIENCE:?}:\n{}", log());
        thread::sleep(Duration::from_millis(100));
    }
    Some(S3Server { address, access_key_id, secret_access_key, watchdog })
}

/// Where its programs are.
fn root() -> Option<PathBuf> {
    let named = std::env::var_os("SMRT_TEST_CEPH_ROOT").map(PathBuf::from);
    let programs = ["ceph", "ceph-mon", "ceph-osd", "ceph-authtool", "monmaptool", "radosgw", "radosgw-admin"];
    let is_complete = |root: &PathBuf| programs.iter().all(|program| root.join("usr/bin").join(program).is_file());
    named.into_iter().chain([PathBuf::from("/")]).find(is_complete)
}
