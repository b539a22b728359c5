//! Word documents both ways.
use crate::arbitrary;
use proptest::prelude::*;
use richtext::export::{Book, Part, Pictures};
use richtext::model::*;
use richtext::{Doc, Error, docx, markdown};
use std::io::{Cursor, Read, Write};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A Word document with this body.
fn word(body: &str) -> Vec<u8> {
    let w = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
    let document = format!("<w:document {w}><w:body>{body}<w:sectPr/></w:body></w:document>");
    let styles = format!(
        "<w:styles {w}><w:style w:type=\"paragraph\" w:styleId=\"berschrift2\"><w:name w:val=\"heading 2\"/></w:style>\
         <w:style w:type=\"paragraph\" w:styleId=\"Mine\"><w:name w:val=\"My head\"/><w:basedOn w:val=\"berschrift2\"/></w:style>\
         <w:style w:type=\"paragraph\" w:styleId=\"Code\"><w:name w:val=\"HTML Preformatted\"/></w:style>\
         <w:style w:type=\"character\" w:styleId=\"Strong\"><w:name w:val=\"Strong\"/><w:rPr><w:b/></w:rPr></w:style></w:styles>"
    );
    let numbering = format!(
        "<w:numbering {w}><w:abstractNum w:abstractNumId=\"0\"><w:lvl w:ilvl=\"0\"><w:numFmt w:val=\"bullet\"/></w:lvl>\
         <w:lvl w:ilvl=\"1\"><w:start w:val=\"4\"/><w:numFmt w:val=\"lowerRoman\"/></w:lvl></w:abstractNum>\
         <w:num w:numId=\"7\"><w:abstractNumId w:val=\"0\"/></w:num></w:numbering>"
    );
    let rels = "<Relationships xmlns=\"x\"><Relationship Id=\"rId9\" Type=\"hyperlink\" Target=\"https://example.org\" TargetMode=\"External\"/>\
        <Relationship Id=\"rId8\" Type=\"hyperlink\" Target=\"javascript:alert(1)\" TargetMode=\"External\"/></Relationships>";
    zipped(&[
        ("word/document.xml", document.as_bytes()),
        ("word/styles.xml", styles.as_bytes()),
        ("word/numbering.xml", numbering.as_bytes()),
        ("word/_rels/document.xml.rels", rels.as_bytes()),
    ])
}

fn p(properties: &str, runs: &str) -> String {
    format!("<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>")
}

fn t(text: &str) -> String {
    format!("<w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r>")
}

#[test]
fn a_word_document_is_read() {
    let list = |level: usize, text: &str| p(&format!("<w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"7\"/></w:numPr>"), &t(text));
    let body = [
        p("<w:pStyle w:val=\"Mine\"/>", &t("Goals")),
        p(
            "",
            "<w:r><w:rPr><w:b/><w:i w:val=\"0\"/></w:rPr><w:t>bold</w:t></w:r><w:r><w:t xml:space=\"preserve\"> and </w:t></w:r>\
             <w:r><w:rPr><w:rStyle w:val=\"Strong\"/><w:i/></w:rPr><w:t>both</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>\
             <w:ins><w:r><w:t>!</w:t></w:r></w:ins><w:hyperlink r:id=\"rId9\"><w:r><w:t>link</w:t></w:r></w:hyperlink>\
             <w:hyperlink r:id=\"rId8\"><w:r><w:t> evil</w:t></w:r></w:hyperlink><w:r><w:br/><w:t>next</w:t></w:r>",
        ),
        list(0, "one"),
        list(1, "deep"),
        list(1, "deeper"),
        list(0, "two"),
        p("", ""),
        p("", &t("☑ done")),
        p("", &t("☐ open")),
        p("<w:pStyle w:val=\"Code\"/>", &t("fn main() {")),
        p("<w:pStyle w:val=\"Code\"/>", &t("}")),
        "<w:tbl><w:tblPr/><w:tr><w:trPr><w:tblHeader/></w:trPr><w:tc><w:tcPr><w:gridSpan w:val=\"2\"/></w:tcPr><w:p><w:r><w:t>Head</w:t></w:r></w:p></w:tc></w:tr>\
         <w:tr><w:tc><w:tcPr><w:vMerge w:val=\"restart\"/></w:tcPr><w:p><w:r><w:t>tall</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc></w:tr>\
         <w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
            .to_owned(),
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>in a control</w:t></w:r></w:p></w:sdtContent></w:sdt>".to_owned(),
    ]
    .concat();
    let read = docx::read(&word(&body)).unwrap();
    assert_eq!(read.title, None);
    let blocks = &read.content.blocks;
    assert!(matches!(&blocks[0], Block::Heading(Heading { level: 2, .. })), "a style based on a heading is one");
    let Block::Paragraph(line) = &blocks[1] else { panic!() };
    assert_eq!(
        line[..],
        [
            Inline::marked("bold", vec![Mark::Bold]),
            Inline::text(" and "),
            Inline::marked("both", vec![Mark::Bold, Mark::Italic]),
            Inline::text("!"),
            Inline::marked("link", vec![Mark::Link { href: "https://example.org".into() }]),
            Inline::text(" evil"),
            Inline::Break,
            Inline::text("next"),
        ]
    );
    let Block::BulletList(items) = &blocks[2] else { panic!("{blocks:?}") };
    assert_eq!(items.len(), 2);
    assert!(
        matches!(&items[0].blocks[1], Block::OrderedList(list) if list.start == 4 && list.style.as_deref() == Some("i") && list.items.len() == 2)
    );
    assert!(matches!(&blocks[3], Block::TaskList(tasks) if tasks[0].checked && !tasks[1].checked));
    assert_eq!(blocks[4], Block::Code(Code { language: None, text: "fn main() {\n}".into() }));
    let Block::Table(rows) = &blocks[5] else { panic!() };
    assert!(rows[0].cells[0].header && rows[0].cells[0].colspan == 2);
    assert_eq!((rows[1].cells[0].rowspan, rows[2].cells.len()), (2, 1));
    assert_eq!(blocks[6].plain_text(), "in a control");
}

