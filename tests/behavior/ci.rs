//! A CI run says in its environment what it adds, and that is audited.

use std::path::Path;

use serde_json::json;

use crate::support::{Project, Run, git};

const LEAK: &str = "NPSSO={{npsso}}\n";

/// A CI system with a repository and a folder for what it checks out.
struct Ci {
    origin: Project,
    work: Project,
}

impl Ci {
    /// With a leak on `main` that was there before everything else.
    fn new() -> Ci {
        let origin = Project::repository();
        origin.commit("old.env", Some("NPSSO={{npsso:old}}\n"), "old leak");
        Ci {
            origin,
            work: Project::new(),
        }
    }

    /// Clones as a CI system does, and checks out a ref of the original.
    fn check_out(&self, name: &str, depth: Option<&str>) {
        let url = format!("file://{}", self.origin.root().display());
        let depth: Vec<String> = depth
            .map(|it| format!("--depth={it}"))
            .into_iter()
            .collect();
        let depth: Vec<&str> = depth.iter().map(String::as_str).collect();
        self.work.git(&["init", "-q", "repository"]);
        let git = |arguments: &[&str]| git::git(&self.folder(), arguments);
        git(&["remote", "add", "origin", &url]);
        let fetch = [&["fetch", "-q"][..], &depth, &["origin"]].concat();
        if depth.is_empty() {
            git(&[&fetch[..], &["+refs/heads/*:refs/remotes/origin/*"]].concat());
        }
        git(&[&fetch[..], &[name]].concat());
        git(&["checkout", "-q", "--detach", "FETCH_HEAD"]);
    }

    fn folder(&self) -> std::path::PathBuf {
        self.work.path("repository")
    }

    /// Runs the program on GitHub.
    fn github(&self, name: &str, event: &serde_json::Value, arguments: &[&str]) -> Run {
        self.github_in(&self.folder(), name, event, arguments)
    }

    /// The same in another folder.
    fn github_in(
        &self,
        folder: &Path,
        name: &str,
        event: &serde_json::Value,
        arguments: &[&str],
    ) -> Run {
        self.work.write("event.json", Some(&event.to_string()));
        let event = self.work.path("event.json");
        let repository = self.folder();
        let sha = git::git(&repository, &["rev-parse", "HEAD"]);
        let variables = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_EVENT_PATH", event.to_str().expect("it is UTF-8")),
            ("GITHUB_SHA", &sha),
            (
                "GITHUB_WORKSPACE",
                repository.to_str().expect("it is UTF-8"),
            ),
            ("CI", "true"),
        ];
        audit(&self.work, folder, &variables, arguments)
    }

    /// Runs the program on GitLab.
    fn gitlab(&self, variables: &[(&str, &str)]) -> Run {
        let all = [&[("GITLAB_CI", "true"), ("CI", "true")], variables].concat();
        audit(&self.work, &self.folder(), &all, &[])
    }
}

/// Runs `npsso-audit --ci` with these variables of a CI system and no others.
fn audit(project: &Project, folder: &Path, variables: &[(&str, &str)], more: &[&str]) -> Run {
    let mut command = project.command(&[&["-f", "json", "--ci"], more].concat());
    command.envs(variables.iter().copied()).current_dir(folder);
    Run::of(command.stdin(std::process::Stdio::null()).output())
}

fn push(branch: &str, before: &str, after: &str) -> serde_json::Value {
    json!({
        "ref": format!("refs/heads/{branch}"),
        "before": before,
        "after": after,
        "repository": {"default_branch": "main"},
    })
}

fn pull_request(base: &str, head: &str) -> serde_json::Value {
    json!({"pull_request": {"base": {"sha": base}, "head": {"sha": head}}})
}

/// Ids as the line says them.
fn short(id: &str) -> &str {
    &id[..12]
}

fn zeros() -> String {
    "0".repeat(40)
}

