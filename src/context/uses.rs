//! What a variable that holds a value is used for.

use super::lossy;
use super::name::{How, Name, Role};

/// Uses of one variable that are looked at.
const MAX_USES: usize = 24;
/// A name longer than this is none.
const MAX_NAME: usize = 64;

/// The uses of a variable in the text on both sides of its value: the functions that
/// take it, the keys and variables that are given it, the strings that name it in a call.
pub fn of(variable: &str, left: &[u8], right: &[u8]) -> Vec<Name> {
    let variable = variable
        .rsplit(['.', '$', '@', ':'])
        .next()
        .unwrap_or(variable);
    if variable.is_empty() || !variable.bytes().all(is_word) {
        return Vec::new();
    }
    let finder = memchr::memmem::Finder::new(variable);
    let mut uses: Vec<Name> = [right, left]
        .into_iter()
        .flat_map(|side| finder.find_iter(side).map(move |at| (side, at)))
        .filter(|(side, at)| is_whole(side, *at, variable.len()))
        .take(MAX_USES)
        .filter_map(|(side, at)| use_at(&side[..at], &side[at + variable.len()..]))
        .collect();
    // What a function is handed says more than what it is assigned to.
    uses.sort_by_key(|name| name.role != Role::Call);
    uses
}

/// Whether a variable stands there, and not a piece of another name or a key.
fn is_whole(side: &[u8], at: usize, length: usize) -> bool {
    let before = at.checked_sub(1).map(|at| side[at]);
    let after = side.get(at + length).copied();
    !before.is_some_and(is_word) && !after.is_some_and(is_word)
}

/// What is done with the variable between these two texts.
fn use_at(before: &[u8], after: &[u8]) -> Option<Name> {
    // `npsso=token`, but not `token = npsso` or `{token: x}`
    // `PSNAWP(token())`: what a function gives.
    let after = after
        .strip_prefix(b"()")
        .unwrap_or(after)
        .trim_ascii_start();
    let next = after.first().copied().unwrap_or(b' ');
    let is_target =
        next == b':' && !after.starts_with(b"::") || next == b'=' && !after.starts_with(b"==");
    let is_expanded = before.ends_with(b"$") || before.ends_with(b"${");
    if is_target || next == b'(' || matches!(next, b'"' | b'\'') && !is_expanded {
        return None;
    }
    // `$token`, `${token}`, `"$token"`, `&token`, `this.token`
    let mut before = before;
    for sign in [&b"${"[..], b"$", b"&", b"*", b"@"] {
        if let Some(rest) = before.strip_suffix(sign) {
            before = if sign.starts_with(b"$") {
                without_quote(rest)
            } else {
                rest
            };
            break;
        }
    }
    if let Some(rest) = before.strip_suffix(b".") {
        let owner = rest.iter().rev().take_while(|byte| is_word(**byte)).count();
        before = &rest[..rest.len() - owner];
    }
    let text = before.trim_ascii_end();
    let named = |text: &[u8], role| {
        let name = identifier(text)?;
        Some(Name {
            text: name,
            role,
            how: How::Use,
        })
    };
    match text {
        [rest @ .., b'('] => named(rest.trim_ascii_end(), Role::Call),
        [rest @ .., b','] => {
            // `Cookie("npsso", token`
            let rest = rest.trim_ascii_end();
            let quote = *rest.last().filter(|byte| matches!(byte, b'"' | b'\''))?;
            let inner = &rest[..rest.len() - 1];
            let open = memchr::memrchr(quote, inner)?;
            let name = &inner[open + 1..];
            (name.len() <= MAX_NAME && !name.is_empty()).then(|| Name {
                text: lossy(name).into_owned(),
                role: Role::Key,
                how: How::Use,
            })
        }
        [rest @ .., b':' | b'='] | [rest @ .., b'=', b'>'] => {
            let rest = rest
                .strip_suffix(b":")
                .or_else(|| rest.strip_suffix(b"="))
                .unwrap_or(rest)
                .trim_ascii_end();
            // `&api_key=` in a query, `a == b`
            if rest.ends_with(b"=") || rest.ends_with(b"!") {
                return None;
            }
            named(without_quote(rest), Role::Key)
        }
        // `--npsso "$token"`
        _ => {
            let length = text
                .iter()
                .rev()
                .take_while(|byte| is_word(**byte) || **byte == b'-')
                .count();
            text[text.len() - length..]
                .starts_with(b"-")
                .then(|| named(text, Role::Key))
                .flatten()
        }
    }
}

/// The identifier that a text ends with.
fn identifier(text: &[u8]) -> Option<String> {
    let length = text
        .iter()
        .rev()
        .take_while(|byte| is_word(**byte) || matches!(byte, b'.' | b'-' | b'$' | b'!'))
        .count();
    let name = &text[text.len() - length..];
    let name = lossy(name);
    let name = name.trim_matches(['.', '-', '$', '!']);
    (!name.is_empty() && name.len() <= MAX_NAME).then(|| name.to_owned())
}

/// A text without the quote that it ends with.
fn without_quote(text: &[u8]) -> &[u8] {
    match text {
        [rest @ .., b'"' | b'\'' | b'`'] => rest,
        all => all,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
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
        assert_eq!(uses("token", "{\"npsso\": cfg.token}"), ["npsso"]);
        assert_eq!(uses("TOKEN", "psn --npsso \"$TOKEN\""), ["npsso"]);
        assert!(uses("me", "PSNAWP(method)").is_empty());
        assert!(uses("api_key", "GET /x?npsso=&api_key=").is_empty());
        assert!(uses("value", "{ name: 'pdccws_p', value: '' }").is_empty());
        assert!(uses("password", "connect(user=\"psn\", password=\"\")").is_empty());
    }
}
