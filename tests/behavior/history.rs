//! Secrets in the history of a repository are found and placed.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Project, clean};

const LEAK: &str = "# settings\nNPSSO={{npsso}}\n";

/// What the only place of the only finding says about its commits.
fn place(project: &Project) -> Value {
    let run = project.audit(&["."]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let places = run.exposures();
    assert_eq!(places.len(), 1, "{:?}", run.places());
    places[0].clone()
}

fn commits(place: &Value) -> (Value, Value) {
    let git = &place["git"];
    (
        git["first_commit"]["id"].clone(),
        git["last_commit"]["id"].clone(),
    )
}

#[test]
fn a_deleted_file_is_found_in_the_commits_that_held_it() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    let first = project.commit("bot/.env", Some(LEAK), "add settings");
    let last = project.commit("README.md", Some("hello there\n"), "say more");
    project.commit("bot/.env", None, "remove settings");
    let place = place(&project);
    assert_eq!(place["path"], "bot/.env");
    assert_eq!(place["location"]["line"], 2);
    assert_eq!(place["location"]["column"], 7);
    assert_eq!(place["presence"], "history");
    assert_eq!(commits(&place), (json!(first), json!(last)));
    assert_eq!(place["git"]["refs"], json!(["refs/heads/main"]));
    assert_eq!(place["git"]["in_head"], false);
}

#[test]
fn a_file_and_its_blob_are_one_place() {
    let project = Project::repository();
    let first = project.commit("bot/.env", Some(LEAK), "add settings");
    let last = project.commit("README.md", Some("hello\n"), "say hello");
    let place = place(&project);
    assert_eq!(place["path"], "bot/.env");
    assert_eq!(place["presence"], "current");
    assert_eq!(commits(&place), (json!(first), json!(last)));
    assert_eq!(place["git"]["in_head"], true);
}

#[test]
fn packed_and_loose_objects_are_read() {
    let project = Project::repository();
    let first = project.commit("bot/.env", Some(LEAK), "add settings");
    project.commit("bot/.env", None, "remove settings");
    assert_eq!(commits(&place(&project)), (json!(first), json!(first)));
    project.git(&["gc", "-q"]);
    assert_eq!(project.git(&["count-objects"]), "0 objects, 0 kilobytes");
    assert_eq!(commits(&place(&project)), (json!(first), json!(first)));
}

#[test]
fn an_amended_commit_is_found_through_the_reflog_and_without_it() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    let amended = project.commit("bot/.env", Some(LEAK), "add settings");
    project.write("bot/.env", None);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "--amend", "--allow-empty", "-m", "nothing"]);
    let named = place(&project);
    assert_eq!(commits(&named), (json!(amended), json!(amended)));
    assert_eq!(named["git"]["in_reflog"], true);
    assert_eq!(named["presence"], "history");
    fs::remove_dir_all(project.path(".git/logs")).expect("there are reflogs");
    let unnamed = place(&project);
    assert_eq!(commits(&unnamed), (json!(amended), json!(amended)));
    assert_eq!(unnamed["presence"], "unreachable");
    assert_eq!(unnamed["path"], "bot/.env");
}

#[test]
fn a_stash_is_found() {
    let project = Project::repository();
    project.commit("bot.py", Some("print('hello')\n"), "start");
    project.write("bot.py", Some("npsso = \"{{npsso}}\"\n"));
    project.git(&["stash", "-q"]);
    let place = place(&project);
    assert_eq!(place["path"], "bot.py");
    assert_eq!(place["git"]["refs"], json!(["refs/stash"]));
}

#[test]
fn an_older_stash_is_found_too() {
    let project = Project::repository();
    project.commit("bot.py", Some("print('hello')\n"), "start");
    project.write("bot.py", Some("npsso = \"{{npsso}}\"\n"));
    project.git(&["stash", "-q"]);
    project.write("bot.py", Some("print('bye')\n"));
    project.git(&["stash", "-q"]);
    let place = place(&project);
    assert_eq!(place["path"], "bot.py");
    assert_eq!(place["git"]["in_reflog"], true);
}

#[test]
fn what_only_a_merge_brings_in_is_found() {
    let project = Project::repository();
    project.commit("bot.py", Some("a = 1\n"), "start");
    project.git(&["checkout", "-q", "-b", "side"]);
    project.commit("side.py", Some("b = 2\n"), "side");
    project.git(&["checkout", "-q", "main"]);
    project.commit("main.py", Some("c = 3\n"), "main");
    project.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    let merge = project.commit("bot.py", Some("npsso = \"{{npsso}}\"\n"), "merge");
    project.commit("bot.py", Some("a = 1\n"), "clean up");
    let place = place(&project);
    assert_eq!(commits(&place), (json!(merge), json!(merge)));
}

#[test]
fn an_octopus_merge_is_followed_to_all_of_its_parents() {
    let project = Project::repository();
    project.commit("start", Some("0\n"), "start");
    for side in ["a", "b", "c"] {
        project.git(&["checkout", "-q", "-b", side, "main"]);
        project.commit(side, Some("1\n"), side);
    }
    let leak = project.commit("bot.env", Some(LEAK), "leak");
    let last = project.commit("bot.env", None, "remove");
    project.git(&["checkout", "-q", "main"]);
    project.git(&["merge", "-q", "a", "b", "c"]);
    project.git(&["branch", "-q", "-D", "a", "b", "c"]);
    let place = place(&project);
    assert_ne!(leak, last);
    assert_eq!(commits(&place), (json!(leak), json!(leak)));
    assert_eq!(place["git"]["refs"], json!(["refs/heads/main"]));
}

