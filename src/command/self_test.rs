//! Runs the examples and counterexamples that rules carry, through the same
//! pipeline as an audit.

use std::io;
use std::path::Path;

use crate::detect::{Scanner, Seen};
use crate::model::feed::{Fed, Feed};
use crate::rule::{Rule, RuleSet, expand};

/// An example that did not do what its rule says.
#[derive(Debug)]
pub struct Failure {
    /// The rule's id.
    pub rule: String,
    /// The file that the rule was read from.
    pub source: String,
    /// The key in the rule, such as `example 2`.
    pub key: String,
    /// What happened instead.
    pub what: String,
}

/// How many examples and counterexamples the rules have.
pub fn count(rules: &RuleSet) -> (usize, usize) {
    rules
        .iter()
        .fold((0, 0), |(examples, counterexamples), rule| {
            (
                examples + rule.examples.len(),
                counterexamples + rule.counterexamples.len(),
            )
        })
}

/// Runs every example and counterexample. No failures means that all is well.
pub fn run(rules: &RuleSet) -> Vec<Failure> {
    let mut failures = Vec::new();
    for rule in rules.iter() {
        let mut fail = |key: String, what: String| {
            failures.push(Failure {
                rule: rule.id.to_string(),
                source: rule.source.clone(),
                key,
                what,
            });
        };
        for (number, example) in rule.examples.iter().enumerate() {
            let matched = matches(&example.text, example.path.as_deref(), rules);
            if matched.iter().any(|other| other.id == rule.id) {
                continue;
            }
            let what = match matched.first() {
                Some(other) => format!("found by {} instead of this rule", other.id),
                None => nothing_found(&example.text),
            };
            fail(format!("example {}", number + 1), what);
        }
        for (number, counterexample) in rule.counterexamples.iter().enumerate() {
            let matched = matches(&counterexample.text, counterexample.path.as_deref(), rules);
            if matched.iter().any(|other| other.id == rule.id) {
                fail(
                    format!("counterexample {}", number + 1),
                    format!(
                        "the rule found something, although it is {}",
                        counterexample.why
                    ),
                );
            }
        }
    }
    failures
}

fn nothing_found(text: &str) -> String {
    let mut what = "nothing was found; the text must hold a value of the right shape, such as {{npsso}}, in the context \
                    that the rule asks for"
        .to_owned();
    if let Some(unknown) = unknown_placeholder(text) {
        what.push_str(&format!(
            ". {{{{{unknown}}}}} stands as it is: the placeholders are {{{{npsso}}}} and {{{{pdccws_p}}}}, with a \
             name if there are several: {{{{npsso:alice}}}}"
        ));
    }
    what
}

/// What stands between double braces and is no placeholder for a secret.
fn unknown_placeholder(text: &str) -> Option<&str> {
    text.split("{{")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("}}")?.0))
        .find(|name| expand(&format!("{{{{{name}}}}}")).starts_with("{{"))
}

fn matches<'r>(text: &str, path: Option<&str>, rules: &'r RuleSet) -> Vec<&'r Rule> {
    let text = expand(text);
    let mut feed = Text(text.as_bytes());
    let mut out = Vec::new();
    Scanner::new(rules)
        .scan(
            &mut feed,
            path.map(Path::new),
            &mut |seen| {
                if let Seen::Secret(hit) = seen {
                    out.push(hit.rule);
                }
            },
            &mut |_| {},
        )
        .expect("a text in memory has no errors");
    out
}

struct Text<'a>(&'a [u8]);

impl Feed for Text<'_> {
    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
        let count = self.0.len().min(buffer.len());
        if count == 0 {
            return Ok(Fed::End);
        }
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(Fed::Bytes(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_rules_keep_their_word() {
        let failures = run(&RuleSet::built_in());
        assert!(failures.is_empty(), "{failures:#?}");
    }
}
