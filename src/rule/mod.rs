//! Rules: what counts as a secret, and what must stand around it.
//!
//! A rule file is TOML and stands whole: it carries its own explanation and its
//! own tests. The built-in rules are embedded from `rules/`. Beside its rules, or
//! instead of some, it can add to the lists of words that the program knows.

mod needed;
mod pattern;
mod synthetic;
pub mod words;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::model::finding::Confidence;
use crate::model::secret::SecretKind;

use needed::Needed;
pub use pattern::{Pattern, Patterns};
pub use synthetic::expand;
use words::Words;

/// Bytes of a rule file. The built-in ones have less than 10,000.
const MAX_RULE_FILE: u64 = 1 << 20;

const BUILT_IN: [(&str, &str); 2] = [
    ("rules/npsso.toml", include_str!("../../rules/npsso.toml")),
    (
        "rules/pdccws_p.toml",
        include_str!("../../rules/pdccws_p.toml"),
    ),
];

/// All rules of an audit, in the order in which they are tried.
#[derive(Debug)]
pub struct RuleSet {
    rules: Vec<Rule>,
    /// Whether matches say what bound them to their rule. It takes memory for each.
    pub reasons: bool,
    /// Matches below this are counted, not reported, so less is asked of them.
    pub least: Confidence,
    needed: Needed,
    /// What rule files add to the words that the program knows.
    added: Words,
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Stable for ever; reads well after "allow".
    pub id: Arc<str>,
    /// Which secret it finds.
    pub kind: SecretKind,
    /// A short name for people.
    pub title: String,
    /// What it finds, in sentences.
    pub description: String,
    /// What to do about a finding.
    pub remedy: String,
    /// Where to read more.
    pub references: Vec<String>,
    /// How sure a match is.
    pub confidence: Confidence,
    /// The value with its neighbours, with a group named `secret`.
    pub pattern: Pattern,
    /// What must stand around the value.
    pub context: RuleContext,
    /// Texts in which the rule must find something.
    pub examples: Vec<Example>,
    /// Texts in which the rule must stay quiet.
    pub counterexamples: Vec<Counterexample>,
    /// The file that the rule was read from.
    pub source: String,
}

/// What must stand around a value: any one of the lists that are given has to
/// match. A rule without context takes a bare value.
#[derive(Debug, Default)]
pub struct RuleContext {
    /// The value's own name: its key, column, tag, label or sibling `name`.
    pub name: Patterns,
    /// The function or constructor that the value is an argument of.
    pub call: Patterns,
    /// Text within five lines.
    pub near: Patterns,
    /// Text within a few kilobytes, or at the head of the file.
    pub file: Patterns,
    /// The last three components of the path.
    pub path: Patterns,
}

impl RuleContext {
    /// Whether a bare value is enough.
    pub fn is_empty(&self) -> bool {
        [&self.name, &self.call, &self.near, &self.file, &self.path]
            .iter()
            .all(|list| list.is_empty())
    }
}

/// A text in which a rule must find at least one secret.
#[derive(Debug)]
pub struct Example {
    /// The text, with placeholders such as `{{npsso}}`.
    pub text: String,
    /// The path under which the text is read.
    pub path: Option<String>,
}

/// A text in which a rule must find nothing.
#[derive(Debug)]
pub struct Counterexample {
    /// The text, with placeholders such as `{{npsso}}`.
    pub text: String,
    /// The path under which the text is read.
    pub path: Option<String>,
    /// Why it is not a leak.
    pub why: String,
}

impl RuleSet {
    /// The rules that the program carries.
    pub fn built_in() -> RuleSet {
        let mut set = RuleSet {
            rules: Vec::new(),
            reasons: false,
            least: Confidence::Low,
            needed: Needed::default(),
            added: Words::default(),
        };
        for (name, text) in BUILT_IN {
            set.add(name, text, false)
                .expect("the built-in rules are tested");
        }
        set
    }

    /// The built-in rules and those of these files after them. The words of the files are
    /// known from now on.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or does not hold valid rules and words; the error names
    /// the file, the rule and the key.
    pub fn with_files<P: AsRef<Path>>(paths: &[P]) -> anyhow::Result<RuleSet> {
        let mut set = RuleSet::built_in();
        for path in paths {
            set.add_file(path.as_ref())?;
        }
        words::add(set.added.clone())?;
        Ok(set)
    }

    /// Only the rules of one file. Its words are known from now on.
    ///
    /// # Errors
    ///
    /// As [`RuleSet::with_files`].
    pub fn of_file(path: &Path) -> anyhow::Result<RuleSet> {
        // An id that a built-in rule has cannot be used with `--rules` either.
        let mut set = RuleSet::built_in();
        let built_in = set.rules.len();
        set.add_file(path)?;
        words::add(set.added.clone())?;
        set.rules.drain(..built_in);
        Ok(set)
    }

    /// The rules in the order in which they are tried.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// How many words rule files add to those that the program knows.
    pub fn added_words(&self) -> usize {
        self.added.count()
    }

