//! Where the text of a PDF document stands: what is apart is no word.
//!
//! Operators are those of section 9.3 and 9.4 of ISO 32000-1:2008.

use super::font::Extent;

/// A gap, in parts of the font's size, that is wider than one between letters.
const WORD_GAP: f64 = 0.2;
/// So far text may go back on its line, for kerning.
const KERNING: f64 = 0.3;
/// So far it may be raised or lowered in its line.
const RISE: f64 = 0.25;

/// What stands between two shown strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Nothing: they are one word.
    None,
    /// A blank.
    Blank,
    /// The end of a line.
    Line,
}

/// The text state and the text matrix.
pub struct Position {
    /// The matrix of the line: `a b c d e f`.
    line: [f64; 6],
    /// How far the line was written, and whether that is a guess.
    written: f64,
    is_guess: bool,
    size: f64,
    leading: f64,
    character_spacing: f64,
    word_spacing: f64,
    scale: f64,
    /// Where the last string ended; nowhere when that can't be compared.
    end: Option<(f64, f64)>,
    has_moved: bool,
}

const START: [f64; 6] = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

impl Default for Position {
    fn default() -> Position {
        Position {
            line: START,
            written: 0.0,
            is_guess: false,
            size: 1.0,
            leading: 0.0,
            character_spacing: 0.0,
            word_spacing: 0.0,
            scale: 1.0,
            end: None,
            has_moved: false,
        }
    }
}

impl Position {
    /// The size of the font.
    pub fn size(&self) -> f64 {
        self.size
    }

    /// Sets the size of the font, as a graphics state that is restored does.
    pub fn set_size(&mut self, size: f64) {
        self.size = size;
    }

    /// Does what an operator says that changes the position or the text state.
    pub fn operator(&mut self, operator: &[u8], numbers: &[f64]) {
        match (operator, numbers) {
            (b"BT", _) => self.begin(START),
            (b"Td", [x, y]) => self.shift(*x, *y),
            (b"TD", [x, y]) => {
                self.leading = -y;
                self.shift(*x, *y);
            }
            (b"T*", _) => self.shift(0.0, -self.leading),
            (b"Tm", [a, b, c, d, e, f]) => self.begin([*a, *b, *c, *d, *e, *f]),
            (b"Tf", [size]) => self.size = *size,
            (b"TL", [leading]) => self.leading = *leading,
            (b"Tc", [spacing]) => self.character_spacing = *spacing,
            (b"Tw", [spacing]) => self.word_spacing = *spacing,
            (b"Tz", [percent]) => self.scale = percent / 100.0,
            // Another system of coordinates.
            (b"cm" | b"Do", _) => {
                self.has_moved = true;
                self.end = None;
            }
            _ => {}
        }
    }

    fn begin(&mut self, line: [f64; 6]) {
        self.line = line;
        self.written = 0.0;
        self.has_moved = true;
    }

    fn shift(&mut self, x: f64, y: f64) {
        let [a, b, c, d, e, f] = self.line;
        self.begin([a, b, c, d, e + a * x + c * y, f + b * x + d * y]);
    }

    /// How far a string goes, or a number of an array moves what follows it.
    pub fn length(&self, extent: &Extent) -> f64 {
        let spacing = f64::from(extent.codes) * self.character_spacing
            + f64::from(extent.blanks) * self.word_spacing;
        (extent.width / 1000.0 * self.size + spacing) * self.scale
    }

    /// What stands between the last string and one that is shown now.
    pub fn gap(&self) -> Gap {
        if !self.has_moved {
            return Gap::None;
        }
        let Some((end_x, end_y)) = self.end.filter(|_| !self.is_guess) else {
            return Gap::Line;
        };
        let [a, b, c, d, ..] = self.line;
        let (x, y) = self.place();
        let (x, y) = (x - end_x, y - end_y);
        let determinant = a * d - b * c;
        let em = self.size.abs() * determinant;
        let (right, up) = ((d * x - c * y) / em, (a * y - b * x) / em);
        if up.abs() < RISE && (-KERNING..=WORD_GAP).contains(&right) {
            return Gap::None;
        }
        match up.abs() < RISE && right > 0.0 {
            true => Gap::Blank,
            false => Gap::Line,
        }
    }

    /// Goes to the end of what was shown.
    pub fn show(&mut self, length: f64, is_guess: bool) {
        if self.has_moved {
            self.is_guess = false;
        }
        self.has_moved = false;
        self.written += length;
        self.is_guess |= is_guess;
        self.end = Some(self.place());
    }

    fn place(&self) -> (f64, f64) {
        let [a, b, _, _, e, f] = self.line;
        (a * self.written + e, b * self.written + f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(operators: &[(&[u8], &[f64])]) -> Gap {
        let mut position = Position::default();
        position.operator(b"Tf", &[10.0]);
        position.operator(b"Tm", &[1.0, 0.0, 0.0, -1.0, 50.0, 60.0]);
        position.show(30.0, false);
        for (operator, numbers) in operators {
            position.operator(operator, numbers);
        }
        position.gap()
    }

    #[test]
    fn what_is_near_is_one_word() {
        assert_eq!(gap(&[]), Gap::None);
        assert_eq!(gap(&[(b"Td", &[30.5, 0.0])]), Gap::None);
        assert_eq!(gap(&[(b"Td", &[29.0, 1.0])]), Gap::None);
        assert_eq!(gap(&[(b"Td", &[33.0, 0.0])]), Gap::Blank);
        assert_eq!(gap(&[(b"Td", &[0.0, 0.0])]), Gap::Line);
        assert_eq!(gap(&[(b"Td", &[30.0, -12.0])]), Gap::Line);
        assert_eq!(gap(&[(b"TL", &[12.0]), (b"T*", &[])]), Gap::Line);
        let right: (&[u8], &[f64]) = (b"Tm", &[1.0, 0.0, 0.0, -1.0, 80.0, 60.0]);
        assert_eq!(gap(&[(b"BT", &[]), right]), Gap::None);
        assert_eq!(gap(&[(b"cm", &[]), right]), Gap::Line);
    }
}
