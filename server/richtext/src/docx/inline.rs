//! Lines as runs of Word.
use super::package::escape;
use crate::model::*;

/// What runs refer to.
#[derive(Default)]
pub struct Parts {
    /// Addresses; the number of one is its place and one.
    pub links: Vec<String>,
}

impl Parts {
    /// The runs of a line.
    pub fn line(&mut self, content: &[Inline]) -> String {
        content
            .iter()
            .map(|inline| match inline {
                Inline::Text(text) => run(&text.text, &text.marks, self),
                Inline::Break => "<w:r><w:br/></w:r>".to_owned(),
                Inline::Mention(mention) => {
                    format!(
                        "<w:r><w:rPr><w:rStyle w:val=\"Mention\"/></w:rPr><w:t xml:space=\"preserve\">@{}</w:t></w:r>",
                        escape(&mention.label)
                    )
                }
            })
            .collect()
    }

    fn link(&mut self, href: &str) -> usize {
        let known = self.links.iter().position(|link| link == href);
        known.unwrap_or_else(|| {
            self.links.push(href.to_owned());
            self.links.len() - 1
        }) + 1
    }
}

/// A run with its marks.
pub fn run(text: &str, marks: &[Mark], parts: &mut Parts) -> String {
    let href = marks.iter().find_map(|mark| if let Mark::Link { href } = mark { Some(href) } else { None });
    let style = match (marks.contains(&Mark::Code), href) {
        (true, _) => "<w:rStyle w:val=\"CodeChar\"/>",
        (_, Some(_)) => "<w:rStyle w:val=\"Hyperlink\"/>",
        _ => "",
    };
    let on = |mark: Mark, xml: &'static str| if marks.contains(&mark) { xml } else { "" };
    let properties = [style, on(Mark::Bold, "<w:b/>"), on(Mark::Italic, "<w:i/>"), on(Mark::Strike, "<w:strike/>")].concat();
    let lines: Vec<String> = text.split('\n').map(|line| format!("<w:t xml:space=\"preserve\">{}</w:t>", escape(line))).collect();
    let run = format!("<w:r><w:rPr>{properties}</w:rPr>{}</w:r>", lines.join("<w:br/>"));
    match href {
        Some(href) => format!("<w:hyperlink r:id=\"link{}\">{run}</w:hyperlink>", parts.link(href)),
        None => run,
    }
}
