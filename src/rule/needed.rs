//! What a text must have in it for any rule to say something of a value in it.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Capture, Hir, HirKind, Repetition};

/// Bytes that a pattern may match, so that it is found in any part of a text.
const LONGEST: usize = 100;
/// Bytes that the compiled pattern may take.
const MAX_SIZE: usize = 4 << 20;

/// All patterns of the contexts of rules as one.
#[derive(Debug, Default)]
pub struct Needed {
    /// `None` where they cannot be one: then any text has them.
    any: OnceLock<Option<Regex>>,
}

impl Needed {
    /// Whether one of the patterns matches a text or a piece of it. `patterns` are the
    /// same with each call.
    pub fn are_in<'p>(&self, text: &str, patterns: impl Iterator<Item = &'p str>) -> bool {
        let any = self.any.get_or_init(|| {
            let patterns: Option<Vec<String>> = patterns.map(in_pieces).collect();
            RegexBuilder::new(&patterns?.join("|"))
                .size_limit(MAX_SIZE)
                .dfa_size_limit(4 * MAX_SIZE)
                .build()
                .ok()
        });
        any.as_ref().is_none_or(|any| any.is_match(text))
    }
}

/// A pattern that matches a text if the given one matches a piece of it, as names are.
/// `None` for one that can match more than is looked at together.
fn in_pieces(pattern: &str) -> Option<String> {
    let mut parser = ParserBuilder::new().case_insensitive(true).build();
    let hir = parser.parse(pattern).ok()?;
    hir.properties()
        .maximum_len()
        .filter(|length| *length <= LONGEST)?;
    Some(format!("(?:{})", without_ends(hir)))
}

/// A name begins and ends anywhere in a text.
fn without_ends(hir: Hir) -> Hir {
    match hir.into_kind() {
        HirKind::Look(_) => Hir::empty(),
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            sub: Box::new(without_ends(*repetition.sub)),
            ..repetition
        }),
        HirKind::Capture(Capture { sub, .. }) => without_ends(*sub),
        HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(without_ends).collect()),
        HirKind::Alternation(parts) => {
            Hir::alternation(parts.into_iter().map(without_ends).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn are_in(text: &str, patterns: &[&str]) -> bool {
        Needed::default().are_in(text, patterns.iter().copied())
    }

    #[test]
    fn what_matches_a_name_matches_the_text_that_it_stands_in() {
        let patterns = ["^pdc$", "(^|[^a-z])psn([^a-z]|$)", "(?-i:[a-z]PSN)"];
        for text in ["x PDC=1", "pdc", "a psn: 1", "psn", "myPSN", "/psn/"] {
            assert!(are_in(text, &patterns), "{text}");
        }
        for text in ["x pdgs=1", "lpsms", "my token"] {
            assert!(!are_in(text, &patterns), "{text}");
        }
    }

    #[test]
    fn patterns_that_cannot_be_one_are_in_any_text() {
        assert!(are_in("", &["npsso.*token"]));
        assert!(are_in("ключ = 1", &["^ключ$"]));
    }
}
