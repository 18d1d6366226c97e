//! Where code scanning shows something: a URI, a region in it, and the way into a container.

use std::fs;
use std::path::{Component, Path, PathBuf};

use serde_sarif::sarif::{ArtifactLocation, Location, LogicalLocation, PhysicalLocation, Region};

use crate::model::audit::Audit;
use crate::model::blob::{GitObject, Provenance};
use crate::model::finding::Exposure;
use crate::model::layer::{is_in_member, member_path};
use crate::report::redaction;

/// The name of the folder that URIs are relative to; which folder that is, only
/// the reader of the report knows.
pub const ROOT: &str = "%SRCROOT%";

/// Where an input is, and an exposure in it.
pub fn location(provenance: &Provenance, exposure: Option<&Exposure>, audit: &Audit) -> Location {
    let artifact = ArtifactLocation::builder()
        .uri(uri(provenance, &audit.base))
        .uri_base_id(ROOT)
        .build();
    let member = exposure.filter(|exposure| is_in_member(&exposure.inside));
    let physical = PhysicalLocation::builder().artifact_location(artifact);
    let physical = match exposure {
        Some(exposure) => physical.region(region(exposure)).build(),
        None => physical.build(),
    };
    let path = exposure.and_then(|exposure| member_path(&exposure.inside));
    // A compressed stream can have no name for what is in it.
    let path = path.or_else(|| member.map(|_| String::new()));
    let Some(path) = path.map(|path| redaction::text(&path)) else {
        return Location::builder().physical_location(physical).build();
    };
    let place = member.map_or_else(String::new, |exposure| {
        let (line, column) = (exposure.location.line, exposure.location.column);
        format!(":{line}:{column}")
    });
    let logical = LogicalLocation::builder()
        .name(&path)
        .fully_qualified_name(format!("{path}{place}"))
        .kind("resource")
        .build();
    Location::builder()
        .physical_location(physical)
        .logical_locations(vec![logical])
        .build()
}

/// Where in the file that it names a report shows an exposure.
fn region(exposure: &Exposure) -> Region {
    // The place in a member is no place in the container.
    let (start, end) = match exposure.in_input() {
        Some(at) => ((at.line, at.column), (at.end_line, at.end_column)),
        None => ((1, 1), (1, 2)),
    };
    Region::builder()
        .start_line(start.0 as i64)
        .start_column(start.1 as i64)
        .end_line(end.0 as i64)
        .end_column(end.1 as i64)
        .build()
}

/// The relative URI of an input: links are resolved, because code scanning
/// looks for the file itself in its checkout.
pub fn uri(provenance: &Provenance, base: &Path) -> String {
    let absolute = match provenance {
        Provenance::Stdin => return "stdin".to_owned(),
        Provenance::File(path) => real(path),
        Provenance::Object(object) => object_path(object),
    };
    let base = fs::canonicalize(base).unwrap_or_else(|_| base.to_path_buf());
    let relative = match absolute.strip_prefix(&base) {
        Ok(relative) if relative.as_os_str().is_empty() => Path::new("."),
        Ok(relative) => relative,
        // Not below the base: as a path from the root of the file system.
        Err(_) => absolute.strip_prefix("/").unwrap_or(&absolute),
    };
    redaction::percent_encoded(relative)
}

fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path)
        .or_else(|_| std::path::absolute(path))
        .unwrap_or_else(|_| path.to_path_buf())
}

/// Where an object is placed: at its file, whether that is still there or not;
/// a text, or content without a path, where git keeps it. It is the same place
/// in every run.
fn object_path(object: &GitObject) -> PathBuf {
    let repository = real(&object.repository);
    match &object.path {
        // Names that lead elsewhere can be made, and say nothing.
        Some(path) => path
            .components()
            .filter(|part| matches!(part, Component::Normal(_)))
            .fold(repository, |path, part| path.join(part)),
        None => {
            let git_dir = repository.join(".git");
            let git_dir = if git_dir.exists() {
                git_dir
            } else {
                repository
            };
            let (folder, name) = object.id.split_at_checked(2).unwrap_or(("", &object.id));
            git_dir.join("objects").join(folder).join(name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_relative_and_encoded() {
        let base = Path::new("/nowhere/repo");
        let file = |path: &str| uri(&Provenance::File(PathBuf::from(path)), base);
        assert_eq!(file("/nowhere/repo/a b/ü#?.env"), "a%20b/%C3%BC%23%3F.env");
        assert_eq!(file("/elsewhere/x.log"), "elsewhere/x.log");
        assert_eq!(uri(&Provenance::Stdin, base), "stdin");
    }
}
