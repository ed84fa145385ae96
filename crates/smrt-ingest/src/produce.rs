//! One file from its bytes to checked readings in key order, on a thread of its own.
//!
//! A producer knows no database. It sends batches as they come and at the end what it found; whether the file may be
//! loaded is known only then, so the loader keeps all in one transaction until then.

use crate::{
    IngestError, Observer, OnBadRecord, Options, Reason, Stop,
    candidate::{Candidate, Content},
    codes::{
        CHANGED, LINE_TOO_LONG, NOT_A_FILE, OBJECT_UNAVAILABLE, OTHER_ENVIRONMENT, TOO_MANY_REFUSED, UNKNOWN_FORMAT,
        UNREADABLE,
    },
    container::Fault,
    convert::folded::{self, DayRun},
    foreign, locate,
    objects::{Fetcher, Unfetched},
    order::Orderer,
    rules::Rules,
    source::{Fingerprint, HashedBlocks, OpenError, Source},
};
use smrt_core::{Batch, Code, Excerpt, FileHeader, Finding, Findings, Span};
use smrt_parser::{Format, LineTooLong, ParseError, Remark, Sink, Spare, decode_on};
use smrt_storage::QuarantinedRecord;
use std::{
    io,
    sync::{Arc, mpsc::SyncSender},
};

/// Most refused records, and bytes of them, that are kept of one file.
const MOST_QUARANTINED: usize = 10_000;
const MOST_QUARANTINED_BYTES: usize = 4 << 20;

/// Why a producer ends early.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The end was asked for.
    Interrupted,
    /// Nobody listens any more.
    Gone,
    /// The file cannot be read.
    Unreadable(io::Error),
    /// The temporary file cannot be written or read.
    Temporary(io::Error),
    /// What is packed cannot be unpacked.
    Packed(Fault),
    /// A line outgrows the buffer.
    LineTooLong(LineTooLong),
    /// A file that looked as if it would be refused is good: it must be read again and its readings sent.
    Withheld,
    /// Readings came out of order after others had been given on: the file must be read again.
    OutOfOrder,
}

/// What a producer sends.
#[derive(Debug)]
pub(crate) enum Message {
    /// The SHA-256 of the content, where it was asked for before the readings.
    Content(String),
    /// Readings in key order.
    Batch(Box<Batch>),
    /// Days, in key order, where they were asked for.
    Days(Box<DayRun>),
    /// All batches so far are void: the file is read again from its start.
    Restart,
    /// The last message.
    Done(Box<Produced>),
}

/// Where a producer sends; an error, which is then the last, where not just this file is in trouble.
pub(crate) type Out = SyncSender<Result<Message, IngestError>>;

/// What is known of a file at its end.
#[derive(Debug, Default)]
pub(crate) struct Produced {
    pub(crate) format: Option<Format>,
    pub(crate) header: FileHeader,
    pub(crate) sha256: Option<String>,
    pub(crate) size: u64,
    /// The file that was read, to know it again.
    pub(crate) fingerprint: Option<Fingerprint>,
    pub(crate) records: u64,
    pub(crate) refused: u64,
    pub(crate) findings: Findings,
    pub(crate) quarantined: Vec<QuarantinedRecord>,
    pub(crate) fate: Fate,
}

/// What may become of a file, as far as its content says.
#[derive(Debug, Default)]
pub(crate) enum Fate {
    /// It may be loaded.
    #[default]
    Accepted,
    /// It must not be loaded.
    Refused(Reason),
    /// It is left alone.
    Skipped(Reason),
}

impl Fate {
    /// Why it is not loaded.
    pub(crate) fn reason(&self) -> Option<Reason> {
        match self {
            Self::Accepted => None,
            Self::Refused(reason) | Self::Skipped(reason) => Some(reason.clone()),
        }
    }
}

/// What a consumer wants of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// The readings of a file that may be loaded, until it turns out that it may not.
    Accepted,
    /// As [`Want::Accepted`]; days will do where the file allows.
    Days,
    /// All readings that can be had.
    Everything,
    /// Just what is found.
    Findings,
    /// Just the hash: the file's name is loaded already.
    Hash,
}

