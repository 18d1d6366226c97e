//! The columns of rows that are cells between signs: separated values, tables of Markdown,
//! lists of accounts, lists of a program below a comment.

use std::sync::LazyLock;

use regex::Regex;

use super::super::name::is_name_of_secret;
use super::sql::names_ours;
use super::{
    MAX_CELL, MAX_ROWS, MAX_TITLE, Row, clean, is_call, is_rule, is_statement, split, top_level,
    vocabulary,
};

/// `account,npsso` above `bob,…`: a row with as many cells as its header has names.
/// `below` are the lines that follow.
pub fn separated_row(above: &str, row: &str, rest: &str, below: &str, head: &str) -> Option<Row> {
    // Without its last line, which is the value's own.
    let head = match above.is_empty() {
        true => "",
        false => head,
    };
    [',', '\t', ';', '|'].into_iter().find_map(|separator| {
        if is_statement(row, separator) {
            return None;
        }
        let own = split(row, separator).len() - 1;
        let quoted = format!("{row}{rest}");
        let count = split(&quoted, separator).len();
        if count < 2 {
            return None;
        }
        // `npsso | T`: a pair of its own.
        let is_pair = own == 1 && count == 2;
        if is_pair && vocabulary::mentions_ours(&split(row, separator)[0]) {
            return None;
        }
        let is_row = |line: &&str| is_rule(line) || split(line, separator).len() == count;
        let lines = above.rsplit('\n').map(|line| line.trim_end_matches('\r'));
        let lines: Vec<&str> = lines.take(MAX_ROWS).take_while(is_row).collect();
        let top = lines.iter().rposition(|line| !is_rule(line)).map(|top| {
            let is_ruled = top
                .checked_sub(1)
                .is_some_and(|below| is_rule(lines[below]));
            (lines[top], is_ruled)
        });
        let first = head
            .lines()
            .take(10)
            .find(|line| is_row(line) && !is_rule(line))
            .filter(|line| goes_on(above, line, separator));
        [top, first.map(|line| (line, false))]
            .into_iter()
            .flatten()
            .find_map(|(line, is_ruled)| {
                let cells = column_names(line, separator, is_ruled)?;
                let row = (cells.len() == count).then(|| Row::new(cells, own));
                Some((line, row.flatten()?))
            })
            .map(|(header, row)| {
                let cells = split(&quoted, separator);
                let below = below.lines().take(MAX_ROWS).take_while(is_row);
                let rows = lines.iter().copied().filter(|line| *line != header);
                let rows: Vec<&str> = rows.chain(below).chain([quoted.as_str()]).collect();
                let column = row.column();
                let is_open = vocabulary::is_generic(column) || vocabulary::is_value(column);
                // What is noted of one row says nothing of the next.
                let is_kind = |at: &usize| {
                    let is_noted = vocabulary::is_text(&row.columns[*at]);
                    is_open && (!is_noted || is_name_of_secret(&cells[*at]))
                };
                let row = match kind_column(rows.iter().copied(), separator, own).filter(is_kind) {
                    Some(column) => row.of_kind(&cells[column]),
                    None => row.titled(&cells),
                };
                if !is_open || row.other.is_some() {
                    return row;
                }
                // `steam,api,…` below `psn,api,…`
                let has_ours = |at: usize| {
                    let cell = |row: &&str| split(row, separator).into_iter().nth(at);
                    let mut cells = rows.iter().filter_map(cell);
                    cells.any(|cell| vocabulary::mentions_ours(&cell))
                };
                let is_word = |cell: &str| cell.chars().all(char::is_alphabetic);
                let mut words = cells.iter().enumerate();
                let foreign = words.find(|(at, cell)| {
                    is_word(cell) && vocabulary::is_foreign(cell) && has_ours(*at)
                });
                match foreign {
                    Some((_, foreign)) => row.of_kind(foreign),
                    None => row,
                }
            })
    })
}

