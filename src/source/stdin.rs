//! Standard input, which may be endless.

use std::fs::File;
use std::io::{self, Read, Seek as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::{Hire, ReadFeed, Source};
use crate::model::blob::Provenance;
use crate::model::feed::{Fed, Feed};
use crate::system;

/// Bytes in a piece that the reading thread hands over.
const PIECE: usize = 128 * 1024;
/// Pieces on their way, full or empty.
const PIECES: usize = 4;
/// A finding in a log that goes on shows at most this much later.
const PATIENCE: Duration = Duration::from_millis(150);

/// How long somebody who names nothing may take to pipe something in.
const WAIT: Duration = Duration::from_secs(1);

/// Standard input.
#[derive(Debug, Default)]
pub struct Stdin;

impl Source for Stdin {
    fn drive(&self, hire: &Hire<'_>) {
        let mut worker = hire();
        if let Some(file) = file() {
            worker.audit(Provenance::Stdin, &mut Ready::new(file));
            return;
        }
        match Pieces::start(io::stdin()) {
            Ok(mut pieces) => worker.audit(Provenance::Stdin, &mut pieces),
            // Without another thread, a pause is waited for.
            Err(_) => worker.audit(Provenance::Stdin, &mut ReadFeed::new(io::stdin())),
        };
    }
}

/// What somebody may want to have audited who named nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piped {
    /// Standard input is a terminal, a device, a socket or closed, or a file at its end.
    Nothing,
    /// A pipe through which nothing came for a while, as a process inherits it from a
    /// hook, a timer or a runner of CI.
    Silence,
    /// A pipe or a file with something in it.
    Something,
}

/// Whether something waits on standard input. Nothing is read of it.
#[cfg(unix)]
pub fn piped() -> Piped {
    use std::os::unix::fs::FileTypeExt;
    let Some((mut input, metadata)) = handle().and_then(|input| {
        let metadata = input.metadata().ok()?;
        Some((input, metadata))
    }) else {
        return Piped::Nothing;
    };
    if metadata.is_file() {
        let at = input.stream_position().unwrap_or(0);
        return match at < metadata.len() {
            true => Piped::Something,
            false => Piped::Nothing,
        };
    }
    if !metadata.file_type().is_fifo() {
        return Piped::Nothing;
    }
    match system::has_input(&input, WAIT) {
        true => Piped::Something,
        false => Piped::Silence,
    }
}

#[cfg(not(unix))]
pub fn piped() -> Piped {
    Piped::Nothing
}

#[cfg(unix)]
fn handle() -> Option<File> {
    use std::os::fd::AsFd;
    Some(File::from(io::stdin().as_fd().try_clone_to_owned().ok()?))
}

/// Standard input, when it is a file: `npsso-audit - < file`.
#[cfg(unix)]
fn file() -> Option<File> {
    let file = handle()?;
    file.metadata()
        .is_ok_and(|metadata| metadata.is_file())
        .then_some(file)
}

#[cfg(not(unix))]
fn file() -> Option<File> {
    None
}

/// A file, which has all of its bytes to give at once.
struct Ready {
    feed: ReadFeed<File>,
    looked: Instant,
}

impl Ready {
    fn new(file: File) -> Ready {
        Ready {
            feed: ReadFeed::new(file),
            looked: Instant::now(),
        }
    }
}

impl Feed for Ready {
    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
        if self.looked.elapsed() > PATIENCE {
            self.looked = Instant::now();
            return Ok(Fed::Behind);
        }
        self.feed.next(buffer)
    }
}

/// Reads in a thread of its own, so that reading and looking overlap, and so
/// that a pause in the input can be told from its end.
struct Pieces {
    full: Receiver<io::Result<Vec<u8>>>,
    empty: SyncSender<Vec<u8>>,
    piece: Vec<u8>,
    taken: usize,
    looked: Instant,
}

impl Pieces {
    fn start(input: impl Read + Send + 'static) -> io::Result<Pieces> {
        let (to_scan, full) = sync_channel(PIECES);
        let (empty, to_fill) = sync_channel::<Vec<u8>>(PIECES);
        // The thread ends with its input, or with the program.
        let read = move || read_all(input, &to_scan, &to_fill);
        thread::Builder::new().spawn(read)?;
        Ok(Pieces {
            full,
            empty,
            piece: Vec::new(),
            taken: 0,
            looked: Instant::now(),
        })
    }
}

fn read_all(
    mut input: impl Read,
    to_scan: &SyncSender<io::Result<Vec<u8>>>,
    to_fill: &Receiver<Vec<u8>>,
) {
    let mut made = 0;
    loop {
        let mut piece = match to_fill.try_recv() {
            Ok(piece) => piece,
            Err(_) if made < PIECES => {
                made += 1;
                Vec::new()
            }
            Err(_) => match to_fill.recv() {
                Ok(piece) => piece,
                Err(_) => return,
            },
        };
        piece.resize(PIECE, 0);
        let read = match input.read(&mut piece) {
            Ok(0) => return,
            Ok(count) => {
                piece.truncate(count);
                Ok(piece)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                made -= 1;
                continue;
            }
            Err(error) => Err(error),
        };
        let failed = read.is_err();
        if to_scan.send(read).is_err() || failed {
            return;
        }
    }
}

impl Feed for Pieces {
    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
        if self.taken == self.piece.len() {
            if self.looked.elapsed() > PATIENCE {
                self.looked = Instant::now();
                return Ok(Fed::Behind);
            }
            let piece = match self.full.recv_timeout(PATIENCE) {
                Ok(piece) => piece?,
                Err(RecvTimeoutError::Timeout) => {
                    self.looked = Instant::now();
                    return Ok(Fed::Idle);
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(Fed::End),
            };
            let used = std::mem::replace(&mut self.piece, piece);
            self.taken = 0;
            if used.capacity() > 0 {
                // When the reader has ended, nobody needs the buffer any more.
                let _ = self.empty.try_send(used);
            }
        }
        let count = buffer.len().min(self.piece.len() - self.taken);
        buffer[..count].copy_from_slice(&self.piece[self.taken..self.taken + count]);
        self.taken += count;
        Ok(Fed::Bytes(count))
    }
}
