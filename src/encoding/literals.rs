//! How programs put string literals together: `"Ta" + "Tb"`, `concat!("Ta", "Tb")`,
//! `npsso += "Tb"`.

use super::lines::quoting;

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
        .or_else(|| directive(text))
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
    let begin = &before[before.len().saturating_sub(BESIDE)..];
    is_call(begin) || is_format(begin) || {
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

/// Whether what stands before the first argument is a format of nothing but places
/// for arguments: `"%s%s" % (`, `"{}{}".format(`, `format!("{}{}", `, `"{0}{1}" -f `.
fn is_format(before: &[u8]) -> bool {
    let trimmed = |text: &[u8]| -> usize {
        let sign = |byte: &&u8| byte.is_ascii_whitespace() || matches!(byte, b'(' | b',' | b'%');
        text.len() - text.iter().rev().take_while(sign).count()
    };
    let Some((_, mut text)) = before.split_last() else {
        return false;
    };
    text = &text[..trimmed(text)];
    for call in [&b".format"[..], b"-f"] {
        text = text.strip_suffix(call).unwrap_or(text);
    }
    text = &text[..trimmed(text)];
    let Some((quote, text)) = text.split_last().filter(|(quote, _)| is_quote(**quote)) else {
        return false;
    };
    let Some(open) = memchr::memrchr(*quote, text) else {
        return false;
    };
    let mut places = &text[open + 1..];
    let mut count = 0;
    while let Some(length) = place_for_argument(places) {
        places = &places[length..];
        count += 1;
    }
    count > 1 && places.is_empty()
}

/// The length of `%s`, `{}` or `{0}` at the beginning of a format.
fn place_for_argument(format: &[u8]) -> Option<usize> {
    match format {
        [b'%', b's' | b'v' | b'@', ..] | [b'{', b'}', ..] => Some(2),
        [b'{', digit, b'}', ..] if digit.is_ascii_digit() => Some(3),
        _ => None,
    }
}

/// Whether a call begins here whose arguments are joined with nothing in between.
fn is_call(before: &[u8]) -> bool {
    const JOINING: [&str; 4] = ["concat", "paste0", "strcat", "concat!"];
    // What stands between the name and the first argument: brackets, and the
    // separator when it comes first.
    let is_between = |byte: &&u8| {
        byte.is_ascii_whitespace()
            || matches!(
                byte,
                b'(' | b'[' | b'{' | b',' | b':' | b'@' | b'"' | b'\'' | b'`'
            )
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
    // `npsso db 'Ta', 'Tb', 0`: assembler
    if [&b"-join"[..], b" db", b"\tdb"]
        .iter()
        .any(|word| name.ends_with(word))
    {
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
            b'+' | b'.' | b'&' | b'<' | b'>' | b'|' | b'~' | b'*' | b'\\' | b'_' | b'^' | b' '
        )
    };
    // AppleScript and MATLAB say at the end of a line that it goes on.
    let goes_on = |text: &[u8]| {
        let sign = [&b", ..."[..], "& \u{ac}".as_bytes()];
        let sign = sign.into_iter().find(|sign| text.starts_with(sign))?;
        text[sign.len()..].starts_with(b"\n").then_some(sign.len())
    };
    let operator = text[at..].iter().take_while(sign).count();
    let operator = goes_on(&text[at..]).unwrap_or(operator);
    // `"a" | "b"` is one or the other, and so is `||` but in SQL.
    let is_other = match text[at..at + operator].trim_ascii() {
        b"|" | b">" | b">>" => true,
        b"||" => text.first() != Some(&b'\''),
        _ => false,
    };
    if operator > OPERATOR || is_other {
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
        [b'$', b'{', ..] => 2,
        [b'{', ..] => 1,
        rest => called(rest),
    };
    let is_joined = match text.get(at) {
        // `"{'Ta'}{'Tb'}"`, `${"Ta"}${"Tb"}`
        Some(b'{' | b'$') if opened > 0 => closed,
        // `").send("`
        _ if opened > 1 && text[at - 1] == b'.' => false,
        _ => operator > 0 || !closed && opened == 0,
    };
    if !is_joined {
        return None;
    }
    at += opened;
    Some(at + opening(&text[at..], raw.is_some())?)
}

/// The length of a bracket, with the name of a function before it or not: `String(`.
fn called(text: &[u8]) -> usize {
    const LONGEST: usize = 24;
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':');
    let name = text.iter().take(LONGEST).take_while(is_name).count();
    let is_called = text.get(name) == Some(&b'(');
    if is_called { name + 1 } else { 0 }
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

/// `"; npsso += "`, `"\nnpsso = npsso & "`, `\nset NPSSO=%NPSSO%`, `"); strcat(npsso, "`:
/// a variable with the name of a secret goes on.
fn assignment(text: &[u8]) -> Option<usize> {
    let is_closed = is_quote(*text.first()?);
    let mut at = usize::from(is_closed);
    at += usize::from(is_closed && text.get(at) == Some(&b')'));
    at += usize::from(is_closed && text.get(at) == Some(&b';'));
    at += space(&text[at..]);
    const WORDS: [&[u8]; 9] = [
        b"set ",
        b"export ",
        b"local ",
        b"let ",
        b"var ",
        b"const ",
        b"strcat(",
        b"strncat(",
        b"wcscat(",
    ];
    let word = WORDS.iter().find(|word| text[at..].starts_with(word));
    at += word.map_or(0, |word| word.len());
    // `set "NPSSO=%NPSSO%`
    at += usize::from(word == Some(&WORDS[0]) && text.get(at) == Some(&b'"'));
    let name = variable(&text[at..])?;
    let lower = text[at..at + name].to_ascii_lowercase();
    let is_secret = [&b"npsso"[..], b"pdccws"]
        .iter()
        .any(|word| memchr::memmem::find(&lower, word).is_some());
    let is_list = [
        &b"ids"[..],
        b"keys",
        b"list",
        b"flags",
        b"opts",
        b"args",
        b"tokens",
    ]
    .iter()
    .any(|end| lower.ends_with(end));
    if !is_secret || is_list {
        return None;
    }
    at += name;
    at += space(&text[at..]);
    let rest = &text[at..];
    if word.is_some_and(|word| word.ends_with(b"(")) {
        at += rest.starts_with(b",").then_some(1)?;
    } else if matches!(rest.get(..2)?, b"+=" | b".=" | b"~=") {
        at += 2;
    } else {
        at += if rest.starts_with(b":=") { 2 } else { 1 };
        if text[at - 1] != b'=' {
            return None;
        }
        at += itself(&text[at..], &lower)?;
        // What is not quoted ends with the line.
        if !is_closed || text.get(at).copied().is_some_and(is_value) {
            let is_shell = text[at - 1] == b'}' || text[at - 1] == b'%';
            return (is_shell && text.get(at).copied().is_some_and(is_value)).then_some(at);
        }
    }
    at += space(&text[at..]);
    Some(at + opening(&text[at..], false)?)
}

/// The length of a name with the sign that a variable may have.
fn variable(text: &[u8]) -> Option<usize> {
    let is_name = |byte: &&u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'@' | b'.' | b':')
    };
    let length = text.iter().take_while(is_name).count();
    // `.=`, `:=`
    let signs = text[..length]
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b'.' | b':'))
        .count();
    (length > signs).then_some(length - signs)
}

