//! `npsso-audit --ci`: what a CI run adds, as its environment says.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use serde::Deserialize;

use super::say;
use crate::report::redaction;
use crate::report::terminal;
use crate::source::{Added, Here, ObjectId, Old, Revisions, Span, read_regular};

/// The longest event that is read. GitHub sends none of more than 25 MB.
const LONGEST_EVENT: u64 = 32 << 20;
/// Digits of an id that are shown.
const SHOWN_DIGITS: usize = 12;

/// What is to be audited.
pub enum Target {
    /// All files from this folder on, and their history.
    Everything(PathBuf),
    /// What commits add.
    Commits {
        here: Box<Here>,
        revisions: Revisions,
        name: String,
    },
}

/// Chooses what this run adds, and says so unless it is to be quiet.
///
/// # Errors
///
/// When this is no CI run, what its environment says is wrong, or there is no
/// repository.
pub fn target(quiet: bool) -> anyhow::Result<Target> {
    let choice = Choice::of(&|name| env::var_os(name))?;
    let here = checked_out(choice.folder.as_deref());
    let say = |what: &str| {
        if !quiet {
            let run = redaction::text(&choice.run);
            let run = terminal::escape(&run);
            say(&format!("npsso-audit: --ci: {run}: auditing {what}"));
        }
    };
    let commits = match &choice.what {
        What::Commits(commits) => commits,
        What::Everything(why) => {
            say(&format!("everything ({why})"));
            let root = here.map_or_else(|_| PathBuf::from("."), |here| root(&here));
            return Ok(Target::Everything(root));
        }
    };
    let here = here?;
    let span = commits.added.locate(&here)?;
    if commits.are_of_default_branch && matches!(span.old, Old::Absent(_)) {
        say(&format!("everything ({})", commits.why(&span)));
        return Ok(Target::Everything(root(&here)));
    }
    say(&format!("{} ({})", range(&span), commits.why(&span)));
    Ok(Target::Commits {
        revisions: span.revisions(),
        name: span.name(),
        here: Box::new(here),
    })
}

/// The repository of the current folder, else the one that the CI system checked out.
fn checked_out(folder: Option<&Path>) -> anyhow::Result<Here> {
    Here::open(None).or_else(|none| match folder {
        Some(folder) => Here::open(Some(folder)),
        None => Err(none),
    })
}

/// The work tree as people name it.
fn root(here: &Here) -> PathBuf {
    let shown = &here.repository.shown;
    match shown.strip_prefix(".") {
        Ok(rest) if !rest.as_os_str().is_empty() => rest.to_path_buf(),
        _ => shown.clone(),
    }
}

/// What is audited in a CI run.
#[derive(Debug, PartialEq, Eq)]
struct Choice {
    /// What kind of run it is.
    run: String,
    /// Where the CI system checked the repository out.
    folder: Option<PathBuf>,
    what: What,
}

#[derive(Debug, PartialEq, Eq)]
enum What {
    /// All files and their history, and why.
    Everything(&'static str),
    Commits(Commits),
}

/// What the run is about.
#[derive(Debug, PartialEq, Eq)]
struct Commits {
    added: Added,
    /// What adds them.
    thing: &'static str,
    /// Whether they are on the branch that everything else is compared with.
    are_of_default_branch: bool,
    /// What has to be changed where the newest of them was not checked out.
    checkout: &'static str,
}

/// Gives the value of an environment variable.
type Environment<'e> = dyn Fn(&str) -> Option<OsString> + 'e;

impl Choice {
    /// Reads the environment, and on GitHub the file with the event.
    fn of(environment: &Environment<'_>) -> anyhow::Result<Choice> {
        let variables = Variables(environment);
        if variables.is_on("GITHUB_ACTIONS") {
            let name = variables.text("GITHUB_EVENT_NAME");
            return Ok(Choice {
                run: format!("GitHub {}", name.as_deref().unwrap_or("run")),
                folder: variables.path("GITHUB_WORKSPACE"),
                what: github(&variables, name.as_deref().unwrap_or_default())?,
            });
        }
        if variables.is_on("GITLAB_CI") {
            let source = variables.text("CI_PIPELINE_SOURCE");
            return Ok(Choice {
                run: format!("GitLab {}", source.as_deref().unwrap_or("pipeline")),
                folder: variables.path("CI_PROJECT_DIR"),
                what: gitlab(&variables, source.as_deref().unwrap_or_default())?,
            });
        }
        if variables.is_on("CI") {
            return Ok(Choice {
                run: "CI".to_owned(),
                folder: None,
                what: What::Everything(
                    "neither GitHub Actions nor GitLab CI says which commits are new",
                ),
            });
        }
        bail!(
            "--ci: this is no CI run: none of GITHUB_ACTIONS, GITLAB_CI and CI is set; \
             audit commits with --range A..B, or files with `npsso-audit PATH`"
        )
    }
}

/// What an event of GitHub Actions is about, as far as it is asked for.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "ref")]
    name: Option<String>,
    before: Option<String>,
    after: Option<String>,
    repository: Option<Repository>,
    pull_request: Option<PullRequest>,
    merge_group: Option<MergeGroup>,
}

