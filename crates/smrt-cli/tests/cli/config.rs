//! Where settings come from, and what is said when they are wrong.

use crate::bench::{Bench, DAY, run, smrt};

#[test]
fn option_beats_environment_beats_configuration_beats_default() {
    let bench = Bench::new();
    bench.ok("meters");
    assert!(bench.path("smrt.db").exists());
    bench.put("smrt.toml", "database = \"configured.db\"\n");
    bench.ok("meters");
    assert!(bench.path("configured.db").exists());
    assert_eq!(run(bench.command("meters").env("SMRT_DATABASE", "sqlite://environment.db")).code, 0);
    assert!(bench.path("environment.db").exists());
    assert_eq!(run(bench.command("meters --database option.db").env("SMRT_DATABASE", "other.db")).code, 0);
    assert!(bench.path("option.db").exists() && !bench.path("other.db").exists());
}

#[test]
fn a_named_configuration_is_read_and_its_paths_are_beside_it() {
    let bench = Bench::new();
    bench.put("etc/gas.toml", "database = \"gas.db\"\narchive = \"done\"\non-bad-record = \"quarantine\"\njobs = 1\n");
    bench.put("PN000001.SMRT", &smrt("PN000001", &[DAY[0], ("0000000001", 1, "abc")]));
    let report = bench.json("--config etc/gas.toml ingest PN000001.SMRT", 0);
    assert_eq!(report["files"][0]["refused"], 1);
    assert!(bench.path("etc/gas.db").exists() && bench.path("etc/done").exists());
    bench.put("PN000002.SMRT", &smrt("PN000002", &[DAY[0], ("0000000001", 1, "abc")]));
    let line = "ingest PN000002.SMRT --config etc/gas.toml --on-bad-record reject-file";
    assert_eq!(bench.run(line).code, 4, "the option wins");
}

#[test]
fn the_configuration_changes_how_files_are_taken() {
    let bench = Bench::new();
    bench.put("smrt.toml", "environment = \"production\"\nexcess-decimals = \"round-half-even\"\n");
    bench.put("DV000001.SMRT", &smrt("DV000001", DAY));
    bench.put("PN000001.SMRT", &smrt("PN000001", &[("1", 0, "0.12345678")]));
    assert_eq!(bench.run("ingest DV000001.SMRT").code, 4);
    bench.ok("ingest PN000001.SMRT");
    assert!(bench.ok("-o json readings 1").contains("\"value\":0.123457"));
}

#[test]
fn a_wrong_configuration_is_told_with_file_line_and_key() {
    let bench = Bench::new();
    bench.put("smrt.toml", "# my settings\nprecedence = \"newest\"\n");
    let run = bench.run("meters");
    assert_eq!(run.code, 2);
    assert!(run.err.contains("smrt.toml:2: precedence: expected \"received\" or \"created\""), "{}", run.err);
    assert_eq!(bench.run("--config nowhere.toml meters").code, 2);
    for verb in ["explain P011", "generate smrt", "completions bash", "man"] {
        assert_eq!(bench.run(verb).code, 0, "{verb} needs no configuration");
    }
    assert!(!bench.path("smrt.db").exists());
}

#[test]
fn databases_that_cannot_be_had() {
    let bench = Bench::new();
    assert_eq!(bench.run("--database mysql://x meters").code, 2);
    assert_eq!(bench.run("--database nowhere/x.db meters").code, 73);
    let away = bench.run("-v --database postgres://reader:secret@127.0.0.1:1/gas meters");
    assert_eq!(away.code, 75);
    assert!(away.err.contains("127.0.0.1") && away.err.contains("later"), "{}", away.err);
    assert!(!away.err.contains("secret"), "{}", away.err);
    bench.put("text.db", "this is no database, but it is long enough to be read as the start of one, perhaps ...");
    assert_eq!(bench.run("--database text.db meters").code, 1);
}
