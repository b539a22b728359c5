//! Zip files, opened so that they cannot fill the memory.
use crate::{Error, MAX_EXPANDED, MAX_RATIO};
use std::io::{self, Cursor, Read};
use zip::ZipArchive;

/// More parts than any office file has.
const MAX_PARTS: usize = 20_000;

/// An office file whose parts are known to be of a bearable size.
pub struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
}

impl<'a> Package<'a> {
    /// Opens a file after it has been expanded once into nothing: what its parts say about their sizes may be a lie.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Error> {
        Self::within(bytes, MAX_EXPANDED.min(bytes.len() as u64 * MAX_RATIO))
    }

    fn within(bytes: &'a [u8], limit: u64) -> Result<Self, Error> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
        if archive.len() > MAX_PARTS {
            return Err(Error::ExpandsTooMuch);
        }
        let mut left = limit;
        for at in 0..archive.len() {
            let part = archive.by_index(at).map_err(|_| damaged())?;
            if part.size() > left {
                return Err(Error::ExpandsTooMuch);
            }
            let read = io::copy(&mut part.take(left + 1), &mut io::sink());
            // A part that breaks off is met again by whoever wants it; how far it came counts.
            left = left.checked_sub(read.unwrap_or(0)).ok_or(Error::ExpandsTooMuch)?;
        }
        Ok(Self { archive })
    }

    /// Names of all parts.
    pub fn names(&self) -> Vec<String> {
        self.archive.file_names().map(str::to_owned).collect()
    }

    /// A part as text; `None` if there is none of this name.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, Error> {
        let Ok(part) = self.archive.by_name(name) else { return Ok(None) };
        let mut bytes = Vec::new();
        part.take(MAX_EXPANDED).read_to_end(&mut bytes).map_err(|_| damaged())?;
        Ok(Some(String::from_utf8(bytes).map_err(|_| damaged())?))
    }
}

/// Is there a part of this name? Without expanding anything.
pub fn has(bytes: &[u8], name: &str) -> bool {
    ZipArchive::new(Cursor::new(bytes)).is_ok_and(|archive| archive.index_for_name(name).is_some())
}

pub fn damaged() -> Error {
    Error::Unreadable("the file is damaged".into())
}
