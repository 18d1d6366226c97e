//! What a variable that holds a value is used for.

use std::sync::LazyLock;

use regex::bytes::Regex;

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
                text: String::from_utf8_lossy(&used[1]).into_owned(),
                role,
            });
        uses.extend(found.take(MAX_USES));
    }
    uses
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
}
