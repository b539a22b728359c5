//! ProseMirror JSON to types: the schema.
use crate::error::{Error, MAX_BYTES, MAX_LEVELS};
use crate::model::*;
use serde_json::{Map, Value};

/// What was left out of a document that did not keep the schema, and why.
pub type LeftOut = Vec<Error>;

impl Doc {
    /// Reads JSON text; at most 2 MiB of it.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_BYTES {
            return Err(Error::TooLarge);
        }
        let value = serde_json::from_slice(bytes).map_err(|e| Error::at("$", format!("This is not JSON: {e}")))?;
        Reader::default().doc(&value)
    }

    /// Reads a JSON value; the same limits hold.
    pub fn from_value(value: &Value) -> Result<Self, Error> {
        check_size(value)?;
        Reader::default().doc(value)
    }

    /// Reads what can be read. A node that breaks the schema is left out as the editor leaves it out: two people who
    /// type at once may make one (an emptied list), and the rest of their text has to be kept.
    pub fn salvage(value: &Value) -> (Self, LeftOut) {
        let mut reader = Reader { left_out: Some(vec![]) };
        let doc = reader.doc(value);
        let mut left_out = reader.left_out.unwrap_or_default();
        (
            doc.unwrap_or_else(|e| {
                left_out.push(e);
                Self::default()
            }),
            left_out,
        )
    }
}

/// Blocks from a JSON array, for parts of documents.
pub fn blocks_from_value(value: &Value) -> Result<Vec<Block>, Error> {
    check_size(value)?;
    Reader::default().many(value, &Path::root(), 1, Reader::block)
}

fn check_size(value: &Value) -> Result<(), Error> {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            if self.0 > MAX_BYTES { Err(std::io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes.len()) }
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    serde_json::to_writer(Count(0), value).map_err(|_| Error::TooLarge)
}

/// A place in the JSON; it becomes text only where something is wrong.
struct Path<'a> {
    up: Option<&'a Path<'a>>,
    key: &'a str,
    index: Option<usize>,
}

impl<'a> Path<'a> {
    fn root() -> Self {
        Self { up: None, key: "$", index: None }
    }
    fn key(&'a self, key: &'a str) -> Path<'a> {
        Path { up: Some(self), key, index: None }
    }
    fn item(&'a self, key: &'a str, index: usize) -> Path<'a> {
        Path { up: Some(self), key, index: Some(index) }
    }
    fn text(&self) -> String {
        let mut text = match self.up {
            Some(up) => format!("{}.{}", up.text(), self.key),
            None => self.key.to_owned(),
        };
        if let Some(index) = self.index {
            text.push_str(&format!("[{index}]"));
        }
        text
    }
    fn wrong(&self, message: impl Into<String>) -> Error {
        Error::at(self.text(), message)
    }
}

#[derive(Default)]
struct Reader {
    /// Present: nodes that break the schema are left out and noted here.
    left_out: Option<LeftOut>,
}

impl Reader {
    fn doc(&mut self, value: &Value) -> Result<Doc, Error> {
        let path = Path::root();
        let node = Node::of(value, &path)?;
        if node.kind != "doc" {
            return Err(path.key("type").wrong(format!("A document begins with \"doc\", not \"{}\".", shown(node.kind))));
        }
        node.attrs(&path)?.finish()?;
        Ok(Doc::new(self.children(&node, &path, 1, Self::block)?))
    }

    /// The children of a node through one reader of them.
    fn children<T>(
        &mut self,
        node: &Node,
        path: &Path,
        level: usize,
        read: impl FnMut(&mut Self, &Value, &Path, usize) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        match node.map.get("content") {
            None | Some(Value::Null) => Ok(vec![]),
            Some(content) => self.many(content, path, level, read),
        }
    }

    fn many<T>(
        &mut self,
        content: &Value,
        path: &Path,
        level: usize,
        mut read: impl FnMut(&mut Self, &Value, &Path, usize) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let Value::Array(content) = content else {
            return Err(path.key("content").wrong("\"content\" has to be a list."));
        };
        if level > MAX_LEVELS && !content.is_empty() {
            return Err(path.wrong(format!("The document nests deeper than {MAX_LEVELS} levels.")));
        }
        let mut items = Vec::with_capacity(content.len());
        for (index, child) in content.iter().enumerate() {
            let place = path.item("content", index);
            match (read(self, child, &place, level), &mut self.left_out) {
                (Ok(item), _) => items.push(item),
                (Err(error), Some(left_out)) => left_out.push(error),
                (Err(error), None) => return Err(error),
            }
        }
        Ok(items)
    }

