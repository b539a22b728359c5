//! Documents and JSON by chance.
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use richtext::Doc;
use richtext::model::*;
use serde_json::{Map, Value, json};

/// Words of several scripts with characters that formats treat as their own.
pub fn words() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[a-z]{1,8}",
        "[a-zA-Z0-9*_`#<>|~&\\[\\]()!.+-]{1,6}",
        "[а-яё]{1,6}",
        "[α-ω]{1,6}",
        "[一-龥]{1,3}",
        Just("👩‍👧".to_owned())
    ];
    vec(word, 1..6).prop_map(|words| words.join(" "))
}

fn id() -> impl Strategy<Value = uuid::Uuid> {
    any::<u128>().prop_map(uuid::Uuid::from_u128)
}

fn mark() -> impl Strategy<Value = Mark> {
    prop_oneof![
        Just(Mark::Bold),
        Just(Mark::Italic),
        Just(Mark::Strike),
        Just(Mark::Code),
        "[a-z]{1,6}".prop_map(|path| Mark::Link { href: format!("https://example.org/{path}") }),
        "[a-c]".prop_map(|id| Mark::Comment { id }),
        "[a-c]".prop_map(|id| Mark::SuggestionAdd { id }),
        "[a-c]".prop_map(|id| Mark::SuggestionDelete { id }),
    ]
}

fn marks() -> impl Strategy<Value = Vec<Mark>> {
    vec(mark(), 0..4).prop_map(|marks| {
        let mut kept: Vec<Mark> = vec![];
        for mark in marks {
            if Mark::overlaps(mark.name()) || kept.iter().all(|m| m.name() != mark.name()) {
                kept.push(mark);
            }
        }
        kept
    })
}

pub fn inlines() -> impl Strategy<Value = Vec<Inline>> {
    let mention = (id(), words(), prop::sample::select(Target::ALL.to_vec()))
        .prop_map(|(id, label, target)| Inline::Mention(Mention { id, label, target }));
    let inline = prop_oneof![
        6 => (words(), marks()).prop_map(|(text, marks)| Inline::marked(text, marks)),
        1 => Just(Inline::Break),
        1 => mention,
    ];
    vec(inline, 0..5).prop_map(richtext::model::join)
}

fn items(block: impl Strategy<Value = Block> + Clone) -> impl Strategy<Value = Vec<Block>> {
    (inlines(), vec(block, 0..3)).prop_map(|(first, rest)| [vec![Block::Paragraph(first)], rest].concat())
}

pub fn block() -> impl Strategy<Value = Block> {
    let leaf = prop_oneof![
        4 => inlines().prop_map(Block::Paragraph),
        2 => (1..5_u8, option::of("[a-z]{1,8}"), inlines())
            .prop_map(|(level, section_id, content)| Block::Heading(Heading { level, section_id, content })),
        1 => (option::of("[a-z]{1,8}"), option::of(words()))
            .prop_map(|(language, text)| Block::Code(Code { language, text: text.unwrap_or_default() })),
        1 => Just(Block::Rule),
        1 => (id(), option::of(words()), option::of(1..2000_u32)).prop_map(|(artifact, alt, width)| Block::Image(Image { artifact, alt, width })),
        1 => words().prop_map(Block::Mermaid),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let align = option::of(prop::sample::select(vec![Align::Left, Align::Center, Align::Right]));
        let cell = (any::<bool>(), 1..3_u32, 1..3_u32, option::of(vec(0..500_u32, 1..3)), align, vec(inner.clone(), 1..3))
            .prop_map(|(header, colspan, rowspan, colwidth, align, blocks)| Cell { header, colspan, rowspan, colwidth, align, blocks });
        prop_oneof![
            vec(items(inner.clone()), 1..4).prop_map(|items| Block::BulletList(items.into_iter().map(|blocks| Item { blocks }).collect())),
            (0..20_u32, option::of(prop::sample::select(vec!["1", "a", "A", "i", "I"])), vec(items(inner.clone()), 1..4)).prop_map(
                |(start, style, items)| Block::OrderedList(OrderedList {
                    start,
                    style: style.map(str::to_owned),
                    items: items.into_iter().map(|blocks| Item { blocks }).collect()
                })
            ),
            vec((any::<bool>(), items(inner.clone())), 1..4)
                .prop_map(|tasks| Block::TaskList(tasks.into_iter().map(|(checked, blocks)| Task { checked, blocks }).collect())),
            vec(inner, 1..3).prop_map(Block::Quote),
            vec(vec(cell, 0..3).prop_map(|cells| Row { cells }), 1..3).prop_map(Block::Table),
        ]
    })
}

/// Any document of the schema.
pub fn doc() -> impl Strategy<Value = Doc> {
    vec(block(), 0..8).prop_map(Doc::new)
}

/// JSON that is nearly a document, or nothing like one.
pub fn json() -> impl Strategy<Value = Value> {
    const KINDS: &[&str] = &[
        "doc",
        "paragraph",
        "heading",
        "bulletList",
        "orderedList",
        "listItem",
        "taskList",
        "taskItem",
        "codeBlock",
        "blockquote",
        "horizontalRule",
        "image",
        "table",
        "tableRow",
        "tableHeader",
        "tableCell",
        "mention",
        "mermaidBlock",
        "hardBreak",
        "text",
        "bold",
        "link",
        "comment",
        "script",
        "",
    ];
    const KEYS: &[&str] = &["type", "attrs", "content", "marks", "text", "level", "src", "href", "id", "checked", "colwidth", "__proto__"];
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(KINDS).prop_map(Value::from),
    ];
    scalar.prop_recursive(6, 64, 6, |inner| {
        let node = (prop::sample::select(KINDS), option::of(inner.clone()), vec(inner.clone(), 0..4), option::of(".{0,4}")).prop_map(
            |(kind, attrs, content, text)| {
                let mut node = json!({ "type": kind, "content": content });
                if let Some(attrs) = attrs {
                    node["attrs"] = attrs;
                }
                if let Some(text) = text {
                    node["text"] = text.into();
                }
                node
            },
        );
        let map = vec((prop::sample::select(KEYS), inner.clone()), 0..5)
            .prop_map(|entries| Value::Object(entries.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Map<_, _>>()));
        prop_oneof![3 => node, 1 => map, 1 => vec(inner, 0..4).prop_map(Value::Array)]
    })
}
