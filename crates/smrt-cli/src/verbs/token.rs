//! `smrt token`: a new token for the service, and the lines of the configuration that make it known.

use crate::{
    args::OutputForm,
    context::Context,
    exit::{CliError, Outcome},
    render::Cell,
};
use clap::ValueEnum;
use smrt_server::new_token;
use std::io;

const EXAMPLES: &str = "\
Examples:
  smrt token grafana                          may ask
  smrt token sender --scope ingest            may upload files
  smrt token anna --scope read,ingest
  smrt token operator --scope admin           may do everything

The token is shown once; smrt.toml takes just its SHA-256.";

/// Make a token for the service
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TokenArgs {
    /// Whose it is
    #[arg(value_name = "NAME", value_parser = a_name)]
    name: String,
    /// What it allows
    #[arg(long, value_enum, value_name = "SCOPES", value_delimiter = ',', default_value = "read")]
    scope: Vec<ScopeName>,
}

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ScopeName {
    /// Ask
    Read,
    /// Upload files
    Ingest,
    /// Everything
    Admin,
}

/// A name that stands in a heading of the configuration as it is.
fn a_name(text: &str) -> Result<String, String> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_plain { Ok(text.into()) } else { Err("expected letters, digits, - and _".into()) }
}

pub(crate) fn run(args: &TokenArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let (token, sha256) = new_token().map_err(|error| CliError::Output(io::Error::other(error)))?;
    let words = args
        .scope
        .iter()
        .map(|scope| scope.to_possible_value().map_or_else(String::new, |word| word.get_name().to_owned()));
    let scopes: Vec<String> = words.collect();
    if context.printer.form() != OutputForm::Table {
        context.printer.object(&Cell::object([
            ("name", Cell::text(&args.name)),
            ("token", Cell::text(token)),
            ("sha256", Cell::text(sha256)),
            ("scopes", Cell::List(scopes.into_iter().map(Cell::text).collect())),
        ]))?;
        return Ok(Outcome::Done);
    }
    let out = context.printer.out();
    writeln!(out, "{token}")?;
    out.flush()?;
    let scopes: Vec<String> = scopes.iter().map(|scope| format!("\"{scope}\"")).collect();
    context.messages().note(&format!(
        "give that to {name}, and smrt.toml these lines:\n\n[serve.token.{name}]\nsha256 = \"{sha256}\"\nscopes = [{}]",
        scopes.join(", "),
        name = args.name
    ));
    Ok(Outcome::Done)
}
