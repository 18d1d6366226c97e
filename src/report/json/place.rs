//! The name of an input, and where in it something stands.

use serde::Serialize;

use crate::model::blob::Provenance;
use crate::model::location::Location;
use crate::report::redaction;

/// The name of an input. Two names that differ in bytes that are no UTF-8 would
/// read the same, so those have their bytes beside.
#[derive(Serialize)]
pub struct Place {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes_percent_encoded: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stdin: bool,
}

impl Place {
    /// The name of this input.
    pub fn of(provenance: &Provenance) -> Place {
        let not_utf8 = provenance.path().filter(|path| path.to_str().is_none());
        Place {
            path: redaction::name(provenance),
            path_bytes_percent_encoded: not_utf8.as_deref().map(redaction::percent_encoded),
            stdin: *provenance == Provenance::Stdin,
        }
    }
}

/// Where something stands, in lines and in bytes.
#[derive(Serialize)]
pub struct LocationEntry {
    line: u64,
    column: u64,
    end_line: u64,
    end_column: u64,
    byte_offset: u64,
    byte_length: u64,
}

impl LocationEntry {
    /// This place.
    pub fn of(location: Location) -> LocationEntry {
        LocationEntry {
            line: location.line,
            column: location.column,
            end_line: location.end_line,
            end_column: location.end_column,
            byte_offset: location.byte_offset,
            byte_length: location.byte_length,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf_8_has_its_bytes_beside() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let odd = Place::of(&Provenance::File(OsStr::from_bytes(b"a\xff").into()));
        assert_eq!(odd.path, "a\u{fffd}");
        assert_eq!(odd.path_bytes_percent_encoded.as_deref(), Some("a%FF"));
    }

    #[test]
    fn only_standard_input_is_marked_as_such() {
        let json = |provenance: &Provenance| {
            serde_json::to_string(&Place::of(provenance)).expect("a place is JSON")
        };
        assert_eq!(
            json(&Provenance::Stdin),
            r#"{"path":"<stdin>","stdin":true}"#
        );
        assert_eq!(
            json(&Provenance::File("<stdin>".into())),
            r#"{"path":"<stdin>"}"#
        );
    }
}
