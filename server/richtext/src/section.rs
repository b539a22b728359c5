//! Sections: a heading to the next of the same or a higher level; the text before the first heading is `root`.
use crate::model::*;
use crate::text::inline_text;
use std::collections::HashSet;
use std::ops::Range;

/// The id of the text before the first heading.
pub const ROOT: &str = "root";

/// A section and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The heading's section id. A heading without one, or with one that stood before, goes by its title.
    pub id: String,
    /// 1 to 4; 0 for the root.
    pub level: u8,
    pub title: String,
    /// Its blocks: heading, text and the sections below it.
    pub blocks: Range<usize>,
    /// Where its own text ends and the first section below it begins.
    pub own_end: usize,
}

impl Section {
    /// The place of its own text, without heading and without the sections below it.
    pub fn body(&self) -> Range<usize> {
        let start = if self.level == 0 { self.blocks.start } else { self.blocks.start + 1 };
        start..self.own_end
    }
}

impl Doc {
    /// The sections in order, the root first, parents before their children.
    pub fn sections(&self) -> Vec<Section> {
        let headings: Vec<(usize, &Heading)> = self
            .blocks
            .iter()
            .enumerate()
            .filter_map(|(at, block)| if let Block::Heading(heading) = block { Some((at, heading)) } else { None })
            .collect();
        let end = self.blocks.len();
        let first = headings.first().map_or(end, |(at, _)| *at);
        let mut sections = vec![Section { id: ROOT.into(), level: 0, title: String::new(), blocks: 0..first, own_end: first }];
        let mut taken = HashSet::from([ROOT.to_owned()]);
        for (n, (at, heading)) in headings.iter().enumerate() {
            let title = inline_text(&heading.content).trim().to_owned();
            let wanted = heading.section_id.clone().unwrap_or_else(|| slug(&title));
            let id = (1..).map(|n| if n == 1 { wanted.clone() } else { format!("{wanted}-{n}") }).find(|id| !taken.contains(id));
            let id = id.unwrap_or(wanted);
            taken.insert(id.clone());
            let rest = &headings[n + 1..];
            sections.push(Section {
                id,
                level: heading.level,
                title,
                blocks: *at..rest.iter().find(|(_, next)| next.level <= heading.level).map_or(end, |(at, _)| *at),
                own_end: rest.first().map_or(end, |(at, _)| *at),
            });
        }
        sections
    }

    /// The section with this id.
    pub fn section(&self, id: &str) -> Option<Section> {
        self.sections().into_iter().find(|section| section.id == id)
    }

    /// Gives every heading on the top level the id its section goes by, so that it keeps it when its title changes.
    pub fn name_sections(&mut self) {
        for section in self.sections().into_iter().skip(1) {
            if let Some(Block::Heading(heading)) = self.blocks.get_mut(section.blocks.start) {
                heading.section_id = Some(section.id);
            }
        }
    }
}

/// A title as an id: letters and digits of any script, lower case, `-` between.
fn slug(title: &str) -> String {
    let words: Vec<String> = title.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
    let slug: String = words.join("-").chars().take(80).collect();
    if slug.is_empty() { "section".into() } else { slug }
}
