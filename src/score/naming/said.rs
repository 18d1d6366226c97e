//! What one name says, alone or with its neighbours.

use crate::context::{How, Name, Role, sentences, vocabulary};
use crate::model::finding::Confidence;
use crate::rule::words::List;
use crate::rule::{Rule, RuleSet};

/// What stands behind a value and says that it is somebody else's, whatever stands before
/// it: "… is your new VPN key".
pub fn said_behind(names: &[Name]) -> Option<&Name> {
    names.iter().find(|name| {
        let clause = name.text.split([',', ';', '.']).next().unwrap_or("");
        name.how == How::Behind
            && vocabulary::begins_with_copula(clause)
            && !vocabulary::mentions_ours(clause)
            && (vocabulary::is_about_a_key(clause)
                || vocabulary::is_about_another_token(clause)
                || vocabulary::is_foreign_phrase(clause))
    })
}

/// What is said about a value and denies that it is a secret of ours, or a real one.
pub fn denied(names: &[Name]) -> Option<&Name> {
    names.iter().find(|name| {
        let is_said = matches!(
            name.how,
            How::Words | How::Comment | How::Above | How::Behind
        );
        is_said && vocabulary::denies(&name.text)
    })
}

/// Whether a name of PlayStation's is the end of words that deny it.
pub fn is_denied_origin(names: &[Name]) -> bool {
    let [name, others @ ..] = names else {
        return false;
    };
    let said = |said: &Name| said.how == How::Words && vocabulary::ends_as_not_sonys(&said.text);
    let phrase = others
        .first()
        .filter(|next| next.text.ends_with(&name.text));
    said(name) || phrase.is_some_and(said)
}

/// Whether words beside a value say that it is somebody else's secret.
pub fn is_about_another(name: &Name) -> bool {
    let text = &name.text;
    let is_own = name.how == How::Words;
    let is_beside = is_own || name.how == How::Behind;
    !vocabulary::mentions_ours(text)
        && (matches!(name.how, How::Above | How::Comment) && vocabulary::is_about_a_key(text)
            || is_own && (vocabulary::is_about_a_key(text) || vocabulary::is_foreign_subject(text))
            || is_beside && vocabulary::is_about_another_token(text)
            || name.how == How::Above && vocabulary::is_about_the_token_of_a_thing(text))
}

/// Whether a name is that of the header that cookies stand in.
pub fn is_cookie_header(name: &str) -> bool {
    let last = name.rsplit(char::is_whitespace).next().unwrap_or(name);
    ["cookie", "set-cookie", "cookies"]
        .iter()
        .any(|header| last.eq_ignore_ascii_case(header))
}

/// Whether a name is that of a place where something is kept.
pub fn is_place_name(name: &str) -> bool {
    List::PlaceName.has(&name.to_ascii_lowercase())
}

