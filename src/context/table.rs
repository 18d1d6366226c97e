//! The header of the column that a value stands in.

use super::lossy;
use super::name::is_name_of_secret;
use super::vocabulary;
use std::sync::LazyLock;

use regex::bytes::Regex;

/// Rows between a value and the header of its table.
const MAX_ROWS: usize = 60;
/// A row that is longer up to the value is no table for people.
const MAX_ROW: usize = 1000;
/// Columns of a table that are read.
const MAX_COLUMNS: usize = 200;
/// A header cell is a name, not a text.
const MAX_CELL: usize = 48;

/// The columns of the row that a value stands in, and which of them is its own.
pub struct Row {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The place of the value among them.
    pub own: usize,
    /// What the row is called: what stands in the column for its name.
    pub title: Option<String>,
}

impl Row {
    fn new(columns: Vec<String>, own: usize) -> Option<Row> {
        (own < columns.len()).then_some(Row {
            columns,
            own,
            title: None,
        })
    }

    /// The same row with what its cells up to the value say that it is called.
    fn titled(mut self, cells: &[String]) -> Row {
        let is_title = |column: &String| {
            vocabulary::is_naming_key(column) || vocabulary::is_naming_column(column)
        };
        let named = self.columns.iter().position(is_title);
        let first = vocabulary::is_generic(self.column()) || vocabulary::is_value(self.column());
        let place = named
            .or_else(|| first.then(|| usize::from(cells.first().is_some_and(String::is_empty))));
        self.title = place
            .filter(|place| *place != self.own)
            .and_then(|place| cells.get(place))
            .filter(|cell| !cell.is_empty() && cell.chars().count() <= MAX_CELL)
            .cloned();
        self
    }

    /// The name of the column that the value stands in.
    pub fn column(&self) -> &str {
        &self.columns[self.own]
    }
}

/// The row of a database that the value stands in, or the list of variables
/// that it is assigned to one of, by its place in a list.
///
/// `right` is what follows the value, and `head` the beginning of the input.
pub fn row(left: &[u8], right: &[u8], head: &[u8]) -> Option<Row> {
    let rest = first_line(right);
    let left = lossy(left);
    let head = lossy(head);
    let (above, row) = left.rsplit_once('\n').unwrap_or(("", &left));
    // What stands before the value in its cell names it better.
    let cell = left.trim_end_matches([' ', '"', '\'', '`', '\\', 'N']);
    let begins = cell.is_empty()
        || cell.ends_with([',', ';', '\t', '|', '(', '[', '\n', '>'])
        || left.trim_end_matches(['"', '\'', '`']).ends_with("= ");
    if !begins {
        return run_row(above, row, &rest);
    }
    json_row(&left)
        .or_else(|| html_row(&left, &head))
        .or_else(|| {
            if row.len() > MAX_ROW && !row.contains('(') {
                return None;
            }
            insert_row(&left, &head)
                .or_else(|| insert_select(&left))
                .or_else(|| copy_row(above, row))
                .or_else(|| copy_row(&head, row))
                .or_else(|| assigned_row(row))
                .or_else(|| separated_row(above, row, &rest, &head))
                .or_else(|| run_row(above, row, &rest))
        })
}

/// The header cells above the value between `left` and what follows: one for
/// each way to read its line as a row.
///
/// `head` is the beginning of the input, where the header of a long table is,
/// and `right` is what follows the value.
pub fn headers(left: &[u8], right: &[u8], head: &[u8]) -> Vec<String> {
    let left_text = lossy(left);
    let head_text = lossy(head);
    let (above, row) = left_text.rsplit_once('\n').unwrap_or(("", &left_text));
    let mut out = Vec::new();
    if row.len() > MAX_ROW {
        return out;
    }
    if is_statement(row) {
        return out;
    }
    let rest = first_line(right);
    for separator in [',', '\t', '|', ';'] {
        let cells = split(row, separator);
        let is_first = row.trim_matches('"').is_empty() && {
            let rest = rest.strip_prefix('"').unwrap_or(&rest);
            rest.starts_with(separator)
        };
        if cells.len() < 2 && !(separator == ',' && is_first) {
            continue;
        }
        let candidates = above
            .rsplit('\n')
            .take(MAX_ROWS)
            .take_while(|line| row.is_empty() || line.contains(separator) || is_rule(line))
            .filter(|line| !is_rule(line));
        let top = candidates.last();
        // A heading, a comment or a rule may stand above the header.
        let first = head_text
            .lines()
            .take(10)
            .find(|line| !is_rule(line) && line.contains(separator) && !line.starts_with('#'))
            .or_else(|| head_text.lines().next())
            .filter(|line| goes_on(above, line, separator));
        for line in [top, first].into_iter().flatten() {
            if let Some(cell) = header_cell(line, separator, cells.len() - 1) {
                out.push(cell);
            }
        }
    }
    if let Some(cell) = aligned_header(above, row, &rest) {
        out.push(cell);
    }
    out.dedup();
    out
}

