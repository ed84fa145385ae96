//! `smrt completions` and `smrt man`: what a shell and a reader of manuals want.

use crate::{
    args::Cli,
    context::Context,
    exit::{CliError, Outcome},
};
use clap::{Command, CommandFactory};
use clap_complete::Shell;

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  smrt completions bash > ~/.local/share/bash-completion/completions/smrt
  smrt completions zsh > ~/.zfunc/_smrt
  smrt completions fish > ~/.config/fish/completions/smrt.fish";

const MAN_EXAMPLES: &str = "\
Examples:
  smrt man > smrt.1
  smrt man ingest > smrt-ingest.1
  smrt man readings | man -l -";

/// Print what makes a shell complete smrt's words
#[derive(clap::Args, Debug)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Print the manual page
#[derive(clap::Args, Debug)]
#[command(after_help = MAN_EXAMPLES)]
pub(crate) struct ManArgs {
    /// The page of one verb [default: the page of smrt]
    #[arg(value_name = "VERB")]
    verb: Option<String>,
}

pub(crate) fn run(args: &CompletionsArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "smrt", &mut text);
    print(&text, context)
}

pub(crate) fn run_man(args: &ManArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut command = Cli::command();
    command.build();
    let page = match &args.verb {
        None => command,
        Some(verb) => page_of(&command, verb)?,
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    print(&text, context)
}

/// The command of a verb under the name its page has.
fn page_of(command: &Command, verb: &str) -> Result<Command, CliError> {
    let found = command.find_subcommand(verb).cloned();
    found.ok_or_else(|| CliError::Usage(format!("there is no verb {verb:?}")))
}

fn print(text: &[u8], context: &mut Context) -> Result<Outcome, CliError> {
    let out = context.printer.out();
    out.write_all(text)?;
    out.flush()?;
    Ok(Outcome::Done)
}
