//! What a variable that holds a value is used for.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::lossy;
use super::names::{Name, Role};

/// Uses of one variable that are looked at.
const MAX_USES: usize = 8;

/// `PSNAWP(token`
static CALL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"([A-Za-z_$][A-Za-z0-9_.$]*)\([ \t\n]*[$&]?([A-Za-z_][A-Za-z0-9_]*)"#)
        .expect("the pattern is tested")
});

/// `npsso: token`, `npsso=token`
static ASSIGNMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"([A-Za-z_$][A-Za-z0-9_.$]*)["']?[ \t]*(?:=>|:=|[:=])(?:[ \t]*\$?|[ \t]+&)([A-Za-z_][A-Za-z0-9_]*)"#,
    )
    .expect("the pattern is tested")
});

/// `Cookie("npsso", token`: the name stands before the variable.
static NAMED_ARGUMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"["']([A-Za-z_][A-Za-z0-9_.-]*)["'],[ \t]*[$&]?([A-Za-z_][A-Za-z0-9_]*)"#)
        .expect("the pattern is tested")
});

/// The uses of a variable in the text on both sides of its value.
pub fn of(variable: &str, left: &[u8], right: &[u8]) -> Vec<Name> {
    let variable = variable.rsplit(['.', '$', '@']).next().unwrap_or(variable);
    if variable.is_empty() {
        return Vec::new();
    }
    let mut uses = Vec::new();
    for (pattern, role) in [
        (&*CALL, Role::Call),
        (&*ASSIGNMENT, Role::Key),
        (&*NAMED_ARGUMENT, Role::Key),
    ] {
        let found = [right, left]
            .into_iter()
            .flat_map(|side| pattern.captures_iter(side))
            .filter(|used| &used[2] == variable.as_bytes())
            .map(|used| Name {
                text: lossy(&used[1]).into_owned(),
                role,
            });
        uses.extend(found.take(MAX_USES));
    }
    uses
}

/// The name that a declaration in the text around gives to an argument of a call,
/// by its place: `record Account(string Name, string Npsso)`,
/// `namedtuple("Account", "name npsso")`, `class Account { constructor(name, npsso)`.
pub fn parameter(callee: &str, place: usize, left: &[u8], right: &[u8]) -> Option<String> {
    let callee = callee.rsplit(['.', ':', '>']).next().unwrap_or(callee);
    let callee = regex::escape(callee);
    let list = format!(
        r#"(?s)(?:(?:class|struct)[ \t]+{callee}[^A-Za-z0-9_].{{0,400}}?(?:constructor|__init__|initialize)|[^A-Za-z0-9_]{callee})(?:<[^>]*>)?[ \t\n]*\(([^()]{{1,300}})\)|["']{callee}["'],[ \t]*[\["'(]+([^\])]{{1,300}}?)["']?[\])]"#
    );
    let declaration = Regex::new(&list).ok()?;
    [left, right]
        .into_iter()
        .flat_map(|side| declaration.captures_iter(side))
        .find_map(|found| {
            let names = found.get(1).or(found.get(2))?;
            // The names of a namedtuple may stand in one string.
            let in_string = found.get(1).is_none();
            name_at(&lossy(names.as_bytes()), in_string, place)
        })
}

/// The name at a place of a list of parameters, with their types or without.
fn name_at(list: &str, in_string: bool, place: usize) -> Option<String> {
    let by_blanks = in_string && !list.contains(',');
    let separator = |c: char| c == ',' || by_blanks && c.is_whitespace();
    // Another call has values in its places, not names.
    if !in_string && list.contains(['"', '\'', '`']) {
        return None;
    }
    let own = list
        .split(separator)
        .map(str::trim)
        .filter(|item| !item.is_empty() && *item != "self")
        .nth(place)?;
    // `npsso: String`, `npsso=None`, `string Npsso`, `"npsso"`
    let own = own.split([':', '=']).next()?.trim();
    let own = own.split_whitespace().last()?;
    let own = own.trim_matches(|c: char| !(c.is_alphanumeric() || c == '_'));
    (!own.is_empty()).then(|| own.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_known_by_what_it_is_handed_to() {
        let uses = |variable: &str, text: &str| -> Vec<String> {
            of(variable, b"", text.as_bytes())
                .into_iter()
                .map(|name| name.text)
                .collect()
        };
        assert_eq!(
            uses("me", "await exchangeNpssoForCode(me)"),
            ["exchangeNpssoForCode"]
        );
        assert_eq!(uses("papa", "api = PSNAWP(papa)"), ["PSNAWP"]);
        assert_eq!(uses("token", "login({ npsso: token })"), ["npsso"]);
        assert_eq!(uses("this.token", "npsso = token"), ["npsso"]);
        assert_eq!(uses("token", "npsso: &token"), ["npsso"]);
        assert_eq!(uses("t", "new Cookie(\"pdccws_p\", t)"), ["pdccws_p"]);
        assert!(uses("me", "PSNAWP(method)").is_empty());
        assert!(uses("api_key", "GET /x?npsso=&api_key=").is_empty());
    }

    #[test]
    fn an_argument_is_named_by_its_place_in_a_declaration() {
        let named = |text: &str, place| parameter("Account", place, text.as_bytes(), b"");
        for text in [
            "record Account(string Name, string Npsso);",
            "class Account { constructor(name, npsso) { this.npsso = npsso; } }",
            "class Account:\n    def __init__(self, name: str, npsso: str = None):\n",
            "Account = namedtuple(\"Account\", \"name npsso\")",
            "Account = namedtuple('Account', ['name', 'npsso'])",
            "data class Account(val name: String, val npsso: String)",
        ] {
            let name = named(text, 1).unwrap_or_default();
            assert!(name.eq_ignore_ascii_case("npsso"), "{text}: {name}");
        }
        assert_eq!(named("record Account(string Npsso);", 1), None);
        assert_eq!(named("x = Account('me', 'npsso')", 1), None);
        assert_eq!(named("record MyAccount(string A, string Npsso);", 1), None);
    }
}