/// A branch with some commits beside `main`, and how GitHub tries to merge it: the
/// base as the event has it, the newer one that it is merged into, the head and the merge.
fn request(origin: &Project, text: &str) -> [String; 4] {
    let base = origin.git(&["rev-parse", "main"]);
    origin.git(&["checkout", "-q", "-b", "side"]);
    origin.commit("side.env", Some(text), "side");
    origin.commit("more", Some("1\n"), "more");
    let head = origin.commit("more", Some("2\n"), "more");
    origin.git(&["checkout", "-q", "main"]);
    let newer = origin.commit("main.env", Some("NPSSO={{npsso:main}}\n"), "another leak");
    origin.git(&["checkout", "-q", "--detach", "main"]);
    origin.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    let merge = origin.git(&["rev-parse", "HEAD"]);
    origin.git(&["update-ref", "refs/pull/1/merge", "HEAD"]);
    origin.git(&["checkout", "-q", "main"]);
    [base, newer, head, merge]
}

#[test]
fn ci_audits_what_a_pull_request_adds_to_its_base() {
    let ci = Ci::new();
    let [base, newer, head, merge] = request(&ci.origin, LEAK);
    ci.check_out("refs/pull/1/merge", None);
    let run = ci.github("pull_request", &pull_request(&base, &head), &[]);
    assert_eq!(run.places(), ["side.env:1:7 npsso high"]);
    let line = format!(
        "npsso-audit: --ci: GitHub pull_request: auditing {}..{} (what this pull request adds)\n",
        short(&newer),
        short(&merge)
    );
    assert!(run.stderr.contains(&line), "{}", run.stderr);
    let settings = &run.json()["settings"];
    assert_eq!(settings["mode"], "range");
    assert_eq!(settings["inputs"], json!([format!("{newer}..{merge}")]));
    let quiet = ci.github("pull_request", &pull_request(&base, &head), &["-q"]);
    assert_eq!((quiet.code, quiet.stderr.as_str()), (1, ""));
    // Paths are left as with --range.
    let paths = |paths: &[&str]| ci.github("pull_request", &pull_request(&base, &head), paths);
    assert_eq!(paths(&["more"]).code, 0);
    assert_eq!(paths(&["*.env", ":!side.*"]).code, 0);
    assert_eq!(paths(&["*.env"]).code, 1);
    assert_eq!(paths(&["nosuch"]).code, 3);
    // Where the current folder is none, it is the repository that was checked out.
    let elsewhere = Project::new();
    let event = pull_request(&base, &head);
    let there = ci.github_in(elsewhere.root(), "pull_request", &event, &[]);
    assert_eq!(there.findings().len(), 1, "{}", there.stderr);
    // Where the head is checked out, there is no merge.
    git::git(&ci.folder(), &["checkout", "-q", "--detach", &head]);
    let run = ci.github("pull_request", &pull_request(&base, &head), &[]);
    assert_eq!(run.places(), ["side.env:1:7 npsso high"]);
    assert_eq!(
        run.json()["settings"]["inputs"],
        json!([format!("{base}..{head}")])
    );
    let group = json!({"merge_group": {"base_sha": newer, "head_sha": merge}});
    let run = ci.github("merge_group", &group, &[]);
    assert_eq!(run.places(), ["side.env:1:7 npsso high"]);
}

