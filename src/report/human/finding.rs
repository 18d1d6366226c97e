//! One secret, with its places and what is known of each.

use std::io::{self, Write};

use colored::Color;

use super::lines::{Paint, SHOWN, write_rest, write_wrapped};
use super::suppressed::suppressed;
use crate::model::audit::Audit;
use crate::model::blob::{ObjectKind, Provenance, SHORT_ID};
use crate::model::date;
use crate::model::finding::{Commit, Confidence, Exposure, Finding, History, Presence};
use crate::model::layer::{Layer, member_path};
use crate::model::liveness::Liveness;
use crate::model::secret::SecretKind;
use crate::report::redaction;
use crate::report::terminal::{escape, escape_name};
use crate::report::{Style, cookie};
use crate::rule::RuleSet;

/// Refs that are named for one place.
const SHOWN_REFS: usize = 3;
/// Days that an NPSSO lives from its issue, at most: what `Set-Cookie` and
/// `expires_in` were recorded to say.
const NPSSO_DAYS: i64 = 60;
pub fn write_finding(
    finding: &Finding,
    audit: &Audit,
    rules: &RuleSet,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let paint = Paint { color: style.color };
    writeln!(out, "{}", paint.bold(finding.kind.title(), Color::Red))?;
    let value = if audit.settings.show_secrets {
        escape(finding.secret.expose())
    } else {
        escape(&finding.secret.redacted())
    };
    writeln!(
        out,
        "  {value}  {}",
        paint.dim(finding.fingerprint.as_str())
    )?;
    if let Some(liveness) = finding.liveness {
        write_liveness(finding.kind, liveness, style, out)?;
    }
    let shown = if style.verbose {
        finding.exposures.len()
    } else {
        SHOWN
    };
    for exposure in finding.exposures.iter().take(shown) {
        let title = rules
            .get(&exposure.rule)
            .map_or_else(|| escape(&exposure.rule), |rule| escape(&rule.title));
        let confidence = match exposure.confidence {
            Confidence::High => paint.as_color("high", Color::Red),
            Confidence::Medium => paint.as_color("medium", Color::Yellow),
            Confidence::Low => paint.dim("low"),
        };
        writeln!(
            out,
            "  {}  {confidence}  {}",
            paint.bold(&place(exposure), Color::Cyan),
            paint.dim(&title)
        )?;
        if let Some(suppression) = &exposure.suppression {
            write_wrapped("      ", &suppressed(suppression), style.width, out)?;
        }
        if let Some(why) = &exposure.why {
            let words = escape(&redaction::without_values(why));
            write_wrapped("      ", &words, style.width, out)?;
        }
        if let Some(cookie) = &exposure.cookie {
            let words = cookie::words(cookie, Some(audit.settings.now));
            write_wrapped("      ", &words, style.width, out)?;
        }
        if let Some(history) = &exposure.history {
            write_history(exposure, history, audit, style, out)?;
        }
    }
    write_rest(finding.exposures.len(), shown, 2, "place", out)?;
    write_presence(finding, audit, style, out)?;
    writeln!(out)
}

/// Says what its issuer says about a secret.
pub fn write_liveness(
    kind: SecretKind,
    liveness: Liveness,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let paint = Paint { color: style.color };
    let minute = |seconds: i64| date::rfc3339(seconds).map(|date| date[..16].replace('T', " "));
    match liveness {
        Liveness::Live { expires } => {
            let until = expires.and_then(minute);
            let until = until.map(|until| format!(", and will until {until} UTC"));
            let text = format!("LIVE: the issuer accepts it{}", until.unwrap_or_default());
            writeln!(out, "  {}", paint.bold(&text, Color::Red))
        }
        Liveness::Rejected { how } => {
            let more = match kind {
                SecretKind::Npsso => ". Tokens minted from it may still be valid",
                SecretKind::PdccwsP => "",
            };
            let text = format!("rejected: {}{more}", how.explain());
            write_wrapped("  ", &text, style.width, out)
        }
        Liveness::Unknown { why, retry_at } => {
            let again = retry_at.and_then(minute);
            let again = again.map(|again| format!(" (not before {again} UTC)"));
            let text = format!(
                "unknown whether it is live: {}{}. Treat it as live",
                why.explain(),
                again.unwrap_or_default()
            );
            write_wrapped("  ", &text, style.width, out)
        }
    }
}

