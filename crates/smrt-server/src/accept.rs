//! Connections: taken in up to a limit, each with a clock, and ended in good order.

use crate::{app::App, router, stall::Stalling};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use smrt_ingest::Stop;
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};

/// How often it is looked whether the end was asked for.
const TICK: Duration = Duration::from_millis(50);
/// Most bytes of the head of a request.
const HEAD: usize = 32 << 10;
/// Most headers of a request.
const HEADERS: usize = 64;

/// What a connection beyond the limit is told.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Answers until the end is asked for.
pub(crate) async fn serve(listener: std::net::TcpListener, app: Arc<App>, stop: &Stop) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let router = router::of(Arc::clone(&app));
    let places = Arc::new(Semaphore::new(app.limits.connections));
    let graceful = GracefulShutdown::new();
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(app.limits.header_time)
        .max_buf_size(HEAD)
        .max_headers(HEADERS);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Such as too many open files: others may close some.
                    tracing::warn!(error = %error, "a connection could not be taken");
                    sleep(TICK).await;
                    continue;
                }
            },
            () = asked(stop) => break,
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            app.metrics.refused_connection();
            tokio::spawn(refuse(stream));
            continue;
        };
        // What it is good for is speed alone.
        let _ = stream.set_nodelay(true);
        let io = TokioIo::new(Stalling::new(stream, app.limits.idle, app.limits.answer_time));
        let connection = builder.serve_connection(io, TowerToHyperService::new(router.clone()));
        let (connection, app) = (graceful.watch(connection), Arc::clone(&app));
        app.metrics.connections.inc();
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %error, "a connection broke off");
            }
            app.metrics.connections.dec();
            drop(place);
        });
    }
    drop(listener);
    end(&app, graceful).await;
    Ok(())
}

async fn asked(stop: &Stop) {
    while !stop.is_requested() {
        sleep(TICK).await;
    }
}

async fn refuse(mut stream: TcpStream) {
    // Whoever does not even read that has no right to more.
    let _ = timeout(Duration::from_secs(1), stream.write_all(FULL)).await;
}

/// Lets what is in hand come to its end, or rolls it back where that takes too long.
async fn end(app: &App, graceful: GracefulShutdown) {
    app.begin_ending();
    tracing::info!("ending: what is in hand comes to its end");
    let in_hand = async {
        graceful.shutdown().await;
        app.uploads.finish().await;
    };
    if timeout(app.limits.grace, in_hand).await.is_err() {
        tracing::warn!("what is still in hand is rolled back");
        app.uploads.interrupt();
        let _ = timeout(app.limits.grace, app.uploads.finish()).await;
    }
}
