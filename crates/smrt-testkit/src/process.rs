//! Programs that run beside the tests, and places for them.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process::{Command, Stdio},
};

/// A shell for a script that looks after a program and ends it when this process lets go or is gone.
pub(crate) fn watchdog(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script, "watchdog"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // A group of its own: a Ctrl-C at the tests must not end the one that cleans up after them.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}

/// A place on the loopback that is free just now.
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a free port")
}
