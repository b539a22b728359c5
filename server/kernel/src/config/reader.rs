//! Reads one setting at a time from the environment, the file or the default, and remembers which of them won.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use toml::de::{DeTable, DeValue};

/// Where the value of a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The TOML file, at this line.
    File(usize),
    /// The environment variable of this name.
    Environment(String),
    /// Generated once and kept in the data folder.
    Generated,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Default => f.write_str("default"),
            Source::File(line) => write!(f, "file, line {line}"),
            Source::Environment(name) => write!(f, "environment, {name}"),
            Source::Generated => f.write_str("generated, kept in the data folder"),
        }
    }
}

/// One line of `millrace doctor`: a setting, its value (secrets as `***`) and its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key in the file, for example `http.port`.
    pub key: &'static str,
    /// The environment variable that overrides it.
    pub env: String,
    /// The value as written, `***` for secrets, empty when unset.
    pub value: String,
    /// Where the value came from.
    pub source: Source,
}

/// A configuration that cannot be used, in words for the person who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// A secret: `Debug` never shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// Wraps a secret.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The secret itself: only where it is used.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl FromStr for Hidden {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

struct Flag(bool);

impl FromStr for Flag {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "true" | "1" | "yes" | "on" => Ok(Self(true)),
            "false" | "0" | "no" | "off" => Ok(Self(false)),
            _ => Err("use true or false"),
        }
    }
}

struct FileValue {
    text: String,
    line: usize,
    used: bool,
}

/// The sources of one load: environment over file over default.
pub(super) struct Reader<'a> {
    env: &'a dyn Fn(&str) -> Option<String>,
    file_name: String,
    file: BTreeMap<String, FileValue>,
    settings: Vec<Setting>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(env: &'a dyn Fn(&str) -> Option<String>, file: Option<(&str, &str)>) -> Result<Self, ConfigError> {
        let (name, text) = file.unwrap_or(("", ""));
        let mut values = BTreeMap::new();
        let table = DeTable::parse(text).map_err(|e| {
            let line = e.span().map_or(1, |span| line_of(text, span));
            ConfigError(format!("{name}, line {line}: {}", e.message()))
        })?;
        flatten("", table.get_ref(), text, name, &mut values)?;
        Ok(Self { env, file_name: name.to_owned(), file: values, settings: Vec::new() })
    }

    /// The raw text of a setting, from the first of `MILLRACE_<KEY>`, the given aliases, the file.
    fn find(&mut self, key: &'static str, aliases: &[&str]) -> Option<(String, Source)> {
        let from_file = self.file.get_mut(key).map(|value| {
            value.used = true;
            (value.text.clone(), Source::File(value.line))
        });
        std::iter::once(env_name(key))
            .chain(aliases.iter().map(|alias| (*alias).to_owned()))
            .find_map(|name| (self.env)(&name).filter(|v| !v.trim().is_empty()).map(|v| (v.trim().to_owned(), Source::Environment(name))))
            .or(from_file)
    }

    /// An optional setting.
    pub(super) fn maybe<T: FromStr<Err: fmt::Display>>(&mut self, key: &'static str, aliases: &[&str]) -> Result<Option<T>, ConfigError> {
        let found = self.find(key, aliases);
        let hidden = is_secret(key);
        self.settings.push(Setting {
            key,
            env: env_name(key),
            value: found.as_ref().map_or(String::new(), |(text, _)| if hidden { "***".to_owned() } else { text.clone() }),
            source: found.as_ref().map_or(Source::Default, |(_, source)| source.clone()),
        });
        found.map(|(text, source)| self.parse(key, &text, &source)).transpose()
    }

    /// A setting with a default.
    pub(super) fn value<T: FromStr<Err: fmt::Display>>(
        &mut self,
        key: &'static str,
        aliases: &[&str],
        default: &str,
    ) -> Result<T, ConfigError> {
        match self.maybe(key, aliases)? {
            Some(value) => Ok(value),
            None => {
                if let Some(last) = self.settings.last_mut() {
                    last.value = default.to_owned();
                }
                self.parse(key, default, &Source::Default)
            }
        }
    }

    /// Yes or no.
    pub(super) fn flag(&mut self, key: &'static str, aliases: &[&str], default: &str) -> Result<bool, ConfigError> {
        self.value::<Flag>(key, aliases, default).map(|flag| flag.0)
    }

    /// A comma-separated list (an array of strings in the file).
    pub(super) fn list(&mut self, key: &'static str) -> Result<Vec<String>, ConfigError> {
        let text: String = self.value(key, &[], "")?;
        Ok(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect())
    }

    /// Replaces what `doctor` shows for the setting read last, for defaults that depend on other settings.
    pub(super) fn note(&mut self, value: impl Into<String>, source: Source) {
        if let Some(last) = self.settings.last_mut() {
            last.value = value.into();
            last.source = source;
        }
    }

    fn parse<T: FromStr<Err: fmt::Display>>(&self, key: &str, text: &str, source: &Source) -> Result<T, ConfigError> {
        text.parse().map_err(|e| {
            let place = match source {
                Source::File(line) => format!("{}, line {line}: {key}", self.file_name),
                Source::Environment(name) => name.clone(),
                Source::Default | Source::Generated => key.to_owned(),
            };
            let shown = if is_secret(key) { "its value" } else { text };
            ConfigError(format!("{place}: {shown:?} cannot be used: {e}"))
        })
    }

    /// Ends the load: a key of the file that nobody asked for is a mistake of its writer.
    pub(super) fn finish(self) -> Result<Vec<Setting>, ConfigError> {
        if let Some((key, value)) = self.file.iter().find(|(_, value)| !value.used) {
            let known = self.settings.iter().map(|s| s.key).min_by_key(|known| distance(known, key));
            let hint = known.filter(|k| distance(k, key) <= 3).map(|k| format!(" Did you mean {k}?")).unwrap_or_default();
            return Err(ConfigError(format!("{}, line {}: there is no setting {key}.{hint}", self.file_name, value.line)));
        }
        Ok(self.settings)
    }
}

/// `http.port` is overridden by `MILLRACE_HTTP_PORT`.
fn env_name(key: &str) -> String {
    format!("MILLRACE_{}", key.replace('.', "_").to_uppercase())
}

/// Names of settings whose value is never shown.
fn is_secret(key: &str) -> bool {
    ["password", "secret", "secret_key", "dkim_key", "otlp_headers", "ring", "pepper", "database.url", "app_url", "admin_url"]
        .iter()
        .any(|end| key.ends_with(end))
}

fn line_of(text: &str, span: Range<usize>) -> usize {
    text.as_bytes().iter().take(span.start).filter(|byte| **byte == b'\n').count() + 1
}

fn flatten(prefix: &str, table: &DeTable<'_>, text: &str, name: &str, into: &mut BTreeMap<String, FileValue>) -> Result<(), ConfigError> {
    for (key, value) in table {
        let line = line_of(text, key.span());
        let full = if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
        if let DeValue::Table(inner) = value.get_ref() {
            flatten(&full, inner, text, name, into)?;
            continue;
        }
        let text = plain(value.get_ref())
            .ok_or_else(|| ConfigError(format!("{name}, line {line}: {full} must be a text, a number, true or false")))?;
        into.insert(full, FileValue { text, line, used: false });
    }
    Ok(())
}

fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Array(items) => items.iter().map(|item| plain(item.get_ref())).collect::<Option<Vec<_>>>().map(|parts| parts.join(",")),
        DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}

/// Edit distance, for "did you mean".
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
