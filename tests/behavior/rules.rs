//! Rules explain and test themselves, and say clearly what is wrong with them.

use crate::support::Project;

const RULE: &str = r#"
[[rule]]
id = "acme-session"
kind = "npsso"
title = "NPSSO in our own setting"
confidence = "high"
description = "Our service calls it ACME_SESSION."
remedy = "Sign out."
references = []
pattern = '(?P<secret>[A-Za-z0-9]{64})'
context.name = ['acme_session']
[[rule.example]]
text = 'ACME_SESSION={{npsso}}'
[[rule.counterexample]]
text = 'ACME_SESSION=none'
why = "no value"
"#;

#[test]
fn the_built_in_rules_pass_their_own_tests() {
    let run = Project::new().run(&["rules", "check"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.contains("all as they say"), "{}", run.stdout);
}

#[test]
fn rules_are_listed_and_explained() {
    let project = Project::new();
    let list = project.run(&["rules"]);
    assert!(
        list.stdout.contains("npsso-named") && list.stdout.contains("pdccws-p-named"),
        "{}",
        list.stdout
    );
    let show = project.run(&["rules", "show", "npsso-named"]);
    assert!(
        show.stdout.contains("Pattern") && show.stdout.contains("Not found in"),
        "{}",
        show.stdout
    );
    let none = project.run(&["rules", "show", "nothing"]);
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("no rule `nothing`"), "{}", none.stderr);
}

#[test]
fn a_rule_of_ones_own_is_checked_and_used() {
    let project = Project::new()
        .file("rules.toml", RULE)
        .file("app.env", "ACME_SESSION={{npsso}}\n");
    let check = project.run(&["rules", "check", "rules.toml"]);
    assert_eq!(check.code, 0, "{}{}", check.stdout, check.stderr);
    assert_eq!(project.audit(&["app.env"]).code, 0);
    let run = project.audit(&["--rules", "rules.toml", "app.env"]);
    assert_eq!(run.places(), ["app.env:1:14 npsso high"]);
    assert!(
        project
            .run(&["rules", "--rules", "rules.toml"])
            .stdout
            .contains("acme-session")
    );
}

#[test]
fn what_is_wrong_with_a_rule_is_said_with_file_and_key() {
    for (from, to, says) in [
        ("title =", "titel =", "unknown field `titel`"),
        (
            "(?P<secret>[A-Za-z0-9]{64})",
            "[A-Za-z0-9]{64}",
            "`pattern` has no group named `secret`",
        ),
        ("[A-Za-z0-9]{64})'", "[A-Za-z0-9{64})'", "`pattern`"),
        ("kind = \"npsso\"", "kind = \"nposs\"", "`kind` is `nposs`"),
        (
            "confidence = \"high\"",
            "confidence = \"sure\"",
            "`confidence` is `sure`",
        ),
        ("['acme_session']", "['acme_(session']", "`context.name`"),
        ("id = \"acme-session\"", "id = \"Acme Session\"", "`id`"),
        (
            "id = \"acme-session\"",
            "id = \"npsso-named\"",
            "is taken by",
        ),
        (
            "[[rule.example]]\ntext = 'ACME_SESSION={{npsso}}'",
            "",
            "`example` is missing",
        ),
    ] {
        let text = RULE.replace(from, to);
        assert_ne!(text, RULE, "{from}");
        let project = Project::new()
            .file("own.toml", "")
            .bytes("own.toml", text.as_bytes())
            .file("a.txt", "x");
        let run = project.run(&["--rules", "own.toml", "."]);
        assert_eq!(run.code, 2, "{to}: {}", run.stderr);
        assert!(
            run.stderr.contains("own.toml") && run.stderr.contains(says),
            "{to}: {}",
            run.stderr
        );
    }
}

#[test]
fn an_id_that_is_taken_fails_the_check_too() {
    let rule = RULE.replace("acme-session", "npsso-named");
    let run = Project::new()
        .file("r.toml", &rule)
        .run(&["rules", "check", "r.toml"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("`id` is taken"), "{}", run.stderr);
}

#[test]
fn an_example_that_fails_is_named() {
    let text = RULE.replace("text = 'ACME_SESSION={{npsso}}'", "text = 'nothing here'");
    let project = Project::new().bytes("own.toml", text.as_bytes());
    let run = project.run(&["rules", "check", "own.toml"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stdout
            .contains("own.toml: rule acme-session: example 1: nothing was found"),
        "{}",
        run.stdout
    );
    let text = RULE.replace(
        "text = 'ACME_SESSION=none'",
        "text = 'ACME_SESSION={{npsso}}'",
    );
    let project = Project::new().bytes("own.toml", text.as_bytes());
    let run = project.run(&["rules", "check", "own.toml"]);
    assert_eq!(run.code, 2);
    assert!(run.stdout.contains("counterexample 1"), "{}", run.stdout);
}

#[test]
fn a_placeholder_that_is_none_is_said() {
    let text = RULE.replace("ACME_SESSION={{npsso}}", "ACME_SESSION={{token}}");
    let project = Project::new().bytes("own.toml", text.as_bytes());
    let run = project.run(&["rules", "check", "own.toml"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stdout.contains("{{token}} stands as it is"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_pattern_that_is_too_long_is_refused_at_once() {
    let text = RULE.replace(
        "(?P<secret>",
        &format!("({})?(?P<secret>", "a|".repeat(400_000)),
    );
    let project = Project::new()
        .bytes("own.toml", text.as_bytes())
        .file("a.txt", "x");
    let run = project.run(&["--rules", "own.toml", "."]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("`pattern`"), "{}", run.stderr);
}