#[derive(Deserialize)]
struct Repository {
    default_branch: Option<String>,
}

#[derive(Deserialize)]
struct PullRequest {
    base: Side,
    head: Side,
}

#[derive(Deserialize)]
struct Side {
    sha: String,
}

#[derive(Deserialize)]
struct MergeGroup {
    base_sha: String,
    head_sha: String,
}

fn github(variables: &Variables<'_>, event_name: &str) -> anyhow::Result<What> {
    const CHECKOUT: &str = "set `fetch-depth: 0` for actions/checkout, and no other `ref`";
    if !matches!(
        event_name,
        "push" | "pull_request" | "pull_request_target" | "merge_group"
    ) {
        return Ok(What::Everything("this event adds no commits"));
    }
    let file = variables.path("GITHUB_EVENT_PATH").with_context(|| {
        format!("--ci: GITHUB_EVENT_PATH does not say where the {event_name} is")
    })?;
    let shown = file.display();
    let event = read_event(&file)?;
    let lacks = |field: &str| anyhow!("{shown}: this {event_name} has no `{field}`");
    let id = |field: &str, hex: &str| {
        object_id(hex).with_context(|| format!("{shown}: `{field}` is no object id"))
    };
    if event_name == "push" {
        let field = |name: &str, hex: &Option<String>| match hex {
            Some(hex) => id(name, hex),
            None => Err(lacks(name)),
        };
        let name = event.name.ok_or_else(|| lacks("ref"))?;
        let Some(branch) = name.strip_prefix("refs/heads/") else {
            return Ok(What::Everything("what is pushed is no branch"));
        };
        return Ok(pushed(
            field("before", &event.before)?,
            field("after", &event.after)?,
            branch,
            event.repository.and_then(|it| it.default_branch),
            CHECKOUT,
        ));
    }
    if event_name == "merge_group" {
        let group = event.merge_group.ok_or_else(|| lacks("merge_group"))?;
        return Ok(What::Commits(Commits {
            added: Added {
                tip: id("merge_group.head_sha", &group.head_sha)?,
                trial: None,
                bases: vec![id("merge_group.base_sha", &group.base_sha)?],
                branch: None,
                target: None,
                merged: None,
            },
            thing: "merge group",
            are_of_default_branch: false,
            checkout: CHECKOUT,
        }));
    }
    let request = event.pull_request.ok_or_else(|| lacks("pull_request"))?;
    let is_target = event_name == "pull_request_target";
    // Where the target is checked out, this is no merge.
    let trial = variables.text("GITHUB_SHA").filter(|_| !is_target);
    let trial = trial
        .map(|hex| object_id(&hex).with_context(|| format!("GITHUB_SHA: `{hex}` is no object id")));
    Ok(What::Commits(Commits {
        added: Added {
            tip: id("pull_request.head.sha", &request.head.sha)?,
            trial: trial.transpose()?,
            bases: vec![id("pull_request.base.sha", &request.base.sha)?],
            branch: None,
            target: None,
            merged: None,
        },
        thing: "pull request",
        are_of_default_branch: false,
        checkout: match is_target {
            true => {
                "set `ref: ${{ github.event.pull_request.head.sha }}` and `fetch-depth: 0` for actions/checkout"
            }
            false => CHECKOUT,
        },
    }))
}

fn read_event(file: &Path) -> anyhow::Result<Event> {
    let shown = file.display();
    let text = read_regular(file, LONGEST_EVENT)
        .map_err(|why| anyhow!("{shown}: {} {}", why.reason.explain(), why.detail))?
        .with_context(|| format!("{shown}: GITHUB_EVENT_PATH names it and it is not there"))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{shown}: GITHUB_EVENT_PATH names it and it is no event"))
}

