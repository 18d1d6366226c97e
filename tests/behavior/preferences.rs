//! The user's own file has preferences; the command line comes first.

use std::fs;

use crate::support::{Project, Run};

/// Runs the program for a user who has this file.
fn run_with(project: &Project, config: &str, arguments: &[&str]) -> Run {
    let folder = project.path("home/npsso-audit");
    fs::create_dir_all(&folder).expect("a folder can be made");
    fs::write(folder.join("config.toml"), config).expect("a file can be written");
    let mut command = project.command(arguments);
    command.env("XDG_CONFIG_HOME", project.path("home"));
    Run::of(command.output())
}

fn project() -> Project {
    Project::new().file("tree/a.env", "NPSSO={{npsso}}\n")
}

#[test]
fn what_is_preferred_holds_unless_the_command_line_says_otherwise() {
    let project = project();
    let config = "# mine\nformat = \"json\"\nmax-memory = \"32M\"\nthreads = 1\n";
    let report = run_with(&project, config, &["tree"]).json();
    assert_eq!(report["summary"]["findings"], 1);
    let human = run_with(&project, config, &["tree", "-f", "human"]).stdout;
    assert!(human.starts_with("NPSSO token"), "{human}");
    let none = run_with(&project, config, &["tree", "--no-config"]).stdout;
    assert!(none.starts_with("NPSSO token"), "{none}");
    project.write("other.toml", Some("format = \"sarif\"\n"));
    let sarif = run_with(&project, config, &["tree", "--config", "other.toml"]).json();
    assert_eq!(sarif["version"], "2.1.0");
    let shown = run_with(&project, config, &["config", "show", "--threads", "2"]).stdout;
    let line = |name: &str| {
        let mut lines = shown.lines();
        lines
            .find(|line| line.starts_with(name))
            .unwrap_or_default()
    };
    assert_eq!(line("threads"), "threads = 2  # the command line");
    assert!(line("format").starts_with("format = \"json\"  # "));
    assert!(line("format").ends_with("config.toml:2"), "{shown}");
    assert!(line("max-memory").starts_with("max-memory = 33554432  # "));
    assert_eq!(line("max-depth"), "max-depth = 8  # default");
    // What it prints is a file of preferences.
    let shown = run_with(&project, "", &["config", "show"]).stdout;
    let again = run_with(&project, &shown, &["config", "show"]).stdout;
    let values = |text: &str| -> Vec<String> {
        let values = text.lines().map(|line| line.split("  # ").next());
        values.map(|it| it.unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(values(&again), values(&shown));
    assert!(again.contains("config.toml:1"), "{again}");
}

#[test]
fn paths_begin_at_the_file() {
    let project = project();
    let create = ["baseline", "create", "home/npsso-audit/known.txt", "tree"];
    fs::create_dir_all(project.path("home/npsso-audit")).expect("a folder can be made");
    let run = run_with(&project, "", &create);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let config = "baseline = \"known.txt\"\n";
    assert_eq!(run_with(&project, config, &["tree"]).code, 0);
    assert_eq!(
        run_with(&project, config, &["baseline", "create", "new.txt", "tree"]).code,
        0
    );
    assert_eq!(
        run_with(&project, "baseline = \"none.txt\"\n", &["tree"]).code,
        2
    );
}

#[test]
fn what_is_no_preference_is_an_error_that_names_the_line() {
    let project = project();
    for (config, why) in [
        (
            "\nformt = \"json\"\n",
            "line 2: there is no preference `formt`; do you mean `format`?",
        ),
        ("format = \"xml\"\n", "line 1: `format`: it is one of "),
        (
            "threads = 0\n",
            "line 1: `threads`: it is a number from 1 to 256",
        ),
        (
            "max-memory = \"much\"\n",
            "line 1: `max-memory`: write it as a number of bytes",
        ),
        ("format = \n", "line 1: "),
        (
            "strict-baseline = true\n",
            "`strict-baseline` is no preference; it goes on the command line",
        ),
        (
            "zzz = 1\n",
            "there is no preference `zzz`; there are format, ",
        ),
    ] {
        let run = run_with(&project, config, &["tree"]);
        assert_eq!(run.code, 2, "{config}");
        let place = format!("config.toml: {why}");
        assert!(
            run.stderr.contains(&place) || run.stderr.contains(why),
            "{}",
            run.stderr
        );
    }
    let run = project.run(&["tree", "--config", "none.toml"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("none.toml: there is no such file"),
        "{}",
        run.stderr
    );
}

#[test]
fn no_file_turns_on_what_is_for_the_command_line_alone() {
    let project = project();
    for config in [
        "verify = true\n",
        "show-secrets = true\n",
        "show_secrets = true\n",
        "issuer-url = \"http://127.0.0.1:9\"\n",
        "store-url = \"http://127.0.0.1:9\"\n",
        "ca-cert = \"x.pem\"\n",
    ] {
        let run = run_with(&project, config, &["tree"]);
        assert_eq!(run.code, 2, "{config}");
        assert!(
            run.stderr.contains("is for the command line alone"),
            "{}",
            run.stderr
        );
        // Nor does a file in the tree.
        project.write("tree/.npsso-audit.toml", Some(config));
        assert_eq!(project.run(&["tree"]).code, 2, "{config}");
        project.write("tree/.npsso-audit.toml", None);
    }
}

#[test]
fn a_tree_that_is_audited_has_no_say_in_preferences() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    let config = "min-confidence = \"high\"\n";
    project.write(".config/npsso-audit/config.toml", Some(config));
    let text = "psn_token = \"{{npsso}}\"\n";
    project.commit("a.py", Some(text), "leak");
    let homes = [
        ("HOME", project.root().to_path_buf()),
        ("HOME", ".".into()),
        ("XDG_CONFIG_HOME", ".config".into()),
        ("XDG_CONFIG_HOME", project.path(".config")),
    ];
    for (name, value) in homes {
        for arguments in [&["--range", "HEAD~1..HEAD"][..], &["."]] {
            let mut command = project.command(arguments);
            command.env(name, &value);
            let run = Run::of(command.output());
            assert_eq!(run.code, 1, "{name} {value:?} {arguments:?}");
            let is_said = run.stderr.contains("is a part of what is audited");
            assert_eq!(is_said, value.is_absolute(), "{}", run.stderr);
        }
    }
}

#[test]
fn what_git_shows_to_people_is_written_for_people() {
    let project = Project::repository();
    project.write("a.env", Some("NPSSO={{npsso}}\n"));
    project.git(&["add", "a.env"]);
    let run = run_with(&project, "format = \"json\"\n", &["--staged"]);
    assert_eq!(run.code, 1);
    assert!(
        run.stdout.starts_with("npsso-audit: this commit"),
        "{}",
        run.stdout
    );
}
