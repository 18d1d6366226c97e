//! How sure it is that a candidate is a secret: its own shape, what touches it,
//! and which rule its surroundings satisfy.

mod neighbours;
pub mod shape;

use std::borrow::Cow;

use regex::Regex;

use crate::context::{Name, Role, Surroundings, is_collection, is_foreign, is_generic};
use crate::finding::Confidence;
use crate::rule::{Patterns, Rule, RuleSet};

/// What the names of a value say about it.
enum Naming<'a> {
    /// A rule knows this name.
    Known(&'a Name),
    /// It is called something else: another vendor's key, a digest.
    Foreign,
    /// It has a name that says nothing known, such as `acmeToken`.
    Unknown,
    /// It has no name, or one that fits anything.
    Open,
}

/// The rule that a value satisfies best, unless it is part of something longer.
/// `value` is the candidate as it stands in the input.
pub fn best_rule<'r>(value: &str, around: &Surroundings, rules: &'r RuleSet) -> Option<&'r Rule> {
    let (left, right) = around.touching();
    if neighbours::is_part_of_more(left, right) {
        return None;
    }
    let names = around.names();
    let naming = naming(&names, rules);
    let left = around.left();
    let window = format!("{left}{value}{}", around.right());
    let at = left.len()..left.len() + value.len();
    let mut best: Option<&Rule> = None;
    for rule in rules.iter() {
        let better = best.is_none_or(|best| rule.confidence > best.confidence);
        if better
            && fits(rule, &naming, around)
            && captures_at(rule.pattern.regex(), &window, at.clone())
        {
            best = Some(rule);
        }
    }
    best
}

/// Only the closest name that says anything counts: in
/// `{"npsso": {"discord_token": …}}` the value is no NPSSO.
fn naming<'a>(names: &'a [Name], rules: &RuleSet) -> Naming<'a> {
    let mut unknown = false;
    for name in names {
        match best_named(name, rules) {
            Some(Confidence::High) if !is_digest(&name.text) => return Naming::Known(name),
            Some(_) if !names_something_else(name) => return Naming::Known(name),
            Some(_) => return Naming::Foreign,
            None if names_something_else(name) => return Naming::Foreign,
            None => {}
        }
        if is_collection(&name.text) && is_generic(&name.text) {
            // `tokens = {"bob": …}`: the unknown name was somebody's.
            unknown = false;
        }
        if name.role == Role::Key && !is_generic(&name.text) {
            unknown = true;
        }
    }
    if unknown {
        Naming::Unknown
    } else {
        Naming::Open
    }
}

/// Whether a name belongs to something else. Of the words before a value only
/// the last two are about it: `aws ssm put-parameter --value …`
fn names_something_else(name: &Name) -> bool {
    if name.role != Role::Label {
        return is_foreign(&name.text);
    }
    let mut words = name.text.rsplit(char::is_whitespace);
    let (last, before) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    is_foreign(&format!("{before} {last}"))
}

/// The confidence of the best rule that knows a name.
fn best_named(name: &Name, rules: &RuleSet) -> Option<Confidence> {
    rules
        .iter()
        .filter(|rule| named(rule, name))
        .map(|rule| rule.confidence)
        .max()
}

fn named(rule: &Rule, name: &Name) -> bool {
    let list = match name.role {
        Role::Key | Role::Label => &rule.context.name,
        Role::Call => &rule.context.call,
    };
    list.is_match(&name.text)
}

/// `npsso_sha256` names a digest of an NPSSO, `npsso_encrypted` something that
/// only its owner can read.
fn is_digest(name: &str) -> bool {
    const WORDS: [&str; 10] = [
        "hash", "sha1", "sha256", "sha512", "md5", "digest", "checksum", "encrypt", "cipher",
        "hmac",
    ];
    let lower = name.to_ascii_lowercase();
    name.len() <= 40 && WORDS.iter().any(|word| lower.contains(word))
}

fn fits(rule: &Rule, naming: &Naming, around: &Surroundings) -> bool {
    let context = &rule.context;
    if context.is_empty() {
        return !matches!(naming, Naming::Foreign);
    }
    if let Naming::Known(name) = naming
        && named(rule, name)
    {
        return true;
    }
    if !matches!(naming, Naming::Open) {
        return false;
    }
    matches(&context.near, || around.near().into())
        || matches(&context.path, || around.path().into())
        || matches(&context.file, || around.file().into())
}

/// Whether a list has a match; the text is made only for a list that has patterns.
fn matches<'t>(patterns: &Patterns, text: impl FnOnce() -> Cow<'t, str>) -> bool {
    !patterns.is_empty() && patterns.is_match(&text())
}

/// Whether the pattern's secret is the candidate, wherever else in the window it matches.
fn captures_at(pattern: &Regex, window: &str, at: std::ops::Range<usize>) -> bool {
    pattern
        .captures_iter(window)
        .filter_map(|captures| captures.name("secret"))
        .any(|secret| secret.range() == at)
}
