//! The columns of tables that are made of elements: HTML, and the files of offices.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::cells::are_names;
use super::{MAX_COLUMNS, Row, clean, vocabulary};

/// The tag that a row of a table begins with, in HTML and in the files of offices.
static ROW: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)<(/?)(?:[a-z]+:)?(?:tr|row|table-row)[ >]").expect("the pattern is tested")
});

/// The same of a table.
static TABLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)<(?:[a-z]+:)?(?:table|worksheet|sheetdata)[ >]")
        .expect("the pattern is tested")
});

/// The same of a cell, and of one that is a heading.
static CELL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)<(?:[a-z]+:)?(?:(th)|td|tc|cell|table-cell)[ >]")
        .expect("the pattern is tested")
});

/// `<th>NPSSO</th>` in the first row of the table that the value's cell stands in.
pub fn element_row(left: &str, head: &str) -> Option<Row> {
    let last = ROW.captures_iter(left.as_bytes()).last()?;
    let row = last.get(0)?.start();
    if !last[1].is_empty() {
        return None;
    }
    let cells = cell_texts(&left[row..]);
    let own = cells.len().checked_sub(1)?;
    let text = match TABLE.find_iter(&left.as_bytes()[..row]).last() {
        Some(table) => &left[table.start()..row],
        None if head.len() < left.len() => &left[..row],
        None => head,
    };
    // Headings, or else the cells of the first row.
    let heads = CELL.captures_iter(text.as_bytes());
    let heading = heads
        .into_iter()
        .find_map(|cell| cell.get(1).and(cell.get(0)).map(|cell| cell.start()));
    let top = match heading {
        Some(heading) => heading,
        None => ROW.find(text.as_bytes())?.start(),
    };
    let top = text.get(top..)?;
    let end = ROW.captures_iter(top.as_bytes()).find_map(|row| {
        let is_end = !row[1].is_empty();
        is_end.then(|| row.get(0).map(|end| end.start())).flatten()
    });
    let names = cell_texts(top.get(..end?)?);
    let is_free = heading.is_some() || names.iter().any(|name| vocabulary::mentions_ours(name));
    if heading.is_none() && !are_names(&names, is_free) {
        return None;
    }
    Some(Row::new(names, own)?.titled(&cells))
}

/// The texts of the cells of a row of elements.
fn cell_texts(row: &str) -> Vec<String> {
    let starts: Vec<usize> = CELL
        .find_iter(row.as_bytes())
        .map(|cell| cell.start())
        .collect();
    let ends = starts.iter().skip(1).copied().chain([row.len()]);
    let texts = starts.iter().zip(ends).map(|(start, end)| {
        let pieces = row[*start..end].split('<');
        let text: String = pieces
            .map(|piece| piece.split_once('>').map_or("", |(_, text)| text))
            .collect();
        clean(&text)
    });
    texts.take(MAX_COLUMNS).collect()
}
