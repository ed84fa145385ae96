//! `smrt anomalies`: what is wrong with series, and why.

use crate::{
    args::{ChannelArgs, OutputForm, RangeArgs},
    context::{Context, PATIENCE, tell_taken},
    durable::Unfinished,
    exit::{CliError, Outcome},
    render::{Cell, safe},
};
use smrt_ingest::{Stop, now};
use smrt_server::pages::anomaly_report::{Report, Reported, page};
use smrt_storage::{Store, StoredChannel};
use smrt_views::{
    Series,
    anomalies::{COLUMNS, Examined, Known, examine, known},
    channels_of, is_sensor,
};
use std::{
    io::Write,
    path::{Path, PathBuf},
};

const EXAMPLES: &str = "\
Examples:
  smrt anomalies boiler                            what is wrong with one sensor, and why
  smrt anomalies 4100000000 --from 2024-01-01      a meter, from a day on
  smrt anomalies --all -o json                     every series, with its model
  smrt anomalies boiler --plot boiler.svg          a picture of it
  smrt anomalies --all --report report.html        all of them, the worst first, in one file
  smrt anomalies --all --save                      keep it; the next time only what changed is examined

docs/anomalies.md tells how it is found, why each limit is what it is, and what is missed.";

/// Tell what is wrong with series, since when, and why it is believed
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AnomaliesArgs {
    /// Meter numbers, or names or UUIDs of sensors
    #[arg(value_name = "CODE", conflicts_with = "all")]
    codes: Vec<String>,
    /// Every meter and sensor
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    channel: ChannelArgs,
    #[command(flatten)]
    range: RangeArgs,
    /// With the model at each value, in JSON
    #[arg(long)]
    with_fit: bool,
    /// Keep what is found in the database, and take what is kept where nothing has changed
    #[arg(long, conflicts_with_all = ["from", "to"])]
    save: bool,
    /// Draw the series; of several, each into a file with its name in it
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Write all series into one page, the worst first, with pictures and reasons
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
}

pub(crate) fn run(args: &AnomaliesArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut series = context.series()?;
    let channels = channels(args, &mut series)?;
    let range = args.range.range();
    for stored in &channels {
        range.instants(stored.channel.zone)?;
    }
    series.expect(&channels)?;
    let stop = context.stop();
    let mut found = Vec::with_capacity(channels.len());
    for stored in &channels {
        if stop.is_requested() {
            return Err(CliError::Interrupted);
        }
        found.extend(look(args, &mut series, stored)?);
    }
    tell_taken(&series, context.messages());
    if args.save {
        save(&found, &series.store, &stop)?;
    }
    draw(args, &found)?;
    print(args, &found, context)?;
    Ok(Outcome::Done)
}

fn channels(args: &AnomaliesArgs, series: &mut Series) -> Result<Vec<StoredChannel>, CliError> {
    let name = args.channel.channel.as_deref();
    if args.codes.is_empty() && !args.all {
        return Err(CliError::Usage("expected a meter or sensor, or --all for every one".into()));
    }
    if args.all {
        return Ok(channels_of(&mut series.store, None, name)?);
    }
    let mut channels = Vec::new();
    for code in &args.codes {
        channels.extend(channels_of(&mut series.store, Some(code), name)?);
    }
    Ok(channels)
}

/// What is known of a channel; nothing where it has no values.
fn look(args: &AnomaliesArgs, series: &mut Series, stored: &StoredChannel) -> Result<Option<Known>, CliError> {
    let needs_all = args.with_fit || args.plot.is_some() || args.report.is_some();
    if args.save && !needs_all {
        return Ok(known(series, stored)?);
    }
    Ok(examine(series, stored, &args.range.range())?.map(|examined| Known::Now(Box::new(examined))))
}