#[test]
fn texts_of_commits_tags_and_notes_are_read() {
    for what in ["commit", "tag", "notes"] {
        let project = Project::repository();
        let start = project.commit("README.md", Some("hello\n"), "start");
        let text = crate::support::expand("the npsso is {{npsso}}");
        match what {
            "commit" => {
                project.commit("README.md", Some("bye\n"), "npsso={{npsso}}");
            }
            "tag" => {
                project.git(&["tag", "-a", "v1", "-m", &text]);
            }
            _ => {
                project.git(&["notes", "add", "-m", &text, &start]);
            }
        }
        // The reflog and the editor's file hold the message of a commit too.
        let places = project.audit(&["--history-only", "."]).exposures();
        assert_eq!(places.len(), 1, "{places:?}");
        let place = &places[0];
        let git = &place["git"];
        match what {
            "commit" => {
                assert_eq!(git["object_kind"], "commit");
                assert_eq!(git["object"], git["first_commit"]["id"]);
                assert_eq!(place["presence"], "current");
            }
            "tag" => {
                assert_eq!(git["object_kind"], "tag");
                assert_eq!(git["refs"], json!(["refs/tags/v1"]));
            }
            _ => {
                assert_eq!(git["refs"], json!(["refs/notes/commits"]));
                assert_eq!(place["path"], json!(start));
            }
        }
    }
}

#[test]
fn a_renamed_file_is_one_place_with_two_paths() {
    let project = Project::repository();
    let first = project.commit("old/.env", Some(LEAK), "start");
    project.git(&["mv", "old", "new"]);
    let last = project.commit("README.md", Some("hello\n"), "rename");
    let place = place(&project);
    assert_eq!(place["git"]["paths"], json!(["new/.env", "old/.env"]));
    assert_eq!(commits(&place), (json!(first), json!(last)));
    assert_eq!(place["path"], "new/.env");
}

#[test]
fn blobs_that_nothing_leads_to_are_read() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    project.write("loose.env", Some(LEAK));
    project.git(&["hash-object", "-w", "loose.env"]);
    project.write("loose.env", None);
    let place = place(&project);
    assert_eq!(place["presence"], "unreachable");
    assert_eq!(place["git"]["first_commit"], Value::Null);
}

#[test]
fn a_packed_ref_on_another_branch_is_followed() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    project.git(&["checkout", "-q", "-b", "feature/x"]);
    let leak = project.commit("bot.env", Some(LEAK), "leak");
    project.git(&["checkout", "-q", "main"]);
    project.git(&["pack-refs", "--all"]);
    let place = place(&project);
    assert_eq!(place["git"]["refs"], json!(["refs/heads/feature/x"]));
    assert_eq!(commits(&place), (json!(leak), json!(leak)));
}

#[test]
fn submodules_and_linked_work_trees_have_their_history_audited() {
    let library = Project::repository();
    library.commit("lib.env", Some(LEAK), "leak");
    library.commit("lib.env", None, "remove");
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    let url = library.root().to_string_lossy().into_owned();
    project.git(&["submodule", "--quiet", "add", &url, "vendor/lib"]);
    project.commit("README.md", Some("hello there\n"), "add a submodule");
    let found = place(&project);
    assert_eq!(found["path"], "vendor/lib/lib.env");

    let outside = Project::new();
    let tree = outside.path("tree");
    library.git(&["worktree", "add", "-q", &tree.to_string_lossy()]);
    let found = place(&outside);
    assert_eq!(found["path"], "tree/lib.env");
}

#[test]
fn a_git_folder_that_is_met_twice_is_one_work_tree() {
    let library = Project::repository();
    library.commit("lib.env", Some(LEAK), "leak");
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    let url = library.root().to_string_lossy().into_owned();
    project.git(&["submodule", "--quiet", "add", &url, "vendor/lib"]);
    let places = project.audit(&["--history-only", "."]).exposures();
    assert_eq!(places.len(), 1, "{places:?}");
    assert_eq!(places[0]["path"], "vendor/lib/lib.env");
}

#[cfg(unix)]
#[test]
fn refs_of_every_repository_that_shares_the_objects_count() {
    let project = Project::new().file("a/README.md", "hello\n");
    let [first, second] = ["a", "b"].map(|name| project.path(name));
    let commit = |folder: &Path, message: &str| {
        crate::support::git::git(folder, &["add", "-A"]);
        crate::support::git::git(folder, &["commit", "-q", "-m", message]);
    };
    project.git(&["init", "-q", "-b", "main", "a"]);
    commit(&first, "start");
    project.git(&["init", "-q", "-b", "side", "b"]);
    fs::remove_dir_all(second.join(".git/objects")).expect("it is there");
    std::os::unix::fs::symlink(first.join(".git/objects"), second.join(".git/objects"))
        .expect("a link can be made");
    project.write("b/side.env", Some(LEAK));
    commit(&second, "leak");
    project.write("b/side.env", None);
    commit(&second, "remove");
    fs::remove_dir_all(second.join(".git/logs")).expect("it is there");
    let found = place(&project);
    assert_eq!(found["presence"], "history");
    assert_eq!(found["git"]["refs"], json!(["refs/heads/side"]));
}

