//! The folders in `fixtures`: everything in `leaks` is found, nothing in `clean` is.
//!
//! Their files hold placeholders; the tests expand them into a copy.

use std::fs;
use std::path::Path;

use crate::support::Project;

fn copy_of(folder: &str) -> (Project, Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(folder);
    let mut project = Project::new();
    let mut names = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the fixtures can be read") {
            let path = entry.expect("the fixtures can be listed").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path
                .strip_prefix(&root)
                .expect("it is below the root")
                .to_string_lossy()
                .into_owned();
            project = project.file(
                &name,
                &fs::read_to_string(&path).expect("a fixture is text"),
            );
            names.push(name);
        }
    }
    names.sort();
    (project, names)
}

#[test]
fn every_leak_is_found() {
    let (project, names) = copy_of("leaks");
    assert!(names.len() >= 10, "{names:?}");
    let places = project.audit(&["."]).places();
    for name in names {
        assert!(
            places
                .iter()
                .any(|place| place.starts_with(&format!("{name}:"))),
            "{name} in {places:#?}"
        );
    }
}

#[test]
fn what_is_clean_stays_quiet() {
    let (project, names) = copy_of("clean");
    assert!(names.len() >= 8, "{names:?}");
    let run = project.audit(&["."]);
    assert_eq!((run.code, run.places()), (0, vec![]));
}
