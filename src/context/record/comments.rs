//! Comments at a value, and what else follows it on its line.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::super::lossy;
use super::indentation;

/// What follows the value on its line and may say what it is: a comment, the
/// rest of a sentence, the next argument, the command that a pipe leads to.
pub fn after(right: &[u8]) -> Option<String> {
    let end = memchr::memchr2(b'\n', b'\r', right)
        .unwrap_or(right.len())
        .min(160);
    let line = &right[..end];
    let closed = line.iter().position(|byte| {
        !matches!(
            byte,
            b'"' | b'\'' | b'`' | b')' | b']' | b' ' | b'\t' | b'*'
        )
    })?;
    let mut rest = &line[closed..];
    // `"…",  # my npsso`
    if let Some(next) = rest.strip_prefix(b",").map(<[u8]>::trim_ascii_start)
        && [&b"#"[..], b"//", b"--", b"/*", b"<!--"]
            .iter()
            .any(|sign| next.starts_with(sign))
    {
        rest = next;
    }
    let comment = [
        &b"#"[..],
        b"//",
        b"--",
        b"/*",
        b"<!--",
        b"(*",
        b"{-",
        b"=begin ",
        b"%",
        b"<-",
        b"<=",
        b"->",
        b"=>",
        b"|",
    ]
    .iter()
    .any(|sign| rest.starts_with(sign))
        || rest.starts_with(b";") && !rest[1..].contains(&b'=');
    let only_word = |cell: &[u8]| {
        !cell.is_empty()
            && cell
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    let text = if comment {
        rest
    } else if let Some(cell) = rest.strip_prefix(b",")
        && only_word(cell.trim_ascii())
    {
        // A pair with the name behind the value.
        cell
    } else if rest[0] == b',' {
        // The next arguments of the same call.
        let close = rest
            .iter()
            .position(|byte| matches!(byte, b')' | b'{' | b'}' | b'[' | b']'))?;
        if rest[close] != b')' {
            return None;
        }
        &rest[..close]
    } else if rest[0].is_ascii_alphabetic() || rest[0] >= 0x80 || matches!(rest[0], b'(' | b'-') {
        let stop = rest.iter().position(|byte| {
            matches!(
                byte,
                b'{' | b'}' | b'[' | b']' | b'<' | b'>' | b'=' | b'&' | b'"'
            )
        });
        let said = &rest[..stop.unwrap_or(rest.len())];
        // `npsso=…`: the next pair.
        let is_pair = stop.is_some_and(|stop| rest[stop] == b'=' && !said.ends_with(b" "));
        match is_pair {
            true => &said[..memchr::memrchr(b' ', said).unwrap_or(0)],
            false => said,
        }
    } else {
        return None;
    };
    Some(lossy(&text[..text.len().min(100)]).into_owned())
}

static SETTING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^[ \t]*(?:- +)?["']?[A-Za-z_][A-Za-z0-9_./-]*["']?[ \t]*[:=][ \t]*["']?$"#)
        .expect("the pattern is tested")
});

/// Whether a value's line is one of a configuration: a key and the value, not a
/// statement of a program.
pub fn is_setting(left: &[u8]) -> bool {
    let line_start = memchr::memrchr(b'\n', left).map_or(0, |at| at + 1);
    SETTING.is_match(&left[line_start..])
}

/// What a comment begins with in some language.
const COMMENT_SIGNS: [&[u8]; 13] = [
    b"#", b"//", b"--", b"%", b";", b"/*", b"*", b"<!--", b"REM ", b"(*", b"{-", b"'", b"=begin",
];

/// Lines of a comment that are read.
const COMMENT_LINES: usize = 5;

/// The lines of the comment above a value, the closest first.
pub fn comment_above(left: &[u8]) -> impl Iterator<Item = String> {
    lines_above(left).map_while(comment)
}

/// The comment on the lines right above a value, as one text.
pub fn whole_comment_above(left: &[u8]) -> String {
    let lines = lines_above(left).map_while(|line| {
        let line = line.trim_ascii();
        let sign = COMMENT_SIGNS.iter().find(|sign| line.starts_with(sign))?;
        Some(lossy(&line[sign.len()..]).trim().to_owned())
    });
    let mut lines: Vec<String> = lines.collect();
    lines.reverse();
    lines.join(" ")
}

