//! The report for code scanning: SARIF 2.1.0, as GitHub accepts it.
//!
//! What GitHub asks for beyond the standard: relative URIs, all four region
//! fields, a `security-severity` that is a string, a help text that is not
//! empty, and at most 25,000 results a run.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Location, LogicalLocation, Message, MultiformatMessageString,
    Notification, PhysicalLocation, PropertyBag, Region, ReportingConfiguration,
    ReportingDescriptor, Result as SarifResult, ResultLevel, Run, RunAutomationDetails,
    Suppression as SarifSuppression, Tool, ToolComponent,
};
use sha2::{Digest, Sha256};

use super::{LineHashes, MAX_REFS, cookie, name};
use crate::model::audit::Audit;
use crate::model::blob::{GitObject, Provenance};
use crate::model::cookie::{Cookie, Expires};
use crate::model::date;
use crate::model::exposure::{self, Access, Origin};
use crate::model::finding::{Commit, Confidence, Exposure, Finding, History, Presence};
use crate::model::layer::{Layer, is_in_member, member_path};
use crate::model::liveness::Liveness;
use crate::model::secret::{Fingerprint, SecretKind};
use crate::model::suppression::{By, Suppression};
use crate::rule::{Rule, RuleSet};

/// Results that GitHub takes in one run.
const MAX_RESULTS: usize = 25_000;
/// Notifications say enough long before a report gets too large to upload.
const MAX_NOTIFICATIONS: usize = 1_000;
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// The name of the folder that URIs are relative to; which folder that is, only
/// the reader of the report knows.
const ROOT: &str = "%SRCROOT%";

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

fn message(text: impl Into<String>) -> Message {
    Message::builder().text(text.into()).build()
}

fn text(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder()
        .text(text.trim())
        .build()
}

fn descriptor(rule: &Rule) -> ReportingDescriptor {
    let help = format!("{}\n\n{}", rule.description.trim(), rule.remedy.trim());
    let help = MultiformatMessageString::builder()
        .text(help)
        .markdown(help_markdown(rule))
        .build();
    let properties = BTreeMap::from([
        (
            "security-severity".to_owned(),
            json!(security_severity(rule.kind, rule.confidence)),
        ),
        ("precision".to_owned(), json!(precision(rule.confidence))),
        (
            "problem.severity".to_owned(),
            json!(level(rule.confidence).to_string()),
        ),
    ]);
    let tags = [
        "security",
        "secret",
        "credential",
        "playstation",
        rule.kind.id(),
        "external/cwe/cwe-798",
    ];
    let properties = PropertyBag::builder()
        .tags(tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>())
        .additional_properties(properties)
        .build();
    ReportingDescriptor::builder()
        .id(&*rule.id)
        .name(pascal_case(&rule.id))
        .short_description(text(&shortened(&rule.title)))
        .full_description(text(&shortened(&rule.description)))
        .help(help)
        .default_configuration(
            ReportingConfiguration::builder()
                .level(json!(level(rule.confidence).to_string()))
                .build(),
        )
        .properties(properties)
        .build()
}

/// GitHub cuts descriptions at 1,024 characters.
fn shortened(text: &str) -> String {
    text.trim().chars().take(1_000).collect()
}

fn pascal_case(id: &str) -> String {
    id.split(['-', '_'])
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_uppercase().chain(letters).collect::<String>())
                .unwrap_or_default()
        })
        .collect()
}

fn help_markdown(rule: &Rule) -> String {
    let mut out = format!(
        "{}\n\n**What to do.** {}\n\n",
        rule.description.trim(),
        rule.remedy.trim()
    );
    out.push_str("| Data point | A holder of this secret | Severity |\n| --- | --- | --- |\n");
    for row in exposure::TABLE {
        let reach = row.reach(rule.kind);
        let severity = match reach.access {
            Access::Exposed | Access::Partial => row.severity.id(),
            Access::NoEvidence | Access::NotExposed => "",
        };
        let mark = if row.origin == Origin::Addition {
            " (addition)"
        } else {
            ""
        };
        out.push_str(&format!(
            "| {}{mark} | {} | {severity} |\n",
            row.name, reach.wording
        ));
    }
    out.push_str(&format!("\n{}\n\n", exposure::SOCIAL_ENGINEERING));
    for (number, step) in exposure::remedy(rule.kind).iter().enumerate() {
        out.push_str(&format!("{}. {step}\n", number + 1));
    }
    for reference in &rule.references {
        out.push_str(&format!("\n<{reference}>"));
    }
    out
}

