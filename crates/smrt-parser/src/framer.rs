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
    /// Longest line that is kept.
    longest: usize,
}

/// A line is longer than the framer keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a line of more than {0} bytes")]
pub struct LineTooLong(pub usize);

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
        Self { buffer: vec![0; block.max(1) + longest], filled: 0, given: 0, longest }
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
    /// [`LineTooLong`] when the line at the end has outgrown the limit.
    pub fn cut(&mut self, last: bool) -> Result<bool, LineTooLong> {
        self.forget_given();
        let whole = if last {
            self.filled
        } else {
            memchr::memrchr(b'\n', &self.buffer[..self.filled]).map_or(0, |newline| newline + 1)
        };
        if self.filled - whole > self.longest {
            return Err(LineTooLong(self.longest));
        }
        self.given = whole;
        Ok(whole > 0)
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

    fn frame(text: &[u8], step: usize, block: usize, longest: usize) -> Result<Vec<Vec<u8>>, LineTooLong> {
        let mut framer = Framer::with_sizes(block, longest);
        let mut rest = text;
        let mut blocks = Vec::new();
        while !rest.is_empty() {
            let spare = framer.spare();
            let count = rest.len().min(step).min(spare.len());
            spare[..count].copy_from_slice(&rest[..count]);
            rest = &rest[count..];
            framer.advance(count);
            if framer.cut(false)? {
                blocks.push(framer.block().to_vec());
            }
        }
        if framer.cut(true)? {
            blocks.push(framer.block().to_vec());
        }
        Ok(blocks)
    }

    #[test]
    fn blocks_are_whole_lines_and_together_the_text() {
        let text = b"one\ntwo\r\n\nfour and more\nlast without end";
        for step in 1..text.len() {
            for block in 1..text.len() {
                let blocks = frame(text, step, block, 20).unwrap();
                assert_eq!(blocks.concat(), text);
                assert!(blocks.iter().rev().skip(1).all(|block| block.ends_with(b"\n")));
            }
        }
    }

    #[test]
    fn a_line_over_the_limit_is_an_error_and_not_memory() {
        assert_eq!(frame(b"short\nthis one is too long\n", 3, 4, 10), Err(LineTooLong(10)));
    }
}
