//! A book as a Word document.
use super::inline::{Parts, run};
use super::package::escape;
use crate::error::Error;
use crate::export::{Book, Part};
use crate::model::*;
use crate::picture::{Raster, diagram, image};
use crate::text::inline_text;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use zip::{ZipWriter, write::SimpleFileOptions};

/// The width of the text in twips: A4 without margins of 2 cm.
const TEXT_WIDTH: u32 = 9638;
/// English metric units of a CSS pixel.
const EMU: u32 = 9525;
/// The widest picture in CSS pixels, and the highest.
const PICTURE: (f32, f32) = (642.0, 860.0);

/// Writes a Word document.
pub fn write(book: &Book) -> Result<Vec<u8>, Error> {
    let mut writer = Writer { parts: Parts::default(), numbers: vec![], headings: vec![], media: vec![], book };
    let mut body = String::new();
    if book.cover {
        writer.cover(&mut body);
        // The entries are known once the parts are written.
        let mut text = String::new();
        book.parts.iter().for_each(|part| writer.part(part, 1, &mut text));
        writer.contents(&mut body);
        body.push_str(&text);
    } else {
        for part in &book.parts {
            paragraph(&mut body, "Title", "", &run(part.title, &[], &mut writer.parts));
            writer.content(part, 0, &mut body);
        }
    }
    writer.pack(&body)
}

struct Writer<'a> {
    parts: Parts,
    /// One numbering for each numbered list: its look, its level, its first number.
    numbers: Vec<(Option<String>, usize, u32)>,
    /// Level, text and bookmark of what the table of contents lists.
    headings: Vec<(usize, String, String)>,
    media: Vec<Raster>,
    book: &'a Book<'a>,
}

/// Where a block stands.
#[derive(Clone, Copy)]
struct Place<'s> {
    /// Levels of lists around it.
    depth: usize,
    style: &'s str,
    align: Option<Align>,
    /// How much the levels of headings are lowered.
    lower: usize,
}

fn paragraph(out: &mut String, style: &str, properties: &str, content: &str) {
    let style = if style.is_empty() { String::new() } else { format!("<w:pStyle w:val=\"{style}\"/>") };
    let _ = write!(out, "<w:p><w:pPr>{style}{properties}</w:pPr>{content}</w:p>");
}

