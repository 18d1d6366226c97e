//! What the documentation says is what the rules say.

use std::fmt::Write as _;
use std::path::Path;

use regex::Regex;
use serde::Deserialize;

use crate::support::Project;

const BEGIN: &str = "<!-- forms: begin -->\n";
const END: &str = "<!-- forms: end -->";

#[derive(Deserialize)]
struct RuleFile {
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    id: String,
    confidence: String,
    #[serde(default)]
    example: Vec<Example>,
    #[serde(default)]
    counterexample: Vec<Counterexample>,
}

#[derive(Deserialize)]
struct Example {
    text: String,
    path: Option<String>,
}

#[derive(Deserialize)]
struct Counterexample {
    text: String,
    path: Option<String>,
    why: String,
}

/// A text whose long runs of letters and digits are cut: nothing in the page has the
/// shape of a secret, not even what is none.
fn shortened(text: &str) -> String {
    text.split_inclusive(|c: char| !c.is_ascii_alphanumeric())
        .map(|piece| {
            let run = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            match run.len() {
                32.. => format!("{}…{}", &run[..8], &piece[run.len()..]),
                _ => piece.to_owned(),
            }
        })
        .collect()
}

/// A text of a rule as code in a table.
fn code(text: &str, path: Option<&str>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        out.push_str(before);
        match name.split([':', '|']).next() {
            Some("npsso") => out.push_str("TOKEN"),
            Some("pdccws_p") => out.push_str("COOKIE"),
            _ => {
                let _ = write!(out, "{{{{{name}}}}}");
            }
        }
        rest = after;
    }
    out.push_str(rest);
    let line = shortened(out.trim_end())
        .replace('\n', " ⏎ ")
        .replace('|', "\\|");
    let code = match line.contains('`') {
        true => format!("`` {line} ``"),
        false => format!("`{line}`"),
    };
    match path {
        Some(path) => format!("{code} in `{path}`"),
        None => code,
    }
}

/// The table of forms: what the examples of each rule are, and the counterexamples.
fn forms() -> String {
    let mut levels: Vec<(&str, Vec<String>)> = ["high", "medium", "low"]
        .map(|level| (level, Vec::new()))
        .into();
    let mut quiet = Vec::new();
    for file in [
        include_str!("../../rules/npsso.toml"),
        include_str!("../../rules/pdccws_p.toml"),
    ] {
        let file: RuleFile = toml::from_str(file).expect("the rules are TOML");
        for rule in file.rule {
            let level = levels
                .iter_mut()
                .find(|(level, _)| *level == rule.confidence);
            let (_, rows) = level.expect("a rule has one of the levels");
            for example in rule.example {
                let form = code(&example.text, example.path.as_deref());
                rows.push(format!("| {form} | {} |", rule.id));
            }
            for example in rule.counterexample {
                let form = code(&example.text, example.path.as_deref());
                let row = format!("| {form} | {} |", example.why);
                if !quiet.contains(&row) {
                    quiet.push(row);
                }
            }
        }
    }
    let mut out = String::new();
    for (level, rows) in levels {
        let _ = writeln!(
            out,
            "\n### {level}\n\n| form | rule |\n| --- | --- |\n{}",
            rows.join("\n")
        );
    }
    let _ = writeln!(
        out,
        "\n### quiet\n\n| form | why the rule finds nothing |\n| --- | --- |\n{}\n",
        quiet.join("\n")
    );
    out
}

/// The page, with the table of forms as it should be.
fn current() -> (String, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/detection.md");
    let page = std::fs::read_to_string(path).expect("the page can be read");
    let (before, rest) = page
        .split_once(BEGIN)
        .expect("the page has a place for the forms");
    let (_, after) = rest
        .split_once(END)
        .expect("the place for the forms has an end");
    let whole = format!("{before}{BEGIN}{}{END}{after}", forms());
    (page, whole)
}

/// A page of the documentation, by its path from the root.
fn page(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(path).expect("the page can be read")
}

#[test]
fn the_report_in_the_readme_is_one_that_the_program_writes() {
    let readme = page("README.md");
    let (_, rest) = readme.split_once("```text\n").expect("it has a report");
    let (shown, _) = rest.split_once("```").expect("the report has an end");
    let project = Project::repository();
    project.commit("bot/.env", Some("NPSSO={{npsso}}\n"), "bot");
    let written = project.run(&["."]).stdout;
    // Ids, fingerprints and dates are those of another run.
    let id =
        Regex::new(r"\b[0-9a-f]{12,}\b|\d{4}-\d\d-\d\d|^  \w{4}…|\d+ inputs.*").expect("it is one");
    let plain = |line: &str| id.replace_all(line, "X").into_owned();
    let mut lines = written.lines().map(plain);
    for line in shown.lines().map(plain) {
        assert!(lines.any(|own| own == line), "{line}\n{written}");
    }
}

#[test]
fn pages_lead_to_pages_that_are_there() {
    let mut count = 0;
    let pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(str::to_owned);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let docs = std::fs::read_dir(folder).expect("it is a folder");
    let docs = docs.map(|page| page.expect("it can be read").file_name());
    let docs = docs.map(|name| format!("docs/{}", name.display()));
    for name in pages.into_iter().chain(docs) {
        let folder = Path::new(&name).parent().expect("it has one").to_path_buf();
        for link in page(&name).split("](").skip(1) {
            let target = link.split(')').next().unwrap_or_default();
            if target.starts_with("http") || target.contains(char::is_whitespace) {
                continue;
            }
            let file = target.split('#').next().unwrap_or_default();
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join(&folder)
                .join(file);
            assert!(path.exists(), "{name}: {target}");
            count += 1;
        }
    }
    assert!(count > 10, "{count}");
    assert!(page("README.md").lines().count() <= 150);
}

#[test]
fn the_table_of_forms_is_what_the_rules_say() {
    let (page, whole) = current();
    assert!(
        page == whole,
        "docs/detection.md is not what the rules say; run `cargo test --test behavior -- --ignored write_the_table_of_forms`"
    );
    assert!(page.matches("\n| `").count() > 40, "the table is empty");
    let longest = page
        .split(|c: char| !c.is_ascii_alphanumeric())
        .map(str::len);
    assert!(longest.max() < Some(32), "the page has a run like a secret");
}

#[test]
#[ignore = "writes docs/detection.md"]
fn write_the_table_of_forms() {
    let (_, whole) = current();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/detection.md");
    std::fs::write(path, whole).expect("the page can be written");
}
