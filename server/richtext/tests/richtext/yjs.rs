//! Documents in a Y.Doc.
use crate::arbitrary;
use proptest::prelude::*;
use richtext::model::*;
use richtext::{Doc, yjs};
use yrs::updates::decoder::Decode;
use yrs::{Any, OffsetKind, Options, ReadTxn, StateVector, Text, Transact, Update, Xml, XmlFragment, XmlOut};

fn live(doc: &Doc) -> yrs::Doc {
    let live = yjs::new_doc();
    yjs::write(&mut live.transact_mut(), doc);
    live
}

fn read(live: &yrs::Doc) -> Doc {
    let txn = live.transact();
    let (doc, left_out) = yjs::read(&txn);
    assert_eq!(left_out, []);
    assert_eq!(yjs::check(&txn).unwrap(), doc);
    doc
}

/// A second copy of a live document, as another person's browser has it.
fn copy(live: &yrs::Doc) -> yrs::Doc {
    let other = yjs::new_doc();
    merge(&other, live);
    other
}

fn merge(into: &yrs::Doc, from: &yrs::Doc) {
    let update = from.transact().encode_state_as_update_v1(&into.transact().state_vector());
    into.transact_mut().apply_update(Update::decode_v1(&update).unwrap()).unwrap();
}

fn paragraph(text: &str) -> Block {
    Block::Paragraph(vec![Inline::text(text)])
}

/// The identities of the blocks on the top level.
fn identities(live: &yrs::Doc) -> Vec<String> {
    let fragment = live.get_or_insert_xml_fragment(yjs::CONTENT);
    let txn = live.transact();
    fragment.children(&txn).map(|child| format!("{:?}", child.id())).collect()
}

#[test]
fn what_the_editor_stored_is_read() {
    let live = yjs::new_doc();
    live.transact_mut().apply_update(Update::decode_v1(include_bytes!("../data/editor.bin")).unwrap()).unwrap();
    let json = serde_json::from_str(include_str!("../data/editor.json")).unwrap();
    let doc = read(&live);
    assert_eq!(doc, Doc::from_value(&json).unwrap());
    assert_eq!(yjs::diagram(&live.transact()), "graph LR\nA-->B\n");
    // What the editor sets by itself is no difference: nothing is written.
    let before = live.transact().state_vector();
    yjs::write(&mut live.transact_mut(), &doc);
    yjs::write_diagram(&mut live.transact_mut(), "graph LR\nA-->B\n");
    assert_eq!(live.transact().state_vector(), before);
}

#[test]
fn marks_and_attributes_are_stored_as_the_editor_stores_them() {
    let marks = vec![Mark::Bold, Mark::Comment { id: "c1".into() }, Mark::Comment { id: "c2".into() }];
    let doc = live(&Doc::new(vec![Block::Heading(Heading { level: 2, section_id: None, content: vec![Inline::marked("x", marks)] })]));
    let fragment = doc.get_or_insert_xml_fragment(yjs::CONTENT);
    let txn = doc.transact();
    let Some(XmlOut::Element(heading)) = fragment.get(&txn, 0) else { panic!() };
    assert_eq!(heading.tag().as_ref(), "heading");
    assert_eq!(heading.get_attribute(&txn, "level"), Some(yrs::Out::Any(Any::from(2))));
    assert_eq!(heading.get_attribute(&txn, "sectionId"), None);
    let Some(XmlOut::Text(text)) = heading.get(&txn, 0) else { panic!() };
    let formats = text.diff(&txn, |_| ()).remove(0).attributes.unwrap();
    let mut keys: Vec<&str> = formats.keys().map(|k| k.as_ref()).collect();
    keys.sort_unstable();
    // The hashes are those of y-prosemirror for the same marks.
    assert_eq!(keys, ["bold", "comment--3r1HSPpZ", "comment--NUJpvjOl"]);
}

#[test]
fn unchanged_blocks_keep_their_identity() {
    let blocks = |texts: &[&str]| Doc::new(texts.iter().map(|t| paragraph(t)).collect());
    let doc = live(&blocks(&["one", "two words here", "three", "four"]));
    let before = identities(&doc);
    let target = blocks(&["new", "one", "two other words here", "four"]);
    yjs::write(&mut doc.transact_mut(), &target);
    assert_eq!(read(&doc), target);
    let after = identities(&doc);
    assert_eq!(after[1..], [before[0].clone(), before[1].clone(), before[3].clone()]);
}

#[test]
fn words_typed_at_the_same_time_survive_an_update_around_them() {
    let doc = live(&Doc::new(vec![paragraph("Users sign in with email and password."), paragraph("Second.")]));
    let other = copy(&doc);
    {
        let fragment = other.get_or_insert_xml_fragment(yjs::CONTENT);
        let mut txn = other.transact_mut();
        let Some(XmlOut::Element(first)) = fragment.get(&txn, 0) else { panic!() };
        let Some(XmlOut::Text(text)) = first.get(&txn, 0) else { panic!() };
        text.insert(&mut txn, 0, "All ");
    }
    let target = Doc::new(vec![Block::Paragraph(vec![
        Inline::text("Users sign in with email "),
        Inline::marked("or", vec![Mark::Bold]),
        Inline::text(" passkey."),
    ])]);
    yjs::write(&mut doc.transact_mut(), &target);
    assert_eq!(read(&doc), target);
    merge(&doc, &other);
    merge(&other, &doc);
    assert_eq!(read(&doc).plain_text(), "All Users sign in with email or passkey.");
    assert_eq!(read(&doc), read(&other));
}

