//! How sure it is that a candidate is a secret: its own shape, what touches it,
//! and which rule its surroundings satisfy.

mod elsewhere;
mod neighbours;
pub mod shape;

use std::borrow::Cow;

use regex::Regex;

use crate::context::{
    Name, Role, Surroundings, derived, is_collection, is_foreign, is_foreign_alone,
    is_foreign_phrase, is_generic, is_generic_callee, is_generic_title, is_opaque_section,
    is_other_callee, names_a_credential, names_own_secret, own_identifier,
};
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
    /// It has the name of something else, such as `api_key`, unless it is used for
    /// something of PlayStation's.
    Alone,
    /// It has no name, or one that fits anything, and stands in a section that
    /// has nothing to do with PlayStation.
    Section,
    /// It has no name, or one that fits anything.
    Open,
}

/// The rule that a value satisfies best, unless it is part of something longer.
/// `spellings` are the value as it stands in the input, and without escapes: a rule
/// has to know one of them.
pub fn best_rule<'r>(
    spellings: &[&str],
    around: &Surroundings,
    rules: &'r RuleSet,
) -> Option<&'r Rule> {
    let (left, right) = around.touching();
    if neighbours::is_part_of_more(left, right) {
        return None;
    }
    let names = around.names();
    let used;
    let naming = match naming(&names, rules) {
        Naming::Open if elsewhere::goes(&names, None, around) => Naming::Foreign,
        Naming::Known(name)
            if best_named(name, rules) != Some(Confidence::High)
                && (elsewhere::goes(&names, Some(name), around)
                    || name.role == Role::Block
                        && is_named_otherwise(&names)
                        && around.has_place_for_secret()) =>
        {
            Naming::Foreign
        }
        naming @ (Naming::Known(_) | Naming::Foreign) => naming,
        naming => {
            used = use_of(&names, around, rules).or_else(|| match naming {
                Naming::Unknown => file_of(&names, around, rules),
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
    best
}

/// What the variable that holds the value is used for, when a rule knows that.
fn use_of(names: &[Name], around: &Surroundings, rules: &RuleSet) -> Option<Name> {
    let own = names.first().filter(|name| name.role == Role::Key);
    let uses = own.map_or_else(Vec::new, |own| around.uses(&own.text));
    let known = |name: &Name| best_named(name, rules).is_some() && !names_something_else(name);
    uses.into_iter().find(known)
}

/// The file that is named after a secret, for a value that goes by a name of
/// its own in it: somebody's.
fn file_of(names: &[Name], around: &Surroundings, rules: &RuleSet) -> Option<Name> {
    let is_own_secret = |name: &Name| names_own_secret(&name.text);
    if names.first().is_some_and(is_own_secret) {
        return None;
    }
    let path = Name {
        text: around.path(),
        role: Role::Label,
    };
    let known = best_named(&path, rules);
    let says = known == Some(Confidence::High) || known.is_some() && is_collection(&path.text);
    says.then_some(Name {
        role: Role::Call,
        ..path
    })
}

/// Only the closest name that says anything counts: in
/// `{"npsso": {"discord_token": …}}` the value is no NPSSO.
fn naming<'a>(names: &'a [Name], rules: &RuleSet) -> Naming<'a> {
    let mut so_far = Naming::Open;
    // `smtpPassword` is a secret of its own kind, whatever it stands in.
    let mut is_closed = false;
    // `access_token` is one too, unless it stands in something of PlayStation's.
    let mut is_alone = false;
    // What a record calls itself is nobody's name.
    let mut is_titled = false;
    for (at, name) in names.iter().enumerate() {
        if name.role == Role::Field {
            return Naming::Foreign;
        }
        let known = best_named(name, rules);
        match known {
            Some(Confidence::High) if says_derived(name) || turns_foreign(name) => {
                return Naming::Foreign;
            }
            Some(Confidence::High) => return Naming::Known(name),
            Some(_) if is_alone && name.role == Role::Sibling => return Naming::Foreign,
            // A platform or a service beside it says less than a name of its own.
            Some(_) if name.role == Role::Sibling && !matches!(so_far, Naming::Open) => {
                return so_far;
            }
            Some(_) if is_closed && !is_collection(&name.text) => return Naming::Unknown,
            // A class says less than a name that somebody gave.
            Some(_)
                if name.role == Role::Block && (is_alone || matches!(so_far, Naming::Unknown)) =>
            {
                return if is_alone { Naming::Alone } else { so_far };
            }
            Some(_) if !names_something_else(name) => return Naming::Known(name),
            Some(_) => return Naming::Foreign,
            None if names_something_else(name) => return Naming::Foreign,
            None => {}
        }
        if name.role == Role::Call && at > 0 && makes_foreign(name, &names[at - 1]) {
            return Naming::Foreign;
        }
        is_alone |= matches!(name.role, Role::Key | Role::Label | Role::Sibling)
            && is_foreign_alone(&name.text);
        let is_peoples = name.role != Role::Block && !is_titled;
        if is_peoples && is_collection(&name.text) && is_generic(&name.text) {
            // `tokens = {"bob": …}`: the unknown name was somebody's.
            so_far = Naming::Open;
            is_closed = false;
        }
        match name.role {
            Role::Sibling if !is_generic_title(&name.text) => {
                so_far = Naming::Unknown;
                is_titled = true;
                is_closed |= names_own_secret(&name.text);
            }
            Role::Key if !is_generic(&name.text) => {
                so_far = Naming::Unknown;
                is_closed |= names_own_secret(&name.text);
            }
            Role::Label if own_identifier(&name.text) == Some(&name.text) => {
                so_far = Naming::Unknown;
                is_closed = true;
            }
            Role::Call if is_constructor(&name.text) => so_far = Naming::Unknown,
            Role::Section if is_opaque_section(&name.text) && matches!(so_far, Naming::Open) => {
                so_far = Naming::Section;
            }
            _ => {}
        }
    }
    match is_alone {
        true => Naming::Alone,
        false => so_far,
    }
}

/// Whether a name belongs to something else. Of the words before a value only
/// the last two are about it: `aws ssm put-parameter --value …`
fn names_something_else(name: &Name) -> bool {
    if matches!(name.role, Role::Key | Role::Sibling | Role::Section) {
        return is_foreign(&name.text);
    }
    if name.role == Role::Call {
        return is_other_callee(&name.text);
    }
    // The last part of a module's path: `homeassistant.components.playstation_network`
    let text = match name.text.rsplit('.').collect::<Vec<_>>()[..] {
        [last, _, _, ..] if !name.text.contains(char::is_whitespace) => last,
        _ => &name.text,
    };
    let mut words = text.rsplit(char::is_whitespace);
    let (last, before) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    // "my token in the video"
    let is_place = matches!(words.next(), Some("in" | "on" | "at" | "from"));
    !is_place && is_foreign(&format!("{before} {last}")) || is_foreign_phrase(text)
}

/// Whether a name that holds the name of a secret means something made of it,
/// or something that only goes with it: `npsso_sha256`, `NPSSO_SALT`.
fn says_derived(name: &Name) -> bool {
    match name.role {
        // A sentence may say both: "set NPSSO, then set CRON_SECRET to".
        Role::Label => own_identifier(&name.text).is_some_and(|own| {
            let plain = own.to_ascii_lowercase();
            !plain.contains("sso") && !plain.contains("pdc")
        }),
        _ => derived(&name.text),
    }
}

/// Whether a sentence goes on to somebody else's secret: "Needs an NPSSO. The
/// Discord token is …"
fn turns_foreign(name: &Name) -> bool {
    let lower = name.text.to_ascii_lowercase();
    let after = lower.rfind("sso").map_or("", |at| &lower[at + 3..]);
    name.role == Role::Label && is_foreign_phrase(after)
}

/// Whether a call says what its argument is: `session({secret: …})`.
fn makes_foreign(call: &Name, argument: &Name) -> bool {
    argument.role == Role::Key && is_foreign(&format!("{} {}", call.text, argument.text))
}

/// Whether a callee is a type of something else: `OpenAI("…")`, but not `Client("…")`.
fn is_constructor(callee: &str) -> bool {
    let last = callee
        .rsplit(['.', ':', '>', '\\'])
        .next()
        .unwrap_or(callee);
    last.starts_with(|first: char| first.is_uppercase()) && !is_generic_callee(last)
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
        Role::Key | Role::Sibling | Role::Label | Role::Section | Role::Block | Role::Field => {
            &rule.context.name
        }
        Role::Call => &rule.context.call,
    };
    list.is_match(&name.text)
}

