//! The calendar of what was received of what was expected.

use super::{ROWS, owned};
use crate::{api::covered, clock, endpoint::Question, pages, problem::Problem};
use smrt_core::{MarketZone, days_from_civil};
use smrt_storage::{MeterCoverage, Month};

pub(super) fn quality_page(question: &mut Question<'_>) -> Result<(), Problem> {
    let month = match question.params.parsed::<Month>("month") {
        Some(month) => month,
        None => latest_month(question)?,
    };
    let (from, to) = (first_day(month), first_day(month.next()));
    let (meters, next) = covered(question, (from, to), ROWS)?;
    let today = clock::today();
    let rows = meters.iter().map(|meter| pages::quality::Coverage {
        code: meter.code.clone(),
        name: meter.name.clone(),
        days: cells(meter, (from, to), today),
    });
    let model = pages::quality::Quality {
        month: month.to_string(),
        query: owned(question, "prefix"),
        after: owned(question, "after"),
        rows: rows.collect(),
        next,
    };
    question.page(pages::quality::page(&model))
}

/// The month of the last reading there is, so that whoever opens the page sees something.
fn latest_month(question: &mut Question<'_>) -> Result<Month, Problem> {
    let last = question.series.store.stats()?.last.unwrap_or_else(clock::now).min(clock::now());
    clock::date(MarketZone::Utc.day(last))
        .get(..7)
        .and_then(|month| month.parse().ok())
        .ok_or_else(|| Problem::parameter("month", "expected a month YYYY-MM"))
}

/// The first day of a month, as days since 1970-01-01.
fn first_day(month: Month) -> i32 {
    let parts = u16::try_from(month.year()).ok().zip(u8::try_from(month.month()).ok());
    parts.and_then(|(year, month)| days_from_civil(year, month, 1)).unwrap_or_default()
}

/// Each day of a stretch. Where nothing came of a day, as much is expected as of the day before; behind the last day of
/// all and in the future nothing is.
fn cells(meter: &MeterCoverage, (from, to): (i32, i32), today: i32) -> Vec<pages::quality::Cell> {
    let small = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    let mut usual = meter.days.first().and_then(|day| day.expected).map_or(0, small);
    let first = meter.days.first().map_or(i32::MAX, |day| day.day);
    let mut found = meter.days.iter().peekable();
    (from..to)
        .map(|day| match found.next_if(|found| found.day == day) {
            Some(found) => {
                // A sensor expects nothing, so what came is all there is.
                let expected = small(found.expected.unwrap_or(found.count));
                usual = found.expected.map_or(0, small);
                pages::quality::Cell { received: small(found.count), expected }
            }
            None if day < first && meter.last.is_none_or(|last| last < from) => pages::quality::Cell::default(),
            None if day >= first && day < today => pages::quality::Cell { received: 0, expected: usual },
            None => pages::quality::Cell::default(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use smrt_core::Scheme;
    use smrt_storage::CoveredDay;

    #[test]
    fn days_without_anything_expect_what_the_day_before_did() {
        let day = |day, count| CoveredDay { day, count, expected: Some(48) };
        let meter = MeterCoverage {
            scheme: Scheme::Nmi,
            code: "1".into(),
            name: None,
            last: Some(12),
            days: vec![day(11, 48), day(12, 3)],
        };
        let told: Vec<_> = cells(&meter, (10, 15), 14).iter().map(|cell| (cell.received, cell.expected)).collect();
        assert_eq!(told, [(0, 0), (48, 48), (3, 48), (0, 48), (0, 0)]);
    }
}
