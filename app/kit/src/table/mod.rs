//! Tables. Rows are data, not components: a page of rows is written as markup in one pass on the server and taken over
//! as it is in the browser, where one handler on the body serves all rows. A cell that needs a life of its own is a view.
mod keys;
mod row;
mod view;
mod window;

pub use row::{Cell, Row};
pub use view::{BulkBar, ColumnChooser, DataTable, Pager, Toolbar};
pub(crate) use window::{FIRST, in_sight};

/// Where the words of a column stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    #[default]
    Left,
    /// Numbers.
    Right,
}

/// How wide a column is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Width {
    #[default]
    Auto,
    /// As narrow as its content.
    Fit,
    /// Takes what is left; one a table, usually the name.
    Grow,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The name in `?sort=` and in the column chooser.
    pub key: &'static str,
    pub label: &'static str,
    pub sort: bool,
    pub align: Align,
    pub width: Width,
    /// 1 always shown, 2 from tablets, 3 from desktops on.
    pub priority: u8,
    /// The head is read aloud but not shown.
    pub quiet: bool,
}

impl Column {
    pub const fn new(key: &'static str, label: &'static str) -> Self {
        Self { key, label, sort: false, align: Align::Left, width: Width::Auto, priority: 1, quiet: false }
    }

    /// The head is a link that sorts.
    pub const fn sort(mut self) -> Self {
        self.sort = true;
        self
    }

    /// Numbers, to the right.
    pub const fn number(mut self) -> Self {
        self.align = Align::Right;
        self.width = Width::Fit;
        self
    }

    pub const fn fit(mut self) -> Self {
        self.width = Width::Fit;
        self
    }

    pub const fn grow(mut self) -> Self {
        self.width = Width::Grow;
        self
    }

    /// Hidden on phones.
    pub const fn from_tablet(mut self) -> Self {
        self.priority = 2;
        self
    }

    /// Hidden below desktops.
    pub const fn from_desktop(mut self) -> Self {
        self.priority = 3;
        self
    }

    pub const fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// The class of its cells.
    pub(crate) fn class(&self) -> &'static str {
        match (self.align, self.width, self.priority) {
            (Align::Right, _, 3) => "n fit p3",
            (Align::Right, _, 2) => "n fit p2",
            (Align::Right, ..) => "n fit",
            (_, Width::Fit, 3) => "fit p3",
            (_, Width::Fit, 2) => "fit p2",
            (_, Width::Fit, _) => "fit",
            (_, Width::Grow, _) => "w",
            (_, _, 3) => "p3",
            (_, _, 2) => "p2",
            _ => "",
        }
    }
}
