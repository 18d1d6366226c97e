//! Columns that a statement or a sentence above the rows gives by their places.

use std::sync::LazyLock;

use regex::Regex;

use super::super::name::is_name_of_secret;
use super::{MAX_ROWS, Row, clean};

/// The variables of a shell that a line is read into, and what keeps its words apart.
static READ: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?mx)
        (?: ^ | [;&|(] | (?-u:\b)(?:do|then|until|while) [\x20\t] ) [\x20\t]*
        (?: IFS=(?<sign>\$?'[^']*'|"[^"]*"|[^\x20\t])? [\x20\t]+ )?
        read (?: [\x20\t]+ -[a-z]+ )* (?<names> (?: [\x20\t]+ [A-Za-z_][A-Za-z0-9_]* ){2,} )"#,
    )
    .expect("the pattern is tested")
});

/// `read -r USER NPSSO <<EOF` above `bob …`, `IFS=: read -r user npsso <<< "bob:…"`: the
/// variable that takes the value.
pub fn read_row(above: &str, row: &str) -> Option<Row> {
    let (command, cells) = match row.rsplit_once("<<<") {
        Some((command, cells)) => (command, cells.trim_start_matches([' ', '"', '\''])),
        None => (heredoc(above)?, row),
    };
    let read = READ.captures_iter(command).last()?;
    let names: Vec<String> = read["names"].split_whitespace().map(clean).collect();
    let sign = read.name("sign").map_or("", |sign| sign.as_str());
    let sign = sign.trim_matches(['$', '\'', '"']).replace("\\t", "\t");
    let place = match sign.is_empty() {
        true => {
            let ends = cells.is_empty() || cells.ends_with([' ', '\t']);
            ends.then(|| cells.split_whitespace().count())?
        }
        false => {
            let ends = cells.is_empty() || cells.ends_with(&sign);
            ends.then(|| cells.matches(&sign).count())?
        }
    };
    // The last one takes all that is left.
    let own = place.min(names.len() - 1);
    Row::new(names, own)
}

/// The command that a text is handed to which has not ended: its line, and of a loop that
/// ends there all lines above.
fn heredoc(above: &str) -> Option<&str> {
    let mut below: Vec<&str> = Vec::new();
    let mut start = above.len() + 1;
    for line in above.rsplit('\n').take(MAX_ROWS) {
        start -= line.len() + 1;
        let Some((command, marker)) = line.split_once("<<") else {
            below.push(line.trim());
            continue;
        };
        let marker = marker.trim_start_matches(['-', '~', ' ', '"', '\'', '\\']);
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let marker = &marker[..marker.find(|c| !is_part(c)).unwrap_or(marker.len())];
        let is_open = !marker.is_empty() && !below.contains(&marker);
        let first = match command.trim_end().ends_with("done") {
            true => 0,
            false => start,
        };
        return is_open.then(|| &above[first..start + command.len()]);
    }
    None
}

/// `each line: 1 user, 2 key of the device, 3 npsso` above `bob;…;…`
pub fn numbered_row(above: &str, row: &str, rest: &str, head: &str) -> Option<Row> {
    const SIGNS: [char; 5] = [';', ',', '\t', '|', ':'];
    let lines = above.rsplit('\n').take(MAX_ROWS);
    let lines = lines.chain(head.lines().take(10).filter(|_| !above.is_empty()));
    let mut legends = lines.filter_map(numbered_columns);
    legends.find_map(|columns| {
        SIGNS.into_iter().find_map(|sign| {
            let own = row.matches(sign).count();
            let ends = row.is_empty() || row.ends_with(sign);
            let count = own + 1 + rest.matches(sign).count();
            let fits = ends && count == columns.len();
            fits.then(|| Row::new(columns.clone(), own)).flatten()
        })
    })
}

/// The columns that a line numbers, one of them that of a secret.
fn numbered_columns(line: &str) -> Option<Vec<String>> {
    let start = line.find('1')?;
    let lead = &line[..start];
    // `column 1: user, column 2: npsso`
    let word = lead
        .trim_end()
        .rsplit(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or("");
    let mut columns = Vec::new();
    // What stands in brackets is said of the one before.
    let mut depth = 0usize;
    let items = line[start..].split(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && matches!(c, ',' | ';')
    });
    for (number, item) in (1..).zip(items) {
        let item = item.trim();
        let item = item.strip_prefix(word).unwrap_or(item).trim_start();
        let text = item.strip_prefix(&format!("{number}"))?;
        let text = text.trim_start_matches(['.', ')', '=', ':', ' ', '-']);
        let says = text.starts_with(char::is_alphabetic) && text.len() < item.len() - 1;
        says.then(|| columns.push(clean(text)))?;
    }
    let is_ours = |column: &String| {
        let words = column.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.into_iter().any(is_name_of_secret)
    };
    (columns.len() > 1 && columns.iter().any(is_ours)).then_some(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(row: Option<Row>) -> String {
        row.map_or(String::new(), |row| row.column().to_owned())
    }

    #[test]
    fn variables_are_read_in_their_order() {
        let of = |text: &str| {
            let (above, row) = text.rsplit_once('\n').unwrap_or(("", text));
            column(read_row(above, row))
        };
        assert_eq!(of("read -r USER NPSSO <<EOF\nbob "), "NPSSO");
        assert_eq!(of("read -r NPSSO USER <<-'EOF'\n"), "NPSSO");
        assert_eq!(
            of("while read -r a npsso; do x; done <<EOF\nb c\nd "),
            "npsso"
        );
        assert_eq!(of("while read -r a b npsso\ndo x\ndone << EOF\nb "), "b");
        assert_eq!(of("IFS=: read -r a npsso <<< \"bob:"), "npsso");
        assert_eq!(of("IFS=$'\\t' read -r a npsso b <<EOF\nx y\t"), "npsso");
        assert_eq!(of("IFS=, read -r a b <<EOF\nx,y "), "");
        // One that takes all, one that has ended, none.
        assert_eq!(of("read -r a npsso <<EOF\nx y z "), "npsso");
        assert_eq!(of("read -r a npsso <<EOF\nx y\nEOF\nx "), "");
        assert_eq!(of("read -r npsso <<EOF\n"), "");
        assert_eq!(of("cat <<EOF\nread a npsso\nx "), "");
        // A sentence, and a command of its own.
        assert_eq!(of("# read the docs before\ncat > x <<EOF\nnpsso: "), "");
        assert_eq!(of("read a b\ncat > x <<EOF\nnpsso: "), "");
        assert_eq!(of("// read the docs first\ncout << x;\nnpsso = "), "");
    }

    #[test]
    fn columns_are_numbered() {
        let of = |legend: &str, row: &str, rest: &str| column(numbered_row(legend, row, rest, ""));
        let legend = "Felder je Zeile: 1 Nutzer, 2 Schlüssel, 3 npsso (leer, wenn abgemeldet)";
        assert_eq!(of(legend, "bob;", ";"), "Schlüssel");
        assert_eq!(of(legend, "bob;x;", ""), "npsso (leer, wenn abgemeldet)");
        assert_eq!(of(legend, "bob;", ""), "");
        let legend = "# column 1: user; column 2: npsso";
        assert_eq!(of(legend, "bob | ", ""), "");
        assert_eq!(of(legend, "bob|", ""), "npsso");
        assert_eq!(of("1 a, 2 b", "x,", ""), "");
        assert_eq!(of("1. npsso and more", "", ","), "");
    }
}
