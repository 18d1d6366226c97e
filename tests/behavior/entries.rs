//! Files of entries: what they can say, what is wrong with them, and how `allow` writes them.

use std::fs;

use crate::support::{Project, clean, expand};
use crate::suppression::{allow, fingerprint};

const LEAK: &str = "NPSSO={{npsso}}\n";

#[test]
fn a_configuration_in_the_tree_can_only_make_it_quieter() {
    for (text, line) in [
        ("verify = true\n", 1),
        ("\nissuer-url = \"http://localhost\"\n", 2),
        (
            "[[allow]]\nreason = \"x\"\npaths = \"a\"\nshow_secrets = true\n",
            4,
        ),
        ("[report]\nformat = \"json\"\n", 1),
    ] {
        let project = Project::new().file("x.env", "nothing\n");
        project.write(".npsso-audit.toml", Some(text));
        let run = project.run(&["."]);
        assert_eq!(run.code, 2, "{text}");
        let place = format!(".npsso-audit.toml: line {line}: unknown field");
        assert!(run.stderr.contains(&place), "{}", run.stderr);
    }
}

#[cfg(unix)]
#[test]
fn entries_stand_in_a_file_of_the_tree() {
    let project = Project::new().file("x.env", LEAK);
    let known = fingerprint(&project.audit(&["."]));
    project.write("elsewhere.toml", Some(&allow(&known, "")));
    std::os::unix::fs::symlink("elsewhere.toml", project.path(".npsso-audit.toml"))
        .expect("a link can be made");
    for arguments in [&["."][..], &["allow", &known, "--reason", "r"]] {
        let run = project.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        let why = ".npsso-audit.toml: it is a symbolic link";
        assert!(run.stderr.contains(why), "{}", run.stderr);
    }
    assert!(project.path(".npsso-audit.toml").is_symlink());
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_waited_for() {
    let project = Project::new().file("x.env", LEAK);
    fs::create_dir(project.path("folder")).expect("a folder can be made");
    let made = clean("mkfifo").arg(project.path("pipe")).status();
    assert!(made.is_ok_and(|status| status.success()));
    for (name, why) in [("folder", "it is a folder"), ("pipe", "it is a FIFO")] {
        for option in ["--baseline", "--config"] {
            let run = project.run(&["x.env", option, name]);
            assert_eq!(run.code, 2, "{option} {name}");
            assert!(run.stderr.contains(why), "{}", run.stderr);
        }
        let entries = project.path(".npsso-audit.toml");
        fs::rename(project.path(name), &entries).expect("it can be moved");
        for arguments in [&["."][..], &["allow", "v1:0123456789ab", "--reason", "r"]] {
            let run = project.run(arguments);
            assert_eq!(run.code, 2, "{arguments:?}");
            assert!(run.stderr.contains(why), "{}", run.stderr);
        }
        fs::rename(entries, project.path(name)).expect("it can be moved");
    }
}

#[test]
fn allow_writes_an_entry_and_keeps_the_rest() {
    let project = Project::repository();
    project.commit("x.env", Some(LEAK), "leak");
    let known = fingerprint(&project.audit(&["."]));
    project.write(
        ".npsso-audit.toml",
        Some("# fixtures\n[[allow]]\npaths = 'fixtures/'  # synthetic\nreason = \"r\"\n"),
    );
    let short = &known[..15];
    let run = project.run(&[
        "allow",
        short,
        "--reason",
        "revoked",
        "--until",
        "2999-01-31",
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let text = fs::read_to_string(project.path(".npsso-audit.toml")).expect("it is there");
    assert_eq!(
        text,
        format!(
            "# fixtures\n[[allow]]\npaths = 'fixtures/'  # synthetic\nreason = \"r\"\n\n[[allow]]\n\
             fingerprint = \"{short}\"\nreason = \"revoked\"\nuntil = \"2999-01-31\"\n"
        )
    );
    assert_eq!(project.audit(&["."]).code, 0);
    let again = project.run(&["allow", short, "--reason", "revoked"]);
    assert_eq!(again.code, 2);
    assert!(
        again.stderr.contains("is allowed already; edit that entry"),
        "{}",
        again.stderr
    );
    for wrong in [
        &["allow", "v1:12", "--reason", "r"][..],
        &["allow", short, "--reason", " "],
        &["allow", short, "--reason", "r", "--until", "tomorrow"],
    ] {
        assert_eq!(project.run(wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn allow_writes_behind_what_is_there_and_as_that_is_written() {
    let project = Project::new();
    let written = |text: &str, fingerprints: &[&str]| {
        project.write(".npsso-audit.toml", Some(text));
        let run = project.run(&[&["allow"], fingerprints, &["--reason", "r"]].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        fs::read_to_string(project.path(".npsso-audit.toml")).expect("it is there")
    };
    let one = &["v1:0123456789ab"][..];
    assert_eq!(
        written("\u{feff}# ours\r\n", one),
        "\u{feff}# ours\r\n\r\n[[allow]]\r\nfingerprint = \"v1:0123456789ab\"\r\nreason = \"r\"\r\n"
    );
    let old = "[[allow]]\npaths = \"a\"\nreason = \"r\"\n# the end\n";
    assert_eq!(
        written(old, one),
        format!("{old}\n[[allow]]\nfingerprint = \"v1:0123456789ab\"\nreason = \"r\"\n")
    );
    assert_eq!(
        written("", &["v1:0123456789ab", "v1:BA9876543210"]),
        "[[allow]]\nfingerprint = [\"v1:0123456789ab\", \"v1:ba9876543210\"]\nreason = \"r\"\n"
    );
    let file = project.path(".npsso-audit.toml");
    let mut permissions = fs::metadata(&file).expect("it is there").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).expect("they can be set");
    let run = project.run(&["allow", "v1:0123456789ac", "--reason", "r"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("is read-only"), "{}", run.stderr);
}

#[test]
fn no_secret_is_repeated_where_a_fingerprint_is_expected() {
    let project = Project::new().file("a.env", LEAK);
    let secret = project.audit(&["--show-secrets", "."]).findings()[0]["secret"].clone();
    let secret = secret.as_str().expect("it is shown");
    let run = project.run(&["allow", secret, "--reason", "x"]);
    assert_eq!(run.code, 2);
    let begin = secret[..8].to_lowercase();
    assert!(
        !run.stderr.to_lowercase().contains(&begin),
        "{}",
        run.stderr
    );
    let past = [
        "allow",
        "v1:44664f2ed8d7",
        "--reason",
        "x",
        "--until",
        "2020-01-01",
    ];
    assert_eq!(project.run(&past).code, 2);
}

#[test]
fn globs_of_entries_are_bounded_and_can_match() {
    let project = Project::new().file("x.env", "nothing\n");
    let deep = format!("{}b{}", "{a,".repeat(50_000), "}".repeat(50_000));
    let many = (0..1001).map(|number| format!("'{number}'"));
    let many = format!("[{}]", many.collect::<Vec<_>>().join(","));
    for (paths, why) in [
        (format!("'{deep}'"), "is too long for a glob"),
        (many, "more than 1000 globs"),
        ("'/'".to_owned(), "is no path"),
        ("''".to_owned(), "matches no path"),
        ("'!x'".to_owned(), "matches no path"),
        ("'./bot'".to_owned(), "matches no path"),
        ("'../**'".to_owned(), "matches no path"),
    ] {
        for list in ["allow", "unread"] {
            let text = format!("[[{list}]]\nreason = 'r'\npaths = {paths}\n");
            project.write(".npsso-audit.toml", Some(&text));
            let run = project.run(&["."]);
            assert_eq!(run.code, 2, "{why}");
            assert!(run.stderr.contains(why), "{}", run.stderr);
        }
    }
}

#[test]
fn what_is_wrong_with_entries_says_what_to_write() {
    let project = Project::new().file("x.env", "nothing\n");
    for (text, why) in [
        (
            "[allow]\npaths = 'a'\nreason = 'r'\n",
            "write it as [[allow]]",
        ),
        (
            "[[unread]]\npaths = 'a'\nreason = 'r'\nuntil = 2030-01-01\n",
            "only an [[allow]] has an end",
        ),
    ] {
        project.write(".npsso-audit.toml", Some(text));
        let run = project.run(&["."]);
        assert_eq!(run.code, 2, "{text}");
        assert!(run.stderr.contains(why), "{}", run.stderr);
    }
    let forged = "\"x\\n::stop-commands::abc\\nno leaks found in 12 inputs\" = 1\n";
    project.write(".npsso-audit.toml", Some(forged));
    let run = project.run(&["."]);
    assert_eq!(
        (run.code, run.stderr.lines().count()),
        (2, 1),
        "{}",
        run.stderr
    );
    let long = format!("{} = 1\n", "x".repeat(100_000));
    project.write(".npsso-audit.toml", Some(&long));
    assert!(project.run(&["."]).stderr.len() < 10_000);
}

#[test]
fn what_makes_reports_the_same_twice_brings_back_no_entry_that_has_expired() {
    let project = Project::new().file("x.env", LEAK);
    let known = fingerprint(&project.audit(&["."]));
    let entry = allow(&known, "until = 2001-01-31");
    project.write(".npsso-audit.toml", Some(&entry));
    let mut command = project.command(&["."]);
    let run = crate::support::Run::of(command.env("SOURCE_DATE_EPOCH", "1").output());
    assert_eq!(run.code, 1, "{}", run.stdout);
}

#[test]
fn allow_keeps_no_secret() {
    let project = Project::new();
    let reason = expand("it was {{npsso}}");
    let run = project.run(&["allow", "v1:0123456789ab", "--reason", &reason]);
    assert_eq!(run.code, 2);
    assert!(!project.path(".npsso-audit.toml").exists());
}
