//! Lists out of a row of paragraphs that only know their level.
use super::style::Counting;
use crate::model::*;

/// What an item begins with.
#[derive(Clone, Debug, PartialEq)]
pub enum Marker {
    Counted(Counting),
    Box { checked: bool },
}

/// Adds an item on a level below the last list; `joins`: it may continue the list there.
pub fn push(blocks: &mut Vec<Block>, level: usize, marker: &Marker, joins: bool, content: Vec<Inline>) {
    if level > 0
        && let Some(inner) = blocks.last_mut().and_then(last_item)
    {
        return push(inner, level - 1, marker, joins, content);
    }
    let first = vec![Block::Paragraph(content)];
    match (marker, blocks.last_mut()) {
        (Marker::Box { checked }, Some(Block::TaskList(tasks))) if joins => tasks.push(Task { checked: *checked, blocks: first }),
        (Marker::Counted(Counting::Bullet), Some(Block::BulletList(items))) if joins => items.push(Item { blocks: first }),
        (Marker::Counted(Counting::Number(..)), Some(Block::OrderedList(list))) if joins => list.items.push(Item { blocks: first }),
        (Marker::Box { checked }, _) => blocks.push(Block::TaskList(vec![Task { checked: *checked, blocks: first }])),
        (Marker::Counted(Counting::Bullet), _) => blocks.push(Block::BulletList(vec![Item { blocks: first }])),
        (Marker::Counted(Counting::Number(start, style)), _) => {
            let style = style.map(str::to_owned);
            blocks.push(Block::OrderedList(OrderedList { start: *start, style, items: vec![Item { blocks: first }] }));
        }
    }
}

/// The blocks of the last item of a list.
pub fn last_item(list: &mut Block) -> Option<&mut Vec<Block>> {
    match list {
        Block::BulletList(items) | Block::OrderedList(OrderedList { items, .. }) => items.last_mut().map(|i| &mut i.blocks),
        Block::TaskList(tasks) => tasks.last_mut().map(|t| &mut t.blocks),
        _ => None,
    }
}
