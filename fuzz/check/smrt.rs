//! What must hold for the SMRT reader.

use super::Read;
use smrt_core::FileHeader;
use smrt_parser::smrt::{Record, Records};

/// Two ways to read the same text: record by record through the grammar, and in batches through the fast path.
pub(super) fn check(text: &[u8], whole: &Read) {
    let mut readings = whole.batch.readings();
    let mut problems = whole.problems.iter().map(|(problem, _)| problem);
    let mut header = FileHeader::default();
    for record in Records::new(text) {
        match record {
            Ok(record) => {
                prints_and_reads_back(&record);
                match record {
                    Record::Consumption(record) => {
                        let reading = readings.next().expect("a reading for each record");
                        assert_eq!(whole.batch.new_channels[reading.channel as usize].meter, *record.meter);
                        assert_eq!((reading.start, reading.quantity), (record.start, record.consumption));
                    }
                    Record::Header(record) => {
                        header.sender = Some(record.company.into_owned());
                        header.created_at = Some(record.created_at);
                        header.generation = Some(record.generation);
                    }
                    Record::Trailer => {}
                }
            }
            Err(problem) => assert_eq!(Some(&problem), problems.next()),
        }
    }
    assert_eq!(readings.next(), None, "no reading without a record");
    assert_eq!(problems.next(), None);
    assert_eq!(header, whole.decoded.header);
}

/// A record that was read can be written, and is then read as the same.
fn prints_and_reads_back(record: &Record<'_>) {
    if matches!(record, Record::Trailer) {
        return;
    }
    let line = record.to_string();
    // A record alone lacks what must stand around it; of a consumption record the reader then says just that.
    let header = "HEADR,SMRT,GAZ,20191011,134942,PN007505\n";
    let text = if matches!(record, Record::Header(_)) { line } else { format!("{header}{line}") };
    let back = Records::new(text.as_bytes()).filter_map(Result::ok).last();
    assert_eq!(back.as_ref(), Some(record), "{text}");
}
