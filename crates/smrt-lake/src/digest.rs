//! One hash of all measurements that hold, whatever files they lie in.

use crate::{Home, LakeError, Query, scan::scan};
use sha2::{Digest, Sha256};
use smrt_core::DataFile;
use std::ops::ControlFlow;

/// What the hash begins with, so that another order or form would give another one.
const FORM: &[u8] = b"smrt measurements 1\n";

/// SHA-256 of a first line and, day by day (UTC) in the order of sensors and time, 32 bytes for each measurement:
/// sensor, instant and bits of the value, the most significant byte first.
pub(crate) fn digest(home: &Home, files: &[DataFile]) -> Result<[u8; 32], LakeError> {
    let mut hash = Sha256::new();
    hash.update(FORM);
    let mut bytes = Vec::new();
    scan(home, files, &Query::default(), &mut |rows| {
        bytes.clear();
        for row in rows {
            bytes.extend_from_slice(&row.sensor.0.to_be_bytes());
            bytes.extend_from_slice(&row.at.to_be_bytes());
            bytes.extend_from_slice(&row.value.get().to_bits().to_be_bytes());
        }
        hash.update(&bytes);
        ControlFlow::Continue(())
    })?;
    Ok(hash.finalize().into())
}
