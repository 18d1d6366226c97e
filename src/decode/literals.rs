//! How programs put string literals together: `"Ta" + "Tb"`, `concat!("Ta", "Tb")`,
//! `npsso += "Tb"`.

use super::glue::quoting;

/// The longest comment between two literals.
const COMMENT: usize = 120;
/// How far from its arguments the word stands that says that they are joined.
const BESIDE: usize = 48;
/// Signs of an operator at most.
const OPERATOR: usize = 6;

/// `" + "`, `' . '`, `" .. "`, `" & "`, `" "`, with line ends in between: a quote
/// that closes, an operator or none, and a quote that opens.
pub fn concatenation(text: &[u8]) -> Option<usize> {
    operation(text)
        .or_else(|| call(text))
        .or_else(|| assignment(text))
}

/// `", "`: what stands between two arguments. They are joined when [`are_joined`].
pub fn comma(text: &[u8]) -> Option<usize> {
    if !is_quote(*text.first()?) {
        return None;
    }
    let mut at = 1 + space(&text[1..]);
    if text.get(at) != Some(&b',') {
        return None;
    }
    at += 1;
    at += space(&text[at..]);
    Some(at + opening(&text[at..], false)?)
}

/// Whether arguments stand in a call that joins them, with nothing in between:
/// `concat!(`, `join("", [`, or behind them `].join("")`, `) -join ''`.
pub fn are_joined(before: &[u8], after: &[u8]) -> bool {
    const JOINS: [&[u8]; 7] = [
        b".join(\"\")",
        b".join('')",
        b".join(``)",
        b"-join ''",
        b"-join \"\"",
        b"-join''",
        b".concat()",
    ];
    is_call(&before[before.len().saturating_sub(BESIDE)..]) || {
        let after = &after[..after.len().min(BESIDE)];
        let skipped = |byte: &&u8| byte.is_ascii_whitespace() || b"\"'`)]},".contains(byte);
        let (brackets, rest) = after.split_at(after.iter().take_while(skipped).count());
        // Ruby joins with nothing when nothing is said.
        let is_ruby = rest.starts_with(b".join") && !matches!(rest.get(5), Some(b'('));
        // Go has the separator behind the list.
        let has_empty = brackets.windows(4).any(|last| last == b", \"\"");
        let is_go = has_empty && memchr::memmem::find(before, b"strings.Join(").is_some();
        is_ruby || is_go || JOINS.iter().any(|join| rest.starts_with(join))
    }
}

/// Whether a call begins here whose arguments are joined with nothing in between.
fn is_call(before: &[u8]) -> bool {
    const JOINING: [&str; 4] = ["concat", "paste0", "strcat", "concat!"];
    // What stands between the name and the first argument: brackets, and the
    // separator when it comes first.
    let is_between = |byte: &&u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'(' | b'[' | b'{' | b',' | b':' | b'"' | b'\'' | b'`')
    };
    let between = before.iter().rev().take_while(is_between).count();
    let (name, between) = before.split_at(before.len() - between);
    let name = name.to_ascii_lowercase();
    let empty = |text: &[u8]| {
        [b"\"\"", b"''", b"``"]
            .iter()
            .any(|pair| text.ends_with(*pair))
    };
    // The quote that opens the first argument
    let between = between.split_last().map_or(between, |(_, rest)| rest);
    let quotes = between.iter().filter(|byte| is_quote(**byte)).count();
    let has_empty = between.windows(2).any(empty);
    let is_key = between.first().copied().is_some_and(is_quote);
    if name.ends_with(b"-join") {
        return quotes == 0;
    }
    if JOINING.iter().any(|word| name.ends_with(word.as_bytes())) {
        return quotes == 0 && between.contains(&b'(');
    }
    if let Some(object) = name.strip_suffix(b".join") {
        let is_first = has_empty && quotes == 2;
        return is_first || quotes == 0 && empty(object);
    }
    let joins = name.ends_with(b"join") || name.ends_with(b"implode");
    joins && has_empty && quotes == 2 + usize::from(is_key)
}

