//! Text, numbers, dates, passwords, long text and native selects, each with label, hint and error.
mod control;
mod select;
mod text;

pub use select::*;
pub use text::*;

use crate::Icon;

/// One choice of a select, a radio group or a combobox.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    /// A second, quieter line or word.
    pub hint: Option<String>,
    pub icon: Option<Icon>,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: None, icon: None }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }
}