    /// The rule with this id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| *rule.id == *id)
    }

    /// Whether a text has anything in it that a rule listens to. In one that has not, no
    /// rule fits a value that asks for anything around it.
    pub fn listen_to(&self, text: &str) -> bool {
        let contexts = self.rules.iter().map(|rule| &rule.context);
        let lists =
            contexts.flat_map(|all| [&all.name, &all.call, &all.near, &all.file, &all.path]);
        let patterns = lists.flat_map(|list| list.patterns());
        self.needed.are_in(text, patterns.map(String::as_str))
    }

    fn add_file(&mut self, path: &Path) -> anyhow::Result<()> {
        let name = path.display().to_string();
        let mut text = String::new();
        let read = File::open(path)
            .and_then(|file| file.take(MAX_RULE_FILE + 1).read_to_string(&mut text));
        let length = read.with_context(|| format!("rule file {name}"))?;
        if length as u64 > MAX_RULE_FILE {
            bail!("rule file {name}: longer than {MAX_RULE_FILE} bytes");
        }
        self.add(&name, &text, true)
    }

    fn add(&mut self, source: &str, text: &str, check: bool) -> anyhow::Result<()> {
        let file: FileText = toml::from_str(text).map_err(|error| {
            anyhow::anyhow!("rule file {source}: {}", error.to_string().trim_end())
        })?;
        if file.rule.is_empty() && file.words.is_empty() {
            bail!("rule file {source}: no [[rule]] and no [words] in it");
        }
        let words = Words::read(file.words);
        let words = words.and_then(|words| {
            words::check(&words)?;
            self.added.add(words)?;
            self.added.exclude(&self.added)
        });
        words.with_context(|| format!("rule file {source}"))?;
        for raw in file.rule {
            let rule = raw.into_rule(source)?;
            if check {
                rule.check()?;
            }
            if let Some(other) = self.get(&rule.id) {
                bail!(
                    "rule file {source}: rule {}: `id` is taken by a rule of {}",
                    rule.id,
                    other.source
                );
            }
            self.rules.push(rule);
        }
        self.needed = Needed::default();
        Ok(())
    }
}

impl Rule {
    /// Compiles the patterns, and makes sure that they can be used.
    ///
    /// # Errors
    ///
    /// When one cannot; the error names the file, the rule and the key.
    pub fn check(&self) -> anyhow::Result<()> {
        let at = |key: &str| format!("rule file {}: rule {}: `{key}`", self.source, self.id);
        let pattern = self.pattern.check().with_context(|| at("pattern"))?;
        if !pattern
            .capture_names()
            .flatten()
            .any(|name| name == "secret")
        {
            bail!(
                "{} has no group named `secret`: write (?P<secret>…) around the value",
                at("pattern")
            );
        }
        for (key, patterns) in [
            ("name", &self.context.name),
            ("call", &self.context.call),
            ("near", &self.context.near),
            ("file", &self.context.file),
            ("path", &self.context.path),
        ] {
            patterns
                .check()
                .with_context(|| at(&format!("context.{key}")))?;
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    #[serde(default)]
    rule: Vec<RuleText>,
    #[serde(default)]
    words: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    id: String,
    kind: String,
    title: String,
    description: String,
    remedy: String,
    references: Vec<String>,
    confidence: String,
    pattern: String,
    #[serde(default)]
    context: ContextText,
    #[serde(default)]
    example: Vec<ExampleText>,
    #[serde(default)]
    counterexample: Vec<CounterexampleText>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ContextText {
    name: Vec<String>,
    call: Vec<String>,
    near: Vec<String>,
    file: Vec<String>,
    path: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExampleText {
    text: String,
    path: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CounterexampleText {
    text: String,
    path: Option<String>,
    why: String,
}

impl RuleText {
    fn into_rule(self, source: &str) -> anyhow::Result<Rule> {
        let at = |key: &str| format!("rule file {source}: rule {}: `{key}`", self.id);
        if self.id.is_empty()
            || !self
                .id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b))
        {
            bail!(
                "{} may hold lower-case letters, digits, - and _ only",
                at("id")
            );
        }
        for (key, text) in [
            ("title", &self.title),
            ("description", &self.description),
            ("remedy", &self.remedy),
        ] {
            if text.trim().is_empty() {
                bail!("{} is empty", at(key));
            }
        }
        let kind = SecretKind::from_id(&self.kind).with_context(|| {
            format!(
                "{} is `{}`; it must be one of {}",
                at("kind"),
                self.kind,
                kinds()
            )
        })?;
        let confidence = [Confidence::Low, Confidence::Medium, Confidence::High]
            .into_iter()
            .find(|confidence| confidence.id() == self.confidence)
            .with_context(|| {
                format!(
                    "{} is `{}`; it must be low, medium or high",
                    at("confidence"),
                    self.confidence
                )
            })?;
        let pattern = Pattern::new(self.pattern);
        let context = RuleContext {
            name: Patterns::new(self.context.name),
            call: Patterns::new(self.context.call),
            near: Patterns::new(self.context.near),
            file: Patterns::new(self.context.file),
            path: Patterns::new(self.context.path),
        };
        if self.example.is_empty() {
            bail!(
                "{} is missing: a rule carries at least one [[rule.example]]",
                at("example")
            );
        }
        Ok(Rule {
            id: self.id.into(),
            kind,
            title: self.title,
            description: self.description,
            remedy: self.remedy,
            references: self.references,
            confidence,
            pattern,
            context,
            examples: self
                .example
                .into_iter()
                .map(|e| Example {
                    text: e.text,
                    path: e.path,
                })
                .collect(),
            counterexamples: self
                .counterexample
                .into_iter()
                .map(|c| Counterexample {
                    text: c.text,
                    path: c.path,
                    why: c.why,
                })
                .collect(),
            source: source.to_owned(),
        })
    }
}

fn kinds() -> String {
    let mut text = String::new();
    for (index, kind) in SecretKind::ALL.into_iter().enumerate() {
        let _ = write!(text, "{}{}", if index == 0 { "" } else { ", " }, kind.id());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patterns_of_the_built_in_rules_compile() {
        for rule in RuleSet::built_in().iter() {
            rule.check().expect("it compiles");
        }
    }
}
