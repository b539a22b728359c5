//! What a node of a grammar is to the outline.
use crate::{
    chunks::ChunkType::{self, *},
    language::Grammar,
};
use tree_sitter::Node;

/// What to do with a node.
pub(super) enum Role {
    /// A definition, perhaps with members to look for inside.
    Def {
        kind: ChunkType,
        members: bool,
    },
    /// Around one definition whose lines these are: `export`, decorators, templates.
    Wrap,
    /// A body, namespace or condition: its definitions count where it stands.
    Pass,
    /// A comment or attribute: belongs to the definition below.
    Lead,
    Other,
}

const fn def(kind: ChunkType) -> Role {
    Role::Def { kind, members: false }
}

const fn with_members(kind: ChunkType) -> Role {
    Role::Def { kind, members: true }
}

pub(super) fn role(grammar: Grammar, node: Node, text: &str) -> Role {
    match node.kind() {
        "comment" | "line_comment" | "block_comment" => return Role::Lead,
        // What surrounds broken code.
        "ERROR" => return Role::Pass,
        _ => {}
    }
    match grammar {
        Grammar::Rust => rust(node),
        Grammar::TypeScript | Grammar::Tsx | Grammar::JavaScript => script(node),
        Grammar::Python => python(node),
        Grammar::Go => go(node),
        Grammar::Java => java(node),
        Grammar::C | Grammar::Cpp => c(node),
        Grammar::Ruby => ruby(node, text),
    }
}

fn rust(node: Node) -> Role {
    match node.kind() {
        "function_item" | "macro_definition" => def(Function),
        "struct_item" | "union_item" => def(Class),
        "impl_item" => with_members(Class),
        "trait_item" => with_members(Interface),
        "enum_item" => def(Enum),
        "type_item" => def(TypeAlias),
        "use_declaration" | "extern_crate_declaration" => def(Import),
        "mod_item" | "declaration_list" | "foreign_mod_item" => Role::Pass,
        "attribute_item" | "inner_attribute_item" => Role::Lead,
        _ => Role::Other,
    }
}

fn script(node: Node) -> Role {
    match node.kind() {
        "function_declaration" | "generator_function_declaration" => def(Function),
        "class_declaration" | "abstract_class_declaration" => with_members(Class),
        "method_definition" => def(Method),
        "public_field_definition" | "field_definition" if held(node).is_some() => def(Method),
        "interface_declaration" => def(Interface),
        "type_alias_declaration" => def(TypeAlias),
        "enum_declaration" => def(Enum),
        "import_statement" => def(Import),
        "lexical_declaration" | "variable_declaration" => match declarator(node).and_then(held) {
            Some(Class) => with_members(Class),
            Some(kind) => def(kind),
            None => Role::Other,
        },
        "export_statement" | "ambient_declaration" => Role::Wrap,
        // The class of `const A = class {..}` hangs below the declarator.
        "variable_declarator" | "class" => Role::Pass,
        "class_body" | "expression_statement" | "internal_module" | "module" | "statement_block" => Role::Pass,
        "decorator" => Role::Lead,
        _ => Role::Other,
    }
}

/// The first declarator of `const a = .., b = ..`.
pub(super) fn declarator(node: Node) -> Option<Node> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).find(|child| child.kind() == "variable_declarator")
}

/// What a variable or field holds, when it is a function (perhaps handed through another, as React's `memo`) or a class.
fn held(node: Node) -> Option<ChunkType> {
    let value = node.child_by_field_name("value")?;
    match value.kind() {
        "arrow_function" | "function_expression" | "generator_function" => Some(Function),
        "class" => Some(Class),
        "call_expression" => {
            let arguments = value.child_by_field_name("arguments")?;
            let mut cursor = arguments.walk();
            let wraps = arguments.named_children(&mut cursor).any(|child| matches!(child.kind(), "arrow_function" | "function_expression"));
            wraps.then_some(Function)
        }
        _ => None,
    }
}

fn python(node: Node) -> Role {
    match node.kind() {
        "function_definition" => def(Function),
        "class_definition" => with_members(Class),
        "type_alias_statement" => def(TypeAlias),
        "import_statement" | "import_from_statement" | "future_import_statement" => def(Import),
        "decorated_definition" => Role::Wrap,
        // Of a class: the outline never looks into functions.
        "block" => Role::Pass,
        _ => Role::Other,
    }
}

fn go(node: Node) -> Role {
    match node.kind() {
        "function_declaration" => def(Function),
        "method_declaration" => def(Method),
        "type_declaration" => Role::Wrap,
        "type_spec" => match node.child_by_field_name("type").map(|of| of.kind()) {
            Some("struct_type") => def(Class),
            Some("interface_type") => def(Interface),
            _ => def(TypeAlias),
        },
        "type_alias" => def(TypeAlias),
        "import_declaration" => def(Import),
        _ => Role::Other,
    }
}

fn java(node: Node) -> Role {
    match node.kind() {
        "class_declaration" | "record_declaration" => with_members(Class),
        "interface_declaration" | "annotation_type_declaration" => with_members(Interface),
        "enum_declaration" => with_members(Enum),
        "method_declaration" | "constructor_declaration" | "compact_constructor_declaration" => def(Method),
        "import_declaration" => def(Import),
        "class_body" | "interface_body" | "enum_body" | "enum_body_declarations" | "annotation_type_body" => Role::Pass,
        _ => Role::Other,
    }
}

fn c(node: Node) -> Role {
    match node.kind() {
        "function_definition" => def(Function),
        "struct_specifier" | "class_specifier" | "union_specifier" if node.child_by_field_name("body").is_some() => with_members(Class),
        "enum_specifier" if node.child_by_field_name("body").is_some() => def(Enum),
        "type_definition" => match node.child_by_field_name("type") {
            Some(of) if of.child_by_field_name("body").is_some() => def(if of.kind() == "enum_specifier" { Enum } else { Class }),
            _ => def(TypeAlias),
        },
        "alias_declaration" | "concept_definition" => def(TypeAlias),
        "preproc_include" => def(Import),
        "template_declaration" => Role::Wrap,
        "namespace_definition" | "declaration_list" | "linkage_specification" | "field_declaration_list" => Role::Pass,
        "preproc_if" | "preproc_ifdef" | "preproc_else" | "preproc_elif" | "preproc_elifdef" => Role::Pass,
        _ => Role::Other,
    }
}

fn ruby(node: Node, text: &str) -> Role {
    match node.kind() {
        "class" | "module" => with_members(Class),
        "singleton_class" | "body_statement" => Role::Pass,
        "method" | "singleton_method" => def(Function),
        "call" => {
            let called = node.child_by_field_name("method").and_then(|method| text.get(method.byte_range()));
            let plain = node.child_by_field_name("receiver").is_none();
            if plain && matches!(called, Some("require" | "require_relative")) { def(Import) } else { Role::Other }
        }
        _ => Role::Other,
    }
}