fn gitlab(variables: &Variables<'_>, source: &str) -> anyhow::Result<What> {
    const CHECKOUT: &str = "set `GIT_DEPTH: \"0\"`";
    let id = |name: &str| {
        let hex = variables
            .text(name)
            .with_context(|| format!("{name}: is not set in this pipeline"))?;
        object_id(&hex).with_context(|| format!("{name}: `{hex}` is no object id"))
    };
    if variables.text("CI_MERGE_REQUEST_DIFF_BASE_SHA").is_some() {
        let mut bases = vec![id("CI_MERGE_REQUEST_DIFF_BASE_SHA")?];
        // Only where the commit is the merged result
        const TARGET: &str = "CI_MERGE_REQUEST_TARGET_BRANCH_SHA";
        if variables.text(TARGET).is_some() {
            bases.insert(0, id(TARGET)?);
        }
        return Ok(What::Commits(Commits {
            added: Added {
                tip: id("CI_COMMIT_SHA")?,
                trial: None,
                bases,
                branch: None,
                target: variables.text("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
                merged: None,
            },
            thing: "merge request",
            are_of_default_branch: false,
            checkout: CHECKOUT,
        }));
    }
    if variables.text("CI_COMMIT_TAG").is_some() {
        return Ok(What::Everything("what is pushed is no branch"));
    }
    match variables.text("CI_COMMIT_BRANCH") {
        Some(branch) if source == "push" => Ok(pushed(
            id("CI_COMMIT_BEFORE_SHA")?,
            id("CI_COMMIT_SHA")?,
            &branch,
            variables.text("CI_DEFAULT_BRANCH"),
            CHECKOUT,
        )),
        _ => Ok(What::Everything("this pipeline adds no commits")),
    }
}

/// What a push to a branch is about.
fn pushed(
    before: ObjectId,
    after: ObjectId,
    branch: &str,
    default_branch: Option<String>,
    checkout: &'static str,
) -> What {
    if after.is_null() {
        return What::Everything("this push takes a branch away and adds no commits");
    }
    let are_of_default_branch = default_branch.as_deref() == Some(branch);
    What::Commits(Commits {
        added: Added {
            tip: after,
            trial: None,
            bases: Some(before)
                .into_iter()
                .filter(|id| !id.is_null())
                .collect(),
            // Other branches may have come with the same push.
            branch: default_branch.clone().filter(|_| !are_of_default_branch),
            target: None,
            // What others added there is not added here.
            merged: default_branch.filter(|_| !are_of_default_branch),
        },
        thing: "push",
        are_of_default_branch,
        checkout,
    })
}

impl Commits {
    /// Why these commits, in words.
    fn why(&self, span: &Span) -> String {
        let branch = self.added.branch.as_deref().map(|branch| {
            let branch = redaction::text(&format!("origin/{branch}"));
            terminal::escape(&branch)
        });
        let branch = branch.as_deref();
        let lost = self.added.bases.first().map(|id| {
            let id = id.to_hex_with_len(SHOWN_DIGITS);
            format!("{id}, which was there before, is not in this clone")
        });
        let why = match (span.old, branch, lost) {
            (Old::Base(_), ..) => format!("what this {} adds", self.thing),
            (Old::Branch(_), Some(branch), None) => format!("what a new branch adds to {branch}"),
            (Old::Branch(_), Some(branch), Some(lost)) => {
                format!("what {branch} does not have: {lost}")
            }
            (_, _, None) if self.are_of_default_branch => {
                "the first push of the default branch".to_owned()
            }
            (_, Some(branch), None) => format!("a new branch, and {branch} is not in this clone"),
            (_, Some(branch), Some(lost)) => format!("{lost}, and neither is {branch}"),
            (_, None, Some(lost)) => lost,
            (_, None, None) => "a new branch".to_owned(),
        };
        match span.is_here {
            true => why,
            false => format!(
                "{why}; the newest commit is not in this clone: {}",
                self.checkout
            ),
        }
    }
}

/// The commits, for people.
fn range(span: &Span) -> String {
    let tip = span.tip.to_hex_with_len(SHOWN_DIGITS);
    match span.old {
        Old::Base(old) | Old::Branch(old) => {
            format!("{}..{tip}", old.to_hex_with_len(SHOWN_DIGITS))
        }
        Old::Absent(_) => format!("{tip} and all commits before it"),
    }
}

fn object_id(hex: &str) -> Option<ObjectId> {
    ObjectId::from_hex(hex.as_bytes()).ok()
}

/// The environment, in which what is empty is not there.
struct Variables<'e>(&'e Environment<'e>);

impl Variables<'_> {
    fn value(&self, name: &str) -> Option<OsString> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    fn text(&self, name: &str) -> Option<String> {
        let value = self.value(name)?;
        Some(value.to_string_lossy().into_owned())
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.value(name).map(PathBuf::from)
    }

    fn is_on(&self, name: &str) -> bool {
        self.value(name).is_some_and(|value| {
            let is = |word: &str| value.eq_ignore_ascii_case(word);
            !is("false") && !is("0")
        })
    }
}

