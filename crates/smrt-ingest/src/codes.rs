//! Every code a finding can carry, and those of files as a whole.

use crate::rules;
use smrt_core::{Code, Severity};

/// Every code: of files as a whole, of the grammar, of the rules; in the order of their ids within each kind.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    let rules = rules::CODES.iter().copied().chain([&crate::measure::DOUBLED]);
    FILE_CODES.iter().copied().chain(smrt_parser::codes()).chain(rules)
}

macro_rules! file_codes {
    ($($constant:ident = $id:literal $name:literal $severity:ident $explanation:literal;)*) => {
        $(pub(crate) static $constant: Code =
            Code { id: $id, name: $name, severity: Severity::$severity, explanation: $explanation };)*
        static FILE_CODES: &[&Code] = &[$(&$constant),*];
    };
}

file_codes! {
    UNKNOWN_FORMAT = "F001" "unknown-format" Error
        "Neither the first bytes nor the name of the file tell its format. Give it with --format, or keep other files out of the folder: in folders they are skipped.";
    UNREADABLE = "F002" "unreadable" Error
        "The file could not be opened or read to its end. Check its rights and its disk; it stays where it is and is taken at the next attempt.";
    CHANGED = "F003" "changed-while-read" Error
        "The file's size or time changed while it was read, so its sender is still writing it. Nothing was loaded; it is taken at the next attempt. Senders should write under a temporary name and rename at the end.";
    LINE_TOO_LONG = "F004" "line-too-long" Error
        "A line is longer than any record can be. The file is damaged or no text.";
    NAME_CONFLICT = "F005" "name-conflict" Error
        "A file of this name was loaded before, with other content. A name is loaded once: ask the sender for a new name, or whether the correction was meant for another file.";
    DUPLICATE = "F006" "duplicate-content" Note
        "The same bytes were loaded before under another name. The file is recorded and no reading changes.";
    NOT_A_FILE = "F007" "not-a-file" Error
        "The path is a pipe, a device or something else that is no regular file. It is not read.";
    TOO_MANY_REFUSED = "F008" "too-many-refused" Error
        "More records were refused than are kept beside a file (10,000 records, 4 MB). A file this bad is refused whole, also with --on-bad-record quarantine.";
    OTHER_ENVIRONMENT = "F009" "other-environment" Error
        "The file comes from another environment (production or development) than the one that the configuration accepts.";
    NOT_STORABLE = "F010" "not-storable" Error
        "The database cannot hold what the file says, although its format allows it. Nothing of it is loaded. Please report the file: smrt should have found this before.";
    DAMAGED_ARCHIVE = "F011" "damaged-archive" Error
        "An archive or packed file is damaged: it cannot be unpacked, ends too early, or holds something else than it states. Nothing of the file named is loaded, other files in the archive are. Ask the sender for it again.";
    UNPACKED_TOO_LARGE = "F012" "unpacked-too-large" Error
        "What is packed is larger than is allowed. Nothing of it is loaded. If the file is trusted, raise --max-unpacked or max-unpacked in the configuration.";
    TOO_MANY_MEMBERS = "F013" "too-many-members" Error
        "An archive holds more than 100,000 files, those in archives inside it counted. Nothing of it is loaded. Cut it into several archives.";
    NESTED_TOO_DEEP = "F014" "nested-too-deep" Error
        "Archives stand in archives more than two deep. Unpack the outer one and give what it holds.";
    ENCRYPTED = "F015" "encrypted" Error
        "A file in an archive is encrypted. smrt takes no passwords: unpack the archive and give what it holds.";
    FOREIGN_COMPRESSION = "F016" "foreign-compression" Error
        "A file in an archive is compressed in another way than deflate, the one that every zip program knows. Unpack the archive, or pack it anew.";
    EMPTY_ARCHIVE = "F017" "empty-archive" Error
        "An archive holds no file, just folders, hidden files, or nothing at all.";
    OBJECT_UNAVAILABLE = "F018" "object-unavailable" Error
        "An object of a store could not be fetched just now, however often it was tried, or it was replaced or removed since the store was listed. Nothing of it is loaded; run the same command again later.";
    MOVED_NAME = "F022" "moved-name" Warning
        "A mapping gives a sensor a name that was another sensor's, of which the mapping does not speak. A name belongs to one sensor alone, so the other one has none now and is asked for by its UUID.";
    NOT_CONVERTIBLE = "F021" "not-convertible" Error
        "The file is good, but its readings cannot be written in the form that was asked for, such as intervals of two lengths in one wide table. None of its rows are in the output. Choose another shape or form, or the option that the message names.";
}
