//! The body of an answer while it is made: gathered as long as it is small, streamed from where it is not.
//!
//! A small body is known as a whole: it has a length, can be kept, and an error on the way becomes a proper problem. A
//! large one is handed on block by block, never more of it in memory than a few blocks; an error on the way cuts it off,
//! so that nobody takes a part for the whole.

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use std::io::{self, Write};
use tokio::sync::{mpsc, oneshot};

/// Most bytes of a body that is gathered.
pub(crate) const WHOLE: usize = 3 << 20;
/// Bytes that are handed on at a time.
const BLOCK: usize = 64 << 10;
/// Fewest bytes that are packed.
const LEAST: usize = 512;
/// Blocks between the one who makes a body and the one who sends it.
const AHEAD: usize = 4;

/// A block of a body, or why there are no more.
pub(crate) type Block = io::Result<Bytes>;

/// What becomes known of a body first.
#[derive(Debug)]
pub(crate) enum Head<E> {
    /// All of it, packed if that was wanted and makes it smaller.
    Whole(Whole),
    /// It is large; here it comes, packed if that was wanted.
    Stream(mpsc::Receiver<Block>),
    /// There is none.
    Failed(E),
}

/// All of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) bytes: Bytes,
    pub(crate) is_packed: bool,
}

/// Takes a body in as it is made.
pub(crate) struct Spill<E> {
    head: Option<oneshot::Sender<Head<E>>>,
    gathered: Vec<u8>,
    streaming: Option<Streaming>,
    packed: bool,
}

enum Streaming {
    Plain(Blocks),
    Packed(Box<GzEncoder<Blocks>>),
}

impl<E> Spill<E> {
    /// Takes a body in, and gives the place where its head becomes known.
    pub(crate) fn new(packed: bool) -> (Self, oneshot::Receiver<Head<E>>) {
        let (head, place) = oneshot::channel();
        (Self { head: Some(head), gathered: Vec::new(), streaming: None, packed }, place)
    }

    /// Whether nothing of it has been handed on yet.
    pub(crate) fn is_gathering(&self) -> bool {
        self.streaming.is_none()
    }

    /// Ends it: well, or with why not.
    pub(crate) fn finish(mut self, result: Result<(), E>) {
        let Some(head) = self.head.take() else {
            // Its head is gone; what is left can just end, or end too early.
            return self.end(result.map_err(|_| too_early()));
        };
        // Whoever asked may have gone.
        let _ = head.send(match result {
            Ok(()) => Head::Whole(Whole::of(std::mem::take(&mut self.gathered), self.packed)),
            Err(error) => Head::Failed(error),
        });
    }

    fn end(&mut self, ended: io::Result<()>) {
        match self.streaming.take() {
            Some(Streaming::Plain(blocks)) => blocks.end(ended),
            Some(Streaming::Packed(encoder)) => match encoder.finish() {
                Ok(blocks) => blocks.end(ended),
                Err(_) => tracing::debug!("whoever asked has gone"),
            },
            None => {}
        }
    }

    fn begin_streaming(&mut self) -> io::Result<()> {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let blocks = Blocks { sender, block: Vec::with_capacity(BLOCK) };
        let streaming = match self.packed {
            true => Streaming::Packed(Box::new(GzEncoder::new(blocks, Compression::fast()))),
            false => Streaming::Plain(blocks),
        };
        let head = self.head.take().ok_or_else(gone)?;
        head.send(Head::Stream(receiver)).map_err(|_| gone())?;
        let gathered = std::mem::take(&mut self.gathered);
        self.streaming.insert(streaming).write_all(&gathered)
    }
}