/// Keeps what was found anew.
fn save(found: &[Known], store: &Store, stop: &Stop) -> Result<(), CliError> {
    let anew: Vec<&Examined> = found.iter().filter_map(Known::examined).collect();
    if anew.is_empty() {
        return Ok(());
    }
    let mut writer = store.writer()?;
    writer.begin(PATIENCE, &mut |_| !stop.is_requested())?;
    for examined in anew {
        writer.save_analysis(examined.channel().id, &examined.to_keep(now())?)?;
    }
    Ok(writer.commit()?)
}

fn draw(args: &AnomaliesArgs, found: &[Known]) -> Result<(), CliError> {
    let examined: Vec<&Examined> = found.iter().filter_map(Known::examined).collect();
    if let Some(path) = &args.plot {
        for one in &examined {
            let place = if examined.len() == 1 { path.clone() } else { named(path, one) };
            write(&place, &one.picture())?;
        }
    }
    if let Some(path) = &args.report {
        write(path, &report(&examined))?;
    }
    Ok(())
}

/// A path with the name of a series in it, of which nothing can lead elsewhere.
fn named(path: &Path, examined: &Examined) -> PathBuf {
    let channel = &examined.channel().channel;
    let plain = |text: &str| {
        text.chars().map(|c| if c.is_alphanumeric() || "-_".contains(c) { c } else { '_' }).collect::<String>()
    };
    let name = match channel.name.is_empty() || is_sensor(examined.channel()) {
        true => plain(examined.name()),
        false => format!("{}-{}", plain(examined.name()), plain(&channel.name)),
    };
    let (stem, end) = (path.file_stem().unwrap_or_default(), path.extension().unwrap_or_default());
    path.with_file_name(format!("{}-{name}.{}", stem.to_string_lossy(), end.to_string_lossy()))
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let mut file = Unfinished::beside(path)?;
    file.write_all(text.as_bytes()).map_err(|error| CliError::File(path.to_owned(), error))?;
    file.publish()
}

fn report(examined: &[&Examined]) -> String {
    let reported = |one: &&Examined| Reported {
        name: one.name().to_owned(),
        channel: one.channel().channel.name.clone(),
        verdict: one.verdict().to_owned(),
        picture: one.picture(),
        zone: one.channel().channel.zone.to_string(),
        anomalies: one
            .anomalies()
            .iter()
            .map(|anomaly| (anomaly.kind.as_str(), anomaly.severity, anomaly.reason.clone()))
            .collect(),
    };
    let made_at = smrt_core::MarketZone::Utc.rfc3339(now());
    page(&Report { made_at, series: examined.iter().map(reported).collect() }).into_string()
}

fn print(args: &AnomaliesArgs, found: &[Known], context: &mut Context) -> Result<(), CliError> {
    if context.printer.form() == OutputForm::Json {
        let all = Cell::List(found.iter().map(|found| found.object(args.with_fit)).collect());
        return Ok(context.printer.object(&all)?);
    }
    let told: Vec<_> = found.iter().map(Known::rows).collect();
    let unseen: &[&str] = if told.iter().flatten().all(|row| row[1] == Cell::Null) { &["channel"] } else { &[] };
    let sound: Vec<&Known> = found.iter().zip(&told).filter(|(_, rows)| rows.is_empty()).map(|(one, _)| one).collect();
    let numbers = smrt_views::Numbers::Floating;
    let mut rows = context.printer.rows_of(COLUMNS, unseen, numbers)?;
    for row in told.into_iter().flatten() {
        rows.push(row)?;
    }
    let count = rows.finish()?;
    for one in sound.iter().take(10) {
        context.messages().note(&format!("{}: {}", safe(one.name()), safe(one.verdict())));
    }
    if sound.len() > 10 {
        context.messages().note(&format!("… and {} more series without any", sound.len() - 10));
    }
    if found.is_empty() {
        context.messages().note("no values there; `smrt meters` tells the range of each meter");
    } else {
        context.messages().detail(&format!("{} anomalies in {} series", count, found.len()));
    }
    Ok(())
}