/// The length of a variable that stands in its own assignment, with the operator
/// after it: `npsso & `, `$NPSSO`, `"${NPSSO}`, `%NPSSO%`.
fn itself(text: &[u8], name: &[u8]) -> Option<usize> {
    let mut at = space(text);
    at += usize::from(text.get(at).copied().is_some_and(is_quote));
    let signs = |text: &[u8]| {
        let sign = |byte: &&u8| matches!(byte, b'$' | b'{' | b'%' | b'}');
        text.iter().take_while(sign).count()
    };
    let name = name.strip_prefix(b"$").unwrap_or(name);
    at += signs(&text[at..]);
    if !text[at..].get(..name.len())?.eq_ignore_ascii_case(name) {
        return None;
    }
    at += name.len();
    at += signs(&text[at..]);
    let blanks = space(&text[at..]);
    let operator = text[at + blanks..]
        .iter()
        .take_while(|byte| {
            matches!(
                byte,
                b'+' | b'.' | b'&' | b'|' | b'~' | b'*' | b'<' | b'>' | b'^'
            )
        })
        .count();
    if (1..=2).contains(&operator) {
        at += blanks + operator;
        at += space(&text[at..]);
    }
    Some(at)
}

/// `"\n    .ascii "`: the next line of a table in assembler, and `"; name*1="`, the
/// next part of a parameter in a mail (RFC 2231).
fn directive(text: &[u8]) -> Option<usize> {
    // `.asciz` and `.string` end a text.
    const WORDS: [&[u8]; 5] = [b".ascii", b".byte", b"db", b"DB", b"dc.b"];
    let quote = *text.first().filter(|byte| is_quote(**byte))?;
    let mut at = 1 + usize::from(text.get(1) == Some(&b';'));
    let blanks = space(&text[at..]);
    if !text[at..at + blanks].contains(&b'\n') {
        return None;
    }
    at += blanks;
    let length = match WORDS.iter().find(|word| text[at..].starts_with(word)) {
        Some(word) => {
            word.len() + blanks_of(&text[at + word.len()..]).filter(|blanks| *blanks > 0)?
        }
        None => parameter(&text[at..])?,
    };
    at += length;
    (text.get(at) == Some(&quote)).then_some(at + 1)
}