fn header_cell(line: &str, separator: char, column: usize) -> Option<String> {
    let line = line.trim_start_matches('\u{feff}').trim_end_matches('\r');
    let cells = split(line, separator);
    let names = cells.iter().all(|cell| is_header_word(cell));
    let cell = cells.get(column)?;
    (names && cells.len() > column && !cell.is_empty()).then(|| cell.clone())
}

/// Whether a line up to a value is a statement of a program, and no row of a table.
fn is_statement(row: &str) -> bool {
    let mut quoted = false;
    row.chars().any(|c| {
        quoted ^= c == '"';
        !quoted && matches!(c, '(' | '{' | '=')
    })
}

/// Whether a cell can be the name of a column: it says something, and is no value.
fn is_header_word(cell: &str) -> bool {
    cell.chars().count() <= MAX_CELL
        && !cell.contains(['=', '{', '(', '#', '<'])
        && (cell.is_empty() || cell.chars().any(char::is_alphabetic))
}

/// Cells of a row, without quotes and blanks. A separator in quotes is text.
pub fn split(row: &str, separator: char) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for character in row.chars() {
        match character {
            '"' => quoted = !quoted,
            c if c == separator && !quoted => cells.push(String::new()),
            c => cells.last_mut().expect("there is a cell").push(c),
        }
    }
    // The quote that opens the value itself hides no separator before it.
    if quoted && !row.ends_with('"') {
        return row.split(separator).map(clean).collect();
    }
    cells.iter().map(|cell| clean(cell)).collect()
}

fn clean(cell: &str) -> String {
    cell.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '*'))
        .to_owned()
}

/// A line of dashes between a header and its rows.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty()
        && line.chars().all(|c| {
            matches!(
                c,
                '-' | '+' | '|' | ':' | ' ' | '=' | '\u{2500}' | '\u{253c}'
            )
        })
}

fn first_line(right: &[u8]) -> String {
    let end = memchr::memchr2(b'\n', b'\r', right).unwrap_or(right.len());
    lossy(&right[..end.min(MAX_ROW)]).into_owned()
}

/// `NAME   NPSSO` above `bob    value`: the header word at the value's place.
fn aligned_header(above: &str, row: &str, rest: &str) -> Option<String> {
    let column = row.chars().count();
    // Columns of a row with tabs stand at no certain place.
    if column == 0 || !row.ends_with(' ') || row.trim().is_empty() || row.contains('\t') {
        return None;
    }
    let rows = above
        .rsplit('\n')
        .take(MAX_ROWS)
        .take_while(|line| !line.trim().is_empty());
    let top = rows.filter(|line| !is_rule(line)).last()?;
    // Columns are aligned with blanks, or there are as many words in each line: a
    // sentence above another is no header.
    let words = row.split_whitespace().count() + 1 + rest.split_whitespace().count();
    let aligned = top.trim().contains("  ") || row.trim().contains("  ");
    let is_setting = row.trim_end().ends_with([':', '=']) || top.starts_with('#');
    // A sentence has more words, and ends of clauses.
    let is_sentence = words > 5 || top.contains(": ") || top.ends_with(['.', ':', '?']);
    if !aligned && (is_setting || is_sentence || top.split_whitespace().count() != words) {
        return None;
    }
    let by_place = word_at(top, column);
    let index = row.split_whitespace().count();
    let by_count = top
        .split_whitespace()
        .nth(index)
        .filter(|_| top.split_whitespace().count() > index);
    by_place.or(by_count).map(str::to_owned).filter(|word| {
        word.chars().count() <= MAX_CELL
            && !word.contains(['<', '>', '{', '=', '$', '"', '.', '/', ':', '@'])
    })
}

fn word_at(line: &str, column: usize) -> Option<&str> {
    let start = line.char_indices().nth(column)?.0;
    let starts_word = !line[start..].starts_with(char::is_whitespace)
        && line[..start].ends_with(char::is_whitespace);
    starts_word
        .then(|| line[start..].split_whitespace().next())
        .flatten()
}

/// `INSERT INTO t (id, npsso) VALUES (1, 'value')`: the columns of the value's tuple.
///
/// Without a list of columns, those of `CREATE TABLE t (id int, npsso text)`.
fn insert_row(left: &str, head: &str) -> Option<Row> {
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
    if !target.contains('(') {
        let table = clean_name(target);
        let columns =
            created_columns(left, Some(&table)).or_else(|| created_columns(head, Some(&table)))?;
        return Row::new(columns, own);
    }
    let open = insert + before[insert..values].find('(')?;
    let close = open + before[open..values].find(')')?;
    let row = Row::new(
        left[open + 1..close].split(',').map(clean_name).collect(),
        own,
    )?;
    let cells = split(&left[tuple + 1..].replace('\'', "\""), ',');
    Some(match cells.len() == own + 1 {
        true => row.titled(&cells),
        false => row,
    })
}

