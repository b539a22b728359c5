//! Pictures in a form every reader of documents shows.
use crate::fonts;
use base64::{Engine, engine::general_purpose::STANDARD};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{ImageHrefResolver, Options, Tree};

/// Pixels of a drawn picture for each of its own.
const SCALE: f32 = 2.0;
/// The longest side of a drawn picture in pixels.
const LONGEST: f32 = 4096.0;

/// A picture with its size in CSS pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster {
    pub bytes: Vec<u8>,
    /// `png`, `jpg` or `gif`.
    pub extension: &'static str,
    pub width: f32,
    pub height: f32,
}

/// A stored picture; WebP and SVG are drawn as PNG. `None`: it is none of the known kinds.
pub fn image(bytes: &[u8]) -> Option<Raster> {
    use imagesize::ImageType::{Gif, Jpeg, Png, Webp};
    let kind = imagesize::image_type(bytes).ok();
    let extension = match kind {
        Some(Png) => "png",
        Some(Jpeg) => "jpg",
        Some(Gif) => "gif",
        Some(Webp) => return webp(bytes),
        _ => return std::str::from_utf8(bytes).ok().and_then(diagram),
    };
    let size = imagesize::blob_size(bytes).ok().filter(|size| size.width > 0 && size.height > 0)?;
    Some(Raster { bytes: bytes.to_vec(), extension, width: size.width as f32, height: size.height as f32 })
}

/// Office does not show WebP: it is drawn through an SVG around it.
fn webp(bytes: &[u8]) -> Option<Raster> {
    let size = imagesize::blob_size(bytes).ok()?;
    let (width, height) = (size.width, size.height);
    let data = STANDARD.encode(bytes);
    diagram(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\">\
         <image href=\"data:image/webp;base64,{data}\" width=\"{width}\" height=\"{height}\"/></svg>"
    ))
}

/// An SVG as PNG on white. It reaches no file and no address: only what it carries itself is drawn.
pub fn diagram(svg: &str) -> Option<Raster> {
    let resolver = ImageHrefResolver { resolve_string: Box::new(|_, _| None), ..ImageHrefResolver::default() };
    let options = Options { fontdb: fonts::database(), font_family: "Inter".into(), image_href_resolver: resolver, ..Options::default() };
    let tree = Tree::from_str(svg, &options).ok()?;
    let (width, height) = (tree.size().width(), tree.size().height());
    let scale = SCALE.min(LONGEST / width).min(LONGEST / height);
    let mut pixels = Pixmap::new(((width * scale).ceil() as u32).max(1), ((height * scale).ceil() as u32).max(1))?;
    pixels.fill(resvg::tiny_skia::Color::WHITE);
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    Some(Raster { bytes: pixels.encode_png().ok()?, extension: "png", width, height })
}
