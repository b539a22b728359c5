//! Diagrams drawn by the server, for files that no browser draws them for.
use super::text::Text;
use richtext::{each_block, export::Pictures, model::Block};
use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// A diagram that is larger stays its source.
const MOST: usize = 100 * 1024;

/// Draws the diagrams of these texts that are not among the pictures yet. One that cannot be drawn stays its source in the
/// file. It takes its time: not for a thread that answers requests.
pub(crate) fn draw<'a>(texts: impl IntoIterator<Item = &'a Text>, pictures: &mut Pictures) {
    let mut sources = HashSet::new();
    for text in texts {
        sources.extend(text.diagram.as_deref());
        each_block(&text.doc.blocks, &mut |block| {
            if let Block::Mermaid(source) = block {
                sources.insert(source);
            }
        });
    }
    for source in sources.into_iter().filter(|source| source.len() <= MOST && !source.trim().is_empty()) {
        if !pictures.diagrams.contains_key(source) {
            pictures.diagrams.extend(svg(source).map(|svg| (source.to_owned(), svg)));
        }
    }
}

/// A Mermaid diagram as SVG; `None` for what the renderer does not know.
fn svg(source: &str) -> Option<String> {
    // The renderer is young: what makes it panic is one diagram less, not one file less.
    catch_unwind(AssertUnwindSafe(|| mermaid_rs_renderer::render(source))).ok()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use richtext::{Doc, markdown};

    #[test]
    fn what_no_browser_drew_is_drawn_and_what_cannot_be_stays_out() {
        let doc = markdown::parse("```mermaid\nflowchart LR\n  A[Вход] --> B\n```\n\n```mermaid\nno diagram\n```\n").unwrap();
        let said = Text { doc, diagram: Some("sequenceDiagram\n  A->>B: Pay".to_owned()) };
        let drawn = Text { doc: Doc::default(), diagram: Some("drawn".to_owned()) };
        let mut pictures = Pictures::default();
        pictures.diagrams.insert("drawn".to_owned(), "by a browser".to_owned());
        draw([&said, &drawn], &mut pictures);
        assert_eq!(pictures.diagrams.len(), 3, "{:?}", pictures.diagrams.keys());
        assert_eq!(pictures.diagrams["drawn"], "by a browser");
        let flow = pictures.diagrams.iter().find(|(source, _)| source.contains("Вход")).unwrap().1;
        assert!(flow.starts_with("<svg") && flow.contains("Вход"), "{flow}");
    }
}
