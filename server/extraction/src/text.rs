//! Text that grows up to a limit.
use crate::MAX_TEXT;

/// Text without control characters, which databases and screens refuse, and without runs of blank lines.
#[derive(Debug, Default)]
pub struct Text {
    out: String,
    full: bool,
}

impl Text {
    /// Adds a piece; what is beyond the limit is left out.
    pub fn push(&mut self, piece: &str) {
        for c in piece.chars() {
            let c = match c {
                '\r' => continue,
                '\n' => {
                    self.line();
                    continue;
                }
                '\t' => '\t',
                c if c.is_control() => continue,
                c => c,
            };
            if self.full || self.out.len() + c.len_utf8() > MAX_TEXT {
                self.full = true;
                return;
            }
            self.out.push(c);
        }
    }

    /// Ends the line; one blank line at most follows another.
    pub fn line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") && self.out.len() < MAX_TEXT {
            self.out.push('\n');
        }
    }

    /// Ends the line unless it has only begun.
    pub fn fresh_line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.line();
        }
    }

    /// A blank between words, unless there is one.
    pub fn space(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with(char::is_whitespace) {
            self.push(" ");
        }
    }

    /// Nothing more fits.
    pub const fn is_full(&self) -> bool {
        self.full
    }

    pub fn finish(self) -> String {
        let end = self.out.trim_end().len();
        let mut out = self.out;
        out.truncate(end);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_at_its_limit_within_no_letter() {
        let mut text = Text::default();
        text.push(&"x".repeat(MAX_TEXT - 1));
        text.push("äy");
        assert!(text.is_full());
        assert_eq!(text.finish().len(), MAX_TEXT - 1);
    }

    #[test]
    fn control_characters_and_blank_lines_go() {
        let mut text = Text::default();
        text.push("\na\u{0}b\r\n\n\n\n\tc\n ");
        assert_eq!(text.finish(), "ab\n\n\tc");
    }
}