    /// Children of which there has to be one.
    fn some<T>(
        &mut self,
        node: &Node,
        path: &Path,
        level: usize,
        read: fn(&mut Self, &Value, &Path, usize) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let items = self.children(node, path, level, read)?;
        if items.is_empty() {
            return Err(path.wrong(format!("\"{}\" may not be empty.", node.kind)));
        }
        Ok(items)
    }

    fn block(&mut self, value: &Value, path: &Path, level: usize) -> Result<Block, Error> {
        let node = Node::of(value, path)?;
        let mut attrs = node.attrs(path)?;
        let below = level + 1;
        if node.map.get("marks").is_some_and(|m| !m.is_null() && m.as_array().is_none_or(|m| !m.is_empty())) {
            return Err(path.key("marks").wrong("A block cannot have marks."));
        }
        let block = match node.kind {
            "paragraph" => Block::Paragraph(self.inlines(&node, path, below)?),
            "heading" => Block::Heading(Heading {
                level: match attrs.number("level", 1, 4)? {
                    Some(level) => level as u8,
                    None => return Err(path.key("attrs").wrong("A heading needs a level from 1 to 4.")),
                },
                section_id: attrs.text("sectionId", 100)?.filter(|id| !id.is_empty()),
                content: self.inlines(&node, path, below)?,
            }),
            "bulletList" => Block::BulletList(self.some(&node, path, below, Self::item)?),
            "orderedList" => Block::OrderedList(OrderedList {
                start: attrs.number("start", 0, 1_000_000_000)?.unwrap_or(1),
                style: match attrs.text("type", 1)? {
                    Some(style) if !["1", "a", "A", "i", "I"].contains(&style.as_str()) => {
                        return Err(path.key("attrs").key("type").wrong("Numbers look like 1, a, A, i or I."));
                    }
                    style => style,
                },
                items: self.some(&node, path, below, Self::item)?,
            }),
            "taskList" => Block::TaskList(self.some(&node, path, below, Self::task)?),
            "codeBlock" => {
                Block::Code(Code { language: attrs.text("language", 100)?.filter(|l| !l.is_empty()), text: self.code(&node, path, below)? })
            }
            "blockquote" => Block::Quote(self.some(&node, path, below, Self::block)?),
            "table" => Block::Table(self.some(&node, path, below, Self::row)?),
            "horizontalRule" => Block::Rule,
            "image" => Block::Image(image(&mut attrs, path)?),
            "mermaidBlock" => Block::Mermaid(attrs.text("code", MAX_BYTES)?.unwrap_or_default()),
            other => return Err(path.key("type").wrong(misplaced(other, "a block"))),
        };
        if matches!(block, Block::Rule | Block::Image(_) | Block::Mermaid(_)) {
            node.leaf(path)?;
        }
        attrs.finish()?;
        Ok(block)
    }

    fn item(&mut self, value: &Value, path: &Path, level: usize) -> Result<Item, Error> {
        let node = Node::of(value, path)?;
        node.expect(path, &["listItem"], "a list")?;
        node.attrs(path)?.finish()?;
        Ok(Item { blocks: self.item_blocks(&node, path, level)? })
    }

    fn task(&mut self, value: &Value, path: &Path, level: usize) -> Result<Task, Error> {
        let node = Node::of(value, path)?;
        node.expect(path, &["taskItem"], "a task list")?;
        let mut attrs = node.attrs(path)?;
        let checked = attrs.boolean("checked")?.unwrap_or(false);
        attrs.finish()?;
        Ok(Task { checked, blocks: self.item_blocks(&node, path, level)? })
    }

    /// `paragraph block*`
    fn item_blocks(&mut self, node: &Node, path: &Path, level: usize) -> Result<Vec<Block>, Error> {
        let blocks = self.children(node, path, level + 1, Self::block)?;
        match blocks.first() {
            Some(Block::Paragraph(_)) => Ok(blocks),
            _ => Err(path.wrong(format!("\"{}\" has to begin with a paragraph.", node.kind))),
        }
    }

    fn row(&mut self, value: &Value, path: &Path, level: usize) -> Result<Row, Error> {
        let node = Node::of(value, path)?;
        node.expect(path, &["tableRow"], "a table")?;
        node.attrs(path)?.finish()?;
        Ok(Row { cells: self.children(&node, path, level + 1, Self::cell)? })
    }