fn level(confidence: Confidence) -> ResultLevel {
    match confidence {
        Confidence::High | Confidence::Medium => ResultLevel::Error,
        Confidence::Low => ResultLevel::Note,
    }
}

fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "very-high",
        Confidence::Medium => "high",
        Confidence::Low => "low",
    }
}

/// On GitHub's scale, where critical begins above 9.0. An NPSSO is the account;
/// a store session is its purchases and its wallet.
fn security_severity(kind: SecretKind, confidence: Confidence) -> &'static str {
    match (kind, confidence) {
        (SecretKind::Npsso, Confidence::High) => "9.8",
        (SecretKind::Npsso, Confidence::Medium) => "9.1",
        (SecretKind::PdccwsP, Confidence::High) => "8.8",
        (SecretKind::PdccwsP, Confidence::Medium) => "8.1",
        (_, Confidence::Low) => "4.0",
    }
}

/// Nothing ranks higher than a secret that its issuer accepts.
fn rank(confidence: Confidence, is_live: bool) -> f64 {
    match confidence {
        _ if is_live => 100.0,
        Confidence::High => 95.0,
        Confidence::Medium => 80.0,
        Confidence::Low => 20.0,
    }
}

fn is_live(finding: &Finding) -> bool {
    finding.liveness.is_some_and(Liveness::is_live)
}

/// What to do, in a sentence or two: an alert is short.
fn advice(finding: &Finding) -> String {
    let usual = "Sign out of the session and change the password; removing it from the file alone revokes nothing.";
    let Some(liveness) = finding.liveness else {
        return usual.to_owned();
    };
    let (urgency, steps) = exposure::remedy_for(finding.kind, liveness);
    match liveness.is_rejected() {
        true => format!("{urgency} {}", steps[0]),
        false => format!("{urgency} {usual}"),
    }
}

/// What its issuer says.
fn liveness_properties(liveness: Liveness) -> BTreeMap<String, Value> {
    let mut properties = BTreeMap::from([("liveness".to_owned(), json!(liveness.id()))]);
    if let Some(why) = liveness.why() {
        properties.insert("livenessWhy".to_owned(), json!(why));
    }
    let (name, time) = match liveness {
        Liveness::Live { expires } => ("expiresAt", expires),
        Liveness::Unknown { retry_at, .. } => ("retryAt", retry_at),
        Liveness::Rejected { .. } => return properties,
    };
    if let Some(time) = time.and_then(date::rfc3339) {
        properties.insert(name.to_owned(), json!(time));
    }
    properties
}

