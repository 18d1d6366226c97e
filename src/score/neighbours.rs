//! Whether a value is a token of its own or a part of something longer.

use std::sync::LazyLock;

use crate::rule::words::List;
use memchr::memmem::Finder;

/// Whether what touches the value makes it a part of a longer token, or of a
/// line or block of base64.
///
/// `left` and `right` are the texts on its two sides with escapes undone.
pub fn is_part_of_more(left: &[u8], right: &[u8]) -> bool {
    is_part_of_token(left, right)
        || is_part_of_base64(left, right)
        || is_part_of_block(left, right)
        || is_password_of_url(left, right)
        || is_password_of_database(left)
        || is_part_of_hash(left)
        || is_folder_of_asset(left, right)
        || is_fragment_of_archive(left)
        || is_parameter_of_asset(left)
        || is_part_of_dns_key(left)
}

/// `"v=DKIM1; k=rsa; p=…" "T…"`: a public key in DNS, in one string or several.
fn is_part_of_dns_key(left: &[u8]) -> bool {
    let is_string = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || byte.is_ascii_whitespace()
            || matches!(byte, b'+' | b'/' | b'"' | b'\\')
    };
    let string = left.iter().rev().take_while(|byte| is_string(byte)).count();
    let before = &left[..left.len() - string];
    before.ends_with(b"p=") && memchr::memmem::rfind(before, b"v=DKIM1").is_some()
}

/// `https://host/pkg-2.0.0.tgz#T…`: the digest of what is fetched.
fn is_fragment_of_archive(left: &[u8]) -> bool {
    let before = left.strip_suffix(b"#").unwrap_or(&[]);
    let url = last_segment(before, is_url);
    [".tgz", ".gz", ".zip", ".whl", ".git"]
        .iter()
        .any(|extension| url.ends_with(extension.as_bytes()))
}

/// `https://host/picture.png?ex=1&hm=T…`: what a server of pictures checks.
fn is_parameter_of_asset(left: &[u8]) -> bool {
    let url = last_segment(left, is_url);
    let Some(path) = memchr::memchr(b'?', url).map(|end| &url[..end]) else {
        return false;
    };
    let extension = memchr::memrchr(b'.', path).map(|dot| &path[dot + 1..]);
    extension.is_some_and(is_asset) && !List::Npsso.is_in_bytes(url)
}

fn is_url(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'(' | b')')
}

/// `scheme://user:T…@host`
fn is_password_of_url(left: &[u8], right: &[u8]) -> bool {
    if right.first() != Some(&b'@') {
        return false;
    }
    let before = last_segment(left, |byte| {
        !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'/')
    });
    let scheme = &left[..left.len() - before.len()];
    let own = scheme.to_ascii_lowercase();
    let is_ours = |scheme: &[u8]| {
        List::OursShort
            .words()
            .any(|name| scheme.ends_with(name.as_bytes()))
    };
    scheme.ends_with(b"://")
        && before.ends_with(b":")
        && !own.strip_suffix(b"://").is_some_and(is_ours)
        && !List::Npsso.is_in_bytes(before)
}

/// `host:5432:base:me:T…`, a line of PostgreSQL's file of passwords.
fn is_password_of_database(left: &[u8]) -> bool {
    let fields: Vec<&[u8]> = line_end(left).split(|byte| *byte == b':').collect();
    let [host, port, base, user, b""] = fields[..] else {
        return false;
    };
    let is_port = port == b"*" || !port.is_empty() && port.iter().all(u8::is_ascii_digit);
    let is_word = |field: &[u8]| {
        !field.is_empty()
            && !field
                .iter()
                .any(|byte| byte.is_ascii_whitespace() || *byte == b'"')
    };
    is_port && [host, base, user].into_iter().all(is_word) && !List::Npsso.is_in_bytes(user)
}

/// `$argon2id$v=19$…$T…` and `{SSHA384}T…`
fn is_part_of_hash(left: &[u8]) -> bool {
    let before = last_segment(left, |byte| {
        !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'')
    });
    let crypt = before.ends_with(b"$") && before.iter().filter(|byte| **byte == b'$').count() >= 3;
    let scheme = before.ends_with(b"}")
        && ["sha", "md5", "crypt", "argon", "pbkdf"]
            .iter()
            .any(|name| contains_ignore_case(before, name));
    crypt || scheme
}

fn is_asset(extension: &[u8]) -> bool {
    const ASSETS: [&[u8]; 14] = [
        b"avif", b"css", b"gif", b"ico", b"jpeg", b"jpg", b"js", b"mp4", b"png", b"svg", b"ttf",
        b"webm", b"webp", b"woff2",
    ];
    ASSETS
        .iter()
        .any(|asset| extension.eq_ignore_ascii_case(asset))
}

