//! How sure it is that a candidate is a secret: its own shape, what touches it,
//! and which rule its surroundings satisfy.

mod elsewhere;
mod naming;
mod neighbours;
pub mod shape;

use std::borrow::Cow;
use std::ops::Deref;

use zeroize::Zeroizing;

use crate::context::{How, Name, Role, Surroundings, vocabulary};
use crate::model::finding::Confidence;
use crate::rule::{Patterns, Rule, RuleSet};

use naming::{
    Naming, best_named, file_of, foreign_use_of, is_named_otherwise, named, naming, use_of,
};

/// Surroundings that need not have been read yet.
pub type Around<'a> = dyn Deref<Target = Surroundings<'a>> + 'a;

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

/// What a judgement rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// The value goes by the name of the secret, beyond doubt.
    Named,
    /// The value goes by a name that can be that of the secret, or it is not reported.
    Own,
    /// Only what stands nearby, or what is done with the value.
    Nearby,
}

/// Why a value is not reported beside one that goes by the name of the secret.
pub const BESIDE: &str = "it is called something else, and where only PlayStation nearby speaks for it, \
    another value goes by the name of the secret";

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
    /// It goes by no name of a secret, and few random values are like it.
    Rare,
    /// Only what stands nearby would say what it is, and there another value goes by the
    /// name of the secret.
    Beside,
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
            Why::Rare => {
                "nothing calls it by the name of a secret, and few random values are like it"
                    .to_owned()
            }
            Why::Beside => BESIDE.to_owned(),
        }
    }

    /// What it rests on.
    pub fn ground(&self) -> Ground {
        self.rule
            .map_or(Ground::Own, |rule| ground(rule, &self.why, &self.names))
    }
}

/// The rule that a value satisfies best, unless it is part of something longer.
/// `spellings` are the value as it stands in the input, and without escapes: a rule
/// has to know one of them.
pub fn judge<'r>(spellings: &[&str], around: &Surroundings, rules: &'r RuleSet) -> Judgement<'r> {
    if is_part_of_more(around) {
        return Judgement {
            rule: None,
            names: Vec::new(),
            why: Why::Part,
            lines_above: None,
        };
    }
    let weighed = weigh(around, rules);
    let rules = weighed.rules.iter().copied();
    let rule = rules
        .into_iter()
        .find(|rule| is_spelled(rule, spellings, &around));
    let lines_above = match &weighed.why {
        Why::Named(name) | Why::Foreign(Some(name)) | Why::Unknown(name) => {
            around.lines_above(&name.text)
        }
        Why::Part | Why::Foreign(None) | Why::Open | Why::Rare | Why::Beside => None,
    };
    Judgement {
        rule,
        names: weighed.names,
        why: weighed.why,
        lines_above,
    }
}

/// What the surroundings of a value come to, whatever its own letters are.
#[derive(Clone, Debug)]
pub struct Opinion<'r> {
    /// The rules that fit, the surest first.
    rules: Vec<&'r Rule>,
    /// What each of them rests on.
    grounds: Vec<Ground>,
}

/// What the surroundings of a value come to.
pub fn opinion<'r>(around: &Surroundings, rules: &'r RuleSet) -> Opinion<'r> {
    Opinion::of(&weigh(around, rules))
}

impl<'r> Opinion<'r> {
    fn of(weighed: &Weighed<'r>) -> Opinion<'r> {
        Opinion {
            rules: weighed.rules.clone(),
            grounds: weighed
                .rules
                .iter()
                .map(|rule| ground(rule, &weighed.why, &weighed.names))
                .collect(),
        }
    }

    /// The rule that a value satisfies best there, and what that rests on.
    pub fn rule(&self, spellings: &[&str], around: &Around<'_>) -> Option<(&'r Rule, Ground)> {
        let rules = self.rules.iter().zip(&self.grounds);
        let mut fitting = rules.filter(|(rule, _)| is_spelled(rule, spellings, around));
        fitting.next().map(|(rule, ground)| (*rule, *ground))
    }
}

/// What satisfying a rule rests on.
fn ground(rule: &Rule, why: &Why, names: &[Name]) -> Ground {
    let is_nearby = match why {
        Why::Named(name) if rule.confidence == Confidence::High => {
            // A heading is that of all below it.
            let is_of_many = matches!(
                name.how,
                How::Above | How::Comment | How::Section | How::File
            );
            return match is_of_many {
                true => Ground::Own,
                false => Ground::Named,
            };
        }
        Why::Named(name) => name.how.is_outside() && name.role != Role::Call,
        Why::Open | Why::Unknown(_) => !rule.context.is_empty(),
        _ => false,
    };
    // Who gives a value a name of its own says that it is something else, and so do several
    // words; one word that is said of the next one in a list of tokens can be whose it is.
    let says = |name: &Name| {
        let is_said = match name.how {
            How::Words | How::Before | How::Above => is_word(&name.text),
            How::Behind | How::Comment | How::Asked => true,
            _ => false,
        };
        !is_said
            && !vocabulary::is_generic(&name.text)
            && !vocabulary::is_another(&name.text)
            && !vocabulary::mentions_ours(&name.text)
    };
    let is_called = |name: &&Name| match why {
        Why::Named(own) => *name != own && says(name),
        _ => says(name),
    };
    match is_nearby && names.iter().any(|name| is_called(&name)) {
        true => Ground::Nearby,
        false => Ground::Own,
    }
}

/// Whether a text is one word of letters.
fn is_word(text: &str) -> bool {
    text.trim().chars().all(char::is_alphabetic)
}

/// The names of a value, what they come to, and the rules that fit, the surest first.
struct Weighed<'r> {
    names: Vec<Name>,
    why: Why,
    rules: Vec<&'r Rule>,
}

