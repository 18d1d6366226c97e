//! What the next commit would add is read from the index.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::support::{Project, Run, clean};

const LEAK: &str = "NPSSO={{npsso}}\n";

#[test]
fn what_is_staged_is_found_before_the_first_commit_and_after_it() {
    let project = Project::repository();
    for _ in 0..2 {
        project.write("bot/.env", Some(LEAK));
        project.git(&["add", "-A"]);
        let run = project.audit(&["--staged"]);
        assert_eq!(run.code, 1);
        assert_eq!(run.places(), ["bot/.env:1:7 npsso high"]);
        project.git(&["rm", "-rqf", "--cached", "."]);
        fs::remove_dir_all(project.path("bot")).expect("it is there");
        project.commit("README.md", Some("hello\n"), "start");
    }
}

#[test]
fn nothing_staged_is_clean() {
    let project = Project::repository();
    let run = project.audit(&["--staged"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    project.commit("README.md", Some("hello\n"), "start");
    assert_eq!(project.audit(&["--staged"]).code, 0);
    project.write("README.md", None);
    project.git(&["add", "-A"]);
    assert_eq!(project.audit(&["--staged"]).code, 0);
}

#[test]
fn the_work_tree_is_not_what_is_staged() {
    let project = Project::repository();
    project.commit("a.env", Some("x=1\n"), "start");
    project.commit("b.env", Some("x=1\n"), "start");
    // Staged and removed again from the file, and the other way round
    project.write("a.env", Some(LEAK));
    project.git(&["add", "a.env"]);
    project.write("a.env", Some("x=2\n"));
    project.write("b.env", Some("NPSSO={{npsso:other}}\n"));
    assert_eq!(
        project.audit(&["--staged"]).places(),
        ["a.env:1:7 npsso high"]
    );
}

#[test]
fn a_secret_that_the_file_held_before_is_not_new() {
    let project = Project::repository();
    project.commit("bot.env", Some(LEAK), "leak");
    project.write("bot.env", Some("# moved\n\n  NPSSO={{npsso}}\nx=1\n"));
    project.git(&["add", "-A"]);
    let run = project.audit(&["--staged"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(run.json()["notes"][0]["kind"], "known-before");
    // Nor is it after a rename
    project.git(&["mv", "bot.env", "settings.env"]);
    assert_eq!(project.audit(&["--staged"]).code, 0);
    // But a copy is, and so is another secret
    project.write("copy.env", Some(LEAK));
    project.write(
        "settings.env",
        Some("NPSSO={{npsso}}\nNPSSO={{npsso:new}}\n"),
    );
    project.git(&["reset", "-q", "--hard"]);
    project.write("copy.env", Some(LEAK));
    project.write("bot.env", Some("NPSSO={{npsso}}\nNPSSO={{npsso:new}}\n"));
    project.git(&["add", "-A"]);
    let mut places = project.audit(&["--staged"]).places();
    places.sort();
    assert_eq!(
        places,
        ["bot.env:2:7 npsso high", "copy.env:1:7 npsso high"]
    );
}

#[test]
fn every_folder_of_the_index_is_compared() {
    let project = Project::repository();
    for path in [
        "a/b/c/1",
        "a/b/2",
        "a/3",
        "a-b/4",
        "a.b/5",
        "ab/6",
        "z",
        "a/b/c/d/7",
    ] {
        project.commit(path, Some("x=1\n"), "start");
    }
    for path in [
        "a/b/c/1",
        "a/b/2",
        "a/3",
        "a-b/4",
        "a.b/5",
        "ab/6",
        "z",
        "a/b/c/d/7",
        "a/b/c/new/8",
        "new",
    ] {
        project.write(path, Some(LEAK));
        project.git(&["add", "-A"]);
        assert_eq!(
            project.audit(&["--staged"]).places(),
            [format!("{path}:1:7 npsso high")]
        );
        project.git(&["reset", "-q", "--hard"]);
    }
    // A file becomes a folder, and a folder a file.
    project.write("z", None);
    project.write("z/z", Some(LEAK));
    fs::remove_dir_all(project.path("ab")).expect("it is there");
    project.write("ab", Some("NPSSO={{npsso:b}}\n"));
    project.git(&["add", "-A"]);
    let mut places = project.audit(&["--staged"]).places();
    places.sort();
    assert_eq!(places, ["ab:1:7 npsso high", "z/z:1:7 npsso high"]);
}

#[test]
fn intended_files_submodules_and_conflicts_are_taken_for_what_they_are() {
    let project = Project::repository();
    project.commit("bot.env", Some("x=0\n"), "start");
    project.write("later.env", Some(LEAK));
    project.git(&["add", "-N", "later.env"]);
    assert_eq!(project.audit(&["--staged"]).code, 0);
    project.write("later.env", None);
    project.git(&["reset", "-q", "--hard"]);

    let library = Project::repository();
    library.commit("lib.env", Some(LEAK), "leak");
    let url = library.root().to_string_lossy().into_owned();
    project.git(&["submodule", "--quiet", "add", &url, "lib"]);
    let run = project.audit(&["--staged"]);
    assert_eq!((run.code, run.places()), (0, vec![]), "{}", run.stdout);
    project.git(&["commit", "-q", "-m", "submodule"]);

    project.git(&["checkout", "-q", "-b", "side"]);
    project.commit("bot.env", Some(LEAK), "side");
    project.git(&["checkout", "-q", "main"]);
    project.commit("bot.env", Some("x=1\n"), "main");
    conflict(&project, &["cherry-pick", "side"]);
    let run = project.audit(&["--staged"]);
    assert_eq!(run.places(), ["bot.env:1:7 npsso high"], "{}", run.stdout);
}

/// Has git begin what ends in a conflict.
fn conflict(project: &Project, arguments: &[&str]) {
    let output = clean("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.com"])
        .args(arguments)
        .current_dir(project.root())
        .output()
        .expect("git is installed");
    assert!(!output.status.success());
}

#[test]
fn a_merge_that_is_concluded_adds_what_none_of_its_parents_has() {
    let project = Project::repository();
    project.commit("bot.env", Some("x=0\n"), "start");
    project.commit("folder/a.env", Some("x=0\n"), "start");
    project.git(&["checkout", "-q", "-b", "side"]);
    project.commit("side/b.env", Some("NPSSO={{npsso:side}}\n"), "side");
    project.commit("bot.env", Some(LEAK), "side");
    project.git(&["mv", "folder", "moved"]);
    project.commit("c", Some("c\n"), "move");
    project.git(&["checkout", "-q", "main"]);
    project.commit("bot.env", Some("x=1\n"), "main");
    project.commit("folder/a.env", Some("NPSSO={{npsso:a}}\nx=0\n"), "main");
    conflict(&project, &["merge", "-q", "side"]);
    let clean = |text: &str| {
        project.write("bot.env", Some(text));
        project.git(&["add", "-A"]);
        let run = project.audit(&["--staged"]);
        assert_eq!((run.code, run.places()), (0, vec![]), "{text}");
        // The framework names what was in conflict.
        let run = project.audit(&["--staged", "bot.env"]);
        assert_eq!((run.code, run.places()), (0, vec![]), "{text}");
    };
    let unsolved = project.audit(&["--staged"]);
    assert_eq!((unsolved.code, unsolved.places()), (0, vec![]));
    clean("NPSSO={{npsso}}\n");
    clean("x=1\nNPSSO={{npsso}}\n");
    clean("x=1\n");
    // One parent moved the file, the other gave it its secret.
    project.write("moved/a.env", Some("NPSSO={{npsso:a}}\nx=2\n"));
    clean("x=2\n");
    project.write("bot.env", Some("NPSSO={{npsso:new}}\n"));
    project.git(&["add", "-A"]);
    let run = project.audit(&["--staged"]);
    assert_eq!(run.places(), ["bot.env:1:7 npsso high"]);
    // Once the merge is given up, what came with it is new.
    fs::remove_file(project.path(".git/MERGE_HEAD")).expect("it is there");
    assert_eq!(project.audit(&["--staged"]).places().len(), 2);
}

#[test]
fn a_merge_of_many_branches_has_many_parents() {
    let project = Project::repository();
    project.commit("a", Some("x\n"), "start");
    for branch in ["one", "two"] {
        project.git(&["checkout", "-q", "-b", branch, "main"]);
        let leak = format!("NPSSO={{{{npsso:{branch}}}}}\n");
        project.commit(&format!("{branch}.env"), Some(&leak), "leak");
    }
    project.git(&["checkout", "-q", "main"]);
    project.commit("b", Some("x\n"), "more");
    project.git(&["merge", "-q", "--no-commit", "one", "two"]);
    let heads = fs::read_to_string(project.path(".git/MERGE_HEAD")).expect("it is being merged");
    assert_eq!(heads.lines().count(), 2);
    let run = project.audit(&["--staged"]);
    assert_eq!((run.code, run.places()), (0, vec![]), "{}", run.stdout);
    fs::write(project.path(".git/MERGE_HEAD"), "nonsense\n").expect("it can be written");
    let run = project.audit(&["--staged"]);
    assert_eq!((run.code, run.places().len()), (1, 2));
    assert_eq!(run.json()["skipped"][0]["reason"], json!("damaged"));
}

#[test]
fn subfolders_linked_work_trees_and_other_folders_work() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    let outside = Project::new();
    let tree = outside.path("tree");
    project.git(&["worktree", "add", "-q", &tree.to_string_lossy()]);
    fs::write(tree.join("bot.env"), crate::support::expand(LEAK)).expect("it can be written");
    crate::support::git::git(&tree, &["add", "-A"]);
    assert_eq!(project.audit(&["--staged"]).code, 0);
    let run = outside.audit(&["--staged", "tree"]);
    assert_eq!(run.places(), ["tree/bot.env:1:7 npsso high"]);
    fs::create_dir(tree.join("deep")).expect("it can be made");
    let mut command = project.command(&["-f", "json", "--staged"]);
    let run = Run::of(command.current_dir(tree.join("deep")).output());
    assert_eq!(run.places(), ["../bot.env:1:7 npsso high"]);
    // Git tells its hooks which index the commit is made from.
    let other = project.path("other-index");
    fs::copy(project.path(".git/worktrees/tree/index"), &other).expect("it can be copied");
    let mut command = project.command(&["-f", "json", "--staged"]);
    let run = Run::of(
        command
            .env("GIT_INDEX_FILE", &other)
            .env("GIT_DIR", ".git")
            .output(),
    );
    assert_eq!(run.places(), ["bot.env:1:7 npsso high"]);
}

#[test]
fn a_git_folder_that_the_environment_names_is_found_as_git_finds_it() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    let outside = Project::new();
    let tree = outside.path("tree");
    project.git(&["worktree", "add", "-q", &tree.to_string_lossy()]);
    fs::write(tree.join("bot.env"), crate::support::expand(LEAK)).expect("it can be written");
    crate::support::git::git(&tree, &["add", "-A"]);
    let staged = |folder: &Path, variables: &[(&str, &str)]| {
        let mut command = project.command(&["-f", "json", "--staged"]);
        let command = command.envs(variables.iter().copied());
        Run::of(command.current_dir(folder).output())
    };
    // There `.git` is a file.
    let run = staged(&tree, &[("GIT_DIR", ".git")]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(run.places(), ["bot.env:1:7 npsso high"]);
    let linked = tree.join(".git").to_string_lossy().into_owned();
    let variables = [("GIT_DIR", linked.as_str()), ("GIT_WORK_TREE", "tree")];
    let run = staged(outside.root(), &variables);
    assert_eq!(run.places(), ["tree/bot.env:1:7 npsso high"]);
    let run = staged(project.root(), &[("GIT_DIR", "README.md")]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("README.md"), "{}", run.stderr);
}

#[test]
fn an_index_that_makes_no_sense_is_never_clean() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    fs::write(project.path(".git/index"), "DIRC nonsense").expect("it can be written");
    let run = project.audit(&["--staged"]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    let run = Project::new().audit(&["--staged"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("no git repository"), "{}", run.stderr);
}

#[test]
fn without_an_index_only_a_new_repository_is_clean() {
    let project = Project::repository();
    let unread = |folder: &Path, index: Option<&str>| {
        let mut command = project.command(&["-f", "json", "--staged"]);
        let command = command.envs(index.map(|index| ("GIT_INDEX_FILE", index)));
        let run = Run::of(command.current_dir(folder).output());
        let skipped = run.json()["skipped"][0]["detail"].clone();
        (run.code, skipped.as_str().map(str::to_owned))
    };
    // A hook of the first commit can run before git writes an index.
    assert_eq!(unread(project.root(), None), (0, None));
    assert_eq!(unread(project.root(), Some(".git/index")), (0, None));
    project.commit("README.md", Some("hello\n"), "start");
    let outside = Project::new();
    let tree = outside.path("tree");
    project.git(&["worktree", "add", "-q", &tree.to_string_lossy()]);
    fs::write(tree.join("bot.env"), crate::support::expand(LEAK)).expect("it can be written");
    crate::support::git::git(&tree, &["add", "-A"]);
    // What a hook of the other work tree has in its environment; `.git` is a file here.
    for index in [".git/index", "nowhere/index", "nowhere"] {
        let (code, why) = unread(&tree, Some(index));
        assert_eq!(code, 3, "{index}");
        assert!(why.expect("it says").contains("unset GIT_INDEX_FILE"));
    }
    crate::support::git::git(&tree, &["checkout", "-q", "--orphan", "new"]);
    assert_eq!(unread(&tree, Some(".git/index")).0, 3);
    fs::remove_file(project.path(".git/index")).expect("it is there");
    let (code, why) = unread(project.root(), None);
    assert_eq!(code, 3);
    assert!(why.expect("it says").contains("git reset"));
}

#[test]
fn a_staged_object_that_is_gone_is_never_clean() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    project.write("bot.env", Some("x=1\n"));
    project.git(&["add", "-A"]);
    let blob = project.git(&["rev-parse", ":bot.env"]);
    let (folder, name) = blob.split_at(2);
    fs::remove_file(project.path(&format!(".git/objects/{folder}/{name}"))).expect("it is loose");
    let run = project.audit(&["--staged"]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    assert_eq!(run.json()["skipped"][0]["reason"], json!("missing-object"));
}

#[test]
fn sparse_and_split_indices_are_read() {
    let project = Project::repository();
    project.commit("kept/a", Some("1\n"), "start");
    project.commit("left/out/b", Some("1\n"), "more");
    project.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "kept"]);
    assert_eq!(project.audit(&["--staged"]).code, 0);
    project.write("kept/bot.env", Some(LEAK));
    project.git(&["add", "kept/bot.env"]);
    assert_eq!(
        project.audit(&["--staged"]).places(),
        ["kept/bot.env:1:7 npsso high"]
    );

    let project = Project::repository();
    project.commit("a", Some("1\n"), "start");
    project.git(&["update-index", "--split-index"]);
    project.write("bot.env", Some(LEAK));
    project.git(&["add", "bot.env"]);
    assert_eq!(
        project.audit(&["--staged"]).places(),
        ["bot.env:1:7 npsso high"]
    );
}

#[test]
fn a_message_is_audited_as_far_as_it_will_be_kept() {
    let scissors = "# ------------------------ >8 ------------------------";
    let project = Project::new()
        .file(
            "leak",
            &format!("fix login\n\nnpsso={{{{npsso}}}}\n{scissors}\n"),
        )
        .file(
            "clean",
            &format!("fix login\n{scissors}\n# Do not.\n# At all.\n-npsso={{{{npsso}}}}\n"),
        )
        .file(
            "quoted",
            &format!("fix login\n\n{scissors}\nnpsso={{{{npsso}}}}\n"),
        );
    let run = project.audit(&["--message", "leak"]);
    assert_eq!(
        (run.code, run.places()),
        (1, vec!["leak:3:7 npsso high".to_owned()])
    );
    assert_eq!(project.audit(&["--message", "clean"]).code, 0);
    // Git keeps what stands below a line that it did not write.
    assert_eq!(project.audit(&["--message", "quoted"]).code, 1);
    assert_eq!(project.audit(&["--message", "nowhere"]).code, 3);
    // A message has no files.
    let run = project.audit(&["--message", "clean", "leak"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
}

#[test]
fn nothing_is_staged_in_a_bare_repository() {
    let project = Project::new();
    project.git(&["init", "-q", "--bare"]);
    let run = project.audit(&["--staged"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("bare"), "{}", run.stderr);
    // Dotfiles are often kept in one, with an index and files elsewhere.
    let home = Project::new().file("home/.env", LEAK);
    home.git(&["init", "-q", "--bare", "dotfiles"]);
    home.git(&["--git-dir=dotfiles", "--work-tree=home", "add", ".env"]);
    let run = home.audit(&["--staged", "dotfiles"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
}

#[test]
fn of_a_conflict_the_sides_count_and_not_what_they_come_from() {
    let project = Project::repository();
    project.commit("bot.env", Some("NPSSO={{npsso}}\n"), "leak");
    project.git(&["checkout", "-q", "-b", "side"]);
    project.commit("bot.env", Some("x=side\n"), "side");
    project.git(&["checkout", "-q", "main"]);
    project.commit("bot.env", Some("x=main\n"), "main");
    conflict(&project, &["merge", "-q", "side"]);
    assert_eq!(project.git(&["ls-files", "-u"]).lines().count(), 3);
    let run = project.audit(&["--staged"]);
    assert_eq!((run.code, run.places()), (0, vec![]), "{}", run.stderr);
    let run = project.audit(&["--staged", "bot.env"]);
    assert_eq!((run.code, run.places()), (0, vec![]), "{}", run.stderr);
}

#[test]
fn a_value_that_gains_its_name_is_new() {
    let project = Project::repository();
    project.commit("notes", Some("{{npsso}}\n"), "a bare value");
    assert_eq!(project.audit(&["--range", "HEAD"]).code, 0);
    project.write("notes", Some(LEAK));
    project.git(&["add", "-A"]);
    assert_eq!(
        project.audit(&["--staged"]).places(),
        ["notes:1:7 npsso high"]
    );
    // One that the name of its file told was known.
    project.commit("npsso.txt", Some("{{npsso:file}}\n"), "a file");
    assert_eq!(project.audit(&["--range", "HEAD~1.."]).code, 1);
    project.write("npsso.txt", Some("\n{{npsso:file}}\n"));
    project.git(&["add", "-A"]);
    let run = project.audit(&["--staged"]);
    assert_eq!((run.code, run.places()), (0, vec![]), "{}", run.stdout);
    assert_eq!(run.json()["notes"][0]["kind"], "known-before");
}

#[test]
fn what_is_named_is_what_git_takes_it_for() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    let files = [
        "a.env",
        "fixtures/d.env",
        "src/[i].ts",
        "src/b.env",
        "src/deep/c.txt",
        "src/i.ts",
    ];
    for file in files {
        project.write(file, Some(&format!("NPSSO={{{{npsso:{file}}}}}\n")));
    }
    project.git(&["add", "-A"]);
    let named = |folder: &str, paths: &[&str]| {
        let all = [&["-f", "json", "--staged", "--"], paths].concat();
        let mut command = project.command(&all);
        let run = Run::of(command.current_dir(project.path(folder)).output());
        let places = run.places();
        let place = |place: &String| place.split(':').next().expect("a path").to_owned();
        (run.code, places.iter().map(place).collect::<Vec<String>>())
    };
    for paths in [
        &["."][..],
        &["src"],
        &["src/"],
        &["*.env"],
        &["src/*"],
        &[":(glob)src/*"],
        &[":(glob)**/*.ts"],
        &[":(icase)SRC"],
        &[":!fixtures"],
        &[":(exclude)src/deep", "src", "fixtures"],
        &[":^*.env"],
        &["src", ":!src/i.ts", "a.env"],
        &["fixtures", "src/d*"],
    ] {
        let list = [&["diff", "--cached", "--name-only", "--"], paths].concat();
        let git = project.git(&list);
        let git: Vec<String> = git.lines().map(str::to_owned).collect();
        assert!(!git.is_empty(), "{paths:?}");
        assert_eq!(named(".", paths), (1, git), "{paths:?}");
    }
    // A file that is there is meant as it is called.
    assert_eq!(named(".", &["src/[i].ts"]).1, ["src/[i].ts"]);
    // Paths count from where they are typed.
    assert_eq!(named("src", &["*.ts"]).1, ["../src/[i].ts", "../src/i.ts"]);
    assert_eq!(named("src", &["deep"]).1, ["../src/deep/c.txt"]);
    assert_eq!(named("src", &["../fixtures"]).1, ["../fixtures/d.env"]);
    assert_eq!(named("src", &[":/a.env"]).1, ["../a.env"]);
    let whole = project.path("src/deep").to_string_lossy().into_owned();
    assert_eq!(named("fixtures", &[&whole]).1.len(), 1);
    // Nothing of it is staged.
    project.write("more/x", Some("x\n"));
    project.git(&["add", "more"]);
    assert_eq!(named(".", &["more"]).0, 0);
}

#[test]
fn a_file_that_is_named_and_not_there_is_never_clean() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    project.commit("old/gone", Some("hello\n"), "start");
    project.write("bot.env", Some(LEAK));
    project.git(&["add", "-A"]);
    for typed in ["nosuch", "no*such", "fixtures/", ":(icase)NOSUCH"] {
        let run = project.audit(&["--staged", typed]);
        assert_eq!(run.code, 3, "{typed}: {}", run.stdout);
        assert!(run.stderr.contains(typed), "{}", run.stderr);
    }
    let run = project.audit(&["--staged", "nosuch", "bot.env"]);
    assert_eq!(run.places(), ["bot.env:1:7 npsso high"]);
    assert_eq!(run.json()["skipped"][0]["path"], "nosuch");
    project.write("untracked", Some("x\n"));
    let run = project.audit(&["--staged", "untracked"]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    assert_eq!(run.json()["skipped"][0]["reason"], "not-tracked");
    for typed in ["..", ":(nonsense)x", ":(attr:binary)x"] {
        let run = project.audit(&["--staged", typed]);
        assert_eq!(run.code, 2, "{typed}: {}", run.stdout);
        assert!(run.stderr.contains(typed), "{}", run.stderr);
    }
    // What is removed was there.
    fs::remove_dir_all(project.path("old")).expect("it is there");
    project.git(&["add", "-A"]);
    for typed in ["old", "old/gone", "o*"] {
        assert_eq!(project.audit(&["--staged", typed]).code, 0, "{typed}");
    }
    assert_eq!(Project::repository().audit(&["--staged", "."]).code, 0);
}

#[test]
fn the_first_path_can_lead_to_another_repository() {
    let project = Project::new();
    for name in ["one", "two"] {
        project.git(&["init", "-q", name]);
        for file in ["a.env", "src/b.env"] {
            project.write(&format!("{name}/{file}"), Some(LEAK));
        }
        crate::support::git::git(&project.path(name), &["add", "-A"]);
    }
    let places = |path: &str| project.audit(&["--staged", path]).places();
    let (a, b) = ("one/a.env:1:7 npsso high", "one/src/b.env:1:7 npsso high");
    assert_eq!(places("one"), [a, b]);
    assert_eq!(places("one/src"), [b]);
    assert_eq!(places("one/a.env"), [a]);
    let run = project.audit(&["--staged", "one/src", "two/src"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("two/src"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_new_mode_brings_no_secret() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::repository();
    project.commit("bot.env", Some(LEAK), "old leak");
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(project.path("bot.env"), executable).expect("it is ours");
    project.git(&["add", "-A"]);
    // The framework names the file, because it is staged.
    let run = project.audit(&["--staged", "bot.env"]);
    assert_eq!((run.code, run.places()), (0, vec![]), "{}", run.stdout);
}