/// `" + "` and the like.
fn operation(text: &[u8]) -> Option<usize> {
    let raw = text
        .strip_prefix(b")")
        .filter(|text| text.starts_with(b"\""));
    let mut at = text.len() - raw.unwrap_or(text).len();
    if !is_quote(*text.get(at)?) {
        return None;
    }
    at += 1;
    let closed = matches!(text.get(at), Some(b')' | b'}'));
    at += usize::from(closed);
    at += space(&text[at..]);
    let sign = |byte: &&u8| {
        matches!(
            byte,
            b'+' | b'.' | b'&' | b'<' | b'>' | b'|' | b'~' | b'\\' | b'_' | b'^' | b' '
        )
    };
    let operator = text[at..].iter().take_while(sign).count();
    if operator > OPERATOR {
        return None;
    }
    at += operator;
    at += space(&text[at..]);
    // `\` at the end of a line, and the operator on the next one
    if operator > 0 && text[at - 1].is_ascii_whitespace() {
        at += text[at..]
            .iter()
            .take_while(|byte| matches!(byte, b'+' | b'.' | b' '))
            .count()
            .min(OPERATOR);
    }
    let opened = match &text[at..] {
        [b'(', ..] => 1,
        [b'$', b'{', ..] => 2,
        _ => 0,
    };
    let is_joined = match (closed, opened) {
        (true, 2) | (false, 0) => true,
        (_, 0 | 1) => operator > 0,
        _ => false,
    };
    if !is_joined {
        return None;
    }
    at += opened;
    Some(at + opening(&text[at..], raw.is_some())?)
}

/// `").append("`, `".concat("`: a call on what is joined already.
fn call(text: &[u8]) -> Option<usize> {
    const NAMES: [&[u8]; 4] = [b"append(", b"Append(", b"concat(", b"push_str("];
    if !is_quote(*text.first()?) {
        return None;
    }
    let mut at = 1 + usize::from(text.get(1) == Some(&b')'));
    at += space(&text[at..]);
    if text.get(at) != Some(&b'.') {
        return None;
    }
    at += 1;
    let name = NAMES.iter().find(|name| text[at..].starts_with(name))?;
    at += name.len();
    Some(at + opening(&text[at..], false)?)
}

/// `"; npsso += "`: a variable of that name goes on.
fn assignment(text: &[u8]) -> Option<usize> {
    if !is_quote(*text.first()?) {
        return None;
    }
    let mut at = 1 + usize::from(text.get(1) == Some(&b';'));
    at += space(&text[at..]);
    let is_name =
        |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.' | b':');
    let length = text[at..].iter().take_while(is_name).count();
    // `.=`
    let name = text[at..at + length]
        .strip_suffix(b".")
        .unwrap_or(&text[at..at + length]);
    let lower = name.to_ascii_lowercase();
    let is_secret = [&b"npsso"[..], b"pdccws"]
        .iter()
        .any(|word| memchr::memmem::find(&lower, word).is_some());
    if !is_secret {
        return None;
    }
    at += name.len();
    at += space(&text[at..]);
    if !matches!(text.get(at..at + 2)?, b"+=" | b".=" | b"~=") {
        return None;
    }
    at += 2;
    at += space(&text[at..]);
    Some(at + opening(&text[at..], false)?)
}