fn result(
    finding: &Finding,
    exposure: &Exposure,
    audit: &Audit,
    rules: &[&Rule],
    line_hash: String,
) -> SarifResult {
    let (kind, fingerprint) = (finding.kind, finding.fingerprint.as_str());
    // Without the clock, so that the message is the same in every run.
    let stands = exposure.cookie.as_ref().map(|it| {
        let words = cookie::words(it, None);
        format!(" It stands there as a {words}.")
    });
    let says = format!(
        "Leaked {}: {} ({fingerprint}), {} confidence.{} {}",
        kind.title(),
        finding.secret.redacted(),
        exposure.confidence.id(),
        stands.unwrap_or_default(),
        advice(finding)
    );
    let fingerprints = BTreeMap::from([
        ("primaryLocationLineHash".to_owned(), line_hash),
        ("npssoAudit/v1".to_owned(), fingerprint.to_owned()),
    ]);
    let mut properties = BTreeMap::from([
        ("kind".to_owned(), json!(kind.id())),
        ("confidence".to_owned(), json!(exposure.confidence.id())),
        ("fingerprint".to_owned(), json!(fingerprint)),
        ("redacted".to_owned(), json!(finding.secret.redacted())),
        ("presence".to_owned(), json!(exposure.presence().id())),
    ]);
    properties.extend(finding.liveness.into_iter().flat_map(liveness_properties));
    if !exposure.inside.is_empty() {
        let layers: Vec<&str> = exposure.inside.iter().map(Layer::id).collect();
        properties.insert("layers".to_owned(), json!(layers));
    }
    if let Some(cookie) = &exposure.cookie {
        properties.insert("cookie".to_owned(), cookie_properties(cookie));
    }
    if let Some(history) = &exposure.history {
        properties.insert("git".to_owned(), git_properties(exposure, history));
    }
    let index = rules
        .iter()
        .position(|rule| rule.id == exposure.rule)
        .unwrap_or(0);
    // What the tree does not hold any more is no error of this commit.
    let level = match (level(exposure.confidence), exposure.presence()) {
        _ if is_live(finding) => ResultLevel::Error,
        (ResultLevel::Error, Presence::History | Presence::Unreachable) => ResultLevel::Warning,
        (level, _) => level,
    };
    let mut result = SarifResult::builder()
        .rule_id(&*exposure.rule)
        .rule_index(index as i64)
        .level(level)
        .rank(rank(exposure.confidence, is_live(finding)))
        .message(message(says))
        .locations(vec![location(&exposure.provenance, Some(exposure), audit)])
        .partial_fingerprints(fingerprints)
        .properties(
            PropertyBag::builder()
                .additional_properties(properties)
                .build(),
        )
        .build();
    result.suppressions = exposure
        .suppression
        .as_deref()
        .map(|it| vec![suppression(it)]);
    result.baseline_state = audit.settings.has_baseline.then(|| {
        let known = exposure.suppression.as_ref();
        match known.is_some_and(|it| it.by == By::Baseline) {
            true => json!("unchanged"),
            false => json!("new"),
        }
    });
    result
}

/// Why a place is not new.
fn suppression(suppression: &Suppression) -> SarifSuppression {
    let title = suppression.title();
    let reason = suppression.reason.as_deref().unwrap_or(&title);
    let until = suppression.until.as_ref();
    let until = until.map_or_else(String::new, |until| format!(" (until {until})"));
    SarifSuppression::builder()
        .kind(json!(match suppression.by {
            By::Pragma | By::ForeignPragma => "inSource",
            By::Allow | By::Baseline | By::Place => "external",
        }))
        .status(json!("accepted"))
        .justification(name::redacted(&format!(
            "{reason}{until}; {}",
            suppression.place
        )))
        .build()
}

/// What the place says of the cookie that it is there.
fn cookie_properties(cookie: &Cookie) -> Value {
    let mut properties = serde_json::Map::new();
    if let Some(domain) = &cookie.domain {
        properties.insert("domain".to_owned(), json!(domain.as_str()));
    }
    let (name, value) = match cookie.expires {
        Some(Expires::At(seconds)) => ("expires", json!(date::rfc3339(seconds))),
        Some(Expires::After(seconds)) => ("maxAgeSeconds", json!(seconds)),
        Some(Expires::WithSession) => ("session", json!(true)),
        None => return Value::Object(properties),
    };
    properties.insert(name.to_owned(), value);
    Value::Object(properties)
}