/// `INSERT INTO t (id, npsso) SELECT id, 'value' FROM …`
fn insert_select(left: &str) -> Option<Row> {
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

/// How many commas stand in the beginning of a row, outside of strings and calls.
fn top_level(row: &str) -> usize {
    let (mut depth, mut quoted, mut commas) = (0usize, None, 0);
    for byte in row.bytes() {
        match (byte, quoted) {
            (b'\'' | b'"', None) => quoted = Some(byte),
            (_, Some(quote)) if byte == quote => quoted = None,
            (_, Some(_)) => {}
            (b'(' | b'[' | b'{', None) => depth += 1,
            (b')' | b']' | b'}', None) => depth = depth.saturating_sub(1),
            (b',', None) if depth == 0 => commas += 1,
            _ => {}
        }
    }
    commas
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

/// `account,npsso` above `bob,…`: a row with as many cells as its header has
/// names, which are all of one word or two.
fn separated_row(above: &str, row: &str, rest: &str, head: &str) -> Option<Row> {
    let is_name = |cell: &String| {
        cell.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && cell.chars().count() <= MAX_CELL
            && cell.split_whitespace().count() <= 2
            && !cell.contains(['=', '{', '(', '#', ':', '/', '<', '>', '$'])
    };
    // Without its last line, which is the value's own.
    let head = match above.is_empty() {
        true => "",
        false => head,
    };
    [',', '\t', ';', '|'].into_iter().find_map(|separator| {
        if is_statement(row) {
            return None;
        }
        let own = split(row, separator).len() - 1;
        let quoted = format!("{row}{rest}");
        let count = split(&quoted, separator).len();
        if count < 2 {
            return None;
        }
        let is_row = |line: &&str| is_rule(line) || split(line, separator).len() == count;
        let top = above
            .rsplit('\n')
            .take(MAX_ROWS)
            .map(|line| line.trim_end_matches('\r'))
            .take_while(is_row)
            .filter(|line| !is_rule(line))
            .last();
        let first = head
            .lines()
            .take(10)
            .find(|line| is_row(line) && !is_rule(line))
            .filter(|line| goes_on(above, line, separator));
        [top, first]
            .into_iter()
            .flatten()
            .find_map(|line| {
                let cells = split(line.trim_start_matches('\u{feff}'), separator);
                // A table of Markdown begins and ends with a separator.
                let inner = cells.iter().skip_while(|cell| cell.is_empty());
                let named = inner.filter(|cell| !cell.is_empty()).all(is_name)
                    && cells.iter().filter(|cell| !cell.is_empty()).count() >= 2
                    && cells.len() == count;
                named.then(|| Row::new(cells, own)).flatten()
            })
            .map(|row| row.titled(&split(&quoted, separator)))
    })
}

/// Whether a table goes on from its header to the end of a text: no other text stands
/// between, unless the header is too far up to tell.
fn goes_on(above: &str, header: &str, separator: char) -> bool {
    let Some(start) = above.find(header) else {
        return true;
    };
    above[start..]
        .lines()
        .all(|line| line.contains(separator) || is_rule(line) || line.starts_with('#'))
}

/// `mail:password:npsso` in a line above `a@example.org:secret:…`: as many names in a
/// run of names as there are pieces in the line, and one of them that of a secret.
fn run_row(above: &str, row: &str, rest: &str) -> Option<Row> {
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
fn assigned_row(row: &str) -> Option<Row> {
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

/// `COPY t (id, npsso) FROM stdin;` above rows with tabs, as in a database dump.
fn copy_row(above: &str, row: &str) -> Option<Row> {
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

/// `{"columns": ["id", "npsso"], "rows": [[1, "…"]]}`: the names stand in a list of their own.
fn json_row(left: &str) -> Option<Row> {
    let open = left.rfind('[')?;
    let cells = &left[open + 1..];
    if cells.contains(['{', '}', ']']) || !left[..open].trim_end().ends_with(['[', ',']) {
        return None;
    }
    let before = &left[..open];
    let list = [
        "\"columns\"",
        "\"fields\"",
        "\"headers\"",
        "\"header\"",
        "\"cols\"",
    ]
    .iter()
    .filter_map(|key| Some(before.rfind(key)? + key.len()))
    .max()?;
    let names = before[list..].trim_start_matches([':', ' ', '\n', '\t']);
    let names = names.strip_prefix('[')?;
    let names = &names[..names.find(']')?];
    if names.contains(['{', '[']) {
        return None;
    }
    Row::new(
        split(names, ',')
            .iter()
            .map(|name| name.trim().to_owned())
            .collect(),
        split(cells, ',').len() - 1,
    )
}

/// `<th>NPSSO</th>` in the first row of the table that the value's cell stands in.
fn html_row(left: &str, head: &str) -> Option<Row> {
    let lower = left.to_ascii_lowercase();
    let row = lower.rfind("<tr")?;
    let own = cells_of(&lower[row..]).checked_sub(1)?;
    if lower[row..].contains("</tr") {
        return None;
    }
    let text = match lower[..row].rfind("<table") {
        Some(table) => &left[table..row],
        None if head.len() < left.len() => &left[..row],
        None => head,
    };
    let top = text.get(text.to_ascii_lowercase().find("<th")?..)?;
    let top = top.get(..top.to_ascii_lowercase().find("</tr")?)?;
    let lower = top.to_ascii_lowercase();
    let cells = lower
        .match_indices("<th")
        .filter(|(at, _)| lower[at + 3..].starts_with(['>', ' ']))
        .map(|(at, _)| {
            let cell = top[at..].split_once('>').map_or("", |(_, cell)| cell);
            clean(&cell[..cell.find("</").unwrap_or(cell.len())])
        })
        .take(MAX_COLUMNS);
    let named = Row::new(cells.collect(), own)?;
    let cells: Vec<String> = text_cells(&left[row..]);
    Some(named.titled(&cells))
}

/// The texts of the cells of a row of HTML.
fn text_cells(row: &str) -> Vec<String> {
    row.split("<td")
        .skip(1)
        .map(|cell| {
            let text: String = cell
                .split('<')
                .map(|piece| piece.split_once('>').map_or("", |(_, text)| text))
                .collect();
            clean(&text)
        })
        .take(MAX_COLUMNS)
        .collect()
}

fn cells_of(row: &str) -> usize {
    row.matches("<td").count() + row.matches("<th").count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(left: &str) -> Vec<String> {
        let row = row(left.as_bytes(), b"", b"");
        let mut names: Vec<String> = row
            .map(|row| row.column().to_owned())
            .into_iter()
            .chain(headers(left.as_bytes(), b"", b""))
            .collect();
        names.dedup();
        names
    }

    #[test]
    fn a_column_is_named_by_its_header() {
        assert_eq!(header("account,npsso\nalice,x\nbob,"), ["npsso"]);
        assert_eq!(header("account\tnpsso\nbob\t"), ["npsso"]);
        assert_eq!(
            header("| account | npsso |\n|---|---|\n| bob | "),
            ["npsso"]
        );
        assert_eq!(header(" id | npsso\n----+------\n  1 | "), ["npsso"]);
        assert!(header("NAME   NPSSO\nbob    ").contains(&"NPSSO".to_owned()));
        assert_eq!(header("INSERT INTO t (id, npsso) VALUES (1,'"), ["npsso"]);
        assert!(header("COPY t (id, npsso) FROM stdin;\n1\tx\n2\t").contains(&"npsso".to_owned()));
        assert_eq!(
            header("INSERT INTO t (id, npsso) VALUES (1,'x'),\n(2,'"),
            ["npsso"]
        );
    }

    #[test]
    fn the_names_of_columns_may_stand_in_a_list_or_in_html() {
        let rows = r#"{"columns":["id","name","npsso"],"rows":[[1,"dad","x"],[2,"nadia",""#;
        assert_eq!(header(rows)[0], "npsso");
        let html = "<table>\n<tr><th>who</th><th class=\"x\">NPSSO</th></tr>\n<tr>\n  <td>nadia</td>\n  <td>";
        assert!(header(html).contains(&"NPSSO".to_owned()));
        let dump = "CREATE TABLE `users` (\n `id` int,\n `npsso` varchar(64),\n PRIMARY KEY (`id`)\n);\nINSERT INTO `users` VALUES (1,'";
        assert_eq!(header(dump), ["npsso"]);
    }

    #[test]
    fn a_sentence_above_is_no_header() {
        assert!(header("bob: can you send it\ndad: ").is_empty());
        assert!(headers(b"Date: Thu, 1 Jan\n\n", b"\n", b"Date: Thu, 1 Jan\n\n").is_empty());
    }

    #[test]
    fn the_header_of_a_long_table_is_at_the_head() {
        let left = "x,y\n".repeat(100) + "bob,";
        assert!(headers(left.as_bytes(), b"", b"account,npsso\n").contains(&"npsso".to_owned()));
    }

    #[test]
    fn another_column_has_another_name() {
        assert_eq!(header("account,npsso,sha\nbob,-,"), ["sha"]);
    }
}
