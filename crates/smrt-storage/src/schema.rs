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
        manner -> SmallInt,
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

diesel::table! {
    day_version (channel_id, day, version, file_id) {
        channel_id -> BigInt,
        day -> Integer,
        version -> BigInt,
        file_id -> BigInt,
        minutes -> Integer,
        line -> BigInt,
    }
}

diesel::table! {
    interval_event (id) {
        id -> BigInt,
        channel_id -> BigInt,
        start -> BigInt,
        end -> BigInt,
        quality -> SmallInt,
        reason -> Nullable<SmallInt>,
        text -> Text,
        file_id -> BigInt,
        line -> BigInt,
    }
}

diesel::table! {
    register_read (id) {
        id -> BigInt,
        channel_id -> BigInt,
        serial -> Text,
        register -> Text,
        period -> Text,
        rate -> Text,
        direction -> Text,
        previous_at -> Nullable<BigInt>,
        previous_read -> Text,
        previous_quality -> Nullable<SmallInt>,
        previous_reason -> Nullable<SmallInt>,
        previous_reason_text -> Text,
        previous_trans_code -> Text,
        previous_service_order -> Text,
        read_at -> Nullable<BigInt>,
        read -> Text,
        quality -> SmallInt,
        reason -> Nullable<SmallInt>,
        reason_text -> Text,
        trans_code -> Text,
        service_order -> Text,
        quantity -> Nullable<BigInt>,
        demand -> Nullable<BigInt>,
        demand_at -> Nullable<BigInt>,
        status -> Text,
        reset_count -> Nullable<BigInt>,
        reset_at -> Nullable<BigInt>,
        version -> BigInt,
        file_id -> BigInt,
        line -> BigInt,
        counted -> SmallInt,
        superseded_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    source_object (address) {
        address -> Text,
        etag -> Text,
        size -> BigInt,
        file_id -> BigInt,
    }
}

diesel::table! {
    sensor_name (id) {
        id -> BigInt,
        meter_point_id -> BigInt,
        name -> Text,
        file_id -> BigInt,
        line -> BigInt,
        counted -> SmallInt,
        superseded_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    sensor_day (channel_id, day) {
        channel_id -> BigInt,
        day -> Integer,
        count -> BigInt,
        first -> BigInt,
        last -> BigInt,
    }
}

diesel::table! {
    measured_file (file_id) {
        file_id -> BigInt,
        inserted -> BigInt,
        replaced -> BigInt,
        unchanged -> BigInt,
    }
}

diesel::table! {
    lake (id) {
        id -> Text,
        location -> Text,
        readings -> SmallInt,
        made_at -> BigInt,
    }
}

diesel::table! {
    lake_publication (dataset, number) {
        dataset -> Text,
        number -> BigInt,
        operation -> Text,
        made_at -> BigInt,
    }
}

diesel::table! {
    lake_file (id) {
        id -> BigInt,
        dataset -> Text,
        path -> Text,
        day -> Integer,
        size -> BigInt,
        rows -> BigInt,
        first_series -> Text,
        last_series -> Text,
        first_at -> BigInt,
        last_at -> BigInt,
        first_file -> BigInt,
        last_file -> BigInt,
        sha256 -> Text,
        added -> BigInt,
        removed -> Nullable<BigInt>,
    }
}

diesel::table! {
    warehouse_series (id) {
        id -> BigInt,
        name -> Text,
        source -> Text,
        table_name -> Text,
        time_column -> Text,
        value_column -> Text,
        key_columns -> Text,
        zone -> Text,
    }
}

diesel::table! {
    warehouse_group (id) {
        id -> BigInt,
        series_id -> BigInt,
        keys -> Text,
    }
}

diesel::table! {
    warehouse_period (id) {
        id -> BigInt,
        series_id -> BigInt,
        year -> Integer,
        month -> Integer,
        rows -> BigInt,
        fingerprint -> Text,
        synced_at -> BigInt,
    }
}

diesel::table! {
    warehouse_row (period_id, group_id, day, number) {
        period_id -> BigInt,
        number -> BigInt,
        group_id -> BigInt,
        day -> SmallInt,
        at -> BigInt,
        whole -> Nullable<BigInt>,
        value -> Nullable<Double>,
    }
}

diesel::table! {
    warehouse_day (series_id, year, month, day, group_id) {
        series_id -> BigInt,
        year -> Integer,
        month -> Integer,
        day -> SmallInt,
        group_id -> BigInt,
        rows -> BigInt,
        sum -> Numeric,
        min -> Numeric,
        max -> Numeric,
    }
}

diesel::table! {
    series_analysis (channel_id) {
        channel_id -> BigInt,
        version -> Text,
        made_at -> BigInt,
        start -> Nullable<BigInt>,
        step_seconds -> Nullable<BigInt>,
        model -> Text,
        verdict -> Text,
    }
}

diesel::table! {
    anomaly (channel_id, ordinal) {
        channel_id -> BigInt,
        ordinal -> Integer,
        kind -> Text,
        start -> BigInt,
        end -> BigInt,
        severity -> Double,
        expected -> Nullable<Double>,
        low -> Nullable<Double>,
        high -> Nullable<Double>,
        observed -> Nullable<Double>,
        reason -> Text,
    }
}

diesel::table! {
    estimate (channel_id, start) {
        channel_id -> BigInt,
        start -> BigInt,
        minutes -> Integer,
        quantity -> BigInt,
        method -> Text,
        reason -> Text,
        made_at -> BigInt,
    }
}

diesel::joinable!(channel -> meter_point (meter_point_id));
diesel::joinable!(reading -> source_file (file_id));
diesel::allow_tables_to_appear_in_same_query!(meter_point, channel, reading, source_file);