impl Writer<'_> {
    fn cover(&mut self, out: &mut String) {
        paragraph(out, "Subtitle", "<w:spacing w:before=\"3600\"/>", &run(self.book.subtitle, &[], &mut self.parts));
        paragraph(out, "Title", "", &run(self.book.title, &[], &mut self.parts));
        paragraph(out, "Subtitle", "", &run(self.book.date, &[], &mut self.parts));
    }

    /// A field that Word fills with page numbers; until then it lists the headings.
    fn contents(&mut self, out: &mut String) {
        paragraph(out, "TOCHeading", "<w:pageBreakBefore/>", "<w:r><w:t>Contents</w:t></w:r>");
        let field = |kind: &str| format!("<w:r><w:fldChar w:fldCharType=\"{kind}\"/></w:r>");
        let begin = "<w:r><w:fldChar w:fldCharType=\"begin\" w:dirty=\"true\"/></w:r><w:r><w:instrText xml:space=\"preserve\"> TOC \\o \"1-3\" \\h \\z \\u </w:instrText></w:r>";
        let listed: Vec<_> = self.headings.iter().filter(|(level, ..)| *level <= 3).collect();
        for (at, (level, text, bookmark)) in listed.iter().enumerate() {
            let first = if at == 0 { format!("{begin}{}", field("separate")) } else { String::new() };
            let entry = format!(
                "{first}<w:hyperlink w:anchor=\"{bookmark}\"><w:r><w:t xml:space=\"preserve\">{}</w:t></w:r><w:r><w:tab/></w:r>{}\
                 <w:r><w:instrText xml:space=\"preserve\"> PAGEREF {bookmark} \\h </w:instrText></w:r>{}{}</w:hyperlink>",
                escape(text),
                field("begin"),
                field("separate"),
                field("end")
            );
            paragraph(out, &format!("TOC{level}"), "", &entry);
        }
        if !listed.is_empty() {
            paragraph(out, "", "", &field("end"));
        }
    }

    /// A document of a book: its title is a heading, its own headings stand below it.
    fn part(&mut self, part: &Part, lower: usize, out: &mut String) {
        let title = run(part.title, &[], &mut self.parts);
        self.heading(1, part.title, &title, "<w:pageBreakBefore/>", out);
        self.content(part, lower, out);
    }

    fn content(&mut self, part: &Part, lower: usize, out: &mut String) {
        if let Some(source) = part.diagram.filter(|source| !source.trim().is_empty()) {
            self.diagram(source, part.title, out);
        }
        let place = Place { depth: 0, style: "", align: None, lower };
        part.content.settled().blocks.iter().for_each(|block| self.block(block, place, out));
    }

    fn heading(&mut self, level: usize, text: &str, content: &str, properties: &str, out: &mut String) {
        let number = self.headings.len() + 1;
        let bookmark = format!("_Toc{number:06}");
        let marked = format!("<w:bookmarkStart w:id=\"{number}\" w:name=\"{bookmark}\"/>{content}<w:bookmarkEnd w:id=\"{number}\"/>");
        paragraph(out, &format!("Heading{level}"), properties, &marked);
        self.headings.push((level, text.to_owned(), bookmark));
    }

    fn block(&mut self, block: &Block, place: Place, out: &mut String) {
        match block {
            Block::Paragraph(content) => self.line(content, place, "", out),
            Block::Heading(heading) => {
                let content = self.parts.line(&heading.content);
                let level = (usize::from(heading.level) + place.lower).min(5);
                self.heading(level, &inline_text(&heading.content), &content, "", out);
            }
            Block::BulletList(items) => items.iter().for_each(|item| self.item(&item.blocks, 1, place, out)),
            Block::OrderedList(list) => {
                self.numbers.push((list.style.clone(), place.depth, list.start));
                let number = self.numbers.len() + 1;
                list.items.iter().for_each(|item| self.item(&item.blocks, number, place, out));
            }
            Block::TaskList(tasks) => tasks.iter().for_each(|task| self.task(task, place, out)),
            Block::Code(code) => code_block(&code.text, out),
            Block::Quote(blocks) => {
                let place = Place { style: if place.depth == 0 { "Quote" } else { place.style }, ..place };
                blocks.iter().for_each(|block| self.block(block, place, out));
            }
            Block::Rule => {
                paragraph(out, "", "<w:pBdr><w:bottom w:val=\"single\" w:sz=\"6\" w:space=\"1\" w:color=\"D4D4D8\"/></w:pBdr>", "");
            }
            Block::Image(shown) => {
                let alt = shown.alt.as_deref().unwrap_or_default();
                match self.book.pictures.images.get(&shown.artifact).and_then(|bytes| image(bytes)) {
                    Some(raster) => self.picture(raster, alt, shown.width, out),
                    None => paragraph(out, "Caption", "", &run(if alt.is_empty() { "Picture" } else { alt }, &[], &mut self.parts)),
                }
            }
            Block::Table(rows) => self.table(rows, place, out),
            Block::Mermaid(source) => self.diagram(source, "Diagram", out),
        }
    }

    fn line(&mut self, content: &[Inline], place: Place, properties: &str, out: &mut String) {
        let content = self.parts.line(content);
        let align = place.align.map(|a| format!("<w:jc w:val=\"{}\"/>", a.name())).unwrap_or_default();
        let indent =
            if place.depth > 0 && properties.is_empty() { format!("<w:ind w:left=\"{}\"/>", place.depth * 720) } else { String::new() };
        let style = if place.depth > 0 { "ListParagraph" } else { place.style };
        paragraph(out, style, &format!("{properties}{indent}{align}"), &content);
    }

    /// An item: its first paragraph carries the number, the rest is indented.
    fn item(&mut self, blocks: &[Block], numbering: usize, place: Place, out: &mut String) {
        let level = place.depth.min(8);
        let number = format!("<w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"{numbering}\"/></w:numPr>");
        self.item_blocks(blocks, &number, "", place, out);
    }

    fn task(&mut self, task: &Task, place: Place, out: &mut String) {
        let indent = format!("<w:ind w:left=\"{}\" w:hanging=\"360\"/>", (place.depth + 1) * 720);
        let checkbox = if task.checked { "☑ " } else { "☐ " };
        self.item_blocks(&task.blocks, &indent, checkbox, place, out);
    }

    fn item_blocks(&mut self, blocks: &[Block], properties: &str, before: &str, place: Place, out: &mut String) {
        let inner = Place { depth: place.depth + 1, ..place };
        let Some((Block::Paragraph(first), rest)) = blocks.split_first() else { return };
        let first: Vec<Inline> = if before.is_empty() { first.clone() } else { [vec![Inline::text(before)], first.clone()].concat() };
        self.line(&join(first), inner, properties, out);
        rest.iter().for_each(|block| self.block(block, inner, out));
    }

    fn table(&mut self, rows: &[Row], place: Place, out: &mut String) {
        let columns = rows.iter().map(|row| row.cells.iter().map(|c| c.colspan).sum::<u32>()).max().unwrap_or(0).clamp(1, 63);
        let width = TEXT_WIDTH / columns;
        if rows.iter().all(|row| row.cells.is_empty()) {
            return;
        }
        out.push_str("<w:tbl><w:tblPr><w:tblStyle w:val=\"TableGrid\"/><w:tblW w:w=\"5000\" w:type=\"pct\"/>");
        let head = rows.first().is_some_and(|row| row.cells.iter().any(|c| c.header));
        let _ = write!(
            out,
            "<w:tblLook w:val=\"{}\" w:firstRow=\"{}\"/></w:tblPr><w:tblGrid>",
            if head { "0020" } else { "0000" },
            u8::from(head)
        );
        (0..columns).for_each(|_| {
            let _ = write!(out, "<w:gridCol w:w=\"{width}\"/>");
        });
        out.push_str("</w:tblGrid>");
        // For each column: the rows a cell above still reaches down, and its width in columns.
        let mut open: Vec<(u32, u32)> = vec![(0, 1); columns as usize];
        for row in rows.iter().filter(|row| !row.cells.is_empty()) {
            out.push_str("<w:tr>");
            if row.cells.iter().all(|c| c.header) {
                out.push_str("<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>");
            }
            let mut column = 0;
            for cell in &row.cells {
                column = continued(&mut open, column, width, out);
                let span = cell.colspan.min(columns.saturating_sub(column as u32));
                if span == 0 {
                    break;
                }
                let merge = if cell.rowspan > 1 { "<w:vMerge w:val=\"restart\"/>" } else { "" };
                self.cell(cell, span, width, merge, place, out);
                open[column..column + span as usize].fill((cell.rowspan - 1, span));
                column += span as usize;
            }
            continued(&mut open, column, width, out);
            out.push_str("</w:tr>");
        }
        out.push_str("</w:tbl>");
        paragraph(out, "", "<w:spacing w:after=\"60\"/>", "");
    }

    fn cell(&mut self, cell: &Cell, span: u32, width: u32, merge: &str, place: Place, out: &mut String) {
        let shade = if cell.header { "<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"F4F4F5\"/>" } else { "" };
        cell_begins(span, width, merge, shade, out);
        let inner = Place { depth: 0, style: "", align: cell.align, ..place };
        for block in &cell.blocks {
            match block {
                Block::Paragraph(content) if cell.header => self.line(&bold(content), inner, "", out),
                block => self.block(block, inner, out),
            }
        }
        // A cell has to end with a paragraph.
        if !matches!(cell.blocks.last(), Some(Block::Paragraph(_))) {
            paragraph(out, "", "", "");
        }
        out.push_str("</w:tc>");
    }

    /// A diagram as a picture, or as its source where nobody drew it.
    fn diagram(&mut self, source: &str, title: &str, out: &mut String) {
        match self.book.pictures.diagrams.get(source).and_then(|svg| diagram(svg)) {
            Some(raster) => self.picture(raster, title, None, out),
            None => code_block(source, out),
        }
    }

    fn picture(&mut self, raster: Raster, alt: &str, width: Option<u32>, out: &mut String) {
        let wanted = width.map_or(raster.width, |w| w as f32);
        let scale = (wanted / raster.width).min(PICTURE.0 / raster.width).min(PICTURE.1 / raster.height);
        let (cx, cy) = ((raster.width * scale) as u32 * EMU, (raster.height * scale) as u32 * EMU);
        self.media.push(raster);
        let n = self.media.len();
        let drawing = format!(
            "<w:r><w:drawing><wp:inline distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\"><wp:extent cx=\"{cx}\" cy=\"{cy}\"/>\
             <wp:docPr id=\"{n}\" name=\"Picture {n}\" descr=\"{}\"/><a:graphic><a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/picture\">\
             <pic:pic><pic:nvPicPr><pic:cNvPr id=\"{n}\" name=\"Picture {n}\"/><pic:cNvPicPr/></pic:nvPicPr>\
             <pic:blipFill><a:blip r:embed=\"media{n}\"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>\
             <pic:spPr><a:xfrm><a:off x=\"0\" y=\"0\"/><a:ext cx=\"{cx}\" cy=\"{cy}\"/></a:xfrm><a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></pic:spPr>\
             </pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>",
            escape(alt)
        );
        paragraph(out, "", "", &drawing);
    }

    fn pack(self, body: &str) -> Result<Vec<u8>, Error> {
        let mut zip = ZipWriter::new(Cursor::new(vec![]));
        let failed = |e: std::io::Error| Error::Export(e.to_string());
        let document = format!(
            "{XML}<w:document {NAMESPACES}><w:body>{body}<w:sectPr><w:footerReference w:type=\"default\" r:id=\"footer1\"/>\
             <w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"1134\" w:right=\"1134\" w:bottom=\"1134\" w:left=\"1134\" w:header=\"567\" w:footer=\"567\" w:gutter=\"0\"/>\
             {}</w:sectPr></w:body></w:document>",
            if self.book.cover { "<w:titlePg/>" } else { "" }
        );
        let texts = [
            ("[Content_Types].xml", CONTENT_TYPES.to_owned()),
            ("_rels/.rels", PACKAGE_RELATIONS.to_owned()),
            ("docProps/core.xml", core(self.book)),
            ("word/document.xml", document),
            ("word/styles.xml", include_str!("styles.xml").to_owned()),
            ("word/numbering.xml", numbering(&self.numbers)),
            ("word/settings.xml", SETTINGS.to_owned()),
            ("word/footer1.xml", footer(self.book.title)),
            ("word/_rels/document.xml.rels", relations(&self.parts.links, &self.media)),
        ];
        for (name, text) in texts {
            zip.start_file(name, SimpleFileOptions::default()).map_err(|e| Error::Export(e.to_string()))?;
            zip.write_all(text.as_bytes()).map_err(failed)?;
        }
        for (n, raster) in (1..).zip(&self.media) {
            zip.start_file(format!("word/media/{n}.{}", raster.extension), SimpleFileOptions::default())
                .map_err(|e| Error::Export(e.to_string()))?;
            zip.write_all(&raster.bytes).map_err(failed)?;
        }
        zip.finish().map(Cursor::into_inner).map_err(|e| Error::Export(e.to_string()))
    }
}

