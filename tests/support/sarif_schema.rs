//! The official SARIF 2.1.0 schema.

use std::process::Command;

use serde_json::Value;

/// What the schema has against a report; nothing when it is valid.
///
/// The schema is the copy that the crate `serde-sarif` is generated from, so
/// none has to be kept here.
pub fn violations(sarif: &Value) -> Vec<String> {
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&official_schema())
        .expect("the official schema is a schema");
    validator
        .iter_errors(sarif)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

fn official_schema() -> Value {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--offline",
            "--filter-platform",
            &host(),
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let metadata: Value =
        serde_json::from_slice(&output.stdout).expect("cargo prints its metadata as JSON");
    let manifest = metadata["packages"]
        .as_array()
        .and_then(|packages| {
            packages
                .iter()
                .find(|package| package["name"] == "serde-sarif")
        })
        .and_then(|package| package["manifest_path"].as_str())
        .expect("serde-sarif is a dependency");
    let schema = std::path::Path::new(manifest)
        .with_file_name("src")
        .join("schema.json");
    let text =
        std::fs::read_to_string(schema).expect("the crate has the schema it is generated from");
    let mut schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    // The pattern for languages has a stray bracket, which browsers forgive and
    // strict regular expressions don't. No report of ours names a language.
    for definition in ["run", "toolComponent"] {
        if let Some(language) =
            schema["definitions"][definition]["properties"]["language"].as_object_mut()
        {
            language.remove("pattern");
        }
    }
    schema
}

/// Only the crates of this platform are sure to have been downloaded.
fn host() -> String {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let output = Command::new(rustc).arg("-vV").output().expect("rustc runs");
    let text = String::from_utf8(output.stdout).expect("rustc prints text");
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc says what it runs on").to_owned()
}