#[test]
fn a_bare_repository_and_alternates_are_read() {
    let library = Project::repository();
    library.commit("lib.env", Some(LEAK), "leak");
    library.commit("lib.env", None, "remove");
    let project = Project::new();
    let url = library.root().to_string_lossy().into_owned();
    project.git(&["clone", "-q", "--bare", "--shared", &url, "mirror.git"]);
    let found = place(&project);
    assert_eq!(found["path"], "mirror.git/lib.env");
    assert_eq!(found["git"]["refs"], json!(["refs/heads/main"]));
}

#[test]
fn sha_256_repositories_are_read() {
    let project = Project::new();
    project.git(&["init", "-q", "-b", "main", "--object-format=sha256"]);
    let leak = project.commit("bot.env", Some(LEAK), "leak");
    project.commit("bot.env", None, "remove");
    assert_eq!(leak.len(), 64);
    assert_eq!(commits(&place(&project)), (json!(leak), json!(leak)));
    project.git(&["gc", "-q"]);
    assert_eq!(commits(&place(&project)), (json!(leak), json!(leak)));
}

#[test]
fn both_versions_of_the_index_format_and_several_packs_are_read() {
    for version in ["1", "2"] {
        let project = Project::repository();
        let leak = project.commit("bot.env", Some(LEAK), "leak");
        project.git(&[
            "-c",
            &format!("pack.indexVersion={version}"),
            "repack",
            "-q",
            "-d",
        ]);
        project.commit("bot.env", None, "remove");
        project.git(&[
            "-c",
            &format!("pack.indexVersion={version}"),
            "repack",
            "-q",
            "-d",
        ]);
        project.git(&["multi-pack-index", "write"]);
        assert_eq!(commits(&place(&project)), (json!(leak), json!(leak)));
    }
}

#[test]
fn history_can_be_left_out_or_audited_alone() {
    let project = Project::repository();
    project.commit("old.env", Some("NPSSO={{npsso:old}}\n"), "leak");
    project.commit("old.env", None, "remove");
    project.write("new.env", Some("NPSSO={{npsso:new}}\n"));
    let places = |arguments: &[&str]| project.audit(arguments).places();
    assert_eq!(places(&["."]).len(), 2);
    assert_eq!(places(&["--no-history", "."]), ["new.env:1:7 npsso high"]);
    assert_eq!(places(&["--history-only", "."]), ["old.env:1:7 npsso high"]);
}

#[test]
fn a_value_is_judged_by_the_path_that_it_had() {
    let project = Project::repository();
    project.commit("secrets/npsso.txt", Some("{{npsso}}\n"), "leak");
    project.commit("secrets/npsso.txt", None, "remove");
    assert_eq!(place(&project)["confidence"], "medium");
}

#[test]
fn authors_are_shown_on_request_only() {
    let project = Project::repository();
    project.commit("bot.env", Some(LEAK), "leak");
    for format in ["human", "json", "sarif"] {
        let hidden = project.run(&["-f", format, "."]).stdout;
        assert!(!hidden.contains("Ada Ex"), "{hidden}");
        assert!(!hidden.contains("ada@example.com"), "{hidden}");
    }
    let shown = project.run(&["--show-authors", "."]).stdout;
    assert!(shown.contains("Ada Example <ada@example.com>"), "{shown}");
}

#[test]
fn people_read_whether_a_secret_is_still_in_use() {
    let project = Project::repository();
    project.commit("bot.env", Some(LEAK), "leak");
    let now = project.run(&["."]).stdout;
    assert!(now.contains("still in HEAD"), "{now}");
    assert!(now.contains("very likely expired"), "{now}");
    project.commit("bot.env", None, "remove");
    let then = project.run(&["."]).stdout;
    assert!(then.contains("only in history since 2026-01-02"), "{then}");
    let fresh = project
        .command(&["."])
        .env("SOURCE_DATE_EPOCH", "1767400000")
        .output();
    let fresh = crate::support::Run::of(fresh).stdout;
    assert!(!fresh.contains("expired,"), "{fresh}");
}

/// The reasons for which something was skipped.
fn reasons(run: &crate::support::Run) -> Vec<String> {
    let skipped = run.json()["skipped"].clone();
    let skipped = skipped.as_array().expect("a list").iter();
    skipped
        .map(|entry| entry["reason"].as_str().expect("a reason").to_owned())
        .collect()
}

#[test]
fn a_shallow_clone_is_incomplete() {
    let origin = Project::repository();
    origin.commit("a", Some("1\n"), "one");
    origin.commit("a", Some("2\n"), "two");
    let url = format!("file://{}", origin.root().display());
    let project = Project::new();
    project.git(&["clone", "-q", "--depth", "1", &url, "clone"]);
    let run = project.audit(&["."]);
    assert_eq!(
        (run.code, reasons(&run)),
        (4, vec!["shallow-clone".to_owned()])
    );
    assert_eq!(project.audit(&["--no-history", "."]).code, 0);
}

#[test]
fn a_partial_clone_is_incomplete_and_names_what_it_lacks() {
    let origin = Project::repository();
    origin.commit("big.txt", Some(&"one\n".repeat(1000)), "one");
    origin.commit("big.txt", Some(&"two\n".repeat(1000)), "two");
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", origin.root().display());
    let project = Project::new();
    project.git(&[
        "clone",
        "-q",
        "--bare",
        "--filter=blob:none",
        &url,
        "clone.git",
    ]);
    let run = project.audit(&["."]);
    assert_eq!((run.code, reasons(&run).len()), (4, 2), "{}", run.stdout);
    let skipped = &run.json()["skipped"][0];
    assert_eq!(skipped["reason"], "missing-object");
    assert_eq!(skipped["detail"], "it is called big.txt");
}