/// The lines above a value that a comment can take, the closest first.
fn lines_above(left: &[u8]) -> impl Iterator<Item = &[u8]> {
    left.rsplit(|byte| *byte == b'\n')
        .skip(1)
        .take(COMMENT_LINES)
}

/// What comments say of the list that a value is an element of: on the line that
/// begins it, and on the one above that.
pub fn comments_at_list(left: &[u8]) -> Vec<String> {
    /// Elements above the value that are passed over.
    const ELEMENTS: usize = 64;
    /// What an element of a list has before its text.
    fn mark(line: &[u8]) -> &[u8] {
        let length = line.iter().take_while(|byte| b" \t-*\"'`".contains(byte));
        &line[..length.count()]
    }
    let Some(end) = memchr::memrchr(b'\n', left) else {
        return Vec::new();
    };
    let own = mark(&left[end + 1..]);
    // The value is all that its line has, up to there.
    if own.len() < left.len() - end - 1 || own.is_empty() {
        return Vec::new();
    }
    let mut end = end;
    for _ in 0..ELEMENTS {
        let start = memchr::memrchr(b'\n', &left[..end]).map_or(0, |at| at + 1);
        let line = left[start..end].trim_ascii_end();
        if mark(line) == own {
            match start.checked_sub(1) {
                Some(above) => end = above,
                None => break,
            }
            continue;
        }
        let signs = [&b" #"[..], b" //", b" --", b" /*", b" <!--"];
        let signs = signs
            .iter()
            .filter_map(|sign| memchr::memmem::find(line, sign));
        let behind = signs.min().map(|at| &line[at + 1..]);
        let head = behind.map_or(line, |comment| &line[..line.len() - comment.len()]);
        if !matches!(
            head.trim_ascii_end().last(),
            Some(b':' | b'[' | b'{' | b'(')
        ) {
            break;
        }
        let above = comment_above(&left[..start]);
        return behind.and_then(comment).into_iter().chain(above).collect();
    }
    Vec::new()
}

/// What comments say of the lists that the record of a value is an element of: `# one npsso
/// for each of them` above the key that they have.
pub fn comments_at_lists_around(left: &[u8]) -> Vec<String> {
    const LINES: usize = 60;
    let begins_element = |line: &[u8]| line.trim_ascii_start().starts_with(b"-");
    let mut lines = left.rsplit(|byte| *byte == b'\n').take(LINES);
    let own = lines.next().unwrap_or(&[]);
    let mut end = left.len() - own.len();
    let (mut indent, mut is_element) = (indentation(own), begins_element(own));
    let mut comments = Vec::new();
    for line in lines {
        end -= line.len() + 1;
        let (depth, key) = (indentation(line), line.trim_ascii());
        if key.is_empty() || depth >= indent {
            is_element |= depth == indent && begins_element(line);
            continue;
        }
        // `children:` above `- name: …`, `accounts: [`
        let is_list = key.ends_with(b"[") || key.ends_with(b":") && is_element;
        if is_list {
            comments.extend(comment_above(&left[..end]));
        }
        (indent, is_element) = (depth, begins_element(line));
        if indent == 0 {
            break;
        }
    }
    comments
}

/// The comment on the line below a value, when it points at it: `# ^ my token`
pub fn comment_below(right: &[u8]) -> Option<String> {
    let next = memchr::memchr(b'\n', right)? + 1;
    let below = &right[next..];
    let below = &below[..memchr::memchr(b'\n', below).unwrap_or(below.len())];
    let points_up =
        below.iter().take(12).any(|byte| *byte == b'^') || below.starts_with("\u{2191}".as_bytes());
    points_up.then(|| comment(below)).flatten()
}

fn comment(line: &[u8]) -> Option<String> {
    let line = line.trim_ascii();
    let is_comment = COMMENT_SIGNS.iter().any(|sign| line.starts_with(sign)) && line.len() <= 120;
    // A setting that was commented out is a line of its own.
    let is_setting = SETTING.is_match(
        &line[..line
            .iter()
            .rposition(|byte| matches!(byte, b'=' | b':'))
            .map_or(0, |at| at + 1)],
    );
    let text = line.strip_prefix(b"=begin").unwrap_or(line);
    // So does a call.
    let is_call =
        memchr::memmem::find(text, b"('").is_some() || memchr::memmem::find(text, b"(\"").is_some();
    (is_comment && !is_setting && !is_call && !text.contains(&b'='))
        .then(|| lossy(line).into_owned())
}
