//! Text as it is.
use crate::text::Text;
use std::borrow::Cow;

/// The characters of a file: UTF-8 or UTF-16 as its mark says, UTF-8 where it is that, else Windows-1252, which is what
/// old programs wrote.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

pub fn read(bytes: &[u8]) -> String {
    let mut text = Text::default();
    text.push(&decode(bytes));
    text.finish()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn text_is_read_in_the_letters_it_was_written_in() {
        assert_eq!(decode("Größe".as_bytes()), "Größe");
        assert_eq!(decode(b"Gr\xf6\xdfe"), "Größe");
        assert_eq!(decode(b"\xff\xfeG\x00r\x00"), "Gr");
        assert_eq!(decode(b"\xef\xbb\xbfa"), "a");
    }
}
