//! The shell: the document, the routes of every area, the frame around their pages, home and the palette.

mod app;
mod document;
mod frame;
mod help;
mod home;
mod kit_page;
mod live_pill;
mod nav;
mod not_found;
mod palette;

pub use app::App;
pub use document::document;

use home::{HomePage, StartPage};
use kit_page::KitPage;

kit::split_pages!(home: StartPage, HomePage);
kit::split_pages!(kit: KitPage);
