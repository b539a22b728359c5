//! What a definition is called.
use super::roles::declarator;
use crate::language::Grammar;
use tree_sitter::Node;

/// No name is longer than this; what is, is no name.
const MOST: usize = 255;

/// The name of a definition, with dots between its parts.
pub(super) fn of(grammar: Grammar, node: Node, text: &str) -> Option<String> {
    let name = match (grammar, node.kind()) {
        (_, "import_statement" | "use_declaration" | "import_declaration" | "preproc_include" | "call") => return None,
        (Grammar::Rust, "impl_item") => plain(node.child_by_field_name("type")?, text)?,
        (Grammar::Go, "method_declaration") => {
            let own = field(node, "name", text)?;
            match node.child_by_field_name("receiver").and_then(|receiver| find(receiver, "type_identifier", 5)) {
                Some(of) => format!("{}.{own}", text.get(of.byte_range())?),
                None => own,
            }
        }
        (Grammar::C | Grammar::Cpp, "function_definition" | "type_definition") => declared(node, text)?,
        (_, "lexical_declaration" | "variable_declaration") => field(declarator(node)?, "name", text)?,
        (_, "field_definition") => field(node, "property", text)?,
        _ => field(node, "name", text)?,
    };
    let name = name.replace("::", ".");
    (!name.is_empty() && name.len() <= MOST && !name.contains(char::is_whitespace)).then_some(name)
}

fn field(node: Node, name: &str, text: &str) -> Option<String> {
    text.get(node.child_by_field_name(name)?.byte_range()).map(str::to_owned)
}

/// A type without its parameters: `Page` of `Page<T>`, `str` of `&str`.
fn plain(of: Node, text: &str) -> Option<String> {
    let of = match of.kind() {
        "generic_type" | "reference_type" | "pointer_type" => of.child_by_field_name("type").unwrap_or(of),
        _ => of,
    };
    let written = text.get(of.byte_range())?;
    Some(written.split('<').next().unwrap_or(written).trim().to_owned())
}

/// What a declaration of C declares, below pointers, arrays and parameters.
fn declared(node: Node, text: &str) -> Option<String> {
    let mut at = node.child_by_field_name("declarator")?;
    for _ in 0..16 {
        match at.kind() {
            "identifier"
            | "field_identifier"
            | "type_identifier"
            | "qualified_identifier"
            | "destructor_name"
            | "operator_name"
            | "operator_cast" => {
                return text.get(at.byte_range()).map(|name| name.split('<').next().unwrap_or(name).replace(char::is_whitespace, ""));
            }
            _ => at = at.child_by_field_name("declarator").or_else(|| at.named_child(0))?,
        }
    }
    None
}

fn find<'a>(node: Node<'a>, kind: &str, depth: usize) -> Option<Node<'a>> {
    if node.kind() == kind {
        return Some(node);
    }
    let depth = depth.checked_sub(1)?;
    let mut cursor = node.walk();
    let children: Vec<_> = node.named_children(&mut cursor).collect();
    children.into_iter().find_map(|child| find(child, kind, depth))
}
