//! Uploads: bytes that come in over HTTP go to the disk, and from there the way of every file.
//!
//! An upload is written to a file of its own, durable, before anything of it is loaded: a slow sender holds no lock, and
//! what the database says was loaded stays there to be looked at. Memory holds one block at a time. One file is loaded after
//! the other; where too many come at once the next sender is told to wait.

use crate::{
    Limits,
    app::App,
    auth::Scope,
    clock,
    params::{self, Param, Params},
    problem::{AWAY, FULL, KNOWN, Kind, LENGTH, MANY, MEDIA, PARAMETER, Problem, REFUSED, SLOW},
    respond::blocking,
};
use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use smrt_ingest::{IngestError, Options, Quiet, Report, Status, Stop, ingest};
use smrt_storage::{DatabaseUrl, FileFilter, Store, StoreError, Writer};
use smrt_views::{json, reports};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    sync::{Mutex, OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout, timeout_at},
};

/// What can be said of an upload.
pub(crate) const PARAMS: &[Param] = &[
    Param::query("name", params::Kind::FileName, "The name of the file, by which it is known", "PN000101.SMRT")
        .needed(),
    Param::query(
        "format",
        params::Kind::Word(FORMATS),
        "Its format, instead of recognising it by its content",
        "nem12",
    ),
    Param::query(
        "on_bad_record",
        params::Kind::Word(&["reject-file", "quarantine"]),
        "What a bad record means for its file",
        "reject-file",
    ),
];

const FORMATS: &[&str] = &["smrt", "nem12", "nem13", "lp", "tou", "csv", "sensor", "sensor-mapping"];
/// Longest name of a file.
const LONGEST_NAME: usize = 255;
/// Where uploads are while they come in.
const INCOMING: &str = ".incoming";

/// Where uploads go, and who loads them.
#[derive(Debug)]
pub(crate) struct Uploads {
    folder: PathBuf,
    url: DatabaseUrl,
    places: Arc<Semaphore>,
    size: usize,
    /// The connection for writing; whoever holds it loads.
    writer: Arc<Mutex<Option<Writer>>>,
    stop: Stop,
}

impl Uploads {
    pub(crate) fn new(folder: PathBuf, url: DatabaseUrl, limits: &Limits) -> Self {
        let places = Arc::new(Semaphore::new(limits.uploads));
        Self { folder, url, places, size: limits.uploads, writer: Arc::default(), stop: Stop::default() }
    }

    /// How many come in or wait to be loaded.
    pub(crate) fn waiting(&self) -> usize {
        self.size - self.places.available_permits()
    }

    /// Waits until nothing is being loaded.
    pub(crate) async fn finish(&self) {
        drop(self.writer.lock().await);
    }

    /// Asks what is being loaded to end.
    pub(crate) fn interrupt(&self) {
        self.stop.request();
    }

    /// Takes away what came in by halves before the service ended last time. What another service takes in just now, into
    /// the same folder, is locked by it.
    pub(crate) fn clear(&self) -> io::Result<()> {
        let entries = match fs::read_dir(self.folder.join(INCOMING)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            // Those that have gone meanwhile were the other one's.
            let lock = File::open(&path).and_then(|folder| Ok(folder.try_lock().map(|()| folder)?));
            if lock.is_ok() {
                fs::remove_dir_all(&path)?;
            }
        }
        Ok(())
    }
}

/// Takes an upload in and answers with what became of it.
pub(crate) async fn upload(app: Arc<App>, uri: &Uri, headers: &HeaderMap, body: Body) -> Result<Response, Problem> {
    app.auth.allows(headers, Scope::Ingest)?;
    let params = Params::read(PARAMS, std::iter::empty(), uri.query())?;
    let name = file_name(params.needed("name"))?.to_owned();
    must_be_bytes(headers)?;
    let most = app.limits.upload_bytes;
    let too_large = || Problem::new(LENGTH, format!("expected at most {most} bytes (`max-upload` in smrt.toml)"));
    if length(headers).is_some_and(|length| length > most) {
        return Err(too_large());
    }
    if app.is_ending() {
        return Err(Problem::later(AWAY, 5, "the service is ending"));
    }
    let place = Arc::clone(&app.uploads.places).try_acquire_owned();
    let place = place.map_err(|_| Problem::later(MANY, 5, "too many uploads wait already; try again"))?;
    let incoming = receive(&app, &name, body).await?.ok_or_else(too_large)?;
    let report = load(&app, incoming, &params, place).await?;
    answer(&report)
}

