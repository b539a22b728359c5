//! What a file is. Its name says it, its bytes must agree; what is not listed is no artifact.
use crate::unzip;

/// The files that may be uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Markdown,
    Text,
    Csv,
    Json,
    Html,
    Docx,
    Xlsx,
    Pptx,
    Pdf,
    Png,
    Jpeg,
    Gif,
    Webp,
    Svg,
    Mp3,
    Wav,
    Ogg,
    Flac,
    M4a,
}

/// Kinds, the ends of their names, and what they are called on the wire.
const LIST: [(FileKind, &[&str], &str); 19] = [
    (FileKind::Markdown, &["md", "markdown"], "text/markdown"),
    (FileKind::Text, &["txt", "text", "log"], "text/plain"),
    (FileKind::Csv, &["csv"], "text/csv"),
    (FileKind::Json, &["json"], "application/json"),
    (FileKind::Html, &["html", "htm"], "text/html"),
    (FileKind::Docx, &["docx"], "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (FileKind::Xlsx, &["xlsx"], "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (FileKind::Pptx, &["pptx"], "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (FileKind::Pdf, &["pdf"], "application/pdf"),
    (FileKind::Png, &["png"], "image/png"),
    (FileKind::Jpeg, &["jpg", "jpeg"], "image/jpeg"),
    (FileKind::Gif, &["gif"], "image/gif"),
    (FileKind::Webp, &["webp"], "image/webp"),
    (FileKind::Svg, &["svg"], "image/svg+xml"),
    (FileKind::Mp3, &["mp3"], "audio/mpeg"),
    (FileKind::Wav, &["wav"], "audio/wav"),
    (FileKind::Ogg, &["ogg", "oga"], "audio/ogg"),
    (FileKind::Flac, &["flac"], "audio/flac"),
    (FileKind::M4a, &["m4a"], "audio/mp4"),
];

impl FileKind {
    pub fn mime(self) -> &'static str {
        LIST.iter().find(|(kind, ..)| *kind == self).map_or("application/octet-stream", |(.., mime)| mime)
    }

    /// The kind that is stored under this name of a type.
    pub fn of_mime(mime: &str) -> Option<Self> {
        LIST.iter().find(|(.., known)| *known == mime).map(|(kind, ..)| *kind)
    }

    /// Is there text to be taken out of it?
    pub const fn has_text(self) -> bool {
        use FileKind::*;
        matches!(self, Markdown | Text | Csv | Json | Html | Docx | Xlsx | Pptx | Pdf)
    }

    fn of_name(name: &str) -> Option<Self> {
        let end = name.rsplit_once('.')?.1.to_lowercase();
        LIST.iter().find(|(_, ends, _)| ends.contains(&end.as_str())).map(|(kind, ..)| *kind)
    }

    fn agrees(self, bytes: &[u8]) -> bool {
        use FileKind::*;
        match self {
            Markdown | Text | Csv | Html => is_text(bytes),
            Json => is_text(bytes) && first(bytes).is_none_or(|c| b"{[\"-0123456789tfn/".contains(&c)),
            Svg => is_text(bytes) && holds(&bytes[..bytes.len().min(64 * 1024)], b"<svg"),
            Docx => is_zip(bytes) && unzip::has(bytes, "word/document.xml"),
            Xlsx => is_zip(bytes) && unzip::has(bytes, "xl/workbook.xml"),
            Pptx => is_zip(bytes) && unzip::has(bytes, "ppt/presentation.xml"),
            // Some writers put a few bytes before it.
            Pdf => holds(&bytes[..bytes.len().min(1_024)], b"%PDF-"),
            Png => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
            Jpeg => bytes.starts_with(&[0xff, 0xd8, 0xff]),
            Gif => bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a"),
            Webp => riff(bytes, b"WEBP"),
            Mp3 => bytes.starts_with(b"ID3") || matches!(bytes, [0xff, second, ..] if second & 0xe0 == 0xe0),
            Wav => riff(bytes, b"WAVE"),
            Ogg => bytes.starts_with(b"OggS"),
            Flac => bytes.starts_with(b"fLaC"),
            M4a => bytes.get(4..8) == Some(b"ftyp"),
        }
    }
}

/// What a file of this name with these bytes is; none where the type is not listed or the bytes are of another.
pub fn kind_of(name: &str, bytes: &[u8]) -> Option<FileKind> {
    FileKind::of_name(name).filter(|kind| kind.agrees(bytes))
}

/// Text has no NUL in it, unless its mark says that each letter has two bytes, and is nothing that begins like another file.
fn is_text(bytes: &[u8]) -> bool {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return true;
    }
    !bytes.contains(&0) && !is_zip(bytes) && !bytes.starts_with(b"%PDF-") && !bytes.starts_with(b"GIF8") && !bytes.starts_with(b"\x7fELF")
}

fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

fn riff(bytes: &[u8], form: &[u8]) -> bool {
    bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(form)
}

fn first(bytes: &[u8]) -> Option<u8> {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).iter().copied().find(|c| !c.is_ascii_whitespace())
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_bytes_must_agree() {
        for (name, bytes, kind) in [
            ("a.md", &b"# Title"[..], Some(FileKind::Markdown)),
            ("A.MD", b"", Some(FileKind::Markdown)),
            ("a.md", b"a\0b", None),
            ("a.txt", b"PK\x03\x04rest", None),
            ("a.pdf", b"%PDF-1.7", Some(FileKind::Pdf)),
            ("a.pdf", b"<html>", None),
            ("a.png", b"\x89PNG\r\n\x1a\nrest", Some(FileKind::Png)),
            ("a.png", b"<svg onload=alert(1)>", None),
            ("a.svg", b"<?xml version='1.0'?><SVG/>", Some(FileKind::Svg)),
            ("a.json", b" {}", Some(FileKind::Json)),
            ("a.json", b"<p>", None),
            ("a.docx", b"PK\x03\x04rest", None),
            ("a.exe", b"MZ", None),
            ("noend", b"text", None),
            ("a.wav", b"RIFF0000WAVEfmt ", Some(FileKind::Wav)),
            ("a.webp", b"RIFF0000WAVEfmt ", None),
        ] {
            assert_eq!(kind_of(name, bytes), kind, "{name}");
        }
    }

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        for (kind, ends, mime) in LIST {
            assert_eq!((FileKind::of_mime(mime), kind.mime()), (Some(kind), mime));
            assert!(ends.iter().all(|end| FileKind::of_name(&format!("x.{end}")) == Some(kind)));
        }
    }
}
