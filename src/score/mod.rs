//! How sure it is that a candidate is a secret: its own shape, what touches it,
//! and which rule its surroundings satisfy.

mod elsewhere;
mod naming;
mod neighbours;
pub mod shape;

use std::borrow::Cow;

use regex::Regex;

use crate::context::{Name, Role, Surroundings, vocabulary};
use crate::finding::Confidence;
use crate::rule::{Patterns, Rule, RuleSet};

use naming::{Naming, best_named, file_of, is_named_otherwise, named, naming, use_of};

/// What became of a value, and why.
pub struct Judgement<'r> {
    /// The rule that it satisfies best.
    pub rule: Option<&'r Rule>,
    /// Its names, the closest first.
    pub names: Vec<Name>,
    /// What they come to.
    pub why: Why,
    /// How many lines above the value the name stands that decided, where it is close.
    pub lines_above: Option<usize>,
}

/// What the surroundings of a value come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is a part of something longer.
    Part,
    /// It goes by a name that a rule knows.
    Named(Name),
    /// It is somebody else's: by this name, or by where it goes.
    Foreign(Option<Name>),
    /// It has a name that says nothing known, and ends the search.
    Unknown(Name),
    /// It has no name, or one that fits anything.
    Open,
}

impl Judgement<'_> {
    /// Why the value is judged as it is, in words. They can hold text of the input.
    pub fn reason(&self) -> String {
        let above = match self.lines_above {
            None | Some(0) => String::new(),
            Some(1) => ", 1 line above".to_owned(),
            Some(lines) => format!(", {lines} lines above"),
        };
        let named = |name: &Name| format!("`{}` ({}{above})", name.text, name.how.in_words());
        match &self.why {
            Why::Part => {
                "it is a part of something longer: a token, a line of base64, a path".to_owned()
            }
            Why::Named(name) if self.rule.is_none() => {
                format!(
                    "its name is {}, but it has not the shape of that",
                    named(name)
                )
            }
            Why::Named(name) => format!("bound by {}", named(name)),
            Why::Foreign(Some(name)) => format!("it is something else: {}", named(name)),
            Why::Foreign(None) => {
                "it is somebody else's: of another host, a cipher, a server or a signed token"
                    .to_owned()
            }
            Why::Unknown(name) => {
                let named = named(name);
                format!("it has a name that has nothing to do with PlayStation: {named}")
            }
            Why::Open => match self.rule {
                Some(rule) if !rule.context.is_empty() => {
                    "nothing names it, and PlayStation stands nearby".to_owned()
                }
                _ => "nothing names it, and nothing nearby says PlayStation".to_owned(),
            },
        }
    }
}

/// The rule that a value satisfies best, unless it is part of something longer.
/// `spellings` are the value as it stands in the input, and without escapes: a rule
/// has to know one of them.
pub fn judge<'r>(spellings: &[&str], around: &Surroundings, rules: &'r RuleSet) -> Judgement<'r> {
    let (left, right) = around.touching();
    if neighbours::is_part_of_more(left, right) {
        return Judgement {
            rule: None,
            names: Vec::new(),
            why: Why::Part,
            lines_above: None,
        };
    }
    let names = around.names();
    let used;
    let naming = match naming(&names, rules) {
        Naming::Open if elsewhere::goes(&names, None, around) => Naming::Foreign(None),
        Naming::Known(name)
            if best_named(name, rules) != Some(Confidence::High)
                && (elsewhere::goes(&names, Some(name), around)
                    || name.role == Role::Block
                        && is_named_otherwise(&names)
                        && around.has_place_for_secret()) =>
        {
            Naming::Foreign(None)
        }
        naming @ (Naming::Known(_) | Naming::Foreign(_)) => naming,
        naming => {
            used = use_of(&names, around, rules).or_else(|| match naming {
                Naming::Unknown(_) => file_of(&names, around, rules),
                _ => None,
            });
            used.as_ref().map_or(naming, Naming::Known)
        }
    };
    let left = around.left();
    let right = around.right();
    let is_spelled = |rule: &Rule| {
        spellings.iter().any(|value| {
            let at = left.len()..left.len() + value.len();
            captures_at(rule.pattern.regex(), &format!("{left}{value}{right}"), at)
        })
    };
    let mut best: Option<&Rule> = None;
    for rule in rules.iter() {
        let better = best.is_none_or(|best| rule.confidence > best.confidence);
        if better && is_spelled(rule) && fits(rule, &naming, &names, around) {
            best = Some(rule);
        }
    }
    let why = match naming {
        Naming::Known(name) => Why::Named(name.clone()),
        Naming::Foreign(name) => Why::Foreign(name.cloned()),
        Naming::Unknown(name) | Naming::Alone(name) | Naming::Section(name) => {
            Why::Unknown(name.clone())
        }
        Naming::Open => Why::Open,
    };
    let lines_above = match &why {
        Why::Named(name) | Why::Foreign(Some(name)) | Why::Unknown(name) => {
            around.lines_above(&name.text)
        }
        Why::Part | Why::Foreign(None) | Why::Open => None,
    };
    Judgement {
        rule: best,
        names,
        why,
        lines_above,
    }
}

fn fits(rule: &Rule, naming: &Naming, names: &[Name], around: &Surroundings) -> bool {
    let context = &rule.context;
    if context.is_empty() {
        return !matches!(naming, Naming::Foreign(_) | Naming::Alone(_));
    }
    if let Naming::Known(name) = naming
        && named(rule, name)
    {
        return true;
    }
    if is_named_otherwise(names) && around.has_place_for_secret() {
        return false;
    }
    match naming {
        Naming::Open if around.is_option() || is_named_otherwise(names) && around.is_in_log() => {
            return matches(&context.near, || around.own_line().into())
                || !has_foreign_file_name(around, rule)
                    && matches(&context.path, || around.path().into());
        }
        Naming::Open => {}
        Naming::Section(_) => return matches(&context.near, || around.near_in_section().into()),
        Naming::Known(_) | Naming::Foreign(_) | Naming::Unknown(_) | Naming::Alone(_) => {
            return false;
        }
    }
    if has_foreign_file_name(around, rule) {
        // `discord_bot_token.txt`: where nothing else names a value, its file does.
        return !(names.is_empty() && vocabulary::names_own_secret(&file_name(around)))
            && (matches(&context.near, || around.near().into())
                || matches(&context.file, || around.file().into()));
    }
    matches(&context.near, || around.near().into())
        || matches(&context.path, || around.path().into())
        || matches(&context.file, || around.file().into())
}

/// The name of the file itself, without its folders.
fn file_name(around: &Surroundings) -> String {
    let path = around.path();
    path.rsplit('/').next().unwrap_or("").to_owned()
}

/// Whether the file itself is called after something else: `psn/discord_token.txt`
fn has_foreign_file_name(around: &Surroundings, rule: &Rule) -> bool {
    let name = file_name(around);
    vocabulary::is_foreign(&name) && !rule.context.path.is_match(&name)
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
