//! What kind of secret another element of the value's row says that it is, and the
//! parameters of functions whose arguments no comma keeps apart.

use super::super::lexer::{Kind, Text};
use super::super::name::is_name_of_secret;
use super::super::vocabulary;
use super::Climb;
use super::row::elements;

/// Arguments of a call.
const MAX_ARGUMENTS: usize = 12;

impl Climb<'_> {
    /// `Secret("ann", "…", Kind::Npsso)`, `(("ann", Npsso), "…")`: a constant in the row that
    /// is called like a secret. A variable, or what a function is handed, would be one itself.
    pub fn kind_in_row(&self) -> Option<String> {
        let text = self.text;
        let open = self.row()?;
        let callee = open.checked_sub(1).filter(|word| {
            text.is(open, "(") && text.touch(*word, open) && text.kind(*word) == Kind::Word
        });
        let callee = callee.and_then(|word| text.identifier(word));
        let is_made = |(_, name): (usize, String)| {
            let last = name.rsplit(['.', ':']).next().unwrap_or("").to_owned();
            last.starts_with(char::is_uppercase)
        };
        let is_called = callee.is_some();
        if !callee.is_none_or(is_made) {
            return None;
        }
        let close = text.mate(open)?;
        elements(text, open + 1, close)
            .iter()
            .find_map(|&(first, last)| {
                if (first..=last).contains(&text.value) {
                    return None;
                }
                let is_nested = text.kind(first) == Kind::Bracket && text.mate(first) == Some(last);
                match is_nested {
                    true => elements(text, first + 1, last)
                        .iter()
                        .find_map(|(first, last)| constant(text, *first, *last, is_called)),
                    false => constant(text, first, last, is_called),
                }
            })
    }

    /// `(mk "ann" "…")` for `mk = name: npsso: …`, `mk name npsso =`, `(defun mk (name npsso)`.
    pub fn applied(&self) -> Option<(Vec<String>, usize)> {
        let text = self.text;
        let is_row = |open: &usize| text.is(*open, "(");
        let open = text.around.iter().rev().copied().find(is_row)?;
        let close = text.mate(open)?;
        let callee = open + 1;
        if text.kind(callee) != Kind::Word || text.touch(callee, callee + 1) {
            return None;
        }
        let mut own = 0;
        let mut at = callee + 1;
        while at < close && own < MAX_ARGUMENTS {
            let is_argument = matches!(text.kind(at), Kind::Word | Kind::Open | Kind::Bracket);
            let last = text.mate(at).unwrap_or(at);
            match is_argument && last >= at {
                true if (at..=last).contains(&text.value) => break,
                true => own += 1,
                false if text.kind(at) == Kind::Line => {}
                false => return None,
            }
            at = last + 1;
        }
        let named = (0..text.len()).filter(|at| {
            *at != callee && text.kind(*at) == Kind::Word && text.bytes(*at) == text.bytes(callee)
        });
        named
            .filter_map(|at| curried(text, at))
            .find(|names| own < names.len() && names.iter().any(|name| is_name_of_secret(name)))
            .map(|names| (names, own))
    }
}

/// The short strings and the constants that stand beside the value in its row.
pub fn beside(text: &Text) -> Vec<String> {
    const LONGEST: usize = 24;
    let is_row = |open: &usize| text.kind(*open) == Kind::Bracket && !text.is(*open, "<");
    let Some(open) = text.around.iter().rev().copied().find(is_row) else {
        return Vec::new();
    };
    let Some(close) = text.mate(open) else {
        return Vec::new();
    };
    let elements = elements(text, open + 1, close);
    let named = elements
        .iter()
        .filter_map(|&(first, last)| match text.string(last) {
            Some((start, string)) => (start == first).then_some(string),
            None => {
                (text.identifier(last)).and_then(|(start, name)| (start == first).then_some(name))
            }
        });
    named.filter(|name| name.len() <= LONGEST).collect()
}

