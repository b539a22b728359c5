//! What styles and numberings of a Word document mean.
use roxmltree::{Document, Node};
use std::collections::HashMap;

/// What a paragraph or run style makes of text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meaning {
    pub title: bool,
    /// An entry of a table of contents: the headings are there themselves.
    pub contents: bool,
    /// 1 to 9.
    pub heading: Option<u8>,
    pub code: bool,
    pub quote: bool,
    pub bold: bool,
    pub italic: bool,
    pub strike: bool,
    /// Numbering and level.
    pub numbering: Option<(String, usize)>,
}

/// The styles of a document by their ids.
#[derive(Default)]
pub struct Styles(HashMap<String, Meaning>);

impl Styles {
    pub fn read(xml: &Document) -> Self {
        let nodes: HashMap<&str, Node> =
            xml.descendants().filter(|n| is(n, "style")).filter_map(|n| Some((attr(&n, "styleId")?, n))).collect();
        Self(nodes.keys().map(|id| ((*id).to_owned(), meaning(&nodes, id, 0))).collect())
    }

    pub fn get(&self, id: &str) -> Meaning {
        self.0.get(id).cloned().unwrap_or_default()
    }
}

fn meaning(styles: &HashMap<&str, Node>, id: &str, depth: usize) -> Meaning {
    let Some(style) = styles.get(id).filter(|_| depth < 20) else { return Meaning::default() };
    let base = child(style, "basedOn").and_then(|n| val(&n).map(str::to_owned));
    let mut is_so = base.map(|base| meaning(styles, &base, depth + 1)).unwrap_or_default();
    let name = child(style, "name").and_then(|n| val(&n).map(str::to_lowercase)).unwrap_or_default();
    let character = attr(style, "type") == Some("character");
    // A title's own style only: a subtitle is based on it.
    is_so.title = name == "title";
    is_so.contents |= name.starts_with("toc ");
    if let Some(level) = name.strip_prefix("heading ").and_then(|n| n.trim().parse().ok()) {
        is_so.heading = Some(level);
    }
    if let Some(properties) = child(style, "pPr") {
        if let Some(level) = child(&properties, "outlineLvl").and_then(|n| val(&n)?.parse::<u8>().ok()) {
            is_so.heading = (level < 9).then_some(level + 1);
        }
        if let Some(numbering) = numbering(&properties) {
            is_so.numbering = Some(numbering);
        }
    }
    let named = |words: &[&str]| words.iter().any(|word| name.contains(word));
    is_so.code |= named(&["code", "preformatted", "verbatim", "macro text", "plain text"]);
    is_so.quote |= named(&["quote", "block text"]);
    if character && let Some(properties) = child(style, "rPr") {
        apply(&properties, &mut is_so);
    }
    is_so
}

/// Takes over what run properties say themselves.
pub fn apply(properties: &Node, meaning: &mut Meaning) {
    for (name, value) in [("b", &mut meaning.bold), ("i", &mut meaning.italic), ("strike", &mut meaning.strike)] {
        if let Some(node) = child(properties, name) {
            *value = !matches!(val(&node), Some("0" | "false" | "off" | "none"));
        }
    }
    let font = child(properties, "rFonts").and_then(|n| attr(&n, "ascii").map(str::to_lowercase)).unwrap_or_default();
    const MONOSPACE: &[&str] = &["courier", "consolas", "mono", "menlo", "monaco", "source code", "fira code", "cascadia"];
    meaning.code |= MONOSPACE.iter().any(|name| font.contains(name));
}

/// The numbering a paragraph asks for; `0` is none.
pub fn numbering(properties: &Node) -> Option<(String, usize)> {
    let numbering = child(properties, "numPr")?;
    let id = child(&numbering, "numId").and_then(|n| val(&n).map(str::to_owned))?;
    let level = child(&numbering, "ilvl").and_then(|n| val(&n)?.parse().ok()).unwrap_or(0);
    Some((id, level))
}

/// How a level of a list counts.
#[derive(Clone, Debug, PartialEq)]
pub enum Counting {
    Bullet,
    /// From a number on, in a look of HTML's.
    Number(u32, Option<&'static str>),
}

/// The numberings of a document.
#[derive(Default)]
pub struct Numberings(HashMap<(String, usize), Counting>);

impl Numberings {
    pub fn read(xml: &Document) -> Self {
        let mut levels: HashMap<(&str, usize), Counting> = HashMap::new();
        for kind in xml.descendants().filter(|n| is(n, "abstractNum")) {
            let id = attr(&kind, "abstractNumId").unwrap_or_default();
            for level in kind.children().filter(|n| is(n, "lvl")) {
                levels.insert((id, ilvl(&level)), counting(&level));
            }
        }
        let mut found = HashMap::new();
        for list in xml.descendants().filter(|n| is(n, "num")) {
            let Some(id) = attr(&list, "numId") else { continue };
            let kind = child(&list, "abstractNumId").and_then(|n| val(&n)).unwrap_or_default();
            for level in 0..9 {
                if let Some(counting) = levels.get(&(kind, level)) {
                    found.insert((id.to_owned(), level), counting.clone());
                }
            }
            for changed in list.children().filter(|n| is(n, "lvlOverride")) {
                let place = (id.to_owned(), ilvl(&changed));
                if let Some(level) = child(&changed, "lvl") {
                    found.insert(place.clone(), counting(&level));
                }
                let start = child(&changed, "startOverride").and_then(|n| val(&n)?.parse().ok());
                if let (Some(start), Some(Counting::Number(begins, _))) = (start, found.get_mut(&place)) {
                    *begins = start;
                }
            }
        }
        Self(found)
    }

    /// How a paragraph of this numbering counts; `None`: it is no item.
    pub fn get(&self, id: &str, level: usize) -> Option<Counting> {
        if id == "0" { None } else { Some(self.0.get(&(id.to_owned(), level)).cloned().unwrap_or(Counting::Bullet)) }
    }
}

fn ilvl(node: &Node) -> usize {
    attr(node, "ilvl").and_then(|n| n.parse().ok()).unwrap_or(0)
}

fn counting(level: &Node) -> Counting {
    let format = child(level, "numFmt").and_then(|n| val(&n)).unwrap_or("decimal");
    let start = child(level, "start").and_then(|n| val(&n)?.parse().ok()).unwrap_or(1);
    match format {
        "bullet" | "none" => Counting::Bullet,
        "lowerLetter" => Counting::Number(start, Some("a")),
        "upperLetter" => Counting::Number(start, Some("A")),
        "lowerRoman" => Counting::Number(start, Some("i")),
        "upperRoman" => Counting::Number(start, Some("I")),
        _ => Counting::Number(start, None),
    }
}

/// Names are compared without their namespace: strict and transitional documents have different ones.
pub fn is(node: &Node, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

pub fn child<'a, 'i>(node: &Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|n| is(n, name))
}

pub fn attr<'a>(node: &Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes().find(|a| a.name() == name).map(|a| a.value())
}

/// The attribute `val` of most elements.
pub fn val<'a>(node: &Node<'a, '_>) -> Option<&'a str> {
    attr(node, "val")
}