/// `Konto & Art & Wert \\` above `ann & \texttt{npsso} & …`: a row of a table of TeX.
pub fn tex_row(above: &str, row: &str, rest: &str, below: &str) -> Option<Row> {
    // The backslashes of commands can have been read as escapes.
    static COMMAND: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[\\\t]?[A-Za-z]+\{|\}").expect("the pattern is tested"));
    if !row.contains(" & ") || !rest.trim_end().ends_with('\\') {
        return None;
    }
    let cells = |line: &str| {
        let line = line.trim_end().trim_end_matches('\\');
        COMMAND.replace_all(line, "").replace('&', "|")
    };
    let plain = |line: &str| match line.contains('&') {
        true => cells(line),
        false => "---".to_owned(),
    };
    let text = |lines: Vec<&str>| lines.into_iter().map(plain).collect::<Vec<_>>().join("\n");
    let mut before: Vec<&str> = above.rsplit('\n').take(MAX_ROWS).collect();
    before.reverse();
    let behind = below.lines().take(MAX_ROWS).collect();
    separated_row(&text(before), &cells(row), &cells(rest), &text(behind), "")
}

/// The names of columns that a line is made of. Below one that `is_ruled`, or in one that
/// names one of our secrets, they may be as long as texts.
fn column_names(line: &str, separator: char, is_ruled: bool) -> Option<Vec<String>> {
    let line = line.trim_start_matches('\u{feff}');
    if line.trim_start().starts_with("//") {
        return None;
    }
    // A call is a statement, whatever it names.
    let is_call = ["(\"", "('", "()"].iter().any(|call| line.contains(call));
    // "# list of npsso, first wins" is a sentence.
    let is_said = separator == ',' && line.starts_with('#') && !line.contains(':');
    let is_free = is_ruled || vocabulary::mentions_ours(line) && !is_call && !is_said;
    let line = match is_free {
        true => without_lead(line, separator),
        false => line,
    };
    let cells = split(line, separator);
    are_names(&cells, is_free).then_some(cells)
}

/// Whether cells are the names of columns, of a word or two each; where that `is_free`,
/// they may be sentences. A table of Markdown begins and ends with an empty one.
pub fn are_names(cells: &[String], is_free: bool) -> bool {
    let is_name = |cell: &&String| {
        cell.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && cell.chars().count() <= MAX_CELL
            && cell.split_whitespace().count() <= 2
            && !cell.contains(['=', '{', '#', ':', '/', '<', '>', '$'])
            && !is_call(cell)
    };
    let is_title = |cell: &&String| {
        cell.chars().any(char::is_alphabetic)
            && cell.chars().count() <= MAX_TITLE
            && !is_data(cell)
            && !cell.contains(['=', '{', '<', '>', '$'])
    };
    let named: Vec<&String> = cells.iter().filter(|cell| !cell.is_empty()).collect();
    named.len() >= 2
        && match is_free {
            true => named.iter().all(is_title),
            false => named.iter().all(is_name),
        }
}

/// `# Format: mail | npsso`: a line without the mark of a comment and what introduces it.
fn without_lead(line: &str, separator: char) -> &str {
    let line = line.trim_start_matches(['#', '/', '-', '>', '*', ' ']);
    let first = line.find(separator).unwrap_or(line.len());
    match line[..first].rfind([':', '\u{ff1a}']) {
        Some(colon) if separator != ':' => {
            let sign = line[colon..].chars().next().map_or(1, char::len_utf8);
            &line[colon + sign..]
        }
        _ => line,
    }
}

/// Whether a cell holds a value rather than the name of a column: a time, an address, a
/// long run of letters and digits.
pub fn is_data(cell: &str) -> bool {
    // `10:22`, `02.04.2026`, but neither `OAuth2.0` nor `PS4/5`
    let is_time = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let parts = || word.split([':', '-', '/', '.']);
        let is_number =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        parts().count() > 1 + usize::from(!word.contains(':')) && parts().all(is_number)
    };
    let is_long = |run: &str| run.len() >= 32;
    let is_value = |word: &str| {
        word.contains('@')
            || word
                .split(|c: char| !c.is_ascii_alphanumeric())
                .any(is_long)
    };
    cell.split_whitespace()
        .any(|word| is_time(word) || is_value(word))
}