    fn cell(&mut self, value: &Value, path: &Path, level: usize) -> Result<Cell, Error> {
        let node = Node::of(value, path)?;
        node.expect(path, &["tableCell", "tableHeader"], "a table row")?;
        let mut attrs = node.attrs(path)?;
        let cell = Cell {
            header: node.kind == "tableHeader",
            colspan: attrs.number("colspan", 1, 1000)?.unwrap_or(1),
            rowspan: attrs.number("rowspan", 1, 10_000)?.unwrap_or(1),
            colwidth: attrs.widths("colwidth")?,
            align: match attrs.text("align", 10)? {
                Some(align) => {
                    Some(Align::parse(&align).ok_or_else(|| path.key("attrs").key("align").wrong("Text stands left, center or right."))?)
                }
                None => None,
            },
            blocks: self.some(&node, path, level + 1, Self::block)?,
        };
        attrs.finish()?;
        Ok(cell)
    }

    fn inlines(&mut self, node: &Node, path: &Path, level: usize) -> Result<Vec<Inline>, Error> {
        Ok(join(self.children(node, path, level, Self::inline)?))
    }

    fn inline(&mut self, value: &Value, path: &Path, _level: usize) -> Result<Inline, Error> {
        let node = Node::of(value, path)?;
        // Marks of a break or a mention are read and forgotten: the editor's Y binding does not keep them either.
        let marks = self.marks(&node, path)?;
        if node.kind == "text" {
            return Ok(Inline::marked(self.run(&node, path)?, marks));
        }
        node.leaf(path)?;
        let mut attrs = node.attrs(path)?;
        let inline = match node.kind {
            "hardBreak" => Inline::Break,
            "mention" => Inline::Mention(mention(&mut attrs, path)?),
            other => return Err(path.key("type").wrong(misplaced(other, "text"))),
        };
        attrs.finish()?;
        Ok(inline)
    }

    /// The text of a text node.
    fn run(&mut self, node: &Node, path: &Path) -> Result<String, Error> {
        node.leaf(path)?;
        node.attrs(path)?.finish()?;
        match node.map.get("text") {
            Some(Value::String(text)) if text.is_empty() => Err(path.key("text").wrong("A text may not be empty.")),
            Some(Value::String(text)) if text.contains('\0') && self.left_out.is_none() => {
                Err(path.key("text").wrong("A text may not contain the character NUL."))
            }
            Some(Value::String(text)) => Ok(text.replace('\0', "")),
            _ => Err(path.key("text").wrong("A text node needs its text.")),
        }
    }

    /// `text*` without marks
    fn code(&mut self, node: &Node, path: &Path, level: usize) -> Result<String, Error> {
        let parts = self.children(node, path, level, |reader, value, path, _| {
            let node = Node::of(value, path)?;
            node.expect(path, &["text"], "a code block")?;
            // A mark that slipped in while two people typed is left out, not the code below it.
            if !reader.marks(&node, path)?.is_empty() && reader.left_out.is_none() {
                return Err(path.key("marks").wrong("Text in a code block has no marks."));
            }
            reader.run(&node, path)
        })?;
        Ok(parts.concat())
    }

    fn marks(&mut self, node: &Node, path: &Path) -> Result<Vec<Mark>, Error> {
        let marks = match node.map.get("marks") {
            None | Some(Value::Null) => return Ok(vec![]),
            Some(Value::Array(marks)) => marks,
            Some(_) => return Err(path.key("marks").wrong("\"marks\" has to be a list.")),
        };
        let mut read: Vec<Mark> = Vec::with_capacity(marks.len());
        for (index, value) in marks.iter().enumerate() {
            let place = path.item("marks", index);
            let mark = mark(value, &place).and_then(|mark| {
                let twice = read.iter().any(|m| m.name() == mark.name() && !Mark::overlaps(mark.name()));
                if twice { Err(place.wrong(format!("The mark \"{}\" is there twice.", mark.name()))) } else { Ok(mark) }
            });
            match (mark, &mut self.left_out) {
                (Ok(mark), _) => read.push(mark),
                (Err(error), Some(left_out)) => left_out.push(error),
                (Err(error), None) => return Err(error),
            }
        }
        read.sort();
        read.dedup();
        Ok(read)
    }
}

