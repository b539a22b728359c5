//! Rows and cells.
use super::Column;
use crate::{Tone, html::push_text};
use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// A row: its id, where it leads, its cells.
pub struct Row {
    pub(crate) id: String,
    pub(crate) href: Option<String>,
    pub(crate) fresh: bool,
    pub(crate) cells: Vec<Cell>,
}

impl Row {
    pub fn new(id: impl Into<String>, cells: Vec<Cell>) -> Self {
        Self { id: id.into(), href: None, fresh: false, cells }
    }

    /// Where the row leads; a press anywhere in it goes there, and so does its [`Cell::title`].
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// It has just arrived: its ground glows for a second.
    pub fn fresh(mut self) -> Self {
        self.fresh = true;
        self
    }

    pub(crate) fn is_markup(&self) -> bool {
        self.cells.iter().all(|c| !matches!(c.0, Kind::View(_)))
    }

    fn label(&self) -> &str {
        self.cells.iter().find_map(Cell::name).unwrap_or(&self.id)
    }

    /// The whole inside of the `<tr>`.
    pub(crate) fn markup(&self, columns: &[Column], pick: bool, picked: bool) -> String {
        let mut out = String::with_capacity(128 * self.cells.len() + 128);
        if pick {
            self.push_pick(&mut out, picked);
        }
        for (column, cell) in columns.iter().zip(&self.cells) {
            match column.class() {
                "" => out.push_str("<td>"),
                class => out.extend(["<td class=\"", class, "\">"]),
            }
            cell.push(&mut out, self.href.as_deref());
            out.push_str("</td>");
        }
        out
    }

    fn push_pick(&self, out: &mut String, picked: bool) {
        out.push_str("<td class=\"pick\"><input type=\"checkbox\" class=\"box\" tabindex=\"-1\" aria-label=\"Select ");
        push_text(out, self.label());
        out.push_str(if picked { "\" checked></td>" } else { "\"></td>" });
    }

    /// The same row as views, for rows with a cell that lives.
    pub(crate) fn into_views(self, columns: &[Column], pick: bool, picked: bool) -> AnyView {
        let mut head = String::new();
        if pick {
            self.push_pick(&mut head, picked);
        }
        let href = self.href.clone();
        let pick = pick.then(|| {
            let inner = head.trim_start_matches("<td class=\"pick\">").trim_end_matches("</td>").to_owned();
            view! { <td class="pick" inner_html=inner></td> }
        });
        let cells = columns
            .iter()
            .zip(self.cells)
            .map(|(column, cell)| match cell.0 {
                Kind::View(view) => view! { <td class=column.class()>{view}</td> }.into_any(),
                _ => {
                    let mut inner = String::new();
                    cell.push(&mut inner, href.as_deref());
                    view! { <td class=column.class() inner_html=inner></td> }.into_any()
                }
            })
            .collect_view();
        view! { {pick} {cells} }.into_any()
    }
}

/// What stands in a cell.
pub struct Cell(Kind);

enum Kind {
    /// The name of the row: a link when the row leads somewhere.
    Title(String),
    /// Escaped where it was made.
    Markup(String),
    /// One after another; a title among them carries the link of the row.
    Parts(Vec<Cell>),
    View(AnyView),
}

impl Cell {
    /// The name of the row; carries its link.
    pub fn title(text: impl Into<String>) -> Self {
        Self(Kind::Title(text.into()))
    }

    pub fn text(text: &str) -> Self {
        Self(Kind::Markup(crate::html::escape(text)))
    }

    /// Text, or a dash for nothing.
    pub fn maybe(text: Option<&str>) -> Self {
        text.filter(|t| !t.is_empty()).map_or_else(Self::none, Self::text)
    }

    /// Nothing: a dash that readers skip.
    pub fn none() -> Self {
        Self(Kind::Markup("<span aria-hidden=\"true\">–</span>".to_owned()))
    }

    pub fn number(n: i64) -> Self {
        Self(Kind::Markup(crate::num::group(n)))
    }

    /// Keys, hashes, addresses.
    pub fn code(text: &str) -> Self {
        let mut out = String::with_capacity(text.len() + 32);
        out.push_str("<span class=\"mono\">");
        push_text(&mut out, text);
        out.push_str("</span>");
        Self(Kind::Markup(out))
    }

    pub fn badge(text: &str, tone: Tone) -> Self {
        Self(Kind::Markup(crate::badge::badge_html(text, tone)))
    }