/// Whether a table goes on from its header to the end of a text: no other text stands
/// between, unless the header is too far up to tell.
pub fn goes_on(above: &str, header: &str, separator: char) -> bool {
    let Some(start) = above.find(header) else {
        return true;
    };
    above[start..]
        .lines()
        .all(|line| line.contains(separator) || is_rule(line) || line.starts_with('#'))
}

/// `mail:password:npsso` in a line above `a@example.org:secret:…`: as many names in a
/// run of names as there are pieces in the line, and one of them that of a secret.
pub fn run_row(above: &str, row: &str, rest: &str) -> Option<Row> {
    let is_part = |c: &char| !c.is_whitespace();
    let own = row.rsplit(|c: char| !is_part(&c)).next().unwrap_or(row);
    let after: String = rest.chars().take_while(is_part).collect();
    let sign = own
        .chars()
        .last()
        .filter(|c| matches!(c, ':' | ';' | '|' | '-'))?;
    let length = match sign {
        '-' => own.chars().rev().take_while(|c| *c == sign).count(),
        _ => 1,
    };
    // A dash stands in names, and a row of them between cells.
    if sign == '-' && length < 3 {
        return None;
    }
    let separator = sign.to_string().repeat(length);
    let separator = separator.as_str();
    let place = own.matches(separator).count();
    let count = place + 1 + after.matches(separator).count();
    let is_name = |name: &str| {
        name.chars().any(char::is_alphabetic)
            && name.chars().count() <= MAX_CELL
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '))
    };
    above.rsplit('\n').take(MAX_ROWS).find_map(|line| {
        if !line.contains(separator) {
            return None;
        }
        line.split_whitespace().find_map(|run| {
            let run = run.trim_matches(|c: char| !c.is_alphanumeric());
            let run = match sign {
                ':' => run,
                _ => without_lead(run, sign),
            };
            let names: Vec<String> = run.split(separator).map(clean).collect();
            let is_account = || {
                let first = names[0].to_lowercase();
                ["mail", "user", "login", "account", "email", "e-mail"].contains(&first.as_str())
            };
            let fits = names.len() == count
                && names.iter().all(|name| is_name(name))
                && (names.iter().any(|name| is_name_of_secret(name)) || is_account());
            fits.then(|| Row::new(names, place)).flatten()
        })
    })
}

/// `email, npsso = "…", "…"`: the variables on the left.
pub fn assigned_row(row: &str) -> Option<Row> {
    let (names, values) = row.split_once(" = ").or_else(|| row.split_once(" := "))?;
    let is_name = |name: &str| {
        let name = name.trim();
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | ' '))
    };
    let own = split(values, ',').len() - 1;
    let names: Vec<&str> = names
        .trim_matches(['(', ')', '[', ']'])
        .split(',')
        .collect();
    if names.len() < 2 || !names.iter().all(|name| is_name(name)) {
        return None;
    }
    let last_words = names
        .iter()
        .filter_map(|name| name.split_whitespace().last())
        .map(str::to_owned);
    Row::new(last_words.collect(), own)
}