#[test]
fn a_repository_that_lost_an_object_is_incomplete() {
    let project = Project::repository();
    project.commit("a", Some("1\n"), "one");
    let blob = project.git(&["rev-parse", "HEAD:a"]);
    let (folder, name) = blob.split_at(2);
    fs::remove_file(project.path(&format!(".git/objects/{folder}/{name}"))).expect("it is loose");
    let run = project.audit(&["."]);
    assert_eq!(
        (run.code, reasons(&run)),
        (4, vec!["missing-object".to_owned()])
    );
}

#[test]
fn a_damaged_pack_is_read_as_far_as_it_goes() {
    let project = Project::repository();
    for number in 0..60 {
        let text: String = (0..40)
            .map(|line| format!("{}\n", number * 1000 + line))
            .collect();
        project.commit(&format!("f{number}"), Some(&text), "more");
    }
    let leak = project.commit("bot.env", Some(LEAK), "leak");
    project.git(&["repack", "-adq", "--no-write-bitmap-index"]);
    let folder = project.path(".git/objects/pack");
    let pack = fs::read_dir(folder)
        .expect("there is a pack")
        .map(|entry| entry.expect("it can be listed").path())
        .find(|path| {
            path.extension()
                .is_some_and(|extension| extension == "pack")
        })
        .expect("there is a pack");
    let place = project.git(&["rev-parse", "HEAD:f7"]);
    let list = project.git(&[
        "verify-pack",
        "-v",
        &pack.with_extension("idx").to_string_lossy(),
    ]);
    let entry = list
        .lines()
        .find(|line| line.starts_with(&place))
        .expect("it is packed");
    let offset: usize = entry
        .split_whitespace()
        .nth(4)
        .expect("its offset")
        .parse()
        .expect("a number");
    let mut permissions = fs::metadata(&pack).expect("it is there").permissions();
    #[expect(
        clippy::permissions_set_readonly_false,
        reason = "the file is removed after the test"
    )]
    permissions.set_readonly(false);
    fs::set_permissions(&pack, permissions).expect("it can be written");
    let mut bytes = fs::read(&pack).expect("it can be read");
    for byte in &mut bytes[offset + 2..offset + 12] {
        *byte ^= 0x55;
    }
    fs::write(&pack, bytes).expect("it can be written");
    let run = project.audit(&["--history-only", "."]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(
        reasons(&run).iter().all(|reason| reason == "damaged"),
        "{}",
        run.stdout
    );
    let skipped = run.json()["skipped"].clone();
    let names_it = |entry: &Value| {
        entry["path"]
            .as_str()
            .is_some_and(|path| path.contains(&place[..12]))
    };
    assert!(
        skipped.as_array().expect("a list").iter().any(names_it),
        "{skipped}"
    );
    assert_eq!(run.exposures()[0]["git"]["last_commit"]["id"], json!(leak));
}

#[test]
fn repositories_that_make_no_sense_are_incomplete_and_end_nothing() {
    let project = Project::repository();
    project.commit("a", Some("1\n"), "one");
    fs::write(project.path(".git/config"), "[core\n").expect("it can be written");
    fs::write(project.path(".git/HEAD"), "nonsense\n").expect("it can be written");
    fs::write(project.path(".git/index"), "nonsense\n").expect("it can be written");
    fs::write(
        project.path(".git/objects/info/alternates"),
        "/nowhere\n../objects\n",
    )
    .expect("it can be written");
    fs::write(project.path(".git/objects/pack/pack-1234.pack"), "PACK").expect("it can be written");
    let object = project.path(".git/objects/12/34567890123456789012345678901234567890");
    fs::create_dir_all(object.parent().expect("a folder")).expect("it can be made");
    fs::write(object, "nonsense").expect("it can be written");
    let run = project.audit(&["."]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    let reasons = reasons(&run);
    assert!(
        reasons.iter().filter(|reason| *reason == "damaged").count() >= 3,
        "{reasons:?}"
    );
    assert!(reasons.contains(&"not-found".to_owned()), "{reasons:?}");
}

#[test]
fn nothing_that_a_repository_configures_runs_and_nothing_is_written() {
    let project = Project::repository();
    project.commit("a.txt", Some("1\n"), "one");
    project.commit("b.env", Some(LEAK), "two");
    let marker = project.path("marker");
    let script = project.path(".git/evil.sh");
    fs::write(
        &script,
        format!("#!/bin/sh\ntouch '{}'\ncat\n", marker.display()),
    )
    .expect("it can be written");
    project.git(&["update-index", "--chmod=+x", "a.txt"]);
    clean("chmod")
        .arg("+x")
        .arg(&script)
        .status()
        .expect("chmod runs");
    let run_it = script.to_string_lossy().into_owned();
    for key in [
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "diff.external",
        "diff.x.textconv",
        "filter.x.clean",
        "filter.x.smudge",
        "credential.helper",
        "core.askPass",
        "gpg.program",
        "core.hooksPath",
    ] {
        project.git(&["config", key, &run_it]);
    }
    fs::write(
        project.path(".gitattributes"),
        "* diff=x filter=x -text -diff\n",
    )
    .expect("it can be written");
    fs::write(project.path(".git/included"), "[core]\n\tfsmonitor = x\n")
        .expect("it can be written");
    let config = fs::read_to_string(project.path(".git/config")).expect("there is one");
    fs::write(
        project.path(".git/config"),
        format!("{config}[include]\n\tpath = included\n"),
    )
    .expect("it can be written");
    let before = listing(project.root());
    let run = project.audit(&["."]);
    assert_eq!(run.exposures().len(), 1);
    assert!(!marker.exists());
    assert_eq!(listing(project.root()), before);
}

/// Every file below a folder with its length and time.
fn listing(folder: &std::path::Path) -> Vec<String> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder).expect("it can be listed") {
        let entry = entry.expect("it can be listed");
        let metadata = entry.metadata().expect("it is there");
        if metadata.is_dir() {
            out.extend(listing(&entry.path()));
        }
        let time = metadata.modified().expect("files have times");
        out.push(format!(
            "{} {} {time:?}",
            entry.path().display(),
            metadata.len()
        ));
    }
    out.sort();
    out
}