    pub fn status(text: &str, tone: Tone) -> Self {
        Self(Kind::Markup(crate::badge::status_html(text, tone)))
    }

    pub fn person(name: &str) -> Self {
        Self(Kind::Markup(crate::badge::person_html(name)))
    }

    /// A relative time.
    pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let mut out = String::with_capacity(128);
        crate::time::push_ago(&mut out, at, now);
        Self(Kind::Markup(out))
    }

    pub fn progress(value: f64, max: f64, label: &str) -> Self {
        let label = crate::html::escape(label);
        Self(Kind::Markup(format!("<progress class=\"bar\" aria-label=\"{label}\" max=\"{max}\" value=\"{value}\"></progress>")))
    }

    /// A cell that can be changed in place: a button that its page finds by `data-edit` in a handler around the table.
    pub fn edit(field: &'static str, label: &str, inside: Cell) -> Self {
        let mut out = String::with_capacity(256);
        out.extend([
            "<button type=\"button\" class=\"edit\" tabindex=\"-1\" data-edit=\"",
            field,
            "\" aria-haspopup=\"menu\" aria-label=\"",
        ]);
        push_text(&mut out, label);
        out.push_str("\">");
        inside.push(&mut out, None);
        out.push_str("</button>");
        Self(Kind::Markup(out))
    }

    /// An icon of the sprite.
    pub fn icon(icon: crate::Icon) -> Self {
        Self(Kind::Markup(crate::icon_html(icon)))
    }

    /// Several small parts after one another, none of them a view.
    pub fn parts(parts: impl IntoIterator<Item = Cell>) -> Self {
        Self(Kind::Parts(parts.into_iter().collect()))
    }

    /// The text of the title it is or holds.
    fn name(&self) -> Option<&str> {
        match &self.0 {
            Kind::Title(text) => Some(text),
            Kind::Parts(parts) => parts.iter().find_map(Cell::name),
            _ => None,
        }
    }

    /// Anything that lives: a menu, an inline select. Costs more than the others; use it where it is needed.
    pub fn view(view: AnyView) -> Self {
        Self(Kind::View(view))
    }

    fn push(&self, out: &mut String, href: Option<&str>) {
        match (&self.0, href) {
            (Kind::Title(text), Some(href)) => {
                out.push_str("<a class=\"row-link\" href=\"");
                push_text(out, href);
                out.push_str("\">");
                push_text(out, text);
                out.push_str("</a>");
            }
            (Kind::Title(text), None) => {
                out.push_str("<span class=\"text-fg\">");
                push_text(out, text);
                out.push_str("</span>");
            }
            (Kind::Markup(markup), _) => out.push_str(markup),
            (Kind::Parts(parts), _) => {
                for (n, part) in parts.iter().enumerate() {
                    if n > 0 {
                        out.push(' ');
                    }
                    part.push(out, href);
                }
            }
            (Kind::View(_), _) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 2] = [Column::new("name", "Name").grow(), Column::new("n", "Count").number()];

    #[test]
    fn a_row_is_written_escaped_with_its_link() {
        let row = Row::new("1", vec![Cell::title("<Sign in>"), Cell::number(1200)]).href("/f/1?a=1&b=2");
        assert_eq!(
            row.markup(&COLUMNS, false, false),
            "<td class=\"w\"><a class=\"row-link\" href=\"/f/1?a=1&amp;b=2\">&lt;Sign in&gt;</a></td><td class=\"n fit\">1,200</td>"
        );
    }

    #[test]
    fn a_title_among_parts_carries_the_link() {
        let row = Row::new("1", vec![Cell::parts([Cell::title("Pay"), Cell::badge("Blocked", Tone::Danger)]), Cell::none()]).href("/f/1");
        let markup = row.markup(&COLUMNS, true, false);
        assert!(
            markup.contains("aria-label=\"Select Pay\"") && markup.contains("<a class=\"row-link\" href=\"/f/1\">Pay</a> <span"),
            "{markup}"
        );
    }

    #[test]
    fn the_box_of_a_row_says_which() {
        let row = Row::new("1", vec![Cell::title("A \"b\""), Cell::none()]);
        assert!(row.markup(&COLUMNS, true, true).starts_with(
            "<td class=\"pick\"><input type=\"checkbox\" class=\"box\" tabindex=\"-1\" aria-label=\"Select A &quot;b&quot;\" checked></td>"
        ));
    }
}
