//! Reports: what an audit found, written for people, programs and code scanning.
//!
//! A format only formats. It doesn't filter, sort or dedupe.

mod cookie;
pub mod human;
mod json;
mod line_hash;
pub mod purge;
pub mod redaction;
mod sarif;
pub mod terminal;

use std::io::{self, Write};

use crate::model::audit::Audit;
use crate::rule::RuleSet;

pub use line_hash::LineHashes;

/// Refs that a report for programs lists for one place.
const MAX_REFS: usize = 100;

/// The formats of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFormat {
    /// For people.
    Human,
    /// For programs.
    Json,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
}

/// How to write for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to use colour.
    pub color: bool,
    /// Whether to list everything.
    pub verbose: bool,
    /// Whether to say only what was found and what went wrong.
    pub quiet: bool,
    /// Characters in a line.
    pub width: usize,
}

/// Writes an audit in a format. `line_hashes` is needed for SARIF alone.
pub fn write(
    format: ReportFormat,
    audit: &Audit,
    rules: &RuleSet,
    line_hashes: Option<&LineHashes>,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        ReportFormat::Human => human::write(audit, rules, style, out),
        ReportFormat::Json => json::write(audit, out),
        ReportFormat::Sarif => sarif::write(audit, rules, line_hashes, out),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::audit::{
        Counted, FailOn, Mode, Note, NoteKind, OutOfScope, Settings, SkipReason, Skipped, Totals,
    };
    use crate::model::blob::{GitObject, ObjectKind, Provenance};
    use crate::model::finding::{Commit, Confidence, Exposure, Finding, History, Refs};
    use crate::model::layer::Layer;
    use crate::model::location::Location;
    use crate::model::secret::{Secret, SecretKind};
    use crate::rule::expand;

    const FORMATS: [ReportFormat; 3] =
        [ReportFormat::Human, ReportFormat::Json, ReportFormat::Sarif];
    const NAME: &str = "bot\u{1b}[31m\n\u{202e}.env";

    fn audit(show_secrets: bool) -> Audit {
        let finding = |kind: SecretKind, placeholder: &str, rule: &str| {
            let secret = Secret::new(&expand(placeholder));
            Finding {
                kind,
                fingerprint: secret.fingerprint(kind),
                spellings: vec![secret.clone()],
                secret,
                liveness: None,
                exposures: vec![Exposure {
                    provenance: Provenance::File(NAME.into()).into(),
                    inside: vec![Layer::Member {
                        format: "zip",
                        name: format!("{NAME}{}", expand("{{npsso}}")).into(),
                    }],
                    location: Location {
                        line: 1,
                        column: 7,
                        end_line: 1,
                        end_column: 71,
                        byte_offset: 6,
                        byte_length: 64,
                    },
                    encoded_at: None,
                    rule: rule.into(),
                    confidence: Confidence::High,
                    history: None,
                    cookie: None,
                    why: None,
                    pragmas: Box::default(),
                    suppression: None,
                }],
            }
        };
        Audit {
            findings: vec![
                finding(SecretKind::Npsso, "{{npsso}}", "npsso-named"),
                finding(SecretKind::PdccwsP, "{{pdccws_p|raw}}", "pdccws-p-named"),
            ],
            skipped: vec![Skipped {
                provenance: Provenance::File(NAME.into()),
                reason: SkipReason::ReadError,
                detail: "\u{1b}]0;title\u{7}".to_owned(),
            }],
            notes: Vec::new(),
            accepted: Vec::new(),
            totals: Totals {
                inputs: 1,
                bytes: 142,
                left_unread: 0,
                below_confidence: 0,
            },
            out_of_scope: OutOfScope::default(),
            verification: None,
            settings: Settings {
                mode: Mode::Paths,
                inputs: vec![NAME.to_owned()],
                only: Vec::new(),
                exclude: Vec::new(),
                min_confidence: Confidence::Medium,
                show_secrets,
                show_authors: false,
                strict: false,
                fail_on: FailOn::New,
                has_baseline: false,
                now: 0,
            },
            base: "/nowhere".into(),
        }
    }

    /// The same audit with a secret in everything that a report takes over from
    /// what was audited.
    fn audit_of_hostile_names() -> Audit {
        let mut audit = audit(false);
        let text = expand("npsso={{npsso}}");
        audit.settings.show_authors = true;
        audit.settings.inputs = vec![text.clone()];
        audit.settings.only = vec![text.clone()];
        audit.settings.exclude = vec![text.clone()];
        audit.out_of_scope.only = Counted {
            files: 1,
            ..Counted::default()
        };
        let commit = Commit {
            order: 0,
            id: "1234567890123456789012345678901234567890".to_owned(),
            seconds: 1_700_000_000,
            date: "2023-11-14T22:13:20Z".to_owned(),
            author: text.clone(),
            email: text.clone(),
        };
        let history = History {
            paths: vec![text.clone().into()],
            first: Some(commit.clone()),
            last: Some(commit),
            refs: Refs::new(Arc::from([format!("refs/heads/{text}")]), vec![0]),
            ..History::default()
        };
        audit.findings[0].exposures[0].history = Some(Arc::new(history));
        let object = GitObject {
            repository: text.clone().into(),
            path: Some(text.clone().into()),
            kind: ObjectKind::Blob,
            id: "2345678901234567890123456789012345678901".to_owned(),
        };
        audit.findings[1].exposures[0].provenance = Provenance::Object(object.clone()).into();
        audit.skipped.push(Skipped {
            provenance: Provenance::Object(object.clone()),
            reason: SkipReason::MissingObject,
            detail: text,
        });
        audit.notes.push(Note {
            provenance: Provenance::Object(object),
            kind: NoteKind::KnownBefore,
            detail: String::new(),
        });
        audit
    }

    fn written(format: ReportFormat, audit: &Audit) -> String {
        let style = Style {
            color: false,
            verbose: true,
            quiet: false,
            width: 80,
        };
        let mut out = Vec::new();
        write(format, audit, &RuleSet::built_in(), None, style, &mut out)
            .expect("memory can be written");
        String::from_utf8(out).expect("a report is UTF-8")
    }

    #[test]
    fn no_format_holds_a_secret_that_was_not_asked_for() {
        for format in FORMATS {
            let text = written(format, &audit(false));
            for secret in ["{{npsso}}", "{{pdccws_p}}", "{{pdccws_p|raw}}"].map(expand) {
                assert!(!text.contains(&secret), "{format:?}");
                assert!(!text.contains(&secret[8..24]), "{format:?}");
            }
        }
    }

    #[test]
    fn no_format_takes_a_secret_over_from_a_name() {
        for format in FORMATS {
            let text = written(format, &audit_of_hostile_names());
            assert!(
                !text.contains(&expand("{{npsso}}")[8..24]),
                "{format:?}: {text}"
            );
        }
    }

    #[test]
    fn secrets_are_shown_on_request_but_never_in_sarif() {
        for format in FORMATS {
            let shown = written(format, &audit(true)).contains(&expand("{{npsso}}"));
            assert_eq!(shown, format != ReportFormat::Sarif, "{format:?}");
        }
    }

    #[test]
    fn names_cannot_act_on_a_terminal_in_the_report_for_people() {
        let text = written(ReportFormat::Human, &audit(false));
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{text}");
        assert!(
            text.contains("bot\\x1b[31m\\n\\u{202e}.env > bot\\x1b[31m\\n\\u{202e}.env"),
            "{text}"
        );
    }

    #[test]
    fn the_same_audit_gives_the_same_bytes() {
        for format in FORMATS {
            assert_eq!(
                written(format, &audit(false)),
                written(format, &audit(false)),
                "{format:?}"
            );
        }
    }
}
