//! The report for people: what was found where, what it gives away, what to do now.

use std::collections::BTreeMap;
use std::io::{self, Write};

use colored::{Color, Colorize};

use super::terminal::{escape, escape_name};
use super::{Style, cookie, name, purge};
use crate::audit::{Audit, FailOn, Mode, Note, NoteKind, Outcome, SkipReason, Skipped};
use crate::blob::{ObjectKind, Provenance, SHORT_ID};
use crate::date;
use crate::exposure::{self, Access, DataPoint, Origin, Severity};
use crate::finding::{Commit, Confidence, Exposure, Finding, History, Presence};
use crate::layer::{Layer, member_path};
use crate::liveness::Liveness;
use crate::rule::RuleSet;
use crate::secret::{Secret, SecretKind};
use crate::suppression::Suppression;

/// Entries of a list that are shown unless everything is asked for.
const SHOWN: usize = 20;
/// Entries of the list of what was left out on purpose.
const SHOWN_NOTES: usize = 5;
/// Places that a hook lists.
const SHOWN_IN_HOOK: usize = 4;
/// Refs that are named for one place.
const SHOWN_REFS: usize = 3;
/// Days that an NPSSO lives from its issue, at most: what `Set-Cookie` and
/// `expires_in` were recorded to say.
const NPSSO_DAYS: i64 = 60;
/// Lines narrower than this would break more than they would fit.
const MIN_WIDTH: usize = 60;

/// Writes the whole report.
pub fn write(audit: &Audit, rules: &RuleSet, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let hook = audit.settings.mode.is_hook();
    let is_new = audit.new_findings().next().is_some();
    if hook && !style.verbose && is_new {
        return write_refusal(audit, style, out);
    }
    let paint = Paint { color: style.color };
    for finding in audit.new_findings() {
        write_finding(finding, audit, rules, style, out)?;
    }
    if style.verbose || audit.settings.fail_on == FailOn::Any {
        write_known(audit, style, out)?;
    }
    if !style.quiet && is_new {
        let kinds: Vec<SecretKind> = SecretKind::ALL
            .into_iter()
            .filter(|kind| audit.new_findings().any(|f| f.kind == *kind))
            .collect();
        write_exposure_table(&kinds, style, out)?;
        for kind in kinds {
            write_remedies(kind, audit, style, out)?;
        }
        write_purge(audit, style, out)?;
        write_acceptance(audit, style, out)?;
    }
    write_skipped(&audit.skipped, style, out)?;
    // What could not be read went wrong, and so did what makes the audit incomplete.
    let is_said = |note: &&Note| !style.quiet || audit.settings.strict || note.kind.is_unreadable();
    let notes: Vec<&Note> = audit.notes.iter().filter(is_said).collect();
    write_notes(notes.iter().copied(), style, out)?;
    write_verification(audit, style, out)?;
    let outcome = audit.outcome();
    let is_said = notes.is_empty() && !is_hidden_by_place(audit);
    if style.quiet && outcome == Outcome::Clean && is_said {
        return Ok(());
    }
    let summary = summary(audit);
    let summary = match outcome {
        // What nobody looked at the value of is no reason to be glad.
        Outcome::Clean if audit.is_complete() && !is_hidden_by_place(audit) => {
            paint.as_color(&summary, Color::Green)
        }
        Outcome::Leaks | Outcome::Live => paint.bold(&summary, Color::Red),
        Outcome::Clean | Outcome::Nothing | Outcome::Incomplete | Outcome::OutOfDate => {
            paint.bold(&summary, Color::Yellow)
        }
    };
    writeln!(out, "{summary}")
}

