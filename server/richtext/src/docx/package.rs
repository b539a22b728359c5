//! The zip file around a Word document, opened so that it cannot fill the memory.
use super::MAX_FILE;
use crate::error::Error;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// What a file may expand to.
const MAX_EXPANDED: u64 = 200 * 1000 * 1000;
/// How many times its size it may expand to.
const MAX_RATIO: u64 = 100;
/// More parts than any document has.
const MAX_PARTS: usize = 10_000;

/// An opened Office file.
pub struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// How many bytes may still be read: what a part says about its size may be a lie.
    left: u64,
}

impl<'a> Package<'a> {
    /// Opens a file of at most 10 MiB that expands to at most 100 times its size and 200 MB.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_FILE {
            return Err(Error::FileTooLarge { limit_mib: MAX_FILE / 1024 / 1024 });
        }
        Self::within(bytes, MAX_EXPANDED.min(bytes.len() as u64 * MAX_RATIO))
    }

    fn within(bytes: &'a [u8], limit: u64) -> Result<Self, Error> {
        let mut archive =
            ZipArchive::new(Cursor::new(bytes)).map_err(|_| Error::Unreadable("This is not a Word document (.docx).".into()))?;
        if archive.len() > MAX_PARTS {
            return Err(Error::ExpandsTooMuch);
        }
        let mut expanded = 0_u64;
        for at in 0..archive.len() {
            let part = archive.by_index_raw(at).map_err(|_| Error::Unreadable("The file is damaged.".into()))?;
            expanded = expanded.saturating_add(part.size());
        }
        if expanded > limit {
            return Err(Error::ExpandsTooMuch);
        }
        Ok(Self { archive, left: limit })
    }

    /// A part as text; `None` if there is none of this name.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, Error> {
        let Ok(part) = self.archive.by_name(name) else { return Ok(None) };
        let mut bytes = vec![];
        part.take(self.left + 1).read_to_end(&mut bytes).map_err(|_| Error::Unreadable("The file is damaged.".into()))?;
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(Error::ExpandsTooMuch)?;
        let text = String::from_utf8(bytes).map_err(|_| Error::Unreadable(format!("\"{name}\" in the file is not UTF-8.")))?;
        Ok(Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
    }
}

/// Text in XML; what XML cannot hold at all is left out.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(c),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
