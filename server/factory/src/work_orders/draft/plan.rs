//! The plan in the sections of the template.
use crate::templates::Section;
use richtext::{
    Doc,
    model::{Block, Heading, Inline, Item, Mark, OrderedList, Task},
    stems::{stem, stems},
};
use std::collections::BTreeSet;

/// Steps of one plan.
const MOST_STEPS: usize = 12;

/// What a plan is made of.
#[derive(Default)]
pub struct Known {
    /// The lines of the blueprints with their sections, and how much each is about the work order.
    pub lines: Vec<(f64, String, String)>,
    pub blueprints: Vec<String>,
    /// Files the blueprint names, or that implement it.
    pub named: Vec<String>,
    /// What is near: path, name and lines.
    pub near: Vec<(String, Option<String>, i32, i32)>,
    pub criteria: Vec<String>,
    pub before: Vec<String>,
    pub drifted: bool,
}

fn paragraph(text: impl Into<String>) -> Block {
    Block::Paragraph(vec![Inline::text(text)])
}

fn item(content: Vec<Inline>) -> Item {
    Item { blocks: vec![Block::Paragraph(richtext::model::join(content))] }
}

fn code(text: impl Into<String>) -> Inline {
    Inline::marked(text, vec![Mark::Code])
}

fn heading(level: u8, title: &str) -> Block {
    Block::Heading(Heading { level, section_id: None, content: vec![Inline::text(title)] })
}

/// What a section of the template is for.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Context,
    Work,
    Tests,
    Notes,
}

fn role(title: &str) -> Option<Role> {
    let words = stems(title);
    let any = |names: &[&str]| names.iter().any(|n| words.contains(&stem(n)));
    if any(&["test", "verification", "proof", "check", "acceptance", "criteria"]) {
        Some(Role::Tests)
    } else if any(&["context", "background", "source"]) {
        Some(Role::Context)
    } else if any(&["work", "step", "implementation", "plan", "task", "change"]) {
        Some(Role::Work)
    } else if any(&["note", "risk", "trap", "question"]) {
        Some(Role::Notes)
    } else {
        None
    }
}

/// The plan in the sections of the template; what has no section of its own there comes behind.
pub fn plan(known: &Known, sections: &[Section]) -> Doc {
    let mut blocks = Vec::new();
    let mut said: Vec<Role> = Vec::new();
    for section in sections {
        let role = role(&section.heading).filter(|role| !said.contains(role));
        let body = match role {
            Some(role) => {
                said.push(role);
                of(role, known)
            }
            None => richtext::markdown::parse(&section.body).ok().filter(|d| !d.is_empty()).map(|d| d.blocks).unwrap_or_default(),
        };
        if !body.is_empty() {
            blocks.push(heading(section.level.clamp(1, 4), &section.heading));
            blocks.extend(body);
        }
    }
    for (role, title) in [(Role::Work, "Work"), (Role::Tests, "Proof"), (Role::Notes, "Notes")] {
        if !said.contains(&role) {
            let body = of(role, known);
            if !body.is_empty() {
                blocks.push(heading(2, title));
                blocks.extend(body);
            }
        }
    }
    Doc::new(blocks)
}

fn of(role: Role, known: &Known) -> Vec<Block> {
    match role {
        Role::Context => {
            let from: Vec<Item> = known
                .blueprints
                .iter()
                .map(|b| item(vec![Inline::text("Blueprint: "), Inline::text(b.clone())]))
                .chain(known.before.iter().map(|b| item(vec![Inline::text("Waits for "), Inline::text(b.clone())])))
                .collect();
            if from.is_empty() { Vec::new() } else { vec![Block::BulletList(from)] }
        }
        Role::Work => work(known),
        Role::Tests if known.criteria.is_empty() => Vec::new(),
        Role::Tests => {
            let task = |c: &String| Task { checked: false, blocks: vec![paragraph(format!("Test: {c}"))] };
            vec![Block::TaskList(known.criteria.iter().map(task).collect())]
        }
        Role::Notes if known.drifted => {
            vec![paragraph("The blueprint was changed since this work order was last in line with it: look at both before you begin.")]
        }
        Role::Notes => Vec::new(),
    }
}

/// The steps in the order of the blueprint, then the code to look at.
fn work(known: &Known) -> Vec<Block> {
    let mut best: Vec<usize> = (0..known.lines.len()).collect();
    best.sort_by(|a, b| known.lines[*b].0.total_cmp(&known.lines[*a].0).then(a.cmp(b)));
    best.truncate(MOST_STEPS);
    best.sort_unstable();
    let mut once = BTreeSet::new();
    let mut steps: Vec<Item> = best
        .into_iter()
        .map(|at| &known.lines[at])
        .filter(|(_, _, line)| once.insert(line.to_lowercase()))
        .map(|(_, section, line)| match section.as_str() {
            "" => item(vec![Inline::text(line.clone())]),
            section => item(vec![Inline::marked(section, vec![Mark::Bold]), Inline::text(format!(": {line}"))]),
        })
        .collect();
    if steps.is_empty() {
        steps = known.criteria.iter().map(|c| item(vec![Inline::text(format!("Make it so: {c}"))])).collect();
    }
    let mut blocks = Vec::new();
    if !steps.is_empty() {
        blocks.push(Block::OrderedList(OrderedList { start: 1, style: None, items: steps }));
    }
    let named = known.named.iter().map(|path| item(vec![code(path.clone()), Inline::text(", which the blueprint names")]));
    let near = known.near.iter().map(|(path, name, from, to)| {
        let what = name.as_ref().map(|name| format!(", {name}")).unwrap_or_default();
        item(vec![code(path.clone()), Inline::text(format!("{what}, lines {from} to {to}"))])
    });
    let files: Vec<Item> = named.chain(near).collect();
    if !files.is_empty() {
        blocks.push(paragraph("Code to look at:"));
        blocks.push(Block::BulletList(files));
    }
    blocks
}
