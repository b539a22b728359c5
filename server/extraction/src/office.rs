//! Word documents and presentations: both are paragraphs of runs of text in XML.
use crate::{Error, text::Text, unzip::Package};
use quick_xml::{
    Reader,
    escape::resolve_predefined_entity,
    events::{BytesRef, Event},
};

/// The parts of a Word document that people read, in their order.
pub fn docx(bytes: &[u8]) -> Result<String, Error> {
    let mut package = Package::open(bytes)?;
    let mut text = Text::default();
    let main = package.text("word/document.xml")?.ok_or_else(|| Error::Unreadable("this is not a Word document".into()))?;
    paragraphs(&main, &mut text)?;
    for name in ["word/footnotes.xml", "word/endnotes.xml", "word/comments.xml"] {
        if let Some(part) = package.text(name)? {
            text.fresh_line();
            paragraphs(&part, &mut text)?;
        }
    }
    Ok(text.finish())
}

/// The slides of a presentation in their order, each with its notes.
pub fn pptx(bytes: &[u8]) -> Result<String, Error> {
    let mut package = Package::open(bytes)?;
    let number = |name: &str, before: &str| name.strip_prefix(before)?.strip_suffix(".xml")?.parse::<u32>().ok();
    let mut slides: Vec<u32> = package.names().iter().filter_map(|name| number(name, "ppt/slides/slide")).collect();
    slides.sort_unstable();
    let mut text = Text::default();
    for n in slides {
        for name in [format!("ppt/slides/slide{n}.xml"), format!("ppt/notesSlides/notesSlide{n}.xml")] {
            if let Some(part) = package.text(&name)? {
                text.fresh_line();
                paragraphs(&part, &mut text)?;
            }
        }
        text.fresh_line();
        text.line();
    }
    Ok(text.finish())
}

/// Adds the runs (`t`) of a part; a paragraph (`p`) or row (`tr`) is a line.
fn paragraphs(xml: &str, text: &mut Text) -> Result<(), Error> {
    let mut reader = Reader::from_str(xml);
    let mut in_run = false;
    while !text.is_full() {
        let event = reader.read_event().map_err(|error| Error::Unreadable(format!("the file is damaged: {error}")))?;
        match event {
            Event::Start(tag) => in_run = tag.local_name().as_ref() == b"t",
            Event::Empty(tag) => match tag.local_name().as_ref() {
                b"tab" => text.push("\t"),
                b"br" | b"cr" => text.line(),
                b"p" => text.fresh_line(),
                _ => {}
            },
            Event::End(tag) => {
                in_run = false;
                match tag.local_name().as_ref() {
                    b"p" | b"tr" => text.fresh_line(),
                    _ => {}
                }
            }
            Event::Text(part) if in_run => text.push(&part.decode().unwrap_or_default()),
            Event::CData(part) if in_run => text.push(&part.decode().unwrap_or_default()),
            Event::GeneralRef(name) if in_run => text.push(&reference(&name)),
            Event::Eof => break,
            _ => {}
        }
    }
    Ok(())
}

/// A character by its number, or one of the five of XML. What a file declares itself is never resolved.
fn reference(name: &BytesRef<'_>) -> String {
    if let Ok(Some(c)) = name.resolve_char_ref() {
        return c.to_string();
    }
    name.decode().ok().and_then(|name| resolve_predefined_entity(&name)).unwrap_or_default().to_owned()
}
