//! Files as senders make them, small ones.

/// A file of the SMRT flow of the given generation; rows are meter, hour of 2019-09-28, value.
pub fn smrt(generation: &str, rows: &[(&str, u32, &str)]) -> String {
    let mut text = format!("\"HEADR\",\"SMRT\",\"GAZ\",\"20191011\",\"134942\",\"{generation}\"\n");
    for (meter, hour, value) in rows {
        text.push_str(&format!("\"CONSU\",\"{meter}\",\"20190928\",\"{hour:02}00\",{value}\n"));
    }
    text + "\"TRAIL\"\n"
}

/// A day of one meter, as such a file.
pub fn day(generation: &str, meter: &str) -> String {
    let values: Vec<(u32, String)> = (0..24).map(|hour| (hour, format!("{hour}.5"))).collect();
    let rows: Vec<_> = values.iter().map(|(hour, value)| (meter, *hour, value.as_str())).collect();
    smrt(generation, &rows)
}
