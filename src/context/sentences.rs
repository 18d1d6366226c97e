//! Sentences that point at a value, or say where it comes from.

use super::vocabulary::{
    comes_from, ends_as_reference, has_foreign, is_copula, mentions_ours, words,
};
use crate::rule::words::List;

/// What a text goes on to say from "is" on, where it points at what stands above: "the one
/// above is …", "das da oben ist …".
pub fn points_up(text: &str) -> Option<String> {
    const FIRST: usize = 4;
    let lower = |word: &str| word.trim_matches([',', '(', ')', '^']).to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let above = words
        .iter()
        .take(FIRST)
        .position(|word| List::Above.has(&lower(word)))?;
    let rest = &words[above + 1..];
    let says_is = rest.first().is_some_and(|next| is_copula(&lower(next)));
    says_is.then(|| rest.join(" "))
}

/// Whether a text shows what a value before it is: "ecco la …", "here is the …".
pub fn presents(text: &str) -> bool {
    let words = words(text);
    match &words[..] {
        [here, is, ..] if here == "here" || here == "hier" => is_copula(is) || is == "s",
        [here, ..] => List::Here.has(here),
        [] => false,
    }
}

/// Whether a text says that something comes from what is called like something else: "from
/// `config/.machine-id`".
pub fn comes_from_another(text: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric();
    let place = text.split_whitespace().nth(1).unwrap_or("");
    let place = place.trim_matches(|c| !is_part(c));
    let last = place.rsplit('/').next().unwrap_or(place);
    comes_from(&words(text))
        && !place.chars().all(is_part)
        && !mentions_ours(place)
        && (has_foreign(&words(last)) || ends_as_reference(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_can_point_up() {
        let up = |text: &str| points_up(text).unwrap_or_default();
        assert_eq!(up("The one above is my npsso"), "is my npsso");
        assert_eq!(up("ci-dessus c'est"), "");
        assert_eq!(up("^ das da oben ist der NPSSO"), "ist der NPSSO");
        assert_eq!(up("the npsso is used as shown above is"), "");
    }

    #[test]
    fn a_sentence_can_present_what_stands_before_it() {
        for text in [
            "ecco la pairing key",
            "here's the key",
            "hier ist der Schlüssel",
        ] {
            assert!(presents(text), "{text}");
        }
        for text in ["here we go", "and here is", ""] {
            assert!(!presents(text), "{text}");
        }
    }

    #[test]
    fn what_comes_from_a_place_that_is_called_otherwise_is_something_else() {
        for text in [
            "from `config/.machine-id` I think",
            "aus X-Request-Id",
            "from discord.json",
        ] {
            assert!(comes_from_another(text), "{text}");
        }
        for text in [
            "from `config/npsso.txt`",
            "from ca.account.sony.com",
            "from dad",
            "for `.machine-id`",
            "from `psn/session-id`",
        ] {
            assert!(!comes_from_another(text), "{text}");
        }
    }
}
