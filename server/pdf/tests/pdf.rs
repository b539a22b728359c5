//! Books as PDF.
use lopdf::{Document, Object};
use proptest::prelude::*;
use richtext::export::{Book, Part, Pictures};
use richtext::model::*;
use richtext::{Doc, markdown};

#[path = "../../richtext/tests/richtext/arbitrary.rs"]
#[allow(dead_code, reason = "JSON by chance is for the other tests")]
mod arbitrary;

const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 200 100\"><rect width=\"200\" height=\"100\" fill=\"#eef\"/><text x=\"20\" y=\"50\">Вход</text></svg>";

/// The words of a page; lines and blanks are where the reader puts them.
fn words(document: &Document, page: u32) -> String {
    document.extract_text(&[page]).unwrap().split_whitespace().collect()
}

#[test]
fn a20_18_a_book_with_a_non_latin_title_is_a_pdf_with_its_fonts() {
    let mut doc = markdown::parse(
        "## Ζητούμενα\n\nТекст с **жирным** и `кодом`.\n\n- [x] done\n- [ ] open\n\n3. three\n   - deep\n\n```rust\nfn main() {}\n```\n\n\
         > quoted\n\n| A | B |\n|---|--:|\n| one | 2 |\n\n---\n\n```mermaid\ngraph TD\n```\n\n![gone](artifact:00000000-0000-0000-0000-000000000001)\n",
    )
    .unwrap();
    let damaged = uuid::Uuid::from_u128(2);
    doc.blocks.push(Block::Image(Image { artifact: damaged, alt: Some("damaged".into()), width: Some(100) }));
    let png = uuid::Uuid::from_u128(3);
    doc.blocks.push(Block::Image(Image { artifact: png, alt: None, width: Some(2000) }));
    let (mut pictures, empty) = (Pictures::default(), Doc::default());
    pictures.diagrams.insert("graph TD".into(), SVG.into());
    pictures.images.insert(damaged, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x06\0\0\0".to_vec());
    pictures.images.insert(png, richtext::picture::diagram(SVG).unwrap().bytes);
    let parts = vec![
        Part { title: "Требования", content: &doc, diagram: None },
        Part { title: "Second", content: &empty, diagram: Some("graph LR") },
    ];
    let book = Book {
        title: "Вход по ссылке", subtitle: "Проект", date: "21 November 2026", parts, cover: true, pictures: &pictures
    };
    let bytes = pdf::write(&book).unwrap();
    if let Some(path) = std::env::var_os("MILLRACE_KEEP_PDF") {
        std::fs::write(path, &bytes).unwrap();
    }
    let read = Document::load_mem(&bytes).unwrap();
    assert_eq!(read.get_pages().len(), 4, "cover, contents, two parts");
    assert!(words(&read, 1).contains("Входпоссылке"), "{}", words(&read, 1));
    assert!(words(&read, 2).contains("Contents") && words(&read, 2).contains("Ζητούμενα"), "{}", words(&read, 2));
    let part = words(&read, 3);
    for said in ["Требования", "Текстсжирнымикодом.", "deep", "fnmain(){}", "quoted", "damaged", "gone", "3/4"]
    {
        assert!(part.contains(said), "{said} in {part}");
    }
    assert!(words(&read, 4).contains("graphLR"), "a diagram nobody drew shows as its source");
    let embedded = read.objects.values().filter(|o| o.as_dict().is_ok_and(|d| d.has(b"FontFile3") || d.has(b"FontFile2"))).count();
    assert!(embedded >= 3, "fonts are in the file");
    let catalog = read.catalog().unwrap();
    assert!(matches!(catalog.get(b"MarkInfo"), Ok(Object::Dictionary(_))), "tagged for screen readers");
}

#[test]
fn a_document_alone_has_its_title_and_no_cover() {
    let doc = markdown::parse("Text\n").unwrap();
    let bytes = pdf::write(&Book::of_document("Title & <more>", &doc, None, &Pictures::default())).unwrap();
    let read = Document::load_mem(&bytes).unwrap();
    assert_eq!(read.get_pages().len(), 1);
    assert!(words(&read, 1).contains("Title&<more>") && words(&read, 1).contains("Text"));
}

#[test]
fn the_deepest_document_is_set() {
    let text = || Block::Paragraph(vec![Inline::text("deep")]);
    let quotes = (0..18).fold(text(), |inner, _| Block::Quote(vec![inner]));
    let lists = (0..8).fold(text(), |inner, _| Block::BulletList(vec![Item { blocks: vec![Block::Paragraph(vec![]), inner] }]));
    let tables = (0..5).fold(text(), |inner, _| Block::Table(vec![Row { cells: vec![Cell::new(false, vec![inner])] }]));
    let doc = Doc::from_value(&Doc::new(vec![quotes, lists, tables]).to_value()).unwrap();
    let bytes = pdf::write(&Book::of_document("T", &doc, None, &Pictures::default())).unwrap();
    assert!(words(&Document::load_mem(&bytes).unwrap(), 1).contains("deepdeep"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_document_is_set(doc in arbitrary::doc()) {
        prop_assert!(pdf::write(&Book::of_document("T", &doc, Some("graph"), &Pictures::default())).is_ok());
    }
}