/// Says in a few lines why a commit or a push is refused, and how to go on:
/// nobody asked for a report, but for a commit.
fn write_refusal(audit: &Audit, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint { color: style.color };
    let staged = |exposure: &Exposure| matches!(*exposure.provenance, Provenance::Object(_));
    let (what, again) = match audit.settings.mode {
        Mode::Push | Mode::Receive => ("push", "Take it out of the commits with `git rebase -i`"),
        _ => {
            let places = || audit.new_findings().flat_map(|finding| &finding.exposures);
            let again = match (places().any(staged), places().any(|it| !staged(it))) {
                (true, true) => "Take it out of the files and the message, and `git add` the files",
                (true, false) => "Take it out of the files and `git add` them",
                (false, _) => "Take it out of the message and commit again",
            };
            ("commit", again)
        }
    };
    let secrets = count(audit.new_findings().count(), "PlayStation session secret");
    let title = format!("npsso-audit: this {what} would publish {secrets}");
    writeln!(out, "{}", paint.bold(&title, Color::Red))?;
    let places: Vec<(&Finding, &Exposure)> = audit
        .new_findings()
        .flat_map(|finding| finding.exposures.iter().map(move |place| (finding, place)))
        .filter(|(_, place)| place.suppression.is_none())
        .collect();
    for (finding, exposure) in places.iter().take(SHOWN_IN_HOOK) {
        writeln!(
            out,
            "  {}  {} {}  {} confidence{}",
            paint.bold(&place(exposure), Color::Cyan),
            finding.kind.id(),
            escape(&finding.secret.redacted()),
            exposure.confidence.id(),
            match finding.liveness {
                Some(Liveness::Live { .. }) => "  LIVE",
                Some(Liveness::Rejected { .. }) => "  not accepted by its issuer any more",
                Some(Liveness::Unknown { .. }) => "  not known whether it is live",
                None => "",
            }
        )?;
    }
    write_rest(
        places.len(),
        SHOWN_IN_HOOK.min(places.len()),
        2,
        "place",
        out,
    )?;
    if !audit.skipped.is_empty() {
        let missing = count(audit.skipped.len(), "input");
        writeln!(
            out,
            "  and {missing} could not be read; --verbose lists them"
        )?;
    }
    let first = places[0].0.kind;
    let steps = match places.iter().all(|(finding, _)| finding.kind == first) {
        true => format!("npsso-audit remedy {}", first.id()),
        false => "npsso-audit remedy".to_owned(),
    };
    writeln!(
        out,
        "{again}; if it ever left this machine, revoke it: `{steps}` says how."
    )?;
    match audit.settings.mode {
        // Who pushes cannot skip a hook of the server.
        Mode::Receive => writeln!(out, "The server refuses it until then."),
        _ => writeln!(out, "To {what} it all the same: `git {what} --no-verify`."),
    }
}

/// Announces a secret in an input that goes on.
pub fn write_live(
    exposure: &Exposure,
    kind: SecretKind,
    secret: &Secret,
    out: &mut dyn Write,
) -> io::Result<()> {
    let fingerprint = secret.fingerprint(kind);
    writeln!(
        out,
        "{}: {} {} {} ({}, {} confidence)",
        place(exposure),
        kind.id(),
        escape(&secret.redacted()),
        fingerprint,
        escape(&exposure.rule),
        exposure.confidence.id()
    )
}

