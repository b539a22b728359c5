//! Markdown both ways.
use crate::arbitrary;
use proptest::prelude::*;
use richtext::model::*;
use richtext::{Doc, each_block, inline_text, markdown};

fn text(text: &str) -> Inline {
    Inline::text(text)
}

fn paragraph(words: &str) -> Block {
    Block::Paragraph(vec![text(words)])
}

fn item(blocks: Vec<Block>) -> Item {
    Item { blocks }
}

#[test]
fn markdown_of_every_kind_is_read() {
    let doc = markdown::parse(
        "# Title\n\nSome **bold**, _it_ and ~~old~~ `code` <b>html</b> with a [link](https://example.org \"t\").  \nNext\nline\n\n\
         ###### Deep\n\n- one\n- two\n  1. nested\n\n     more\n- three\n\n4) four\n5) five\n\n- [ ] open\n- [x] done\n\n\
         ```rust ignore\nfn main() {}\n```\n\n    indented\n\n```mermaid\ngraph TD\n```\n\n> quoted\n\n***\n\n\
         | A | B |\n|:--|--:|\n| 1 | `x\\|y` |\n\n![A plan](artifact:6f9619ff-8b86-4011-b42d-00cf4fc964ff)\n\n\
         ![far](https://example.org/a.png) [evil](javascript:alert(1))\n\n<div>block <em>html</em> &amp; more</div>\n",
    )
    .unwrap();
    let kinds: Vec<String> = doc.blocks.iter().map(|b| b.to_value()["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(
        kinds,
        [
            "heading",
            "paragraph",
            "heading",
            "bulletList",
            "orderedList",
            "taskList",
            "codeBlock",
            "codeBlock",
            "mermaidBlock",
            "blockquote",
            "horizontalRule",
            "table",
            "image",
            "paragraph",
            "paragraph"
        ]
    );
    let Block::Paragraph(line) = &doc.blocks[1] else { panic!() };
    assert_eq!(inline_text(line), "Some bold, it and old code html with a link.\nNext line");
    assert!(line.contains(&Inline::marked("html", vec![Mark::Bold])));
    assert!(line.contains(&Inline::marked("link", vec![Mark::Link { href: "https://example.org".into() }])));
    assert!(matches!(&doc.blocks[2], Block::Heading(Heading { level: 4, .. })));
    assert!(matches!(&doc.blocks[4], Block::OrderedList(list) if list.start == 4 && list.items.len() == 2));
    assert_eq!(doc.blocks[6], Block::Code(Code { language: Some("rust".into()), text: "fn main() {}".into() }));
    assert_eq!(doc.blocks[8], Block::Mermaid("graph TD".into()));
    let Block::Table(rows) = &doc.blocks[11] else { panic!() };
    assert!(rows[0].cells[0].header && rows[1].cells[1].align == Some(Align::Right));
    assert_eq!(rows[1].cells[1].blocks, [Block::Paragraph(vec![Inline::marked("x|y", vec![Mark::Code])])]);
    assert!(matches!(&doc.blocks[12], Block::Image(image) if image.alt.as_deref() == Some("A plan")));
    let Block::Paragraph(links) = &doc.blocks[13] else { panic!() };
    assert_eq!(
        links[0],
        Inline::marked("far", vec![Mark::Link { href: "https://example.org/a.png".into() }]),
        "a foreign picture is a link"
    );
    assert_eq!(links[1], text(" evil"), "an address that is not allowed is left out");
    assert_eq!(doc.blocks[14].plain_text(), "block html & more");
}

#[test]
fn a_document_is_written_as_people_write_it() {
    let mention = Mention { id: uuid::Uuid::nil(), label: "Ann [B]".into(), target: Target::User };
    let doc = Doc::new(vec![
        Block::Heading(Heading { level: 2, section_id: Some("x".into()), content: vec![text("Goals #1")] }),
        Block::Paragraph(vec![
            text("We want "),
            Inline::marked("bold ", vec![Mark::Bold, Mark::Comment { id: "c".into() }]),
            Inline::marked("and both", vec![Mark::Bold, Mark::Italic]),
            text(", in_word_stays, a*b & 1 < 2."),
            Inline::Break,
            Inline::Mention(mention),
            text(" knows."),
            Inline::marked("suggested", vec![Mark::SuggestionAdd { id: "s".into() }]),
        ]),
        Block::BulletList(vec![
            item(vec![
                paragraph("one"),
                Block::OrderedList(OrderedList { start: 1, style: None, items: vec![item(vec![paragraph("deep")])] }),
            ]),
            item(vec![paragraph("two"), Block::Code(Code { language: Some("sh".into()), text: "ls\n\npwd".into() })]),
        ]),
        Block::TaskList(vec![Task { checked: true, blocks: vec![paragraph("done")] }]),
        Block::Table(vec![
            Row { cells: vec![Cell::new(true, vec![paragraph("Name")]), Cell::new(true, vec![paragraph("Price")])] },
            Row { cells: vec![Cell::new(false, vec![paragraph("a|b"), paragraph("second")]), Cell::new(false, vec![paragraph("1")])] },
        ]),
        paragraph("1. not a list"),
        paragraph("- nor this"),
        Block::Quote(vec![paragraph("q"), Block::Rule]),
    ]);
    assert_eq!(
        markdown::document(&doc),
        "## Goals \\#1\n\n\
         We want **bold _and both_**, in_word_stays, a\\*b & 1 \\< 2.\\\n[@Ann \\[B\\]](mention:user/00000000-0000-0000-0000-000000000000) knows.\n\n\
         - one\n  1. deep\n- two\n\n  ```sh\n  ls\n\n  pwd\n  ```\n\n\
         * [x] done\n\n\
         | Name | Price |\n| --- | --- |\n| a\\|b<br>second | 1 |\n\n\
         1\\. not a list\n\n\\- nor this\n\n> q\n>\n> ---\n"
    );
}

#[test]
fn mentions_diagrams_and_pictures_come_back() {
    let id = uuid::Uuid::from_u128(7);
    let doc = Doc::new(vec![
        Block::Paragraph(vec![text("see "), Inline::Mention(Mention { id, label: "WO-12 [x]".into(), target: Target::WorkOrder })]),
        Block::Mermaid("graph TD\n  A-->B".into()),
        Block::Image(Image { artifact: id, alt: Some("The *plan*".into()), width: None }),
    ]);
    assert_eq!(markdown::parse(&markdown::document(&doc)).unwrap(), doc);
}

#[test]
fn marks_next_to_letters_and_signs_come_back() {
    let bold = |t: &str| Inline::marked(t, vec![Mark::Bold]);
    let italic = |t: &str| Inline::marked(t, vec![Mark::Italic]);
    for line in [
        vec![text("a"), bold("b"), text("c")],
        vec![text("a"), italic("b"), text("c")],
        vec![text("a"), bold("(b)"), text("c")],
        vec![text("a"), Inline::marked("\"b\"", vec![Mark::Strike]), text("c")],
        vec![bold("*"), text("*"), italic("_"), text("!"), Inline::marked("l", vec![Mark::Link { href: "/a(b)|c d".into() }])],
        vec![text("日本"), bold("語"), text("です")],
        vec![Inline::marked("`` ` x", vec![Mark::Code]), text(" "), Inline::marked("y", vec![Mark::Code, Mark::Bold, Mark::Italic])],
        vec![bold("a"), Inline::marked("b", vec![Mark::Bold, Mark::Link { href: "https://e.org/?a=1&copy=2".into() }]), text("c")],
    ] {
        let doc = Doc::new(vec![Block::Paragraph(line)]);
        let written = markdown::document(&doc);
        assert_eq!(markdown::parse(&written).unwrap(), doc, "{written}");
    }
}

#[test]
fn what_would_break_a_reader_is_refused_or_flattened() {
    let deep = format!("{} x", ">".repeat(3000));
    assert_eq!(markdown::parse(&deep).unwrap().plain_text(), "x");
    let marks = format!("{}x", "*a **b ".repeat(3000));
    assert!(markdown::parse(&marks).is_ok());
    let lists: String = (0..200).map(|n| format!("{}- x{n}\n", "  ".repeat(n))).collect();
    assert!(markdown::parse(&lists).unwrap().plain_text().contains("x199"));
    assert!(matches!(markdown::parse(&"x".repeat(markdown::MAX_FILE + 1)), Err(richtext::Error::FileTooLarge { limit_mib: 10 })));
    assert_eq!(markdown::parse(&"word ".repeat(1_000_000)), Err(richtext::Error::TooLarge));
    assert_eq!(markdown::parse("").unwrap(), Doc::default());
}

/// What has to survive: headings, lists, tables and code with their words.
#[derive(Debug, PartialEq)]
enum Kept {
    Heading(u8, String),
    Items(&'static str, u32, Vec<String>),
    Table(Vec<Vec<String>>),
    Code(Option<String>, String),
}

fn kept(doc: &Doc) -> Vec<Kept> {
    let squeeze = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    // An item may begin with an empty line: what it says first counts.
    let first = |blocks: &[Block]| {
        let lines = blocks.iter().filter(|b| matches!(b, Block::Paragraph(content) if !content.is_empty()));
        squeeze(lines.map(Block::plain_text).next().unwrap_or_default())
    };
    let mut found = vec![];
    each_block(&doc.blocks, &mut |block| match block {
        Block::Heading(heading) => found.push(Kept::Heading(heading.level, squeeze(inline_text(&heading.content)))),
        Block::BulletList(items) => found.push(Kept::Items("bullet", 0, items.iter().map(|i| first(&i.blocks)).collect())),
        Block::OrderedList(list) => found.push(Kept::Items("number", list.start, list.items.iter().map(|i| first(&i.blocks)).collect())),
        Block::TaskList(tasks) => found.push(Kept::Items(
            "task",
            tasks.iter().filter(|t| t.checked).count() as u32,
            tasks.iter().map(|t| first(&t.blocks)).collect(),
        )),
        Block::Code(code) => found.push(Kept::Code(code.language.clone(), code.text.clone())),
        Block::Mermaid(code) => found.push(Kept::Code(Some("mermaid".into()), code.clone())),
        Block::Table(rows) => found.push(Kept::Table(
            rows.iter().map(|r| r.cells.iter().map(|c| squeeze(c.blocks.iter().map(Block::plain_text).collect())).collect()).collect(),
        )),
        _ => {}
    });
    found
}

/// Documents as far as Markdown has them: cells of one line, as many in every row; first lines of items that say
/// something, or nothing at all.
fn portable() -> impl Strategy<Value = Doc> {
    let cell = arbitrary::inlines().prop_map(|content| {
        let line = content.into_iter().filter(|i| *i != Inline::Break).collect();
        Cell::new(false, vec![Block::Paragraph(join(line))])
    });
    let cell = cell.boxed();
    let table = (1..4_usize)
        .prop_flat_map(move |columns| prop::collection::vec(prop::collection::vec(cell.clone(), columns), 1..4))
        .prop_map(|rows| {
            let rows = rows.into_iter().enumerate().map(|(n, mut cells)| {
                cells.iter_mut().for_each(|cell| cell.header = n == 0);
                Row { cells }
            });
            Block::Table(rows.collect())
        });
    let block = prop_oneof![5 => arbitrary::block().prop_filter("tables are made apart", |block| {
        let mut tables = 0;
        each_block(std::slice::from_ref(block), &mut |b| tables += usize::from(matches!(b, Block::Table(_))));
        tables == 0
    }), 1 => table];
    prop::collection::vec(block, 0..6).prop_map(|blocks| Doc::new(blocks).settled())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a20_18_exported_markdown_reimports_headings_lists_tables_and_code(doc in portable()) {
        let written = markdown::document(&doc);
        let read = markdown::parse(&written).unwrap();
        prop_assert_eq!(kept(&read), kept(&doc), "{}", written);
    }

    #[test]
    fn a_line_with_marks_comes_back(content in arbitrary::inlines()) {
        let doc = Doc::new(vec![Block::Paragraph(content)]).settled();
        let written = markdown::document(&doc);
        let again = markdown::document(&markdown::parse(&written).unwrap());
        prop_assert_eq!(&again, &written);
        let squeeze = |doc: &Doc| doc.plain_text().split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assert_eq!(squeeze(&markdown::parse(&written).unwrap()), squeeze(&doc), "{}", written);
    }

    #[test]
    fn any_text_is_read(text in ".{0,300}") {
        prop_assert!(markdown::parse(&text).is_ok());
    }
}
