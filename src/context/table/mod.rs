//! The header of the column that a value stands in.

mod cells;
mod element;
mod positions;
mod sql;

use super::name::is_name_of_secret;
use super::{lossy, vocabulary};

use cells::{assigned_row, commented_row, goes_on, is_data, run_row, separated_row, tex_row};
use element::element_row;
use positions::{numbered_row, read_row};
pub use sql::name;
use sql::{copy_row, insert_row, insert_select};

/// Rows between a value and the header of its table.
const MAX_ROWS: usize = 60;
/// A row that is longer up to the value is no table for people.
const MAX_ROW: usize = 1000;
/// Columns of a table that are read.
const MAX_COLUMNS: usize = 200;
/// A header cell is a name, not a text.
const MAX_CELL: usize = 48;
/// It may be a sentence where it is certain that it is one.
const MAX_TITLE: usize = 120;

/// The columns of the row that a value stands in, and which of them is its own.
pub struct Row {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The place of the value among them.
    pub own: usize,
    /// What the row is called: what stands in the column for its name.
    pub title: Option<String>,
    /// What kind of secret it holds that is none of ours, where other rows hold those.
    pub other: Option<String>,
}

impl Row {
    fn new(columns: Vec<String>, own: usize) -> Option<Row> {
        (own < columns.len()).then_some(Row {
            columns,
            own,
            title: None,
            other: None,
        })
    }

    /// The same row with what its cells up to the value say that it is called.
    fn titled(mut self, cells: &[String]) -> Row {
        let is_title = |column: &String| {
            vocabulary::is_naming_key(column)
                || vocabulary::is_naming_column(column)
                || vocabulary::is_kind(column)
        };
        let named = self.columns.iter().position(is_title);
        let first = vocabulary::is_generic(self.column())
            || vocabulary::is_value(self.column())
            || self.is_field(cells);
        let place = named
            .or_else(|| first.then(|| usize::from(cells.first().is_some_and(String::is_empty))));
        self.title = place
            .filter(|place| *place != self.own)
            .and_then(|place| cells.get(place))
            .filter(|cell| !cell.is_empty() && cell.chars().count() <= MAX_CELL)
            .cloned();
        self
    }

    /// Whether the row is that of a field, and its columns are whose it is: `npsso` in its
    /// first cell below `| | dad | mum |`. A column of credentials or of something that stands
    /// for others is none of somebody's.
    fn is_field(&self, cells: &[String]) -> bool {
        let column = self.column();
        let is_somebodys = !vocabulary::names_a_credential(column)
            && !vocabulary::is_foreign_alone(column)
            && !vocabulary::is_reference(column);
        let field = cells.iter().find(|cell| !cell.is_empty());
        is_somebodys
            && !self.columns.iter().any(|name| is_name_of_secret(name))
            && field.is_some_and(|field| is_name_of_secret(field))
    }

    /// The same row with the kind of secret that it holds, in a table whose other rows say
    /// that they hold ours.
    fn of_kind(mut self, kind: &str) -> Row {
        let is_one_word = kind.chars().all(char::is_alphanumeric);
        let says_nothing = is_one_word && vocabulary::is_generic(kind);
        if vocabulary::mentions_ours(kind) && vocabulary::says_only_ours(kind) {
            self.title = Some(kind.to_owned());
        } else if !vocabulary::mentions_ours(kind) && !says_nothing {
            self.other = Some(kind.to_owned());
        }
        self
    }

    /// The same row with what comments where the columns are declared say of them, where
    /// that names one of our secrets: `cookie text, -- the NPSSO`.
    fn commented(mut self, text: &str) -> Self {
        let lines = text.lines().filter_map(|line| line.split_once("--"));
        for (declared, comment) in lines.filter(|(_, comment)| sql::names_ours(comment)) {
            let name = declared.split_whitespace().next().map(clean);
            let columns = self.columns.iter_mut();
            for column in columns.filter(|column| Some(&**column) == name.as_ref()) {
                *column = comment.trim().to_owned();
            }
        }
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
    let end = memchr::memchr(b'\n', right).map_or(right.len(), |feed| feed + 1);
    let below = lossy(&right[end..]);
    let left = lossy(left);
    let head = lossy(head);
    let (above, row) = left.rsplit_once('\n').unwrap_or(("", &left));
    if let Some(row) = tex_row(above, row, &rest, &below) {
        return Some(row);
    }
    let placed = read_row(above, row).or_else(|| numbered_row(above, row, &rest, &head));
    if placed.is_some() {
        return placed;
    }
    // What stands before the value in its cell names it better.
    let cell = left.trim_end_matches([' ', '"', '\'', '`', '\\', 'N']);
    let begins = cell.is_empty()
        || cell.ends_with([',', ';', '\t', '|', '(', '[', '\n', '>'])
        || left.trim_end_matches(['"', '\'', '`']).ends_with("= ");
    if !begins {
        let is_first = cell.ends_with('{');
        return (is_first.then(|| commented_row(above, row, &rest)).flatten())
            .or_else(|| run_row(above, row, &rest));
    }
    json_row(&left)
        .or_else(|| element_row(&left, &head))
        .or_else(|| {
            if row.len() > MAX_ROW && !row.contains('(') {
                return None;
            }
            insert_row(&left, &head)
                .or_else(|| insert_select(&left))
                .or_else(|| copy_row(above, row))
                .or_else(|| copy_row(&head, row))
                .map(|row| row.commented(&left).commented(&head))
                .or_else(|| assigned_row(row))
                .or_else(|| commented_row(above, row, &rest))
                .or_else(|| separated_row(above, row, &rest, &below, &head))
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
    let rest = first_line(right);
    for separator in [',', '\t', '|', ';'] {
        if is_statement(row, separator) {
            continue;
        }
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
    if line.trim_start().starts_with("//") {
        return None;
    }
    let cells = split(line, separator);
    let names = cells.iter().all(|cell| is_header_word(cell));
    let cell = cells.get(column)?;
    (names && cells.len() > column && !cell.is_empty()).then(|| cell.clone())
}

/// Whether a line up to a value is a statement of a program, and no row of a table.
fn is_statement(row: &str, separator: char) -> bool {
    let (mut quoted, mut before) = (false, '\n');
    // A bar or a tab keeps nothing but cells apart.
    !matches!(separator, '|' | '\t')
        && row.chars().any(|c| {
            quoted ^= c == '"';
            // "a month (by mail)" is no call.
            let is_call = c == '(' && before != ' ';
            before = c;
            !quoted && (is_call || matches!(c, '{' | '='))
        })
}

/// Whether a cell can be the name of a column: it says something, and is no value.
fn is_header_word(cell: &str) -> bool {
    cell.chars().count() <= MAX_CELL
        && !is_data(cell)
        && !cell.contains(['=', '{', '#', '<'])
        && !is_call(cell)
        && (cell.is_empty() || cell.chars().any(char::is_alphabetic))
}

/// Whether a cell is a call: `f(x)`, but not `token (cookie)`.
fn is_call(cell: &str) -> bool {
    cell.find('(')
        .is_some_and(|open| open == 0 || !cell[..open].ends_with(' '))
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
    // What somebody said, and when.
    if is_data(top) {
        return None;
    }
    // Columns are aligned with blanks, or there are as many words in each line: a
    // sentence above another is no header.
    let words = row.split_whitespace().count() + 1 + rest.split_whitespace().count();
    let aligned = top.trim().contains("  ") || row.trim().contains("  ");
    // What a label or a sign stands before has that name.
    if row.trim_end().ends_with([':', '=']) {
        return None;
    }
    let is_setting = top.starts_with('#');
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