/// Weighs the surroundings of a value.
fn weigh<'r>(around: &Surroundings, rules: &'r RuleSet) -> Weighed<'r> {
    let names = around.names();
    let (used, foreign);
    let naming = match naming(&names, rules) {
        Naming::Open if elsewhere::goes(&names, None, around) => Naming::Foreign(None),
        Naming::Known(_) if elsewhere::is_sealed(around) => Naming::Foreign(None),
        Naming::Known(name)
            if best_named(name, rules) != Some(Confidence::High)
                && (elsewhere::goes(&names, Some(name), around)
                    || is_outdone(name, &names) && around.has_place_for_secret()) =>
        {
            Naming::Foreign(None)
        }
        // What a function around it is called says less than what is done with it in there.
        Naming::Foreign(Some(name)) if name.role == Role::Block => {
            let is_certain = |used: &Name| best_named(used, rules) == Some(Confidence::High);
            used = use_of(&names, around, rules).filter(is_certain);
            match &used {
                Some(used) => Naming::Known(used),
                None => Naming::Foreign(Some(name)),
            }
        }
        // What a comment calls a variable says less than what it is handed as.
        Naming::Known(name) if matches!(name.how, How::Comment | How::Above) => {
            foreign = foreign_use_of(&names, around);
            match &foreign {
                Some(foreign) => Naming::Foreign(Some(foreign)),
                None => Naming::Known(name),
            }
        }
        naming @ (Naming::Known(_) | Naming::Foreign(_)) => naming,
        naming => {
            used = use_of(&names, around, rules).or_else(|| match naming {
                Naming::Unknown(_) => file_of(&names, around, rules),
                _ => None,
            });
            foreign = match (&used, &naming) {
                (None, Naming::Open) => foreign_use_of(&names, around),
                _ => None,
            };
            match (&used, &foreign) {
                (Some(used), _) => Naming::Known(used),
                (None, Some(foreign)) => Naming::Foreign(Some(foreign)),
                (None, None) => naming,
            }
        }
    };
    let fitting = rules
        .iter()
        .filter(|rule| fits(rule, &naming, &names, around));
    let mut fitting: Vec<&Rule> = fitting.collect();
    fitting.sort_by_key(|rule| std::cmp::Reverse(rule.confidence));
    let why = match naming {
        Naming::Known(name) => Why::Named(name.clone()),
        Naming::Foreign(name) => Why::Foreign(name.cloned()),
        Naming::Unknown(name) | Naming::Alone(name) | Naming::Section(name) => {
            Why::Unknown(name.clone())
        }
        Naming::Open => Why::Open,
    };
    Weighed {
        names,
        why,
        rules: fitting,
    }
}

/// Whether what was said before a value is about nothing that could be a secret of ours.
fn is_asked_otherwise(names: &[Name]) -> bool {
    // What is shorter is a piece of the value's own sentence.
    const SHORTEST: usize = 4;
    let is_message =
        |name: &&Name| name.how == How::Asked && name.text.split_whitespace().count() >= SHORTEST;
    let mut asked = names.iter().filter(is_message).peekable();
    asked.peek().is_some()
        && !asked.any(|name| {
            (vocabulary::mentions_ours(&name.text) || vocabulary::mentions_a_credential(&name.text))
                && !vocabulary::is_foreign_phrase(&name.text)
                && !vocabulary::is_bought(&name.text)
        })
}

/// Whether what a value stands in says less than its own name, where the text has a place
/// for the secret by its name.
fn is_outdone(name: &Name, names: &[Name]) -> bool {
    let says = |own: &Name| !vocabulary::is_generic(&own.text);
    match name.role {
        Role::Block => is_named_otherwise(names),
        Role::Section => is_named_otherwise(names) && names.first().is_some_and(says),
        _ => false,
    }
}

/// The rule that a value satisfies where nothing around it says what it is.
pub fn bare<'r>(spellings: &[&str], around: &Around<'_>, rules: &'r RuleSet) -> Option<&'r Rule> {
    let mut rules = rules.iter();
    rules.find(|rule| rule.context.is_empty() && is_spelled(rule, spellings, around))
}

/// Whether a value is a part of something longer, whatever else stands around it.
pub fn is_part_of_more(around: &Surroundings) -> bool {
    let (left, right) = around.touching();
    neighbours::is_part_of_more(left, right)
}

/// Whether a rule's pattern knows one of the spellings of a value.
fn is_spelled(rule: &Rule, spellings: &[&str], around: &Around<'_>) -> bool {
    spellings.iter().any(|value| {
        rule.pattern.is_secret(value).unwrap_or_else(|| {
            let (left, right) = (around.left(), around.right());
            let at = left.len()..left.len() + value.len();
            let text = Zeroizing::new(format!("{left}{value}{right}"));
            rule.pattern.is_secret_at(&text, at)
        })
    })
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
    let is_open = matches!(naming, Naming::Open);
    let answer = || is_open.then(|| around.answer()).flatten();
    if is_open && is_asked_otherwise(names)
        || answer().is_some_and(|answer| vocabulary::answers_no(&answer))
    {
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
    (matches(&context.near, || around.near().into())
        || matches(&context.path, || around.path().into())
        || matches(&context.file, || around.file().into()))
        && !vocabulary::denies(&around.near_sides().1)
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
