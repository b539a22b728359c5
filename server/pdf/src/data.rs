//! What a book says, as the template reads it.
use resvg::usvg;
use richtext::{
    export::{Book, Part},
    model::*,
};
use serde_json::{Value, json};
use std::collections::HashMap;

/// The data as JSON, and the pictures by their names.
pub fn of(book: &Book) -> (String, HashMap<String, Vec<u8>>) {
    let mut pages = Pages { book, pictures: HashMap::new() };
    let parts: Vec<Value> = book.parts.iter().map(|part| pages.part(part)).collect();
    let data = json!({ "title": book.title, "subtitle": book.subtitle, "date": book.date, "cover": book.cover, "parts": parts });
    (data.to_string(), pages.pictures)
}

struct Pages<'a> {
    book: &'a Book<'a>,
    pictures: HashMap<String, Vec<u8>>,
}

impl Pages<'_> {
    fn part(&mut self, part: &Part) -> Value {
        // In a book the title of a part is the highest heading.
        let lower = u8::from(self.book.cover);
        let mut content = vec![];
        if let Some(source) = part.diagram.filter(|source| !source.trim().is_empty()) {
            content.push(self.diagram(source, part.title));
        }
        content.extend(part.content.settled().blocks.iter().map(|block| self.block(block, lower)));
        json!({ "title": part.title, "content": content })
    }

    fn blocks(&mut self, blocks: &[Block], lower: u8) -> Vec<Value> {
        blocks.iter().map(|block| self.block(block, lower)).collect()
    }

    fn block(&mut self, block: &Block, lower: u8) -> Value {
        match block {
            Block::Heading(heading) => {
                let mut value = block.to_value();
                value["attrs"]["level"] = (heading.level + lower).into();
                value
            }
            Block::BulletList(items) => json!({ "type": "bulletList", "content": self.items(items, lower) }),
            Block::OrderedList(list) => {
                let attrs = json!({ "start": list.start, "type": list.style.as_deref().unwrap_or("1") });
                json!({ "type": "orderedList", "attrs": attrs, "content": self.items(&list.items, lower) })
            }
            Block::TaskList(tasks) => {
                let tasks = tasks.iter().map(|t| json!({ "attrs": { "checked": t.checked }, "content": self.blocks(&t.blocks, lower) }));
                json!({ "type": "taskList", "content": tasks.collect::<Vec<_>>() })
            }
            Block::Quote(inner) => json!({ "type": "blockquote", "content": self.blocks(inner, lower) }),
            Block::Table(rows) => self.table(rows, lower),
            Block::Image(image) => {
                let alt = image.alt.as_deref().filter(|alt| !alt.is_empty()).unwrap_or("Picture");
                match self.book.pictures.images.get(&image.artifact).and_then(|bytes| known(bytes)) {
                    Some((extension, bytes)) => self.picture(extension, bytes, alt, image.width),
                    None => json!({ "type": "missing", "attrs": { "alt": alt } }),
                }
            }
            Block::Mermaid(source) => self.diagram(source, "Diagram"),
            Block::Paragraph(_) | Block::Code(_) | Block::Rule => block.to_value(),
        }
    }

    fn items(&mut self, items: &[Item], lower: u8) -> Vec<Value> {
        items.iter().map(|item| json!({ "content": self.blocks(&item.blocks, lower) })).collect()
    }

    /// A diagram as a picture, or as its source where nobody drew it.
    fn diagram(&mut self, source: &str, alt: &str) -> Value {
        match self.book.pictures.diagrams.get(source).filter(|svg| is_svg(svg)) {
            Some(svg) => self.picture("svg", svg.clone().into_bytes(), alt, None),
            None => Block::Code(Code { language: None, text: source.to_owned() }).to_value(),
        }
    }

    fn picture(&mut self, extension: &str, bytes: Vec<u8>, alt: &str, width: Option<u32>) -> Value {
        let path = format!("{}.{extension}", self.pictures.len() + 1);
        self.pictures.insert(path.clone(), bytes);
        json!({ "type": "picture", "attrs": { "path": path, "alt": alt, "width": width } })
    }

    /// A table with a place for each cell. Cells that would cover each other are narrowed, so that any table is set.
    fn table(&mut self, rows: &[Row], lower: u8) -> Value {
        let columns = rows.iter().map(|row| row.cells.iter().map(|c| c.colspan).sum::<u32>()).max().unwrap_or(0).clamp(1, 100) as usize;
        let mut taken = vec![vec![false; columns]; rows.len()];
        let mut cells = vec![];
        let mut widths = vec![0_u32; columns];
        let head = rows.first().is_some_and(|row| !row.cells.is_empty() && row.cells.iter().all(|c| c.header && c.rowspan == 1));
        for (y, row) in rows.iter().enumerate() {
            for cell in &row.cells {
                let Some(x) = taken[y].iter().position(|taken| !taken) else { break };
                let free = taken[y][x..].iter().take_while(|taken| !**taken).count();
                let colspan = (cell.colspan as usize).min(free);
                let rowspan = (cell.rowspan as usize).min(rows.len() - y);
                taken[y..y + rowspan].iter_mut().for_each(|row| row[x..x + colspan].fill(true));
                if let Some(given) = &cell.colwidth {
                    widths[x..x + colspan].iter_mut().zip(given).for_each(|(width, given)| *width = *given);
                }
                cells.push(json!({
                    "x": x, "y": y, "colspan": colspan, "rowspan": rowspan, "header": cell.header,
                    "align": cell.align.map(Align::name), "content": self.blocks(&cell.blocks, lower),
                }));
            }
        }
        // Dragged widths say something only where every column has one.
        if widths.contains(&0) {
            widths.fill(0);
        }
        json!({ "type": "table", "widths": widths, "head": u8::from(head), "cells": cells })
    }
}

/// A stored picture of a kind typst shows.
fn known(bytes: &[u8]) -> Option<(&'static str, Vec<u8>)> {
    use image::ImageFormat::{Gif, Jpeg, Png, WebP};
    let extension = match image::guess_format(bytes) {
        Ok(Png) => "png",
        Ok(Jpeg) => "jpg",
        Ok(Gif) => "gif",
        Ok(WebP) => "webp",
        _ => return std::str::from_utf8(bytes).ok().filter(|svg| is_svg(svg)).map(|svg| ("svg", svg.as_bytes().to_vec())),
    };
    // A damaged picture would spoil the whole book.
    image::load_from_memory(bytes).ok()?;
    Some((extension, bytes.to_vec()))
}

fn is_svg(text: &str) -> bool {
    let resolver = usvg::ImageHrefResolver { resolve_string: Box::new(|_, _| None), ..usvg::ImageHrefResolver::default() };
    usvg::Tree::from_str(text, &usvg::Options { image_href_resolver: resolver, ..usvg::Options::default() }).is_ok()
}