/// `/T…/hq.jpg`: a folder on a server of pictures and scripts.
fn is_folder_of_asset(left: &[u8], right: &[u8]) -> bool {
    if !(left.ends_with(b"/") && right.first() == Some(&b'/')) {
        return false;
    }
    let path: Vec<u8> = right
        .iter()
        .take(300)
        .copied()
        .take_while(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b'%')
        })
        .collect();
    memchr::memrchr(b'.', &path).is_some_and(|dot| is_asset(&path[dot + 1..]))
}

/// `sk_live_T…`, `eyJ….T….…`, `T…-more`
fn is_part_of_token(left: &[u8], right: &[u8]) -> bool {
    let before = left.last().copied().unwrap_or(b' ');
    let after = right.first().copied().unwrap_or(b' ');
    // `&#65;T…`: what was escaped is a letter of it.
    if before.is_ascii_alphanumeric() {
        return true;
    }
    let emphasis = |byte: u8| matches!(byte, b'_' | b'-' | b'~' | b'*');
    if emphasis(before) && before == after {
        // _value_ and __value__ in Markdown, --value--
        let outside = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
        let inner_left = left.iter().rev().find(|byte| **byte != before);
        let inner_right = right.iter().find(|byte| **byte != before);
        if outside(inner_left) && outside(inner_right) {
            return false;
        }
    }
    let joins = |byte: u8| matches!(byte, b'_' | b'-' | b'.');
    // `mail----password----T`: a row of dashes keeps apart.
    if joins(before) && !left.ends_with(b"---") {
        let prefix = last_segment(&left[..left.len() - 1], |byte| {
            byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
        });
        if !prefix.is_empty() && !List::Ours.is_in_bytes(prefix) {
            return true;
        }
    }
    if joins(after) && right.get(1).is_some_and(u8::is_ascii_alphanumeric) {
        let rest = &right[1..];
        let segment = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_' || **byte == b'-')
            .count();
        // A file name: Sony's image servers have files that are named like this.
        if after == b'.' && (before == b'/' || is_asset(&rest[..segment])) {
            return true;
        }
        let host = List::HostPart.is_in_bytes(&rest[..rest.len().min(30)]);
        // A method called on a string literal needs a quote in between; a word
        // after a full stop a blank. What remains is a longer token, or a file name.
        let extension =
            after == b'.' && segment <= 4 && rest[..segment].iter().all(u8::is_ascii_lowercase);
        return !host && !extension;
    }
    false
}

/// A stretch of base64 between `+`, `/` or `=`. A path has the same slashes and
/// a form the same plus signs, but words between them.
fn is_part_of_base64(left: &[u8], right: &[u8]) -> bool {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let before = last_segment(left, is_base64);
    let length = right
        .iter()
        .take(200)
        .take_while(|byte| is_base64(**byte))
        .count();
    let after = &right[..length];
    if right.get(length) == Some(&b'=') && length > 0 && !is_words(after) {
        return true;
    }
    // Padding, but for the soft line break of quoted-printable and `T=value`. A
    // whole number of groups of four, as 64 characters are, has none.
    if length == 0
        && !before.len().is_multiple_of(4)
        && right.first() == Some(&b'=')
        && !matches!(right.get(1), Some(b'\n' | b'\r'))
    {
        return true;
    }
    let scheme = contains_ignore_case(
        last_segment(left, |byte| !byte.is_ascii_whitespace() && byte != b'"'),
        "://",
    );
    let word_like = scheme || is_words(before) && is_words(after);
    !word_like
}

/// Whether everything between slashes and plus signs reads like a word.
fn is_words(text: &[u8]) -> bool {
    text.split(|byte| matches!(byte, b'/' | b'+'))
        .all(|segment| segment.len() <= 2 || is_word(segment))
}

/// Whether a piece between them reads like a word, a number or a version.
fn is_word(segment: &[u8]) -> bool {
    let upper = segment
        .iter()
        .filter(|byte| byte.is_ascii_uppercase())
        .count();
    let digits = segment.iter().filter(|byte| byte.is_ascii_digit()).count();
    let one_case =
        upper == 0 || upper == segment.len() || (upper == 1 && segment[0].is_ascii_uppercase());
    one_case && (digits == 0 || digits == segment.len() || digits <= 2)
        || List::OursShort.is_in_bytes(segment)
}

/// How many lines of a block are looked at on each side.
const BLOCK_LINES: usize = 12;

