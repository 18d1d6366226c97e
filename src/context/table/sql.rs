//! The columns of rows that statements of SQL write.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{MAX_COLUMNS, Row, clean, lossy, split, top_level};
use crate::rule::words::List;

/// `INSERT INTO t (id, npsso) VALUES (1, 'value')`: the columns of the value's tuple.
///
/// Without a list of columns, those of `CREATE TABLE t (id int, npsso text)`.
pub fn insert_row(left: &str, head: &str) -> Option<Row> {
    let (tuple, own) = outer_tuple(left)?;
    let before = left[..tuple].to_ascii_lowercase();
    let Some(values) = before.rfind("values") else {
        // The statement began far above; the head of the file may show it.
        if !before.trim_end().ends_with("),") {
            return None;
        }
        return Row::new(inserted_columns(head)?, own);
    };
    // Another statement has begun since.
    if before[values..].contains(");") {
        return None;
    }
    let insert = before[..values]
        .rfind("insert")
        .or_else(|| before[..values].rfind("into"))?;
    let target = before[insert..values].rsplit_once("into")?.1;
    let columns = match target.contains('(') {
        true => {
            let open = insert + before[insert..values].find('(')?;
            let close = open + before[open..values].find(')')?;
            left[open + 1..close].split(',').map(clean_name).collect()
        }
        false => {
            let table = clean_name(target);
            created_columns(left, Some(&table)).or_else(|| created_columns(head, Some(&table)))?
        }
    };
    let row = Row::new(columns, own)?;
    let cells = split(&left[tuple + 1..].replace('\'', "\""), ',');
    Some(match cells.len() == own + 1 {
        true => row.titled(&cells),
        false => row,
    })
}

/// `INSERT INTO t (id, npsso) SELECT id, 'value' FROM …`
pub fn insert_select(left: &str) -> Option<Row> {
    let lower = left.to_ascii_lowercase();
    let insert = lower.rfind("insert into")?;
    let open = insert + lower[insert..].find('(')?;
    let close = open + lower[open..].find(')')?;
    let list = lower[close + 1..].trim_start().strip_prefix("select ")?;
    if list.contains([';']) || list.contains(" from ") {
        return None;
    }
    let start = left.len() - list.len();
    Row::new(
        left[open + 1..close].split(',').map(clean_name).collect(),
        top_level(&left[start..]),
    )
}

/// The bracket of the row that a text ends in, and the place of what follows in it. A
/// value that is the first argument of a call stands in the place of the call.
fn outer_tuple(left: &str) -> Option<(usize, usize)> {
    let lower = left.to_ascii_lowercase();
    match lower
        .rfind("values")
        .filter(|values| lower[*values..].contains('('))
    {
        Some(values) => {
            let start = values + "values".len();
            let (tuple, own) = tuple_at_end(&left[start..])?;
            Some((start + tuple, own))
        }
        // The statement began further up.
        None => {
            let tuple = open_tuple(left)?;
            Some((tuple, top_level(&left[tuple + 1..])))
        }
    }
}

/// The same for rows behind `VALUES`, whose strings can be told.
fn tuple_at_end(rows: &str) -> Option<(usize, usize)> {
    let mut commas: Vec<usize> = Vec::new();
    let (mut tuple, mut quoted, mut escaped) = (None, None, false);
    for (at, byte) in rows.bytes().enumerate() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match (byte, quoted) {
            (b'\\', Some(_)) => escaped = true,
            (b'\'' | b'"', None) => quoted = Some(byte),
            (_, Some(quote)) if byte == quote => quoted = None,
            (_, Some(_)) => {}
            (b'(', None) => {
                if commas.is_empty() {
                    tuple = Some(at);
                }
                commas.push(0);
            }
            (b')', None) => {
                commas.pop();
            }
            (b',', None) => {
                if let Some(own) = commas.last_mut() {
                    *own += 1;
                }
            }
            _ => {}
        }
    }
    match commas[..] {
        [own] => Some((tuple?, own)),
        // A later argument of a call is not what the column is called after.
        [own, ref calls @ ..] if calls.iter().all(|commas| *commas == 0) => Some((tuple?, own)),
        _ => None,
    }
}

