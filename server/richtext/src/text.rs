//! A document as plain text, and the walk over its lines.
use crate::model::*;

impl Doc {
    /// The text without any marks: one line for each paragraph, item, table row and line of code.
    pub fn plain_text(&self) -> String {
        blocks_text(&self.blocks)
    }

    /// Calls `visit` with every mention, in order.
    pub fn mentions(&self) -> Vec<&Mention> {
        let mut found = vec![];
        self.each_inline(&mut |inline| {
            if let Inline::Mention(mention) = inline {
                found.push(mention);
            }
        });
        found
    }

    /// The ids of the artifacts shown as pictures, in order, each once.
    pub fn images(&self) -> Vec<uuid::Uuid> {
        let mut found = vec![];
        each_block(&self.blocks, &mut |block| {
            if let Block::Image(image) = block
                && !found.contains(&image.artifact)
            {
                found.push(image.artifact);
            }
        });
        found
    }

    /// Every run, break and mention in order.
    pub fn each_inline<'a>(&'a self, visit: &mut dyn FnMut(&'a Inline)) {
        each_block(&self.blocks, &mut |block| {
            if let Block::Paragraph(content) | Block::Heading(Heading { content, .. }) = block {
                content.iter().for_each(&mut *visit);
            }
        });
    }

    /// The document with suggested changes decided: `Some(true)` takes a suggestion over, `Some(false)` drops it,
    /// `None` leaves it open.
    pub fn with_suggestions(&self, decide: &dyn Fn(&str) -> Option<bool>) -> Self {
        let mut doc = self.clone();
        each_block_mut(&mut doc.blocks, &mut |block| {
            let (Block::Paragraph(content) | Block::Heading(Heading { content, .. })) = block else { return };
            content.retain_mut(|inline| {
                let Inline::Text(run) = inline else { return true };
                let mut kept = true;
                run.marks.retain(|mark| {
                    let decided = match mark {
                        Mark::SuggestionAdd { id } => decide(id),
                        Mark::SuggestionDelete { id } => decide(id).map(|accepted| !accepted),
                        _ => None,
                    };
                    kept &= decided.unwrap_or(true);
                    decided.is_none()
                });
                kept
            });
            *content = join(std::mem::take(content));
        });
        doc
    }

    /// The document as it counts today: what is only suggested is not yet there, talk about the text is left out.
    pub fn settled(&self) -> Self {
        self.with_suggestions(&|_| Some(false)).without_annotations()
    }

    /// The document without what is only talk about it: comment and suggestion marks and section ids. Two documents
    /// that say the same are equal in this form.
    pub fn without_annotations(&self) -> Self {
        Self { blocks: self.blocks.iter().map(Block::without_annotations).collect() }
    }
}

impl Block {
    /// The block's text, as in [`Doc::plain_text`].
    pub fn plain_text(&self) -> String {
        blocks_text(std::slice::from_ref(self))
    }

    /// The block as [`Doc::without_annotations`] has it.
    pub fn without_annotations(&self) -> Self {
        let mut block = self.clone();
        each_block_mut(std::slice::from_mut(&mut block), &mut |block| {
            if let Self::Heading(heading) = block {
                heading.section_id = None;
            }
            if let Self::Paragraph(content) | Self::Heading(Heading { content, .. }) = block {
                for inline in content.iter_mut() {
                    if let Inline::Text(run) = inline {
                        run.marks.retain(|mark| !mark.is_annotation());
                    }
                }
                *content = join(std::mem::take(content));
            }
        });
        block
    }
}

/// Every block, those within others too, parents first.
pub fn each_block<'a>(blocks: &'a [Block], visit: &mut dyn FnMut(&'a Block)) {
    for block in blocks {
        visit(block);
        match block {
            Block::BulletList(items) | Block::OrderedList(OrderedList { items, .. }) => {
                items.iter().for_each(|item| each_block(&item.blocks, visit));
            }
            Block::TaskList(tasks) => tasks.iter().for_each(|task| each_block(&task.blocks, visit)),
            Block::Quote(inner) => each_block(inner, visit),
            Block::Table(rows) => rows.iter().flat_map(|r| &r.cells).for_each(|cell| each_block(&cell.blocks, visit)),
            Block::Paragraph(_) | Block::Heading(_) | Block::Code(_) | Block::Rule | Block::Image(_) | Block::Mermaid(_) => {}
        }
    }
}

/// The same with the right to change them.
pub fn each_block_mut(blocks: &mut [Block], visit: &mut dyn FnMut(&mut Block)) {
    for block in blocks {
        visit(block);
        match block {
            Block::BulletList(items) | Block::OrderedList(OrderedList { items, .. }) => {
                items.iter_mut().for_each(|item| each_block_mut(&mut item.blocks, visit));
            }
            Block::TaskList(tasks) => tasks.iter_mut().for_each(|task| each_block_mut(&mut task.blocks, visit)),
            Block::Quote(inner) => each_block_mut(inner, visit),
            Block::Table(rows) => rows.iter_mut().flat_map(|r| &mut r.cells).for_each(|cell| each_block_mut(&mut cell.blocks, visit)),
            Block::Paragraph(_) | Block::Heading(_) | Block::Code(_) | Block::Rule | Block::Image(_) | Block::Mermaid(_) => {}
        }
    }
}

/// The text of a line.
pub fn inline_text(content: &[Inline]) -> String {
    let mut text = String::new();
    for inline in content {
        match inline {
            Inline::Text(run) => text.push_str(&run.text),
            Inline::Break => text.push('\n'),
            Inline::Mention(mention) => {
                text.push('@');
                text.push_str(&mention.label);
            }
        }
    }
    text
}

/// The text of blocks, a line each.
pub fn blocks_text(blocks: &[Block]) -> String {
    let mut lines = vec![];
    for block in blocks {
        lines_of(block, &mut lines);
    }
    lines.join("\n")
}

fn lines_of(block: &Block, lines: &mut Vec<String>) {
    let inner = |blocks: &[Block], lines: &mut Vec<String>| blocks.iter().for_each(|b| lines_of(b, lines));
    match block {
        Block::Paragraph(content) | Block::Heading(Heading { content, .. }) => lines.push(inline_text(content)),
        Block::BulletList(items) | Block::OrderedList(OrderedList { items, .. }) => items.iter().for_each(|i| inner(&i.blocks, lines)),
        Block::TaskList(tasks) => tasks.iter().for_each(|t| inner(&t.blocks, lines)),
        Block::Code(Code { text, .. }) | Block::Mermaid(text) => lines.push(text.clone()),
        Block::Quote(blocks) => inner(blocks, lines),
        Block::Rule => {}
        Block::Image(image) => lines.extend(image.alt.clone()),
        Block::Table(rows) => {
            lines.extend(rows.iter().map(|row| row.cells.iter().map(|c| blocks_text(&c.blocks)).collect::<Vec<_>>().join("\t")));
        }
    }
}