#[test]
fn the_versions_of_a_file_are_one_place() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    let first = project.commit("bot.env", Some(LEAK), "one");
    for number in 0..5 {
        let text = format!("{}NPSSO={{{{npsso}}}}\n", "# more\n".repeat(number + 3));
        project.commit("bot.env", Some(&text), "next");
    }
    let last = project.git(&["rev-parse", "HEAD"]);
    let current = place(&project);
    assert_eq!(commits(&current), (json!(first), json!(last)));
    assert_eq!(current["git"]["objects"].as_array().map(Vec::len), Some(6));
    // Where the file has it now
    assert_eq!(current["location"]["line"], 8);
    project.commit("bot.env", None, "remove");
    let gone = place(&project);
    assert_eq!(commits(&gone), (json!(first), json!(last)));
    assert_eq!(
        (&gone["location"]["line"], &gone["presence"]),
        (&json!(8), &json!("history"))
    );
    // Twice in one version is two places.
    project.commit(
        "bot.env",
        Some("NPSSO={{npsso}}\n\nNPSSO={{npsso}}\n"),
        "twice",
    );
    let lines: Vec<Value> = project
        .audit(&["."])
        .exposures()
        .iter()
        .map(|place| place["location"]["line"].clone())
        .collect();
    assert_eq!(lines, [json!(1), json!(3)]);
}

#[test]
fn code_scanning_gets_stable_places_for_what_is_gone() {
    let project = Project::repository();
    let text = crate::support::expand("npsso={{npsso:message}}");
    project.commit("bot/a b.env", Some("x=1\nNPSSO={{npsso}}\n"), &text);
    project.commit("bot/a b.env", None, "remove");
    let sarif = || -> Value {
        let run = project.run(&["-f", "sarif", "--history-only", "."]);
        serde_json::from_str(&run.stdout).expect("SARIF is JSON")
    };
    let report = sarif();
    assert_eq!(
        crate::support::sarif_schema::violations(&report),
        Vec::<String>::new()
    );
    let results = report["runs"][0]["results"]
        .as_array()
        .expect("results")
        .clone();
    assert_eq!(results.len(), 2, "{results:?}");
    for result in &results {
        let location = &result["locations"][0]["physicalLocation"];
        let region = &location["region"];
        for field in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(
                region[field].as_i64().is_some_and(|number| number >= 1),
                "{region}"
            );
        }
        let uri = location["artifactLocation"]["uri"].as_str().expect("a URI");
        assert!(
            !uri.starts_with('/') && !uri.contains("://") && !uri.contains(".."),
            "{uri}"
        );
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
    }
    let uri = |result: &Value| {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone()
    };
    let file = results
        .iter()
        .find(|result| uri(result) == "bot/a%20b.env")
        .expect("the file");
    assert_eq!(file["level"], "warning");
    assert_eq!(file["properties"]["presence"], "history");
    // More history changes nothing about it.
    project.commit("other", Some("1\n"), "more");
    project.git(&["gc", "-q"]);
    let after = sarif();
    let after = after["runs"][0]["results"]
        .as_array()
        .expect("results")
        .clone();
    let again = after
        .iter()
        .find(|result| uri(result) == uri(file))
        .expect("the file");
    for field in ["partialFingerprints", "locations", "ruleId"] {
        assert_eq!(again[field], file[field], "{field}");
    }
}

#[test]
fn a_secret_in_a_name_is_not_shown() {
    let token = crate::support::expand("npsso={{npsso}}");
    let project = Project::repository();
    project.commit("start", Some("0\n"), "start");
    let author = format!("--author={token} <{token}@example.com>");
    project.write("bot.env", Some(LEAK));
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "-m", "leak", &author]);
    let missing = project.commit(&format!("{token}.txt"), Some("x\n"), "a name");
    let blob = project.git(&["rev-parse", &format!("{missing}:{token}.txt")]);
    let object = project.path(&format!(".git/objects/{}/{}", &blob[..2], &blob[2..]));
    fs::remove_file(object).expect("it is loose");
    for format in ["human", "json", "sarif"] {
        for what in [&["."][..], &["--history-only", "."], &["--range", "HEAD"]] {
            let arguments = [&["-v", "--show-authors", "-f", format], what].concat();
            let run = project.run(&arguments);
            assert_eq!(run.code, 1, "{}", run.stderr);
            for text in [&run.stdout, &run.stderr] {
                assert!(!text.contains(&token[6..]), "{arguments:?}: {text}");
            }
        }
    }
    let run = project.run(&["-v", "--history-only", "."]);
    assert!(run.stdout.contains("it is called npsso="), "{}", run.stdout);
}

