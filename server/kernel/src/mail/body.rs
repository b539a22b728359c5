//! Builds the text and the HTML of a mail from the same parts, so that they never differ.
use super::Rendered;
use std::fmt::Write;

/// A mail under construction.
pub(super) struct Body {
    subject: String,
    text: String,
    html: String,
}

const STYLE: &str = "margin:0;padding:24px;background:#f6f6f7;color:#18181b;font:15px/1.5 Inter,-apple-system,'Segoe UI',sans-serif";
const CARD: &str = "max-width:560px;margin:0 auto;padding:32px;background:#ffffff;border:1px solid #e4e4e7;border-radius:8px";
const BUTTON: &str = "display:inline-block;padding:10px 16px;background:#18181b;color:#ffffff;border-radius:6px;text-decoration:none";

impl Body {
    pub(super) fn new(subject: impl Into<String>) -> Self {
        // A subject is one line, whatever names people give themselves.
        let subject = subject.into().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Self { subject, text: String::new(), html: String::new() }
    }

    pub(super) fn hello(self, name: &str) -> Self {
        self.line(&format!("Hello {name},"))
    }

    /// One paragraph.
    pub(super) fn line(mut self, text: &str) -> Self {
        let _ = write!(self.text, "{text}\n\n");
        let _ = writeln!(self.html, "<p>{}</p>", escape(text));
        self
    }

    /// A button, and its address in full for those who read text.
    pub(super) fn button(mut self, label: &str, link: &str) -> Self {
        let _ = write!(self.text, "{label}:\n{link}\n\n");
        let (label, link) = (escape(label), escape(link));
        let _ = writeln!(self.html, r#"<p><a href="{link}" style="{BUTTON}">{label}</a></p>"#);
        let _ = writeln!(self.html, r#"<p style="font-size:13px;color:#52525b;word-break:break-all">{link}</p>"#);
        self
    }

    /// A code to type in.
    pub(super) fn code(mut self, code: &str) -> Self {
        let _ = write!(self.text, "    {code}\n\n");
        let _ = writeln!(self.html, r#"<p style="font:600 24px/1.4 'JetBrains Mono',monospace;letter-spacing:.15em">{}</p>"#, escape(code));
        self
    }

    /// One entry of a list: a title that links, and a sentence.
    pub(super) fn item(mut self, title: &str, about: &str, link: &str) -> Self {
        let _ = writeln!(self.text, "- {title}");
        if !about.is_empty() {
            let _ = writeln!(self.text, "  {about}");
        }
        let _ = write!(self.text, "  {link}\n\n");
        let _ =
            writeln!(self.html, r#"<p><a href="{}" style="color:#18181b">{}</a><br>{}</p>"#, escape(link), escape(title), escape(about));
        self
    }

    /// A closing remark in small print.
    pub(super) fn small(mut self, text: &str) -> Self {
        let _ = write!(self.text, "{text}\n\n");
        let _ = writeln!(self.html, r#"<p style="font-size:13px;color:#52525b">{}</p>"#, escape(text));
        self
    }

    pub(super) fn done(self) -> Rendered {
        let title = escape(&self.subject);
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
             <title>{title}</title></head>\n<body style=\"{STYLE}\">\n<div style=\"{CARD}\">\n{}</div>\n</body>\n</html>\n",
            self.html
        );
        Rendered { subject: self.subject, text: format!("{}-- \nMillrace\n", self.text), html }
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("<br>"),
            _ => out.push(c),
        }
    }
    out
}
