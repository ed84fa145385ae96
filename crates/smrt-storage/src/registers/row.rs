//! A row of `register_read`: made of what a reader gives, written, read back and compared.

use crate::{
    StoreError,
    bulk::{Cells, Shape},
    events::reason,
    ledger::storable,
    load::check_time,
    schema::register_read,
};
use diesel::{QueryResult, QueryableByName};
use smrt_core::{Direction, RegisterRead, Stand};

/// A row of `register_read`.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
#[diesel(table_name = register_read)]
pub(crate) struct RegisterRow {
    pub(crate) id: i64,
    pub(crate) channel_id: i64,
    pub(crate) serial: String,
    pub(crate) register: String,
    pub(crate) period: String,
    pub(crate) rate: String,
    pub(crate) direction: String,
    pub(crate) previous_at: Option<i64>,
    pub(crate) previous_read: String,
    pub(crate) previous_quality: Option<i16>,
    pub(crate) previous_reason: Option<i16>,
    pub(crate) previous_reason_text: String,
    pub(crate) previous_trans_code: String,
    pub(crate) previous_service_order: String,
    pub(crate) read_at: Option<i64>,
    pub(crate) read: String,
    pub(crate) quality: i16,
    pub(crate) reason: Option<i16>,
    pub(crate) reason_text: String,
    pub(crate) trans_code: String,
    pub(crate) service_order: String,
    pub(crate) quantity: Option<i64>,
    pub(crate) demand: Option<i64>,
    pub(crate) demand_at: Option<i64>,
    pub(crate) status: String,
    pub(crate) reset_count: Option<i64>,
    pub(crate) reset_at: Option<i64>,
    pub(crate) version: i64,
    pub(crate) file_id: i64,
    pub(crate) line: i64,
    /// As how many records it counts: below 0 where it took the place of others, 0 where it came late.
    pub(crate) counted: i16,
    pub(crate) superseded_by: Option<i64>,
}

/// The meter behind a channel, as a file describes it.
#[derive(Debug)]
pub(super) struct Meter {
    pub(super) serial: String,
    pub(super) register: String,
}

impl RegisterRow {
    pub(super) fn new(read: &RegisterRead, channel_id: i64, file_id: i64, meter: &Meter) -> Result<Self, StoreError> {
        let none = Stand::default();
        let before = read.previous.as_ref().unwrap_or(&none);
        let time = |at: Option<i64>| at.map(check_time).transpose();
        Ok(Self {
            id: 0,
            channel_id,
            serial: meter.serial.clone(),
            register: meter.register.clone(),
            period: storable(&read.period),
            rate: storable(&read.rate),
            direction: read.direction.map(Direction::as_str).unwrap_or_default().to_owned(),
            previous_at: time(before.at)?,
            previous_read: storable(&before.text),
            previous_quality: read.previous.as_ref().map(|stand| stand.quality.code()),
            previous_reason: reason(before.reason),
            previous_reason_text: storable(&before.reason_text),
            previous_trans_code: storable(&before.trans_code),
            previous_service_order: storable(&before.service_order),
            read_at: time(read.current.at)?,
            read: storable(&read.current.text),
            quality: read.current.quality.code(),
            reason: reason(read.current.reason),
            reason_text: storable(&read.current.reason_text),
            trans_code: storable(&read.current.trans_code),
            service_order: storable(&read.current.service_order),
            quantity: read.quantity.map(|quantity| quantity.micros()),
            demand: read.demand.map(|demand| demand.micros()),
            demand_at: time(read.demand_at)?,
            status: storable(&read.status),
            reset_count: read.reset_count,
            reset_at: time(read.reset_at)?,
            version: read.version.epoch().unwrap_or(0),
            file_id,
            line: i64::from(read.line),
            counted: i16::try_from(read.records()).unwrap_or(i16::MAX),
            superseded_by: None,
        })
    }

    /// What no two current reads of a channel share.
    pub(super) fn key(&self) -> (&str, &str, Option<i64>, Option<i64>, &str, &str) {
        (&self.period, &self.rate, self.previous_at, self.read_at, &self.trans_code, &self.service_order)
    }

    /// What it says, apart from where and when that was said.
    pub(super) fn content(&self) -> Self {
        Self { id: 0, version: 0, file_id: 0, line: 0, counted: 0, superseded_by: None, ..self.clone() }
    }

    /// Its content as bytes, the same on every database.
    pub(crate) fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for text in [
            &self.serial,
            &self.register,
            &self.period,
            &self.rate,
            &self.direction,
            &self.previous_read,
            &self.previous_reason_text,
            &self.previous_trans_code,
            &self.previous_service_order,
            &self.read,
            &self.reason_text,
            &self.trans_code,
            &self.service_order,
            &self.status,
        ] {
            bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        let small = |number: Option<i16>| number.map(i64::from);
        for number in [
            self.previous_at,
            small(self.previous_quality),
            small(self.previous_reason),
            self.read_at,
            small(Some(self.quality)),
            small(self.reason),
            self.quantity,
            self.demand,
            self.demand_at,
            self.reset_count,
            self.reset_at,
        ] {
            bytes.push(u8::from(number.is_some()));
            bytes.extend(number.iter().flat_map(|number| number.to_be_bytes()));
        }
        bytes
    }

    /// The time its quantity belongs to.
    pub(super) fn span(&self) -> Option<(i64, i64)> {
        self.quantity?;
        self.previous_at.zip(self.read_at).filter(|(from, to)| from < to)
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.span().zip(other.span()).is_some_and(|((from, to), (start, end))| from < end && start < to)
    }
}

/// New rows.
pub(super) struct InsertReads;

impl Shape for InsertReads {
    type Row<'r> = RegisterRow;
    const HEAD: &'static str = "INSERT INTO register_read (id, channel_id, serial, register, period, rate, direction, \
         previous_at, previous_read, previous_quality, previous_reason, previous_reason_text, previous_trans_code, \
         previous_service_order, read_at, read, quality, reason, reason_text, trans_code, service_order, quantity, \
         demand, demand_at, status, reset_count, reset_at, version, file_id, line, counted, superseded_by) VALUES ";
    const TAIL: &'static str = "";

    fn bind<'b>(row: &'b RegisterRow, cells: &mut Cells<'_, 'b>) -> QueryResult<()> {
        cells.number(&row.id)?;
        cells.number(&row.channel_id)?;
        for text in [&row.serial, &row.register, &row.period, &row.rate, &row.direction] {
            cells.text(text)?;
        }
        cells.nullable(&row.previous_at)?;
        cells.text(&row.previous_read)?;
        cells.nullable_small(&row.previous_quality)?;
        cells.nullable_small(&row.previous_reason)?;
        for text in [&row.previous_reason_text, &row.previous_trans_code, &row.previous_service_order] {
            cells.text(text)?;
        }
        cells.nullable(&row.read_at)?;
        cells.text(&row.read)?;
        cells.small(&row.quality)?;
        cells.nullable_small(&row.reason)?;
        for text in [&row.reason_text, &row.trans_code, &row.service_order] {
            cells.text(text)?;
        }
        for number in [&row.quantity, &row.demand, &row.demand_at] {
            cells.nullable(number)?;
        }
        cells.text(&row.status)?;
        cells.nullable(&row.reset_count)?;
        cells.nullable(&row.reset_at)?;
        for number in [&row.version, &row.file_id, &row.line] {
            cells.number(number)?;
        }
        cells.small(&row.counted)?;
        cells.nullable(&row.superseded_by)
    }
}