#[test]
fn a_document_that_counts_in_bytes_is_written_too() {
    let doc = yrs::Doc::with_options(Options { offset_kind: OffsetKind::Bytes, ..Options::default() });
    for text in ["Привет мир, 👋🏽 hello", "Привет, 👋🏽 мир hello there", "你好 мир"] {
        let target =
            Doc::new(vec![Block::Paragraph(vec![Inline::text("ä "), Inline::marked(text, vec![Mark::Italic]), Inline::text(" ö")])]);
        yjs::write(&mut doc.transact_mut(), &target);
        yjs::write_diagram(&mut doc.transact_mut(), text);
        assert_eq!(read(&doc), target);
        assert_eq!(yjs::diagram(&doc.transact()), text);
    }
}

#[test]
fn letters_of_several_bytes_are_counted_as_the_document_counts() {
    for offset_kind in [OffsetKind::Utf16, OffsetKind::Bytes] {
        let doc = yrs::Doc::with_options(Options { offset_kind, ..Options::default() });
        let line = |parts: &[(&str, bool)]| {
            let runs = parts.iter().map(|(text, bold)| Inline::marked(*text, if *bold { vec![Mark::Bold] } else { vec![] }));
            Doc::new(vec![Block::Paragraph(join(runs.collect()))])
        };
        for target in [line(&[("a a b", false)]), line(&[("ё 👋 a", true), (" ü b", false)]), line(&[("a ё", false), ("👋 b", true)])]
        {
            yjs::write(&mut doc.transact_mut(), &target);
            assert_eq!(read(&doc), target);
        }
    }
}

#[test]
fn a_new_document_is_one_empty_paragraph_and_says_so_after_its_state_is_loaded() {
    assert_eq!(read(&yjs::new_doc()), Doc::default());
    let state = yjs::state(&Doc::new(vec![paragraph("x")]), Some("graph TD"));
    let doc = yjs::new_doc();
    doc.transact_mut().apply_update(Update::decode_v1(&state).unwrap()).unwrap();
    assert_eq!(read(&doc).plain_text(), "x");
    assert_eq!(yjs::diagram(&doc.transact()), "graph TD");
}

#[test]
fn a_foreign_node_is_left_out_and_goes_with_the_next_update() {
    let doc = live(&Doc::new(vec![paragraph("kept")]));
    {
        let fragment = doc.get_or_insert_xml_fragment(yjs::CONTENT);
        let mut txn = doc.transact_mut();
        fragment.push_back(&mut txn, yrs::XmlElementPrelim::empty("script"));
        fragment.push_back(&mut txn, yrs::XmlTextPrelim::new("loose"));
    }
    let (salvaged, left_out) = yjs::read(&doc.transact());
    assert_eq!((salvaged.plain_text().as_str(), left_out.len()), ("kept", 2));
    assert_eq!(yjs::check(&doc.transact()).unwrap_err().path(), "$.content[1].type");
    yjs::write(&mut doc.transact_mut(), &salvaged);
    assert_eq!(read(&doc), salvaged);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_document_comes_back_from_y_as_it_went(doc in arbitrary::doc()) {
        prop_assert_eq!(read(&live(&doc)), doc);
    }

    #[test]
    fn an_update_gives_the_target_and_a_second_one_nothing(a in arbitrary::doc(), b in arbitrary::doc()) {
        let doc = live(&a);
        yjs::write(&mut doc.transact_mut(), &b);
        prop_assert_eq!(&read(&doc), &b);
        let before = doc.transact().state_vector();
        yjs::write(&mut doc.transact_mut(), &b);
        prop_assert_eq!(doc.transact().state_vector(), before);
        // It arrives at others as it is here.
        let other = yjs::new_doc();
        let state = doc.transact().encode_state_as_update_v1(&StateVector::default());
        other.transact_mut().apply_update(Update::decode_v1(&state).unwrap()).unwrap();
        prop_assert_eq!(read(&other), b);
    }

    #[test]
    fn edits_elsewhere_survive_an_update(
        before in prop::collection::vec(arbitrary::block(), 0..4),
        after in prop::collection::vec(arbitrary::block(), 0..4),
        new in prop::collection::vec(arbitrary::block(), 0..4),
    ) {
        let with = |head: &[Block], mine: &str| Doc::new([head, &[paragraph(mine)], &after].concat());
        let doc = live(&with(&before, "somebody is typing here right now"));
        let other = copy(&doc);
        // One person types in her paragraph while everything before it is replaced.
        yjs::write(&mut other.transact_mut(), &with(&before, "somebody is happily typing here right now!"));
        yjs::write(&mut doc.transact_mut(), &with(&new, "somebody is typing here right now"));
        merge(&doc, &other);
        merge(&other, &doc);
        prop_assert_eq!(read(&doc), with(&new, "somebody is happily typing here right now!"));
        prop_assert_eq!(read(&other), read(&doc));
    }

    #[test]
    fn a_diagram_comes_to_its_target(a in ".{0,40}", b in ".{0,40}") {
        let doc = yjs::new_doc();
        let (a, b) = (a.replace('\0', ""), b.replace('\0', ""));
        yjs::write_diagram(&mut doc.transact_mut(), &a);
        yjs::write_diagram(&mut doc.transact_mut(), &b);
        prop_assert_eq!(yjs::diagram(&doc.transact()), b);
    }
}
