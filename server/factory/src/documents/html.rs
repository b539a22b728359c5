//! A text as HTML that is safe to put on a page: only elements named here, every text and attribute escaped.
use kernel::{Fault, db::TenantTx};
use richtext::{
    Doc,
    model::{Align, Block, Cell, Inline, Item, Mark, Mention, OrderedList, Target, Text},
};
use std::{collections::HashMap, fmt::Write};
use uuid::Uuid;

/// Where mentions and pictures of a text lead.
#[derive(Debug, Default)]
pub struct Links {
    mentions: HashMap<Uuid, String>,
    /// Whose pictures these are.
    project: Uuid,
}

impl Links {
    /// Looks up what these texts mention. What is not (or no longer) in the organization has no link.
    pub async fn of(tx: &mut TenantTx, project: Uuid, texts: &[&Doc]) -> Result<Self, Fault> {
        let mentioned: Vec<Uuid> = texts.iter().flat_map(|doc| doc.mentions()).filter(|m| m.target != Target::User).map(|m| m.id).collect();
        let root = sqlx::query_scalar!("select slug from core.organizations where id = core.tenant()").fetch_optional(tx.conn()).await?;
        let root = format!("/o/{}/factory", root.unwrap_or_default());
        let mut links = Self { mentions: HashMap::new(), project };
        if mentioned.is_empty() {
            return Ok(links);
        }
        let rows = sqlx::query!(
            r#"select d.id as "id!", p.slug as "project!",
                 case when d.type in ('product_overview', 'feature_requirements', 'technical_requirements') then '/refinery/' else '/foundry/' end
                   || d.slug as "path!"
               from factory.documents d join factory.projects p on p.id = d.project_id where d.id = any ($1)
               union all
               select f.id, p.slug, '/features/' || f.feature_id from factory.features f join factory.projects p on p.id = f.project_id
               where f.id = any ($1) and f.deleted_at is null
               union all
               select w.id, p.slug, '/planner/' || w.number from factory.work_orders w join factory.projects p on p.id = w.project_id
               where w.id = any ($1) and w.deleted_at is null
               union all
               select a.id, p.slug, '/artifacts' || coalesce('/' || a.folder_id::text, '') from factory.artifacts a
                 join factory.projects p on p.id = a.project_id
               where a.id = any ($1) and a.deleted_at is null"#,
            &mentioned
        )
        .fetch_all(tx.conn())
        .await?;
        links.mentions = rows.into_iter().map(|row| (row.id, format!("{root}/{}{}", row.project, row.path))).collect();
        Ok(links)
    }
}

/// The text as HTML. Headings begin at the second level: the first is the page's.
pub fn render(doc: &Doc, links: &Links) -> String {
    let mut page = Page { out: String::new(), links };
    let sections = doc.sections();
    for (at, block) in doc.blocks.iter().enumerate() {
        match block {
            Block::Heading(heading) => {
                let id = sections.iter().find(|s| s.level > 0 && s.blocks.start == at).map(|s| s.id.as_str());
                page.heading(heading.level, id, &heading.content);
            }
            block => page.block(block),
        }
    }
    page.out
}

struct Page<'a> {
    out: String,
    links: &'a Links,
}

