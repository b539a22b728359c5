//! Which language a file is written in, and who parses it.

/// A language by its name, with a grammar where the index cuts by definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    /// As stored and filtered by: `rust`, `tsx`.
    pub name: &'static str,
    pub grammar: Option<Grammar>,
}

/// The grammars that chunks and symbols are read with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    Rust,
    TypeScript,
    Tsx,
    JavaScript,
    Python,
    Go,
    Java,
    C,
    Cpp,
    Ruby,
}

impl Grammar {
    pub const ALL: [Self; 10] =
        [Self::Rust, Self::TypeScript, Self::Tsx, Self::JavaScript, Self::Python, Self::Go, Self::Java, Self::C, Self::Cpp, Self::Ruby];

    pub(crate) fn parser(self) -> tree_sitter::Language {
        match self {
            Self::Rust => tree_sitter_rust::LANGUAGE.into(),
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
            Self::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            Self::Python => tree_sitter_python::LANGUAGE.into(),
            Self::Go => tree_sitter_go::LANGUAGE.into(),
            Self::Java => tree_sitter_java::LANGUAGE.into(),
            Self::C => tree_sitter_c::LANGUAGE.into(),
            Self::Cpp => tree_sitter_cpp::LANGUAGE.into(),
            Self::Ruby => tree_sitter_ruby::LANGUAGE.into(),
        }
    }
}

/// The language of a file, by its name. `None`: nothing we have a word for; it is indexed all the same.
pub fn of(path: &str) -> Option<Language> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (name, grammar) = match name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) {
        Some((_, extension)) => by_extension(&extension.to_ascii_lowercase())?,
        None => (by_name(name)?, None),
    };
    Some(Language { name, grammar: grammar.or_else(|| (name == "ruby").then_some(Grammar::Ruby)) })
}

fn by_extension(extension: &str) -> Option<(&'static str, Option<Grammar>)> {
    Some(match extension {
        "rs" => ("rust", Some(Grammar::Rust)),
        "ts" | "mts" | "cts" => ("typescript", Some(Grammar::TypeScript)),
        "tsx" => ("tsx", Some(Grammar::Tsx)),
        "js" | "mjs" | "cjs" | "jsx" => ("javascript", Some(Grammar::JavaScript)),
        "py" | "pyi" => ("python", Some(Grammar::Python)),
        "go" => ("go", Some(Grammar::Go)),
        "java" => ("java", Some(Grammar::Java)),
        "c" => ("c", Some(Grammar::C)),
        // A header may be either; the grammar of C++ reads both.
        "h" => ("c", Some(Grammar::Cpp)),
        "cc" | "cpp" | "cxx" | "hh" | "hpp" | "hxx" | "ipp" => ("cpp", Some(Grammar::Cpp)),
        "rb" | "rake" | "gemspec" => ("ruby", Some(Grammar::Ruby)),
        "cs" => ("csharp", None),
        "kt" | "kts" => ("kotlin", None),
        "swift" => ("swift", None),
        "scala" => ("scala", None),
        "php" => ("php", None),
        "ex" | "exs" => ("elixir", None),
        "erl" => ("erlang", None),
        "hs" => ("haskell", None),
        "lua" => ("lua", None),
        "dart" => ("dart", None),
        "zig" => ("zig", None),
        "r" => ("r", None),
        "pl" | "pm" => ("perl", None),
        "sh" | "bash" | "zsh" => ("shell", None),
        "ps1" => ("powershell", None),
        "sql" => ("sql", None),
        "html" | "htm" => ("html", None),
        "css" | "scss" | "less" => ("css", None),
        "vue" => ("vue", None),
        "svelte" => ("svelte", None),
        "md" | "mdx" | "markdown" => ("markdown", None),
        "json" | "jsonc" | "json5" => ("json", None),
        "yaml" | "yml" => ("yaml", None),
        "toml" => ("toml", None),
        "xml" => ("xml", None),
        "proto" => ("protobuf", None),
        "graphql" | "gql" => ("graphql", None),
        "tf" => ("terraform", None),
        _ => return None,
    })
}

fn by_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "Dockerfile" => "dockerfile",
        "Makefile" => "makefile",
        "Rakefile" | "Gemfile" => "ruby",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_tells_its_language() {
        let name = |path| of(path).map(|language| language.name);
        assert_eq!(name("a/b/main.rs"), Some("rust"));
        assert_eq!(name("App.TSX"), Some("tsx"));
        assert_eq!(name("Dockerfile"), Some("dockerfile"));
        assert_eq!(name(".rs"), None);
        assert_eq!(name("LICENSE"), None);
        assert_eq!(of("Rakefile").unwrap().grammar, Some(Grammar::Ruby));
        assert_eq!(of("a.h").unwrap(), Language { name: "c", grammar: Some(Grammar::Cpp) });
    }

    #[test]
    fn every_grammar_fits_the_parser() {
        for grammar in Grammar::ALL {
            tree_sitter::Parser::new().set_language(&grammar.parser()).unwrap_or_else(|error| panic!("{grammar:?}: {error}"));
        }
    }
}