impl Want {
    /// Whether nothing is wanted of a file that is refused.
    fn is_of_accepted(self) -> bool {
        matches!(self, Self::Accepted | Self::Days)
    }
}

/// What all producers of a run share.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// Who fetches objects of stores.
    pub(crate) fetcher: &'a Fetcher,
    pub(crate) options: &'a Options,
    pub(crate) stop: &'a Stop,
    pub(crate) observer: &'a dyn Observer,
    /// Batches to be used again.
    pub(crate) spare: &'a Arc<Spare>,
    /// How many cores may read one file.
    pub(crate) cores: usize,
    /// Readings that each producer may keep in memory for sorting.
    pub(crate) sort_rows: usize,
}

/// Produces one file. With `hash_first` its content is hashed before it is read for good, because it may be known.
pub(crate) fn produce(candidate: &Candidate, want: Want, hash_first: bool, context: &Context<'_>, out: &Out) {
    let last = match open_and_read(candidate, want, hash_first, context, out) {
        Ok(produced) => Ok(Message::Done(Box::new(produced))),
        Err(Halt::Unreadable(error)) => Ok(Message::Done(Box::new(unreadable(candidate, &error)))),
        Err(Halt::Temporary(error)) => Err(IngestError::Temporary(error)),
        // Without a last message the consumer sees the channel end.
        Err(_) => return,
    };
    let _ = out.send(last);
}

/// A file of which nothing can be said but why.
fn refused(candidate: &Candidate, code: &'static Code, message: String) -> Produced {
    let mut produced = Produced {
        format: candidate.format,
        header: candidate.header.clone(),
        size: candidate.size(),
        ..Produced::default()
    };
    let finding = Finding::of_file(code, message);
    produced.fate = Fate::Refused(Reason::from(&finding));
    produced.findings.push(finding);
    produced
}

/// A file that could not be read just now, which says nothing against it.
fn unreadable(candidate: &Candidate, error: &io::Error) -> Produced {
    left_alone(refused(candidate, &UNREADABLE, format!("cannot be read: {error}")))
}

fn left_alone(mut produced: Produced) -> Produced {
    if let Fate::Refused(reason) = produced.fate {
        produced.fate = Fate::Skipped(reason);
    }
    produced
}

fn open_and_read(
    candidate: &Candidate,
    want: Want,
    hash_first: bool,
    context: &Context<'_>,
    out: &Out,
) -> Result<Produced, Halt> {
    if let Content::Refused(finding) = &candidate.content {
        return Ok(refused_before(candidate, finding));
    }
    if let Content::Known(file) = &candidate.content {
        let (sha256, size) = (Some(file.sha256.clone()), file.size);
        return Ok(Produced { sha256, size, ..Produced::default() });
    }
    let source = match Source::open(candidate, context.fetcher, context.stop) {
        Ok(source) => source,
        Err(error @ OpenError::NotAFile) => return Ok(refused(candidate, &NOT_A_FILE, error.to_string())),
        Err(error @ OpenError::Changed) => return Ok(left_alone(refused(candidate, &CHANGED, error.to_string()))),
        Err(OpenError::Unfetched(Unfetched::Left(finding))) => return Ok(refused_before(candidate, &finding)),
        Err(OpenError::Unfetched(Unfetched::Temporary(error))) => return Err(Halt::Temporary(error)),
        Err(OpenError::Unfetched(Unfetched::Interrupted)) => return Err(Halt::Interrupted),
        Err(OpenError::Io(error)) => return Err(Halt::Unreadable(error)),
    };
    let Some(format) = candidate.format else { return unknown_format(candidate, &source, context) };
    if want == Want::Hash {
        return hash_only(candidate, &source, context);
    }
    if hash_first && source.can_be_read_again() {
        // What cannot be unpacked is told of when it is read for good.
        match HashedBlocks::new(&source, context.stop, &crate::Quiet)?.finish() {
            Ok(Some(sha256)) => out.send(Ok(Message::Content(sha256))).map_err(|_| Halt::Gone)?,
            Ok(None) | Err(Halt::Packed(_)) => {}
            Err(halt) => return Err(halt),
        }
    }
    // A file that lacks its trailer will be refused: its readings need not be written and taken back.
    let looks_complete = source.ends_complete(format).map_err(Halt::Unreadable)?;
    let send = want == Want::Everything || (want.is_of_accepted() && looks_complete);
    // What comes once is sorted from the start: there is no second pass for what turns out to be out of order.
    let mut pass = Pass { want, send, sorting: !source.can_be_read_again() };
    loop {
        let blocks = HashedBlocks::new(&source, context.stop, context.observer)?;
        let mut blocks = if context.options.hash { blocks } else { blocks.unhashed() };
        match read(candidate, format, &source, &mut blocks, pass, context, out) {
            Err(Halt::OutOfOrder) => pass.sorting = true,
            Err(Halt::Withheld) => pass.send = true,
            other => return other,
        }
        context.observer.taken_back(blocks.offset(), 0);
        out.send(Ok(Message::Restart)).map_err(|_| Halt::Gone)?;
    }
}