/// A line of PEM, PGP, SSH or MIME: the value is alone on its line, and the
/// lines around it are base64 too.
fn is_part_of_block(left: &[u8], right: &[u8]) -> bool {
    if inside_armor(left) {
        return true;
    }
    let (own_left, own_right) = (line_end(left), line_start(right));
    if List::Npsso.is_in_bytes(own_left) {
        return false;
    }
    if is_line_of_list(left, right, own_left, own_right) {
        return true;
    }
    // A value is in the middle of a base64 line, alone on its line, or at the end
    // of one: a block may begin after a key or a binary length.
    let whole = [own_left, &[b'a'; 32], &[b'A'; 32], own_right].concat();
    let whole = undecorated(&whole);
    let named = List::OursShort.is_in_bytes(whole);
    let inside = whole.len() > 64 && is_base64_line(whole) && !named;
    if !inside && !is_decoration(own_right) {
        return false;
    }
    let above: Vec<&[u8]> = left[..left.len() - own_left.len()]
        .strip_suffix(b"\n")
        .filter(|_| inside || is_decoration(own_left))
        .map(|text| {
            text.rsplit(|byte| *byte == b'\n')
                .take(BLOCK_LINES)
                .collect()
        })
        .unwrap_or_default();
    let below: Vec<&[u8]> = right[own_right.len()..]
        .strip_prefix(b"\n")
        .map(|text| {
            text.split(|byte| *byte == b'\n')
                .take(BLOCK_LINES)
                .collect()
        })
        .unwrap_or_default();
    [above, below].into_iter().any(|lines| {
        lines
            .into_iter()
            .map(undecorated)
            // An escaped line end inside of a string leaves nothing but its quote.
            .filter(|line| !line.is_empty())
            .take_while(|line| is_base64_line(line))
            .any(|line| {
                // Lines of exactly 64 letters and digits can be a list of tokens.
                let tokens = line.len() == 64 && line.iter().all(u8::is_ascii_alphanumeric);
                inside || !tokens
            })
    })
}

/// Whether the next or the last line is the same with base64 in the value's
/// place: a block in comments, in a log, in a list of strings.
fn is_line_of_list(left: &[u8], right: &[u8], own_left: &[u8], own_right: &[u8]) -> bool {
    let named = List::SecretName.is_in_bytes(own_left) || contains_ignore_case(own_left, "psn_");
    let is_bare = is_decoration(own_left) && is_decoration(own_right);
    if is_bare || named || own_left.len() > MAX_DECORATION {
        return false;
    }
    let above = left[..left.len() - own_left.len()]
        .strip_suffix(b"\n")
        .map(|text| text.rsplit(|byte| *byte == b'\n'));
    let below = right[own_right.len()..]
        .strip_prefix(b"\n")
        .map(|text| text.split(|byte| *byte == b'\n'));
    let own_right = own_right.strip_suffix(b"\r").unwrap_or(own_right);
    // Lines of nothing but letters and digits can be a list of tokens, and can be
    // base64 by chance.
    let is_base64 = |line: &[u8]| {
        in_place_of(own_left, own_right, line).map(|value| {
            let fits = value.len() <= 64 && is_base64_line(value);
            (fits, fits && !value.iter().all(u8::is_ascii_alphanumeric))
        })
    };
    let tells = |lines: &mut dyn Iterator<Item = &[u8]>| {
        lines
            .take(BLOCK_LINES)
            .map_while(is_base64)
            .take_while(|(fits, _)| *fits)
            .any(|(_, tells)| tells)
    };
    above.is_some_and(|mut lines| tells(&mut lines))
        || below.is_some_and(|mut lines| tells(&mut lines))
}

/// What stands in a line where the value does in its own, when the two are alike.
fn in_place_of<'l>(own_left: &[u8], own_right: &[u8], line: &'l [u8]) -> Option<&'l [u8]> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (head, tail) = line.split_at_checked(own_left.len())?;
    // Line numbers and times differ.
    let alike = head
        .iter()
        .zip(own_left)
        .all(|(a, b)| a == b || (a.is_ascii_digit() && b.is_ascii_digit()));
    alike.then(|| tail.strip_suffix(own_right).unwrap_or(tail))
}

/// What stands around each line of a block at most.
const MAX_DECORATION: usize = 120;

/// How far before a value its own name stands.
const BESIDE: usize = 24;

/// Whether an armored block was opened and not closed.
fn inside_armor(left: &[u8]) -> bool {
    // Nearly no text has one.
    static BEGIN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("-----BEGIN "));
    let Some(begin) = BEGIN.find_iter(left).last() else {
        return false;
    };
    if memchr::memmem::rfind(left, b"-----END ").is_some_and(|end| end > begin) {
        return false;
    }
    // What has a name of its own was not armored; what it stands in was.
    let line = &left[memchr::memrchr(b'\n', left).map_or(0, |feed| feed + 1)..];
    let before = &line[line.len().saturating_sub(BESIDE)..];
    !List::SecretName.is_in_bytes(before)
}

