//! Patterns of paths as the regular expressions Postgres knows.

/// `*` is anything but a slash, `**` anything; a pattern without a slash is one of file names in any folder.
pub fn regex(pattern: &str) -> String {
    let pattern = pattern.trim().trim_start_matches("./").trim_start_matches('/');
    let mut found = String::from("^");
    if !pattern.contains('/') {
        found.push_str("(.*/)?");
    }
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("**/") {
            found.push_str("(.*/)?");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("**") {
            found.push_str(".*");
            rest = after;
        } else {
            match c {
                '*' => found.push_str("[^/]*"),
                c if c.is_alphanumeric() || c == '/' || c == '_' => found.push(c),
                c => {
                    found.push('\\');
                    found.push(c);
                }
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    found.push('$');
    found
}

#[cfg(test)]
mod tests {
    use super::regex;

    #[test]
    fn patterns_become_expressions() {
        assert_eq!(regex("*.rs"), r"^(.*/)?[^/]*\.rs$");
        assert_eq!(regex("src/**/*.rs"), r"^src/(.*/)?[^/]*\.rs$");
        assert_eq!(regex("/server/**"), r"^server/.*$");
        assert_eq!(regex("a(b)[c].ts"), r"^(.*/)?a\(b\)\[c\]\.ts$");
        assert_eq!(regex("größe_*"), r"^(.*/)?größe_[^/]*$");
    }
}