/// Writes the cells that only continue the ones above, from a column on; the answer is the next free column.
fn continued(open: &mut [(u32, u32)], mut column: usize, width: u32, out: &mut String) -> usize {
    while let Some(&(rows, span)) = open.get(column).filter(|(rows, _)| *rows > 0) {
        cell_begins(span, width, "<w:vMerge/>", "", out);
        paragraph(out, "", "", "");
        out.push_str("</w:tc>");
        open[column..column + span as usize].fill((rows - 1, span));
        column += span as usize;
    }
    column
}

fn cell_begins(span: u32, width: u32, merge: &str, shade: &str, out: &mut String) {
    let span_xml = if span > 1 { format!("<w:gridSpan w:val=\"{span}\"/>") } else { String::new() };
    let _ = write!(out, "<w:tc><w:tcPr><w:tcW w:w=\"{}\" w:type=\"dxa\"/>{span_xml}{merge}{shade}</w:tcPr>", width * span);
}

fn bold(content: &[Inline]) -> Vec<Inline> {
    let bolder = |inline: &Inline| match inline {
        Inline::Text(run) => Inline::marked(run.text.clone(), [run.marks.clone(), vec![Mark::Bold]].concat()),
        other => other.clone(),
    };
    content.iter().map(bolder).collect()
}