/// A name without folders, which no file system takes for anything else.
fn file_name(name: &str) -> Result<&str, Problem> {
    let is_name = !name.contains(['/', '\\']) && !name.chars().any(char::is_control) && !matches!(name, "." | "..");
    if is_name && name.len() <= LONGEST_NAME && !name.starts_with('.') {
        return Ok(name);
    }
    let detail = "expected a file's name of at most 255 bytes, without folders and without a dot in front";
    Err(Problem::parameter("name", detail))
}

/// Forms that browsers fill in are no files.
fn must_be_bytes(headers: &HeaderMap) -> Result<(), Problem> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if media_type.starts_with("multipart/") {
        let detail = format!("expected the bytes of one file as the body, found {media_type}");
        return Err(Problem::new(MEDIA, detail));
    }
    if let Some(encoding) = headers.get(header::CONTENT_ENCODING).filter(|encoding| *encoding != "identity") {
        let detail =
            format!("expected a body without Content-Encoding, found {encoding:?}; packed files come as they are");
        return Err(Problem::new(MEDIA, detail));
    }
    Ok(())
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// A file that has come in.
struct Incoming {
    path: PathBuf,
    /// A folder for it alone, while nothing is known of it.
    folder: tempfile::TempDir,
    /// Tells others that somebody is at work there; it ends with this process, however that ends.
    _lock: File,
}

