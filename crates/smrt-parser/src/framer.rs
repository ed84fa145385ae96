//! Cuts a stream of bytes into blocks of whole lines, in one re-used buffer.

/// Collects bytes and gives them back as blocks of whole lines.
///
/// Does no input itself: [`Framer::spare`] lends room for the next bytes, [`Framer::advance`] says how many came,
/// [`Framer::cut`] and [`Framer::block`] give the whole lines so far. One re-used buffer costs a quarter of reading a file whole, where
/// every page is touched for the first time.
#[derive(Debug)]
pub struct Framer {
    buffer: Vec<u8>,
    /// Bytes that stand in the buffer.
    filled: usize,
    /// Bytes at the front that the last block gave away.
    given: usize,
    /// Where the buffer starts in the stream.
    start: u64,
    /// Longest line that is kept.
    longest: usize,
}

/// A line is longer than the framer keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a line of more than {limit} bytes")]
pub struct LineTooLong {
    /// Most bytes of a line, its line end not counted.
    pub limit: usize,
    /// The byte of the stream that the line starts at.
    pub offset: u64,
}

impl Framer {
    /// Bytes of a block: small enough for the second-level cache, large enough that the seams do not count.
    pub const BLOCK: usize = 256 * 1024;
    /// Longest line kept: twenty times the widest record of any format.
    pub const LONGEST_LINE: usize = 256 * 1024;

    /// A framer with [`Framer::BLOCK`] and [`Framer::LONGEST_LINE`].
    pub fn new() -> Self {
        Self::with_sizes(Self::BLOCK, Self::LONGEST_LINE)
    }

    /// A framer with a block size and a line limit of one's own.
    pub fn with_sizes(block: usize, longest: usize) -> Self {
        Self { buffer: vec![0; block.max(1) + longest], filled: 0, given: 0, start: 0, longest }
    }

    /// Room for the next bytes; never empty while no line is too long.
    pub fn spare(&mut self) -> &mut [u8] {
        self.forget_given();
        &mut self.buffer[self.filled..]
    }

    /// Says that `count` bytes were written to the front of [`Framer::spare`].
    pub fn advance(&mut self, count: usize) {
        self.filled = (self.filled + count).min(self.buffer.len());
    }

    /// Cuts a block: the whole lines that have come since the last one, or with `last` all that is left. Tells whether
    /// there is any; [`Framer::block`] then gives it.
    ///
    /// # Errors
    /// [`LineTooLong`] when the next line is over the limit; lines before it are given first, unless it is among the
    /// last bytes. With `last` the buffer is free afterwards in any case.
    pub fn cut(&mut self, last: bool) -> Result<bool, LineTooLong> {
        self.forget_given();
        let too_long = self.too_long();
        self.given = match too_long {
            _ if last => self.filled,
            Some(at) => at,
            None => memchr::memrchr(b'\n', &self.buffer[..self.filled]).map_or(0, |newline| newline + 1),
        };
        match too_long {
            Some(at) if last || at == 0 => Err(LineTooLong { limit: self.longest, offset: self.start + at as u64 }),
            _ => Ok(self.given > 0),
        }
    }

    /// Where the first line over the limit starts. Whole lines are measured like unfinished ones, so that it does not
    /// matter in which pieces they came. As many lines as fit into the limit are stepped over at once.
    fn too_long(&self) -> Option<usize> {
        let mut at = 0;
        while self.filled - at > self.longest {
            match memchr::memrchr(b'\n', &self.buffer[at..=at + self.longest]) {
                Some(newline) => at += newline + 1,
                None => return Some(at),
            }
        }
        None
    }

    /// The block that was cut last; empty once more bytes have been asked for.
    pub fn block(&self) -> &[u8] {
        &self.buffer[..self.given]
    }

    /// Moves the bytes behind the last block to the front.
    fn forget_given(&mut self) {
        if self.given > 0 {
            self.buffer.copy_within(self.given..self.filled, 0);
            self.filled -= self.given;
            self.start += self.given as u64;
            self.given = 0;
        }
    }
}

impl Default for Framer {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The blocks of a text that comes in pieces of `step` bytes, and the line that ended it.
    fn frame(text: &[u8], step: usize, block: usize, longest: usize) -> (Vec<Vec<u8>>, Option<LineTooLong>) {
        let mut framer = Framer::with_sizes(block, longest);
        let mut rest = text;
        let mut blocks = Vec::new();
        loop {
            let spare = framer.spare();
            let count = rest.len().min(step).min(spare.len());
            assert!(count > 0 || rest.is_empty(), "there is always room");
            spare[..count].copy_from_slice(&rest[..count]);
            rest = &rest[count..];
            framer.advance(count);
            match framer.cut(count == 0) {
                Ok(true) => blocks.push(framer.block().to_vec()),
                Ok(false) => {}
                Err(too_long) => return (blocks, Some(too_long)),
            }
            if count == 0 {
                return (blocks, None);
            }
        }
    }

    #[test]
    fn blocks_are_whole_lines_and_together_the_text() {
        let text = b"one\ntwo\r\n\nfour and more\nlast without end";
        for step in 1..text.len() {
            for block in 1..text.len() {
                let (blocks, too_long) = frame(text, step, block, 20);
                assert_eq!((blocks.concat().as_slice(), too_long), (text.as_slice(), None));
                assert!(blocks.iter().rev().skip(1).all(|block| block.ends_with(b"\n")));
            }
        }
    }

    #[test]
    fn neither_pieces_nor_blocks_decide_which_line_is_too_long() {
        let ends = ["0123456789\n", "0123456789", "0123456789A\n", "0123456789A", "0123456789\r\n", "012345678\r\n"];
        for before in ["", "\n", "a\n", "abcdefghi\nabcdefghij\n", "abcdefghij\nabcdefghij\nabc\n"] {
            for (line, after) in
                ends.iter().flat_map(|line| ["", "z\n", "0123456789ABCDEF\n"].map(|after| (line, after)))
            {
                let text = [before, line, after].concat();
                let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end + 1));
                let mut lines = starts.zip(text.split('\n'));
                let at = lines.find(|(_, line)| line.len() > 10).map(|(at, _)| at);
                let expected = at.map(|at| LineTooLong { limit: 10, offset: at as u64 });
                for (step, block) in (1..=text.len()).flat_map(|step| (1..=text.len()).map(move |block| (step, block)))
                {
                    let (blocks, too_long) = frame(text.as_bytes(), step, block, 10);
                    assert_eq!(too_long, expected, "{text:?} by {step} in {block}");
                    assert_eq!(blocks.concat(), &text.as_bytes()[..at.unwrap_or(text.len())]);
                }
            }
        }
    }

    #[test]
    fn a_line_too_long_among_the_last_bytes_is_an_error_and_frees_the_buffer() {
        let mut framer = Framer::with_sizes(8, 4);
        framer.spare()[..9].copy_from_slice(b"ok\nlonger");
        framer.advance(9);
        assert_eq!(framer.cut(true), Err(LineTooLong { limit: 4, offset: 3 }));
        assert_eq!(framer.spare().len(), 12);
    }
}
