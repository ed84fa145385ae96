//! `smrt registers`: what the registers of one meter showed.

use crate::{
    args::{MeterArgs, RangeArgs},
    context::Context,
    exit::{CliError, Outcome},
    render::{Cell, Column},
};
use smrt_core::{Channel, Direction, MarketZone, Quality, Stand};
use smrt_storage::StoredRegisterRead;

const EXAMPLES: &str = "\
Examples:
  smrt registers 0000000001
  smrt registers 0000000001 --from 2015-09-01 --to 2015-10-01    read in one month
  smrt registers 0000000001 --all                                also what later versions replaced
  smrt -o csv registers 0000000001 > registers.csv

--from and --to choose by the time of the read.";

/// Show the register reads of a meter, each with the file and line it came from
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RegistersArgs {
    #[command(flatten)]
    meter: MeterArgs,
    #[command(flatten)]
    range: RangeArgs,
    /// Also reads that others took the place of
    #[arg(long)]
    all: bool,
}

const COLUMNS: &[Column] = &[
    Column::text("meter").unseen(),
    Column::text("channel"),
    Column::text("register").unseen(),
    Column::text("serial").unseen(),
    Column::text("period"),
    Column::text("rate"),
    Column::word("direction").unseen(),
    Column::time("previous_at").unseen(),
    Column::word("previous_read"),
    Column::word("previous_quality").unseen(),
    Column::time("read_at"),
    Column::word("read"),
    Column::word("quality"),
    Column::value("quantity"),
    Column::word("unit"),
    Column::value("demand"),
    Column::time("demand_at").unseen(),
    Column::text("status").unseen(),
    Column::number("reset_count").unseen(),
    Column::time("reset_at").unseen(),
    Column::number("reason"),
    Column::text("reason_text"),
    Column::word("trans_code").unseen(),
    Column::text("service_order").unseen(),
    Column::time("version").unseen(),
    Column::text("file"),
    Column::number("line"),
    Column::text("superseded_by"),
];

pub(crate) fn run(args: &RegistersArgs, context: &mut Context) -> Result<Outcome, CliError> {
    let mut store = context.store()?;
    let mut found = Vec::new();
    for stored in args.meter.channels(&mut store)? {
        let (from, to) = args.range.instants(stored.channel.zone)?;
        let reads = store.register_reads(stored.id, from, to, args.all)?;
        found.push((stored.channel, reads));
    }
    let all: Vec<Vec<Cell<'_>>> =
        found.iter().flat_map(|(channel, reads)| reads.iter().map(|read| row(channel, read))).collect();
    let mut rows = context.printer.rows_without(COLUMNS, &empty(&all))?;
    for row in all {
        rows.push(row)?;
    }
    if rows.finish()? == 0 {
        context.messages().note("no register reads there; `smrt meters` tells which meters have some");
    }
    Ok(Outcome::Done)
}

/// The columns that say nothing in any row.
fn empty(rows: &[Vec<Cell<'_>>]) -> Vec<&'static str> {
    let nothing = |index: usize| rows.iter().all(|row| row[index] == Cell::Null);
    (0..).zip(COLUMNS).filter(|&(index, _)| nothing(index)).map(|(_, column)| column.name).collect()
}

fn row<'a>(channel: &'a Channel, stored: &'a StoredRegisterRead) -> Vec<Cell<'a>> {
    let (zone, read) = (channel.zone, &stored.read);
    let previous = read.previous.as_ref();
    vec![
        Cell::text(&channel.meter),
        Cell::stated(&channel.name),
        Cell::stated(&stored.register),
        Cell::stated(&stored.serial),
        Cell::stated(&read.period),
        Cell::stated(&read.rate),
        Cell::maybe(read.direction.map(Direction::as_str)),
        time(previous.and_then(|stand| stand.at), zone),
        previous.map_or(Cell::Null, |stand| Cell::stated(&stand.text)),
        previous.map_or(Cell::Null, quality),
        time(read.current.at, zone),
        Cell::stated(&read.current.text),
        quality(&read.current),
        Cell::maybe_decimal(read.quantity),
        Cell::stated(&channel.unit),
        Cell::maybe_decimal(read.demand),
        time(read.demand_at, zone),
        Cell::stated(&read.status),
        Cell::maybe_integer(read.reset_count.and_then(|count| u64::try_from(count).ok())),
        time(read.reset_at, zone),
        Cell::maybe_integer(read.current.reason),
        Cell::stated(&read.current.reason_text),
        Cell::stated(&read.current.trans_code),
        Cell::stated(&read.current.service_order),
        time(read.version.epoch(), zone),
        Cell::text(&*stored.file),
        Cell::Integer(stored.line),
        Cell::maybe(stored.superseded_by.as_deref()),
    ]
}

fn time(epoch: Option<i64>, zone: MarketZone) -> Cell<'static> {
    epoch.map_or(Cell::Null, |epoch| Cell::instant(epoch, zone))
}

fn quality(stand: &Stand) -> Cell<'static> {
    if stand.quality == Quality::UNSTATED { Cell::Null } else { Cell::text(stand.quality.to_string()) }
}
