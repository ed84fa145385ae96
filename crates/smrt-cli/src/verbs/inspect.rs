//! `smrt inspect`: what is in files, without a database.

use crate::{
    args::{OutputForm, PathArgs, ReadArgs},
    context::{Context, reading_options},
    exit::{CliError, Outcome},
    render::{Cell, Column, PerFile, Printer, report::counted, safe},
};
use smrt_core::MarketZone;
use smrt_ingest::{ChannelSpan, Inspection};
use smrt_views::unstated;
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
    Column::number("register_reads"),
    Column::time("first"),
    Column::time("end"),
    Column::number("missing"),
];

/// The columns of files, one a row.
const FILES: &[Column] = &[
    Column::text("file"),
    Column::word("format"),
    Column::number("size"),
    Column::word("sha256"),
    Column::time("created_at"),
    Column::text("sender"),
    Column::word("generation"),
    Column::word("environment"),
    Column::number("records"),
    Column::number("refused"),
    Column::number("findings"),
    Column::number("readings"),
    Column::number("register_reads"),
    Column::number("channels"),
    Column::time("first"),
    Column::time("end"),
    Column::number("missing"),
    Column::text("lengths"),
    Column::text("qualities"),
    Column::text("spans"),
];

pub(crate) fn run(args: &InspectArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let options = args.paths.name_stdin(reading_options(&args.read, &context.config()?)?);
    let stop = context.stop();
    let mut files = 0;
    let (progress, printer) = context.progress_and_printer();
    let form = printer.form();
    let mut sheet = PerFile::new(printer, if form == OutputForm::Csv { SPANS } else { FILES })?;
    smrt_ingest::inspect(&args.paths.paths, &options, &stop, &progress, &mut |file| {
        files += 1;
        progress.beside(|| print(&file, form, &mut sheet)).map_err(CliError::from)
    })?;
    sheet.finish()?;
    drop(progress);
    if files == 0 {
        context.messages().note("nothing to do: no file was found");
    }
    Ok(Outcome::Done)
}

fn print(file: &Inspection, form: OutputForm, sheet: &mut PerFile<'_>) -> io::Result<()> {
    match sheet {
        PerFile::Lines(printer) => print_for_people(file, printer),
        PerFile::Rows(rows) if form == OutputForm::Csv => {
            file.content.spans.iter().try_for_each(|span| rows.push(span_row(file, span)))
        }
        PerFile::Rows(rows) => rows.push(row(file)),
    }
}

/// A channel as a row of [`SPANS`].
fn span_row<'a>(file: &'a Inspection, span: &'a ChannelSpan) -> Vec<Cell<'a>> {
    let channel = &span.channel;
    let time = |epoch: Option<i64>| epoch.map_or(Cell::Null, |epoch| Cell::instant(epoch, channel.zone));
    vec![
        Cell::text(file.file.place()),
        Cell::text(&channel.meter),
        Cell::stated(&channel.name),
        Cell::stated(&channel.unit),
        Cell::Integer(span.readings),
        Cell::Integer(span.register_reads),
        time(span.first),
        time(span.end),
        Cell::Integer(span.missing),
    ]
}

/// A file as a row of [`FILES`].
fn row(inspection: &Inspection) -> Vec<Cell<'_>> {
    let (file, content, header) = (&inspection.file, &inspection.content, &inspection.file.header);
    let lengths = content.lengths.iter().map(|(length, n)| (length.minutes().to_string().into(), Cell::Integer(*n)));
    let qualities = content.qualities.iter().map(|(quality, n)| (quality.to_string().into(), Cell::Integer(*n)));
    let span = |span| match Cell::row(SPANS, span_row(inspection, span)) {
        Cell::Object(fields) => Cell::Object(fields.into_iter().filter(|(name, _)| name != "file").collect()),
        other => other,
    };
    vec![
        Cell::text(file.place()),
        Cell::maybe(file.format.map(|format| format.name())),
        Cell::Integer(file.size),
        Cell::maybe(file.sha256.as_deref()),
        Cell::maybe_utc(header.created_at),
        Cell::maybe(header.sender.as_deref()),
        Cell::maybe(header.generation.map(|generation| generation.to_string())),
        Cell::maybe(header.generation.map(|generation| generation.environment.as_str())),
        Cell::Integer(file.records),
        Cell::Integer(file.refused),
        Cell::Integer(file.findings.total()),
        Cell::Integer(content.readings),
        Cell::Integer(content.register_reads),
        Cell::Integer(content.channels),
        Cell::maybe_utc(content.first),
        Cell::maybe_utc(content.end),
        Cell::Integer(content.missing),
        Cell::Object(lengths.collect()),
        Cell::Object(qualities.collect()),
        Cell::List(content.spans.iter().map(span).collect()),
    ]
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
    if content.register_reads > 0 {
        lines.push(("registers", counted(content.register_reads, "register read")));
    }
    if content.readings > 0 {
        let mix = |parts: Vec<String>| parts.join(", ");
        let lengths = content.lengths.iter().map(|(length, n)| format!("{length}: {n}"));
        let qualities = content.qualities.iter().map(|(quality, n)| format!("{quality}: {n}"));
        lines.push(("range", format!("{} to {}", time(content.first), time(content.end))));
        if !content.lengths.is_empty() {
            lines.push(("intervals", mix(lengths.collect())));
            lines.push(("qualities", mix(qualities.collect())));
            lines.push(("missing", format!("{} inside the channels' ranges", counted(content.missing, "interval"))));
        }
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
    let mut unseen = unstated(content.spans.iter().map(|span| &span.channel));
    if content.readings == 0 && content.register_reads > 0 {
        unseen.extend(["readings", "first", "end", "missing"]);
    } else {
        unseen.push("register_reads");
    }
    let mut rows = printer.rows_without(SPANS, &unseen)?;
    content.spans.iter().try_for_each(|span| rows.push(span_row(inspection, span)))?;
    let shown = rows.finish()?;
    let out = printer.out();
    if let Some(more) = content.channels.checked_sub(shown).filter(|&more| more > 0) {
        writeln!(out, "… and {}", counted(more, "more channel"))?;
    }
    writeln!(out)?;
    out.flush()
}