/// A file of no known format: refused where it was named, left alone in a folder.
fn unknown_format(candidate: &Candidate, source: &Source, context: &Context<'_>) -> Result<Produced, Halt> {
    let mut blocks = HashedBlocks::new(source, context.stop, context.observer)?;
    let first = blocks.first_bytes()?;
    let message = format!("expected {}, found {}", foreign::formats(), foreign::describe(&first));
    let mut produced = refused(candidate, &UNKNOWN_FORMAT, message);
    if candidate.is_foreign() {
        return Ok(left_alone(produced));
    }
    produced.fingerprint = source.fingerprint();
    if !source.is_packed() {
        // Unpacking what nobody will read may take very long.
        produced.sha256 = blocks.finish()?;
        produced.size = blocks.offset();
    }
    Ok(produced)
}

/// A file that was refused before it could be read.
fn refused_before(candidate: &Candidate, finding: &Finding) -> Produced {
    let mut produced = refused(candidate, finding.code, finding.message.clone());
    produced.fingerprint = candidate.fingerprint;
    let is_out_of_reach = [UNREADABLE.id, OBJECT_UNAVAILABLE.id].contains(&finding.code.id);
    if candidate.is_foreign() || is_out_of_reach { left_alone(produced) } else { produced }
}

fn hash_only(candidate: &Candidate, source: &Source, context: &Context<'_>) -> Result<Produced, Halt> {
    let mut blocks = HashedBlocks::new(source, context.stop, context.observer)?;
    let sha256 = match blocks.finish() {
        Err(Halt::Packed(fault)) => {
            let Finding { code, message, .. } = fault.finding();
            return Ok(refused(candidate, code, message));
        }
        other => other?,
    };
    let (format, header) = (candidate.format, candidate.header.clone());
    let (size, fingerprint) = (blocks.offset(), source.fingerprint());
    Ok(Produced { format, header, sha256, size, fingerprint, ..Produced::default() })
}

/// How one pass over a file goes.
#[derive(Clone, Copy)]
struct Pass {
    want: Want,
    /// Whether readings are sent on.
    send: bool,
    /// Whether the file is known to be out of order.
    sorting: bool,
}

impl Pass {
    /// Whether days will do, and can be had from the parts of a file.
    fn folds(self, format: Format, source: &Source, options: &Options) -> bool {
        let is_plain = source.can_be_read_again() && !source.is_packed();
        let may_fold = format.splits() && options.on_bad_record == OnBadRecord::RejectFile;
        self.want == Want::Days && !self.sorting && is_plain && may_fold
    }
}

