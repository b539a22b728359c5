//! The text of a comment: typed plainly, kept as rich text with its mentions.
use super::{CommentInput, Named};
use crate::mentions::TargetType;
use kernel::Fault;
use richtext::{
    Doc,
    model::{Block, Inline, Mention, Target, join},
};

/// The longest comment in characters.
pub const MAX: usize = 10_000;

/// The typed text as rich text: a paragraph a line, `@label` of what was picked as a mention.
pub fn read(input: &CommentInput) -> Result<Doc, Fault> {
    let text = crate::features::store::text("text", &input.text, MAX)?.ok_or_else(|| Fault::field("text", "is required"))?;
    if input.named.len() > 100 {
        return Err(Fault::field("text", "names more than 100"));
    }
    // The longest name first: "@Ann Lee" is not "@Ann" and a word.
    let mut named: Vec<&Named> = input.named.iter().filter(|n| !n.label.trim().is_empty()).collect();
    named.sort_by_key(|n| std::cmp::Reverse(n.label.len()));
    Ok(Doc::new(text.lines().map(|line| Block::Paragraph(join(inlines(line, &named)))).collect()))
}

fn inlines(line: &str, named: &[&Named]) -> Vec<Inline> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find('@') {
        let (before, after) = rest.split_at(at);
        found.push(Inline::text(before));
        match named.iter().find(|n| after[1..].starts_with(n.label.as_str())) {
            Some(n) => {
                found.push(Inline::Mention(Mention { id: n.id, label: n.label.clone(), target: target(n.kind) }));
                rest = &after[1 + n.label.len()..];
            }
            None => {
                found.push(Inline::text("@"));
                rest = &after[1..];
            }
        }
    }
    found.push(Inline::text(rest));
    found
}

/// What a stored comment names.
pub fn named(doc: &Doc) -> Vec<Named> {
    doc.mentions().into_iter().map(|m| Named { id: m.id, kind: kind(m.target), label: m.label.clone() }).collect()
}

const fn target(kind: TargetType) -> Target {
    match kind {
        TargetType::User => Target::User,
        TargetType::Artifact => Target::Artifact,
        TargetType::Document => Target::Document,
        TargetType::WorkOrder => Target::WorkOrder,
        TargetType::Feature => Target::Feature,
    }
}

const fn kind(target: Target) -> TargetType {
    match target {
        Target::User => TargetType::User,
        Target::Artifact => TargetType::Artifact,
        Target::Document => TargetType::Document,
        Target::WorkOrder => TargetType::WorkOrder,
        Target::Feature => TargetType::Feature,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn names_that_were_picked_become_mentions_and_others_stay_text() {
        let ann = |label: &str, n| Named { id: Uuid::from_u128(n), kind: TargetType::User, label: label.into() };
        let input = CommentInput {
            text: "@Ann Lee and @Ann, not @Bob or a@b".into(),
            named: vec![ann("Ann", 1), ann("Ann Lee", 2)],
            ..Default::default()
        };
        let doc = read(&input).unwrap();
        assert_eq!(named(&doc).iter().map(|n| n.id.as_u128()).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(doc.plain_text(), input.text);
    }
}