/// Names of the schema that stand in the wrong place are told apart from unknown ones.
fn misplaced(kind: &str, place: &str) -> String {
    const KNOWN: &[&str] = &[
        "doc",
        "paragraph",
        "heading",
        "bulletList",
        "orderedList",
        "listItem",
        "taskList",
        "taskItem",
        "codeBlock",
        "blockquote",
        "horizontalRule",
        "image",
        "table",
        "tableRow",
        "tableHeader",
        "tableCell",
        "mention",
        "mermaidBlock",
        "hardBreak",
        "text",
    ];
    match KNOWN.contains(&kind) {
        true => format!("\"{kind}\" cannot stand here: {place} is expected."),
        false => format!("\"{}\" is not a known kind of node.", shown(kind)),
    }
}

fn shown(name: &str) -> String {
    name.chars().take(40).collect()
}

fn image(attrs: &mut Attrs, path: &Path) -> Result<Image, Error> {
    let src = attrs.text("src", 200)?.unwrap_or_default();
    let artifact = src.strip_prefix("artifact:").and_then(|id| uuid::Uuid::try_parse(id).ok());
    let Some(artifact) = artifact else {
        return Err(path.key("attrs").key("src").wrong("A picture has to be an artifact of the project (artifact:<id>)."));
    };
    attrs.ignore(&["title", "height"]);
    Ok(Image { artifact, alt: attrs.text("alt", 2000)?, width: attrs.number("width", 1, 10_000)? })
}

fn mention(attrs: &mut Attrs, path: &Path) -> Result<Mention, Error> {
    let place = path.key("attrs");
    let id = attrs.text("id", 100)?.unwrap_or_default();
    let target = attrs.text("type", 100)?.unwrap_or_default();
    let mention = Mention {
        id: uuid::Uuid::try_parse(&id).map_err(|_| place.key("id").wrong("A mention needs the id of what it names."))?,
        label: attrs.text("label", 500)?.unwrap_or_default(),
        target: Target::parse(&target)
            .ok_or_else(|| place.key("type").wrong("A mention names a user, artifact, document, work_order or feature."))?,
    };
    attrs.ignore(&["mentionSuggestionChar"]);
    Ok(mention)
}

fn mark(value: &Value, path: &Path) -> Result<Mark, Error> {
    let node = Node::of(value, path)?;
    let mut attrs = node.attrs(path)?;
    let mut id = |name: &str| match attrs.text(name, 100)? {
        Some(id) if !id.is_empty() => Ok(id),
        _ => Err(path.key("attrs").wrong(format!("The mark needs its {name}."))),
    };
    let mark = match node.kind {
        "bold" => Mark::Bold,
        "italic" => Mark::Italic,
        "strike" => Mark::Strike,
        "code" => Mark::Code,
        "comment" => Mark::Comment { id: id("commentId")? },
        "suggestionAdd" => Mark::SuggestionAdd { id: id("suggestionId")? },
        "suggestionDelete" => Mark::SuggestionDelete { id: id("suggestionId")? },
        "link" => {
            let href = attrs.text("href", 2000)?.unwrap_or_default();
            // How a link opens is decided where it is shown.
            attrs.ignore(&["target", "rel", "class", "title"]);
            if !is_allowed_link(&href) {
                return Err(path.key("attrs").key("href").wrong("A link begins with http:, https: or mailto:, or is relative."));
            }
            Mark::Link { href }
        }
        other => return Err(path.key("type").wrong(format!("\"{}\" is not a known mark.", shown(other)))),
    };
    attrs.finish()?;
    Ok(mark)
}

/// Whether a link may stand in a document: http, https, mailto or relative. Browsers ignore control characters and
/// leading blanks in an address, so an address with them is refused rather than read in two ways.
pub fn is_allowed_link(href: &str) -> bool {
    if href.is_empty() || href.trim() != href || href.chars().any(char::is_control) {
        return false;
    }
    match href.split_once([':', '/', '?', '#']) {
        Some((scheme, _)) if href.as_bytes().get(scheme.len()) == Some(&b':') => {
            ["http", "https", "mailto"].iter().any(|allowed| scheme.eq_ignore_ascii_case(allowed))
        }
        _ => true,
    }
}

/// A node or mark: an object with a type.
struct Node<'a> {
    kind: &'a str,
    map: &'a Map<String, Value>,
}

impl<'a> Node<'a> {
    fn of(value: &'a Value, path: &Path) -> Result<Self, Error> {
        let Value::Object(map) = value else { return Err(path.wrong("An object with a \"type\" is expected.")) };
        let Some(Value::String(kind)) = map.get("type") else { return Err(path.key("type").wrong("The \"type\" is missing.")) };
        if let Some(key) = map.keys().find(|k| !["type", "attrs", "content", "marks", "text"].contains(&k.as_str())) {
            return Err(path.key(&shown(key)).wrong("This key means nothing here."));
        }
        if kind != "text" && map.get("text").is_some_and(|t| !t.is_null()) {
            return Err(path.key("text").wrong(format!("Only a text node has text, not \"{}\".", shown(kind))));
        }
        Ok(Self { kind, map })
    }