/// Says which commits hold a place.
fn write_history(
    exposure: &Exposure,
    history: &History,
    audit: &Audit,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut says = Vec::new();
    let commit = |commit: &Commit| {
        let day = commit.day().unwrap_or("no date");
        let author = if audit.settings.show_authors {
            format!(
                "{} <{}>",
                redaction::author(commit),
                redaction::email(commit)
            )
        } else {
            commit.redacted_author()
        };
        format!("{} ({day}, {})", short_id(&commit.id), escape(&author))
    };
    match (&history.first, &history.last) {
        (Some(first), Some(last)) if first.id == last.id => {
            says.push(format!("in commit {}", commit(first)));
        }
        (Some(first), Some(last)) => {
            says.push(format!("in commits {} to {}", commit(first), commit(last)));
        }
        _ => {}
    }
    let state = match exposure.presence() {
        _ if history.in_head => "still in HEAD",
        _ if history.is_unsure => "whether a branch leads to it cannot be told",
        _ if matches!(*exposure.provenance, Provenance::File(_)) => "not in HEAD",
        Presence::Current => "in the index, not committed",
        // What another branch or a tag holds need never have been in it.
        Presence::History => "not in HEAD",
        Presence::Unknown => "in the repository",
        Presence::Unreachable => {
            "unreachable: no ref and no reflog leads to it, but it can be read"
        }
    };
    says.push(state.to_owned());
    if !history.refs.is_empty() {
        let names: Vec<String> = history
            .refs
            .iter()
            .take(SHOWN_REFS)
            .map(|name| escape(&redaction::text(short_ref(name))))
            .collect();
        let more = history.refs.len() - names.len();
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        says.push(format!("reached by {}{more}", names.join(", ")));
    } else if history.in_reflog {
        says.push("reached by a reflog only".to_owned());
    }
    if history.paths.len() > 1 {
        says.push(format!("under {} paths", history.paths.len()));
    }
    if history.objects.len() > 1 {
        says.push(format!("in {} versions", history.objects.len()));
    } else if let Provenance::Object(object) = &*exposure.provenance
        && object.kind != ObjectKind::Commit
    {
        says.push(format!("{} {}", object.kind.id(), object.short_id()));
    }
    write_wrapped("      ", &says.join("; "), style.width, out)
}

/// Says whether the secret is still in use anywhere, and how old it is at least.
fn write_presence(
    finding: &Finding,
    audit: &Audit,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let now = audit.settings.now;
    // One clock that was wrong, and nobody knows since when.
    let dated = finding
        .last_commits()
        .all(|commit| commit.has_plausible_date(now));
    let last = finding
        .last_commits()
        .filter(|_| dated)
        .max_by_key(|commit| commit.seconds)
        .and_then(Commit::day);
    let presence = match (finding.presence(), last) {
        (Presence::Current, _) => None,
        (Presence::History, Some(day)) => Some(format!("only in history since {day}")),
        (Presence::History, None) => Some("only in history".to_owned()),
        (Presence::Unknown, _) => Some("in a repository; what leads to it cannot be told".to_owned()),
        (Presence::Unreachable, _) => {
            Some("only in objects that nothing leads to; `git gc --prune=now` removes them once their reflogs expired".to_owned())
        }
    };
    if let Some(presence) = presence {
        write_wrapped("  ", &presence, style.width, out)?;
    }
    let first = finding
        .commits()
        .filter(|commit| commit.has_plausible_date(now))
        .min_by_key(|commit| commit.seconds);
    // Whoever asked the issuer need not guess.
    let is_known = finding
        .liveness
        .is_some_and(|liveness| liveness.is_live() || liveness.is_rejected());
    if let Some(first) = first.filter(|_| finding.kind == SecretKind::Npsso && !is_known) {
        let days = now.saturating_sub(first.seconds) / (24 * 60 * 60);
        if days > NPSSO_DAYS {
            let text = format!(
                "committed {days} days ago, and an NPSSO lives {NPSSO_DAYS} days at most: very likely expired, but \
                 treat it as live until it is revoked"
            );
            write_wrapped("  ", &text, style.width, out)?;
        }
    }
    Ok(())
}

fn short_id(id: &str) -> &str {
    id.get(..SHORT_ID).unwrap_or(id)
}

fn short_ref(name: &str) -> &str {
    ["refs/heads/", "refs/tags/", "refs/remotes/", "refs/"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}

pub fn place(exposure: &Exposure) -> String {
    let location = exposure.location;
    let member = member_path(&exposure.inside).map_or_else(String::new, |path| {
        format!(" > {}", escape(&redaction::text(&path)))
    });
    let encodings: Vec<&str> = exposure
        .inside
        .iter()
        .filter(|layer| matches!(layer, Layer::Encoding(_)))
        .map(Layer::id)
        .collect();
    let encoded = match encodings.is_empty() {
        true => String::new(),
        false => format!(" ({})", encodings.join(" > ")),
    };
    format!(
        "{}{member}:{}:{}{encoded}",
        escape_name(&exposure.provenance),
        location.line,
        location.column
    )
}