impl Page<'_> {
    fn put(&mut self, html: &str) {
        self.out.push_str(html);
    }

    /// Text, and what stands in quotes.
    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '&' => self.out.push_str("&amp;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                c => self.out.push(c),
            }
        }
    }

    fn attr(&mut self, name: &str, value: &str) {
        self.put(" ");
        self.put(name);
        self.put("=\"");
        self.text(value);
        self.put("\"");
    }

    fn number(&mut self, name: &str, value: u32) {
        // Writing to a string cannot fail.
        let _ = write!(self.out, " {name}=\"{value}\"");
    }

    fn heading(&mut self, level: u8, id: Option<&str>, content: &[Inline]) {
        let level = level.clamp(1, 4) + 1;
        let _ = write!(self.out, "<h{level}");
        if let Some(id) = id {
            self.attr("id", &format!("s-{id}"));
        }
        self.put(">");
        self.inlines(content);
        let _ = write!(self.out, "</h{level}>");
    }

    fn blocks(&mut self, blocks: &[Block]) {
        blocks.iter().for_each(|block| self.block(block));
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Paragraph(content) => {
                self.put("<p>");
                self.inlines(content);
                self.put("</p>");
            }
            Block::Heading(heading) => self.heading(heading.level, None, &heading.content),
            Block::BulletList(items) => {
                self.put("<ul>");
                self.items(items);
                self.put("</ul>");
            }
            Block::OrderedList(OrderedList { start, style, items }) => {
                self.put("<ol");
                if *start != 1 {
                    self.number("start", *start);
                }
                if let Some(style) = style {
                    self.attr("type", style);
                }
                self.put(">");
                self.items(items);
                self.put("</ol>");
            }
            Block::TaskList(tasks) => {
                self.put("<ul class=\"tasks\">");
                for task in tasks {
                    self.put("<li><input type=\"checkbox\" disabled aria-label=\"Done\"");
                    self.put(if task.checked { " checked><div>" } else { "><div>" });
                    self.blocks(&task.blocks);
                    self.put("</div></li>");
                }
                self.put("</ul>");
            }
            Block::Code(code) => {
                self.put("<pre tabindex=\"0\"><code");
                if let Some(language) = &code.language {
                    self.attr("data-language", language);
                }
                self.put(">");
                self.text(&code.text);
                self.put("</code></pre>");
            }
            Block::Mermaid(source) => {
                self.put("<pre class=\"mermaid-source\" tabindex=\"0\" data-mermaid><code>");
                self.text(source);
                self.put("</code></pre>");
            }
            Block::Quote(blocks) => {
                self.put("<blockquote>");
                self.blocks(blocks);
                self.put("</blockquote>");
            }
            Block::Rule => self.put("<hr>"),
            Block::Image(image) => {
                self.put("<img loading=\"lazy\"");
                let src = crate::artifacts::address(self.links.project, image.artifact);
                self.attr("src", &src);
                self.attr("alt", image.alt.as_deref().unwrap_or_default());
                if let Some(width) = image.width {
                    self.number("width", width);
                }
                self.put(">");
            }
            Block::Table(rows) => {
                self.put("<div class=\"tbl-scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table><tbody>");
                for row in rows {
                    self.put("<tr>");
                    row.cells.iter().for_each(|cell| self.cell(cell));
                    self.put("</tr>");
                }
                self.put("</tbody></table></div>");
            }
        }
    }

    fn items(&mut self, items: &[Item]) {
        for item in items {
            self.put("<li>");
            self.blocks(&item.blocks);
            self.put("</li>");
        }
    }

    fn cell(&mut self, cell: &Cell) {
        let name = if cell.header { "th" } else { "td" };
        let _ = write!(self.out, "<{name}");
        if cell.colspan != 1 {
            self.number("colspan", cell.colspan);
        }
        if cell.rowspan != 1 {
            self.number("rowspan", cell.rowspan);
        }
        if let Some(align) = cell.align {
            self.attr(
                "class",
                match align {
                    Align::Left => "text-left",
                    Align::Center => "text-center",
                    Align::Right => "text-right",
                },
            );
        }
        self.put(">");
        self.blocks(&cell.blocks);
        let _ = write!(self.out, "</{name}>");
    }

    fn inlines(&mut self, content: &[Inline]) {
        for inline in content {
            match inline {
                Inline::Text(run) => self.run(run),
                Inline::Break => self.put("<br>"),
                Inline::Mention(mention) => self.mention(mention),
            }
        }
    }

    fn mention(&mut self, mention: &Mention) {
        let link = self.links.mentions.get(&mention.id).cloned();
        let name = if link.is_some() { "a" } else { "span" };
        let _ = write!(self.out, "<{name} class=\"mention\"");
        if let Some(link) = link {
            self.attr("href", &link);
        }
        self.put(">");
        self.text(&format!("@{}", mention.label));
        let _ = write!(self.out, "</{name}>");
    }

    fn run(&mut self, run: &Text) {
        let mut ends = Vec::new();
        for mark in &run.marks {
            match mark {
                Mark::Link { href } => {
                    self.put("<a");
                    self.attr("href", href);
                    self.put(" rel=\"noopener noreferrer nofollow\">");
                    ends.push("</a>");
                }
                Mark::Bold => self.open("<strong>", "</strong>", &mut ends),
                Mark::Italic => self.open("<em>", "</em>", &mut ends),
                Mark::Strike => self.open("<s>", "</s>", &mut ends),
                Mark::Code => self.open("<code>", "</code>", &mut ends),
                Mark::Comment { id } => {
                    self.put("<mark");
                    self.attr("data-comment", id);
                    self.open(">", "</mark>", &mut ends);
                }
                Mark::SuggestionAdd { .. } => self.open("<ins>", "</ins>", &mut ends),
                Mark::SuggestionDelete { .. } => self.open("<del>", "</del>", &mut ends),
            }
        }
        self.text(&run.text);
        for end in ends.into_iter().rev() {
            self.put(end);
        }
    }

    fn open(&mut self, start: &str, end: &'static str, ends: &mut Vec<&'static str>) {
        self.put(start);
        ends.push(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn html(content: serde_json::Value) -> String {
        let doc = Doc::from_value(&json!({ "type": "doc", "content": content })).unwrap();
        render(&doc, &Links::default())
    }

    #[test]
    fn text_never_becomes_markup() {
        let page = html(json!([
            { "type": "heading", "attrs": { "level": 1, "sectionId": "a\" onx=\"1" }, "content": [{ "type": "text", "text": "<b>x</b>" }] },
            { "type": "paragraph", "content": [
                { "type": "text", "text": "<script>alert(1)</script>", "marks": [{ "type": "link", "attrs": { "href": "https://x.test/?a=1&b=\"2" } }] },
                { "type": "mention", "attrs": { "id": "00000000-0000-0000-0000-000000000001", "label": "<i>", "type": "user" } } ] },
            { "type": "codeBlock", "attrs": { "language": "x\"><img>" }, "content": [{ "type": "text", "text": "</code>" }] },
        ]));
        assert!(page.contains("&lt;script&gt;") && page.contains("a=1&amp;b=&quot;2") && page.contains("@&lt;i&gt;"), "{page}");
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("<b>") && !page.contains("\" onx"), "{page}");
    }

    #[test]
    fn headings_begin_at_the_second_level_and_have_their_sections_id() {
        let page = html(json!([{ "type": "heading", "attrs": { "level": 1 }, "content": [{ "type": "text", "text": "User stories" }] }]));
        assert_eq!(page, "<h2 id=\"s-user-stories\">User stories</h2>");
    }
}
