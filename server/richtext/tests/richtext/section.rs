//! Sections.
use richtext::Doc;
use richtext::model::*;

fn heading(level: u8, id: Option<&str>, title: &str) -> Block {
    Block::Heading(Heading { level, section_id: id.map(str::to_owned), content: vec![Inline::text(title)] })
}

fn paragraph(text: &str) -> Block {
    Block::Paragraph(vec![Inline::text(text)])
}

#[test]
fn a_section_runs_to_the_next_heading_of_its_level_or_above() {
    let doc = Doc::new(vec![
        paragraph("before"),
        heading(1, Some("a"), "A"),
        paragraph("in a"),
        heading(2, Some("b"), "B"),
        paragraph("in b"),
        heading(3, None, "Ümlaut & more"),
        heading(2, Some("a"), "copied heading"),
        heading(1, None, "!"),
        paragraph("end"),
    ]);
    let sections = doc.sections();
    let seen: Vec<(&str, u8, std::ops::Range<usize>, std::ops::Range<usize>)> =
        sections.iter().map(|s| (s.id.as_str(), s.level, s.blocks.clone(), s.body())).collect();
    assert_eq!(
        seen,
        [
            ("root", 0, 0..1, 0..1),
            ("a", 1, 1..7, 2..3),
            ("b", 2, 3..6, 4..5),
            ("ümlaut-more", 3, 5..6, 6..6),
            ("a-2", 2, 6..7, 7..7),
            ("section", 1, 7..9, 8..9),
        ]
    );
    assert_eq!(doc.section("b").unwrap().title, "B");
    assert_eq!(doc.section("nothing"), None);
}

#[test]
fn named_sections_keep_their_names_when_titles_change() {
    let mut doc = Doc::new(vec![heading(1, None, "Goal"), heading(1, None, "Goal"), heading(2, Some("x"), "Other")]);
    doc.name_sections();
    let ids: Vec<String> = doc.sections().into_iter().map(|s| s.id).collect();
    assert_eq!(ids, ["root", "goal", "goal-2", "x"]);
    if let Block::Heading(heading) = &mut doc.blocks[1] {
        heading.content = vec![Inline::text("Purpose")];
    }
    assert_eq!(doc.section("goal-2").unwrap().title, "Purpose");
}

#[test]
fn a_document_without_headings_is_all_root() {
    let doc = Doc::new(vec![paragraph("x"), paragraph("y")]);
    assert_eq!(doc.sections().len(), 1);
    assert_eq!(doc.section("root").unwrap().body(), 0..2);
}