fn write_finding(
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
            let words = escape(&name::without_values(why));
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

/// Lists what is known, a line for each place.
fn write_known(audit: &Audit, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint { color: style.color };
    let mut is_first = true;
    for (finding, _) in audit.known_findings() {
        if std::mem::take(&mut is_first) {
            writeln!(out, "{}", paint.bold("Known", Color::White))?;
        }
        writeln!(
            out,
            "  {} {}  {}",
            finding.kind.id(),
            escape(&finding.secret.redacted()),
            paint.dim(finding.fingerprint.as_str())
        )?;
        if let Some(liveness) = finding.liveness {
            write_liveness(finding.kind, liveness, style, out)?;
        }
        for exposure in &finding.exposures {
            let words = exposure.suppression.as_deref().map(suppressed);
            let text = format!("{}  {}", place(exposure), words.unwrap_or_default());
            write_wrapped("    ", &text, style.width, out)?;
        }
    }
    match is_first {
        true => Ok(()),
        false => writeln!(out),
    }
}

/// What suppresses something, why, and where that is written.
pub fn suppressed(suppression: &Suppression) -> String {
    let reason = suppression.reason.as_deref();
    let reason = reason.map(|reason| format!(": {}", escape(&name::redacted(reason))));
    format!(
        "known, {}{} ({})",
        suppression.title(),
        reason.unwrap_or_default(),
        escape(&name::redacted(&suppression.place))
    )
}

/// Says how to go on where a secret stays where it is, as in an old history.
fn write_acceptance(audit: &Audit, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut new = audit.new_findings();
    let Some(first) = new.next() else {
        return Ok(());
    };
    let how = match new.next() {
        None => format!(
            "once it is revoked: `npsso-audit allow {} --reason 'revoked'`",
            first.fingerprint
        ),
        Some(_) => "once they are revoked: `npsso-audit baseline create FILE`, and `--baseline FILE` from then on"
            .to_owned(),
    };
    let paint = Paint { color: style.color };
    writeln!(
        out,
        "{}",
        paint.bold("How to go on with what stays where it is", Color::White)
    )?;
    write_wrapped("  - ", &how, style.width, out)?;
    writeln!(out)
}

/// Whether all that was found is hidden by where it stands, and not by what it is.
fn is_hidden_by_place(audit: &Audit) -> bool {
    !audit.findings.is_empty()
        && audit.findings.iter().all(|finding| {
            let mut places = finding.exposures.iter();
            places.all(|it| {
                let suppression = it.suppression.as_ref();
                suppression.is_some_and(|it| !it.by.is_by_value())
            })
        })
}

/// How many findings are known, and by what.
fn known_in_words(audit: &Audit) -> Option<String> {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for (_, suppression) in audit.known_findings() {
        *kinds.entry(suppression.title()).or_default() += 1;
    }
    let all: usize = kinds.values().sum();
    let kinds = kinds
        .iter()
        .map(|(title, count)| format!("{count} {title}"));
    let kinds: Vec<String> = kinds.collect();
    (all > 0).then(|| format!("{all} known ({})", kinds.join(", ")))
}

/// Says what its issuer says about a secret.
fn write_liveness(
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
            format!("{} <{}>", name::author(commit), name::email(commit))
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
            .map(|name| escape(&name::redacted(short_ref(name))))
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

fn place(exposure: &Exposure) -> String {
    let location = exposure.location;
    let member = member_path(&exposure.inside).map_or_else(String::new, |path| {
        format!(" > {}", escape(&super::name::redacted(&path)))
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

fn write_rest(
    count: usize,
    shown: usize,
    indent: usize,
    what: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Some(rest) = count.checked_sub(shown).filter(|rest| *rest > 0) else {
        return Ok(());
    };
    let plural = if rest == 1 { "" } else { "s" };
    let object = if rest == 1 { "it too" } else { "them all" };
    writeln!(
        out,
        "{:indent$}and {rest} more {what}{plural}; --verbose lists {object}",
        ""
    )
}

/// Writes what a leaked secret of these kinds lets its holder read or do.
pub fn write_exposure_table(
    kinds: &[SecretKind],
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let columns = Columns::within(style.width);
    for kind in kinds {
        let paint = Paint { color: style.color };
        let title = format!("What a holder of this {} can do", kind.id());
        writeln!(out, "{}", paint.bold(&title, Color::White))?;
        for row in exposure::TABLE {
            write_row(row, *kind, columns, style, out)?;
        }
        write_wrapped(
            "  + ",
            "added from public evidence; the other rows are those of the published table",
            style.width,
            out,
        )?;
        writeln!(out)?;
    }
    if kinds.is_empty() {
        return Ok(());
    }
    // The risk is the same for every kind, so it is said once.
    write_wrapped("", exposure::SOCIAL_ENGINEERING, style.width, out)?;
    writeln!(out)
}

/// How the table shares out a line: two blanks, the mark of an addition, the
/// name, the severity, and what a holder can do.
#[derive(Clone, Copy)]
struct Columns {
    name: usize,
    wording: usize,
}

impl Columns {
    const MARK: usize = 4;
    const SEVERITY: usize = 8;
    const GAP: usize = 2;

    fn within(width: usize) -> Columns {
        let longest = exposure::TABLE
            .iter()
            .map(|row| row.name.chars().count())
            .max()
            .unwrap_or(0);
        let fixed = Columns::MARK + Columns::GAP + Columns::SEVERITY + Columns::GAP;
        let free = width.max(MIN_WIDTH) - fixed;
        let name = longest.min(free / 2);
        Columns {
            name,
            wording: free - name,
        }
    }
}

fn write_row(
    row: &DataPoint,
    kind: SecretKind,
    columns: Columns,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let paint = Paint { color: style.color };
    let reach = row.reach(kind);
    let color = match (reach.access, row.severity) {
        (Access::NotExposed, _) => Color::Green,
        (Access::NoEvidence, _) => Color::White,
        (_, Severity::Critical | Severity::High) => Color::Red,
        _ => Color::Yellow,
    };
    let severity = match reach.access {
        Access::Exposed | Access::Partial => row.severity.id(),
        Access::NoEvidence | Access::NotExposed => "",
    };
    let mark = match row.origin {
        Origin::PublishedYes | Origin::PublishedNo => " ",
        Origin::Addition => "+",
    };
    let names = wrap(row.name, columns.name);
    let wordings = wrap(reach.wording, columns.wording);
    for number in 0..names.len().max(wordings.len()) {
        let (mark, severity) = match number {
            0 => (mark, severity),
            _ => (" ", ""),
        };
        let name = names.get(number).map_or("", String::as_str);
        let line = format!(
            "  {mark} {name:name_width$}  {severity:severity_width$}  ",
            name_width = columns.name,
            severity_width = Columns::SEVERITY,
        );
        match wordings.get(number) {
            Some(wording) => writeln!(out, "{line}{}", paint.as_color(wording, color))?,
            None => writeln!(out, "{}", line.trim_end())?,
        }
    }
    Ok(())
}

/// Says what to do about the secrets of a kind: once for those that may be live
/// and once for those that are not accepted any more.
fn write_remedies(
    kind: SecretKind,
    audit: &Audit,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let findings = audit.findings.iter().filter(|finding| finding.kind == kind);
    let known: Vec<Liveness> = findings.filter_map(|finding| finding.liveness).collect();
    let urgent = known.iter().find(|liveness| liveness.is_live());
    let urgent = urgent.or_else(|| known.iter().find(|liveness| !liveness.is_rejected()));
    let rejected = known.iter().find(|liveness| liveness.is_rejected());
    if known.is_empty() {
        return write_steps(kind, style, out);
    }
    for liveness in [urgent, rejected].into_iter().flatten() {
        let what = match liveness {
            Liveness::Live { .. } => "live",
            Liveness::Rejected { .. } => "rejected",
            Liveness::Unknown { .. } => "leaked",
        };
        let title = format!("What to do now about a {what} {}", kind.id());
        let (urgency, steps) = exposure::remedy_for(kind, *liveness);
        write_remedy(&title, Some(urgency), steps, style, out)?;
    }
    Ok(())
}

/// Says what to do about a leaked secret of which nobody was asked.
pub fn write_steps(kind: SecretKind, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let title = format!("What to do now about a leaked {}", kind.id());
    write_remedy(&title, None, exposure::remedy(kind), style, out)
}

fn write_remedy(
    title: &str,
    urgency: Option<&str>,
    steps: &[&str],
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let paint = Paint { color: style.color };
    writeln!(out, "{}", paint.bold(title, Color::White))?;
    if let Some(urgency) = urgency {
        write_wrapped("  ", urgency, style.width, out)?;
    }
    for (number, step) in steps.iter().enumerate() {
        write_wrapped(&format!("  {}. ", number + 1), step, style.width, out)?;
    }
    writeln!(out)
}

/// Says how far the issuer was asked.
fn write_verification(audit: &Audit, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let Some(verification) = audit.verification else {
        return Ok(());
    };
    let live = audit.findings_that(Liveness::is_live);
    let rejected = audit.findings_that(Liveness::is_rejected);
    let (asked, all) = (verification.asked, audit.findings.len());
    let unknown = asked.saturating_sub(live + rejected);
    let mut text = format!(
        "verified with {}: {live} live, {rejected} rejected, {unknown} unknown",
        count(verification.requests as usize, "request"),
    );
    match all - asked {
        0 => {}
        1 => text.push_str("; 1 secret was not asked about"),
        rest => text.push_str(&format!("; {rest} secrets were not asked about")),
    }
    write_wrapped("", &text, style.width, out)
}

/// Says how to take what was found out of the history.
fn write_purge(audit: &Audit, style: Style, out: &mut dyn Write) -> io::Result<()> {
    if !purge::is_needed(audit) {
        return Ok(());
    }
    let paint = Paint { color: style.color };
    let title = "How to purge the history, which revokes nothing";
    writeln!(out, "{}", paint.bold(title, Color::White))?;
    let text = format!(
        "`--purge-file FILE`, outside of the work tree, writes what `{}` needs, and says what to type from a fresh clone to the push",
        purge::command("FILE")
    );
    write_wrapped("  - ", &text, style.width, out)?;
    for sentence in purge::beyond(audit) {
        write_wrapped("  - ", &sentence, style.width, out)?;
    }
    writeln!(out)
}

fn write_skipped(skipped: &[Skipped], style: Style, out: &mut dyn Write) -> io::Result<()> {
    if skipped.is_empty() {
        return Ok(());
    }
    let paint = Paint { color: style.color };
    writeln!(out, "{}", paint.bold("Not audited", Color::Yellow))?;
    let mut by_reason: BTreeMap<SkipReason, Vec<&Skipped>> = BTreeMap::new();
    for entry in skipped {
        by_reason.entry(entry.reason).or_default().push(entry);
    }
    for (reason, entries) in by_reason {
        write_wrapped("  ", &format!("{}:", reason.explain()), style.width, out)?;
        let shown = if style.verbose { entries.len() } else { SHOWN };
        for entry in entries.iter().take(shown) {
            let detail = if entry.detail.is_empty() {
                String::new()
            } else {
                format!(" ({})", escape(&name::detail(entry)))
            };
            writeln!(
                out,
                "    {}{}",
                escape_name(&entry.provenance),
                paint.dim(&detail)
            )?;
        }
        write_rest(entries.len(), shown, 4, "input", out)?;
        // What is said of the audit as a whole has no place.
        let is_placed = entries[0].provenance != Provenance::File(".".into());
        if reason.can_be_accepted() && is_placed {
            let entry = unread_entry(entries[0]);
            let text = format!("to accept what stays so, write to .npsso-audit.toml: {entry}");
            write_wrapped("    ", &text, style.width, out)?;
        }
    }
    writeln!(out)
}

/// What accepts something as unread.
fn unread_entry(skipped: &Skipped) -> String {
    let what = match &skipped.provenance {
        Provenance::Object(object) => match &object.path {
            Some(path) => format!("paths = \"/{}\"", path.display()),
            None => format!("object = \"{}\"", object.id),
        },
        other => format!("paths = \"/{}\"", other.display_name()),
    };
    let what = escape(&name::redacted(&what));
    format!("`[[unread]]` {what} reason = \"…\"")
}

/// Says what was noted.
pub fn write_notes<'a>(
    notes: impl IntoIterator<Item = &'a Note>,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut by_kind: BTreeMap<NoteKind, Vec<&Note>> = BTreeMap::new();
    for note in notes {
        by_kind.entry(note.kind).or_default().push(note);
    }
    for (kind, places) in by_kind {
        write_wrapped("note: ", &format!("{}:", kind.explain()), style.width, out)?;
        let shown = if style.verbose {
            places.len()
        } else {
            SHOWN_NOTES
        };
        for note in places.iter().take(shown) {
            let detail = match note.detail.is_empty() {
                true => String::new(),
                false => format!(": {}", escape(&super::name::redacted(&note.detail))),
            };
            writeln!(out, "    {}{detail}", escape_name(&note.provenance))?;
        }
        write_rest(places.len(), shown, 4, "place", out)?;
    }
    Ok(())
}

fn summary(audit: &Audit) -> String {
    let totals = audit.totals;
    let read = format!(
        "{} ({})",
        count(totals.inputs as usize, "input"),
        size(totals.bytes)
    );
    let skipped = audit.skipped.len();
    let stopped = audit
        .skipped
        .iter()
        .any(|skipped| skipped.reason == SkipReason::Interrupted);
    let mut missing = match stopped {
        _ if skipped == 0 => Vec::new(),
        true if totals.left_unread > 0 => vec![format!(
            "the audit was stopped with {} or more unread",
            count(totals.left_unread as usize, "input")
        )],
        true => vec!["the audit was stopped".to_owned()],
        false => vec![format!("{} could not be read", count(skipped, "input"))],
    };
    let unread = audit.unread().into_iter();
    missing.extend(unread.map(|(kind, inputs)| unread_in_words(kind, inputs)));
    if !audit.accepted.is_empty() {
        missing.push(format!(
            "{} accepted as unread",
            count(audit.accepted.len(), "input")
        ));
    }
    let missing = missing.join(", ");
    let known = known_in_words(audit);
    let new = match &known {
        Some(known) => format!("no new leaks: {known}"),
        None => "no leaks found".to_owned(),
    };
    let joint = if known.is_some() { ";" } else { "" };
    let mut text = match audit.outcome() {
        Outcome::Clean | Outcome::OutOfDate if missing.is_empty() => {
            format!("{new}{joint} in {read}")
        }
        Outcome::Clean | Outcome::OutOfDate => {
            format!("{new}{joint} in what could be read: {missing}; {read} audited")
        }
        Outcome::Leaks | Outcome::Live => {
            let places = audit.new_findings().flat_map(|finding| &finding.exposures);
            let is_new = audit.new_findings().next().is_some();
            let mut found = format!(
                "{}{} in {}; {read} audited",
                count(audit.new_findings().count(), "secret"),
                match audit.findings_that(Liveness::is_live) {
                    0 => String::new(),
                    live => format!(", {live} of them LIVE,"),
                },
                count(places.count(), "place")
            );
            if let Some(known) = &known {
                found = match is_new {
                    true => format!("{found}; {known}"),
                    false => format!("{new}, which count here (--fail-on any); {read} audited"),
                };
            }
            let fail_on = audit.settings.fail_on;
            if fail_on != FailOn::New && matches!(audit.exit_code(), 0 | 4) {
                found = format!("{found}; none makes this fail (--fail-on {})", fail_on.id());
            }
            match skipped {
                _ if missing.is_empty() => found,
                0 => format!("{found}; not all could be read: {missing}"),
                _ => format!("{found}; incomplete: {missing}"),
            }
        }
        Outcome::Nothing => "nothing was audited".to_owned(),
        Outcome::Incomplete => {
            let known = known.map_or_else(String::new, |known| format!("; {known}"));
            format!("incomplete: no leak found in what was read, {read}, but {missing}{known}")
        }
    };
    if audit.settings.strict && audit.has_idle_entries() {
        text.push_str("; entries of what is known are out of date (--strict)");
    }
    if is_hidden_by_place(audit) {
        text = format!("everything that was found is hidden by where it stands: {text}");
    }
    if totals.below_confidence > 0 {
        let below = count(totals.below_confidence as usize, "value");
        text.push_str(&format!(
            "; {below} of lower confidence left out (--min-confidence low shows those that nothing names)"
        ));
    }
    text.push_str(&left_out(audit));
    text
}

/// Says how much each option left out.
fn left_out(audit: &Audit) -> String {
    let options = [
        (audit.out_of_scope.exclude, "--exclude"),
        (audit.out_of_scope.only, "--only"),
    ];
    let mut text = String::new();
    for (counted, option) in options {
        let counts = [
            (counted.files, "file"),
            (counted.folders, "folder"),
            (counted.objects, "object"),
        ];
        let counts = counts.into_iter().filter(|(number, _)| *number > 0);
        let counts: Vec<String> = counts
            .map(|(number, what)| count(number as usize, what))
            .collect();
        if let Some((last, others)) = counts.split_last() {
            let all = match others {
                [] => last.clone(),
                others => format!("{} and {last}", others.join(", ")),
            };
            text.push_str(&format!("; {all} left out by {option}"));
        }
    }
    text
}

/// What a kind of note says of so many inputs, in the words of the last line.
fn unread_in_words(kind: NoteKind, inputs: usize) -> String {
    let verb = |one, several| if inputs == 1 { one } else { several };
    let (is, was) = (verb("is", "are"), verb("was", "were"));
    let counted = |what| count(inputs, what);
    match kind {
        NoteKind::Encrypted => format!("{} {is} encrypted", counted("input")),
        NoteKind::DamagedContainer => format!("{} {is} damaged", counted("input")),
        NoteKind::Unsupported => {
            format!("{} {is} of a kind that is not opened", counted("input"))
        }
        NoteKind::Pictures => "text in pictures is not read".to_owned(),
        NoteKind::LinkLeavesRoot => format!("{} {was} not followed", counted("link")),
        NoteKind::SpecialFile => format!("{} {was} not opened", counted("special file")),
        NoteKind::PseudoFileSystem => {
            format!("{} {was} not read", counted("pseudo file system"))
        }
        NoteKind::HistoryAbove => {
            format!("the history of {} was not audited", counted("input"))
        }
        NoteKind::EmptySubmodule => format!("{} {is} not checked out", counted("submodule")),
        NoteKind::Empty => format!("{} that {was} named held nothing", counted("input")),
        NoteKind::KnownBefore => format!("{} {is} not new", counted("input")),
        NoteKind::UnguardedWalk => format!("{} {was} walked without a guard", counted("folder")),
        NoteKind::ExpiredEntry
        | NoteKind::UnusedEntry
        | NoteKind::UnusedLine
        | NoteKind::WrongEntries
        | NoteKind::ProposedEntry
        | NoteKind::NamelessPragma => {
            format!("{} {is} out of date", counted("file of entries"))
        }
    }
}

fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return count(bytes as usize, "byte");
    }
    let mut value = bytes as f64;
    let mut unit = "";
    for next in UNITS {
        if value < 1000.0 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    format!("{value:.1} {unit}")
}

fn write_wrapped(lead: &str, text: &str, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let indent = lead.chars().count();
    for (number, line) in wrap(text, width.saturating_sub(indent).max(20))
        .iter()
        .enumerate()
    {
        match number {
            0 => writeln!(out, "{lead}{line}")?,
            _ => writeln!(out, "{:indent$}{line}", "")?,
        }
    }
    Ok(())
}

/// The words of a text in lines of at most `width` characters.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is a line");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines
}

/// Colours, or none.
struct Paint {
    color: bool,
}

impl Paint {
    fn as_color(&self, text: &str, color: Color) -> String {
        self.painted(text, |text| text.color(color).to_string())
    }

    fn bold(&self, text: &str, color: Color) -> String {
        self.painted(text, |text| text.color(color).bold().to_string())
    }

    fn dim(&self, text: &str) -> String {
        self.painted(text, |text| text.dimmed().to_string())
    }

    fn painted(&self, text: &str, paint: impl Fn(&str) -> String) -> String {
        if !self.color {
            return text.to_owned();
        }
        // Whether to use colour was decided already; the crate must not ask again.
        colored::control::set_override(true);
        paint(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_wrapped_at_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("unbreakable", 3), ["unbreakable"]);
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(size(1), "1 byte");
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(12_345), "12.3 kB");
        assert_eq!(size(1_300_000_000), "1.3 GB");
    }

    fn table(width: usize) -> String {
        let style = Style {
            color: false,
            verbose: false,
            quiet: false,
            width,
        };
        let mut out = Vec::new();
        write_exposure_table(&SecretKind::ALL, style, &mut out).expect("memory can be written");
        String::from_utf8(out).expect("the table is UTF-8")
    }

    #[test]
    fn the_table_fits_into_its_width() {
        for width in 60..=160 {
            let text = table(width);
            assert!(
                text.lines().all(|line| line.chars().count() <= width),
                "{width}: {text}"
            );
        }
        assert!(table(120).contains("+ Voucher codes and billing info in transactions  high"));
        assert!(table(0).contains("Real Name"));
    }

    #[test]
    fn the_risk_is_said_once_for_all_kinds() {
        assert_eq!(table(120).matches("social engineering").count(), 1);
    }

    #[test]
    fn what_a_list_leaves_out_is_counted() {
        let rest = |count, shown| {
            let mut out = Vec::new();
            write_rest(count, shown, 2, "place", &mut out).expect("memory can be written");
            String::from_utf8(out).expect("the line is UTF-8")
        };
        assert_eq!(rest(20, 20), "");
        assert_eq!(rest(21, 20), "  and 1 more place; --verbose lists it too\n");
        assert_eq!(
            rest(27, 20),
            "  and 7 more places; --verbose lists them all\n"
        );
    }
}
