//! Where rows go, and how those of a file that is refused after all are taken back.

use std::{
    fs::File,
    io::{self, Seek, Write},
};

/// A place for rows. What is written of a source belongs to the output when it is kept, and is gone when it is taken
/// back.
pub trait Output: Write {
    /// What follows is of another source, which has this name.
    ///
    /// # Errors
    /// Where an output for it cannot be made.
    fn begin(&mut self, source: &str) -> io::Result<()>;

    /// What was written since the last time stays.
    ///
    /// # Errors
    /// Where it cannot be written for good.
    fn keep(&mut self) -> io::Result<()>;

    /// What was written since the last time is void.
    ///
    /// # Errors
    /// Where it cannot be cut off.
    fn take_back(&mut self) -> io::Result<()>;

    /// Whether each source has an output of its own, rather than one for all.
    fn is_apart(&self) -> bool {
        false
    }
}

/// A stream that cannot be cut back: what is written waits in a temporary file without a name until it is kept.
#[derive(Debug)]
pub struct Spooled<W> {
    spool: File,
    stream: W,
}

impl<W: Write> Spooled<W> {
    /// A spool before a stream.
    ///
    /// # Errors
    /// Where no temporary file can be had.
    pub fn new(stream: W) -> io::Result<Self> {
        Ok(Self { spool: tempfile::tempfile()?, stream })
    }
}

impl<W> Write for Spooled<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.spool.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write> Output for Spooled<W> {
    fn begin(&mut self, _source: &str) -> io::Result<()> {
        Ok(())
    }

    fn keep(&mut self) -> io::Result<()> {
        self.spool.rewind()?;
        io::copy(&mut self.spool, &mut self.stream)?;
        self.stream.flush()?;
        self.take_back()
    }

    fn take_back(&mut self) -> io::Result<()> {
        self.spool.rewind()?;
        self.spool.set_len(0)
    }
}

/// A file that is cut back to where the source began.
#[derive(Debug)]
pub struct CutBack {
    file: File,
    kept: u64,
}

impl CutBack {
    /// Goes on behind what a file holds.
    ///
    /// # Errors
    /// Where its end cannot be found.
    pub fn new(mut file: File) -> io::Result<Self> {
        let kept = file.seek(io::SeekFrom::End(0))?;
        Ok(Self { file, kept })
    }

    /// What it holds, to be read.
    pub(super) fn rewound(&mut self) -> io::Result<&mut File> {
        self.file.rewind()?;
        Ok(&mut self.file)
    }

    /// Holds nothing any more.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.kept = 0;
        self.take_back()
    }
}

impl Write for CutBack {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Output for CutBack {
    fn begin(&mut self, _source: &str) -> io::Result<()> {
        Ok(())
    }

    fn keep(&mut self) -> io::Result<()> {
        self.kept = self.file.stream_position()?;
        Ok(())
    }

    fn take_back(&mut self) -> io::Result<()> {
        self.file.set_len(self.kept)?;
        self.file.seek(io::SeekFrom::Start(self.kept)).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn write_some(output: &mut dyn Output) {
        for (text, stays) in [("a", true), ("bcd", false), ("e", true), ("f", false)] {
            output.begin(text).unwrap();
            output.write_all(text.as_bytes()).unwrap();
            if stays { output.keep().unwrap() } else { output.take_back().unwrap() }
        }
    }

    #[test]
    fn what_is_taken_back_was_never_there() {
        let mut stream = Vec::new();
        write_some(&mut Spooled::new(&mut stream).unwrap());
        assert_eq!(stream, b"ae");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        write_some(&mut CutBack::new(File::create(&path).unwrap()).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"ae");
    }
}
