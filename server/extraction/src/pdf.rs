//! PDF: the text its pages draw.
use crate::{Error, MAX_EXPANDED, text::Text};
use flate2::read::ZlibDecoder;
use std::io::{self, Read};

pub fn read(bytes: &[u8]) -> Result<String, Error> {
    expands_within(bytes, MAX_EXPANDED)?;
    let found = pdf_extract::extract_text_from_mem(bytes).map_err(|error| {
        let encrypted = bytes.windows(8).any(|part| part == b"/Encrypt");
        Error::Unreadable(match (encrypted, error) {
            (true, _) => "the PDF is protected by a password".to_owned(),
            (_, error) => format!("the PDF could not be read: {error}"),
        })
    })?;
    let mut text = Text::default();
    text.push(&found);
    Ok(text.finish())
}

/// Do the compressed parts expand to no more than this? The reader would not ask. Pictures are left out, as the reader
/// does; what is compressed twice has no honest reason.
fn expands_within(bytes: &[u8], limit: u64) -> Result<(), Error> {
    let mut left = limit;
    let mut from = 0;
    while let Some(at) = find(&bytes[from..], b"stream") {
        let begin = from + at;
        from = begin + b"stream".len();
        let body = match &bytes[from..] {
            [b'\r', b'\n', body @ ..] | [b'\n' | b'\r', body @ ..] => body,
            _ => continue,
        };
        if bytes[..begin].ends_with(b"end") {
            continue;
        }
        let head = &bytes[begin.saturating_sub(1_024)..begin];
        let head = &head[rfind(head, b" obj").unwrap_or(0)..];
        if find(head, b"FlateDecode").and_then(|first| find(&head[first + 1..], b"FlateDecode")).is_some() {
            return Err(Error::ExpandsTooMuch);
        }
        let picture = find(head, b"/Image").is_some() && find(head, b"/ObjStm").is_none() && find(head, b"/XRef").is_none();
        if picture {
            continue;
        }
        let mut count = Count(0);
        // What is not compressed or breaks off is an error after some bytes: those count.
        drop(io::copy(&mut ZlibDecoder::new(body).take(left + 1), &mut count));
        left = left.checked_sub(count.0).ok_or(Error::ExpandsTooMuch)?;
    }
    Ok(())
}

/// Counts what is written.
struct Count(u64);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

fn rfind(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).rposition(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::ZlibEncoder};
    use std::io::Write;

    fn with(dictionary: &str, expanded: usize) -> Vec<u8> {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        zlib.write_all(&vec![b' '; expanded]).unwrap();
        let mut pdf = format!("%PDF-1.7\n1 0 obj\n<< {dictionary} >>\nstream\n").into_bytes();
        pdf.extend(zlib.finish().unwrap());
        pdf.extend_from_slice(b"\nendstream\nendobj\n");
        pdf
    }

    #[test]
    fn compressed_parts_are_measured_before_they_are_read() {
        let page = with("/Filter /FlateDecode", 10_000);
        assert_eq!(expands_within(&page, 10_000), Ok(()));
        assert_eq!(expands_within(&page, 9_999), Err(Error::ExpandsTooMuch));
        assert_eq!(expands_within(&[page.clone(), page].concat(), 15_000), Err(Error::ExpandsTooMuch));
        assert_eq!(expands_within(&with("/Subtype /Image /Filter /FlateDecode", 10_000), 10), Ok(()));
        assert_eq!(expands_within(&with("/Filter [/FlateDecode /FlateDecode]", 1), 10_000), Err(Error::ExpandsTooMuch));
    }
}