/// Whether a value is called a credential of some kind. Where a text has a place
/// for an NPSSO by its name, `token` or `password` is something else.
fn is_named_otherwise(names: &[Name]) -> bool {
    // `<input name="_token" value="…">`
    let own = match names {
        [value, title, ..]
            if title.role == Role::Sibling && value.text.eq_ignore_ascii_case("value") =>
        {
            Some(title)
        }
        _ => names.first(),
    };
    own.is_some_and(|own| {
        matches!(
            own.role,
            Role::Key | Role::Label | Role::Call | Role::Sibling
        ) && names_a_credential(own.text.rsplit(['.', ':', '>']).next().unwrap_or(""))
    })
}

fn fits(rule: &Rule, naming: &Naming, names: &[Name], around: &Surroundings) -> bool {
    let context = &rule.context;
    if context.is_empty() {
        return !matches!(naming, Naming::Foreign | Naming::Alone);
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
        Naming::Section => return matches(&context.near, || around.near_in_section().into()),
        Naming::Known(_) | Naming::Foreign | Naming::Unknown | Naming::Alone => return false,
    }
    matches(&context.near, || around.near().into())
        || !has_foreign_file_name(around, rule) && matches(&context.path, || around.path().into())
        || matches(&context.file, || around.file().into())
}

/// Whether the file itself is called after something else: `psn/discord_token.txt`
fn has_foreign_file_name(around: &Surroundings, rule: &Rule) -> bool {
    let path = around.path();
    let name = path.rsplit('/').next().unwrap_or("");
    is_foreign(name) && !rule.context.path.is_match(name)
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
