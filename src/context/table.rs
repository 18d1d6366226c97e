//! The header of the column that a value stands in.

/// Rows between a value and the header of its table.
const MAX_ROWS: usize = 60;
/// A row that is longer up to the value is no table for people.
const MAX_ROW: usize = 1000;
/// A header cell is a name, not a text.
const MAX_CELL: usize = 48;

/// The column of a database that the value stands in, or the variable of several
/// that it is assigned to, by its place in a list.
pub fn column(left: &[u8], head: &[u8]) -> Option<String> {
    let left = String::from_utf8_lossy(left);
    let head = String::from_utf8_lossy(head);
    let (above, row) = left.rsplit_once('\n').unwrap_or(("", &left));
    if row.len() > MAX_ROW && !row.contains('(') {
        return None;
    }
    insert_column(&left, &head)
        .or_else(|| copy_column(above, row))
        .or_else(|| copy_column(&head, row))
        .or_else(|| assigned_column(row))
}

/// The header cells above the value between `left` and what follows: one for
/// each way to read its line as a row.
///
/// `head` is the beginning of the input, where the header of a long table is.
pub fn headers(left: &[u8], head: &[u8]) -> Vec<String> {
    let left_text = String::from_utf8_lossy(left);
    let head_text = String::from_utf8_lossy(head);
    let (above, row) = left_text.rsplit_once('\n').unwrap_or(("", &left_text));
    let mut out = Vec::new();
    if row.len() > MAX_ROW {
        return out;
    }
    for separator in [',', '\t', '|', ';'] {
        let cells = split(row, separator);
        if cells.len() < 2 && !(separator == ',' && row.trim_matches('"').is_empty()) {
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
            .or_else(|| head_text.lines().next());
        for line in [top, first].into_iter().flatten() {
            if let Some(cell) = header_cell(line, separator, cells.len() - 1) {
                out.push(cell);
            }
        }
    }
    if let Some(cell) = aligned_header(above, row) {
        out.push(cell);
    }
    out.dedup();
    out
}

fn header_cell(line: &str, separator: char, column: usize) -> Option<String> {
    let line = line.trim_start_matches('\u{feff}').trim_end_matches('\r');
    let cells = split(line, separator);
    let names = cells
        .iter()
        .all(|cell| cell.chars().count() <= MAX_CELL && !cell.contains(['=', '{', '(', '#']));
    let cell = cells.get(column)?;
    (names && cells.len() > column && !cell.is_empty()).then(|| cell.clone())
}

/// Cells of a row, without quotes and blanks. A separator in quotes is text.
fn split(row: &str, separator: char) -> Vec<String> {
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

/// `NAME   NPSSO` above `bob    value`: the header word at the value's place.
fn aligned_header(above: &str, row: &str) -> Option<String> {
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
    let by_place = word_at(top, column);
    let index = row.split_whitespace().count();
    let by_count = top
        .split_whitespace()
        .nth(index)
        .filter(|_| top.split_whitespace().count() > index);
    by_place
        .or(by_count)
        .map(str::to_owned)
        .filter(|word| word.chars().count() <= MAX_CELL)
}

fn word_at(line: &str, column: usize) -> Option<&str> {
    let start = line.char_indices().nth(column)?.0;
    let starts_word = !line[start..].starts_with(char::is_whitespace)
        && line[..start].ends_with(char::is_whitespace);
    starts_word
        .then(|| line[start..].split_whitespace().next())
        .flatten()
}

/// `INSERT INTO t (id, npsso) VALUES (1, 'value')`: the column at the value's
/// place in its tuple.
///
/// Without a list of columns, those of `CREATE TABLE t (id int, npsso text)`.
fn insert_column(left: &str, head: &str) -> Option<String> {
    let tuple = left.rfind('(')?;
    let index = split(&left[tuple + 1..].replace('\'', "\""), ',').len() - 1;
    let before = left[..tuple].to_ascii_lowercase();
    let Some(values) = before.rfind("values") else {
        // The statement began far above; the head of the file may show it.
        let is_row = before.trim_end().ends_with("),");
        let lower = head.to_ascii_lowercase();
        let insert = lower.find("insert into").filter(|_| is_row)?;
        let open = insert + lower[insert..].find('(')?;
        let close = open + lower[open..].find(')')?;
        return head
            .get(open + 1..close)?
            .split(',')
            .nth(index)
            .map(|column| clean(column.trim_matches(|c| matches!(c, '[' | ']' | ' '))));
    };
    let insert = before[..values]
        .rfind("insert")
        .or_else(|| before[..values].rfind("into"))?;
    let target = before[insert..values].rsplit_once("into")?.1;
    if !target.contains('(') {
        let table = clean(target.trim_matches(|c| matches!(c, '[' | ']' | ' ')));
        return created_column(left, &table, index).or_else(|| created_column(head, &table, index));
    }
    let open = insert + before[insert..values].find('(')?;
    let close = open + before[open..values].find(')')?;
    let columns = &left[open + 1..close];
    columns
        .split(',')
        .nth(index)
        .map(|column| clean(column.trim_matches(|c| matches!(c, '[' | ']' | ' '))))
}

/// The column at a place of a table, as the statement that creates it says.
fn created_column(text: &str, table: &str, index: usize) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let mut statements = lower
        .match_indices("create table")
        .filter_map(|(at, word)| {
            let open = at + lower[at..].find('(')?;
            let name = lower[at + word.len()..open].split_whitespace().last()?;
            (clean(name.trim_matches(|c| matches!(c, '[' | ']'))) == table).then_some(open + 1)
        });
    let open = statements.next()?;
    let mut depth = 0usize;
    let columns = text.get(open..)?.split(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    let column = columns
        .map(str::trim)
        .nth(index)?
        .split_whitespace()
        .next()?;
    Some(clean(column.trim_matches(|c| matches!(c, '[' | ']'))))
}

/// `email, npsso = "…", "…"`: the variable at the value's place.
fn assigned_column(row: &str) -> Option<String> {
    let (names, values) = row.split_once(" = ").or_else(|| row.split_once(" := "))?;
    let is_name = |name: &str| {
        let name = name.trim();
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | ' '))
    };
    let index = split(values, ',').len() - 1;
    let names: Vec<&str> = names
        .trim_matches(['(', ')', '[', ']'])
        .split(',')
        .collect();
    let name = names
        .get(index)
        .filter(|_| names.len() > 1 && names.iter().all(|name| is_name(name)))?;
    Some(name.split_whitespace().last()?.to_owned())
}

/// `COPY t (id, npsso) FROM stdin;` above rows with tabs, as in a database dump.
fn copy_column(above: &str, row: &str) -> Option<String> {
    let lower = above.to_ascii_lowercase();
    let copy = lower.rfind("copy ")?;
    let statement = lower[copy..].lines().next()?;
    if !statement.contains("from stdin") || lower[copy..].contains("\n\\.") {
        return None;
    }
    let open = statement.find('(')?;
    let close = statement.find(')')?;
    let columns = above.get(copy + open + 1..copy + close)?;
    columns.split(',').nth(row.matches('\t').count()).map(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(left: &str) -> Vec<String> {
        let column = column(left.as_bytes(), b"");
        column
            .into_iter()
            .chain(headers(left.as_bytes(), b""))
            .collect()
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
    fn the_header_of_a_long_table_is_at_the_head() {
        let left = "x,y\n".repeat(100) + "bob,";
        assert!(headers(left.as_bytes(), b"account,npsso\n").contains(&"npsso".to_owned()));
    }

    #[test]
    fn another_column_has_another_name() {
        assert_eq!(header("account,npsso,sha\nbob,-,"), ["sha"]);
    }
}
