//! Content hashes.
use crate::arbitrary;
use proptest::prelude::*;
use richtext::model::*;
use richtext::{Doc, hash};
use serde_json::json;

fn paragraph(content: Vec<Inline>) -> Doc {
    Doc::new(vec![Block::Paragraph(content)])
}

#[test]
fn a20_03_the_hash_of_one_paragraph_is_the_chapters() {
    let value = json!({ "type": "doc", "content": [{ "type": "paragraph", "content": [{ "type": "text", "text": "A" }] }] });
    let doc = Doc::from_value(&value).unwrap();
    assert_eq!(
        hash::canonical(&doc.to_value()),
        r#"{"content":[{"content":[{"text":"A","type":"text"}],"type":"paragraph"}],"type":"doc"}"#
    );
    assert_eq!(hash::document(&doc, None), "ed657b56b812380b2d6a3115657dcc9d3dc63555f564744487f1b511fe2ec0b4");
    assert_ne!(hash::document(&doc, Some("graph TD")), hash::document(&doc, None));
}

#[test]
fn a20_03_comments_suggestions_and_section_ids_leave_the_hash() {
    let plain = Doc::new(vec![
        Block::Heading(Heading { level: 1, section_id: None, content: vec![Inline::text("Goal")] }),
        Block::Paragraph(vec![Inline::text("Users sign in with "), Inline::marked("email", vec![Mark::Bold]), Inline::text(".")]),
    ]);
    let comment = Mark::Comment { id: "c".into() };
    let talked = Doc::new(vec![
        Block::Heading(Heading { level: 1, section_id: Some("s1".into()), content: vec![Inline::text("Goal")] }),
        Block::Paragraph(vec![
            Inline::text("Users "),
            Inline::marked("sign in with ", vec![comment.clone()]),
            Inline::marked("em", vec![Mark::Bold, comment, Mark::SuggestionDelete { id: "s".into() }]),
            Inline::marked("ail", vec![Mark::Bold, Mark::SuggestionAdd { id: "s".into() }]),
            Inline::text("."),
        ]),
    ]);
    assert_eq!(hash::document(&talked, None), hash::document(&plain, None));
    let bolder = paragraph(vec![Inline::marked("x", vec![Mark::Bold])]);
    assert_ne!(hash::document(&bolder, None), hash::document(&paragraph(vec![Inline::text("x")]), None));
}

#[test]
fn work_orders_hash_their_fields_in_order_and_features_theirs() {
    let (a, b) = (paragraph(vec![Inline::text("a")]), paragraph(vec![Inline::text("b")]));
    let one = hash::work_order(Some(&a), Some(&b), None, None);
    assert_eq!(one, hash::work_order(Some(&a), Some(&b), None, None));
    assert_ne!(one, hash::work_order(Some(&b), Some(&a), None, None));
    assert_ne!(one, hash::work_order(Some(&a), None, Some(&b), None), "an empty field keeps its place");
    let criteria = json!([{ "text": "c", "id": "1", "met": false }]);
    let sorted = json!([{ "id": "1", "met": false, "text": "c" }]);
    assert_eq!(hash::feature("F", Some("d"), &criteria), hash::feature("F", Some("d"), &sorted));
    assert_ne!(hash::feature("F", Some("d"), &criteria), hash::feature("F", None, &criteria));
}

proptest! {
    #[test]
    fn annotations_never_count(doc in arbitrary::doc()) {
        prop_assert_eq!(hash::document(&doc, None), hash::document(&doc.without_annotations(), None));
    }
}
