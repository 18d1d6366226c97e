//! What the files of the program need of each other: arrows lead one way, from what is run
//! down to the values, and no two files need each other, but for a folder and what is in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

/// Where the tests of a file begin.
static TESTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"#\[cfg\(test\)\]\n(pub )?mod \w+ \{").expect("it is a regular expression")
});

/// The program from top to bottom. What stands in one line may need what stands in the lines
/// below it.
const LAYERS: [&str; 19] = [
    "main",
    "lib",
    "command",
    "config",
    "cli",
    "suppress",
    "engine",
    "source",
    "verify",
    "report",
    "detect",
    "score",
    "context",
    "encoding",
    "container",
    "rule",
    "prefilter",
    "model",
    "system",
];

/// Lines of a file before its tests.
const MOST_LINES: usize = 600;

/// The files of the program by their names as modules, `encoding::hex`, each up to its tests.
fn modules() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let source = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    modules_in(source, "", &mut all);
    all
}

fn modules_in(folder: &Path, name: &str, out: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("it is a folder") {
        let path = entry.expect("it can be read").path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let own = match (name, &*stem) {
            (_, "mod") => name.to_owned(),
            ("", stem) => stem.to_owned(),
            (name, stem) => format!("{name}::{stem}"),
        };
        match path.is_dir() {
            true => modules_in(&path, &own, out),
            false => {
                let text = fs::read_to_string(&path).expect("it is a text");
                let end = TESTS.find(&text).map_or(text.len(), |tests| tests.start());
                out.insert(own, text[..end].to_owned());
            }
        }
    }
}

/// The paths that an import names: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn paths(import: &str, before: &str, out: &mut Vec<String>) {
    let import = import.trim();
    let Some((first, rest)) = import.split_once('{') else {
        return out.push(format!("{before}{import}"));
    };
    let inner = rest.trim_end().trim_end_matches('}');
    let (mut depth, mut start) = (0, 0);
    for (at, sign) in inner.char_indices().chain([(inner.len(), ',')]) {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let part = &inner[start..at];
                if !part.trim().is_empty() {
                    paths(part, &format!("{before}{first}"), out);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// The module that a path begins with, seen from another one.
fn module(path: &str, from: &str, all: &BTreeMap<String, String>) -> Option<String> {
    let mut parts: Vec<&str> = path.split("::").collect();
    let mut base: Vec<&str> = from.split("::").collect();
    match parts.first() {
        Some(&"crate") => base.clear(),
        Some(&"super") => {
            let ups = parts.iter().take_while(|part| **part == "super").count();
            base.truncate(base.len().checked_sub(ups)?);
            parts.drain(..ups - 1);
        }
        _ => return None,
    }
    base.extend(&parts[1..]);
    while !base.is_empty() && !all.contains_key(&base.join("::")) {
        base.pop();
    }
    (!base.is_empty()).then(|| base.join("::"))
}

/// What each file needs of others.
fn needs(all: &BTreeMap<String, String>) -> BTreeMap<&str, BTreeSet<String>> {
    let used = Regex::new(r"\b(?:use\s+([^;]+);|((?:crate|super)(?:::\w+)+))").expect("it is one");
    let mut needs: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, text) in all {
        let lines = text.lines().filter(|line| !line.trim().starts_with("//"));
        let text = lines.collect::<Vec<_>>().join("\n");
        let mut named = Vec::new();
        for found in used.captures_iter(&text) {
            let whole = found.get(1).or(found.get(2)).expect("it has one of them");
            paths(whole.as_str(), "", &mut named);
        }
        let others = named.iter().filter_map(|path| module(path, name, all));
        needs.insert(name, others.filter(|other| other != name).collect());
    }
    assert!(needs.values().map(BTreeSet::len).sum::<usize>() > 500);
    needs
}

#[test]
fn arrows_lead_from_what_is_run_down_to_the_values() {
    let all = modules();
    let layer = |name: &str| {
        let top = name.split("::").next().unwrap_or_default();
        let layer = LAYERS.iter().position(|layer| *layer == top);
        layer.unwrap_or_else(|| panic!("{top} has no place among the layers"))
    };
    let mut upward = BTreeSet::new();
    for (name, others) in needs(&all) {
        // What the fuzzer calls is no part of the program.
        if name.starts_with("fuzz") {
            continue;
        }
        let above = others.iter().filter(|other| layer(other) < layer(name));
        upward.extend(above.map(|other| (name.to_owned(), other.clone())));
    }
    assert!(upward.is_empty(), "{upward:#?}");
}

#[test]
fn no_file_is_too_long_to_be_read_at_once() {
    let all = modules();
    let long = all
        .iter()
        .filter(|(_, text)| text.lines().count() > MOST_LINES);
    let long: Vec<&str> = long.map(|(name, _)| name.as_str()).collect();
    assert!(long.is_empty(), "more than {MOST_LINES} lines: {long:?}");
}

#[test]
fn no_two_files_need_each_other() {
    let all = modules();
    let mut needs = needs(&all);
    for (name, others) in &mut needs {
        others.retain(|other| {
            !other.starts_with(&format!("{name}::")) && !name.starts_with(&format!("{other}::"))
        });
    }
    // What needs nothing that is left is taken away, until nothing is left.
    loop {
        let left: BTreeSet<&str> = needs.keys().copied().collect();
        let before = needs.len();
        needs.retain(|_, others| others.iter().any(|other| left.contains(other.as_str())));
        if needs.len() == before {
            break;
        }
    }
    // What is needed by nobody that is left is in no circle.
    loop {
        let needed: BTreeSet<String> = needs.values().flatten().cloned().collect();
        let before = needs.len();
        needs.retain(|name, _| needed.contains(*name));
        if needs.len() == before {
            break;
        }
    }
    assert!(needs.is_empty(), "{needs:#?}");
}
