//! What chunks and symbols a file has, in every language with a grammar.
use indexing::{
    ChunkType::{self, *},
    chunks,
    symbols::{references, symbols},
};
use proptest::prelude::*;

/// Kind, name, first and last line of each chunk.
fn cut(path: &str, text: &str) -> Vec<(ChunkType, Option<String>, usize, usize)> {
    chunks(path, text).into_iter().map(|c| (c.kind, c.name, c.start_line, c.end_line)).collect()
}

fn some(name: &str) -> Option<String> {
    Some(name.to_owned())
}

/// The kinds and names of the symbols of a file.
fn named(path: &str, text: &str) -> Vec<(ChunkType, String)> {
    symbols(path, text).into_iter().map(|s| (s.kind, s.name)).collect()
}

fn assert_names(path: &str, text: &str, wanted: &[(ChunkType, &str)]) {
    let wanted: Vec<_> = wanted.iter().map(|(kind, name)| (*kind, (*name).to_owned())).collect();
    assert_eq!(named(path, text), wanted, "{path}");
}

#[test]
fn a_file_without_a_grammar_is_cut_into_windows_of_80_lines() {
    let lines = |n: usize| (1..=n).map(|n| format!("line {n}\n")).collect::<String>();
    let ranges = |text: &str| chunks("notes.txt", text).iter().map(|c| (c.start_line, c.end_line)).collect::<Vec<_>>();
    assert_eq!(ranges(&lines(200)), [(1, 80), (71, 150), (141, 200)]);
    assert_eq!(ranges(&lines(150)), [(1, 80), (71, 150)]);
    assert_eq!(ranges("short"), [(1, 1)]);
    assert_eq!(ranges(" \n\n"), []);
    assert_eq!(chunks("notes.txt", &lines(200))[1].content.lines().next(), Some("line 71"));
}

#[test]
fn rust_is_cut_by_definitions() {
    let text = "\
//! What this file is for, in a line that is long enough to be kept.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// A window.
#[derive(Debug)]
pub struct Window { pub title: String, pub width: u32, pub height: u32 }

impl Window {
    pub fn open(&self) -> bool { self.width > 0 && self.height > 0 }
}

const LIMIT: usize = 4096;

/// Adds two numbers that are given to it.
pub fn add(a: i32, b: i32) -> i32 {
    a + b
}
";
    assert_eq!(
        cut("src/window.rs", text),
        [
            (Block, None, 1, 1),
            (Import, None, 2, 3),
            (Class, some("Window"), 5, 7),
            (Class, some("Window"), 9, 11),
            (Function, some("add"), 15, 18),
        ]
    );
    assert_names("src/window.rs", text, &[(Class, "Window"), (Class, "Window"), (Method, "Window.open"), (Function, "add")]);
    assert_eq!(symbols("src/window.rs", text)[0].start_line, 7);
    assert_eq!(references("src/window.rs", text, "Window"), [7, 9]);
    assert_eq!(references("src/window.rs", text, "Window.width"), [7, 10]);
}

#[test]
fn a_long_class_is_cut_by_its_members() {
    let body = "    total += compute(values, factor) * 2;\n".repeat(60);
    let text = format!(
        "impl Ledger {{\n    /// Adds.\n    pub fn add(&mut self) {{\n{body}    }}\n\n    pub fn sum(&self) -> i64 {{\n{body}    }}\n}}\n"
    );
    assert_eq!(cut("a.rs", &text), [(Method, some("Ledger.add"), 2, 64), (Method, some("Ledger.sum"), 66, 127)]);
    // A function without members goes by lines, under its name.
    let long = format!("fn all() {{\n{}}}\n", "    total += compute(values, factor) * 2;\n".repeat(150));
    assert_eq!(cut("a.rs", &long), [(Function, some("all"), 1, 80), (Function, some("all"), 71, 150), (Function, some("all"), 141, 152)]);
}