fn is_base64_line(line: &[u8]) -> bool {
    let body = line
        .iter()
        .take_while(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
        })
        .count();
    let padding = line[body..].iter().all(|byte| *byte == b'=') && line.len() - body <= 2;
    let mixed = line.iter().any(u8::is_ascii_uppercase) && line.iter().any(u8::is_ascii_lowercase);
    let long = line.len() >= 30
        || (line.len() >= 4 && line.len().is_multiple_of(4) && line.ends_with(b"="));
    padding && mixed && long && line.len() <= 200
}

/// A line without quotes, indentation, and the signs of lists, diffs and
/// concatenation at its ends.
fn undecorated(mut line: &[u8]) -> &[u8] {
    // A plus or minus sign can be base64 too, so it counts only beside another sign.
    let outer =
        |byte: u8, inner: u8| is_sign(byte) || (matches!(byte, b'+' | b'-') && is_sign(inner));
    while let [byte, rest @ ..] = line {
        if !outer(*byte, rest.first().copied().unwrap_or(b' ')) {
            break;
        }
        line = rest;
    }
    while let [rest @ .., byte] = line {
        if !outer(*byte, rest.last().copied().unwrap_or(b' ')) {
            break;
        }
        line = rest;
    }
    line
}

fn is_decoration(text: &[u8]) -> bool {
    text.iter()
        .all(|byte| is_sign(*byte) || *byte == b'+' || *byte == b'-')
}

fn is_sign(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(
            byte,
            b'"' | b'\''
                | b'`'
                | b','
                | b';'
                | b'>'
                | b'|'
                | b'#'
                | b'*'
                | b'\\'
                | b'('
                | b')'
                | b'.'
        )
}

fn line_end(left: &[u8]) -> &[u8] {
    &left[memchr::memrchr(b'\n', left).map_or(0, |at| at + 1)..]
}

fn line_start(right: &[u8]) -> &[u8] {
    &right[..memchr::memchr(b'\n', right).unwrap_or(right.len())]
}

fn last_segment(text: &[u8], fits: impl Fn(u8) -> bool) -> &[u8] {
    let length = text
        .iter()
        .rev()
        .take(200)
        .take_while(|byte| fits(**byte))
        .count();
    &text[text.len() - length..]
}

fn contains_ignore_case(text: &[u8], word: &str) -> bool {
    text.windows(word.len())
        .any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(left: &str, right: &str) -> bool {
        is_part_of_more(left.as_bytes(), right.as_bytes())
    }

    #[test]
    fn tokens_of_their_own_are_told_from_parts_of_longer_ones() {
        for (left, right) in [
            ("npsso=", "\n"),
            ("npsso_", ".txt"),
            ("https://x.example/npsso/", "/profile"),
            ("GET /psn/v1/", " HTTP/1.1"),
            ("see __", "__ here"),
            ("", "."),
            ("+", "\n"),
            ("-", "\n"),
            ("npsso: ", ".sony.com"),
            ("?text=my+npsso+is+", "+please+help"),
            // It is not a line of the block, it stands in what the block holds.
            ("-----BEGIN CONFIG-----\nPORT=80\nnpsso=", "\nDEBUG=1"),
            ("-----BEGIN CONFIG-----\n<npsso>", "</npsso>"),
            ("text=", "+thanks&x=1"),
        ] {
            assert!(!part(left, right), "{left}T{right}");
        }
        for (left, right) in [
            ("sk_live_", ""),
            ("eyJhbGciOiJI.", ".abcDEF012345"),
            ("npsso=", "-moreOfIt"),
            ("sha512-aB3/", "+xY"),
            ("sha512-", "=="),
            ("data:a/b;base64,aBcD9/", "/x7Yz"),
            ("-----BEGIN PRIVATE KEY-----\n", "\n-----END"),
            ("key: \"-----BEGIN PRIVATE KEY-----\\n", "\\n-----END"),
            ("npsso<pre>-----BEGIN CERTIFICATE-----<br>", "<br>x"),
            ("-----BEGIN PGP MESSAGE-----\nComment: npsso\n\n", "\n"),
            (
                "aGVs+bG8gd29ybGQhIGFuZCBzbyBvbiBhbmQgc28gb24gYW5kIHNvIG9uIGFu/\n",
                "\n",
            ),
        ] {
            assert!(part(left, right), "{left}T{right}");
        }
    }
}
