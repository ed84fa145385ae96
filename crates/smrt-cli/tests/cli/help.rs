//! What smrt says of itself.

use crate::bench::Bench;

const VERBS: [&str; 27] = [
    "ingest",
    "watch",
    "serve",
    "token",
    "validate",
    "inspect",
    "convert",
    "diff",
    "outliers",
    "files",
    "meters",
    "readings",
    "daily",
    "gaps",
    "stats",
    "trace",
    "anomalies",
    "estimate",
    "lake",
    "warehouse",
    "export",
    "doctor",
    "digest",
    "generate",
    "explain",
    "completions",
    "man",
];

#[test]
fn every_verb_has_help_with_examples_and_a_page() {
    let bench = Bench::new();
    let all = bench.ok("--help");
    for verb in VERBS {
        assert!(all.contains(&format!("  {verb} ")), "{verb}");
        let help = bench.ok(&format!("{verb} --help"));
        assert!(help.contains("Examples:") && help.contains("--database"), "{verb}: {help}");
        assert!(bench.ok(&format!("man {verb}")).contains(".TH"), "{verb}");
    }
    assert!(bench.names().is_empty(), "help makes no database");
}

#[test]
fn passwords_in_the_environment_stay_out_of_help() {
    let bench = Bench::new();
    for line in ["--help", "ingest --help", "-h"] {
        let mut command = bench.command(line);
        command.env("SMRT_DATABASE", "postgres://u:hunter2@h/d").env("AWS_SECRET_ACCESS_KEY", "hunter2");
        let help = crate::bench::run(&mut command);
        assert!(help.code == 0 && !help.out.contains("hunter2"), "{}", help.out);
    }
}

#[test]
fn shells_get_their_completions() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(bench.ok(&format!("completions {shell}")).contains("readings"), "{shell}");
    }
    assert_eq!(bench.run("completions tcsh").code, 2);
    assert!(bench.ok("man").contains("smrt"));
    assert_eq!(bench.run("man nothing").code, 2);
}

#[test]
fn every_code_has_a_page() {
    let bench = Bench::new();
    let codes = bench.json("explain", 0);
    assert!(codes.as_array().unwrap().len() > 10);
    for code in codes.as_array().unwrap() {
        let id = code["code"].as_str().unwrap();
        let page = bench.ok(&format!("explain {}", id.to_lowercase()));
        assert!(page.starts_with(&format!("{}[{id}]", code["severity"].as_str().unwrap())), "{page}");
        assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
        assert_eq!(bench.ok(&format!("explain {}", code["name"].as_str().unwrap())), page);
    }
    assert_eq!(bench.run("explain P999").code, 1);
}

#[test]
fn wrong_usage_is_two() {
    let bench = Bench::new();
    for line in [
        "",
        "nothing",
        "ingest",
        "ingest - --name a/b",
        "ingest x --jobs 0",
        "ingest x --format nem",
        "-q -v meters",
        "-o xml stats",
    ] {
        assert_eq!(bench.run(line).code, 2, "{line}");
    }
    assert_eq!(bench.ok("--version"), format!("smrt {}\n", env!("CARGO_PKG_VERSION")));
}
