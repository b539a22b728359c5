//! What became of a document.
use crate::arbitrary;
use proptest::prelude::*;
use richtext::model::*;
use richtext::wire::*;
use richtext::{Doc, diff};

fn paragraph(text: &str) -> Block {
    Block::Paragraph(vec![Inline::text(text)])
}

fn compare(before: Vec<Block>, after: Vec<Block>) -> Diff {
    diff::documents((&Doc::new(before), None), (&Doc::new(after), None))
}

fn span(change: Change, text: &str) -> Span {
    Span { change, text: text.into() }
}

#[test]
fn a20_03_the_diff_example_is_changed_with_similarity_0_714() {
    let diff = compare(vec![paragraph("Users sign in with email and password")], vec![paragraph("Users sign in with email or passkey")]);
    let [BlockChange::Changed { similarity, spans, .. }] = &diff.blocks[..] else { panic!("{diff:?}") };
    assert_eq!((similarity * 1000.0).round(), 714.0);
    assert_eq!(
        *spans,
        [span(Change::Same, "Users sign in with email "), span(Change::Removed, "and password"), span(Change::Added, "or passkey")]
    );
    assert_eq!(diff.counts, Counts { changed: 1, ..Counts::default() });
}

#[test]
fn blocks_that_stayed_stay_and_unlike_neighbours_are_removed_and_added() {
    let diff = compare(
        vec![paragraph("First."), paragraph("Prices are in euro."), paragraph("Last.")],
        vec![paragraph("First."), paragraph("Nobody pays anything here"), paragraph("Between"), paragraph("Last.")],
    );
    let kinds: Vec<&str> = diff
        .blocks
        .iter()
        .map(|b| match b {
            BlockChange::Same { .. } => "same",
            BlockChange::Added { .. } => "added",
            BlockChange::Removed { .. } => "removed",
            BlockChange::Changed { .. } => "changed",
        })
        .collect();
    assert_eq!(kinds, ["same", "removed", "added", "added", "same"]);
    assert!(!diff.is_same());
}

#[test]
fn among_several_neighbours_the_most_alike_are_paired_in_order() {
    let diff = compare(
        vec![paragraph("a b c d"), paragraph("one two three four five six")],
        vec![paragraph("new start entirely"), paragraph("a b c e"), paragraph("one two three four five seven")],
    );
    let paired: Vec<f64> =
        diff.blocks.iter().filter_map(|b| if let BlockChange::Changed { similarity, .. } = b { Some(*similarity) } else { None }).collect();
    assert_eq!(paired, [0.75, 10.0 / 12.0]);
    assert_eq!(diff.counts, Counts { added: 1, changed: 2, ..Counts::default() });
}

#[test]
fn a_new_look_of_the_same_words_shows() {
    let bold = Block::Paragraph(vec![Inline::text("a "), Inline::marked("b", vec![Mark::Bold]), Inline::text(" c")]);
    let diff = compare(vec![paragraph("a b c")], vec![bold.clone()]);
    let [BlockChange::Changed { similarity, spans, .. }] = &diff.blocks[..] else { panic!("{diff:?}") };
    assert_eq!(*similarity, 1.0);
    assert_eq!(*spans, [span(Change::Same, "a "), span(Change::Reformatted, "b "), span(Change::Same, "c")]);
    let commented = Block::Paragraph(vec![Inline::marked("a", vec![Mark::Comment { id: "x".into() }]), Inline::text(" b c")]);
    assert!(compare(vec![paragraph("a b c")], vec![commented]).is_same(), "talk about the text is no change");
    assert!(compare(vec![bold.clone()], vec![bold]).is_same());
}

#[test]
fn a_changed_list_shows_its_lines() {
    let list = |items: &[&str]| Block::BulletList(items.iter().map(|t| Item { blocks: vec![paragraph(t)] }).collect());
    let diff = compare(vec![list(&["apples and pears", "bread"])], vec![list(&["apples and plums", "bread", "milk"])]);
    let [BlockChange::Changed { spans, .. }] = &diff.blocks[..] else { panic!("{diff:?}") };
    let after: String = spans.iter().filter(|s| s.change != Change::Removed).map(|s| s.text.as_str()).collect();
    assert_eq!(after, "• apples and plums\n• bread\n• milk");
    assert!(spans.contains(&span(Change::Added, "plums\n")));
}

#[test]
fn a_diagram_is_compared_by_lines() {
    let doc = Doc::default();
    let diff = diff::documents((&doc, Some("graph TD\nA-->B\n")), (&doc, Some("graph TD\nA-->C\n")));
    assert_eq!(diff.diagram, [span(Change::Same, "graph TD\n"), span(Change::Removed, "A-->B\n"), span(Change::Added, "A-->C\n")]);
    assert!(!diff.is_same());
    assert!(diff::documents((&doc, Some("x")), (&doc, Some("x"))).is_same());
    assert!(diff::documents((&doc, None), (&doc, None)).diagram.is_empty());
}

#[test]
fn text_without_blanks_is_compared_by_characters() {
    assert!(diff::text_similarity("用户使用邮箱登录", "用户使用手机登录") > 0.7);
}

#[test]
fn long_documents_without_anything_in_common_are_compared_in_a_moment() {
    let text = |seed: usize| (0..3000).map(|i| paragraph(&format!("w{seed}x{i} v{seed}y{i} u{seed}z{i}"))).collect::<Vec<_>>();
    let began = std::time::Instant::now();
    let diff = compare(text(1), text(2));
    assert_eq!(diff.counts, Counts { added: 3000, removed: 3000, ..Counts::default() });
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_diff_holds_both_versions_whole(a in arbitrary::doc(), b in arbitrary::doc()) {
        let diff = diff::documents((&a, None), (&b, None));
        let (mut before, mut after) = (vec![], vec![]);
        for change in &diff.blocks {
            match change.clone() {
                BlockChange::Same { block } => { before.push(block.clone()); after.push(block) }
                BlockChange::Added { block } => after.push(block),
                BlockChange::Removed { block } => before.push(block),
                BlockChange::Changed { before: old, after: new, similarity, .. } => {
                    prop_assert!((diff::CHANGED..=1.0).contains(&similarity));
                    before.push(old);
                    after.push(new);
                }
            }
        }
        prop_assert_eq!(&serde_json::Value::from(before), &a.without_annotations().to_value()["content"]);
        prop_assert_eq!(&serde_json::Value::from(after), &b.without_annotations().to_value()["content"]);
        let wire: Diff = serde_json::from_str(&serde_json::to_string(&diff).unwrap()).unwrap();
        prop_assert_eq!(wire.counts, diff.counts);
        prop_assert_eq!(diff.is_same(), a.without_annotations() == b.without_annotations());
    }
}