/// Where git has it. The author is left out: alerts are read by many.
fn git_properties(exposure: &Exposure, history: &History) -> Value {
    let object = match &*exposure.provenance {
        Provenance::Object(object) => Some(object),
        _ => None,
    };
    let commit = |commit: &Commit| json!({ "id": commit.id, "authorDate": commit.date });
    let paths = history.paths.iter().map(|path| percent_encoded_name(path));
    json!({
        "object": object.map(|object| &object.id),
        "objectKind": object.map(|object| object.kind.id()),
        "objects": history.objects,
        "paths": paths.collect::<Vec<_>>(),
        "firstCommit": history.first.as_ref().map(commit),
        "lastCommit": history.last.as_ref().map(commit),
        "refs": history.refs.iter().take(MAX_REFS).map(name::redacted).collect::<Vec<_>>(),
        "refsLeftOut": history.refs.len().saturating_sub(MAX_REFS),
        "inReflog": history.in_reflog,
        "inHead": history.in_head,
        "inIndex": history.in_index,
    })
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

fn location(provenance: &Provenance, exposure: Option<&Exposure>, audit: &Audit) -> Location {
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
    let Some(path) = path.map(|path| name::redacted(&path)) else {
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
fn uri(provenance: &Provenance, base: &Path) -> String {
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
    percent_encoded_name(relative)
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

/// A path with forward slashes, without secrets, and with everything
/// percent-encoded that a URI does not take, byte by byte.
pub fn percent_encoded_name(path: &Path) -> String {
    let bytes = name::path_bytes(path);
    #[cfg(windows)]
    let bytes: Vec<u8> = bytes
        .iter()
        .map(|byte| if *byte == b'\\' { b'/' } else { *byte })
        .collect();
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn invocation(audit: &Audit, left_out: usize) -> Invocation {
    let notify = |level: &str, text: String, provenance: Option<&Provenance>| {
        let builder = Notification::builder()
            .level(Value::from(level))
            .message(message(text));
        match provenance {
            Some(provenance) => builder
                .locations(vec![location(provenance, None, audit)])
                .build(),
            None => builder.build(),
        }
    };
    let mut notifications = Vec::new();
    if left_out > 0 {
        let text =
            format!("{left_out} more places were found than a report for code scanning may hold");
        notifications.push(notify("error", text, None));
    }
    let skipped = audit.skipped.iter().map(|skipped| {
        let text = format!(
            "Not audited: {}. {}",
            skipped.reason.explain(),
            name::detail(skipped)
        );
        notify(
            "warning",
            text.trim_end().to_owned(),
            Some(&skipped.provenance),
        )
    });
    let notes = audit.notes.iter().map(|note| {
        let text = match note.detail.is_empty() {
            true => note.kind.explain().to_owned(),
            false => format!("{}: {}", note.kind.explain(), name::redacted(&note.detail)),
        };
        notify("note", text, Some(&note.provenance))
    });
    let accepted = audit.accepted.iter().map(|one| {
        let text = format!(
            "Accepted as unread: {}. {} ({}, {})",
            one.explanation,
            name::redacted(&one.detail),
            name::redacted(&one.reason),
            name::redacted(&one.place)
        );
        notify("note", text, Some(&one.provenance))
    });
    let entries = audit.skipped.len() + audit.notes.len() + audit.accepted.len();
    let all = skipped.chain(notes).chain(accepted);
    notifications.extend(all.take(MAX_NOTIFICATIONS));
    if entries > MAX_NOTIFICATIONS {
        let text = format!(
            "{} more inputs were not audited",
            entries - MAX_NOTIFICATIONS
        );
        notifications.push(notify("warning", text, None));
    }
    Invocation::builder()
        .execution_successful(!audit.is_incomplete())
        .properties(
            PropertyBag::builder()
                .additional_properties(invocation_properties(audit))
                .build(),
        )
        .exit_code(i64::from(audit.exit_code()))
        .tool_execution_notifications(notifications)
        .build()
}

/// How much was read, and what was left out on request.
fn invocation_properties(audit: &Audit) -> BTreeMap<String, Value> {
    let mut properties = BTreeMap::from([("complete".to_owned(), json!(audit.is_complete()))]);
    let settings = &audit.settings;
    if settings.only.is_empty() && settings.exclude.is_empty() {
        return properties;
    }
    for (key, globs) in [("only", &settings.only), ("exclude", &settings.exclude)] {
        let globs: Vec<String> = globs.iter().map(|glob| name::redacted(glob)).collect();
        properties.insert(key.to_owned(), json!(globs));
    }
    let left_out = audit.out_of_scope.all();
    let left_out = json!({
        "files": left_out.files,
        "folders": left_out.folders,
        "objects": left_out.objects,
    });
    properties.insert("leftOut".to_owned(), left_out);
    properties
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

    #[test]
    fn rule_names_are_readable() {
        assert_eq!(pascal_case("pdccws-p-named"), "PdccwsPNamed");
    }
}
