//! What an entry of a folder is: a file, a part of a repository, the kernel's own.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use ignore::DirEntry;

use super::super::Scope;

/// Whether it is an ordinary file.
pub fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file())
}

/// Whether it is a folder.
pub fn is_folder(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
}

/// Whether `--exclude` leaves it out.
pub fn is_excluded(entry: &DirEntry, scope: &Scope) -> bool {
    scope.excludes(below_root(entry), is_folder(entry))
}

/// The path of an entry from the folder that was named.
pub fn below_root(entry: &DirEntry) -> &Path {
    let mut parts = entry.path().components();
    let above = parts.clone().count().saturating_sub(entry.depth());
    for _ in 0..above {
        parts.next();
    }
    parts.as_path()
}

/// The git folder that an entry shows to be one: it is named so, or it is the
/// folder of the objects or of the refs in one. Git follows links to either.
pub fn git_folder(entry: &DirEntry) -> Option<&Path> {
    // Most entries are files, and the name of one takes time to find.
    if entry.file_type().is_some_and(|kind| kind.is_file()) {
        return None;
    }
    let path = entry.path();
    let is_folder = || match entry.file_type() {
        Some(kind) if kind.is_symlink() => path.is_dir(),
        kind => kind.is_some_and(|kind| kind.is_dir()),
    };
    if entry.depth() == 0 {
        return None;
    }
    if entry.file_name() == ".git" {
        // What has no HEAD is no repository for git either, unless something lost it.
        let has = |name: &str| fs::symlink_metadata(path.join(name)).is_ok();
        let is_git = has("HEAD") || has("objects");
        return (is_folder() && is_git).then_some(path);
    }
    let git_dir = path.parent()?;
    let is_part = match entry.file_name().to_str() {
        Some("objects") => is_git_folder(git_dir),
        // Only when its objects are gone it is known by its refs alone.
        Some("refs") => is_git_folder(git_dir) && git_dir.join("config").is_file(),
        _ => false,
    };
    (is_part && is_folder()).then_some(git_dir)
}

/// Whether a file is a part of a repository's object database: compressed, so
/// that it is read as history and not as a file.
pub fn is_object(entry: &DirEntry) -> bool {
    let path = entry.path();
    // Nearly no path has such a folder in it, and its parts take time to find.
    if memchr::memmem::find(path.as_os_str().as_encoded_bytes(), b"objects").is_none() {
        return false;
    }
    let Some((name, folder)) = path.file_name().zip(path.parent()) else {
        return false;
    };
    let (Some(name), Some(folder_name)) = (name.to_str(), folder.file_name()) else {
        return false;
    };
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let loose = matches!(name.len(), 38 | 62)
        && is_hex(name)
        && folder_name
            .to_str()
            .is_some_and(|name| name.len() == 2 && is_hex(name));
    // What else lies there, such as pack-….keep, is text.
    let is_binary = ["pack", "idx", "rev", "bitmap", "mtimes"]
        .iter()
        .any(|extension| path.extension().is_some_and(|own| own == *extension));
    let packed = folder_name == "pack"
        && (name.starts_with("pack-") && is_binary || name.starts_with("multi-pack-index"));
    (loose || packed)
        && folder.parent().is_some_and(|objects| {
            objects.file_name().is_some_and(|name| name == "objects")
                && objects.parent().is_some_and(is_git_folder)
        })
}

fn is_git_folder(path: &Path) -> bool {
    let named = path.file_name().is_some_and(|name| name == ".git");
    let has = |name: &str| fs::symlink_metadata(path.join(name)).is_ok();
    named || (has("HEAD") && has("refs"))
}

/// Whether there is no file of any kind in a folder or below it.
pub fn holds_no_file(folder: &Path) -> bool {
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        // What cannot be listed can hold anything, and the walk says so.
        let Ok(entries) = fs::read_dir(folder) else {
            return false;
        };
        for entry in entries {
            let kind = entry.and_then(|entry| Ok((entry.file_type()?, entry.path())));
            match kind {
                Ok((kind, path)) if kind.is_dir() => folders.push(path),
                _ => return false,
            }
        }
    }
    true
}

/// Whether a file or folder lies in a work tree that begins above it.
pub fn is_part_of_repository(path: &Path) -> bool {
    let Ok(whole) = fs::canonicalize(path) else {
        return false;
    };
    for folder in whole.ancestors() {
        // The folders of git itself belong to no work tree.
        if is_git_folder(folder) {
            return false;
        }
        let dot_git = folder.join(".git");
        if dot_git.is_file() || dot_git.join("HEAD").exists() {
            return folder != whole;
        }
    }
    false
}

/// Whether it is a folder of the kernel's pseudo files.
pub fn is_pseudo_file_system(entry: &DirEntry) -> bool {
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    entry.depth() > 0
        && is_folder
        && matches!(entry.file_name().to_str(), Some("proc" | "sys"))
        && entry.metadata().is_ok_and(|metadata| is_pseudo(&metadata))
}

/// Whether a folder lies on one of the kernel's own file systems, under whatever name.
#[cfg(unix)]
pub fn is_pseudo(folder: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let root = fs::metadata("/").map(|root| root.dev());
    ["/proc", "/sys"].iter().any(|path| {
        fs::metadata(path).is_ok_and(|pseudo| {
            pseudo.dev() == folder.dev() && root.as_ref().is_ok_and(|root| *root != pseudo.dev())
        })
    })
}

#[cfg(not(unix))]
/// Whether a folder lies on one of the kernel's own file systems: there are none.
pub fn is_pseudo(_folder: &Metadata) -> bool {
    false
}

/// The work tree of the repository that holds a path, if there is one.
pub fn work_tree(path: &Path) -> Option<PathBuf> {
    let path = fs::canonicalize(path).ok()?;
    path.ancestors()
        .find(|folder| folder.join(".git").exists())
        .map(Path::to_path_buf)
}
