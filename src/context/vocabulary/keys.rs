//! What keys, columns, sections and types are for.

use super::credentials::{is_credential, names_a_credential};
use super::foreign::{is_foreign, is_foreign_alone};
use super::made_of::is_reference;
use super::{is_any, is_generic, words};
use crate::rule::words::List;

/// Whether a word is a type of some language, or a word that declares something.
pub fn is_type(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let is_sized = |family: &str| {
        lower
            .strip_prefix(family)
            .is_some_and(|size| !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit()))
    };
    List::Type.has(&lower)
        || ["u", "i", "int", "uint", "float", "f"]
            .into_iter()
            .any(is_sized)
}

/// Whether a call with this name gives its second argument the name of its first.
pub fn defines(callee: &str) -> bool {
    List::DefiningCall.has(&callee.to_ascii_lowercase())
}

/// Whether a key says how its object is called: `name="npsso", value="…"`.
pub fn is_naming_key(key: &str) -> bool {
    List::NamingKey.has(&key.to_ascii_lowercase())
}

/// Whether a column holds what its rows are called, in some language.
pub fn is_naming_column(column: &str) -> bool {
    List::NamingColumn.has(&column.to_lowercase())
}

/// Whether a column says what kind of secret its rows hold: `token_type`.
pub fn is_kind(column: &str) -> bool {
    matches!(&words(column)[..], [first, last]
        if is_credential(first) && List::KindColumn.has(last))
}

/// Whether a column or a key holds values of any kind, in some language.
pub fn is_value(column: &str) -> bool {
    List::ValueColumn.has(&column.to_lowercase())
}

/// Whether a word before a colon can be what somebody is called: it says nothing of a secret.
pub fn can_be_a_person(name: &str) -> bool {
    let lower = name.to_lowercase();
    let is_secret = List::SecretMiddle.is_in(&lower) || List::OursShort.is_in(&lower);
    let is_word = names_a_credential(name) || is_foreign(name) || is_foreign_alone(name);
    let is_word = is_word || is_reference(name) || name.contains('-');
    let is_person = List::Person.has(&lower) || !is_generic(name);
    is_person && !is_secret && !is_word && name.chars().any(char::is_alphabetic)
}

/// Whether a name is that of a text for people, which says by itself what it is about.
pub fn is_text(name: &str) -> bool {
    List::TextKey.has(&name.to_ascii_lowercase())
}

/// Whether a section of a configuration has a subject of its own: `smtp`, `db`,
/// `session`, but not `environment` or `accounts`.
pub fn is_opaque_section(name: &str) -> bool {
    words(name)
        .iter()
        .any(|word| !is_any(word) || List::SectionSubject.has(word))
}

/// Whether a name is one of things that belong to several people, such as
/// `tokens` or `accounts`: the keys in it are the people's.
pub fn is_collection(name: &str) -> bool {
    words(name).iter().any(|word| List::Collection.has(word))
}