/// Reads a file from its start to its end.
fn read(
    candidate: &Candidate,
    format: Format,
    source: &Source,
    blocks: &mut HashedBlocks<'_>,
    pass: Pass,
    context: &Context<'_>,
    out: &Out,
) -> Result<Produced, Halt> {
    let mut checker = Checker {
        orderer: Orderer::new(context.sort_rows, pass.sorting).reusing(Arc::clone(context.spare)),
        gate: Gate {
            rules: Rules::new(format, candidate.own_name()),
            findings: Findings::default(),
            send: pass.send,
            want: pass.want,
            observer: context.observer,
            handled: 0,
            spare: context.spare,
            out,
        },
        on_bad_record: context.options.on_bad_record,
        frame: None,
        refused: 0,
        quarantined: Vec::new(),
        quarantined_bytes: 0,
    };
    let (cores, spare, parse) = (context.cores, context.spare, &context.options.parse);
    let decoded = match pass.folds(format, source, context.options) {
        true => folded::decode(cores, spare, format, parse, blocks, &mut checker),
        false => decode_on(cores, spare, format, parse, blocks, &mut checker),
    };
    let decoded = match decoded {
        Ok(decoded) => decoded,
        Err(Halt::LineTooLong(too_long)) => {
            let span = locate::line_at(source, too_long.offset).map_err(Halt::Unreadable)?;
            let message = format!("expected lines of records, found {too_long}");
            checker.fault_in_frame(Finding { span, ..Finding::of_file(&LINE_TOO_LONG, message) });
            smrt_parser::Decoded { header: candidate.header.clone(), ..Default::default() }
        }
        Err(Halt::Packed(fault)) => {
            checker.fault_in_frame(fault.finding());
            smrt_parser::Decoded { header: candidate.header.clone(), ..Default::default() }
        }
        Err(halt) => {
            context.observer.taken_back(0, checker.gate.handled);
            return Err(halt);
        }
    };
    checker.finish(&decoded, context)?;
    let sha256 = checker.content(source, blocks)?;
    let size = blocks.offset();
    locate::complete(source, format, &mut checker.gate.findings);
    let fate = checker.fate(source, size)?;
    if pass.want.is_of_accepted() && !pass.send && matches!(fate, Fate::Accepted) {
        // It did not look complete, but is.
        return Err(Halt::Withheld);
    }
    Ok(Produced {
        format: Some(format),
        header: decoded.header,
        sha256,
        size,
        fingerprint: source.fingerprint(),
        records: decoded.records + checker.refused,
        refused: checker.refused,
        findings: checker.gate.findings,
        quarantined: checker.quarantined,
        fate,
    })
}

/// Runs the rules over ordered batches and sends them on while the file may still be loaded.
struct Gate<'a> {
    rules: Rules,
    findings: Findings,
    send: bool,
    want: Want,
    observer: &'a dyn Observer,
    /// Readings told to the observer, to be taken back when the file must be read again.
    handled: u64,
    spare: &'a Spare,
    out: &'a Out,
}

impl Gate<'_> {
    fn pass(&mut self, batch: Batch) -> Result<(), Halt> {
        self.rules.check(&batch, &mut self.findings);
        if self.send {
            self.out.send(Ok(Message::Batch(Box::new(batch)))).map_err(|_| Halt::Gone)?;
        } else if self.want == Want::Findings {
            self.handled += batch.records();
            self.observer.handled(batch.records());
            self.spare.give_back(batch);
        }
        Ok(())
    }

    /// The file will be refused: stops sending what would be taken back.
    fn close(&mut self) {
        self.send &= self.want == Want::Everything;
    }
}

/// A finding of the reader, with the line it stands in.
fn placed(code: &'static Code, span: Span, message: String, line: &[u8]) -> Finding {
    let excerpt = (!line.is_empty()).then(|| Excerpt::of_line(line, span.position.column, span.length));
    Finding { code, span: Some(span), message, excerpt }
}

/// Takes what the reader of a format gives.
pub(crate) struct Checker<'a> {
    orderer: Orderer,
    gate: Gate<'a>,
    on_bad_record: OnBadRecord,
    /// The first fault of the frame: it speaks against the whole file.
    frame: Option<Finding>,
    refused: u64,
    quarantined: Vec<QuarantinedRecord>,
    quarantined_bytes: usize,
}

