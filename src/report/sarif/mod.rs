//! The report for code scanning: SARIF 2.1.0, as GitHub accepts it.
//!
//! What GitHub asks for beyond the standard: relative URIs, all four region
//! fields, a `security-severity` that is a string, a help text that is not
//! empty, and at most 25,000 results a run.

mod invocation;
mod place;
mod result;
mod rule;

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::json;
use serde_sarif::sarif::{
    ArtifactLocation, Message, Run, RunAutomationDetails, Tool, ToolComponent,
};
use sha2::{Digest, Sha256};

use self::invocation::invocation;
use self::place::{ROOT, uri};
use self::result::{is_live, result};
use self::rule::descriptor;
use super::LineHashes;
use crate::model::audit::Audit;
use crate::model::finding::{Exposure, Finding};
use crate::model::layer::{Layer, is_in_member, member_path};
use crate::model::secret::Fingerprint;
use crate::rule::{Rule, RuleSet};

/// Results that GitHub takes in one run.
const MAX_RESULTS: usize = 25_000;
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Writes the whole report. It holds no secret, whatever was asked for.
pub fn write(
    audit: &Audit,
    rules: &RuleSet,
    hashes: Option<&LineHashes>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rules: Vec<&Rule> = rules.iter().collect();
    let mut places: Vec<(&Finding, &Exposure)> = audit
        .findings
        .iter()
        .flat_map(|finding| {
            finding
                .exposures
                .iter()
                .map(move |exposure| (finding, exposure))
        })
        .collect();
    let left_out = places.len().saturating_sub(MAX_RESULTS);
    if left_out > 0 {
        // The sort is stable, so the order within a confidence stays that of the tree.
        places.sort_by_key(|(finding, exposure)| {
            let is_new = exposure.suppression.is_none();
            std::cmp::Reverse((is_live(finding), is_new, exposure.confidence))
        });
        places.truncate(MAX_RESULTS);
    }
    let driver = ToolComponent::builder()
        .name(env!("CARGO_PKG_NAME"))
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(
            rules
                .iter()
                .map(|rule| descriptor(rule))
                .collect::<Vec<_>>(),
        )
        .build();
    let root = ArtifactLocation::builder()
        .description(message("The folder that was audited"))
        .build();
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .automation_details(
            RunAutomationDetails::builder()
                .id(format!("npsso-audit/{}/", audit.settings.mode.id()))
                .build(),
        )
        .column_kind(json!("unicodeCodePoints"))
        .original_uri_base_ids(BTreeMap::from([(ROOT.to_owned(), root)]))
        .invocations(vec![invocation(audit, left_out)])
        .build();
    let results = Results {
        places: &places,
        audit,
        rules: &rules,
        hashes,
    };
    let report = Report {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [RunWithResults { run, results }],
    };
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, &report).map_err(io::Error::from)?;
    writeln!(out)?;
    out.flush()
}

/// The report as a whole.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [RunWithResults<'a>; 1],
}

#[derive(Serialize)]
struct RunWithResults<'a> {
    #[serde(flatten)]
    run: Run,
    results: Results<'a>,
}

/// The results, of which each is made when it is written: one takes kilobytes.
struct Results<'a> {
    places: &'a [(&'a Finding, &'a Exposure)],
    audit: &'a Audit,
    rules: &'a [&'a Rule],
    hashes: Option<&'a LineHashes>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut made = MadeHashes::default();
        serializer.collect_seq(self.places.iter().map(|(finding, exposure)| {
            // The lines of a member are none of its container's.
            let known = self
                .hashes
                .filter(|_| !is_in_member(&exposure.inside))
                .and_then(|hashes| hashes.get(&exposure.provenance, exposure.location.line));
            let hash = match known {
                Some(hash) => hash.to_owned(),
                None => made.next(
                    &finding.fingerprint,
                    uri(&exposure.provenance, &self.audit.base),
                    &exposure.inside,
                ),
            };
            result(finding, exposure, self.audit, self.rules, hash)
        }))
    }
}

/// Stand in for the hashes that code scanning computes where the file cannot be
/// read: made of the secret, so that an alert is stable all the same, and how
/// often it stood in the file before, so that two places are two alerts.
#[derive(Default)]
struct MadeHashes(BTreeMap<(String, String), u64>);

impl MadeHashes {
    fn next(&mut self, fingerprint: &Fingerprint, uri: String, inside: &[Layer]) -> String {
        let mut digest = Sha256::new();
        digest.update(fingerprint.as_str().as_bytes());
        if let Some(path) = member_path(inside) {
            digest.update(path.as_bytes());
        }
        let digest = digest.finalize();
        let hex: String = digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let count = self.0.entry((hex.clone(), uri)).or_default();
        *count += 1;
        format!("{hex}:{count}")
    }
}

fn message(text: impl Into<String>) -> Message {
    Message::builder().text(text.into()).build()
}
