//! Objects of stores, as people name them: `s3://bucket/prefix`.

use crate::bench::{Bench, DAY, Run, run, smrt};
use smrt_testkit::{
    proxy::{Fault, FaultProxy},
    s3::S3Server,
};
use std::{
    process::{Command, Stdio},
    time::Duration,
};

/// A bucket with two files of a known format and one of none.
fn bucket(server: &S3Server) -> String {
    let name = server.bucket();
    server.put(&name, "in/PN000001.SMRT", smrt("PN000001", DAY).as_bytes());
    server.put(&name, "in/2024/PN000002.SMRT", smrt("PN000002", &[("0000000002", 5, "2.5")]).as_bytes());
    server.put(&name, "in/readme.md", b"# hello\n");
    name
}

/// Runs a command line with the variables that all programs for S3 share.
fn with_variables(bench: &Bench, server: &S3Server, endpoint: &str, line: &str) -> Run {
    let mut command = bench.command(line);
    command.env("AWS_ENDPOINT_URL", endpoint).env("AWS_ACCESS_KEY_ID", server.access_key_id());
    run(command.env("AWS_SECRET_ACCESS_KEY", server.secret_access_key()))
}

#[test]
fn endpoint_and_keys_come_from_options_configuration_or_environment() {
    let Some(server) = S3Server::shared() else { return };
    let (name, endpoint) = (bucket(server), server.endpoint());
    let (id, secret) = (server.access_key_id(), server.secret_access_key());
    let expected = |run: &Run| assert!(run.code == 0 && run.out.contains("PN000001.SMRT"), "{run:?}");

    let bench = Bench::new();
    expected(&with_variables(&bench, server, &endpoint, &format!("ingest s3://{name}/in")));
    let again = with_variables(&bench, server, &endpoint, &format!("ingest s3://{name}/in"));
    assert!(again.code == 0 && again.out.contains("already-loaded"), "{again:?}");
    assert_eq!(bench.ok("-o csv readings 0000000002").lines().count(), 2);

    let bench = Bench::new();
    let options = format!("--s3-endpoint {endpoint} --s3-access-key-id {id} --s3-secret-access-key {secret}");
    let wrong = bench.run(&format!("ingest --s3-endpoint {endpoint} s3://{name}/in"));
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.err.contains("AWS_ACCESS_KEY_ID"), "{wrong:?}");
    expected(&bench.run(&format!("ingest {options} s3://{name}/in/")));

    let bench = Bench::new();
    bench.put("smrt.toml", &format!(
        "[s3]\nendpoint = \"{endpoint}\"\nregion = \"us-east-1\"\naccess-key-id = \"{id}\"\nsecret-access-key = \"{secret}\"\n"
    ));
    for verb in ["validate", "inspect", "convert --to csv", "ingest"] {
        let run = bench.run(&format!("{verb} s3://{name}/in/PN000001.SMRT"));
        assert_eq!(run.code, 0, "{verb}: {run:?}");
    }
    // An option goes before the configuration.
    let wrong = bench.run(&format!("ingest --s3-region not_a_region s3://{name}/in"));
    assert!(wrong.code == 2 && wrong.err.contains("expected a region"), "{wrong:?}");
}

#[test]
fn what_passes_is_worth_another_try_and_says_so() {
    let Some(server) = S3Server::shared() else { return };
    let name = bucket(server);
    let bench = Bench::new();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let away = with_variables(&bench, server, &format!("http://{nobody}"), &format!("ingest s3://{name}"));
    assert!(away.code == 75 && away.err.contains("run the same command again later"), "{away:?}");

    let proxy = FaultProxy::start(server.address(), |request| match request.target.contains("PN000002") {
        true => Fault::Status(503),
        false => Fault::None,
    });
    let half = with_variables(&bench, server, &proxy.endpoint(), &format!("ingest s3://{name}"));
    assert_eq!(half.code, 75, "{half:?}");
    assert!(half.out.contains("loaded") && half.err.contains("F018") && half.err.contains("tried 6 times"), "{half:?}");
    let whole = with_variables(&bench, server, &server.endpoint(), &format!("ingest s3://{name}"));
    assert_eq!(whole.code, 0, "{whole:?}");
    bench.ok("doctor");

    let missing = with_variables(&bench, server, &server.endpoint(), "ingest s3://no-such-bucket-here/x");
    assert!(missing.code == 2 && missing.err.contains("not found"), "{missing:?}");
    let moved = with_variables(&bench, server, &server.endpoint(), &format!("ingest --archive done s3://{name}"));
    assert!(moved.code == 2 && moved.err.contains("leave --archive out"), "{moved:?}");
}

#[test]
fn just_folders_are_watched() {
    let run = Bench::new().run("watch s3://bucket/in");
    assert!(run.code == 2 && run.err.contains("run `smrt ingest`"), "{run:?}");
}

/// The most memory that a command ever had, in KiB.
fn peak(command: &mut Command) -> u64 {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        most = most.max(peak.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(child.wait().unwrap().success());
    most
}

#[test]
fn memory_is_flat_whatever_the_number_and_size_of_objects() {
    let Some(server) = S3Server::shared() else { return };
    let peaks = [(1, 100_u32), (1, 400_000), (100, 5), (1500, 5)].map(|(objects, rows)| {
        let name = server.bucket();
        let lines: String = (0..rows)
            .map(|row| format!("\"CONSU\",\"{:010}\",\"20190928\",\"{:02}00\",1.5\n", row / 24, row % 24))
            .collect();
        for number in 0..objects {
            let header = format!("\"HEADR\",\"SMRT\",\"GAZ\",\"20191011\",\"134942\",\"PN{number:06}\"\n");
            let text = format!("{header}{lines}\"TRAIL\"\n");
            server.put(&name, &format!("{}/PN{number:06}.SMRT", number % 50), text.as_bytes());
        }
        let bench = Bench::new();
        let mut command = bench.command(&format!("validate s3://{name}"));
        command.env("AWS_ENDPOINT_URL", server.endpoint()).env("AWS_ACCESS_KEY_ID", server.access_key_id());
        peak(command.env("AWS_SECRET_ACCESS_KEY", server.secret_access_key()))
    });
    // 17 MB of text and 1,500 objects cost no more than what is kept of each.
    assert!(peaks.iter().all(|peak| *peak < 64 * 1024), "{peaks:?}");
    assert!(peaks[3] < peaks[2] + 16 * 1024, "{peaks:?}");
}

#[test]
fn no_secret_is_ever_printed() {
    let bench = Bench::new();
    for line in ["ingest --help", "-v ingest s3://bucket/x", "ingest --s3-endpoint nonsense s3://bucket/x"] {
        let mut command = bench.command(line);
        command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").env("AWS_SESSION_TOKEN", "hush hush");
        let run = run(command.env("AWS_ACCESS_KEY_ID", "key").env("AWS_SECRET_ACCESS_KEY", "hush"));
        assert!(!format!("{run:?}").contains("hush"), "{run:?}");
    }
}