impl Checker<'_> {
    fn fault_in_frame(&mut self, finding: Finding) {
        self.gate.close();
        self.frame.get_or_insert_with(|| finding.clone());
        self.gate.findings.push(finding);
    }

    /// Sends days on while the file may still be accepted.
    pub(crate) fn send_days(&mut self, days: DayRun) -> Result<(), Halt> {
        match self.gate.send {
            true => self.gate.out.send(Ok(Message::Days(Box::new(days)))).map_err(|_| Halt::Gone),
            false => Ok(()),
        }
    }

    /// Keeps a refused record, as long as there are not too many.
    fn quarantine(&mut self, finding: &Finding, line: &[u8]) {
        self.quarantined_bytes += line.len();
        if self.quarantined.len() >= MOST_QUARANTINED || self.quarantined_bytes > MOST_QUARANTINED_BYTES {
            if self.frame.is_none() {
                let message = format!("more than {} records were refused", self.quarantined.len());
                self.fault_in_frame(Finding::of_file(&TOO_MANY_REFUSED, message));
            }
            return;
        }
        self.quarantined.push(QuarantinedRecord {
            line: finding.line().unwrap_or_default(),
            text: String::from_utf8_lossy(line).into_owned(),
            code: finding.code.id.to_owned(),
            message: finding.message.clone(),
        });
    }

    /// Gives on what is left and lets the rules look back.
    fn finish(&mut self, decoded: &smrt_parser::Decoded, context: &Context<'_>) -> Result<(), Halt> {
        self.gate.rules.facts.header = decoded.header.clone();
        self.gate.rules.facts.rounded = decoded.rounded;
        self.orderer.finish(&mut |batch| self.gate.pass(batch))?;
        self.gate.rules.finish(&mut self.gate.findings);
        let found = decoded.header.generation.map(|generation| generation.environment);
        if let (Some(expected), Some(found)) = (context.options.environment, found)
            && expected != found
        {
            let message = format!("expected a file from {expected}, found one from {found}");
            self.fault_in_frame(Finding::of_file(&OTHER_ENVIRONMENT, message));
        }
        self.gate.findings.sort();
        Ok(())
    }

    /// Reads what is left for the hash of all bytes. Few packed bytes can hold very many, so nobody waits for the rest
    /// of what is packed and refused.
    fn content(&mut self, source: &Source, blocks: &mut HashedBlocks<'_>) -> Result<Option<String>, Halt> {
        if source.is_packed() && self.frame.is_some() {
            return Ok(None);
        }
        match blocks.finish() {
            Err(Halt::Packed(fault)) => {
                self.fault_in_frame(fault.finding());
                Ok(None)
            }
            other => other,
        }
    }

    /// What the content allows.
    fn fate(&mut self, source: &Source, size: u64) -> Result<Fate, Halt> {
        if !source.is_unchanged().map_err(Halt::Unreadable)? || source.size().is_some_and(|had| had != size) {
            let had = source.size().map_or_else(String::new, |had| format!(": it had {had} bytes"));
            let message = format!("the file changed while it was read{had}");
            let finding = Finding::of_file(&CHANGED, message);
            let fate = Fate::Skipped(Reason::from(&finding));
            self.gate.findings.push(finding);
            return Ok(fate);
        }
        let refusing = match self.on_bad_record {
            OnBadRecord::RejectFile => self.frame.as_ref().or(self.gate.findings.first_error()),
            OnBadRecord::Quarantine => self.frame.as_ref(),
        };
        Ok(refusing.map_or(Fate::Accepted, |finding| Fate::Refused(Reason::from(finding))))
    }
}

impl Sink for Checker<'_> {
    type Error = Halt;

    fn batch(&mut self, header: &FileHeader, batch: &mut Batch) -> Result<(), Halt> {
        if self.gate.rules.facts.header != *header {
            self.gate.rules.facts.header = header.clone();
        }
        self.orderer.push(batch, &mut |batch| self.gate.pass(batch))
    }

    fn remark(&mut self, remark: Remark, line: &[u8]) -> Result<(), Halt> {
        let code = remark.kind.code();
        self.gate.findings.report(code, || placed(code, remark.span, remark.kind.to_string(), line));
        Ok(())
    }

    fn problem(&mut self, problem: ParseError, line: &[u8]) -> Result<(), Halt> {
        let code = problem.kind.code();
        let finding = || placed(code, problem.span, problem.kind.to_string(), line);
        if problem.in_frame {
            self.fault_in_frame(finding());
            return Ok(());
        }
        self.refused += 1;
        match self.on_bad_record {
            OnBadRecord::RejectFile => {
                self.gate.close();
                self.gate.findings.report(code, finding);
            }
            // After too many there is no use in keeping more.
            OnBadRecord::Quarantine if self.frame.is_some() => self.gate.findings.report(code, finding),
            OnBadRecord::Quarantine => {
                let finding = finding();
                self.quarantine(&finding, line);
                self.gate.findings.push(finding);
            }
        }
        Ok(())
    }
}
