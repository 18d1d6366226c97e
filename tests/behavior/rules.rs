//! Rules explain and test themselves, and say clearly what is wrong with them.

use crate::support::{Project, expand};

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

const NAMED: &str = "import psnawp\nacme = '{{npsso:a}}'\ngeheimwort = '{{npsso:b}}'\n";

#[test]
fn a_rule_file_adds_words() {
    let project = Project::new()
        .file("bot.js", NAMED)
        .bytes("generic.toml", b"[words]\ngeneric = ['geheimwort']\n")
        .bytes("both.toml", b"[words]\ngeneric = ['acme', 'geheimwort']\n");
    let places = |files: &[&str]| {
        let mut args: Vec<&str> = files.iter().flat_map(|file| ["--rules", *file]).collect();
        args.push("bot.js");
        project.audit(&args).places()
    };
    assert_eq!(places(&[]), [""; 0]);
    assert_eq!(places(&["generic.toml"]), ["bot.js:3:15 npsso medium"]);
    let both = ["bot.js:2:9 npsso medium", "bot.js:3:15 npsso medium"];
    assert_eq!(places(&["both.toml"]), both);
    assert_eq!(places(&["generic.toml", "both.toml"]), both);
}

#[test]
fn words_that_are_added_make_a_name_one_of_something_else() {
    let project = Project::new()
        .file("bot.js", "psnGizmoToken = '{{npsso}}';\n")
        .bytes("own.toml", b"[words]\nforeign = ['gizmo']\n");
    let found = project.audit(&["bot.js"]);
    assert_eq!(found.places(), ["bot.js:1:18 npsso medium"]);
    let run = project.audit(&["--rules", "own.toml", "bot.js"]);
    assert_eq!(run.places(), [""; 0], "{}", run.stdout);
}

#[test]
fn words_that_are_added_to_placeholders_count() {
    let value = format!("PlatzHalter{}", &expand("{{npsso}}")[11..]);
    let project = Project::new()
        .bytes("own.toml", b"[words]\nplaceholder = ['platzhalter']\n")
        .file("a.env", &format!("NPSSO={value}\n"));
    assert_eq!(project.audit(&["a.env"]).places().len(), 1);
    let run = project.audit(&["--rules", "own.toml", "a.env"]);
    assert_eq!(run.places(), [""; 0], "{}", run.stdout);
}

#[test]
fn words_of_a_file_are_checked_with_its_rules_and_counted() {
    let project = Project::new()
        .file(
            "own.toml",
            &format!("[words]\ngeneric = ['geheimwort']\n{RULE}"),
        )
        .bytes(
            "words.toml",
            b"[words]\ngeneric = ['geheimwort', 'wachtzin']\n",
        );
    let run = project.run(&["rules", "check", "own.toml"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("1 rules"), "{}", run.stdout);
    assert!(run.stdout.contains("1 words: all as"), "{}", run.stdout);
    let run = project.run(&["rules", "check", "words.toml"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("2 words: all as"), "{}", run.stdout);
    let show = project.run(&["rules", "show", "words"]);
    assert!(show.stdout.contains("credential = ["), "{}", show.stdout);
}

#[test]
fn what_is_wrong_with_words_is_said_with_file_list_and_fix() {
    let many = |count: usize| {
        let words: Vec<String> = (0..count).map(|number| format!("'w{number}'")).collect();
        words.join(", ")
    };
    for (words, says) in [
        ("credentials = ['geheim']", "did you mean `credential`?"),
        (
            "generic = ['Geheim']",
            "`words.generic`: `Geheim` has a capital, and words are compared in small letters: write `geheim`",
        ),
        ("generic = ['my-secret']", "`my-secret` is never met"),
        (
            "generic = ['geheim', 'geheim']",
            "`geheim` stands there twice",
        ),
        ("foreign = ['jeton']", "`jeton` is in the list `generic`"),
        ("generic = ['x1y']\nforeign = ['x1y']", "says the opposite"),
        ("placeholder = ['abc']", "5 letters or more"),
        ("generic = 'geheim'", "generic"),
        ("", "no [[rule]] and no [words]"),
        (&format!("generic = [{}]", many(10_001)), "at most 10000"),
        (&format!("generic = ['{}']", "a".repeat(65)), "65 bytes"),
        (
            &format!("key_stem = [{}]", many(201).replace("'w", "'www")),
            "at most 200",
        ),
    ] {
        let project = Project::new()
            .bytes("own.toml", format!("[words]\n{words}\n").as_bytes())
            .file("a.txt", "x");
        for args in [
            &["rules", "check", "own.toml"][..],
            &["--rules", "own.toml", "."],
        ] {
            let run = project.run(args);
            assert_eq!(run.code, 2, "{words}: {}", run.stderr);
            assert!(
                run.stderr.contains("own.toml") && run.stderr.contains(says),
                "{says}: {}",
                run.stderr
            );
        }
    }
    // A word of the program's in a file is no mistake: a later version may know one more.
    let project = Project::new().bytes("own.toml", b"[words]\ngeneric = ['jeton']\n");
    assert_eq!(project.run(&["rules", "check", "own.toml"]).code, 0);
}

#[test]
fn as_many_words_as_can_be_added_are_used() {
    let words = |count: usize, form: &str| {
        let word = |number: usize| format!("'{}'", form.replace("N", &format!("{number:05}")));
        (0..count).map(word).collect::<Vec<_>>().join(", ")
    };
    let long = |start: &str| format!("{start}N{}", "x".repeat(64 - 5 - start.len()));
    let text = format!(
        "[words]\nplaceholder = [{}]\nplaceholder_joined = [{}]\nnaming_key = [{}]\nkey_part = [{}]\nforeign = [{}]\n",
        words(200, &long("pa")),
        words(200, &long("pj")),
        words(200, &long("nk")),
        words(200, &long("kp")),
        words(9_200, "wordN"),
    );
    let project = Project::new()
        .bytes("own.toml", text.as_bytes())
        .file("a.env", "NPSSO={{npsso}}\nword00007 = '{{npsso:b}}'\n");
    let run = project.audit(&["--rules", "own.toml", "a.env"]);
    assert_eq!(run.places(), ["a.env:1:7 npsso high"], "{}", run.stderr);
}
