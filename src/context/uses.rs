//! What a variable that holds a value is used for.

use super::lossy;
use super::name::{How, Name, Role, is_name_of_secret};

/// Uses of one variable that are looked at.
const MAX_USES: usize = 24;
/// A name longer than this is none.
const MAX_NAME: usize = 64;

/// Variables that a value is followed through.
const MAX_STEPS: usize = 4;

/// The uses of a variable in the text on both sides of its value: the functions that
/// take it, the keys and variables that are given it, the strings that name it in a call.
/// It is followed into the variables that take its value, or each of its values in turn.
///
/// With a `key` the variable holds many values, and only what is done with each of them
/// counts; of records, with the one under the key.
pub fn of(variable: &str, key: Option<&str>, left: &[u8], right: &[u8]) -> Vec<Name> {
    let variable = variable
        .rsplit(['.', '$', '@', ':'])
        .next()
        .unwrap_or(variable);
    if variable.is_empty() || !variable.bytes().all(is_word) {
        return Vec::new();
    }
    let mut followed = vec![variable.to_owned()];
    let mut uses = Vec::new();
    let mut next = 0;
    while next < followed.len() {
        let variable = followed[next].clone();
        next += 1;
        let finder = memchr::memmem::Finder::new(&variable);
        let places = [right, left]
            .into_iter()
            .flat_map(|side| finder.find_iter(side).map(move |at| (side, at)))
            .filter(|(side, at)| is_whole(side, *at, variable.len()))
            .take(MAX_USES);
        for (side, at) in places {
            let (before, after) = (&side[..at], &side[at + variable.len()..]);
            // `tokens[name]`, and `tokens["dad"]` for the value under that key
            let taken_out = key.filter(|_| next == 1).and_then(|key| {
                let own = member(after).filter(|(name, _)| *name == key.as_bytes());
                own.map(|(_, rest)| rest).or_else(|| indexed(after))
            });
            let is_each = key.is_some() && (next > 1 || taken_out.is_some());
            let after = taken_out.unwrap_or(after);
            let after = match member(after).filter(|_| is_each) {
                Some((name, rest)) if Some(name) == key.map(str::as_bytes) => rest,
                // Another value of the record.
                Some(_) => continue,
                None => after,
            };
            let used = use_at(before, after).filter(|_| is_each || key.is_none());
            let taken = used.iter().filter(|name| name.role != Role::Call);
            let taken = taken.map(|name| name.text.clone());
            for taker in taken.chain(each_in(before, after)) {
                let is_variable = taker.bytes().all(is_word);
                if is_variable && followed.len() < MAX_STEPS && !followed.contains(&taker) {
                    followed.push(taker);
                }
            }
            uses.extend(used);
        }
    }
    // What a function is handed says more than what it is assigned to.
    uses.sort_by_key(|name| name.role != Role::Call);
    uses
}

/// The names of a value with the keys that are given it by its anchor in YAML: `npsso: *dad`
/// for `- &dad …`. Only a key of its own is closer. `own` is the text up to the value.
pub fn with_aliases(mut names: Vec<Name>, own: &[u8], left: &[u8], right: &[u8]) -> Vec<Name> {
    let Some((anchor, has_key)) = anchor(own) else {
        return names;
    };
    let alias = [b"*", anchor].concat();
    let lines = [left, right]
        .into_iter()
        .flat_map(|side| side.split(|byte| *byte == b'\n'));
    let key = |line: &[u8]| {
        let line = line.split(|byte| *byte == b'#').next().unwrap_or(line);
        let line = line.trim_ascii();
        let key = line.strip_suffix(&alias[..])?.trim_ascii_end();
        identifier(without_quote(key.strip_suffix(b":")?.trim_ascii_end()))
    };
    let aliases: Vec<Name> = lines
        .filter_map(key)
        .map(|key| Name::new(key, How::Use))
        .take(MAX_USES)
        .collect();
    let place = usize::from(has_key).min(names.len());
    names.splice(place..place, aliases);
    names
}

