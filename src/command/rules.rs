//! `npsso-audit rules`: lists, explains and self-tests the rules.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context as _, bail};

use super::{FAILED, unless_closed};
use crate::cli::RulesCommand;
use crate::command::self_test;
use crate::report::terminal::{escape, escape_lines};
use crate::rule::words;
use crate::rule::{Rule, RuleSet};

/// What the lists of words are shown as, unless a rule is called so.
const WORDS: &str = "words";

/// Runs one of the `rules` commands.
pub fn run(files: &[PathBuf], action: Option<&RulesCommand>) -> anyhow::Result<u8> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut code = 0;
    let written = match action {
        None => list(&RuleSet::with_files(files)?, &mut out),
        Some(RulesCommand::Show { id }) => {
            let rules = RuleSet::with_files(files)?;
            match rules.get(id) {
                Some(rule) => show(rule, &mut out),
                None if id == WORDS => out.write_all(words::TEXT.as_bytes()),
                None => bail!("no rule `{id}`; `npsso-audit rules` lists them"),
            }
        }
        Some(RulesCommand::Check { file }) => {
            let (rules, own) = match file {
                Some(file) => (RuleSet::of_file(file)?, 0),
                None => (RuleSet::with_files(files)?, words::check_built_in()?),
            };
            check(&rules, own, &mut code, &mut out)
        }
    };
    unless_closed(written.and_then(|()| out.flush())).context("standard output")?;
    Ok(code)
}

fn list(rules: &RuleSet, out: &mut dyn Write) -> io::Result<()> {
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    for rule in rules.iter() {
        let (kind, confidence) = (rule.kind.id(), rule.confidence.id());
        writeln!(
            out,
            "{:width$}  {kind:8}  {confidence:6}  {}",
            rule.id,
            escape(&rule.title)
        )?;
    }
    Ok(())
}

fn show(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}", rule.id, escape(&rule.title))?;
    writeln!(
        out,
        "kind {}, confidence {}, from {}",
        rule.kind.id(),
        rule.confidence.id(),
        escape(&rule.source)
    )?;
    writeln!(out, "\n{}", escape_lines(rule.description.trim()))?;
    writeln!(out, "\nWhat to do\n{}", escape_lines(rule.remedy.trim()))?;
    writeln!(out, "\nPattern\n  {}", escape(rule.pattern.as_str()))?;
    let context = &rule.context;
    let lists = [
        ("its name", &context.name),
        ("the call it is passed to", &context.call),
        ("text within five lines", &context.near),
        ("text in the file", &context.file),
        ("the path", &context.path),
    ];
    if context.is_empty() {
        writeln!(out, "\nContext\n  none: a bare value is enough")?;
    } else {
        writeln!(out, "\nContext: any of these, in any case")?;
    }
    for (what, patterns) in lists
        .into_iter()
        .filter(|(_, patterns)| !patterns.is_empty())
    {
        let patterns: Vec<String> = patterns
            .patterns()
            .iter()
            .map(|pattern| escape(pattern))
            .collect();
        writeln!(out, "  {what}: {}", patterns.join("  "))?;
    }
    writeln!(out, "\nFound in")?;
    for example in &rule.examples {
        writeln!(out, "  {}", one_line(&example.text))?;
    }
    if !rule.counterexamples.is_empty() {
        writeln!(out, "\nNot found in")?;
    }
    for counterexample in &rule.counterexamples {
        writeln!(
            out,
            "  {}\n    {}",
            one_line(&counterexample.text),
            escape(&counterexample.why)
        )?;
    }
    for (number, reference) in rule.references.iter().enumerate() {
        writeln!(
            out,
            "{}  {}",
            if number == 0 { "\nRead more\n" } else { "" },
            escape(reference)
        )?;
    }
    Ok(())
}

fn one_line(text: &str) -> String {
    escape(&text.trim_end().replace('\n', " ⏎ "))
}

/// Runs what the rules carry. `words` is the number of the program's own.
fn check(rules: &RuleSet, words: usize, code: &mut u8, out: &mut dyn Write) -> io::Result<()> {
    let failures = self_test::run(rules);
    for failure in &failures {
        writeln!(
            out,
            "rule file {}: rule {}: {}: {}",
            escape(&failure.source),
            failure.rule,
            failure.key,
            escape(&failure.what)
        )?;
    }
    let (examples, counterexamples) = self_test::count(rules);
    let verdict = match failures.len() {
        0 => "all as they say".to_owned(),
        count => format!("{count} not as they say"),
    };
    *code = if failures.is_empty() { 0 } else { FAILED };
    let count = rules.iter().count();
    let words = words + rules.added_words();
    writeln!(
        out,
        "{count} rules, {examples} examples, {counterexamples} counterexamples, {words} words: {verdict}"
    )
}