#[test]
fn a_file_that_expands_too_much_is_refused() {
    let big = vec![b' '; 30 * 1024 * 1024];
    assert_eq!(docx::read(&zipped(&[("word/document.xml", &big)])).unwrap_err(), Error::ExpandsTooMuch);
    assert_eq!(docx::read(&vec![0; 11 * 1024 * 1024]).unwrap_err(), Error::FileTooLarge { limit_mib: 10 });
    assert!(matches!(docx::read(b"%PDF-1.7").unwrap_err(), Error::Unreadable(_)));
    assert!(matches!(docx::read(&zipped(&[("readme.txt", b"x")])).unwrap_err(), Error::Unreadable(_)));
    // Entities are not resolved: a document type is refused.
    let bomb =
        b"<!DOCTYPE x [<!ENTITY a \"aaaa\">]><w:document xmlns:w=\"w\"><w:body><w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:body></w:document>";
    assert!(matches!(docx::read(&zipped(&[("word/document.xml", bomb)])).unwrap_err(), Error::Unreadable(_)));
    assert_eq!(Error::ExpandsTooMuch.to_string(), "The file expands too much.");
}

#[test]
fn deep_nesting_is_flattened() {
    let table = (0..300).fold(p("", &t("x")), |inner, _| format!("<w:tbl><w:tr><w:tc>{inner}<w:p/></w:tc></w:tr></w:tbl>"));
    assert!(docx::read(&word(&table)).unwrap().content.plain_text().contains('x'));
    let list: String = (0..9)
        .map(|level| p(&format!("<w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"7\"/></w:numPr>"), &t(&format!("l{level}"))))
        .collect();
    assert!(docx::read(&word(&list)).unwrap().content.plain_text().ends_with("l8"));
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut text = String::new();
    ZipArchive::new(Cursor::new(bytes)).unwrap().by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 200 100\"><rect width=\"200\" height=\"100\" fill=\"#eef\"/><text x=\"20\" y=\"50\">Вход</text></svg>";

#[test]
fn a20_18_a_non_latin_title_and_its_pictures_are_in_the_word_document() {
    let doc = markdown::parse("# Ζητούμενα\n\nТекст с **жирным** & <знаками> \u{1}.\n\n```mermaid\ngraph TD\n```\n").unwrap();
    let (mut pictures, empty) = (Pictures::default(), Doc::default());
    pictures.diagrams.insert("graph TD".into(), SVG.into());
    let book = Book {
        title: "Вход по ссылке 日本語",
        subtitle: "Проект",
        date: "21 November 2026",
        parts: vec![
            Part { title: "Требования", content: &doc, diagram: None },
            Part { title: "図", content: &empty, diagram: Some("graph LR") },
        ],
        cover: true,
        pictures: &pictures,
    };
    assert_eq!(book.diagrams(), ["graph TD", "graph LR"]);
    let bytes = docx::write(&book).unwrap();
    let (document, core) = (part(&bytes, "word/document.xml"), part(&bytes, "docProps/core.xml"));
    for name in [
        "word/document.xml",
        "word/styles.xml",
        "word/numbering.xml",
        "word/_rels/document.xml.rels",
        "word/footer1.xml",
        "docProps/core.xml",
        "[Content_Types].xml",
    ] {
        roxmltree::Document::parse(&part(&bytes, name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    assert!(core.contains("<dc:title>Вход по ссылке 日本語</dc:title>"));
    assert!(document.contains("TOC \\o") && document.contains("Ζητούμενα") && document.contains("r:embed=\"media1\""));
    assert!(ZipArchive::new(Cursor::new(&bytes)).unwrap().by_name("word/media/1.png").is_ok());
    let read = docx::read(&bytes).unwrap();
    assert_eq!(read.title.as_deref(), Some("Вход по ссылке 日本語"));
    assert!(read.content.plain_text().contains("graph LR"), "a diagram nobody drew shows as its source");
}

#[test]
fn pictures_of_every_kind_are_shown() {
    let png = richtext::picture::diagram(SVG).unwrap();
    assert_eq!((png.extension, png.width, png.height), ("png", 200.0, 100.0));
    assert!(richtext::picture::image(&png.bytes).is_some_and(|p| p.width == 400.0));
    assert!(richtext::picture::image(SVG.as_bytes()).is_some_and(|p| p.extension == "png"));
    assert!(richtext::picture::image(b"nothing").is_none());
    let outside = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><image href=\"file:///etc/passwd\" width=\"9\" height=\"9\"/></svg>";
    assert!(richtext::picture::diagram(outside).is_some(), "what it points at is not looked for");
}

/// What Word can hold of a document, in the form it comes back in.
fn portable(blocks: &[Block]) -> Vec<Block> {
    let line = |content: &[Inline]| {
        let flat = content.iter().map(|inline| match inline {
            Inline::Mention(m) => Inline::text(format!("@{}", m.label)),
            other => other.clone(),
        });
        let mut content = join(flat.collect());
        let blank = |i: &Inline| matches!(i, Inline::Break) || matches!(i, Inline::Text(run) if run.text.trim().is_empty());
        while content.last().is_some_and(blank) {
            content.pop();
        }
        let from = content.iter().take_while(|i| blank(i)).count();
        content.split_off(from)
    };
    blocks
        .iter()
        .filter_map(|block| match block {
            Block::Paragraph(content) => Some(line(content)).filter(|c| !c.is_empty()).map(Block::Paragraph),
            Block::Heading(heading) => Some(line(&heading.content))
                .filter(|c| !c.is_empty())
                .map(|content| Block::Heading(Heading { level: heading.level, section_id: None, content })),
            _ => None,
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn paragraphs_and_headings_come_back_from_word(doc in arbitrary::doc()) {
        let flat = Doc::new(portable(&doc.settled().blocks));
        let bytes = docx::write(&Book::of_document("Title", &flat, None, &Pictures::default())).unwrap();
        let read = docx::read(&bytes).unwrap();
        prop_assert_eq!(read.title.as_deref(), Some("Title"));
        prop_assert_eq!(read.content, flat);
    }

    #[test]
    fn any_document_is_written_as_xml_that_is_read(doc in arbitrary::doc()) {
        let bytes = docx::write(&Book::of_document("T", &doc, Some("graph"), &Pictures::default())).unwrap();
        let xml = part(&bytes, "word/document.xml");
        prop_assert!(roxmltree::Document::parse(&xml).is_ok());
        prop_assert!(docx::read(&bytes).is_ok());
    }

    #[test]
    fn lists_and_tables_come_back_from_word(words in prop::collection::vec("[a-z]{1,8}( [а-я]{1,8})?", 1..6), start in 1..9_u32) {
        let para = |t: &String| Block::Paragraph(vec![Inline::text(t.as_str())]);
        let items = || words.iter().map(|t| Item { blocks: vec![para(t), Block::BulletList(vec![Item { blocks: vec![para(t)] }])] }).collect::<Vec<_>>();
        let doc = Doc::new(vec![
            Block::OrderedList(OrderedList { start, style: None, items: items() }),
            Block::BulletList(items()),
            Block::TaskList(words.iter().map(|t| Task { checked: t.len() % 2 == 0, blocks: vec![para(t)] }).collect()),
            Block::Table(vec![
                Row { cells: words.iter().map(|t| Cell::new(true, vec![Block::Paragraph(vec![Inline::marked(t.as_str(), vec![Mark::Bold])])])).collect() },
                Row { cells: words.iter().map(|t| Cell::new(false, vec![para(t)])).collect() },
            ]),
            Block::Code(Code { language: None, text: words.join("\n\n") }),
            Block::Quote(words.iter().map(para).collect()),
            Block::Rule,
        ]);
        let bytes = docx::write(&Book::of_document("T", &doc, None, &Pictures::default())).unwrap();
        prop_assert_eq!(docx::read(&bytes).unwrap().content, doc);
    }
}