#[test]
fn each_work_tree_has_its_own_head_and_index() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    project.git(&["worktree", "add", "-q", "-b", "side", "wt"]);
    project.write("wt/side.env", Some(LEAK));
    let tree = project.path("wt");
    crate::support::git::git(&tree, &["add", "side.env"]);
    let staged = place(&project);
    assert_eq!(staged["path"], "wt/side.env");
    assert_eq!(staged["git"]["in_index"], true);
    crate::support::git::git(&tree, &["commit", "-q", "-m", "leak"]);
    for arguments in [&["."][..], &["--history-only", "."]] {
        let places = project.audit(arguments).exposures();
        assert_eq!(places.len(), 1, "{places:?}");
        assert_eq!(places[0]["path"], "wt/side.env");
        assert_eq!(places[0]["git"]["in_head"], true);
        assert_eq!(places[0]["git"]["refs"], json!(["refs/heads/side"]));
    }
    // What the audit does not meet is judged by what was committed.
    let outside = Project::new();
    let far = outside.path("far");
    project.git(&["worktree", "add", "-q", "-b", "far", &far.to_string_lossy()]);
    fs::write(
        far.join("far.env"),
        crate::support::expand("NPSSO={{npsso:far}}\n"),
    )
    .expect("it can be written");
    crate::support::git::git(&far, &["add", "-A"]);
    crate::support::git::git(&far, &["commit", "-q", "-m", "leak"]);
    let said = project.run(&["."]).stdout;
    assert!(said.contains("not in HEAD; reached by far"), "{said}");
    assert!(!said.contains("not committed"), "{said}");
    project.git(&["worktree", "remove", "--force", &far.to_string_lossy()]);
    project.git(&["branch", "-q", "-D", "far"]);
    fs::remove_dir_all(project.path(".git/logs")).expect("there are reflogs");
    project.git(&["gc", "-q", "--prune=now"]);
    // What both have is a file in each.
    project.git(&["merge", "-q", "side"]);
    for arguments in [&["."][..], &["--history-only", "."]] {
        let places = project.audit(arguments).exposures();
        let paths: Vec<&Value> = places.iter().map(|place| &place["path"]).collect();
        assert_eq!(paths, [&json!("side.env"), &json!("wt/side.env")]);
        assert!(places.iter().all(|place| place["git"]["in_head"] == true));
    }
}

#[test]
fn versions_that_nothing_leads_to_are_older_than_the_newest_commit() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    let mut lost = Vec::new();
    for number in 0..5 {
        let text = format!("{}NPSSO={{{{npsso}}}}\n", "# more\n".repeat(number));
        project.write("bot.env", Some(&text));
        project.git(&["add", "-A"]);
        let tree = project.git(&["write-tree"]);
        let identity = "Ada Example <ada@example.com> 1577836800 +0000";
        let text = format!("tree {tree}\nauthor {identity}\ncommitter {identity}\n\nx {number}\n");
        project.write("commit", Some(&text));
        lost.push(project.git(&["hash-object", "-t", "commit", "-w", "commit"]));
    }
    project.write("commit", None);
    let last = project.commit("bot.env", Some("# last\nNPSSO={{npsso}}\n"), "last");
    project.git(&["gc", "-q", "--prune=never"]);
    let place = place(&project);
    let (first, newest) = commits(&place);
    assert_eq!(newest, json!(last));
    assert!(lost.iter().any(|id| json!(id) == first), "{first}");
}

#[test]
fn people_are_told_how_to_purge_what_was_committed() {
    let project = Project::repository().file("bot.env", LEAK);
    let never_committed = project.run(&["."]).stdout;
    assert!(
        !never_committed.contains("filter-repo"),
        "{never_committed}"
    );
    project.commit("bot.env", Some(LEAK), "npsso={{npsso}}");
    let said = project.run(&["."]).stdout.replace("\n ", " ");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("--purge-file FILE"), "{said}");
    assert!(
        said.contains("git filter-repo --replace-text FILE --replace-message FILE"),
        "{said}"
    );
    assert!(!said.contains("--mailmap"), "{said}");
    assert!(!said.contains("--invert-paths"), "{said}");

    let wide: Vec<u8> = crate::support::expand(LEAK)
        .bytes()
        .flat_map(|byte| [byte, 0])
        .collect();
    let project = project
        .bytes("wide.env", &[&b"\xff\xfe"[..], &wide].concat())
        .file("nul.env", &format!("\0{LEAK}"));
    let author = crate::support::expand("--author=npsso={{npsso}} <ada@example.com>");
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "-m", "more", &author]);
    let outside = Project::new();
    let file = outside.path("purge.txt").to_string_lossy().into_owned();
    let run = project.run(&["--purge-file", &file, "."]);
    let line = |what: &str| -> String {
        let lines: Vec<&str> = run.stderr.lines().filter(|l| l.contains(what)).collect();
        assert_eq!(lines.len(), 1, "{}", run.stderr);
        lines[0].to_owned()
    };
    let binary = line("--invert-paths");
    assert!(binary.ends_with("nul.env, wide.env"), "{binary}");
    assert!(line("--mailmap").contains("commit "), "{}", run.stderr);
    let run = project.run(&["--purge-file", &file, "--range", "HEAD~1..HEAD"]);
    assert!(run.stderr.contains("--mailmap"), "{}", run.stderr);
    assert!(run.stderr.contains("--invert-paths"), "{}", run.stderr);
}

