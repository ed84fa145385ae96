//! The tables as diesel sees them, the same for both databases.
//!
//! Written by hand from the migrations; a test compares every column with both databases. The reasons behind the
//! tables are told there.

diesel::table! {
    run (id) {
        id -> Text,
        started_at -> BigInt,
        finished_at -> Nullable<BigInt>,
        command -> Text,
        version -> Text,
    }
}

diesel::table! {
    source_file (id) {
        id -> BigInt,
        name -> Text,
        path -> Text,
        format -> Nullable<Text>,
        sha256 -> Nullable<Text>,
        size -> BigInt,
        received_at -> BigInt,
        created_at -> Nullable<BigInt>,
        generation -> Nullable<Text>,
        generation_number -> Nullable<Integer>,
        environment -> Nullable<Text>,
        sender -> Nullable<Text>,
        status -> Text,
        records -> BigInt,
        inserted -> BigInt,
        replaced -> BigInt,
        unchanged -> BigInt,
        refused -> BigInt,
        findings -> BigInt,
        duration_ms -> BigInt,
        attempts -> Integer,
        reason_code -> Nullable<Text>,
        reason_message -> Nullable<Text>,
        reason_line -> Nullable<BigInt>,
        reason_column -> Nullable<BigInt>,
        duplicate_of -> Nullable<BigInt>,
        run_id -> Text,
    }
}

diesel::table! {
    finding (file_id, ordinal) {
        file_id -> BigInt,
        ordinal -> Integer,
        code -> Text,
        severity -> Text,
        line -> Nullable<BigInt>,
        col -> Nullable<BigInt>,
        length -> Nullable<BigInt>,
        message -> Text,
        excerpt -> Nullable<Text>,
        indent -> Nullable<Integer>,
        width -> Nullable<Integer>,
    }
}

diesel::table! {
    finding_count (file_id, code) {
        file_id -> BigInt,
        code -> Text,
        count -> BigInt,
    }
}

diesel::table! {
    quarantined_record (file_id, ordinal) {
        file_id -> BigInt,
        ordinal -> BigInt,
        line -> BigInt,
        text -> Text,
        code -> Text,
        message -> Text,
    }
}

diesel::table! {
    meter_point (id) {
        id -> BigInt,
        scheme -> Text,
        code -> Text,
        name -> Nullable<Text>,
    }
}

diesel::table! {
    channel (id) {
        id -> BigInt,
        meter_point_id -> BigInt,
        name -> Text,
        unit -> Text,
        source_unit -> Text,
        serial -> Text,
        register -> Text,
        plant -> Text,
        zone -> Text,
    }
}

diesel::table! {
    reading (channel_id, start) {
        channel_id -> BigInt,
        start -> BigInt,
        minutes -> Integer,
        quantity -> BigInt,
        quality -> SmallInt,
        file_id -> BigInt,
        line -> BigInt,
    }
}

diesel::table! {
    reading_history (id) {
        id -> BigInt,
        channel_id -> BigInt,
        start -> BigInt,
        minutes -> Integer,
        quantity -> BigInt,
        quality -> SmallInt,
        file_id -> BigInt,
        line -> BigInt,
        superseded_by -> BigInt,
    }
}

diesel::table! {
    daily_summary (channel_id, day) {
        channel_id -> BigInt,
        day -> Integer,
        count -> BigInt,
        sum_units -> BigInt,
        sum_micros -> Integer,
        min -> Nullable<BigInt>,
        max -> Nullable<BigInt>,
        expected -> Integer,
    }
}

diesel::joinable!(channel -> meter_point (meter_point_id));
diesel::joinable!(reading -> source_file (file_id));
diesel::allow_tables_to_appear_in_same_query!(meter_point, channel, reading, source_file);