#[test]
fn tests_in_a_module_are_functions_of_their_own() {
    let text = "\
#[cfg(test)]
mod tests {
    #[test]
    fn one_and_one_is_two() {
        assert_eq!(1 + 1, 2, \"as everybody knows\");
    }
}
";
    assert_eq!(cut("a.rs", text), [(Function, some("one_and_one_is_two"), 3, 6)]);
}

#[test]
fn typescript_is_cut_by_definitions() {
    let text = "\
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** A person who uses the shop. */
export interface Person { id: string; name: string; email: string }
export type PersonId = Person['id'] | `person-${number}`;
export enum Role { Owner = 'owner', Admin = 'admin', Member = 'member' }

@Injectable()
export class Store {
  constructor(private readonly folder: string) {}
  load = async (id: PersonId) => readFile(path.join(this.folder, id));
}

export const greet = (person: Person): string => `Hello ${person.name}!`;
export default function main(): void { console.log(greet({} as Person)); }
namespace Inner { export function inside(): number { return 40 + 2; } }
";
    assert_eq!(
        cut("src/a.ts", text),
        [
            (Import, None, 1, 2),
            (Interface, some("Person"), 4, 5),
            (TypeAlias, some("PersonId"), 6, 6),
            (Enum, some("Role"), 7, 7),
            (Class, some("Store"), 9, 13),
            (Function, some("greet"), 15, 15),
            (Function, some("main"), 16, 16),
            (Function, some("inside"), 17, 17),
        ]
    );
    assert_names(
        "a.ts",
        text,
        &[
            (Interface, "Person"),
            (TypeAlias, "PersonId"),
            (Enum, "Role"),
            (Class, "Store"),
            (Method, "Store.constructor"),
            (Method, "Store.load"),
            (Function, "greet"),
            (Function, "main"),
            (Function, "inside"),
        ],
    );
}

#[test]
fn every_grammar_names_its_definitions() {
    assert_names(
        "a.tsx",
        "export const Card = memo(function Card() { return <div/>; });\nconst Page = () => <Card/>;\n",
        &[(Function, "Card"), (Function, "Page")],
    );
    assert_names(
        "a.js",
        "class Cart {\n  add(item) {}\n  total = () => 0;\n}\nfunction* walk() {}\nconst Anon = class { run() {} };\n",
        &[(Class, "Cart"), (Method, "Cart.add"), (Method, "Cart.total"), (Function, "walk"), (Class, "Anon"), (Method, "Anon.run")],
    );
    assert_names(
        "a.py",
        "import os\nfrom a import b\n@dataclass\nclass Cart:\n    def add(self, item):\n        pass\n    class Line:\n        def total(self): pass\nasync def main():\n    pass\n",
        &[(Class, "Cart"), (Method, "Cart.add"), (Class, "Cart.Line"), (Method, "Cart.Line.total"), (Function, "main")],
    );
    assert_names(
        "a.go",
        "package shop\nimport (\n\"fmt\"\n)\ntype Cart struct { n int }\ntype (\n Adder interface { Add() }\n ID = string\n)\nfunc (c *Cart) Add() {}\nfunc (s Stack[T]) Push() {}\nfunc main() {}\n",
        &[(Class, "Cart"), (Interface, "Adder"), (TypeAlias, "ID"), (Method, "Cart.Add"), (Method, "Stack.Push"), (Function, "main")],
    );
    assert_names(
        "A.java",
        "package shop;\nimport java.util.List;\npublic class Cart {\n  public Cart() {}\n  void add() {}\n  enum Kind { A; int n() { return 1; } }\n}\ninterface Adder { default void add() {} }\nrecord Point(int x) {}\n",
        &[
            (Class, "Cart"),
            (Method, "Cart.Cart"),
            (Method, "Cart.add"),
            (Enum, "Cart.Kind"),
            (Method, "Cart.Kind.n"),
            (Interface, "Adder"),
            (Method, "Adder.add"),
            (Class, "Point"),
        ],
    );
    assert_names(
        "a.c",
        "#include <stdio.h>\ntypedef struct { int n; } Cart;\ntypedef unsigned long Id;\nstruct Line { int n; };\nenum Kind { A, B };\n#ifdef X\nstatic char *name(struct Line *l) { return 0; }\n#endif\nint main(void) { return 0; }\n",
        &[(Class, "Cart"), (TypeAlias, "Id"), (Class, "Line"), (Enum, "Kind"), (Function, "name"), (Function, "main")],
    );
    assert_names(
        "a.cpp",
        "namespace shop {\ntemplate <class T> class Cart {\npublic:\n  void add(T t) {}\n  ~Cart() {}\n  bool operator==(int o) { return true; }\n};\nvoid Stack::push(int n) {}\nusing Id = long;\n}\nextern \"C\" { int main() { return 0; } }\n",
        &[
            (Class, "Cart"),
            (Method, "Cart.add"),
            (Method, "Cart.~Cart"),
            (Method, "Cart.operator=="),
            (Method, "Stack.push"),
            (TypeAlias, "Id"),
            (Function, "main"),
        ],
    );
    assert_names(
        "a.rb",
        "require 'json'\nmodule Shop\n  class Cart\n    def add(item)\n    end\n    def self.empty\n    end\n  end\nend\ndef main\nend\n",
        &[(Class, "Shop"), (Class, "Shop.Cart"), (Method, "Shop.Cart.add"), (Method, "Shop.Cart.empty"), (Function, "main")],
    );
}

#[test]
fn broken_code_still_has_its_definitions_and_nothing_is_lost() {
    let text = "fn good() { let a = compute_something_long_enough(1, 2, 3); }\n\nfn broken( {{{ \n\nfn also() { let b = compute_something_long_enough(4, 5, 6); }\n";
    let found = chunks("a.rs", text);
    assert!(found.iter().any(|c| c.name.as_deref() == Some("good")));
    let all: String = found.iter().map(|c| c.content.as_str()).collect();
    assert!(all.contains("compute_something_long_enough(4, 5, 6)"));
}

#[test]
fn a_minified_file_is_cut_without_end_and_without_doubles() {
    let text = "function f(a,b){return a+b}class A{m(){return 1}}".repeat(4_000);
    let found = chunks("app.min.js", &text);
    assert!(found.iter().all(|c| c.content.len() <= 8_000 && (c.start_line, c.end_line) == (1, 1)));
    assert_eq!(found.iter().map(|c| c.content.len()).sum::<usize>(), text.len());
}

#[test]
fn nesting_without_end_neither_overflows_nor_hangs() {
    for (path, open) in
        [("a.js", "{"), ("a.cpp", "namespace a {"), ("a.rs", "mod a {"), ("a.py", "["), ("a.rb", "module A\n"), ("a.java", "class A {")]
    {
        let text = open.repeat(50_000);
        assert!(!chunks(path, &text).is_empty(), "{path}");
        symbols(path, &text);
        references(path, &text, "a");
    }
}

const PATHS: [&str; 12] = ["a.rs", "a.ts", "a.tsx", "a.js", "a.py", "a.go", "a.java", "a.c", "a.h", "a.cpp", "a.rb", "a.txt"];

/// Lines lie in the file and in order, and content is what stands on them.
fn hold(path: &str, text: &str) {
    let lines: Vec<&str> = text.split('\n').collect();
    for chunk in chunks(path, text) {
        assert!(1 <= chunk.start_line && chunk.start_line <= chunk.end_line && chunk.end_line <= lines.len(), "{path}: {chunk:?}");
        let there = lines[chunk.start_line - 1..chunk.end_line].join("\n");
        assert!(there.contains(&chunk.content), "{path}: {chunk:?}");
    }
    for symbol in symbols(path, text) {
        assert!(1 <= symbol.start_line && symbol.start_line <= symbol.end_line && symbol.end_line <= lines.len(), "{path}: {symbol:?}");
        references(path, text, &symbol.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_make_the_chunker_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), path in proptest::sample::select(&PATHS[..])) {
        hold(path, &String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_jumble_of_code_makes_the_chunker_panic(
        parts in proptest::collection::vec(proptest::sample::select(&[
            "fn f", "(", ")", "{", "}", "\n", "\r\n", " ", "class A", ":", "def ", "export ", "const x = ", "=>", "impl ", "<", ">", "'", "\"", "/*", "*/", "//",
            "#", "import a", ";", "struct S", "func (r *R) m()", "type T ", "end\n", "module M\n", "namespace n", "template", "@x", "=", "1", "ß", "\u{0}",
            "interface I", "enum E", "`", "${", "R\"(", "<<~EOS\n", "\\",
        ][..]), 0..120),
        path in proptest::sample::select(&PATHS[..]),
    ) {
        hold(path, &parts.concat());
    }
}