#[test]
fn a_secret_that_stood_twice_in_a_file_is_two_alerts() {
    let project = Project::repository();
    let text = "NPSSO={{npsso}}\nNPSSO={{npsso}}\n";
    project.commit("bot.env", Some(text), "leak");
    project.commit("other.env", Some(LEAK), "leak");
    project.commit("bot.env", None, "remove");
    project.commit("other.env", None, "remove");
    let run = project.run(&["-f", "sarif", "."]);
    let report: Value = serde_json::from_str(&run.stdout).expect("SARIF is JSON");
    let results = report["runs"][0]["results"].as_array().expect("results");
    let numbers: Vec<&str> = results
        .iter()
        .map(|result| {
            let hash = &result["partialFingerprints"]["primaryLocationLineHash"];
            let hash = hash.as_str().expect("it has one");
            hash.split_once(':').expect("it is numbered").1
        })
        .collect();
    assert_eq!(numbers, ["1", "2", "1"]);
}

#[test]
fn a_date_that_cannot_be_true_says_nothing_about_age() {
    for seconds in [
        "0",
        "-1",
        "1000000000",
        "9223372036854775807",
        "32503680000",
        "x",
    ] {
        let project = Project::repository();
        project.write("bot.env", Some(LEAK));
        project.git(&["add", "-A"]);
        let tree = project.git(&["write-tree"]);
        let who = "Ada Example <ada@example.com>";
        let text = format!(
            "tree {tree}\nauthor {who} {seconds} +0000\ncommitter {who} 1767319445 +0000\n\nx\n"
        );
        project.write("commit", Some(&text));
        let commit = project.git(&["hash-object", "-t", "commit", "-w", "--literally", "commit"]);
        fs::write(project.path(".git/refs/heads/old"), format!("{commit}\n"))
            .expect("it can be written");
        project.write("commit", None);
        project.git(&["rm", "-q", "--cached", "bot.env"]);
        project.write("bot.env", None);
        let said = project.run(&["."]).stdout;
        assert!(said.contains("only in history"), "{seconds}: {said}");
        assert!(!said.contains("only in history since"), "{seconds}: {said}");
        assert!(!said.contains("very likely"), "{seconds}: {said}");
        assert!(!said.contains("922337203"), "{seconds}: {said}");
    }
}

/// A commit of a tree with these names, as no git makes it, on a branch `odd`.
fn commit_of_names(project: &Project, names: &[&[u8]]) {
    use std::io::Write;
    let write = |kind: &str, bytes: &[u8]| {
        let mut file = fs::File::create(project.path("object")).expect("it can be made");
        file.write_all(bytes).expect("it can be written");
        project.git(&["hash-object", "-t", kind, "-w", "--literally", "object"])
    };
    let mut tree = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let text = format!("# {number}\nNPSSO={{{{npsso}}}}\n");
        let blob = write("blob", crate::support::expand(&text).as_bytes());
        let id = (0..40).step_by(2);
        let id = id.map(|at| u8::from_str_radix(&blob[at..at + 2], 16).expect("hexadecimal"));
        tree.extend([&b"100644 "[..], name, b"\0"].concat());
        tree.extend(id);
    }
    let tree = write("tree", &tree);
    let who = "Ada Example <ada@example.com> 1767319445 +0000";
    let text = format!("tree {tree}\nauthor {who}\ncommitter {who}\n\nx\n");
    let commit = write("commit", text.as_bytes());
    project.git(&["update-ref", "refs/heads/odd", &commit]);
    fs::remove_file(project.path("object")).expect("it is there");
}

