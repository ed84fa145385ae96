//! Zip archives and gzip files: what is taken out of them, what is refused, and that none does harm.

use crate::{
    folders::names,
    support::{Place, codes, day, smrt, statuses},
};
use flate2::{Compression, write::GzEncoder};
use smrt_ingest::{FileOutcome, Observer, Quiet, Report, Status, Stop, WatchOptions, ingest, watch};
use std::{
    fs,
    io::{Cursor, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

const M: &str = "0000000001";
const N: &str = "0000000002";

/// A zip archive of these members.
fn zipped(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub(crate) fn deflated(members: &[(&str, &[u8])]) -> Vec<u8> {
    zipped(members, CompressionMethod::Deflated)
}

pub(crate) fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

/// Overwrites bytes of the directory's entry of the first member, at an offset within that entry.
fn patched(mut archive: Vec<u8>, offset: usize, bytes: &[u8]) -> Vec<u8> {
    let entry = archive.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    archive[entry + offset..entry + offset + bytes.len()].copy_from_slice(bytes);
    archive
}

fn put(place: &Place, name: &str, bytes: &[u8]) -> PathBuf {
    let path = place.inbox().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// Takes one file that is named.
fn take(place: &Place, name: &str, bytes: &[u8]) -> Report {
    place.ingest_paths(&[put(place, name, bytes)])
}

/// The one outcome of a file that must be refused with a code, in no time.
fn refused(name: &str, bytes: &[u8], code: &str) -> FileOutcome {
    let place = Place::new();
    let started = Instant::now();
    let mut report = take(&place, name, bytes);
    assert_eq!(report.files.len(), 1, "{:?}", statuses(&report));
    let file = report.files.remove(0);
    assert_eq!((file.status, codes(&file)), (Status::Rejected, vec![code]), "{:?}", file.reason);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert_eq!(place.store().stats().unwrap().readings, 0);
    file
}

#[test]
fn each_member_is_a_file_of_its_own_whatever_it_and_its_archive_are_called() {
    let (one, two) = (day("PN000001", M), day("PN000002", N));
    let members: [(&str, &[u8]); 5] = [
        ("PN000001.SMRT", one.as_bytes()),
        ("deep/b.V01", two.as_bytes()),
        ("__MACOSX/._PN000001.SMRT", b"\0\0"),
        (".DS_Store", b"\0\0"),
        ("read me.txt", b"hello"),
    ];
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        for archive in ["two.ZIP", "two.csv", "two"] {
            let place = Place::new();
            let report = take(&place, archive, &zipped(&members, method));
            let name = |member: &str| format!("{archive}!{member}");
            assert_eq!(
                statuses(&report),
                [
                    (name("PN000001.SMRT").as_str(), Status::Loaded),
                    (&name("deep/b.V01"), Status::Loaded),
                    (&name("read me.txt"), Status::Skipped)
                ]
            );
            assert_eq!(report.files[0].place(), format!("{}!PN000001.SMRT", place.inbox().join(archive).display()));
            assert_eq!(place.readings(M)[0], format!("0=0.5@{}:2", name("PN000001.SMRT")));
            assert_eq!(codes(&report.files[0]), [""; 0], "a member is known by its own name");
            let again = place.ingest();
            assert_eq!(again.totals().skipped, 3);
            place.assert_sound();
        }
    }
}

#[test]
fn the_same_content_is_known_packed_and_plain() {
    let place = Place::new();
    let text = day("PN000001", M);
    assert_eq!(place.take("PN000001.SMRT", &text).status, Status::Loaded);
    let gzip = take(&place, "other.SMRT.gz", &gzipped(text.as_bytes()));
    assert_eq!(statuses(&gzip), [("other.SMRT.gz", Status::Duplicate)]);
    let zip = take(&place, "a.zip", &deflated(&[("a.SMRT", text.as_bytes())]));
    assert_eq!(statuses(&zip), [("a.zip!a.SMRT", Status::Duplicate)]);
    assert_eq!(zip.files[0].sha256, gzip.files[0].sha256);
}

#[test]
fn gzip_files_are_read_on_from_member_to_member() {
    let place = Place::new();
    let text = day("PN000001", M);
    let (first, second) = text.split_at(200);
    let bytes = [gzipped(first.as_bytes()), gzipped(second.as_bytes())].concat();
    let report = take(&place, "PN000001.SMRT.gz", &bytes);
    assert_eq!(statuses(&report), [("PN000001.SMRT.gz", Status::Loaded)]);
    assert_eq!((report.files[0].size, report.files[0].records), (text.len() as u64, 24));
    assert_eq!(codes(&report.files[0]), [""; 0]);
}

#[test]
fn findings_in_a_member_have_their_place_and_text() {
    let place = Place::new();
    let text = smrt("PN000001", &[(M, 0, "1"), (M, 5, "1"), (M, 6, "abc")]);
    let report = take(&place, "a.zip", &deflated(&[("PN000001.SMRT", text.as_bytes())]));
    let file = &report.files[0];
    assert_eq!((file.status, codes(file)), (Status::Rejected, vec!["gap", "bad-quantity"]));
    let gap = &file.findings.shown()[0];
    assert_eq!((gap.line(), gap.column()), (Some(3), Some(23)));
    assert!(gap.excerpt.as_ref().unwrap().text.contains("0500"));
}

#[test]
fn archives_in_archives_are_taken_apart_two_deep() {
    let text = day("PN000001", M);
    let inner = deflated(&[("PN000001.SMRT", text.as_bytes())]);
    let gzip = gzipped(day("PN000002", N).as_bytes());
    let place = Place::new();
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let report = take(&place, "outer.zip", &zipped(&[("in.zip", &inner), ("PN000002.SMRT.gz", &gzip)], method));
        let expected = if method == CompressionMethod::Stored { Status::Loaded } else { Status::AlreadyLoaded };
        let names = ["outer.zip!in.zip!PN000001.SMRT", "outer.zip!PN000002.SMRT.gz"];
        assert_eq!(statuses(&report), names.map(|name| (name, expected)));
    }
    let report = take(&place, "zip.gz", &gzipped(&inner));
    assert_eq!(statuses(&report), [("zip.gz!PN000001.SMRT", Status::Duplicate)]);
    let middle = deflated(&[("in.zip", &inner), ("b.SMRT", day("PN000003", N).as_bytes())]);
    let report = take(&place, "deep.zip", &deflated(&[("middle.zip", &middle)]));
    assert_eq!(
        statuses(&report),
        [("deep.zip!middle.zip!b.SMRT", Status::Loaded), ("deep.zip!middle.zip!in.zip", Status::Rejected)]
    );
    assert_eq!(codes(&report.files[1]), ["nested-too-deep"]);
}

#[test]
fn what_is_wrong_with_an_archive_is_told() {
    let text = day("PN000001", M);
    let good = deflated(&[("PN000001.SMRT", text.as_bytes())]);
    let (half, size) = (good.len() / 2, u32::try_from(text.len()).unwrap());
    refused("cut.zip", &good[..half], "damaged-archive");
    refused("crc.zip", &patched(good.clone(), 16, &[1, 2, 3, 4]), "damaged-archive");
    refused("less.zip", &patched(good.clone(), 24, &(size - 9).to_le_bytes()), "damaged-archive");
    refused("more.zip", &patched(good.clone(), 24, &(size + 9).to_le_bytes()), "damaged-archive");
    refused("away.zip", &patched(good.clone(), 42, &[9]), "damaged-archive");
    refused("locked.zip", &patched(good.clone(), 8, &[1]), "encrypted");
    let foreign = refused("lzma.zip", &patched(good, 10, &[14]), "foreign-compression");
    assert!(foreign.reason.as_ref().unwrap().message.to_lowercase().contains("lzma"), "{:?}", foreign.reason);
    refused("nothing.zip", &deflated(&[]), "empty-archive");
    refused("hidden.zip", &deflated(&[(".a", b"a")]), "empty-archive");
    refused("photos.zip", &deflated(&[("a.jpg", b"\xff\xd8\xff"), ("b.jpg", b"\xff\xd8\xff")]), "unknown-format");
    let sheet = refused("a.xlsx", &deflated(&[("[Content_Types].xml", b"<?xml?>")]), "unknown-format");
    assert!(sheet.reason.as_ref().unwrap().message.contains("save its table as CSV"), "{:?}", sheet.reason);
    let wide = refused("wide.zip", &deflated(&[("a.csv", b"\xff\xfe1\0")]), "unknown-format");
    assert!(wide.reason.as_ref().unwrap().message.contains("save it as UTF-8"), "{:?}", wide.reason);
    let gzip = gzipped(text.as_bytes());
    refused("cut.gz", &gzip[..gzip.len() - 9], "damaged-archive");
    let mut bent = gzip.clone();
    let last = bent.len() - 6;
    bent[last] ^= 1;
    refused("crc.gz", &bent, "damaged-archive");
    refused("deep.gz", &gzipped(&gzipped(&gzip)), "nested-too-deep");
}

#[test]
fn a_bad_member_is_refused_alone() {
    let place = Place::new();
    let (one, two) = (day("PN000001", M), day("PN000002", N));
    let archive = deflated(&[("PN000001.SMRT", one.as_bytes()), ("PN000002.SMRT", two.as_bytes())]);
    let report = take(&place, "a.zip", &patched(archive, 8, &[1]));
    assert_eq!(statuses(&report), [("a.zip!PN000002.SMRT", Status::Loaded), ("a.zip!PN000001.SMRT", Status::Rejected)]);
    place.assert_sound();
}

#[test]
fn bombs_are_refused_in_no_time() {
    let header = b"\"HEADR\",\"SMRT\",\"GAZ\",\"20191011\",\"134942\",\"PN000001\"\n";
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("PN000001.SMRT", SimpleFileOptions::default()).unwrap();
    zip.write_all(header).unwrap();
    for _ in 0..64 {
        zip.write_all(&vec![b'0'; 1 << 20]).unwrap();
    }
    let bomb = zip.finish().unwrap().into_inner();
    // A line without an end is not read to its end.
    refused("line.zip", &bomb, "line-too-long");
    let mut place = Place::new();
    place.options.max_unpacked = 1 << 20;
    let report = take(&place, "bomb.zip", &bomb);
    assert_eq!(codes(&report.files[0]), ["unpacked-too-large"]);
    // Its directory says less than it holds: what comes is counted, not what is said.
    let report = take(&place, "liar.zip", &patched(bomb, 24, &[9, 0, 0, 0]));
    assert_eq!(codes(&report.files[0]), ["damaged-archive"]);
    // Lines of comments, which nothing but their number speaks against.
    let endless = [header.as_slice(), &b"#\n".repeat(4 << 20)].concat();
    let report = take(&place, "PN000001.SMRT.gz", &gzipped(&endless));
    assert_eq!((report.files[0].status, codes(&report.files[0])), (Status::Rejected, vec!["unpacked-too-large"]));
    let report = take(&place, "in.zip", &deflated(&[("PN000001.SMRT.gz", &gzipped(&endless))]));
    assert_eq!(codes(&report.files[0]), ["unpacked-too-large"]);
    let inner = deflated(&[("a.SMRT", &endless[..600_000])]);
    let twice = take(&place, "twice.zip", &deflated(&[("a.zip", &inner), ("b.zip", &inner)]));
    assert_eq!((twice.files.len(), codes(&twice.files[0])), (1, vec!["unpacked-too-large"]), "the sum counts");
    assert_eq!(place.store().stats().unwrap().readings, 0);
}

/// A zip archive of so many empty members and one more; written by hand, because that is many times faster.
fn many(count: usize, last: &str) -> Vec<u8> {
    let (mut bodies, mut directory) = (Vec::new(), Vec::new());
    for number in 0..=count {
        let (name, body) = if number < count { (number.to_string(), "") } else { ("PN000001.SMRT".to_owned(), last) };
        let mut crc = flate2::Crc::new();
        crc.update(body.as_bytes());
        let (start, length) = (u32::try_from(bodies.len()).unwrap(), u32::try_from(body.len()).unwrap());
        // From the flags to the lengths of the name and of the extra field: what both headers have in common.
        let mut common = vec![0; 8];
        common.extend([crc.sum(), length, length, u32::try_from(name.len()).unwrap()].map(u32::to_le_bytes).concat());
        bodies.extend([b"PK\x03\x04\x14\0", common.as_slice(), name.as_bytes(), body.as_bytes()].concat());
        let place = [[0; 10].as_slice(), &start.to_le_bytes()].concat();
        directory.extend([b"PK\x01\x02\x14\0\x14\0", common.as_slice(), &place, name.as_bytes()].concat());
    }
    let (start, length) = (bodies.len() as u64, directory.len() as u64);
    let count = count as u64 + 1;
    // More than 65,535 members need the longer end.
    let end64 = [44, 0x2d_002d, 0, count, count, length, start].map(u64::to_le_bytes).concat();
    let end64 = [b"PK\x06\x06".as_slice(), &end64[..12], &[0; 8], &end64[24..]].concat();
    let locator = [b"PK\x06\x07\0\0\0\0".as_slice(), &(start + length).to_le_bytes(), &[1, 0, 0, 0]].concat();
    let end = [b"PK\x05\x06\0\0\0\0".as_slice(), &[0xff; 12], &[0, 0]].concat();
    [bodies, directory, end64, locator, end].concat()
}

#[test]
fn an_archive_of_very_many_members_is_taken_or_refused_in_seconds() {
    let place = Place::new();
    let one = day("PN000001", M);
    let (most, more) = (many(99_999, &one), many(100_000, &one));
    let started = Instant::now();
    let report = take(&place, "most.zip", &most);
    assert_eq!((report.totals().loaded, report.files.len()), (1, 100_000));
    let report = take(&place, "more.zip", &more);
    assert_eq!((report.files.len(), codes(&report.files[0])), (1, vec!["too-many-members"]));
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

/// All paths below a folder.
fn all_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(all_below(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}

#[test]
fn names_that_lead_out_are_just_names() {
    let place = Place::new();
    place.store();
    let texts: Vec<String> = (1..=5).map(|number| day(&format!("PN{number:06}"), &format!("{number:010}"))).collect();
    let evil = ["../../evil.csv", "/tmp/evil.csv", "a\0b.csv", "new\nline.csv", "..\\evil.csv"];
    let members: Vec<(&str, &[u8])> = evil.iter().zip(&texts).map(|(name, text)| (*name, text.as_bytes())).collect();
    let path = put(&place, "a.zip", &deflated(&members));
    let before = all_below(place.folder.path());
    let report = place.ingest_paths(&[path]);
    assert_eq!(report.totals().loaded, 5, "{:?}", statuses(&report));
    assert_eq!(report.files[2].name, "a.zip!a\\x00b.csv");
    assert_eq!(report.files[3].name, "a.zip!new\\x0aline.csv");
    let is_of_database = |path: &PathBuf| path.to_string_lossy().contains("smrt.db-");
    let after: Vec<PathBuf> = all_below(place.folder.path()).into_iter().filter(|path| !is_of_database(path)).collect();
    assert_eq!(after, before.into_iter().filter(|path| !is_of_database(path)).collect::<Vec<_>>());
    assert!(!Path::new("/tmp/evil.csv").exists());
    assert!(!place.folder.path().parent().unwrap().join("evil.csv").exists());
}

#[test]
fn members_of_one_name_are_two_files_and_the_second_a_conflict() {
    let place = Place::new();
    let (one, two) = (day("PN000001", M), day("PN000002", N));
    let mut archive = deflated(&[("PN000001.SMRT", one.as_bytes()), ("PN000002.SMRT", two.as_bytes())]);
    while let Some(at) = archive.windows(8).position(|window| window == b"PN000002") {
        archive[at + 7] = b'1';
    }
    let report = take(&place, "a.zip", &archive);
    let name = "a.zip!PN000001.SMRT";
    assert_eq!(statuses(&report), [(name, Status::Loaded), (name, Status::NameConflict)]);
}

#[test]
fn an_archive_moves_once_when_all_it_holds_is_settled() {
    let mut place = Place::new();
    (place.options.archive, place.options.quarantine) = (Some(place.path("done")), Some(place.path("bad")));
    let (one, two) = (day("PN000001", M), day("PN000002", N));
    put(&place, "good.zip", &deflated(&[("PN000001.SMRT", one.as_bytes()), ("note.txt", b"hello")]));
    put(&place, "mixed.zip", &deflated(&[("PN000002.SMRT", two.as_bytes()), ("PN000003.SMRT", b"nonsense")]));
    put(&place, "PN000004.SMRT.gz", &gzipped(day("PN000004", "0000000004").as_bytes()));
    put(&place, "photos.zip", &deflated(&[("a.jpg", b"\xff\xd8\xff")]));
    let report = place.ingest();
    assert_eq!((report.totals().loaded, report.totals().rejected), (3, 1));
    let refused = report.files.iter().find(|file| file.status == Status::Rejected).unwrap();
    assert_eq!(refused.moved_to, Some(place.path("bad/mixed.zip")));
    assert_eq!(names(&place.inbox()), ["photos.zip"]);
    assert_eq!(names(&place.path("done")), ["PN000004.SMRT.gz", "good.zip"]);
    assert_eq!(names(&place.path("bad")), ["mixed.zip", "mixed.zip.reject.json"]);
    let said = fs::read_to_string(place.path("bad/mixed.zip.reject.json")).unwrap();
    assert!(said.contains("mixed.zip!PN000003.SMRT") && said.contains("\"refused\": 1"), "{said}");
    // Sent again, repaired: what was loaded is known.
    let three = day("PN000003", "0000000003");
    put(&place, "mixed.zip", &deflated(&[("PN000002.SMRT", two.as_bytes()), ("PN000003.SMRT", three.as_bytes())]));
    let statuses: Vec<Status> = place.ingest().files.iter().map(|file| file.status).collect();
    assert_eq!(statuses, [Status::AlreadyLoaded, Status::Loaded, Status::Skipped]);
    assert_eq!(names(&place.path("done")), ["PN000004.SMRT.gz", "good.zip", "mixed.zip"]);
}

/// Replaces a file once it is known what is to be read.
struct Replacing {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Observer for Replacing {
    fn planned(&self, _files: u64, _bytes: u64) {
        fs::write(&self.path, &self.bytes).unwrap();
    }
}

#[test]
fn an_archive_that_changes_before_its_members_are_read_is_taken_at_the_next_attempt() {
    let mut place = Place::new();
    place.options.archive = Some(place.path("done"));
    let old = deflated(&[("PN000001.SMRT", day("PN000001", M).as_bytes())]);
    let new = deflated(&[("other.txt", b"hello"), ("PN000001.SMRT", day("PN000001", N).as_bytes())]);
    let path = put(&place, "a.zip", &old);
    let replacing = Replacing { path: path.clone(), bytes: new };
    let mut writer = place.store().writer().unwrap();
    let report = ingest(&mut writer, &[path], &place.options, &Stop::default(), &replacing).unwrap();
    assert_eq!(statuses(&report), [("a.zip!PN000001.SMRT", Status::Skipped)]);
    assert_eq!(codes(&report.files[0]), ["changed-while-read"]);
    drop(writer);
    assert_eq!(names(&place.inbox()), ["a.zip"]);
    assert_eq!(place.ingest().totals().loaded, 1);
    assert_eq!((place.readings(M).len(), place.readings(N).len()), (0, 24));
    assert_eq!(names(&place.path("done")), ["a.zip"]);
}

#[test]
fn a_watch_takes_an_archive_once_its_directory_is_there() {
    let place = Place::new();
    let archive = deflated(&[("PN000001.SMRT", day("PN000001", M).as_bytes())]);
    put(&place, "a.zip", &archive[..archive.len() - 30]);
    let round = || {
        let options = WatchOptions { settle: Duration::from_millis(150), once: true, ..WatchOptions::default() };
        let mut loaded = 0;
        let store = place.store();
        watch(
            &mut || store.writer(),
            &place.inbox(),
            &place.options,
            &options,
            &Stop::default(),
            &Quiet,
            &mut |report| loaded += report.totals().loaded,
        )
        .unwrap();
        loaded
    };
    assert_eq!(round(), 0);
    put(&place, "a.zip", &archive);
    assert_eq!(round(), 1);
}
