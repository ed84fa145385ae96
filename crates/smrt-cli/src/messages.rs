//! What is said to people on stderr: notes, warnings, errors. Results never come through here.

use crate::{
    args::Global,
    render::{Paint, Tone},
};
use std::{
    io::{self, IsTerminal, Write},
    time::Instant,
};

/// Says things on stderr, as loudly as was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Messages {
    quiet: bool,
    verbose: bool,
    colour: bool,
    started: Instant,
}

impl Messages {
    /// As the command line asks.
    pub(crate) fn new(global: &Global) -> Self {
        Self {
            quiet: global.quiet,
            verbose: global.verbose,
            colour: io::stderr().is_terminal() && colour_wanted(),
            started: Instant::now(),
        }
    }

    /// Whether `-v` was given.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Whether colour is wanted on stderr.
    pub(crate) fn colour(&self) -> bool {
        self.colour
    }

    /// Something worth knowing; not with `-q`.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.say(text);
        }
    }

    /// Something for the curious; only with `-v`.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbose {
            self.say(text);
        }
    }

    /// Something that needs attention although the work goes on.
    pub(crate) fn warning(&self, text: &str) {
        self.say(&format!("{}: {text}", Tone::Warn.paint("warning", self.colour)));
    }

    /// Why the work could not be done.
    pub(crate) fn error(&self, text: &str) {
        self.say(&format!("{}: {text}", Tone::Bad.paint("error", self.colour)));
    }

    /// What to do next.
    pub(crate) fn hint(&self, text: &str) {
        self.say(&format!(" {} {text}", Tone::Dim.paint("hint:", self.colour)));
    }

    /// A line, come what may.
    pub(crate) fn say(&self, text: &str) {
        // There is nobody left to tell that stderr is closed.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// How long the run has taken; only with `-v`.
    pub(crate) fn took(&self) {
        self.detail(&format!("took {:.3} s", self.started.elapsed().as_secs_f64()));
    }
}

/// Whether nothing speaks against colour on a terminal.
pub(crate) fn colour_wanted() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