/// The constant that an element is, where it is called like a secret: `Kind::Npsso`, `Npsso`,
/// `:npsso`, but neither `npsso` nor `Config.NPSSO`. Nor is `NPSSO` one where something `is_called`
/// with it.
fn constant(text: &Text, first: usize, last: usize, is_called: bool) -> Option<String> {
    let (start, name) = text.identifier(last)?;
    let is_symbol = start == first + 1 && text.is(first, ":") && text.touch(first, start);
    let parts: Vec<&str> = name
        .split(['.', ':', '/'])
        .filter(|part| !part.is_empty())
        .collect();
    let (own, owners) = parts.split_last()?;
    let is_kind = |owner: &&str| {
        let lower = owner.to_ascii_lowercase();
        owner.starts_with(char::is_uppercase)
            && (!vocabulary::is_generic(owner) || lower.contains("type") || lower.contains("kind"))
    };
    let is_constant = start == first
        && own.starts_with(char::is_uppercase)
        && owners.iter().all(is_kind)
        && (!owners.is_empty() || !is_called || own.contains(char::is_lowercase));
    (is_name_of_secret(own) && (is_symbol || is_constant)).then(|| (*own).to_owned())
}

/// The parameters that a function is defined with at its name, where no comma keeps them
/// apart.
fn curried(text: &Text, name: usize) -> Option<Vec<String>> {
    let word = |at: usize| (text.kind(at) == Kind::Word).then(|| text.text(at, at));
    let next = name + 1;
    // `mk = name: npsso:`
    if text.is(next, "=") {
        let pairs = (next + 1..).step_by(2).take(MAX_ARGUMENTS);
        let names = pairs.map_while(|at| word(at).filter(|_| text.is(at + 1, ":")));
        return Some(names.collect());
    }
    // `(defun mk (name npsso)`, `(defn mk [name npsso]`
    let is_before = |back: usize, signs: &[&str]| {
        name.checked_sub(back)
            .is_some_and(|at| text.is_one(at, signs))
    };
    let is_lisp = is_before(1, &["defun", "defn", "define", "fn"]);
    if is_lisp && text.kind(next) == Kind::Bracket {
        let end = text.mate(next)?;
        return Some(
            (next + 1..end)
                .filter_map(word)
                .take(MAX_ARGUMENTS)
                .collect(),
        );
    }
    // `(define (mk name npsso)`
    if is_before(1, &["("]) && is_before(2, &["define"]) {
        let end = text.mate(name - 1)?;
        return Some((next..end).filter_map(word).take(MAX_ARGUMENTS).collect());
    }
    // `let mk name npsso =`, `mk name (npsso : string) =`
    let mut names = Vec::new();
    let mut at = next;
    while names.len() < MAX_ARGUMENTS {
        match text.kind(at) {
            Kind::Word => names.push(text.text(at, at)),
            Kind::Bracket => {
                names.push(word(at + 1)?);
                at = text.mate(at)?;
            }
            Kind::Sign if text.is(at, "=") => return Some(names),
            _ => return None,
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::testing::first_names;

    #[test]
    fn examples() {
        first_names(&[
            (
                "Secret(\"a\", \"§\", Kind::Npsso)",
                "Npsso (field of its record)",
            ),
            ("[((\"a\", Npsso), \"§\")]", "Npsso (field of its record)"),
            ("hmac(\"§\", Config.NPSSO)", "hmac (call)"),
            ("Hmac(\"§\", env.NPSSO)", "Hmac (call)"),
            ("Hmac(\"§\", npsso)", "Hmac (call)"),
            ("Hmac(\"§\", NPSSO)", "Hmac (call)"),
            ("Hmac(\"§\", Config.NPSSO)", "Hmac (call)"),
            (
                "mk = name: npsso: { };\nx = [ (mk \"a\" \"§\") ];",
                "npsso (parameter)",
            ),
            (
                "mk name npsso = 1\nx = (mk \"a\" \"§\")",
                "npsso (parameter)",
            ),
            (
                "(defun mk (name npsso) 1)\n(mk \"a\" \"§\")",
                "npsso (parameter)",
            ),
            (
                "mk = name: npsso: { };\nx = [ (mk \"§\" \"a\") ];",
                "name (parameter)",
            ),
        ]);
    }
}
