//! `--verify`: what it says before, while and after it asks.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, Ordering};

use super::say;
use crate::cli::{AuditArgs, VerifyWithArg};
use crate::model::audit::Verification;
use crate::model::finding::Finding;
use crate::model::secret::SecretKind;
use crate::report::terminal::escape;
use crate::verify::{self, Answered, Endpoints, Heard, Pace, Psn, Question, Verifier};

/// Gets ready to ask, so that a wrong option is known before the audit. Without
/// `--verify` there is nobody to ask.
pub fn verifier(args: &AuditArgs) -> anyhow::Result<Option<Psn>> {
    let given = [
        ("--verify-limit", args.verify_limit.is_some()),
        ("--verify-with", args.verify_with.is_some()),
        ("--issuer-url", args.issuer_url.is_some()),
        ("--store-url", args.store_url.is_some()),
        ("--ca-cert", args.ca_cert.is_some()),
    ];
    if !args.verify {
        for (option, _) in given.iter().filter(|(_, given)| *given) {
            say(&format!(
                "npsso-audit: {option} does nothing without --verify; nobody is asked"
            ));
        }
        return Ok(None);
    }
    let endpoints = Endpoints {
        issuer: args.issuer_url.as_deref(),
        store: args.store_url.as_deref(),
        ca_cert: args.ca_cert.as_deref(),
    };
    let question = match args.verify_with {
        None | Some(VerifyWithArg::Authorize) => Question::Authorize,
        Some(VerifyWithArg::Ssocookie) => Question::SsoCookie,
    };
    Psn::new(endpoints, question).map(Some)
}

/// Asks about the findings of this audit.
pub fn run(
    findings: &mut [Finding],
    verifier: &mut Psn,
    args: &AuditArgs,
    stop: &AtomicBool,
) -> Verification {
    let pace = Pace::with_limit(args.verify_limit.unwrap_or(DEFAULT_LIMIT));
    if io::stderr().is_terminal() && !stop.load(Ordering::Relaxed) {
        announce(findings, args.verify_suppressed, verifier, &pace);
    }
    let is_verbose = args.verbose > 0;
    let asks_known = args.verify_suppressed;
    verify::run(findings, asks_known, verifier, &pace, stop, &mut |told| {
        if is_verbose {
            say(&sentence(&told));
        }
    })
}

const DEFAULT_LIMIT: u32 = 10;

/// Says what is going to be sent, to whom, and how often.
fn announce(findings: &[Finding], asks_known: bool, verifier: &Psn, pace: &Pace) {
    let order = verify::order(findings, asks_known);
    let asked = order.iter().take(pace.limit as usize);
    let asked: Vec<SecretKind> = asked.map(|at| findings[*at].kind).collect();
    for kind in SecretKind::ALL {
        let count = asked.iter().filter(|other| **other == kind).count();
        if count > 0 {
            say(&format!(
                "npsso-audit: --verify sends {} to {}, as a cookie, {}",
                counted(count, &format!("{} secret", kind.id())),
                escape(verifier.host(kind)),
                match count {
                    1 => "in one request".to_owned(),
                    _ => format!("in {count} requests a second or more apart"),
                }
            ));
        }
    }
    if !asked.is_empty() {
        let left = match findings.len() - asked.len() {
            0 => String::new(),
            left => format!("; {} will not be asked about", counted(left, "secret")),
        };
        say(&format!(
            "npsso-audit: at most {} in all, those on a broken connection included{left}; Ctrl-C stops it",
            counted(pace.limit as usize, "request"),
        ));
    }
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// What came of a request: who answered, with which status, and what it means.
fn sentence(told: &Answered) -> String {
    let host = escape(told.host);
    let what = format!("{} {}", told.finding.kind.id(), told.finding.fingerprint);
    match told.heard {
        Heard::Answer { status, liveness } => {
            let why = liveness.why().map(|why| format!(" ({why})"));
            format!(
                "npsso-audit: verify: {host} answered {status} about {what}: {}{}",
                liveness.id(),
                why.unwrap_or_default()
            )
        }
        Heard::Nothing(why) => format!(
            "npsso-audit: verify: no answer from {host} about {what}: unknown ({})",
            why.id()
        ),
        Heard::Broken => format!(
            "npsso-audit: verify: the connection to {host} broke before an answer about {what}"
        ),
    }
}