impl<E> Write for Spill<E> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.streaming.is_none() && self.gathered.len() + bytes.len() > WHOLE {
            self.begin_streaming()?;
        }
        match &mut self.streaming {
            Some(streaming) => streaming.write(bytes),
            None if self.head.as_ref().is_some_and(oneshot::Sender::is_closed) => Err(gone()),
            None => self.gathered.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<E> Drop for Spill<E> {
    /// Even where whoever makes it fails on the way, a part is not taken for the whole.
    fn drop(&mut self) {
        self.end(Err(too_early()));
    }
}

impl Write for Streaming {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(blocks) => blocks.write(bytes),
            Self::Packed(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Blocks on their way to whoever sends them.
struct Blocks {
    sender: mpsc::Sender<Block>,
    block: Vec<u8>,
}

impl Blocks {
    fn hand_on(&mut self) -> io::Result<()> {
        let block = std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK));
        self.sender.blocking_send(Ok(block.into())).map_err(|_| gone())
    }

    fn end(mut self, result: io::Result<()>) {
        let ended = result.and_then(|()| self.hand_on());
        if let Err(error) = ended {
            let _ = self.sender.blocking_send(Err(error));
        }
    }
}

impl Write for Blocks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.block.extend_from_slice(bytes);
        if self.block.len() >= BLOCK {
            self.hand_on()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn too_early() -> io::Error {
    io::Error::other("the answer ends early")
}

/// Whoever asked does not read any more.
fn gone() -> io::Error {
    io::ErrorKind::BrokenPipe.into()
}

impl Whole {
    fn of(mut body: Vec<u8>, packed: bool) -> Self {
        // Packing a few bytes makes them more.
        if !packed || body.len() < LEAST {
            // It may be kept for long, and the room it grew into with it.
            body.shrink_to_fit();
            return Self { bytes: body.into(), is_packed: false };
        }
        let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 8), Compression::fast());
        // A buffer in memory takes everything.
        let _ = encoder.write_all(&body);
        Self { bytes: encoder.finish().unwrap_or_default().into(), is_packed: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut receiver: mpsc::Receiver<Block>) -> (Vec<u8>, bool) {
        let mut body = Vec::new();
        while let Some(block) = receiver.blocking_recv() {
            match block {
                Ok(block) => body.extend_from_slice(&block),
                Err(_) => return (body, false),
            }
        }
        (body, true)
    }

    #[test]
    fn a_small_body_is_whole() {
        let (mut spill, head) = Spill::<&str>::new(true);
        spill.write_all(b"abc").unwrap();
        assert!(spill.is_gathering());
        spill.finish(Ok(()));
        let whole = Whole { bytes: Bytes::from_static(b"abc"), is_packed: false };
        assert!(matches!(head.blocking_recv().unwrap(), Head::Whole(body) if body == whole));
        let (mut spill, head) = Spill::new(true);
        spill.write_all(b"abc").unwrap();
        spill.finish(Err("no"));
        assert!(matches!(head.blocking_recv().unwrap(), Head::Failed("no")));
    }

    #[test]
    fn a_body_worth_it_is_packed() {
        let (mut spill, head) = Spill::<&str>::new(true);
        spill.write_all(&[b'x'; 10_000]).unwrap();
        spill.finish(Ok(()));
        let Head::Whole(whole) = head.blocking_recv().unwrap() else { panic!("it is small") };
        let mut plain = Vec::new();
        io::copy(&mut flate2::read::GzDecoder::new(&whole.bytes[..]), &mut plain).unwrap();
        assert!(whole.is_packed && whole.bytes.len() < 1000 && plain == [b'x'; 10_000]);
    }

    #[test]
    fn a_large_body_comes_in_blocks_and_says_whether_it_is_whole() {
        for (packed, ends_well) in [(false, true), (false, false), (true, true), (true, false)] {
            let (mut spill, head) = Spill::<&str>::new(packed);
            let text = b"0123456789abcdef".repeat(WHOLE / 8);
            let expected = text.clone();
            let maker = std::thread::spawn(move || {
                text.chunks(1000).for_each(|part| spill.write_all(part).unwrap());
                spill.finish(if ends_well { Ok(()) } else { Err("no") });
            });
            let Head::Stream(receiver) = head.blocking_recv().unwrap() else { panic!("it is large") };
            let (body, is_whole) = all(receiver);
            maker.join().unwrap();
            assert_eq!(is_whole, ends_well);
            if ends_well {
                let mut plain = Vec::new();
                match packed {
                    true => drop(io::copy(&mut flate2::read::GzDecoder::new(&body[..]), &mut plain).unwrap()),
                    false => plain = body,
                }
                assert!(plain == expected);
            }
        }
    }

    #[test]
    fn nobody_makes_what_nobody_reads() {
        let (mut spill, head) = Spill::<&str>::new(false);
        let maker = std::thread::spawn(move || {
            let part = [0; 1 << 16];
            while spill.write_all(&part).is_ok() {}
        });
        let Head::Stream(receiver) = head.blocking_recv().unwrap() else { panic!("it is large") };
        drop(receiver);
        maker.join().unwrap();
        // Small ones neither: what takes long must not go on for nobody.
        let (mut spill, head) = Spill::<&str>::new(false);
        spill.write_all(b"abc").unwrap();
        drop(head);
        assert!(spill.write_all(b"abc").is_err());
    }

    #[test]
    fn a_body_whose_maker_fails_does_not_look_whole() {
        for packed in [false, true] {
            let (mut spill, head) = Spill::<&str>::new(packed);
            let maker = std::thread::spawn(move || {
                spill.write_all(&[0; WHOLE + 1]).unwrap();
                drop(spill);
            });
            let Head::Stream(receiver) = head.blocking_recv().unwrap() else { panic!("it is large") };
            assert!(!all(receiver).1, "{packed}");
            maker.join().unwrap();
        }
    }
}