#[test]
fn ci_lets_no_pull_request_say_that_its_own_leak_is_known() {
    let ci = Ci::new();
    ci.origin.write("side.env", Some(LEAK));
    let found = ci.origin.audit(&["side.env"]).findings();
    let known = found[0]["fingerprint"].as_str().expect("it has one");
    let entry = format!("[[allow]]\nfingerprint = \"{known}\"\nreason = \"revoked\"\n");
    ci.origin.write("side.env", None);
    let origin = &ci.origin;
    origin.git(&["checkout", "-q", "-b", "other"]);
    origin.commit("side.env", Some(LEAK), "leak");
    let head = origin.commit(".npsso-audit.toml", Some(&entry), "entry");
    ci.check_out("other", None);
    let base = origin.git(&["rev-parse", "main"]);
    let run = ci.github("pull_request", &pull_request(&base, &head), &[]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(run.json()["notes"][0]["kind"], "proposed-entry");
    // What its base says counts, also where the base got it after the branch began.
    let ci = Ci::new();
    let origin = &ci.origin;
    let base = origin.git(&["rev-parse", "main"]);
    origin.git(&["checkout", "-q", "-b", "side"]);
    let head = origin.commit("side.env", Some(LEAK), "leak");
    origin.git(&["checkout", "-q", "main"]);
    origin.commit(".npsso-audit.toml", Some(&entry), "entry");
    origin.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    origin.git(&["update-ref", "refs/pull/1/merge", "HEAD"]);
    ci.check_out("refs/pull/1/merge", None);
    let run = ci.github("pull_request", &pull_request(&base, &head), &[]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(run.json()["summary"]["known"], 1);
}

#[test]
fn ci_in_a_shallow_clone_is_never_clean_and_says_what_to_change() {
    for (text, code) in [("x=1\n", 4), (LEAK, 1)] {
        for depth in ["1", "2"] {
            let ci = Ci::new();
            let [base, _, head, _] = request(&ci.origin, text);
            ci.check_out("refs/pull/1/merge", Some(depth));
            let run = ci.github("pull_request", &pull_request(&base, &head), &["*side*"]);
            assert_eq!(run.code, code, "{depth}: {}", run.stdout);
            let skipped = &run.json()["skipped"][0];
            assert_eq!(skipped["reason"], "shallow-clone", "{depth}");
            let explanation = skipped["explanation"].as_str().expect("a text");
            assert!(explanation.contains("`fetch-depth: 0`"), "{explanation}");
            assert!(explanation.contains("`GIT_DEPTH: \"0\"`"), "{explanation}");
            // What the branch has that it goes to is not added, where that is here.
            if depth == "2" {
                let run = ci.github("pull_request", &pull_request(&base, &head), &[]);
                let mut places = run.places().into_iter();
                assert!(
                    places.all(|place| place.starts_with("side")),
                    "{}",
                    run.stdout
                );
            }
        }
    }
    // A push, whose base is not there either
    let ci = Ci::new();
    let before = ci.origin.commit("a", Some("1\n"), "more");
    ci.origin.git(&["checkout", "-q", "-b", "side"]);
    let after = ci.origin.commit("a", Some("2\n"), "more");
    ci.check_out("side", Some("1"));
    let run = ci.github("push", &push("side", &before, &after), &["a"]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    let line = format!(
        "{}, which was there before, is not in this clone",
        short(&before)
    );
    assert!(run.stderr.contains(&line), "{}", run.stderr);
    // The same on the default branch, where all that is there is audited
    let ci = Ci::new();
    let before = ci.origin.commit("old.env", None, "remove");
    let after = ci.origin.commit("a", Some("1\n"), "more");
    ci.check_out("main", Some("1"));
    let run = ci.github("push", &push("main", &before, &after), &[]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    assert_eq!(run.json()["settings"]["mode"], "files");
    // With the base everything is there, however shallow it is.
    let ci = Ci::new();
    let before = ci.origin.commit("a", Some("1\n"), "more");
    let after = ci.origin.commit("a", Some("2\n"), "more");
    ci.check_out("main", Some("2"));
    let run = ci.github("push", &push("main", &before, &after), &[]);
    assert_eq!(run.code, 0, "{}", run.stdout);
}

#[test]
fn ci_says_what_to_check_out_where_the_newest_commit_is_missing() {
    let ci = Ci::new();
    let [base, _, head, _] = request(&ci.origin, LEAK);
    ci.check_out("main", Some("1"));
    let run = ci.github("pull_request_target", &pull_request(&base, &head), &[]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    let advice = "`ref: ${{ github.event.pull_request.head.sha }}`";
    assert!(run.stderr.contains(advice), "{}", run.stderr);
}

#[test]
fn ci_audits_what_a_new_branch_has_and_the_default_branch_has_not() {
    let ci = Ci::new();
    let origin = &ci.origin;
    origin.git(&["checkout", "-q", "-b", "side"]);
    origin.commit("side.env", Some(LEAK), "leak");
    // Another new branch has the same commit, and nobody audited it yet.
    origin.git(&["branch", "other"]);
    let after = origin.commit("side.env", None, "remove");
    ci.check_out("side", None);
    let event = push("side", &zeros(), &after);
    let run = ci.github("push", &event, &[]);
    assert_eq!(run.places(), ["side.env:1:7 npsso high"]);
    assert!(
        run.stderr
            .contains("(what a new branch adds to origin/main)"),
        "{}",
        run.stderr
    );
    let gitlab = |before: &str| {
        ci.gitlab(&[
            ("CI_PIPELINE_SOURCE", "push"),
            ("CI_COMMIT_BRANCH", "side"),
            ("CI_DEFAULT_BRANCH", "main"),
            ("CI_COMMIT_BEFORE_SHA", before),
            ("CI_COMMIT_SHA", &after),
        ])
    };
    assert_eq!(gitlab(&zeros()).places(), run.places());
    // A push to it afterwards
    let before = origin.git(&["rev-parse", "side~1"]);
    assert_eq!(gitlab(&before).code, 0);
    // One that has no commit of its own
    let main = origin.git(&["rev-parse", "main"]);
    let run = ci.github("push", &push("empty", &zeros(), &main), &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.json()["summary"]["inputs"], 0);
    // Without the default branch nothing is left out.
    git::git(
        &ci.folder(),
        &["update-ref", "-d", "refs/remotes/origin/main"],
    );
    let run = ci.github("push", &event, &[]);
    assert_eq!(run.findings().len(), 2, "{}", run.stderr);
    let line = "(a new branch, and origin/main is not in this clone)";
    assert!(run.stderr.contains(line), "{}", run.stderr);
}

#[test]
fn ci_audits_a_forced_push_whose_old_commits_are_gone() {
    let ci = Ci::new();
    let origin = &ci.origin;
    origin.git(&["checkout", "-q", "-b", "side"]);
    let after = origin.commit("side.env", Some(LEAK), "leak");
    ci.check_out("side", None);
    let gone = "ab".repeat(20);
    let run = ci.github("push", &push("side", &gone, &after), &[]);
    assert_eq!(run.places(), ["side.env:1:7 npsso high"]);
    let line = "(what origin/main does not have: abababababab, which was there before, is not in this clone)";
    assert!(run.stderr.contains(line), "{}", run.stderr);
    // Nothing is there to compare the default branch with.
    for before in [&gone, &zeros()] {
        let run = ci.github("push", &push("main", before, &after), &[]);
        assert_eq!(run.findings().len(), 2, "{}", run.stderr);
        assert_eq!(run.json()["settings"]["mode"], "files");
        assert!(
            run.stderr.contains("auditing everything ("),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn ci_audits_what_a_merge_request_adds_to_its_target() {
    let ci = Ci::new();
    let [base, newer, head, merge] = request(&ci.origin, LEAK);
    ci.check_out("refs/pull/1/merge", None);
    let request = |target: &str, tip: &str| {
        ci.gitlab(&[
            ("CI_PIPELINE_SOURCE", "merge_request_event"),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", target),
            ("CI_COMMIT_BEFORE_SHA", &zeros()),
            ("CI_COMMIT_SHA", tip),
        ])
    };
    let run = request("", &head);
    assert_eq!(run.places(), ["side.env:1:7 npsso high"]);
    let line = format!(
        "npsso-audit: --ci: GitLab merge_request_event: auditing {}..{} (what this merge request adds)",
        short(&base),
        short(&head)
    );
    assert!(run.stderr.contains(&line), "{}", run.stderr);
    let merged = request(&newer, &merge);
    assert_eq!(merged.places(), ["side.env:1:7 npsso high"]);
}

#[test]
fn ci_audits_everything_where_no_commits_belong_to_the_run() {
    let ci = Ci::new();
    ci.origin.commit("sub/fine", Some("x\n"), "fine");
    ci.origin.commit("old.env", None, "remove");
    ci.check_out("main", None);
    ci.work.write("repository/built.env", Some(LEAK));
    let folder = ci.folder().join("sub");
    for variables in [
        &[("CI", "true")][..],
        &[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "schedule"),
        ],
        &[("GITLAB_CI", "true"), ("CI_COMMIT_TAG", "v1")],
    ] {
        let run = audit(&ci.work, &folder, variables, &[]);
        assert_eq!(run.findings().len(), 2, "{variables:?}: {}", run.stderr);
        assert_eq!(run.json()["settings"]["mode"], "files");
        assert_eq!(run.json()["settings"]["inputs"], json!([".."]));
    }
    let variables = [("CI", "true")];
    let named = audit(&ci.work, &ci.folder(), &variables, &["built.env"]);
    assert_eq!(named.places(), ["built.env:1:7 npsso high"]);
    // Where the current folder is none, it is what was checked out.
    let elsewhere = Project::new();
    let repository = ci.folder();
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        (
            "GITHUB_WORKSPACE",
            repository.to_str().expect("it is UTF-8"),
        ),
    ];
    let run = audit(&ci.work, elsewhere.root(), &variables, &[]);
    assert_eq!(run.findings().len(), 2, "{}", run.stderr);
}

#[test]
fn ci_without_a_ci_run_or_with_another_choice_is_an_error() {
    let project = Project::repository();
    project.commit("a", Some("1\n"), "start");
    let none = audit(&project, project.root(), &[], &[]);
    assert_eq!(none.code, 2, "{}", none.stdout);
    assert!(none.stderr.contains("--range A..B"), "{}", none.stderr);
    for other in [
        &["--staged"][..],
        &["--message", "a"],
        &["--range", "HEAD"],
        &["--pre-push"],
        &["--pre-receive"],
        &["--explain", "a:1"],
    ] {
        let run = audit(&project, project.root(), &[("CI", "true")], other);
        assert_eq!(run.code, 2, "{other:?}");
        assert!(run.stderr.contains("cannot be used with"), "{}", run.stderr);
    }
    project.write("known.txt", Some(""));
    let prune = ["baseline", "update", "known.txt", "--prune", "--ci"];
    let run = project.run(&prune);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(
        run.stderr.contains("--ci looks at a part only"),
        "{}",
        run.stderr
    );
}

#[test]
fn ci_believes_nothing_that_an_event_says_but_ids() {
    let ci = Ci::new();
    let after = ci.origin.git(&["rev-parse", "HEAD"]);
    ci.check_out("main", None);
    for before in ["HEAD", "--output=x", "main~1", "", &after[..39]] {
        let run = ci.github("push", &push("side", before, &after), &[]);
        assert_eq!(run.code, 2, "{before}: {}", run.stdout);
        assert!(
            run.stderr.contains("event.json: `before`"),
            "{}",
            run.stderr
        );
    }
    // An id of the other kind of repositories
    let run = ci.github("push", &push("side", &"ab".repeat(32), &after), &[]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    // Names of branches lead nowhere but to refs, and cannot write to a terminal.
    for branch in ["--all", "../../HEAD", "\u{1b}[2J\nmain", "main@{0}"] {
        let mut event = push("side", &zeros(), &after);
        event["repository"]["default_branch"] = json!(branch);
        let run = ci.github("push", &event, &[]);
        assert_eq!(run.findings().len(), 1, "{branch:?}: {}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);
    }
    for file in ["nowhere", "repository", "/dev/zero"] {
        let variables = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_EVENT_PATH", file),
        ];
        let run = audit(&ci.work, ci.work.root(), &variables, &[]);
        assert_eq!(run.code, 2, "{file}: {}", run.stdout);
        assert!(run.stderr.contains(file), "{}", run.stderr);
    }
}

#[test]
fn ci_reads_what_is_known_in_the_branch_that_a_merge_request_goes_to() {
    let ci = Ci::new();
    let entry = "[[allow]]\npaths = [\"side.env\"]\nreason = \"all\"\n";
    let base = ci.origin.commit(".npsso-audit.toml", Some(entry), "entry");
    ci.origin.git(&["checkout", "-q", "-b", "side"]);
    let head = ci.origin.commit("side.env", Some(LEAK), "leak");
    ci.origin.git(&["checkout", "-q", "main"]);
    ci.origin.commit(".npsso-audit.toml", None, "no entry");
    ci.check_out("side", None);
    let request = |branch: &str| {
        ci.gitlab(&[
            ("CI_PIPELINE_SOURCE", "merge_request_event"),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", branch),
            ("CI_COMMIT_SHA", &head),
        ])
    };
    assert_eq!(request("main").code, 1);
    // Where the clone does not have it, the base is what is known.
    assert_eq!(request("gone").code, 0);
}

#[test]
fn ci_with_a_strict_baseline_audits_everything_too() {
    let ci = Ci::new();
    ci.check_out("main", None);
    let create = ["baseline", "create", "known.txt", "repository"];
    assert_eq!(ci.work.run(&create).code, 0);
    let variables = [("CI", "true")];
    let more = ["--baseline", "../known.txt", "--strict-baseline"];
    let run = audit(&ci.work, &ci.folder(), &variables, &more);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn ci_calls_nothing_proposed_where_the_clone_does_not_tell() {
    let ci = Ci::new();
    let entry = "[[allow]]\npaths = [\"fixtures/\"]\nreason = \"synthetic\"\n";
    ci.origin.commit(".npsso-audit.toml", Some(entry), "entry");
    ci.origin.commit("fixtures/a.env", Some(LEAK), "fixture");
    let line = format!("v1:{}\n", "0".repeat(32));
    ci.origin.commit("known.txt", Some(&line), "baseline");
    let [base, _, head, _] = request(&ci.origin, "x=1\n");
    ci.check_out("refs/pull/1/merge", Some("1"));
    let baseline = ["--baseline", "known.txt"];
    let run = ci.github("pull_request", &pull_request(&base, &head), &baseline);
    let report = run.json();
    assert_eq!(report["skipped"][0]["reason"], "shallow-clone");
    assert_eq!(report["summary"]["notes"], 0, "{}", run.stdout);
}

#[test]
fn ci_blames_no_push_for_what_the_default_branch_has() {
    let ci = Ci::new();
    ci.origin.git(&["checkout", "-q", "-b", "side"]);
    let before = ci.origin.commit("side.txt", Some("x\n"), "more");
    ci.origin.git(&["checkout", "-q", "main"]);
    let entry = "[[allow]]\npaths = [\"fixtures/\"]\nreason = \"synthetic\"\n";
    ci.origin.commit(".npsso-audit.toml", Some(entry), "entry");
    ci.origin.commit(
        "other.env",
        Some("NPSSO={{npsso:other}}\n"),
        "leak of others",
    );
    ci.origin.git(&["checkout", "-q", "side"]);
    ci.origin.git(&["merge", "-q", "--no-edit", "main"]);
    let after = ci.origin.commit("fixtures/a.env", Some(LEAK), "fixture");
    ci.check_out("side", None);
    let run = ci.github("push", &push("side", &before, &after), &[]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(run.json()["summary"]["known"], 1, "{}", run.stdout);
    assert_eq!(run.json()["summary"]["notes"], 0, "{}", run.stdout);
}
