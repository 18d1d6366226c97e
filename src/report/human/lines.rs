//! Lines for people: wrapped, coloured, counted.

use std::io::{self, Write};

use colored::{Color, Colorize};

/// Entries of a list that are shown unless everything is asked for.
pub const SHOWN: usize = 20;
/// Lines narrower than this would break more than they would fit.
pub const MIN_WIDTH: usize = 60;

pub fn write_rest(
    count: usize,
    shown: usize,
    indent: usize,
    what: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Some(rest) = count.checked_sub(shown).filter(|rest| *rest > 0) else {
        return Ok(());
    };
    let plural = if rest == 1 { "" } else { "s" };
    let object = if rest == 1 { "it too" } else { "them all" };
    writeln!(
        out,
        "{:indent$}and {rest} more {what}{plural}; --verbose lists {object}",
        ""
    )
}

pub fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return count(bytes as usize, "byte");
    }
    let mut value = bytes as f64;
    let mut unit = "";
    for next in UNITS {
        if value < 1000.0 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    format!("{value:.1} {unit}")
}

pub fn write_wrapped(lead: &str, text: &str, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let indent = lead.chars().count();
    for (number, line) in wrap(text, width.saturating_sub(indent).max(20))
        .iter()
        .enumerate()
    {
        match number {
            0 => writeln!(out, "{lead}{line}")?,
            _ => writeln!(out, "{:indent$}{line}", "")?,
        }
    }
    Ok(())
}

/// The words of a text in lines of at most `width` characters.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is a line");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines
}

/// Colours, or none.
pub struct Paint {
    pub color: bool,
}

impl Paint {
    pub fn as_color(&self, text: &str, color: Color) -> String {
        self.painted(text, |text| text.color(color).to_string())
    }

    pub fn bold(&self, text: &str, color: Color) -> String {
        self.painted(text, |text| text.color(color).bold().to_string())
    }

    pub fn dim(&self, text: &str) -> String {
        self.painted(text, |text| text.dimmed().to_string())
    }

    fn painted(&self, text: &str, paint: impl Fn(&str) -> String) -> String {
        if !self.color {
            return text.to_owned();
        }
        // Whether to use colour was decided already; the crate must not ask again.
        colored::control::set_override(true);
        paint(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_wrapped_at_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("unbreakable", 3), ["unbreakable"]);
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(size(1), "1 byte");
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(12_345), "12.3 kB");
        assert_eq!(size(1_300_000_000), "1.3 GB");
    }

    #[test]
    fn what_a_list_leaves_out_is_counted() {
        let rest = |count, shown| {
            let mut out = Vec::new();
            write_rest(count, shown, 2, "place", &mut out).expect("memory can be written");
            String::from_utf8(out).expect("the line is UTF-8")
        };
        assert_eq!(rest(20, 20), "");
        assert_eq!(rest(21, 20), "  and 1 more place; --verbose lists it too\n");
        assert_eq!(
            rest(27, 20),
            "  and 7 more places; --verbose lists them all\n"
        );
    }
}