/// Writes a body to the disk as it comes, durably; nothing where it is too large.
async fn receive(app: &Arc<App>, name: &str, mut body: Body) -> Result<Option<Incoming>, Problem> {
    let (uploads, name) = (app.uploads.folder.join(INCOMING), name.to_owned());
    let (incoming, mut file) = blocking(move || begin(&uploads, &name)).await?;
    let (mut left, end) = (app.limits.upload_bytes, Instant::now() + app.limits.upload_time);
    let slow = |_| Problem::new(SLOW, "the body did not come in time; nothing of the file was loaded");
    loop {
        let frame = timeout_at(end, timeout(app.limits.idle, body.frame())).await.map_err(slow)?.map_err(slow)?;
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|error| Problem::new(PARAMETER, format!("the body broke off: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        let Some(rest) = left.checked_sub(data.len() as u64) else { return Ok(None) };
        left = rest;
        file = blocking(move || file.write_all(&data).map(|()| file).map_err(not_written)).await?;
    }
    blocking(move || file.sync_all().map_err(not_written)).await?;
    Ok(Some(incoming))
}

fn begin(uploads: &Path, name: &str) -> Result<(Incoming, File), Problem> {
    fs::create_dir_all(uploads).map_err(not_written)?;
    let folder = tempfile::Builder::new().prefix("").tempdir_in(uploads).map_err(not_written)?;
    let lock = File::open(folder.path()).map_err(not_written)?;
    lock.lock().map_err(not_written)?;
    if !folder.path().exists() {
        // Another service that has just started took it for one left behind, before it was locked.
        return begin(uploads, name);
    }
    let path = folder.path().join(name);
    let file = File::create_new(&path).map_err(not_written)?;
    Ok((Incoming { path, folder, _lock: lock }, file))
}

fn not_written(error: io::Error) -> Problem {
    tracing::error!(error = %error, "an upload cannot be written");
    Problem::later(FULL, 60, "the upload cannot be written; nothing of it was loaded")
}

/// Puts a file where it stays and loads it. It goes on to its end even if whoever sent it does not wait.
async fn load(
    app: &Arc<App>,
    incoming: Incoming,
    params: &Params,
    place: OwnedSemaphorePermit,
) -> Result<Loaded, Problem> {
    let options = options(&app.ingest, params);
    let app = Arc::clone(app);
    let work = async move {
        let mut writer = Arc::clone(&app.uploads.writer).lock_owned().await;
        let uploads = app.uploads.folder.clone();
        let (url, stop) = (app.uploads.url.clone(), app.uploads.stop.clone());
        blocking(move || {
            let _place = place;
            let path = settle(&uploads, incoming).map_err(not_written)?;
            let report = take_in(&mut writer, &url, &path, &options, &stop);
            let report = report.inspect_err(|_| forget_unless_known(&path, &url))?;
            if report.interrupted {
                forget(&path);
                return Err(Problem::later(AWAY, 5, "the service is ending; nothing of the file was loaded"));
            }
            let loaded = Loaded::of(report, &url)?;
            if !loaded.is_in_ledger() {
                forget(&path);
            }
            loaded.tell(&app);
            Ok(loaded)
        })
        .await
    };
    match tokio::spawn(work).await {
        Ok(loaded) => loaded,
        Err(error) => Err(Problem::failed(&error)),
    }
}

/// Loads a file. A connection that was kept may have been lost since, so a new one is tried once.
fn take_in(
    writer: &mut Option<Writer>,
    url: &DatabaseUrl,
    path: &Path,
    options: &Options,
    stop: &Stop,
) -> Result<Report, Problem> {
    let paths = [path.to_owned()];
    if let Some(kept) = writer.as_mut() {
        match ingest(kept, &paths, options, stop, &Quiet) {
            Err(IngestError::Store(StoreError::Unavailable { .. })) => *writer = None,
            other => return other.map_err(Problem::from).inspect_err(|_| *writer = None),
        }
    }
    let opened = writer.insert(Store::open(url).and_then(|store| store.writer())?);
    let report = ingest(opened, &paths, options, stop, &Quiet);
    report.map_err(Problem::from).inspect_err(|_| *writer = None)
}

/// Takes a file away that could not be loaded, unless the database knows it all the same: a connection may break just when a
/// commit is done. Where the database cannot tell, the file stays.
fn forget_unless_known(path: &Path, url: &DatabaseUrl) {
    let text = path.to_string_lossy();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let files = Store::open(url).and_then(|mut store| store.files(&FileFilter { name, ..FileFilter::default() }));
    if files.is_ok_and(|files| files.iter().all(|file| file.path != text)) {
        forget(path);
    }
}

fn options(usual: &Options, params: &Params) -> Options {
    let mut options = usual.clone();
    options.format = params.parsed("format").or(options.format);
    match params.text("on_bad_record") {
        Some("quarantine") => options.on_bad_record = smrt_ingest::OnBadRecord::Quarantine,
        Some(_) => options.on_bad_record = smrt_ingest::OnBadRecord::RejectFile,
        None => {}
    }
    options
}

/// Moves a file to where it stays: a folder of the day, and in it one for the file alone, as names come twice.
fn settle(uploads: &Path, incoming: Incoming) -> io::Result<PathBuf> {
    let day = clock::date(clock::today());
    let days = uploads.join(day);
    fs::create_dir_all(&days)?;
    let own = days.join(incoming.folder.path().file_name().unwrap_or_default());
    let path = own.join(incoming.path.file_name().unwrap_or_default());
    fs::rename(incoming.folder.path(), &own)?;
    // It is elsewhere now; there is nothing to take away.
    let _ = incoming.folder.keep();
    for folder in [&own, &days, &uploads.to_owned()] {
        File::open(folder)?.sync_all()?;
    }
    Ok(path)
}

/// Takes a file away of which the database says nothing.
fn forget(path: &Path) {
    let _ = fs::remove_file(path);
    if let Some(own) = path.parent() {
        let _ = fs::remove_dir(own);
    }
}

/// What became of an upload.
struct Loaded {
    report: Report,
    /// The ids of its files in the ledger.
    ids: Vec<Option<i64>>,
}

impl Loaded {
    fn of(report: Report, url: &DatabaseUrl) -> Result<Self, Problem> {
        let mut store = Store::open(url)?;
        let mut ids = Vec::with_capacity(report.files.len());
        for file in &report.files {
            let filter = FileFilter { name: Some(file.name.clone()), ..FileFilter::default() };
            let rows = store.files(&filter)?;
            let is_this = |row: &&smrt_storage::FileRow| row.sha256 == file.sha256 && row.run_id == report.run_id;
            let known = rows.iter().find(is_this).or_else(|| rows.iter().find(|row| row.sha256 == file.sha256));
            ids.push(known.map(|row| row.id));
        }
        Ok(Self { report, ids })
    }

    /// Whether the database knows the file by where it is.
    fn is_in_ledger(&self) -> bool {
        self.report.files.iter().any(|file| !matches!(file.status, Status::AlreadyLoaded | Status::Skipped))
    }

    fn tell(&self, app: &App) {
        for file in &self.report.files {
            app.metrics.uploaded(file.status.as_str(), file.size);
            tracing::info!(file = file.name, status = file.status.as_str(), records = file.records, "uploaded");
        }
    }

    /// Why not all of it was loaded, by what the files say together; nothing where all was.
    fn refusal(&self) -> Option<Kind> {
        let any = |wanted: &[Status]| self.report.files.iter().any(|file| wanted.contains(&file.status));
        if any(&[Status::Rejected, Status::Skipped]) || self.report.files.is_empty() {
            Some(REFUSED)
        } else if any(&[Status::NameConflict]) || !any(&[Status::Loaded]) {
            Some(KNOWN)
        } else {
            None
        }
    }

    fn object(&self) -> Result<Value, Problem> {
        let mut text = Vec::new();
        json::write(&mut text, &reports::object(&self.report)).map_err(|error| Problem::failed(&error))?;
        let mut object: Value = serde_json::from_slice(&text).map_err(|error| Problem::failed(&error))?;
        if let Some(files) = object["files"].as_array_mut() {
            for (file, id) in files.iter_mut().zip(&self.ids) {
                file["id"] = (*id).into();
            }
        }
        Ok(object)
    }
}

/// The report. Where not all of it was loaded it is a problem as well, with the report in it.
fn answer(loaded: &Loaded) -> Result<Response, Problem> {
    let object = loaded.object()?;
    if let Some(kind) = loaded.refusal() {
        let reason = loaded.report.files.iter().find_map(|file| file.reason.as_ref());
        let detail = reason.map_or_else(
            || {
                format!(
                    "{}: nothing new was loaded",
                    loaded.report.files.first().map_or("no file", |file| file.status.as_str())
                )
            },
            |reason| format!("{}: {}", reason.code, reason.message),
        );
        let mut problem = Problem::new(kind, detail);
        if let Value::Object(fields) = object {
            problem.more = fields;
        }
        return Err(problem);
    }
    let mut response = Response::new(Body::from(object.to_string()));
    *response.status_mut() = StatusCode::CREATED;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let place = loaded.ids.iter().flatten().next().map(|id| format!("/api/v1/files/{id}"));
    if let Some(place) = place.and_then(|place| HeaderValue::from_str(&place).ok()) {
        headers.insert(header::LOCATION, place);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_names() {
        for name in ["PN000101.SMRT", "märz 2024.csv", "a!b.zip", "<script>.csv"] {
            assert_eq!(file_name(name).unwrap(), name);
        }
        for name in ["../x", "a/b", "a\\b", "..", ".", ".hidden", "a\nb", &"x".repeat(256)] {
            assert_eq!(file_name(name).unwrap_err().parameter.as_deref(), Some("name"), "{name}");
        }
    }
}