fn blanks_of(text: &[u8]) -> Option<usize> {
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
    Some(text.iter().take_while(blank).count())
}

/// `name*1=`
fn parameter(text: &[u8]) -> Option<usize> {
    let name = text
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    let rest = text[name..].strip_prefix(b"*")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let star = usize::from(rest.get(digits) == Some(&b'*'));
    let is_assigned = rest.get(digits + star) == Some(&b'=');
    (name > 0 && digits > 0 && is_assigned).then_some(name + 1 + digits + star + 1)
}

/// `Ta"Tb"`, `"Ta"'Tb'`: a shell joins what is quoted with what it touches. `before`
/// is the piece before the quote; a shorter one says what kind of string follows.
pub fn adjacent(before: &[u8], text: &[u8]) -> Option<usize> {
    let quote = *text.first()?;
    let is_piece = before
        .last_chunk::<4>()
        .is_some_and(|last| last.iter().all(u8::is_ascii_alphanumeric));
    if !matches!(quote, b'"' | b'\'') || !is_piece {
        return None;
    }
    match text.get(1)? {
        next if is_value(*next) => Some(1),
        other @ (b'"' | b'\'') if *other != quote => Some(2),
        _ => None,
    }
}

fn is_value(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'%')
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
            "' || 'B",
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
            "\"\nset \"NPSSO=%NPSSO%B",
            "\"\nnpsso = npsso & \"B",
            "\";\n$npsso = $npsso . \"B",
            "\"\nNPSSO=$NPSSO\"B",
            "\"\nNPSSO=\"${NPSSO}B",
            "\nset NPSSO=%NPSSO%B",
            "\");\nstrcat(npsso, \"B",
            "'}{'B",
            "\" * \"B",
            "\" & \u{ac}\n  \"B",
            "', ...\n  'B",
            "\") + String(\"B",
            "\"\n\t.ascii \"B",
            "'\n  db 'B",
            "\";\n name*1=\"B",
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
            "\"\nnpsso = other & \"B",
            "\"\nnpssoIds += \"B",
            "\"\n  .asciz \"B",
            "\" | \"B",
            "\" || \"B",
            "\" > \"B",
            "\nset NPSSO=%OTHER%B",
            "\nNPSSO=B",
            "\");\nstrcpy(npsso, \"B",
            "'}, {'B",
            "\") String(\"B",
            "\" .ascii \"B",
            "\";\n name=\"B",
            "\").send(\"B",
        ] {
            assert_eq!(rest(text), None, "{text}");
        }
    }

    #[test]
    fn a_shell_joins_what_touches() {
        assert_eq!(adjacent(b"Taaa", b"\"B"), Some(1));
        assert_eq!(adjacent(b"Taaa", b"\"'B"), Some(2));
        for (before, text) in [
            ("rb", "\"B"),
            ("s:64:", "\"B"),
            ("Taaa", "\"\"B"),
            ("Taaa", "\",B"),
            ("Taaa", "`B"),
        ] {
            assert_eq!(
                adjacent(before.as_bytes(), text.as_bytes()),
                None,
                "{before}{text}"
            );
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
            ("npsso = \"{}{}\".format(\"", "\")"),
            ("npsso = \"%s%s\" % (\"", "\")"),
            ("let npsso = format!(\"{}{}\", \"", "\");"),
            ("npsso = fmt.Sprintf(\"%s%s\", \"", "\")"),
            ("$npsso = '{0}{1}' -f '", "'"),
            ("$npsso = -join @('", "')"),
            ("npsso db '", "', 0"),
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
            ("npsso = \"{}-{}\".format(\"", "\")"),
            ("print(\"%s\", \"", "\")"),
            ("npssodb '", "'"),
            ("f(\"\", \"", "\")"),
        ] {
            assert!(
                !are_joined(before.as_bytes(), after.as_bytes()),
                "{before}…{after}"
            );
        }
    }
}