/// The bracket of the row that a text ends in; calls in the row have brackets of their own.
fn open_tuple(left: &str) -> Option<usize> {
    let mut depth = 0usize;
    left.bytes().enumerate().rev().find_map(|(at, byte)| {
        match byte {
            b')' => depth += 1,
            b'(' if depth == 0 => return Some(at),
            b'(' => depth -= 1,
            _ => {}
        }
        None
    })
}

/// The table that the value is put into, as the statement above says.
pub fn name(left: &[u8]) -> Option<String> {
    static INTO: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?i)(?:^|\n)[ \t]*(?:INSERT[ \t]+INTO|REPLACE[ \t]+INTO|COPY)[ \t]+["'`\[]?([A-Za-z0-9_.]+)"#)
            .expect("the pattern is tested")
    });
    let statement = INTO.captures_iter(left).last()?;
    let rest = &left[statement.get(0)?.end()..];
    let is_over = memchr::memmem::find(rest, b";\n").is_some_and(|end| {
        // Rows follow `COPY … FROM stdin;`, up to a line with `\.`.
        !rest[..end].ends_with(b"stdin") || memchr::memmem::find(rest, b"\n\\.").is_some()
    });
    (!is_over).then(|| lossy(&statement[1]).into_owned())
}

/// The columns of the statement that a long list of rows at the head of a file
/// begins with, or of the only table there.
fn inserted_columns(head: &str) -> Option<Vec<String>> {
    let lower = head.to_ascii_lowercase();
    let listed = lower.find("insert into").and_then(|insert| {
        let values = insert + lower[insert..].find("values")?;
        let open = insert + lower[insert..values].find('(')?;
        let close = open + lower[open..values].find(')')?;
        Some(
            head.get(open + 1..close)?
                .split(',')
                .map(clean_name)
                .collect(),
        )
    });
    listed.or_else(|| created_columns(head, None))
}

/// The columns of a table, as the statement that creates it says: of the first
/// one when no name is given.
fn created_columns(text: &str, table: Option<&str>) -> Option<Vec<String>> {
    const CONSTRAINTS: [&str; 8] = [
        "primary",
        "key",
        "unique",
        "constraint",
        "foreign",
        "index",
        "check",
        "fulltext",
    ];
    let lower = text.to_ascii_lowercase();
    let open = lower.match_indices("create table").find_map(|(at, word)| {
        let open = at + lower[at..].find('(')?;
        let name = lower[at + word.len()..open].split_whitespace().last()?;
        let is_it = table.is_none_or(|table| clean_name(name) == table);
        is_it.then_some(open + 1)
    })?;
    let mut depth = 0usize;
    let mut is_over = false;
    let columns = text.get(open..)?.split(|c| {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => is_over = true,
            ')' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0 && !is_over
    });
    let names = columns
        .map_while(|column| column.split_whitespace().next())
        .map(clean_name)
        .take_while(|name| !CONSTRAINTS.contains(&name.to_ascii_lowercase().as_str()))
        .take(MAX_COLUMNS);
    Some(names.collect())
}

fn clean_name(name: &str) -> String {
    clean(name.trim_matches(|c| matches!(c, '[' | ']' | ' ' | '\n')))
}

/// Whether a comment calls something by the name of one of our secrets.
pub fn names_ours(comment: &str) -> bool {
    List::OursInComment.is_in(&comment.to_ascii_lowercase())
}

/// `COPY t (id, npsso) FROM stdin;` above rows with tabs, as in a database dump.
pub fn copy_row(above: &str, row: &str) -> Option<Row> {
    let lower = above.to_ascii_lowercase();
    let copy = lower.rfind("copy ")?;
    let statement = lower[copy..].lines().next()?;
    if !statement.contains("from stdin") || lower[copy..].contains("\n\\.") {
        return None;
    }
    let open = statement.find('(')?;
    let close = statement.find(')')?;
    let columns = above.get(copy + open + 1..copy + close)?;
    Row::new(
        columns.split(',').map(clean).collect(),
        row.matches('\t').count(),
    )
}
