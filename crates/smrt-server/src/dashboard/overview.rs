//! The first page.

use super::{status_of, utc};
use crate::{
    api::{self, overview},
    clock::{self, date},
    endpoint::Question,
    pages::{self, Outcomes},
    problem::Problem,
};
use smrt_storage::{FileRow, FileStatus};
use std::time::Duration;

pub(super) fn overview_page(question: &mut Question<'_>) -> Result<(), Problem> {
    let found = overview(question)?;
    let (today, now) = (found.today, clock::now());
    let mut days: Vec<pages::overview::DayOutcomes> = (today - api::DAYS + 1..=today)
        .map(|day| pages::overview::DayOutcomes { date: date(day), outcomes: Outcomes::default() })
        .collect();
    for arrival in &found.arrivals {
        let at = usize::try_from(arrival.day - (today - api::DAYS + 1)).ok();
        let Some(day) = at.and_then(|at| days.get_mut(at)) else { continue };
        match arrival.status {
            FileStatus::Loaded => day.outcomes.loaded += arrival.files,
            FileStatus::Rejected => day.outcomes.rejected += arrival.files,
            FileStatus::Duplicate => day.outcomes.duplicate += arrival.files,
            FileStatus::NameConflict => day.outcomes.name_conflict += arrival.files,
        }
    }
    let (waiting, oldest) = found.pending;
    let seconds = |seconds: i64| u64::try_from(seconds).unwrap_or(0);
    let refused = |file: &FileRow| pages::overview::Refused {
        id: file.id,
        name: file.name.clone(),
        received_at: utc(file.received_at),
        status: status_of(file.status),
        code: file.reason.as_ref().map(|reason| reason.code.clone()).unwrap_or_default(),
        message: file.reason.as_ref().map(|reason| reason.message.clone()).unwrap_or_default(),
    };
    let model = pages::overview::Overview {
        files: found.stats.files.values().sum(),
        readings: found.stats.readings + found.stats.measurements,
        meters: found.stats.meters,
        today: days.last().map(|day| day.outcomes).unwrap_or_default(),
        usual_per_day: usual(&days),
        newest: found
            .stats
            .last
            .map(|last| pages::overview::Newest { end: utc(last), age_seconds: seconds(now - last) }),
        lag: pages::overview::Lag {
            waiting,
            oldest_seconds: oldest.map(|oldest| Duration::try_from_secs_f64(oldest).unwrap_or_default().as_secs()),
            typical_seconds: found.delay.map(seconds),
        },
        refused: found.refused.iter().map(refused).collect(),
        silent: found
            .silence
            .first
            .iter()
            .map(|meter| pages::overview::Silent {
                code: meter.code.clone(),
                last_day: date(meter.last),
                days: seconds(i64::from(today - meter.last)),
            })
            .collect(),
        silent_total: found.silence.count,
        latest: found
            .latest
            .iter()
            .map(|file| pages::overview::Arrived {
                id: file.id,
                name: file.name.clone(),
                status: status_of(file.status),
                received_at: utc(file.received_at),
                records: file.records,
            })
            .collect(),
        days,
    };
    question.page(pages::overview::page(&model))
}

/// How many files a day usually brings: the median of the days before today on which anything was loaded, where there are
/// enough of them to say.
fn usual(days: &[pages::overview::DayOutcomes]) -> Option<u64> {
    let before = days.iter().rev().skip(1);
    let mut loaded: Vec<u64> = before.map(|day| day.outcomes.loaded).filter(|&loaded| loaded > 0).collect();
    loaded.sort_unstable();
    loaded.get(loaded.len() / 2).copied().filter(|_| loaded.len() >= 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_day_is_the_median_of_enough_days() {
        let days = |loaded: &[u64]| -> Vec<_> {
            let day = |&loaded| pages::overview::DayOutcomes {
                date: String::new(),
                outcomes: Outcomes { loaded, ..Outcomes::default() },
            };
            loaded.iter().map(day).collect()
        };
        assert_eq!(usual(&days(&[3, 0, 4, 5, 4, 9, 100])), Some(4));
        assert_eq!(usual(&days(&[3, 4, 5, 100])), None);
    }
}
