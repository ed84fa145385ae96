//! `smrt inspect`: what is in files, without a database.

use crate::{
    args::{OutputForm, PathArgs, ReadArgs},
    channels::unstated,
    context::{Context, reading_options},
    exit::{CliError, Outcome},
    progress::Progress,
    render::{Cell, Column, Printer, report::counted, safe},
};
use smrt_core::MarketZone;
use smrt_ingest::{ChannelSpan, Inspection, Options};
use std::io;

const EXAMPLES: &str = "\
Examples:
  smrt inspect PN007505.SMRT            format, header, meters, range, gaps
  smrt inspect september.zip            each file in an archive
  smrt -o csv inspect inbox/            one channel a row
  smrt -o json inspect PN007505.SMRT    for a script";

/// Tell what is in files; needs no database
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    paths: PathArgs,
    #[command(flatten)]
    read: ReadArgs,
}

/// The columns of channels, one a row.
const SPANS: &[Column] = &[
    Column::text("file").unseen(),
    Column::text("meter"),
    Column::text("channel"),
    Column::word("unit"),
    Column::number("readings"),
    Column::word("first"),
    Column::word("end"),
    Column::number("missing"),
];

pub(crate) fn run(args: &InspectArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let options = Options { stdin_name: args.paths.name.clone(), ..reading_options(&args.read, &context.config()?)? };
    let stop = context.stop();
    let progress = Progress::with_bar(context);
    let result = smrt_ingest::inspect(&args.paths.paths, &options, &stop, &progress);
    drop(progress);
    let files = result?;
    print(&files, &mut context.printer)?;
    if files.is_empty() {
        context.messages().note("nothing to do: no file was found");
    }
    Ok(Outcome::Done)
}

fn print(files: &[Inspection], printer: &mut Printer) -> io::Result<()> {
    match printer.form() {
        OutputForm::Table => files.iter().try_for_each(|file| print_for_people(file, printer)),
        OutputForm::Json | OutputForm::Ndjson => printer.objects(files.iter().map(object)),
        OutputForm::Csv => {
            let mut rows = printer.rows(SPANS)?;
            for file in files {
                file.content.spans.iter().try_for_each(|span| rows.push(row(file, span)))?;
            }
            rows.finish().map(drop)
        }
    }
}

/// A channel as a row of [`SPANS`].
fn row<'a>(file: &'a Inspection, span: &'a ChannelSpan) -> Vec<Cell<'a>> {
    let channel = &span.channel;
    let time = |epoch: Option<i64>| epoch.map_or(Cell::Null, |epoch| Cell::instant(epoch, channel.zone));
    vec![
        Cell::text(file.file.place()),
        Cell::text(&channel.meter),
        Cell::stated(&channel.name),
        Cell::stated(&channel.unit),
        Cell::Integer(span.readings),
        time(span.first),
        time(span.end),
        Cell::Integer(span.missing),
    ]
}

fn object(inspection: &Inspection) -> Cell<'_> {
    let (file, content, header) = (&inspection.file, &inspection.content, &inspection.file.header);
    let lengths = content.lengths.iter().map(|(length, n)| (length.minutes().to_string().into(), Cell::Integer(*n)));
    let qualities = content.qualities.iter().map(|(quality, n)| (quality.to_string().into(), Cell::Integer(*n)));
    let span = |span| match Cell::row(SPANS, row(inspection, span)) {
        Cell::Object(fields) => Cell::Object(fields.into_iter().filter(|(name, _)| name != "file").collect()),
        other => other,
    };
    Cell::object([
        ("file", Cell::text(file.place())),
        ("format", Cell::maybe(file.format.map(|format| format.name()))),
        ("size", Cell::Integer(file.size)),
        ("sha256", Cell::maybe(file.sha256.as_deref())),
        ("created_at", Cell::maybe_utc(header.created_at)),
        ("sender", Cell::maybe(header.sender.as_deref())),
        ("generation", Cell::maybe(header.generation.map(|generation| generation.to_string()))),
        ("environment", Cell::maybe(header.generation.map(|generation| generation.environment.as_str()))),
        ("records", Cell::Integer(file.records)),
        ("refused", Cell::Integer(file.refused)),
        ("findings", Cell::Integer(file.findings.total())),
        ("readings", Cell::Integer(content.readings)),
        ("channels", Cell::Integer(content.channels)),
        ("first", Cell::maybe_utc(content.first)),
        ("end", Cell::maybe_utc(content.end)),
        ("missing", Cell::Integer(content.missing)),
        ("lengths", Cell::Object(lengths.collect())),
        ("qualities", Cell::Object(qualities.collect())),
        ("spans", Cell::List(content.spans.iter().map(span).collect())),
    ])
}

/// A file as a few lines, then its first channels as a table.
fn print_for_people(inspection: &Inspection, printer: &mut Printer) -> io::Result<()> {
    let (file, content, header) = (&inspection.file, &inspection.content, &inspection.file.header);
    let time = |epoch: Option<i64>| epoch.map_or("?".into(), |epoch| MarketZone::Utc.rfc3339(epoch));
    let mut lines = vec![
        ("format", file.format.map_or("not known", |format| format.name()).to_owned()),
        ("size", counted(file.size, "byte")),
    ];
    if let Some(created) = header.created_at {
        let generation = header.generation.map_or(String::new(), |g| format!(", generation {g} ({})", g.environment));
        let company = header.sender.as_deref().map_or(String::new(), |sender| format!(", {}", safe(sender)));
        lines.push(("header", format!("made {}{generation}{company}", MarketZone::Utc.rfc3339(created))));
    }
    lines.push(("readings", format!("{} of {}", content.readings, counted(content.channels, "channel"))));
    if content.readings > 0 {
        let mix = |parts: Vec<String>| parts.join(", ");
        let lengths = content.lengths.iter().map(|(length, n)| format!("{length}: {n}"));
        let qualities = content.qualities.iter().map(|(quality, n)| format!("{quality}: {n}"));
        lines.push(("range", format!("{} to {}", time(content.first), time(content.end))));
        lines.push(("intervals", mix(lengths.collect())));
        lines.push(("qualities", mix(qualities.collect())));
        lines.push(("missing", format!("{} inside the channels' ranges", counted(content.missing, "interval"))));
    }
    if file.findings.total() > 0 {
        lines.push(("findings", format!("{}; `smrt validate` shows them", file.findings.total())));
    }
    let out = printer.out();
    writeln!(out, "{}", safe(&file.place()))?;
    for (name, text) in lines {
        writeln!(out, "  {name:<10} {text}")?;
    }
    writeln!(out)?;
    if content.spans.is_empty() {
        return out.flush();
    }
    let mut rows = printer.rows_without(SPANS, &unstated(content.spans.iter().map(|span| &span.channel)))?;
    content.spans.iter().try_for_each(|span| rows.push(row(inspection, span)))?;
    let shown = rows.finish()?;
    let out = printer.out();
    if let Some(more) = content.channels.checked_sub(shown).filter(|&more| more > 0) {
        writeln!(out, "… and {}", counted(more, "more channel"))?;
    }
    writeln!(out)?;
    out.flush()
}
