//! A rich text as HTML, to be read. Whatever people wrote is escaped; pictures and diagrams are named, the editor shows them.
use richtext::model::{Block, Doc, Inline, Mark, Row};

/// The document as HTML.
pub(super) fn html(doc: &Doc) -> String {
    let mut out = String::new();
    blocks(&mut out, &doc.blocks);
    out
}

fn push(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}

fn tagged(out: &mut String, tag: &str, inside: impl FnOnce(&mut String)) {
    out.push('<');
    out.push_str(tag);
    out.push('>');
    inside(out);
    out.push_str("</");
    out.push_str(tag.split(' ').next().unwrap_or(tag));
    out.push('>');
}

fn blocks(out: &mut String, list: &[Block]) {
    list.iter().for_each(|b| block(out, b));
}

fn block(out: &mut String, block: &Block) {
    match block {
        Block::Paragraph(content) => tagged(out, "p", |out| inlines(out, content)),
        // The page's own headings are h1 to h3.
        Block::Heading(h) => tagged(out, if h.level <= 2 { "h4" } else { "h5" }, |out| inlines(out, &h.content)),
        Block::BulletList(items) => tagged(out, "ul", |out| items.iter().for_each(|i| tagged(out, "li", |out| blocks(out, &i.blocks)))),
        Block::OrderedList(list) => {
            tagged(out, &format!("ol start=\"{}\"", list.start), |out| {
                list.items.iter().for_each(|i| tagged(out, "li", |out| blocks(out, &i.blocks)))
            });
        }
        Block::TaskList(tasks) => tagged(out, "ul class=\"tasks\"", |out| {
            for task in tasks {
                let tag = if task.checked { "li class=\"done\"" } else { "li" };
                tagged(out, tag, |out| {
                    out.push_str(if task.checked {
                        "<span aria-label=\"Done\">☑</span>"
                    } else {
                        "<span aria-label=\"Open\">☐</span>"
                    });
                    out.push_str("<div>");
                    blocks(out, &task.blocks);
                    out.push_str("</div>");
                });
            }
        }),
        Block::Code(code) => tagged(out, "pre", |out| tagged(out, "code", |out| push(out, &code.text))),
        Block::Mermaid(source) => tagged(out, "pre", |out| tagged(out, "code", |out| push(out, source))),
        Block::Quote(inside) => tagged(out, "blockquote", |out| blocks(out, inside)),
        Block::Rule => out.push_str("<hr>"),
        Block::Image(image) => tagged(out, "p", |out| push(out, image.alt.as_deref().unwrap_or("Picture"))),
        Block::Table(rows) => tagged(out, "table", |out| rows.iter().for_each(|r| row(out, r))),
    }
}

fn row(out: &mut String, row: &Row) {
    tagged(out, "tr", |out| {
        for cell in &row.cells {
            let tag = if cell.header { "th" } else { "td" };
            tagged(out, &format!("{tag} colspan=\"{}\" rowspan=\"{}\"", cell.colspan, cell.rowspan), |out| blocks(out, &cell.blocks));
        }
    });
}

fn inlines(out: &mut String, list: &[Inline]) {
    for inline in list {
        match inline {
            Inline::Break => out.push_str("<br>"),
            Inline::Mention(m) => tagged(out, "span class=\"mention\"", |out| {
                out.push('@');
                push(out, &m.label);
            }),
            Inline::Text(text) => marked(out, &text.marks, &text.text),
        }
    }
}

fn marked(out: &mut String, marks: &[Mark], text: &str) {
    let Some((mark, rest)) = marks.split_first() else { return push(out, text) };
    match mark {
        Mark::Link { href } => {
            out.push_str("<a rel=\"noopener nofollow\" href=\"");
            push(out, href);
            out.push_str("\">");
            marked(out, rest, text);
            out.push_str("</a>");
        }
        Mark::Bold => tagged(out, "strong", |out| marked(out, rest, text)),
        Mark::Italic => tagged(out, "em", |out| marked(out, rest, text)),
        Mark::Strike => tagged(out, "s", |out| marked(out, rest, text)),
        Mark::Code => tagged(out, "code", |out| marked(out, rest, text)),
        Mark::Comment { .. } | Mark::SuggestionAdd { .. } | Mark::SuggestionDelete { .. } => marked(out, rest, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_people_write_stays_text() {
        let doc = json!({ "type": "doc", "content": [
            { "type": "paragraph", "content": [
                { "type": "text", "text": "<b>&\"" , "marks": [{ "type": "bold" }] },
                { "type": "hardBreak" },
                { "type": "text", "text": "there", "marks": [{ "type": "link", "attrs": { "href": "https://a.example/?a=1&b=2" } }] },
            ] },
            { "type": "bulletList", "content": [{ "type": "listItem", "content": [{ "type": "paragraph" }] }] },
        ] });
        assert_eq!(
            html(&Doc::from_value(&doc).unwrap()),
            "<p><strong>&lt;b&gt;&amp;&quot;</strong><br><a rel=\"noopener nofollow\" href=\"https://a.example/?a=1&amp;b=2\">there</a></p><ul><li><p></p></li></ul>"
        );
    }
}
