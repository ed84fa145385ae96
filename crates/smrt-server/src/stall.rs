//! A connection that ends when the other side takes nothing for too long, or too little.
//!
//! That nothing comes is watched where it matters: while a head is read, and while a body is. That nothing goes can only be
//! seen here; and so can that a little goes again and again, as an answer that is known as a whole is handed on at once.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep},
};

/// A connection whose writes must get on.
#[derive(Debug)]
pub(crate) struct Stalling {
    stream: TcpStream,
    /// How long a write may wait.
    idle: Duration,
    /// How long there may be something left to write.
    whole: Duration,
    /// Set while a write waits.
    clock: Option<Pin<Box<Sleep>>>,
    /// Since when there has been something left to write.
    behind: Option<Instant>,
}

impl Stalling {
    pub(crate) fn new(stream: TcpStream, idle: Duration, whole: Duration) -> Self {
        Self { stream, idle, whole, clock: None, behind: None }
    }

    /// What became of a write: an error where it has waited too long.
    fn watched<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.clock = None;
            return written;
        }
        let (idle, now) = (self.idle, Instant::now());
        let is_late = now - *self.behind.get_or_insert(now) > self.whole;
        let clock = self.clock.get_or_insert_with(|| Box::pin(sleep(idle)));
        if is_late || clock.as_mut().poll(context).is_ready() || clock.deadline() <= now {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl AsyncRead for Stalling {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stalling {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watched(context, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if flushed.is_ready() {
            // It is asked for when all there was is written.
            self.behind = None;
        }
        self.watched(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watched(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpSocket,
    };

    /// What becomes of two megabytes for somebody who reads so much at a time, and when.
    fn sent(to: usize, pause: Duration) -> (io::Result<()>, Duration) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            // Small buffers, so that it is seen soon what is read.
            let listener = TcpSocket::new_v4().unwrap();
            listener.set_send_buffer_size(16 << 10).unwrap();
            listener.bind("127.0.0.1:0".parse().unwrap()).unwrap();
            let listener = listener.listen(1).unwrap();
            let socket = TcpSocket::new_v4().unwrap();
            socket.set_recv_buffer_size(16 << 10).unwrap();
            let mut reader = socket.connect(listener.local_addr().unwrap()).await.unwrap();
            tokio::spawn(async move {
                let mut block = vec![0; to];
                while to == 0 || reader.read(&mut block).await.is_ok_and(|count| count > 0) {
                    sleep(pause).await;
                }
            });
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = Stalling::new(stream, Duration::from_millis(200), Duration::from_millis(600));
            let begun = Instant::now();
            let mut written = Ok(());
            for part in vec![0; 2 << 20].chunks(8 << 10) {
                written = stream.write_all(part).await;
                if written.is_err() {
                    break;
                }
            }
            (written, begun.elapsed())
        })
    }

    #[test]
    fn whoever_reads_nothing_or_too_little_is_cut() {
        let pause = Duration::from_millis(20);
        let is_late = |written: io::Result<()>| written.is_err_and(|error| error.kind() == io::ErrorKind::TimedOut);
        let (written, after) = sent(0, pause);
        assert!(is_late(written) && after < Duration::from_millis(500), "{after:?}");
        let (written, after) = sent(4 << 10, pause);
        assert!(is_late(written) && after > Duration::from_millis(500), "{after:?}");
        let (written, after) = sent(1 << 20, Duration::ZERO);
        assert!(written.is_ok(), "{after:?}");
    }
}
