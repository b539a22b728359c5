//! Tables of Word: joined cells are given by row, here by cell.
use super::read::Reader;
use super::style::{attr, child, is, val};
use crate::model::*;
use roxmltree::Node;

/// A table; `level` is the one its cells' content stands on.
pub fn table(reader: &mut Reader, node: &Node, level: usize) -> Option<Block> {
    let first_is_head = child(node, "tblPr").and_then(|p| child(&p, "tblLook")).is_some_and(|look| {
        let bits = val(&look).and_then(|v| u32::from_str_radix(v, 16).ok()).unwrap_or(0);
        attr(&look, "firstRow") == Some("1") || bits & 0x20 != 0
    });
    let mut rows: Vec<Row> = vec![];
    // For each column: the cell above it that may reach further down, as row and cell.
    let mut above: Vec<Option<(usize, usize)>> = vec![];
    for (number, tr) in node.children().filter(|n| is(n, "tr")).enumerate() {
        let marked = child(&tr, "trPr").is_some_and(|p| child(&p, "tblHeader").is_some());
        let head = marked || (number == 0 && first_is_head);
        let mut row = Row::default();
        let mut column = 0;
        for tc in cells(&tr) {
            let properties = child(&tc, "tcPr");
            let span = |name: &str| properties.and_then(|p| child(&p, name));
            let colspan = span("gridSpan").and_then(|n| val(&n)?.parse::<u32>().ok()).unwrap_or(1).clamp(1, 1000);
            above.resize(above.len().max(column + colspan as usize), None);
            let continues = span("vMerge").is_some_and(|n| val(&n).is_none_or(|v| v == "continue"));
            match above[column].filter(|_| continues) {
                Some((row, cell)) => rows[row].cells[cell].rowspan += 1,
                None => {
                    above[column..column + colspan as usize].fill(Some((number, row.cells.len())));
                    let mut cell = Cell::new(head, reader.blocks(&tc, level));
                    cell.colspan = colspan;
                    row.cells.push(cell);
                }
            }
            column += colspan as usize;
        }
        rows.push(row);
    }
    for cell in rows.iter_mut().flat_map(|row| &mut row.cells) {
        cell.rowspan = cell.rowspan.min(10_000);
        if cell.blocks.is_empty() {
            cell.blocks.push(Block::Paragraph(vec![]));
        }
    }
    rows.iter().any(|row| !row.cells.is_empty()).then_some(Block::Table(rows))
}

/// The cells of a row, those in content controls too.
fn cells<'a, 'i>(tr: &Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    let inner = |n: Node<'a, 'i>| match child(&n, "sdtContent") {
        Some(content) if is(&n, "sdt") => content.children().filter(|n| is(n, "tc")).collect(),
        _ => vec![n],
    };
    tr.children().flat_map(inner).filter(|n| is(n, "tc")).collect()
}