/// The anchor before a value, and whether that has a key of its own: `- &dad "`, `x: &dad "`.
fn anchor(own: &[u8]) -> Option<(&[u8], bool)> {
    let line = &own[memchr::memrchr(b'\n', own).map_or(0, |feed| feed + 1)..];
    let head = without_quote(line).trim_ascii_end();
    let length = head.iter().rev().take_while(|byte| is_anchor(**byte));
    let (before, anchor) = head.split_at(head.len() - length.count());
    let place = before.strip_suffix(b"&")?.trim_ascii();
    let has_key = place.ends_with(b":");
    (!anchor.is_empty() && (has_key || place.ends_with(b"-"))).then_some((anchor, has_key))
}

fn is_anchor(byte: u8) -> bool {
    is_word(byte) || byte == b'-'
}

/// The member of a variable that is taken, and what follows: `["token"]`, `.token`,
/// `[:token]`, `->token`, `.get("token")`. A method is none.
fn member(after: &[u8]) -> Option<(&[u8], &[u8])> {
    let begins = [
        &b"[\""[..],
        b"['",
        b"[:",
        b".get(\"",
        b".get('",
        b"->",
        b"?.",
        b".",
    ];
    let rest = begins.iter().find_map(|sign| after.strip_prefix(*sign))?;
    let length = rest.iter().take_while(|byte| is_word(**byte)).count();
    let (name, rest) = rest.split_at(length);
    let rest = match rest {
        [b'"' | b'\'', b']' | b')', rest @ ..] | [b']', rest @ ..] => rest,
        [b'(', ..] => return None,
        rest => rest,
    };
    (length > 0).then_some((name, rest))
}

/// What follows where one of the values of a variable is taken, whichever: `[name]`,
/// `[0]`, `.get(name)`, `[1:]`.
fn indexed(after: &[u8]) -> Option<&[u8]> {
    let begins = [(&b"["[..], b']'), (b".get(", b')'), (b"?.[", b']')];
    let (rest, close) = begins
        .iter()
        .find_map(|(sign, close)| Some((after.strip_prefix(*sign)?, close)))?;
    let is_index = |byte: &u8| is_word(*byte) || b".%$()+- ".contains(byte);
    let length = rest
        .iter()
        .take_while(|byte| *byte != close && is_index(byte));
    let length = length.count();
    (length > 0 && rest.get(length) == Some(close)).then(|| &rest[length + 1..])
}

/// The variables that take the values of a list or a map in turn: `for g, t in owners`,
/// `owners.map(t => …)`.
fn each_in(before: &[u8], after: &[u8]) -> Vec<String> {
    let line = &before[memchr::memrchr(b'\n', before).map_or(0, |at| at + 1)..];
    let words = |text: &[u8]| {
        text.split(|byte| !is_word(*byte))
            .filter(|word| word.first().is_some_and(|first| !first.is_ascii_digit()))
            .filter(|word| {
                !matches!(
                    *word,
                    b"const" | b"let" | b"var" | b"final" | b"auto" | b"do"
                )
            })
            .map(|word| lossy(word).into_owned())
            .take(3)
            .collect::<Vec<String>>()
    };
    // `of Object.entries(regions)`, `in enumerate(tokens)`
    let line = match line.strip_suffix(b"(") {
        Some(call) if !call.ends_with(b".keys") => {
            let is_name = |byte: &&u8| is_word(**byte) || **byte == b'.';
            let name = call.iter().rev().take_while(is_name).count();
            &call[..call.len() - name]
        }
        _ => line,
    };
    let line = line.trim_ascii_end();
    let begins = [&b"for "[..], b"for(", b"foreach "]
        .iter()
        .filter_map(|word| Some(memchr::memmem::rfind(line, word)? + word.len()))
        .max();
    let ends = [&b" in"[..], b" of", b":", b" range", b":="]
        .iter()
        .find_map(|word| line.strip_suffix(*word));
    if let (Some(begins), Some(head)) = (begins, ends) {
        return head.get(begins..).map(words).unwrap_or_default();
    }
    // `.map(t =>`, `.forEach((a, b) =>`, `.each do |a, b|`, ` as $name => $token)`
    let rest = &after[..memchr::memchr(b'\n', after).unwrap_or(after.len())];
    if let Some(names) = rest.strip_prefix(b" as ") {
        return words(&names[..memchr::memchr(b')', names).unwrap_or(0)]);
    }
    let is_loop = [
        &b".map("[..],
        b".forEach(",
        b".flatMap(",
        b".each ",
        b".each_pair ",
    ]
    .iter()
    .find_map(|call| rest.strip_prefix(*call));
    let Some(names) = is_loop else {
        return Vec::new();
    };
    let names = match memchr::memmem::find(names, b"=>") {
        Some(end) => &names[..end],
        None => names.split(|byte| *byte == b'|').nth(1).unwrap_or(b""),
    };
    words(names)
}

