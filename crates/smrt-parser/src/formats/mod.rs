//! One folder per format: its records, its grammar, its reader. What several formats share has a folder of its own:
//! `mdff` for the files of meter data providers, `table` for those with a line of column names.

pub mod csv;
pub mod lp;
pub mod mdff;
pub mod nem12;
pub mod nem13;
pub mod sensor;
pub mod sensor_mapping;
pub mod smrt;
pub mod table;
pub mod tou;