/// `// mail, password, npsso` above `["…", "…", "…"]`: a comment that has as many names as
/// the list has elements, one of them that of a secret. They may stand in brackets, or in
/// columns, and be explained by other lines of the comment: `{ name, kod }`, `kod: the npsso`.
pub fn commented_row(above: &str, row: &str, rest: &str) -> Option<Row> {
    const COMMENTS: [&str; 7] = ["#", "//", "--", ";", "/*", "*", "%"];
    let open = row.rfind(['[', '(', '{']);
    let ends: &[char] = match open {
        Some(_) => &[']', ')', '}'],
        // The list began on a line above, and each of its lines is a row.
        None => &[';', '%', '#'],
    };
    let end = rest.find(ends).or(open.is_none().then_some(rest.len()))?;
    let (before, after) = (&row[open.map_or(0, |open| open + 1)..], &rest[..end]);
    let own = top_level(before);
    let cells = format!("{before}{after}");
    let cells = cells.trim_end_matches([',', ' ', ';']);
    let count = split(cells, ',').len();
    // Right above the list, or above its first row.
    let is_row = |line: &&str| {
        line.is_empty()
            || line.starts_with(['[', '(', '{', '"', '\''])
            || line.ends_with(['[', '(', '{'])
            || open.is_none() && line.starts_with(|c: char| c.is_ascii_digit())
    };
    let is_comment = |line: &&str| COMMENTS.iter().any(|sign| line.starts_with(sign));
    let lines = above.rsplit('\n').take(MAX_ROWS).map(str::trim);
    let mut lines = lines.skip_while(is_row).peekable();
    // Without brackets of its own a row is one only in a list that begins above.
    let begins = |line: &str| line.trim_end().ends_with(['[', '(', '{']);
    if count < 2 || open.is_none() && !above.lines().rev().take(MAX_ROWS).any(begins) {
        return None;
    }
    let comments: Vec<&str> = std::iter::from_fn(|| lines.next_if(is_comment)).collect();
    let explained = |name: &String| {
        let lines = comments
            .iter()
            .map(|line| line.trim_start_matches(|c: char| !c.is_alphanumeric()));
        let said = lines.filter_map(|line| line.split_once(':'));
        let mut said = said.filter(|(explained, _)| explained.trim() == name);
        said.find_map(|(_, text)| names_ours(text).then(|| text.trim().to_owned()))
    };
    let listed = |names: Vec<String>| {
        let mut is_ours = false;
        let mut columns = Vec::new();
        for name in &names {
            let text = explained(name);
            // `cookie (npsso)`
            let note = name.strip_prefix(without_note(name)).unwrap_or("");
            let noted = note.split(|c: char| !c.is_alphanumeric() && c != '_');
            let text = text.or_else(|| {
                noted
                    .into_iter()
                    .find(|word| is_name_of_secret(word))
                    .map(str::to_owned)
            });
            is_ours |= text.is_some() || is_name_of_secret(without_note(name));
            columns.push(text.unwrap_or_else(|| without_note(name).to_owned()));
        }
        (is_ours && columns.len() == count && are_names(&columns, true)).then_some(columns)
    };
    comments.iter().find_map(|line| {
        let text = without_lead(line, ',');
        let inner = line.rfind(['[', '{']).or_else(|| line.rfind('('));
        let inner = inner.zip(line.rfind([']', ')', '}']));
        let inner = inner.and_then(|(open, close)| line.get(open + 1..close));
        let spaced = line
            .trim_start_matches(['#', '/', '-', ';', '*', '%', ' '])
            .split("  ");
        let spaced = spaced.map(clean).filter(|name| !name.is_empty());
        listed(split(text, ','))
            .or_else(|| listed(split(inner?, ',')))
            .or_else(|| listed(spaced.collect()))
            .and_then(|names| Row::new(names, own))
    })
}

/// The name of a column without what is noted behind it: `NPSSO (deleted later)`.
fn without_note(name: &str) -> &str {
    name.split_once(" (")
        .map_or(name, |(name, _)| name.trim_end())
}

/// The place of the column that says what kind of secret each row holds: a cell of it is the
/// name of one of ours.
fn kind_column<'r>(
    mut rows: impl Iterator<Item = &'r str>,
    separator: char,
    own: usize,
) -> Option<usize> {
    let is_ours = |cell: &str| {
        is_name_of_secret(cell) || names_ours(cell) && vocabulary::says_only_ours(cell)
    };
    let is_kind = |(at, cell): (usize, String)| (at != own && is_ours(&cell)).then_some(at);
    rows.find_map(|row| (split(row, separator).into_iter().enumerate()).find_map(is_kind))
}
