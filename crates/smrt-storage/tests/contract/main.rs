//! What the store promises, held on both databases by one suite.
//!
//! Each function of the modules below takes a [`Fixture`], an empty database, and is a test for SQLite and one for
//! Postgres. Tests that need both at once, or neither, stand in `both`.
// Not seen as tests by clippy, because the macro below makes the tests of them.
#![allow(clippy::unwrap_used)]

mod analyses;
mod both;
mod electricity;
mod files;
mod load;
mod model;
mod questions;
mod sensors;
mod service;
mod support;
mod trouble;
mod warehouse;

use support::Fixture;

macro_rules! contract {
    ($($module:ident: $($name:ident)+;)+) => {
        mod sqlite {
            $($(#[test] fn $name() { crate::$module::$name(&crate::Fixture::sqlite()); })+)+
        }
        mod postgres {
            $($(#[test] fn $name() {
                if let Some(fixture) = crate::Fixture::postgres() { crate::$module::$name(&fixture); }
            })+)+
        }
    };
}

contract! {
    analyses:
        an_analysis_takes_the_place_of_the_one_before
        estimates_stand_beside_what_was_measured_and_can_be_revoked
        doubled_readings_are_told_in_the_order_of_their_lines;
    service:
        what_others_commit_moves_the_mark
        a_thawed_store_sees_what_came_meanwhile
        files_and_meters_come_page_by_page
        coverage_tells_what_came_of_what_was_expected
        silence_and_arrivals_are_told;
    load:
        a_file_is_loaded_whole_and_every_reading_can_be_read_back
        what_is_abandoned_or_dropped_or_rolled_back_was_never_there
        several_files_share_a_transaction_and_one_can_be_taken_back_alone
        a_later_file_overwrites_and_the_old_value_stays_traceable
        an_equal_value_is_unchanged_and_keeps_its_first_file_and_line
        of_a_doubled_key_the_last_value_wins_and_all_are_kept
        doubled_keys_across_batches_are_no_different
        batches_may_come_in_any_order
        readings_that_are_not_accounted_for_are_refused
        a_channel_described_twice_is_one_channel
        meters_and_channels_are_found_again
        a_channel_nobody_described_and_an_absurd_time_are_refused;
    model:
        any_sequence_of_files_leaves_what_a_naive_store_would_hold
        the_senders_time_decides_whatever_the_order_of_receiving
        versions_decide_and_days_are_replaced_whole
        of_equal_versions_the_file_made_later_decides
        versions_come_before_the_senders_time
        days_that_are_sent_whole_are_replaced_whole_without_versions
        days_that_are_sent_whole_are_replaced_whole_with_versions_or_without;
    electricity:
        a_later_version_wins_and_an_older_one_goes_to_the_history
        a_day_in_another_length_is_replaced_whole
        a_day_that_straddles_batches_is_one_day
        two_meters_of_one_channel_and_day_go_by_version
        reasons_are_those_of_the_file_of_the_reading
        register_reads_are_replaced_by_version
        overlapping_periods_are_replaced_and_not_added
        stands_of_different_periods_and_meters_stay_apart
        register_reads_are_seen_everywhere
        the_doctor_finds_faults_of_electricity;
    files:
        a_name_and_a_content_are_loaded_once
        a_refused_file_keeps_its_row_and_counts_its_attempts
        findings_and_refused_records_are_kept
        running_numbers_are_looked_up_by_sender_and_environment
        names_full_of_sql_are_only_names
        the_row_of_a_file_says_everything_about_it;
    questions:
        days_follow_the_zone_of_the_channel
        readings_without_a_value_are_not_summed
        sums_stay_exact_where_64_bits_end
        gaps_are_found_and_clipped
        meters_are_listed_with_what_they_hold
        statistics_count_everything
        readings_are_streamed_in_order_and_can_be_broken_off
        a_frozen_store_answers_from_one_state
        the_views_can_be_read;
    sensors:
        sensors_are_found_by_their_names_and_by_their_uuids
        names_are_exchanged_moved_and_kept
        a_mapping_repeats_the_last_one_of_its_name_or_none
        measurements_are_accounted_for_with_the_file
        the_list_of_a_lake_changes_with_its_publications
        an_object_is_known_while_it_is_the_same
        what_a_file_has_made_current_is_read_back;
    trouble:
        a_second_writer_waits_and_then_gives_up
        four_writers_lose_nothing
        a_new_database_can_be_opened_by_many_at_once
        a_database_of_a_newer_smrt_is_refused
        the_doctor_finds_planted_faults
        a_store_for_questions_cannot_write
        writing_must_be_begun;
    warehouse:
        totals_follow_the_source_whatever_happens_there
        the_doctor_finds_a_lost_row_and_a_lost_day
        one_month_is_followed_alone
        numbers_of_every_type_are_added_up_exactly
        sums_go_on_where_64_bits_end
        a_source_may_print_as_it_likes
        a_month_alone_is_not_followed_otherwise
        a_tenth_added_up_often_has_no_noise
        rows_without_a_time_or_a_number_are_left_out_and_told
        days_are_those_of_the_zone
        rows_are_grouped_by_keys
        names_are_names_and_no_sql
        what_cannot_be_followed_is_told
        a_source_that_lies_or_breaks_off_changes_nothing
        a_run_that_is_ended_changes_nothing
        one_run_at_a_time
        the_source_is_seen_in_one_state_and_never_written;
}
