//! The fonts of pictures and PDF: Inter and JetBrains Mono, always there; those of the system for other scripts.
use resvg::usvg::fontdb::Database;
use std::sync::{Arc, OnceLock};

/// The fonts that come with Millrace.
pub const EMBEDDED: &[&[u8]] = &[
    include_bytes!("../fonts/Inter-Regular.otf"),
    include_bytes!("../fonts/Inter-Italic.otf"),
    include_bytes!("../fonts/Inter-SemiBold.otf"),
    include_bytes!("../fonts/Inter-SemiBoldItalic.otf"),
    include_bytes!("../fonts/JetBrainsMono-Regular.ttf"),
    include_bytes!("../fonts/JetBrainsMono-Bold.ttf"),
];

/// All fonts, found once for each process.
pub fn database() -> Arc<Database> {
    static FOUND: OnceLock<Arc<Database>> = OnceLock::new();
    Arc::clone(FOUND.get_or_init(|| {
        let mut fonts = Database::new();
        EMBEDDED.iter().for_each(|font| fonts.load_font_data(font.to_vec()));
        fonts.load_system_fonts();
        fonts.set_sans_serif_family("Inter");
        fonts.set_serif_family("Inter");
        fonts.set_monospace_family("JetBrains Mono");
        Arc::new(fonts)
    }))
}