/// The quote that opens a literal, with what may stand before it: `f"…"`,
/// `rb"…"`, `@"…"`, `$"…"`, `u8"…"`, `R"(…)"`.
fn opening(text: &[u8], raw: bool) -> Option<usize> {
    let is_prefix = |byte: &&u8| byte.is_ascii_alphabetic() || matches!(byte, b'@' | b'$' | b'8');
    let prefix = text.iter().take(4).take_while(is_prefix).count();
    if prefix > 3 || !is_quote(*text.get(prefix)?) {
        return None;
    }
    let bracket = raw && text.get(prefix + 1) == Some(&b'(');
    Some(prefix + 1 + usize::from(bracket))
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// Blanks, line ends and comments, with what each line begins with in a mail, a
/// comment, a difference or a list of lines.
fn space(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let blanks = text[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        let is_new_line = text[at..at + blanks].contains(&b'\n');
        at += blanks;
        let rest = &text[at..];
        let more = match rest {
            [b'+' | b'-', b' ', b' ', ..] if is_new_line && text[at - 1] == b'\n' => 1,
            _ if is_new_line => next_string(rest).unwrap_or_else(|| quoting(rest)),
            _ => comment(rest).unwrap_or(0),
        };
        if more == 0 {
            return at;
        }
        at += more;
    }
}

/// A comment up to the end of its line, or of its own.
fn comment(text: &[u8]) -> Option<usize> {
    let text = &text[..text.len().min(COMMENT)];
    if text.starts_with(b"/*") {
        return memchr::memmem::find(text, b"*/").map(|end| end + 2);
    }
    let begins = text.starts_with(b"//") || text.starts_with(b"#") || text.starts_with(b"--");
    begins.then(|| memchr::memchr(b'\n', text)).flatten()
}

/// Where the next string of a list begins whose strings are the lines of a text.
fn next_string(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"\",")?;
    let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace());
    let length = 2 + blanks.count();
    text[length..].starts_with(b"\"").then_some(length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(text: &str) -> Option<&str> {
        concatenation(text.as_bytes()).map(|length| &text[length..])
    }

    #[test]
    fn literals_are_joined_as_languages_join_them() {
        for text in [
            "\" \"B",
            "\" + \"B",
            "' . 'B",
            "\" .. \"B",
            "\" & \"B",
            "\" & _\n  \"B",
            "\" << \"B",
            "\" <> \"B",
            "\" ^ \"B",
            "\"\n    \"B",
            "\" +\n  f\"B",
            "' \\\n 'B",
            "\" \\\n  + \"B",
            "\"\n  + \"B",
            "` + `B",
            "\" u8\"B",
            ")\" R\"(B",
            "\" + // half of it\n  \"B",
            "\"  # too long\n  \"B",
            "\" /* and */ \"B",
            "\" // &\n  \"B",
            "\") + (\"B",
            "\") + \"B",
            "\"}${\"B",
            "\"\n>     \"B",
            "\"\n-    \"B",
            "\" +\n+    \"B",
            "\"\n\",\n  \"   \"B",
            "\").append(\"B",
            "\"\nnpsso += \"B",
            "';\n$npsso .= 'B",
            "\"\nNPSSO+=\"B",
        ] {
            assert_eq!(rest(text), Some("B"), "{text}");
        }
        for text in [
            "\", \"B",
            "\": \"B",
            "\" = \"B",
            "\")\nx(\"B",
            "\")\n(\"B",
            "\"\n- \"B",
            "\" + name + \"B",
            "\"\nother += \"B",
            "\"\nnpsso = \"B",
            "\").send(\"B",
        ] {
            assert_eq!(rest(text), None, "{text}");
        }
    }

    #[test]
    fn arguments_are_joined_beside_a_word_that_says_so() {
        for (before, after) in [
            ("x = concat!(\"", "\");"),
            ("SET npsso = CONCAT('", "');"),
            ("npsso = [\"", "\"].join(\"\");"),
            ("NPSSO = \"\".join([\"", "\"])"),
            ("{\"NPSSO\":{\"Fn::Join\":[\"\",[\"", "\"]]}}"),
            ("npsso = join(\"\", [\"", "\"])"),
            ("String.join(\"\", \"", "\")"),
            ("implode('', ['", "'])"),
            ("npsso <- paste0(\"", "\")"),
            ("$npsso = ('", "') -join ''"),
            ("$npsso = -join ('", "')"),
            ("npsso = [\"", "\"].join\n"),
            ("npsso := strings.Join([]string{\"", "\"}, \"\")"),
        ] {
            assert!(
                are_joined(before.as_bytes(), after.as_bytes()),
                "{before}…{after}"
            );
        }
        for (before, after) in [
            ("npsso = [\"", "\"]"),
            ("npsso = [\"", "\"].join(\"-\")"),
            ("npsso = \",\".join([\"", "\"])"),
            ("npsso = join(\",\", [\"", "\"])"),
            ("os.path.join(\"", "\")"),
            ("login(\"", "\")"),
            ("concat = [\"", "\"]"),
        ] {
            assert!(
                !are_joined(before.as_bytes(), after.as_bytes()),
                "{before}…{after}"
            );
        }
    }
}