#[cfg(test)]
mod ci_tests {
    use std::collections::BTreeMap;

    use super::*;

    fn id(digit: char) -> ObjectId {
        object_id(&hex(digit)).expect("it is hex")
    }

    fn hex(digit: char) -> String {
        digit.to_string().repeat(40)
    }

    /// What an environment of these variables leads to.
    fn choose(variables: &[(&str, &str)]) -> anyhow::Result<Choice> {
        let all: BTreeMap<&str, &str> = variables.iter().copied().collect();
        Choice::of(&|name| all.get(name).map(OsString::from))
    }

    /// What an event of GitHub leads to.
    fn on_github(event_name: &str, event: &str, more: &[(&str, &str)]) -> anyhow::Result<What> {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = folder.path().join("event.json");
        std::fs::write(&file, event).expect("it can be written");
        let file = file.to_string_lossy();
        let own = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", event_name),
            ("GITHUB_EVENT_PATH", &file),
        ];
        choose(&[&own[..], more].concat()).map(|choice| choice.what)
    }

    fn on_gitlab(variables: &[(&str, &str)]) -> anyhow::Result<What> {
        let all = [&[("GITLAB_CI", "true"), ("CI", "true")], variables].concat();
        choose(&all).map(|choice| choice.what)
    }

    fn commits(what: anyhow::Result<What>) -> Commits {
        match what {
            Ok(What::Commits(commits)) => commits,
            other => panic!("{other:?}"),
        }
    }

    fn is_everything(what: &anyhow::Result<What>) -> bool {
        matches!(what, Ok(What::Everything(_)))
    }

    fn push(name: &str, before: char, after: char) -> String {
        format!(
            r#"{{"ref":"{name}","before":"{}","after":"{}","repository":{{"default_branch":"main"}}}}"#,
            hex(before),
            hex(after)
        )
    }

    #[test]
    fn ci_is_what_the_environment_says() {
        for nothing in [&[][..], &[("CI", "")], &[("CI", "0")], &[("CI", "False")]] {
            let error = choose(nothing).expect_err("it is no CI run");
            assert!(error.to_string().contains("--range"), "{error}");
        }
        for some in ["true", "1", "woodpecker"] {
            let choice = choose(&[("CI", some)]).expect("it is a CI run");
            assert!(matches!(choice.what, What::Everything(_)));
            assert_eq!((choice.run.as_str(), choice.folder), ("CI", None));
        }
        let choice = choose(&[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "schedule"),
            ("GITHUB_WORKSPACE", "/w"),
        ])
        .expect("no event is needed");
        assert!(matches!(choice.what, What::Everything(_)));
        assert_eq!(choice.run, "GitHub schedule");
        assert_eq!(choice.folder, Some(PathBuf::from("/w")));
        assert!(choose(&[("GITHUB_ACTIONS", "false")]).is_err());
    }

    #[test]
    fn ci_takes_a_push_for_what_came_after_it_was_there_before() {
        let main = commits(on_github("push", &push("refs/heads/main", 'a', 'b'), &[]));
        assert_eq!(
            (main.added.tip, &*main.added.bases),
            (id('b'), &[id('a')][..])
        );
        assert!(main.are_of_default_branch);
        assert_eq!(main.added.branch, None);
        let side = commits(on_github("push", &push("refs/heads/side", 'a', 'b'), &[]));
        assert_eq!(side.added.branch.as_deref(), Some("main"));
        let new = commits(on_github("push", &push("refs/heads/a/b", '0', 'b'), &[]));
        assert!(new.added.bases.is_empty());
        assert_eq!(new.added.branch.as_deref(), Some("main"));
        for event in [
            push("refs/tags/v1", '0', 'b'),
            push("refs/heads/x", 'a', '0'),
        ] {
            assert!(is_everything(&on_github("push", &event, &[])));
        }
    }

    #[test]
    fn ci_takes_a_pull_request_for_its_base_and_its_head() {
        let event = format!(
            r#"{{"number":1,"pull_request":{{"base":{{"sha":"{}"}},"head":{{"sha":"{}"}}}}}}"#,
            hex('a'),
            hex('b')
        );
        let merge = hex('c');
        let sha = [("GITHUB_SHA", merge.as_str())];
        let request = commits(on_github("pull_request", &event, &sha));
        assert_eq!(request.added.tip, id('b'));
        assert_eq!(request.added.bases, [id('a')]);
        assert_eq!(request.added.trial, Some(id('c')));
        // There GITHUB_SHA is what was there before.
        let target = commits(on_github("pull_request_target", &event, &sha));
        assert_eq!(target.added.trial, None);
        assert!(target.checkout.contains("head.sha"));
        let event = format!(
            r#"{{"merge_group":{{"base_sha":"{}","head_sha":"{}"}}}}"#,
            hex('a'),
            hex('b')
        );
        let group = commits(on_github("merge_group", &event, &sha));
        assert_eq!(
            (group.added.tip, &*group.added.bases),
            (id('b'), &[id('a')][..])
        );
    }

    #[test]
    fn ci_refuses_an_event_that_says_something_else() {
        let bad_id = push("refs/heads/main", 'a', 'b').replace(&hex('a'), "--output=x");
        for (event_name, event, says) in [
            ("push", bad_id.as_str(), "`before` is no object id"),
            (
                "push",
                r#"{"ref":"refs/heads/main","before":1}"#,
                "is no event",
            ),
            ("push", r#"{"ref":"refs/heads/main"}"#, "has no `before`"),
            ("push", "{}", "has no `ref`"),
            ("push", "[", "is no event"),
            ("push", "", "is no event"),
            ("pull_request", "{}", "has no `pull_request`"),
            (
                "pull_request",
                r#"{"pull_request":{"base":{"sha":"HEAD"},"head":{"sha":"HEAD"}}}"#,
                "`pull_request.head.sha` is no object id",
            ),
            ("merge_group", "{}", "has no `merge_group`"),
        ] {
            let error = on_github(event_name, event, &[]).expect_err("it is wrong");
            let said = format!("{error:#}");
            assert!(said.contains(says) && said.contains("event.json"), "{said}");
        }
        let own = [("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", "push")];
        let error = choose(&own).expect_err("there is no event");
        assert!(error.to_string().contains("GITHUB_EVENT_PATH"), "{error}");
        let deep = "[".repeat(1 << 20);
        assert!(on_github("push", &deep, &[]).is_err());
    }

    #[test]
    fn ci_reads_the_variables_of_gitlab() {
        let [a, b, c, zero] = ['a', 'b', 'c', '0'].map(hex);
        let tip = ("CI_COMMIT_SHA", b.as_str());
        let request = [
            ("CI_PIPELINE_SOURCE", "merge_request_event"),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &a),
            ("CI_COMMIT_BEFORE_SHA", &zero),
            tip,
        ];
        let plain = commits(on_gitlab(&request));
        assert_eq!(
            (plain.added.tip, &*plain.added.bases),
            (id('b'), &[id('a')][..])
        );
        let target = [("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", c.as_str())];
        let merged = commits(on_gitlab(&[&request[..], &target].concat()));
        assert_eq!(merged.added.bases, [id('c'), id('a')]);

        let push = |branch, before: &str| {
            on_gitlab(&[
                ("CI_PIPELINE_SOURCE", "push"),
                ("CI_COMMIT_BRANCH", branch),
                ("CI_DEFAULT_BRANCH", "main"),
                ("CI_COMMIT_BEFORE_SHA", before),
                tip,
            ])
        };
        let side = commits(push("side", &a));
        assert_eq!(
            (side.added.tip, &*side.added.bases),
            (id('b'), &[id('a')][..])
        );
        assert_eq!(side.added.branch.as_deref(), Some("main"));
        assert!(!side.are_of_default_branch);
        assert!(commits(push("side", &zero)).added.bases.is_empty());
        assert!(commits(push("main", &zero)).are_of_default_branch);
        let error = push("side", "HEAD").expect_err("it is wrong");
        assert!(
            error.to_string().contains("CI_COMMIT_BEFORE_SHA"),
            "{error}"
        );
        assert!(push("side", "").is_err());

        let tag = [("CI_PIPELINE_SOURCE", "push"), ("CI_COMMIT_TAG", "v1"), tip];
        let schedule = [
            ("CI_PIPELINE_SOURCE", "schedule"),
            ("CI_COMMIT_BRANCH", "main"),
            tip,
        ];
        for variables in [&tag[..], &schedule, &[]] {
            assert!(is_everything(&on_gitlab(variables)), "{variables:?}");
        }
    }
}