#[test]
fn names_that_lead_elsewhere_are_not_shown_as_files() {
    let project = Project::repository();
    project.commit("start", Some("0\n"), "start");
    let names: [&[u8]; 6] = [
        b"",
        b"..",
        b"../../x.env",
        b".GIT/config",
        b"/etc/passwd",
        b"fine.env",
    ];
    commit_of_names(&project, &names);
    let expected = [
        "(..)/(..)/x.env:2:7 npsso high",
        "(..):2:7 npsso high",
        "(.GIT)/config:2:7 npsso high",
        "(empty)/etc/passwd:2:7 npsso high",
        "(empty):2:7 npsso high",
        "fine.env:2:7 npsso high",
    ];
    for arguments in [&["."][..], &["--range", "main..odd"]] {
        assert_eq!(project.audit(arguments).places(), expected, "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn paths_that_are_not_utf_8_have_their_bytes_beside() {
    let project = Project::repository();
    project.commit("start", Some("0\n"), "start");
    commit_of_names(&project, &[b"a\xff.env"]);
    let git = &place(&project)["git"];
    assert_eq!(git["paths"], json!(["a\u{fffd}.env"]));
    assert_eq!(git["paths_bytes_percent_encoded"], json!(["a%FF.env"]));
}

#[test]
fn refs_beyond_a_hundred_are_counted() {
    let project = Project::repository();
    project.commit("bot.env", Some(LEAK), "leak");
    project.commit("bot.env", Some("# again\nNPSSO={{npsso}}\n"), "leak");
    let mut packed = String::new();
    for number in 100..250 {
        let commit = project.git(&["rev-parse", if number < 200 { "HEAD" } else { "HEAD~1" }]);
        packed.push_str(&format!("{commit} refs/tags/v{number}\n"));
    }
    fs::write(project.path(".git/packed-refs"), packed).expect("it can be written");
    let git = &place(&project)["git"];
    let refs = git["refs"].as_array().expect("a list");
    assert_eq!((refs.len(), &git["refs_left_out"]), (100, &json!(51)));
    assert_eq!(refs[0], "refs/heads/main");
    assert_eq!(refs[99], "refs/tags/v198");
    let sarif = project.run(&["-f", "sarif", "."]).stdout;
    let sarif: Value = serde_json::from_str(&sarif).expect("SARIF is JSON");
    let git = &sarif["runs"][0]["results"][0]["properties"]["git"];
    assert_eq!(git["refsLeftOut"], 51);
    let said = project.run(&["."]).stdout.replace("\n ", " ");
    assert!(said.contains("and 148 more"), "{said}");
}

/// What was left out on purpose, as `kind path`.
fn notes(project: &Project, arguments: &[&str]) -> Vec<String> {
    let notes = project.audit(arguments).json()["notes"].clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let notes = notes.as_array().expect("a list").iter();
    notes
        .map(|note| format!("{} {}", text(&note["kind"]), text(&note["path"])))
        .collect()
}

#[test]
fn a_part_of_a_repository_is_audited_without_history_and_says_so() {
    let project = Project::repository();
    project.commit("sub/a", Some("1\n"), "start");
    assert_eq!(notes(&project, &["sub"]), ["history-above sub"]);
    assert_eq!(notes(&project, &["sub/a"]), ["history-above sub/a"]);
    assert_eq!(notes(&project, &["."]), Vec::<String>::new());
    assert_eq!(
        notes(&project, &["--no-history", "sub"]),
        Vec::<String>::new()
    );
    assert_eq!(notes(&project, &[".git"]), Vec::<String>::new());
    assert_eq!(notes(&project, &[".git/objects"]), Vec::<String>::new());
    let run = project.run(&["--history-only", "sub"]);
    assert_eq!(run.code, 3);
    assert!(
        run.stderr.contains("part of a git repository"),
        "{}",
        run.stderr
    );
    let nowhere = Project::new().file("a", "1\n");
    let run = nowhere.run(&["--history-only", "."]);
    assert!(run.stderr.contains("there is no history"), "{}", run.stderr);
}

#[test]
fn a_submodule_that_is_not_checked_out_is_mentioned() {
    let library = Project::repository();
    library.commit("a", Some("1\n"), "start");
    let project = Project::repository();
    let url = library.root().to_string_lossy().into_owned();
    project.git(&["submodule", "--quiet", "add", &url, "vendor/lib"]);
    project.commit("README.md", Some("hello\n"), "add a submodule");
    assert_eq!(notes(&project, &["."]), Vec::<String>::new());
    let clone = Project::new();
    let url = project.root().to_string_lossy().into_owned();
    clone.git(&["clone", "-q", &url, "clone"]);
    let run = clone.audit(&["."]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(notes(&clone, &["."]), ["empty-submodule clone/vendor/lib"]);
}

#[test]
fn repeats_take_no_room_from_secrets_nor_history_from_what_is_current() {
    let project = Project::repository();
    let secret = |number: usize| format!("npsso={{{{npsso:{number}}}}}\n");
    for commit in 0..60 {
        // A list of ten, with a new one in each commit
        let list: String = (commit..commit + 10).map(secret).collect();
        project.commit("list.txt", Some(&list), "one more");
    }
    let run = project.audit(&["--max-memory", "40k", "."]);
    assert_eq!(run.findings().len(), 69, "{}", run.stderr);
    let skipped = run.json()["skipped"][0].clone();
    assert_eq!(skipped["reason"], "limit", "{skipped}");
    // What is checked out comes before its earlier versions.
    let findings = run.findings();
    let is_current = |finding: &&Value| {
        let places = finding["exposures"].as_array().expect("a list");
        places.iter().any(|place| place["presence"] == "current")
    };
    assert_eq!(findings.iter().filter(is_current).count(), 10);
    let run = project.audit(&["--history-only", "--max-memory", "40k", "."]);
    let findings = run.findings();
    assert_eq!(findings.len(), 69);
    assert_eq!(findings.iter().filter(is_current).count(), 10);
}

#[test]
fn a_pack_that_is_cut_off_is_said_although_every_object_is_there() {
    let project = Project::repository();
    for number in 0..9 {
        let text = format!("nothing to see in number {number}\n");
        project.commit("notes.txt", Some(&text), "more");
    }
    project.git(&["gc", "-q"]);
    let packs = fs::read_dir(project.path(".git/objects/pack")).expect("there are packs");
    let mut paths = packs.flatten().map(|entry| entry.path());
    let pack = paths.find(|path| path.extension().is_some_and(|it| it == "pack"));
    let pack = pack.expect("there is one");
    let whole = fs::read(&pack).expect("it can be read");
    assert_eq!(project.audit(&["."]).code, 0);
    fs::remove_file(&pack).expect("it can be removed");
    for cut in [1, 20] {
        fs::write(&pack, &whole[..whole.len() - cut]).expect("it can be written");
        let run = project.audit(&["."]);
        let skipped = run.json()["skipped"].clone();
        assert_eq!((run.code, skipped.as_array().map(Vec::len)), (4, Some(1)));
        assert_eq!(skipped[0]["reason"], "damaged", "{skipped}");
    }
}
