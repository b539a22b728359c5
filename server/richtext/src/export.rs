//! What an export is made of: one document, a module, or a whole project.
use crate::model::{Block, Doc};
use crate::text::each_block;
use std::collections::HashMap;
use uuid::Uuid;

/// A book: documents behind each other under one title.
pub struct Book<'a> {
    pub title: &'a str,
    /// What it belongs to: the project, the organization.
    pub subtitle: &'a str,
    /// The day it was made, as people write it.
    pub date: &'a str,
    pub parts: Vec<Part<'a>>,
    /// A cover and a table of contents; a document alone needs neither.
    pub cover: bool,
    pub pictures: &'a Pictures,
}

/// A document of a book.
pub struct Part<'a> {
    pub title: &'a str,
    pub content: &'a Doc,
    /// The source of its system diagram.
    pub diagram: Option<&'a str>,
}

/// The pictures an export shows. What is missing shows as its source or its description.
#[derive(Clone, Debug, Default)]
pub struct Pictures {
    /// Diagrams as SVG, by their Mermaid source.
    pub diagrams: HashMap<String, String>,
    /// Artifacts as they are stored: PNG, JPEG, GIF, WebP, SVG.
    pub images: HashMap<Uuid, Vec<u8>>,
}

impl<'a> Book<'a> {
    /// One document without a cover.
    pub fn of_document(title: &'a str, content: &'a Doc, diagram: Option<&'a str>, pictures: &'a Pictures) -> Self {
        Self { title, subtitle: "", date: "", parts: vec![Part { title, content, diagram }], cover: false, pictures }
    }

    /// The sources of all diagrams, each once: what has to be drawn before the export.
    pub fn diagrams(&self) -> Vec<&'a str> {
        let mut found: Vec<&'a str> = vec![];
        for part in &self.parts {
            found.extend(part.diagram.filter(|source| !source.trim().is_empty()));
            each_block(&part.content.blocks, &mut |block| {
                if let Block::Mermaid(source) = block {
                    found.push(source);
                }
            });
        }
        let mut once = std::collections::HashSet::new();
        found.retain(|source| once.insert(*source));
        found
    }
}
