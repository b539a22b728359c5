//! Markup written as text, for the parts of a page that repeat hundreds of times. Everything a caller passes is escaped
//! here, so that no other file has to remember it.

/// Appends text, escaped for element content and double-quoted attributes.
pub fn push_text(out: &mut String, text: &str) {
    let mut rest = text;
    // By bytes: none of these is part of another character.
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'<' | b'>' | b'&' | b'"' | b'\'')) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'&' => "&amp;",
            b'"' => "&quot;",
            _ => "&#39;",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

/// Text escaped for element content and double-quoted attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    push_text(&mut out, text);
    out
}

/// Class names joined, empty ones left out.
pub fn classes(names: &[&str]) -> String {
    let mut out = String::new();
    for name in names.iter().filter(|n| !n.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(name);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_place() {
        assert_eq!(escape(r#"<b a="1">&'é"#), "&lt;b a=&quot;1&quot;&gt;&amp;&#39;é");
        assert_eq!(escape("plain"), "plain");
    }

    #[test]
    fn classes_leave_out_the_empty() {
        assert_eq!(classes(&["btn", "", "btn-sm"]), "btn btn-sm");
    }
}
