//! What the variable of a value is used for, and what its file is called.

use super::said::{best_named, is_constructor, names_something_else};
use crate::context::{How, Name, Role, Surroundings, vocabulary};
use crate::model::finding::Confidence;
use crate::rule::RuleSet;

/// Variables and lists that are looked for in the text around.
const MOST: usize = 3;

/// What the variable that holds the value is used for, when a rule knows that.
pub fn use_of(names: &[Name], around: &Surroundings, rules: &RuleSet) -> Option<Name> {
    // `FAKE = "…"`
    if names
        .first()
        .is_some_and(|own| vocabulary::is_fake(&own.text))
    {
        return None;
    }
    // `lock("psn-pool", token)`: a string beside it is a name of its own.
    let says = |name: &Name| match name.role {
        Role::Call => !vocabulary::gives_ours(&name.text),
        _ => vocabulary::says_only_ours(&name.text),
    };
    let known = |name: &Name| {
        best_named(name, rules)
            .is_some_and(|known| says(name) || known == Confidence::High && name.role != Role::Call)
            && !names_something_else(name)
    };
    let mut variables = variables(names);
    let own = variables
        .next()
        .map_or_else(Vec::new, |own| around.uses(own));
    let used = own.into_iter().find(known).or_else(|| {
        // The lists and maps that it stands in.
        let key = names.first().map_or("", |own| own.text.as_str());
        let uses = variables.flat_map(|list| around.uses_of_each(list, key));
        uses.into_iter().find(known)
    });
    used.or_else(|| called_in_loop(names, around).filter(known))
}

/// What a loop calls the value, which is an element of a list or belongs to a key of a map.
fn called_in_loop(names: &[Name], around: &Surroundings) -> Option<Name> {
    // One of several in a row has its own place among the variables.
    if (names.first()).is_none_or(|own| own.how == How::Parameter) {
        return None;
    }
    let lists = names.iter().enumerate().filter(|(_, name)| holds(name));
    let lists = lists.filter_map(|(at, name)| Some((at, variable(name)?)));
    let mut lists = lists.take(MOST);
    lists.find_map(|(at, list)| around.called_in_loop(list, at > 0))
}

/// What takes the variable that holds the value, where it is only handed to what takes
/// the secrets of something else: `jwt.sign(claims, secret)`.
pub fn foreign_use_of(names: &[Name], around: &Surroundings) -> Option<Name> {
    let own = variables(names).next()?;
    // `PHPSESSID=$SESS`
    let is_handed = |name: &Name| name.role == Role::Call || vocabulary::is_foreign(&name.text);
    let takes = |name: &Name| is_handed(name) && names_something_else(name);
    let mut uses = around.uses(own);
    let are_foreign = uses.iter().all(takes);
    uses.truncate(1);
    uses.pop().filter(|_| are_foreign)
}

/// The variables that hold a value: its own, and the lists and maps that it stands in.
fn variables(names: &[Name]) -> impl Iterator<Item = &str> {
    // `ref("…")`, `String.from("…")`: what a plain function gives is used like the value.
    let is_plain = |name: &&Name| name.how == How::Callee && !is_constructor(&name.text);
    let named = names.iter().skip_while(is_plain);
    let held = named.take_while(|name| holds(name) || name.how == How::Parameter);
    held.filter_map(variable).take(MOST)
}

/// Whether a name can be that of a variable that holds the value, or what it stands in.
fn holds(name: &Name) -> bool {
    matches!(name.how, How::Assigned | How::Encloses | How::Section)
}

/// The variable that a name is, or declares.
fn variable(name: &Name) -> Option<&str> {
    match name.how == How::Section || name.text.contains([':', '/', ' ']) {
        true => declared(&name.text),
        false => Some(&name.text),
    }
}

/// The variable that a declaration with a type declares: `const sessions: Record<…>`.
fn declared(text: &str) -> Option<&str> {
    const BEGINS: [&str; 9] = [
        "const", "export", "final", "let", "private", "readonly", "static", "val", "var",
    ];
    let (words, _) = text.split_once(':')?;
    let mut words = words.split(' ');
    let is_declaration = words.next().is_some_and(|first| BEGINS.contains(&first));
    let variable = words.next_back().filter(|_| is_declaration)?;
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    (!variable.is_empty() && variable.chars().all(is_word)).then_some(variable)
}

/// The file that is named after a secret, for a value that goes by a name of
/// its own in it: somebody's.
pub fn file_of(names: &[Name], around: &Surroundings, rules: &RuleSet) -> Option<Name> {
    let is_own_secret = |name: &Name| vocabulary::names_own_secret(&name.text);
    let is_titled = names.iter().any(|name| name.role == Role::Sibling);
    let is_generic = |name: &Name| vocabulary::is_generic(&name.text);
    if names.first().is_some_and(is_own_secret)
        || names.first().is_none_or(is_generic)
        || is_titled
        || names.len() > 2
        || around.is_in_log()
    {
        return None;
    }
    let path = around.path();
    let file = path.rsplit('/').next().unwrap_or("");
    let name = Name {
        role: Role::Label,
        ..Name::new(file, How::File)
    };
    let known = best_named(&name, rules);
    let (stem, _) = file.rsplit_once('.').unwrap_or((file, ""));
    let says = match known {
        // `npsso-explained.md` is about it.
        Some(Confidence::High) => {
            vocabulary::says_only_ours(stem) || vocabulary::is_collection(file)
        }
        Some(_) => vocabulary::is_collection(file),
        None => false,
    };
    says.then_some(Name {
        role: Role::Call,
        ..name
    })
}
