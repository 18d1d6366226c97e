//! Opens files where they are met, and reads them from beginning to end.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use super::super::Worker;
#[cfg(unix)]
use super::super::holes::Holes;
use super::unread::{provenance, skipped};
use crate::model::audit::{Note, NoteKind};
use crate::model::feed::ReadSeek;
use crate::model::feed::{Fed, Feed};
#[cfg(target_os = "linux")]
use crate::system;

/// A folder whose files are audited.
pub struct Root<'p> {
    pub path: &'p Path,
    /// Its one spelling, where it has any.
    pub whole: Option<PathBuf>,
    /// What its files are opened from, where the system can do that.
    #[cfg(target_os = "linux")]
    folder: Option<system::Folder>,
}

impl<'p> Root<'p> {
    /// This folder.
    pub fn of(path: &'p Path) -> Root<'p> {
        Root {
            path,
            whole: fs::canonicalize(path).ok(),
            #[cfg(target_os = "linux")]
            folder: system::Folder::open(path).ok(),
        }
    }

    /// Opens a file below it. `None` where the system cannot keep to that.
    #[cfg(target_os = "linux")]
    fn open(&self, path: &Path) -> Option<io::Result<File>> {
        let folder = self.folder.as_ref()?;
        let path = path.strip_prefix(self.path).ok()?;
        Some(folder.file(path))
    }

    #[cfg(not(target_os = "linux"))]
    fn open(&self, _path: &Path) -> Option<io::Result<File>> {
        None
    }

    /// Whether that is so, on a system where it can be.
    pub fn is_guarded(&self) -> bool {
        #[cfg(target_os = "linux")]
        return self.folder.is_some();
        #[cfg(not(target_os = "linux"))]
        true
    }
}

/// Opens a file that was met on the walk, wherever the folders on its path lead by now:
/// not outside of the root, where the system can promise that.
pub fn open_below(path: &Path, roots: &[Root<'_>]) -> io::Result<(File, Metadata)> {
    let Some(opened) = roots.iter().find_map(|root| root.open(path)) else {
        return open(path, true);
    };
    let file = opened?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

/// Opens a file, and whatever belongs to it.
type Open<'o> = dyn Fn(&Path) -> io::Result<(File, Metadata)> + 'o;

/// Opens a file and has it audited, or says why it cannot be read.
pub fn audit_file(path: &Path, open: &Open<'_>, worker: &mut dyn Worker) {
    match open(path) {
        Ok((file, metadata)) if metadata.is_file() => {
            let mut feed = FileFeed {
                path,
                open,
                #[cfg(unix)]
                holes: Holes::of(&metadata),
                file,
                left: (metadata.len() > 0).then_some(metadata.len()),
            };
            worker.audit(provenance(path), &mut feed);
        }
        // Something else took the file's place since it was listed.
        Ok(_) => worker.note(Note {
            provenance: provenance(path),
            kind: NoteKind::SpecialFile,
            detail: String::new(),
        }),
        Err(error) => worker.skip(skipped(path, &error)),
    }
}

/// Opens without waiting for anybody, and on a walk without following a link
/// that took the file's place.
#[cfg(unix)]
pub fn open(path: &Path, by_walk: bool) -> io::Result<(File, Metadata)> {
    use std::os::unix::fs::OpenOptionsExt;
    let links = if by_walk { libc::O_NOFOLLOW } else { 0 };
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | links)
        .open(path)?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

#[cfg(not(unix))]
pub fn open(path: &Path, _by_walk: bool) -> io::Result<(File, Metadata)> {
    let file = OpenOptions::new().read(true).open(path)?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

/// A file from its beginning to its end.
struct FileFeed<'f> {
    path: &'f Path,
    open: &'f Open<'f>,
    file: File,
    /// Bytes that are still to come, when the system knew the length: asking it
    /// once more for each small file would cost a tenth of the whole audit.
    left: Option<u64>,
    /// Its holes, where it has any.
    #[cfg(unix)]
    holes: Option<Holes>,
}

impl Feed for FileFeed<'_> {
    #[cfg(unix)]
    fn pass_zeros(&mut self) -> u64 {
        let Some((holes, left)) = self.holes.as_mut().zip(self.left.as_mut()) else {
            return 0;
        };
        let count = holes.pass(&mut self.file, *left);
        *left -= count;
        count
    }

    fn is_file(&self) -> bool {
        true
    }

    fn left(&self) -> Option<u64> {
        self.left
    }

    fn again(&mut self) -> Option<Box<dyn ReadSeek>> {
        let mut file = self.file.try_clone().ok()?;
        file.seek(io::SeekFrom::Start(0)).ok()?;
        Some(Box::new(file))
    }

    fn beside(&mut self, ending: &str) -> io::Result<Option<Box<dyn ReadSeek>>> {
        let mut path = self.path.as_os_str().to_owned();
        path.push(ending);
        let path = Path::new(&path);
        // A link or a device beside it does not belong to it.
        if !fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file()) {
            return Ok(None);
        }
        let (file, metadata) = (self.open)(path)?;
        Ok(metadata.is_file().then(|| Box::new(file) as _))
    }

    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
        if self.left == Some(0) {
            return Ok(Fed::End);
        }
        loop {
            let count = match self.file.read(buffer) {
                Ok(0) => match self.left {
                    Some(left) => {
                        return Err(io::Error::new(
                            io::ErrorKind::UnexpectedEof,
                            format!("it became {left} bytes shorter during the audit"),
                        ));
                    }
                    None => return Ok(Fed::End),
                },
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.left = self.left.map(|left| left.saturating_sub(count as u64));
            return Ok(Fed::Bytes(count));
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn what_belongs_to_a_file_lies_below_the_root_too() {
        let [inside, outside] = [(); 2].map(|()| TempDir::new().expect("a folder can be made"));
        let folder = inside.path().join("sub");
        fs::create_dir(&folder).expect("a folder can be made");
        for folder in [&folder, outside.path()] {
            fs::write(folder.join("a.db-wal"), "text").expect("a file can be written");
        }
        fs::write(folder.join("a.db"), "text").expect("a file can be written");
        let roots = [Root::of(inside.path())];
        if !roots[0].is_guarded() {
            return;
        }
        let open = |path: &Path| open_below(path, &roots);
        let path = folder.join("a.db");
        let (file, _) = open(&path).expect("it is there");
        let mut feed = FileFeed {
            path: &path,
            open: &open,
            file,
            left: None,
            holes: None,
        };
        assert!(matches!(feed.beside("-wal"), Ok(Some(_))));
        assert!(matches!(feed.beside("-none"), Ok(None)));
        fs::rename(&folder, inside.path().join("old")).expect("it can move");
        symlink(outside.path(), &folder).expect("a link can be made");
        assert!(feed.beside("-wal").is_err());
    }
}
