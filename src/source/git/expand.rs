//! What somebody means by an expression such as `main@{1}~3` where refs are in tables, which
//! gix does not read.

use anyhow::Context as _;
use gix::ObjectId;
use gix::refs::FullName;
use gix::remote::Direction;

use super::here::{Here, refused};
use super::tables::{folder, follow};
use super::{Repository, reftable};

/// Puts the id of an object in the place of the name that an expression such as
/// `main~3` begins with. What is no name is left as it is.
///
/// # Errors
///
/// When the name leads nowhere.
pub fn expand(here: &Here, text: &str) -> anyhow::Result<String> {
    let end = text
        .match_indices(['~', '^', ':', '@'])
        .map(|(place, _)| place)
        .find(|place| !text[*place..].starts_with('@') || text[*place..].starts_with("@{"));
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    let (id, rest) = match rest
        .strip_prefix("@{")
        .and_then(|rest| rest.split_once('}'))
    {
        Some((which, rest)) => (Some(selected(here, name, which)?), rest),
        None => (
            named(&here.repository, name)?.and_then(|found| found.id),
            rest,
        ),
    };
    Ok(match id {
        Some(id) => format!("{id}{rest}"),
        None => text.to_owned(),
    })
}

/// What a short name means.
struct Named {
    /// The whole name.
    whole: Vec<u8>,
    /// What it leads to, if there is anything.
    id: Option<ObjectId>,
}

/// What a name means, as short as it may be.
fn named(repository: &Repository, name: &str) -> anyhow::Result<Option<Named>> {
    const RULES: [[&str; 2]; 6] = [
        ["", ""],
        ["refs/", ""],
        ["refs/tags/", ""],
        ["refs/heads/", ""],
        ["refs/remotes/", ""],
        ["refs/remotes/", "/HEAD"],
    ];
    if name.is_empty() {
        return Ok(None);
    }
    let name = if name == "@" { "HEAD" } else { name };
    for [before, behind] in RULES {
        let whole = format!("{before}{name}{behind}").into_bytes();
        let (last, id) = follow(repository, &whole).map_err(refused)?;
        if id.is_some() || last != whole {
            return Ok(Some(Named { whole, id }));
        }
    }
    Ok(None)
}

/// What `name@{which}` means.
fn selected(here: &Here, name: &str, which: &str) -> anyhow::Result<ObjectId> {
    let repository = &here.repository;
    let unknown = || format!("unknown revision `{name}@{{{which}}}`");
    if let Some(back) = which.strip_prefix('-').filter(|_| name.is_empty()) {
        let back = back.parse().with_context(unknown)?;
        return checked_out_before(repository, back)?.with_context(unknown);
    }
    // Without a name it is the branch that is checked out.
    let whole = match name {
        "" => follow(repository, b"HEAD").map_err(refused)?.0,
        name => named(repository, name)?.with_context(unknown)?.whole,
    };
    let direction = match which.to_ascii_lowercase().as_str() {
        "u" | "upstream" => Direction::Fetch,
        "push" => Direction::Push,
        _ => return logged(repository, &whole, which)?.with_context(unknown),
    };
    let (branch, _) = follow(repository, &whole).map_err(refused)?;
    let branch = FullName::try_from(String::from_utf8_lossy(&branch).as_ref())
        .map_err(|error| anyhow::anyhow!("{}: {error}", unknown()))?;
    let tracking = here
        .gix()?
        .branch_remote_tracking_ref_name(branch.as_ref(), direction)
        .with_context(|| format!("{}: nothing is configured for it", unknown()))?
        .map_err(|error| anyhow::anyhow!("{}: {error}", unknown()))?;
    let (_, id) = follow(repository, tracking.as_bstr()).map_err(refused)?;
    id.with_context(|| format!("{}: {tracking} is not here; fetch it", unknown()))
}

/// What a name led to some changes ago, or at a date.
fn logged(repository: &Repository, name: &[u8], which: &str) -> anyhow::Result<Option<ObjectId>> {
    let log = log(repository, name)?;
    if let Ok(changes) = which.parse::<usize>() {
        return Ok(log.get(changes).map(|entry| entry.after));
    }
    let date = gix::date::parse(which, Some(gix::date::Zoned::now()))
        .map_err(|error| anyhow::anyhow!("`{which}` is neither a number nor a date: {error}"))?;
    let then = log
        .iter()
        .find(|entry| i64::try_from(entry.seconds).is_ok_and(|at| at <= date.seconds));
    Ok(match (then, log.last()) {
        (Some(entry), _) => Some(entry.after),
        (None, Some(oldest)) if !oldest.before.is_null() => Some(oldest.before),
        (None, oldest) => oldest.map(|oldest| oldest.after),
    })
}

/// What was checked out some checkouts ago.
fn checked_out_before(repository: &Repository, back: usize) -> anyhow::Result<Option<ObjectId>> {
    let before = log(repository, b"HEAD")?
        .into_iter()
        .filter_map(|entry| {
            let moved = entry.message.strip_prefix(b"checkout: moving from ")?;
            let (branch, _) = std::str::from_utf8(moved).ok()?.split_once(" to ")?;
            Some((branch.to_owned(), entry.before))
        })
        .nth(back.wrapping_sub(1));
    let Some((branch, then)) = before else {
        return Ok(None);
    };
    let now = named(repository, &branch)?.and_then(|found| found.id);
    Ok(Some(now.unwrap_or(then)))
}

fn log(repository: &Repository, name: &[u8]) -> anyhow::Result<Vec<reftable::LogEntry>> {
    reftable::log(folder(repository, name), repository.hash, name).map_err(refused)
}