/// What a loop over a list or a map calls its values, where that is the name of a secret:
/// `for npsso in all`, and of a map `for who, npsso in all.items()`.
pub fn called_in_loop(list: &str, is_map: bool, left: &[u8], right: &[u8]) -> Option<Name> {
    if list.is_empty() || !list.bytes().all(is_word) {
        return None;
    }
    let finder = memchr::memmem::Finder::new(list);
    let places = [right, left]
        .into_iter()
        .flat_map(|side| finder.find_iter(side).map(move |at| (side, at)))
        .filter(|(side, at)| is_whole(side, *at, list.len()))
        .take(MAX_USES);
    let called = places.map(|(side, at)| each_in(&side[..at], &side[at + list.len()..]));
    let mut called = called.filter(|names| names.len() == 1 + usize::from(is_map));
    called.find_map(|mut names| {
        let name = names.pop().filter(|name| is_name_of_secret(name))?;
        Some(Name {
            text: name,
            role: Role::Key,
            how: How::Use,
        })
    })
}

/// Whether a variable stands there, and not a piece of another name or a key.
fn is_whole(side: &[u8], at: usize, length: usize) -> bool {
    const CHARACTER: usize = 4;
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let before = &side[at.saturating_sub(CHARACTER)..at];
    let after = &side[at + length..side.len().min(at + length + CHARACTER)];
    !lossy(before).chars().next_back().is_some_and(is_word)
        && !lossy(after).chars().next().is_some_and(is_word)
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
    // `this.token`, `self::TOKEN`, `this->token`
    let owner = [&b"."[..], b"::", b"->"]
        .iter()
        .find_map(|sign| before.strip_suffix(*sign));
    let owned = owner.map(|rest| {
        let owner = rest.iter().rev().take_while(|byte| is_word(**byte)).count();
        &rest[..rest.len() - owner]
    });
    // `$token`, `${token}`, `${account.token}`, `"$token"`, `&token`
    let mut before = owned.unwrap_or(before);
    for sign in [&b"${"[..], b"#{", b"={", b"$", b"&", b"*", b"@"] {
        if let Some(rest) = before.strip_suffix(sign) {
            before = match sign {
                // `f"npsso={token}"`
                b"={" => &before[..before.len() - 1],
                b"${" | b"$" => without_quote(rest),
                _ => rest,
            };
            break;
        }
    }
    let text = before.trim_ascii_end();
    // `"npsso=" + token`
    let joined = [&b"+"[..], b"&", b"..", b".", b"<>", b"++"]
        .iter()
        .find_map(|sign| text.strip_suffix(*sign))
        .map(|text| without_quote(text.trim_ascii_end()))
        .filter(|text| text.ends_with(b"="));
    let text = joined.unwrap_or(text);
    // `login(given ?? token)`
    let signs = [&b"??"[..], b"||", b" or", b"?:"];
    let given = signs.iter().find_map(|sign| text.strip_suffix(*sign));
    let text = given.map_or(text, without_operand);
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
            // A file or a format that it stands beside says nothing about it.
            let is_name = name.iter().all(|byte| is_word(*byte) || *byte == b'-');
            (name.len() <= MAX_NAME && !name.is_empty() && is_name).then(|| Name {
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
            // `token: string = given`
            let rest = without_quote(rest);
            let name = rest
                [..rest.len() - rest.iter().rev().take_while(|byte| is_word(**byte)).count()]
                .trim_ascii_end()
                .strip_suffix(b":")
                .filter(|name| name.last().is_some_and(|last| is_word(*last)));
            named(name.unwrap_or(rest), Role::Key)
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
    let name = name.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
    (!name.is_empty() && name.len() <= MAX_NAME).then(|| name.to_owned())
}

/// A text without the quote that it ends with.
fn without_quote(text: &[u8]) -> &[u8] {
    match text {
        [rest @ .., b'"' | b'\'' | b'`'] => rest,
        all => all,
    }
}

/// A text without the expression that it ends with: names, indices and calls.
fn without_operand(text: &[u8]) -> &[u8] {
    let mut depth = 0usize;
    let length = text
        .iter()
        .rev()
        .take_while(|byte| match **byte {
            b')' | b']' => {
                depth += 1;
                true
            }
            b'(' | b'[' if depth > 0 => {
                depth -= 1;
                true
            }
            b'\n' => false,
            byte => depth > 0 || is_word(byte) || matches!(byte, b'.' | b' ' | b'?' | b'"' | b'\''),
        })
        .count();
    &text[..text.len() - length]
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_goes_by_the_keys_that_are_given_its_anchor() {
        let names = |left: &str, right: &str| -> Vec<String> {
            let own = vec![Name::new("own", How::Assigned)];
            let names = with_aliases(own, left.as_bytes(), left.as_bytes(), right.as_bytes());
            names.into_iter().map(|name| name.text).collect()
        };
        let below = "\nx:\n  A_KEY: *a-b\n  NPSSO: *a # dad\n  f: 2 *a\n";
        assert_eq!(names("x:\n  - &a \"", below), ["NPSSO", "own"]);
        assert_eq!(names("own: &a ", below), ["own", "NPSSO"]);
        assert_eq!(names("x:\n  - &a-b ", below), ["A_KEY", "own"]);
        assert_eq!(names("x:\n  - &c ", below), ["own"]);
        assert_eq!(names("f(&a ", below), ["own"]);
    }

    #[test]
    fn a_variable_is_known_by_what_it_is_handed_to() {
        let uses = |variable: &str, text: &str| -> Vec<String> {
            of(variable, None, b"", text.as_bytes())
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
        assert!(uses("pass", "open(\"psn.db\", pass)").is_empty());
        assert!(uses("id", "printf(\"psn build %s\", id)").is_empty());
        assert_eq!(uses("token", "{\"npsso\": cfg.token}"), ["npsso"]);
        assert_eq!(uses("TOKEN", "psn --npsso \"$TOKEN\""), ["npsso"]);
        assert_eq!(uses("t", "f\"npsso={t}\""), ["npsso"]);
        assert_eq!(uses("t", "\"npsso=\" & t"), ["npsso"]);
        assert_eq!(uses("T", "login(given ?? T)"), ["login"]);
        assert_eq!(
            uses("a", "let b = x.first(1).y ?? a\nlogin(npsso: b)"),
            ["b", "npsso"]
        );
        assert_eq!(
            uses("a", "{g: PSNAWP(t) for g, t in a.items()}"),
            ["PSNAWP"]
        );
        assert_eq!(uses("a", "a.map(t => login(t))"), ["login"]);
        assert_eq!(
            uses("a", "f(t: string = e ?? a) {\n login(t)"),
            ["login", "t"]
        );
        assert_eq!(uses("쿠키", "{\"npsso\": 쿠키}"), ["npsso"]);
        assert_eq!(uses("t", "header(\"Cookie\", \"npsso=${c.t}\")"), ["npsso"]);
        assert_eq!(uses("t", "header(\"npsso=$t\", this.t)"), ["npsso"]);
        let each = |text: &str| of("a", Some("t"), b"", text.as_bytes()).len();
        assert_eq!(each("for name, t in a.items():\n  login(t)"), 1);
        assert_eq!(each("for (const [n, v] of Object.entries(a)) login(v)"), 1);
        assert_eq!(each("for (const n of Object.keys(a)) login(n)"), 0);
        assert_eq!(each("login(a[\"npsso\"])"), 0);
        assert_eq!(each("for r in a:\n  login(r[\"t\"], salt=r[\"s\"])"), 1);
        assert_eq!(each("for r in a:\n  login(r.s)"), 0);
        assert_eq!(each("login(a[name])\nlogin(a[name].t)"), 2);
        assert_eq!(each("login(a[name][\"s\"])\nlogin(a[\"s\"])"), 0);
        assert_eq!(each("login(a[\"t\"])\nlogin(a.get(who))"), 2);
        assert!(uses("me", "PSNAWP(method)").is_empty());
        assert!(uses("api_key", "GET /x?npsso=&api_key=").is_empty());
        assert!(uses("value", "{ name: 'pdccws_p', value: '' }").is_empty());
        assert!(uses("password", "connect(user=\"psn\", password=\"\")").is_empty());
    }
}
