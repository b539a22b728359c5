//! What a document may be.
use crate::arbitrary;
use proptest::prelude::*;
use richtext::model::*;
use richtext::{Doc, Error, MAX_BYTES};
use serde_json::{Value, json};

const ID: &str = "6f9619ff-8b86-4011-b42d-00cf4fc964ff";

fn doc(blocks: Value) -> Value {
    json!({ "type": "doc", "content": blocks })
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

fn paragraph(content: Value) -> Value {
    json!({ "type": "paragraph", "content": content })
}

/// The path and message of a refusal.
fn refusal(value: &Value) -> (String, String) {
    match Doc::from_value(value).unwrap_err() {
        Error::Invalid { path, message } => (path, message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_node_and_mark_is_read_and_written_as_the_editor_writes_it() {
    let written = doc(json!([
        { "type": "heading", "attrs": { "level": 2, "sectionId": "goals" }, "content": [text("Goals")] },
        { "type": "paragraph", "content": [
            { "type": "text", "text": "all", "marks": [
                { "type": "link", "attrs": { "href": "https://example.org" } }, { "type": "bold" }, { "type": "italic" },
                { "type": "strike" }, { "type": "code" }, { "type": "comment", "attrs": { "commentId": "c1" } },
                { "type": "comment", "attrs": { "commentId": "c2" } }, { "type": "suggestionAdd", "attrs": { "suggestionId": "s" } },
                { "type": "suggestionDelete", "attrs": { "suggestionId": "s" } }
            ] },
            { "type": "hardBreak" },
            { "type": "mention", "attrs": { "id": ID, "label": "Ann", "type": "user" } }
        ] },
        { "type": "bulletList", "content": [{ "type": "listItem", "content": [
            paragraph(json!([text("one")])),
            { "type": "orderedList", "attrs": { "start": 3 }, "content": [{ "type": "listItem", "content": [{ "type": "paragraph" }] }] }
        ] }] },
        { "type": "taskList", "content": [{ "type": "taskItem", "attrs": { "checked": true }, "content": [paragraph(json!([text("t")]))] }] },
        { "type": "codeBlock", "attrs": { "language": "rust" }, "content": [text("fn main() {}\n")] },
        { "type": "blockquote", "content": [paragraph(json!([text("q")]))] },
        { "type": "horizontalRule" },
        { "type": "image", "attrs": { "src": format!("artifact:{ID}"), "alt": "A plan", "width": 320 } },
        { "type": "table", "content": [{ "type": "tableRow", "content": [
            { "type": "tableHeader", "attrs": { "colspan": 2, "rowspan": 1, "colwidth": [120, 0] }, "content": [{ "type": "paragraph" }] },
            { "type": "tableCell", "attrs": { "colspan": 1, "rowspan": 1, "align": "right" }, "content": [paragraph(json!([text("1")]))] }
        ] }] },
        { "type": "mermaidBlock", "attrs": { "code": "graph TD; A-->B" } }
    ]));
    let read = Doc::from_value(&written).unwrap();
    assert_eq!(read.to_value(), written);
    assert_eq!(read.mentions().len(), 1);
    assert_eq!(read.images(), [uuid::Uuid::try_parse(ID).unwrap()]);
    assert_eq!(read.plain_text(), "Goals\nall\n@Ann\none\n\nt\nfn main() {}\n\nq\nA plan\n\t1\ngraph TD; A-->B");
}

#[test]
fn what_the_editor_sets_by_itself_is_read_and_forgotten() {
    let read = Doc::from_value(&doc(json!([
        { "type": "paragraph", "attrs": null, "content": [
            { "type": "text", "text": "a", "marks": [{ "type": "bold", "attrs": {} }] },
            { "type": "text", "text": "b", "marks": [{ "type": "bold" }] },
            { "type": "text", "text": "c", "marks": [{ "type": "link", "attrs": {
                "href": "/x", "target": "_blank", "rel": "noopener noreferrer nofollow", "class": null, "title": null } }] },
            { "type": "hardBreak", "marks": [{ "type": "bold" }] }
        ] },
        { "type": "image", "attrs": { "src": format!("artifact:{ID}"), "alt": null, "title": null, "width": 12.0, "height": null } },
        { "type": "orderedList", "attrs": { "start": 1, "type": null }, "content": [{ "type": "listItem", "content": [{ "type": "paragraph" }] }] }
    ])))
    .unwrap();
    let Block::Paragraph(content) = &read.blocks[0] else { panic!() };
    assert_eq!(content[0], Inline::marked("ab", vec![Mark::Bold]), "runs with the same marks are one");
    assert_eq!(content[1], Inline::marked("c", vec![Mark::Link { href: "/x".into() }]));
    assert_eq!(content[2], Inline::Break);
    assert!(matches!(&read.blocks[1], Block::Image(image) if image.width == Some(12)));
}

#[test]
fn an_empty_document_is_one_empty_paragraph() {
    for empty in [json!({ "type": "doc" }), doc(json!([])), doc(json!([{ "type": "paragraph" }]))] {
        let read = Doc::from_value(&empty).unwrap();
        assert_eq!(read, Doc::default());
        assert!(read.is_empty());
    }
}

#[test]
fn a_refusal_names_the_place() {
    let para = |content: Value| doc(json!([paragraph(content)]));
    let marked = |mark: Value| para(json!([{ "type": "text", "text": "x", "marks": [mark] }]));
    let image = |src: &str| doc(json!([{ "type": "image", "attrs": { "src": src } }]));
    for (value, path, says) in [
        (json!([]), "$", "object"),
        (json!({ "type": "page" }), "$.type", "begins with \"doc\""),
        (json!({ "type": "doc", "content": {} }), "$.content", "list"),
        (json!({ "type": "doc", "extra": 1 }), "$.extra", "means nothing"),
        (doc(json!([{ "type": "video" }])), "$.content[0].type", "not a known kind"),
        (doc(json!([text("loose")])), "$.content[0].type", "cannot stand here"),
        (doc(json!([{ "type": "listItem" }])), "$.content[0].type", "cannot stand here"),
        (para(json!([text("")])), "$.content[0].content[0].text", "empty"),
        (para(json!([text("a\u{0}")])), "$.content[0].content[0].text", "NUL"),
        (para(json!([{ "type": "paragraph" }])), "$.content[0].content[0].type", "cannot stand here"),
        (doc(json!([{ "type": "paragraph", "attrs": { "style": "x" } }])), "$.content[0].attrs.style", "not known"),
        (doc(json!([{ "type": "heading", "attrs": { "level": 5 } }])), "$.content[0].attrs.level", "from 1 to 4"),
        (doc(json!([{ "type": "heading", "attrs": { "level": 1.5 } }])), "$.content[0].attrs.level", "from 1 to 4"),
        (doc(json!([{ "type": "heading" }])), "$.content[0].attrs", "needs a level"),
        (doc(json!([{ "type": "bulletList" }])), "$.content[0]", "may not be empty"),
        (
            doc(json!([{ "type": "bulletList", "content": [{ "type": "taskItem" }] }])),
            "$.content[0].content[0].type",
            "\"listItem\" is expected",
        ),
        (doc(json!([{ "type": "bulletList", "content": [{ "type": "listItem" }] }])), "$.content[0].content[0]", "begin with a paragraph"),
        (doc(json!([{ "type": "blockquote", "content": [] }])), "$.content[0]", "may not be empty"),
        (
            doc(json!([{ "type": "table", "content": [{ "type": "tableRow", "content": [{ "type": "tableCell" }] }] }])),
            "$.content[0].content[0].content[0]",
            "may not be empty",
        ),
        (
            doc(json!([{ "type": "codeBlock", "content": [{ "type": "text", "text": "x", "marks": [{ "type": "bold" }] }] }])),
            "$.content[0].content[0].marks",
            "no marks",
        ),
        (doc(json!([{ "type": "horizontalRule", "content": [text("x")] }])), "$.content[0].content", "no content"),
        (doc(json!([{ "type": "paragraph", "marks": [{ "type": "bold" }] }])), "$.content[0].marks", "cannot have marks"),
        (marked(json!({ "type": "underline" })), "$.content[0].content[0].marks[0].type", "not a known mark"),
        (marked(json!({ "type": "comment" })), "$.content[0].content[0].marks[0].attrs", "needs its commentId"),
        (
            para(
                json!([{ "type": "text", "text": "x", "marks": [{ "type": "link", "attrs": { "href": "/a" } }, { "type": "link", "attrs": { "href": "/b" } }] }]),
            ),
            "$.content[0].content[0].marks[1]",
            "twice",
        ),
        (image("https://example.org/x.png"), "$.content[0].attrs.src", "artifact of the project"),
        (image("data:image/png;base64,AAAA"), "$.content[0].attrs.src", "artifact of the project"),
        (image("artifact:../../x"), "$.content[0].attrs.src", "artifact of the project"),
        (
            para(json!([{ "type": "mention", "attrs": { "id": ID, "type": "planet" } }])),
            "$.content[0].content[0].attrs.type",
            "names a user",
        ),
        (para(json!([{ "type": "mention", "attrs": { "id": "x", "type": "user" } }])), "$.content[0].content[0].attrs.id", "needs the id"),
    ] {
        let (found, message) = refusal(&value);
        assert_eq!(found, path, "{message}");
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn links_are_http_https_mailto_or_relative() {
    for good in ["https://example.org/a?b#c", "HTTP://x", "mailto:ann@example.org", "/o/acme", "../up", "#part", "page?x=a:b", "a/b:c"] {
        assert!(richtext::is_allowed_link(good), "{good}");
    }
    for bad in [
        "",
        "javascript:alert(1)",
        "JaVaScript:alert(1)",
        " javascript:x",
        "java\nscript:x",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc",
        "\u{1}javascript:x",
    ] {
        assert!(!richtext::is_allowed_link(bad), "{bad}");
    }
}

#[test]
fn twenty_levels_and_two_mebibytes_are_the_limit() {
    let nested = |quotes: usize| {
        let mut block = paragraph(json!([text("deep")]));
        for _ in 0..quotes {
            block = json!({ "type": "blockquote", "content": [block] });
        }
        doc(json!([block]))
    };
    // The paragraph is on level 19, its text on level 20.
    assert!(Doc::from_value(&nested(18)).is_ok());
    let (path, message) = refusal(&nested(19));
    assert!(path.starts_with("$.content[0].content[0]") && message.contains("20 levels"), "{path}: {message}");

    let long = |n: usize| doc(json!([paragraph(json!([text(&"x".repeat(n))]))]));
    assert!(Doc::from_value(&long(MAX_BYTES - 200)).is_ok());
    assert_eq!(Doc::from_value(&long(MAX_BYTES)).unwrap_err(), Error::TooLarge);
    assert_eq!(Doc::from_slice(long(MAX_BYTES).to_string().as_bytes()).unwrap_err(), Error::TooLarge);
    assert_eq!(Doc::from_slice(b"{").unwrap_err().path(), "$");
}

#[test]
fn what_two_people_leave_behind_is_salvaged() {
    let (read, left_out) = Doc::salvage(&doc(json!([
        paragraph(json!([text("kept"), { "type": "text", "text": " too", "marks": [{ "type": "glow" }, { "type": "bold" }] }])),
        { "type": "bulletList", "content": [] },
        { "type": "bulletList", "content": [{ "type": "listItem" }, { "type": "listItem", "content": [paragraph(json!([text("item")]))] }] },
        { "type": "codeBlock", "content": [{ "type": "text", "text": "x", "marks": [{ "type": "bold" }] }] }
    ])));
    assert_eq!(read.plain_text(), "kept too\nitem\nx");
    assert_eq!(left_out.len(), 3, "{left_out:?}");
    assert!(Doc::from_value(&read.to_value()).is_ok());
    assert_eq!(Doc::salvage(&json!(null)).0, Doc::default());
}

proptest! {
    #[test]
    fn a_document_reads_as_it_was_written(doc in arbitrary::doc()) {
        prop_assert_eq!(&Doc::from_value(&doc.to_value()).unwrap(), &doc);
        prop_assert_eq!(serde_json::from_str::<Doc>(&serde_json::to_string(&doc).unwrap()).unwrap(), doc);
    }

    #[test]
    fn any_json_is_read_or_refused_with_a_path(value in arbitrary::json()) {
        match Doc::from_value(&value) {
            Ok(doc) => prop_assert_eq!(Doc::from_value(&doc.to_value()).unwrap(), doc),
            Err(error) => prop_assert!(error.path().starts_with('$'), "{:?}", error),
        }
        let (doc, _) = Doc::salvage(&value);
        prop_assert_eq!(Doc::from_value(&doc.to_value()).unwrap(), doc);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Doc::from_slice(&bytes).is_err_and(|e| e.path() == "$"));
    }
}
