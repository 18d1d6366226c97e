//! A rule as a report for code scanning describes it.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor, ResultLevel,
};

use crate::model::exposure::{self, Access, Origin};
use crate::model::finding::Confidence;
use crate::model::secret::SecretKind;
use crate::rule::Rule;

/// What a rule finds, how sure it is, and what to do about it.
pub fn descriptor(rule: &Rule) -> ReportingDescriptor {
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

fn text(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder()
        .text(text.trim())
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

/// How loudly a confidence is said.
pub fn level(confidence: Confidence) -> ResultLevel {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_names_are_readable() {
        assert_eq!(pascal_case("pdccws-p-named"), "PdccwsPNamed");
    }
}
