//! Names that touch a value: `npsso_T`, `/npsso/T`, and formats that give the length of a key.

use super::super::lexer::Kind;
use super::super::name::How;
use super::super::vocabulary;
use super::Climb;

impl Climb<'_> {
    /// `npsso_T…`, `/npsso/T…`: a name that touches the value.
    pub fn glued(&mut self) {
        let text = self.text;
        let Some(before) = text.value.checked_sub(1) else {
            return;
        };
        if text.token(text.value).is_spaced {
            return;
        }
        // `npsso_T.json`: a file is called so.
        if text.is(text.value + 1, ".")
            && text.touch(text.value, text.value + 1)
            && text.touch(text.value + 1, text.value + 2)
            && !text.is_one(before, &["/", "//"])
            && matches!(text.kind(before), Kind::Sign | Kind::Word)
            && !text.is_one(before, &["=", ":"])
        {
            self.names.push("filename", How::Glued);
        }
        match text.kind(before) {
            Kind::Sign if text.is_one(before, &["/", "//"]) => self.path(before),
            Kind::Sign if text.is_one(before, &["-", ".", "--"]) => {
                let word = before
                    .checked_sub(1)
                    .filter(|word| text.kind(*word) == Kind::Word && text.touch(*word, before));
                if let Some((start, name)) = word.and_then(|word| text.identifier(word)) {
                    self.names.push(name, How::Glued);
                    self.first = start;
                }
            }
            Kind::Word => {
                if let Some((start, name)) = text.identifier(before) {
                    self.names.push(name, How::Glued);
                    self.first = start;
                }
            }
            _ => {}
        }
    }

    /// `https://host/npsso/T…`: the parts of the path before the value. The host says
    /// who answers, not what the value is: Sony's own image servers have files whose
    /// names are 64 letters and digits.
    fn path(&mut self, slash: usize) {
        let text = self.text;
        let mut first = slash;
        while let Some(before) = first.checked_sub(1) {
            let belongs = text.touch(before, first)
                && match text.kind(before) {
                    Kind::Word => true,
                    Kind::Sign => text.is_one(
                        before,
                        &["/", "//", ":", ".", "-", "--", "%", "~", "@", "::"],
                    ),
                    _ => false,
                };
            if !belongs {
                break;
            }
            first = before;
        }
        if first == slash && (text.begins_line(slash) || text.is(slash, "//")) {
            return;
        }
        let path = text.text(first, slash);
        let url = path.split_once("://").map(|(_, rest)| rest);
        let path = match url {
            Some(rest) => rest.split_once('/').map_or("", |(_, path)| path),
            None => &path,
        };
        let segments: Vec<&str> = path
            .rsplit('/')
            .filter(|segment| !segment.is_empty())
            .take(2)
            .collect();
        if segments.is_empty() && url.is_some() {
            // Right after a host, the value is the name of something on it.
            self.names.push("url", How::Path);
        }
        for segment in segments {
            self.names.push(segment, How::Path);
            if !vocabulary::is_generic(segment) {
                break;
            }
        }
        if url.is_some() {
            // What stands before a link is about where it leads.
            self.names.push("url", How::Path);
        }
        self.first = first;
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::first_names;

    #[test]
    fn examples() {
        first_names(&[
            ("npsso_§", "npsso_ (touches the value)"),
            ("/npsso/§", "npsso (part of a path)"),
            ("https://host.example/npsso/v1/§", "v1 (part of a path)"),
            ("npsso_§.json", "filename (touches the value)"),
        ]);
    }
}