    fn expect(&self, path: &Path, kinds: &[&str], parent: &str) -> Result<(), Error> {
        if kinds.contains(&self.kind) {
            return Ok(());
        }
        Err(path.key("type").wrong(match misplaced(self.kind, "") {
            unknown if unknown.contains("not a known") => unknown,
            _ => format!("\"{}\" cannot stand in {parent}: \"{}\" is expected.", self.kind, kinds.join("\" or \"")),
        }))
    }

    /// A node without content.
    fn leaf(&self, path: &Path) -> Result<(), Error> {
        match self.map.get("content") {
            None | Some(Value::Null) => Ok(()),
            Some(Value::Array(content)) if content.is_empty() => Ok(()),
            Some(_) => Err(path.key("content").wrong(format!("\"{}\" has no content.", self.kind))),
        }
    }

    fn attrs<'p>(&self, path: &'p Path<'p>) -> Result<Attrs<'a, 'p>, Error> {
        match self.map.get("attrs") {
            None | Some(Value::Null) => Ok(Attrs { map: None, path, known: vec![] }),
            Some(Value::Object(map)) => Ok(Attrs { map: Some(map), path, known: vec![] }),
            Some(_) => Err(path.key("attrs").wrong("\"attrs\" has to be an object.")),
        }
    }
}

/// The attributes of a node, each taken by its name; what nobody took is unknown.
struct Attrs<'a, 'p> {
    map: Option<&'a Map<String, Value>>,
    path: &'p Path<'p>,
    known: Vec<String>,
}

impl<'a> Attrs<'a, '_> {
    /// The value, unless it is null.
    fn take(&mut self, name: &str) -> Option<&'a Value> {
        self.known.push(name.to_owned());
        self.map?.get(name).filter(|v| !v.is_null())
    }

    fn wrong(&self, name: &str, message: impl Into<String>) -> Error {
        self.path.key("attrs").key(name).wrong(message)
    }

    fn text(&mut self, name: &str, max: usize) -> Result<Option<String>, Error> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.contains('\0') => Err(self.wrong(name, "A text may not contain the character NUL.")),
            Some(Value::String(text)) if text.len() <= max || text.chars().count() <= max => Ok(Some(text.clone())),
            Some(Value::String(_)) => Err(self.wrong(name, format!("\"{name}\" is longer than {max} characters."))),
            Some(_) => Err(self.wrong(name, format!("\"{name}\" has to be a text."))),
        }
    }

    /// A whole number; JavaScript may write it as 3.0.
    fn number(&mut self, name: &str, min: u32, max: u32) -> Result<Option<u32>, Error> {
        let Some(value) = self.take(name) else { return Ok(None) };
        match value.as_f64() {
            Some(n) if n.fract() == 0.0 && n >= f64::from(min) && n <= f64::from(max) => Ok(Some(n as u32)),
            _ => Err(self.wrong(name, format!("\"{name}\" has to be a whole number from {min} to {max}."))),
        }
    }

    fn boolean(&mut self, name: &str) -> Result<Option<bool>, Error> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(b)) => Ok(Some(*b)),
            Some(_) => Err(self.wrong(name, format!("\"{name}\" has to be true or false."))),
        }
    }

    fn widths(&mut self, name: &str) -> Result<Option<Vec<u32>>, Error> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let widths: Option<Vec<u32>> = value.as_array().filter(|w| w.len() <= 1000).and_then(|widths| {
            widths
                .iter()
                .map(|w| if w.is_null() { Some(0) } else { w.as_f64().filter(|w| (0.0..=10_000.0).contains(w)).map(|w| w.round() as u32) })
                .collect()
        });
        widths.map(Some).ok_or_else(|| self.wrong(name, "Widths are a list of numbers up to 10000."))
    }

    /// Attributes the editor sets by itself and nobody reads.
    fn ignore(&mut self, names: &[&str]) {
        self.known.extend(names.iter().map(|n| (*n).to_owned()));
    }

    fn finish(self) -> Result<(), Error> {
        let unknown = self.map.and_then(|map| map.iter().find(|(key, value)| !value.is_null() && !self.known.contains(key)));
        match unknown {
            None => Ok(()),
            Some((key, _)) => Err(self.wrong(&shown(key), "This attribute is not known.")),
        }
    }
}
