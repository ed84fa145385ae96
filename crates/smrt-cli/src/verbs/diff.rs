//! `smrt diff`: what changed between two files.

use crate::{
    args::{OutputForm, ReadArgs, a_path},
    context::{Context, reading_options},
    exit::{CliError, Outcome},
    progress::Progress,
    render::{
        Cell, Column, Printer,
        report::{counted, explain_left_out, outcome_of},
        safe,
    },
};
use smrt_core::MarketZone;
use smrt_ingest::diff::{Change, Compared, Said, SeriesChange, Totals, diff};
use std::{io, path::PathBuf};

const EXAMPLES: &str = "\
Examples:
  smrt diff PN007505.SMRT PN007506.SMRT   which channels differ, and their first changes
  smrt diff old.csv new.zip               files of two formats; each path must be one file
  smrt -o json diff A B --limit 100       up to a hundred changes of each channel

Ends with 0 where both say the same, with 6 where they do not. Lines and times of sending are no difference.";

/// Most changes that people are shown.
const SHOWN: usize = 40;

/// Tell what changed between two files, channel by channel; needs no database
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DiffArgs {
    /// The first file
    #[arg(value_name = "A", value_parser = a_path)]
    a: PathBuf,
    /// The second file
    #[arg(value_name = "B", value_parser = a_path)]
    b: PathBuf,
    #[command(flatten)]
    read: ReadArgs,
    /// How many changes of each channel are listed
    #[arg(long, value_name = "N", default_value_t = 3)]
    limit: usize,
}

/// The series that differ, one a row.
const COLUMNS: &[Column] = &[
    Column::text("meter"),
    Column::text("channel"),
    Column::word("unit"),
    Column::number("same"),
    Column::number("changed"),
    Column::number("only_a"),
    Column::number("only_b"),
    Column::value("sum_a"),
    Column::value("sum_b"),
    Column::text("changes").unseen(),
];

pub(crate) fn run(args: &DiffArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let options = reading_options(&args.read, &context.config()?)?;
    let stop = context.stop();
    let mut lines = Lines::default();
    let for_people = context.printer.form() == OutputForm::Table;
    let messages = context.messages().clone();
    let mut rows = context.printer.rows(COLUMNS)?;
    let progress = Progress::without_bar(&messages);
    let compared = diff(&args.a, &args.b, args.limit, &options, &stop, &progress, &mut |change| {
        if for_people {
            lines.add(&change);
        }
        rows.push(row(&change))
    })?;
    drop(progress);
    rows.finish()?;
    lines.print(&mut context.printer)?;
    let Compared { a, b, totals } = &compared;
    let Some(totals) = totals else {
        explain_left_out([a, b].into_iter(), "nothing was compared", &messages);
        return Ok(outcome_of([a, b].into_iter()));
    };
    messages.note(&summary(totals));
    Ok(if totals.differing > 0 { Outcome::Findings } else { Outcome::Done })
}

fn row(change: &SeriesChange) -> Vec<Cell<'_>> {
    vec![
        Cell::text(&change.key.meter),
        Cell::text(change.key.name()),
        Cell::stated(&change.key.unit),
        Cell::Integer(change.same),
        Cell::Integer(change.changed),
        Cell::Integer(change.only_a),
        Cell::Integer(change.only_b),
        Cell::decimal(change.sum_a),
        Cell::decimal(change.sum_b),
        Cell::List(change.first.iter().map(|first| object(first, change.zone)).collect()),
    ]
}

fn object(change: &Change, zone: MarketZone) -> Cell<'_> {
    let said = |said: Option<Said>| {
        said.map_or(Cell::Null, |said| {
            Cell::object([
                ("value", Cell::maybe_decimal(said.value)),
                ("quality", Cell::text(said.quality.to_string())),
                ("minutes", Cell::Integer(said.minutes.minutes().into())),
                ("line", Cell::Integer(said.line.into())),
            ])
        })
    };
    Cell::object([("start", Cell::instant(change.start, zone)), ("a", said(change.a)), ("b", said(change.b))])
}

/// The first changes as lines for people, below the table.
#[derive(Debug, Default)]
struct Lines {
    lines: Vec<String>,
    more: u64,
}

impl Lines {
    fn add(&mut self, change: &SeriesChange) {
        let name = change.key.name();
        let name = if name.is_empty() { String::new() } else { format!(" {name}") };
        let room = SHOWN.saturating_sub(self.lines.len());
        for first in change.first.iter().take(room) {
            let start = change.zone.rfc3339(first.start);
            let line = format!("{}{name} {start}: {} -> {}", change.key.meter, told(first.a), told(first.b));
            self.lines.push(line);
        }
        let shown = change.first.len().min(room) as u64;
        self.more += change.changed + change.only_a + change.only_b - shown;
    }

    fn print(&self, printer: &mut Printer) -> io::Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let out = printer.out();
        writeln!(out)?;
        self.lines.iter().try_for_each(|line| writeln!(out, "{}", safe(line)))?;
        if self.more > 0 {
            writeln!(out, "… and {}", counted(self.more, "more change"))?;
        }
        out.flush()
    }
}

/// What a file says of a time, for people.
fn told(said: Option<Said>) -> String {
    let Some(said) = said else { return "nothing".to_owned() };
    let value = said.value.map_or("no value".to_owned(), |value| value.to_string());
    format!("{value} ({}, {}, line {})", said.quality, said.minutes, said.line)
}

fn summary(totals: &Totals) -> String {
    let Totals { series, differing, series_only_a, series_only_b, same, changed, only_a, only_b, unreadable } = totals;
    let mut text = match differing {
        0 => format!("no difference: {} of {}", counted(*same, "value"), counted(*series, "channel")),
        _ => format!(
            "{differing} of {} differ ({series_only_a} only in A, {series_only_b} only in B); \
             {same} same, {changed} changed, {only_a} only in A, {only_b} only in B",
            counted(*series, "channel")
        ),
    };
    if *unreadable > 0 {
        text.push_str(&format!(
            "\nnot compared, because they are no numbers: {}",
            counted(*unreadable, "register read")
        ));
    }
    text
}
