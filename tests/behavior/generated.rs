//! Values are bound to their own names in thousands of texts that a grammar makes.

use crate::support::Project;
use crate::support::grammar::{self, Case, Truth};

/// Cases of a run in continuous integration.
const SMALL: usize = 1500;
const SEED: u64 = 15;

/// What is wrong with the cases that a seed makes, one line each.
fn wrong(seed: u64, count: usize) -> (usize, Vec<String>) {
    let cases: Vec<Case> = (0..count)
        .map(|number| grammar::case(seed, number))
        .collect();
    let mut project = Project::new();
    for (number, case) in cases.iter().enumerate() {
        project = project.file(&format!("{number:06}/{}", case.path), &case.text);
    }
    let run = project.audit(&["--show-secrets", "."]);
    let found: std::collections::HashMap<String, String> = run
        .findings()
        .iter()
        .filter_map(|finding| {
            let secret = finding["secret"].as_str()?.to_owned();
            let confidence = finding["exposures"][0]["confidence"].as_str()?.to_owned();
            Some((secret, confidence))
        })
        .collect();
    // Who is too unlikely to be random is turned down whatever its name is: such a value
    // says nothing about names.
    let control = Project::new();
    let names = cases.iter().flat_map(|case| &case.values);
    let control = names.fold(control, |project, (name, _)| {
        project.file(
            &format!("{name}.env"),
            &format!("NPSSO={{{{npsso:{name}}}}}\n"),
        )
    });
    let places = control.audit(&["."]).places();
    let is_random = |name: &str| {
        places
            .iter()
            .any(|place| place.starts_with(&format!("{name}.env:")))
    };
    let mut values = 0;
    let mut wrong = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        for (name, truth) in &case.values {
            values += 1;
            let secret = crate::support::expand(&format!("{{{{npsso:{name}}}}}"));
            let confidence = found.get(&secret).map_or("quiet", String::as_str);
            let expected = match truth {
                Truth::High => "high",
                Truth::Quiet => "quiet",
            };
            if confidence != expected && (confidence != "quiet" || is_random(name)) {
                wrong.push(format!(
                    "case {number}, {}: {name} is {expected}, but was {confidence}:\n{}",
                    case.kind, case.text
                ));
            }
        }
    }
    (values, wrong)
}

#[test]
fn values_are_bound_to_their_own_names_in_generated_texts() {
    let (values, wrong) = wrong(SEED, SMALL);
    assert!(values > SMALL, "{values} values");
    assert!(
        wrong.is_empty(),
        "{} of {values} values:\n{}",
        wrong.len(),
        wrong
            .iter()
            .take(12)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
}

/// `GENERATED=20000 SEED=7 cargo test --release --test behavior -- --ignored --nocapture many_generated`
#[test]
#[ignore = "takes minutes; by hand, with other seeds"]
fn many_generated_texts() {
    let number = |name: &str, default: u64| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    let (seed, count) = (number("SEED", 7), number("GENERATED", 20_000) as usize);
    let (values, wrong) = wrong(seed, count);
    for line in wrong.iter().take(60) {
        println!("{line}");
    }
    println!(
        "seed {seed}: {} of {values} values in {count} texts are not as they should be",
        wrong.len()
    );
    assert!(wrong.len() * 200 < values, "more than one in 200");
}