/// Whether a name belongs to something else. Of the words before a value only
/// the last two are about it: `aws ssm put-parameter --value …`
pub fn names_something_else(name: &Name) -> bool {
    // `app.sid`: the session of whoever calls it so.
    if name.text.to_ascii_lowercase().ends_with(".sid") {
        return true;
    }
    if matches!(name.role, Role::Key | Role::Sibling | Role::Section) {
        return vocabulary::is_foreign(&name.text);
    }
    if name.role == Role::Call {
        return vocabulary::is_other_callee(&name.text);
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
    !is_place && vocabulary::is_foreign(&format!("{before} {last}"))
        || vocabulary::is_foreign_phrase(text)
}

/// Whether a name that holds the name of a secret means something made of it,
/// or something that only goes with it: `npsso_sha256`, `NPSSO_SALT`.
pub fn says_derived(name: &Name) -> bool {
    match name.role {
        // A sentence may say both: "set NPSSO, then set CRON_SECRET to".
        Role::Label => {
            vocabulary::mentions_otherwise(&name.text)
                || is_identifier(&name.text) && vocabulary::derived(&name.text)
                || vocabulary::own_identifier(&name.text).is_some_and(|own| {
                    let plain = own.to_ascii_lowercase();
                    !plain.contains("sso") && !plain.contains("pdc") || vocabulary::derived(own)
                })
        }
        _ => {
            vocabulary::derived(&name.text)
                || name.text.contains(' ') && vocabulary::mentions_otherwise(&name.text)
        }
    }
}

/// Whether a name is the last of several words that name one of our secrets.
pub fn is_end_of_ours(name: &Name, next: Option<&Name>, rules: &RuleSet) -> bool {
    next.is_some_and(|next| {
        next.how == How::Words
            && next.text.ends_with(&name.text)
            && best_named(next, rules) == Some(Confidence::High)
            && !says_derived(next)
            && !turns_foreign(next)
    })
}

/// Whether a text has the middle of the name of a secret: `npsso`, `ssocookie`.
fn says_sso(text: &str) -> bool {
    text.to_ascii_lowercase().contains("sso")
}

/// Whether a name is no more than the last word of a sentence that is about our secrets.
pub fn is_end_of_sentence(name: &Name, others: &[Name], rules: &RuleSet) -> bool {
    const SHORTEST: usize = 4;
    let sentence = others.iter().find(|next| next.how == How::Words);
    sentence.is_some_and(|sentence| {
        sentence.text.split_whitespace().count() >= SHORTEST
            && sentence.text.ends_with(&name.text)
            && best_named(sentence, rules).is_some()
            && says_sso(&sentence.text)
            && !vocabulary::is_foreign_alone(&name.text)
            && !vocabulary::names_own_secret(&name.text)
            && ![name, sentence]
                .iter()
                .any(|said| names_something_else(said) || says_derived(said) || turns_foreign(said))
    })
}

/// Whether the words in front of a name say that the value is made of it: "digest of
/// npsso = …".
pub fn is_made_of(name: &Name, others: &[Name]) -> bool {
    others.iter().any(|next| {
        name.how == How::Assigned
            && next.how == How::Words
            && next.text.ends_with(&name.text)
            && vocabulary::mentions_otherwise(&next.text)
    })
}

/// Whether a comment behind a value, an arrow from it or a sentence about it says that it
/// is somebody else's.
pub fn is_note_of_another(text: &str) -> bool {
    let is_note = !text
        .trim_start()
        .starts_with(|c: char| c.is_alphanumeric() || c == ',');
    let (is_note, text) = match vocabulary::says_what_it_is(text) || sentences::presents(text) {
        true => (true, text.split([',', ';', '.']).next().unwrap_or(text)),
        false => (is_note, text),
    };
    sentences::comes_from_another(text)
        || is_note
            && !vocabulary::mentions_ours(text)
            && (vocabulary::is_about_a_key(text)
                || vocabulary::is_about_another_token(text)
                || vocabulary::is_foreign_phrase(text))
}

/// Whether a sentence goes on to somebody else's secret: "Needs an NPSSO. The
/// Discord token is …"
pub fn turns_foreign(name: &Name) -> bool {
    let lower = name.text.to_ascii_lowercase();
    let after = lower.rfind("sso").map_or("", |at| &lower[at + 3..]);
    name.role == Role::Label && vocabulary::is_foreign_phrase(after)
}

/// Whether words before a value end with what is written like the name of a secret in
/// a program.
pub fn ends_as_identifier(name: &Name) -> bool {
    let last = name.text.rsplit(char::is_whitespace).next();
    vocabulary::own_identifier(&name.text)
        .is_some_and(|own| last.is_some_and(|last| last.ends_with(own)))
}

/// Whether a text is written like a name in a program.
pub fn is_identifier(text: &str) -> bool {
    !text.contains(|c: char| c.is_whitespace() || matches!(c, '@' | '!' | '?' | ','))
}

/// Whether what was said before a value asks for somebody else's secret, or is about it.
pub fn asks_for_another(text: &str) -> bool {
    // What was said last counts: "npsso is linked. And the pairing key?"
    let sentences = text.rsplit(['.', '!', '?', ',', ';']);
    let last = sentences.clone().find(|said| !said.trim().is_empty());
    let last = last.unwrap_or(text);
    let is_about = vocabulary::is_foreign_phrase(text) || vocabulary::is_foreign(text);
    vocabulary::is_about_a_key(last) && !vocabulary::mentions_ours(last)
        || (is_about || vocabulary::is_about_a_key(text)) && !vocabulary::mentions_ours(text)
}

/// The last part of the name of a section.
pub fn last_part(section: &str) -> &str {
    section.rsplit(['\\', '/', '.']).next().unwrap_or(section)
}

/// Whether a call says what its argument is: `session({secret: …})`.
pub fn makes_foreign(call: &Name, argument: &Name) -> bool {
    argument.role == Role::Key
        && vocabulary::is_foreign(&format!("{} {}", call.text, argument.text))
}

/// Whether a callee is a type of something else: `OpenAI("…")`, but not `Client("…")`.
pub fn is_constructor(callee: &str) -> bool {
    let last = callee
        .rsplit(['.', ':', '>', '\\'])
        .next()
        .unwrap_or(callee);
    last.starts_with(|first: char| first.is_uppercase()) && !vocabulary::is_generic_callee(last)
}

/// The confidence of the best rule that knows a name.
pub fn best_named(name: &Name, rules: &RuleSet) -> Option<Confidence> {
    rules
        .iter()
        .filter(|rule| named(rule, name))
        .map(|rule| rule.confidence)
        .max()
}

/// Whether a rule knows a name.
pub fn named(rule: &Rule, name: &Name) -> bool {
    let list = match name.role {
        Role::Key | Role::Sibling | Role::Label | Role::Section | Role::Block | Role::Field => {
            &rule.context.name
        }
        Role::Call => &rule.context.call,
    };
    list.is_match(&name.text)
}
