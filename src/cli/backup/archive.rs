//! The archive itself. It is read and written on a thread that may block; bytes of files come and go in streams.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use kernel::files::FileRef;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::cli::failure::Failure;

/// An archive being written. It gets its name when it is whole.
pub struct Writer {
    tar: tar::Builder<zstd::Encoder<'static, BufWriter<File>>>,
    draft: PathBuf,
    path: PathBuf,
}

impl Writer {
    pub fn create(path: &Path) -> Result<Self, Failure> {
        if path.exists() {
            return Err(Failure::new(format!("{} exists already; nothing is overwritten.", path.display())));
        }
        let mut draft = path.as_os_str().to_owned();
        draft.push(".part");
        let draft = PathBuf::from(draft);
        let open = || -> io::Result<_> {
            use std::os::unix::fs::OpenOptionsExt;
            // Nobody else may read what everybody wrote.
            let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
            let mut encoder = zstd::Encoder::new(BufWriter::new(file), 3)?;
            encoder.include_checksum(true)?;
            Ok(tar::Builder::new(encoder))
        };
        let tar = open().map_err(Failure::while_doing(draft.display()))?;
        Ok(Self { tar, draft, path: path.to_owned() })
    }

    pub fn json(&mut self, name: &str, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_vec_pretty(value).map_err(Failure::while_doing(name))?;
        self.append(name, text.len() as u64, text.as_slice())
    }

    /// Copies `file.size` bytes and makes sure that they are the ones of `file.sha256`.
    pub fn checked(&mut self, name: &str, file: &FileRef, bytes: impl Read) -> Result<(), Failure> {
        let mut bytes = Hashing::new(bytes);
        self.append(name, file.size, &mut bytes)?;
        if bytes.hex() != file.sha256 {
            return Err(Failure::new(format!("{name} is damaged: its content does not match its hash.")));
        }
        Ok(())
    }

    fn append(&mut self, name: &str, size: u64, bytes: impl Read) -> Result<(), Failure> {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(0o600);
        self.tar.append_data(&mut header, name, bytes).map_err(Failure::while_doing(format!("{name} cannot be written")))
    }

    pub fn finish(self) -> Result<(), Failure> {
        let failed = |e: io::Error| Failure::new(format!("{}: {e}", self.path.display()));
        let encoder = self.tar.into_inner().map_err(failed)?;
        let mut file = encoder.finish().map_err(failed)?;
        file.flush().and_then(|()| file.get_ref().sync_all()).map_err(failed)?;
        std::fs::rename(&self.draft, &self.path).map_err(failed)
    }
}

/// An archive being read, from its beginning.
pub fn open(path: &Path) -> Result<tar::Archive<impl Read + use<>>, Failure> {
    let file = File::open(path).map_err(Failure::while_doing(path.display()))?;
    let decoder = zstd::Decoder::new(BufReader::new(file)).map_err(Failure::while_doing(path.display()))?;
    Ok(tar::Archive::new(decoder))
}

/// Hash and size of a file on disk.
pub fn measure(path: &Path) -> io::Result<FileRef> {
    let mut bytes = Hashing::new(File::open(path)?);
    let size = io::copy(&mut bytes, &mut io::sink())?;
    Ok(FileRef { sha256: bytes.hex(), size })
}

/// Passes bytes on and hashes them.
pub struct Hashing<R> {
    inner: R,
    hash: Sha256,
}

impl<R> Hashing<R> {
    pub fn new(inner: R) -> Self {
        Self { inner, hash: Sha256::new() }
    }

    pub fn hex(self) -> String {
        hex::encode(self.hash.finalize())
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}
