//! moto, the store in memory.

use super::{S3Server, wait_for, watched};
use crate::process::free_address;
use std::{
    process::{Command, Stdio},
    time::Duration,
};

/// It takes any keys; these tell who is asked.
pub(super) const KEY: &str = "moto";

/// Starts it, if it is there.
pub(super) fn start() -> Option<S3Server> {
    let (program, before) = programs().find(|(program, before)| works(program, before))?;
    let address = free_address();
    let port = address.port().to_string();
    let arguments = [before, &["-H", "127.0.0.1", "-p", &port]].concat();
    // What Python would ask a proxy for is on this machine.
    let watchdog = watched(&program, &arguments, &[("NO_PROXY", "127.0.0.1".to_owned())]);
    wait_for(address, Duration::from_secs(60));
    let (access_key_id, secret_access_key) = (KEY.to_owned(), "secret".to_owned());
    Some(S3Server { address, access_key_id, secret_access_key, watchdog })
}

/// How it may be called.
fn programs() -> impl Iterator<Item = (String, &'static [&'static str])> {
    let named = std::env::var("SMRT_TEST_MOTO").ok().map(|program| (program, &[] as &[_]));
    let usual = [("moto_server", &[] as &[_]), ("python3", &["-m", "moto.server"])];
    named.into_iter().chain(usual.map(|(program, before)| (program.to_owned(), before)))
}

fn works(program: &str, before: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(before).arg("--help").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