fn code_block(text: &str, out: &mut String) {
    let lines: Vec<String> = text.split('\n').map(|line| format!("<w:t xml:space=\"preserve\">{}</w:t>", escape(line))).collect();
    paragraph(out, "SourceCode", "", &format!("<w:r>{}</w:r>", lines.join("<w:br/>")));
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const NAMESPACES: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
    xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
    xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\" \
    xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" xmlns:pic=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"";
const CONTENT_TYPES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
    <Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
    <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
    <Default Extension=\"xml\" ContentType=\"application/xml\"/><Default Extension=\"png\" ContentType=\"image/png\"/>\
    <Default Extension=\"jpg\" ContentType=\"image/jpeg\"/><Default Extension=\"gif\" ContentType=\"image/gif\"/>\
    <Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/>\
    <Override PartName=\"/word/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml\"/>\
    <Override PartName=\"/word/numbering.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml\"/>\
    <Override PartName=\"/word/settings.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml\"/>\
    <Override PartName=\"/word/footer1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml\"/>\
    <Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/></Types>";
const PACKAGE_RELATIONS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
    <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
    <Relationship Id=\"document\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/>\
    <Relationship Id=\"core\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/></Relationships>";
const SETTINGS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
    <w:settings xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:defaultTabStop w:val=\"720\"/>\
    <w:compat><w:compatSetting w:name=\"compatibilityMode\" w:uri=\"http://schemas.microsoft.com/office/word\" w:val=\"15\"/></w:compat></w:settings>";

fn core(book: &Book) -> String {
    format!(
        "{XML}<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>{}</dc:title><dc:subject>{}</dc:subject></cp:coreProperties>",
        escape(book.title),
        escape(book.subtitle)
    )
}

fn footer(title: &str) -> String {
    let field = |name: &str| format!("<w:fldSimple w:instr=\" {name} \"><w:r><w:t>1</w:t></w:r></w:fldSimple>");
    format!(
        "{XML}<w:ftr {NAMESPACES}><w:p><w:pPr><w:pStyle w:val=\"Footer\"/></w:pPr><w:r><w:t xml:space=\"preserve\">{}</w:t></w:r><w:r><w:tab/></w:r>\
         {}<w:r><w:t xml:space=\"preserve\"> / </w:t></w:r>{}</w:p></w:ftr>",
        escape(title),
        field("PAGE"),
        field("NUMPAGES")
    )
}

fn relations(links: &[String], media: &[Raster]) -> String {
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut out = format!("{XML}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">");
    for part in ["styles", "numbering", "settings"] {
        let _ = write!(out, "<Relationship Id=\"{part}\" Type=\"{OFFICE}/{part}\" Target=\"{part}.xml\"/>");
    }
    let _ = write!(out, "<Relationship Id=\"footer1\" Type=\"{OFFICE}/footer\" Target=\"footer1.xml\"/>");
    for (n, href) in (1..).zip(links) {
        let _ =
            write!(out, "<Relationship Id=\"link{n}\" Type=\"{OFFICE}/hyperlink\" Target=\"{}\" TargetMode=\"External\"/>", escape(href));
    }
    for (n, raster) in (1..).zip(media) {
        let _ = write!(out, "<Relationship Id=\"media{n}\" Type=\"{OFFICE}/image\" Target=\"media/{n}.{}\"/>", raster.extension);
    }
    out + "</Relationships>"
}

/// Numbering 1 is the bullets; each numbered list has one of its own, so that it begins where it should.
fn numbering(lists: &[(Option<String>, usize, u32)]) -> String {
    let mut out = format!("{XML}<w:numbering {NAMESPACES}>");
    const LOOKS: [(&str, &str); 6] =
        [("", "bullet"), ("1", "decimal"), ("a", "lowerLetter"), ("A", "upperLetter"), ("i", "lowerRoman"), ("I", "upperRoman")];
    for (id, (_, format)) in LOOKS.iter().enumerate() {
        let _ = write!(out, "<w:abstractNum w:abstractNumId=\"{id}\"><w:multiLevelType w:val=\"hybridMultilevel\"/>");
        for level in 0..9 {
            let text = if *format == "bullet" { ["•", "◦", "▪"][level % 3].to_owned() } else { format!("%{}.", level + 1) };
            let _ = write!(
                out,
                "<w:lvl w:ilvl=\"{level}\"><w:start w:val=\"1\"/><w:numFmt w:val=\"{format}\"/><w:lvlText w:val=\"{text}\"/><w:lvlJc w:val=\"left\"/>\
                 <w:pPr><w:ind w:left=\"{}\" w:hanging=\"360\"/></w:pPr></w:lvl>",
                (level + 1) * 720
            );
        }
        out.push_str("</w:abstractNum>");
    }
    out.push_str("<w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num>");
    for (id, (style, level, start)) in (2..).zip(lists) {
        let look = LOOKS.iter().position(|(name, _)| Some(*name) == style.as_deref()).unwrap_or(1);
        let _ = write!(
            out,
            "<w:num w:numId=\"{id}\"><w:abstractNumId w:val=\"{look}\"/><w:lvlOverride w:ilvl=\"{}\"><w:startOverride w:val=\"{start}\"/></w:lvlOverride></w:num>",
            level.min(&8)
        );
    }
    out + "</w:numbering>"
}
