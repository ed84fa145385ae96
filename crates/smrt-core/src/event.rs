//! Why intervals are what they are, where the sender says so.

use crate::Quality;

/// A reason code, a text or a status that holds for some intervals of one channel.
///
/// The quality of each interval stands in its reading; an event is there only where the sender says more than that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntervalEvent {
    /// Index of the channel in its file's channel table.
    pub channel: u32,
    /// Start of the first interval it holds for, UTC epoch seconds.
    pub start: i64,
    /// End of the last one, UTC epoch seconds.
    pub end: i64,
    /// The quality stated with it.
    pub quality: Quality,
    /// The reason code, 0 to 999.
    pub reason: Option<u16>,
    /// Text of the sender: the description of a reason, or a status.
    pub text: String,
    /// Line of the file it stands in, from 1.
    pub line: u32,
}
