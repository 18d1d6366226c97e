//! The data-exposure table.

use std::io::{self, Write};

use colored::Color;

use super::lines::{MIN_WIDTH, Paint, wrap, write_wrapped};
use crate::model::exposure::{self, Access, DataPoint, Origin, Severity};
use crate::model::secret::SecretKind;
use crate::report::Style;

/// Writes what a leaked secret of these kinds lets its holder read or do.
pub fn write_exposure_table(
    kinds: &[SecretKind],
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let columns = Columns::within(style.width);
    for kind in kinds {
        let paint = Paint { color: style.color };
        let title = format!("What a holder of this {} can do", kind.id());
        writeln!(out, "{}", paint.bold(&title, Color::White))?;
        for row in exposure::TABLE {
            write_row(row, *kind, columns, style, out)?;
        }
        write_wrapped(
            "  + ",
            "added from public evidence; the other rows are those of the published table",
            style.width,
            out,
        )?;
        writeln!(out)?;
    }
    if kinds.is_empty() {
        return Ok(());
    }
    // The risk is the same for every kind, so it is said once.
    write_wrapped("", exposure::SOCIAL_ENGINEERING, style.width, out)?;
    writeln!(out)
}

/// How the table shares out a line: two blanks, the mark of an addition, the
/// name, the severity, and what a holder can do.
#[derive(Clone, Copy)]
struct Columns {
    name: usize,
    wording: usize,
}

impl Columns {
    const MARK: usize = 4;
    const SEVERITY: usize = 8;
    const GAP: usize = 2;

    fn within(width: usize) -> Columns {
        let longest = exposure::TABLE
            .iter()
            .map(|row| row.name.chars().count())
            .max()
            .unwrap_or(0);
        let fixed = Columns::MARK + Columns::GAP + Columns::SEVERITY + Columns::GAP;
        let free = width.max(MIN_WIDTH) - fixed;
        let name = longest.min(free / 2);
        Columns {
            name,
            wording: free - name,
        }
    }
}

fn write_row(
    row: &DataPoint,
    kind: SecretKind,
    columns: Columns,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let paint = Paint { color: style.color };
    let reach = row.reach(kind);
    let color = match (reach.access, row.severity) {
        (Access::NotExposed, _) => Color::Green,
        (Access::NoEvidence, _) => Color::White,
        (_, Severity::Critical | Severity::High) => Color::Red,
        _ => Color::Yellow,
    };
    let severity = match reach.access {
        Access::Exposed | Access::Partial => row.severity.id(),
        Access::NoEvidence | Access::NotExposed => "",
    };
    let mark = match row.origin {
        Origin::PublishedYes | Origin::PublishedNo => " ",
        Origin::Addition => "+",
    };
    let names = wrap(row.name, columns.name);
    let wordings = wrap(reach.wording, columns.wording);
    for number in 0..names.len().max(wordings.len()) {
        let (mark, severity) = match number {
            0 => (mark, severity),
            _ => (" ", ""),
        };
        let name = names.get(number).map_or("", String::as_str);
        let line = format!(
            "  {mark} {name:name_width$}  {severity:severity_width$}  ",
            name_width = columns.name,
            severity_width = Columns::SEVERITY,
        );
        match wordings.get(number) {
            Some(wording) => writeln!(out, "{line}{}", paint.as_color(wording, color))?,
            None => writeln!(out, "{}", line.trim_end())?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(width: usize) -> String {
        let style = Style {
            color: false,
            verbose: false,
            quiet: false,
            width,
        };
        let mut out = Vec::new();
        write_exposure_table(&SecretKind::ALL, style, &mut out).expect("memory can be written");
        String::from_utf8(out).expect("the table is UTF-8")
    }

    #[test]
    fn the_table_fits_into_its_width() {
        for width in 60..=160 {
            let text = table(width);
            assert!(
                text.lines().all(|line| line.chars().count() <= width),
                "{width}: {text}"
            );
        }
        assert!(table(120).contains("+ Voucher codes and billing info in transactions  high"));
        assert!(table(0).contains("Real Name"));
    }

    #[test]
    fn the_risk_is_said_once_for_all_kinds() {
        assert_eq!(table(120).matches("social engineering").count(), 1);
    }
}
