//! Real small files, made here.
use bytes::Bytes;
use extraction::{Error, FileKind, MAX_TEXT, kind_of, text_of};
use std::io::Write;
use zip::{ZipWriter, write::SimpleFileOptions};

fn zip(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A PDF of one page that draws these lines.
fn pdf(lines: &[&str]) -> Vec<u8> {
    let drawn: String = lines.iter().map(|line| format!("({line}) Tj 0 -20 Td ")).collect();
    let page = format!("BT /F1 12 Tf 72 700 Td {drawn}ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{page}\nendstream", page.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    let mut out = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (n, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", n + 1));
    }
    let xref = out.len();
    out.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for place in places {
        out.push_str(&format!("{place:010} 00000 n \n"));
    }
    out.push_str(&format!("trailer << /Size {} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n", objects.len() + 1));
    out.into_bytes()
}

const WORD: &str = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'";

fn docx(body: &str) -> Vec<u8> {
    zip(&[("word/document.xml", format!("<?xml version='1.0'?><w:document {WORD}><w:body>{body}</w:body></w:document>").as_bytes())])
}

fn xlsx() -> Vec<u8> {
    zip(&[
        ("[Content_Types].xml", b"<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"),
        (
            "_rels/.rels",
            b"<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'><Relationship Id='rId1' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument' Target='xl/workbook.xml'/></Relationships>",
        ),
        (
            "xl/workbook.xml",
            b"<workbook xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main' xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships'><sheets><sheet name='Prices' sheetId='1' r:id='rId1'/></sheets></workbook>",
        ),
        (
            "xl/_rels/workbook.xml.rels",
            b"<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'><Relationship Id='rId1' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet' Target='worksheets/sheet1.xml'/></Relationships>",
        ),
        (
            "xl/sharedStrings.xml",
            b"<sst xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><si><t>Umbrella</t></si></sst>",
        ),
        (
            "xl/worksheets/sheet1.xml",
            // A cell at the far end must not cost the sheet between.
            b"<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData><row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1'><v>12.5</v></c></row><row r='1048576'><c r='XFD1048576' t='inlineStr'><is><t>far</t></is></c></row></sheetData></worksheet>",
        ),
    ])
}

async fn read(name: &str, bytes: impl Into<Vec<u8>>) -> Result<Option<String>, Error> {
    let bytes = bytes.into();
    let kind = kind_of(name, &bytes).expect("a kind that is listed");
    text_of(kind, Bytes::from(bytes)).await
}

async fn text(name: &str, bytes: impl Into<Vec<u8>>) -> String {
    read(name, bytes).await.unwrap().unwrap()
}

#[tokio::test]
async fn the_text_of_every_listed_format_is_read() {
    assert_eq!(text("a.md", "# Title\r\n\r\n\r\n\r\nText").await, "# Title\n\nText");
    assert_eq!(text("a.txt", &b"Gr\xf6\xdfe"[..]).await, "Größe");
    assert_eq!(text("a.csv", "a,b\n1,2\n").await, "a,b\n1,2");
    assert_eq!(text("a.json", r#"{"a": 1}"#).await, r#"{"a": 1}"#);
    assert_eq!(text("a.html", "<p>Hello<script>x</script> you</p>").await, "Hello you");
    assert_eq!(text("a.pdf", pdf(&["Quarterly umbrella report", "Second line"])).await, "Quarterly umbrella report\n\nSecond line");
    assert_eq!(text("a.xlsx", xlsx()).await, "Prices\nUmbrella\t12.5\nfar");
    let body =
        "<w:p><w:r><w:t>One</w:t><w:tab/><w:t xml:space='preserve'> &amp; two</w:t></w:r></w:p><w:p><w:r><w:t>Th&#114;ee</w:t></w:r></w:p>";
    assert_eq!(text("a.docx", docx(body)).await, "One\t & two\nThree");
    let slide = |words: &str| {
        format!("<p:sld xmlns:p='p' xmlns:a='a'><p:txBody><a:p><a:r><a:t>{words}</a:t></a:r></a:p></p:txBody></p:sld>").into_bytes()
    };
    let deck = zip(&[
        ("ppt/presentation.xml", b"<p/>"),
        ("ppt/slides/slide10.xml", &slide("Tenth")),
        ("ppt/slides/slide2.xml", &slide("Second")),
        ("ppt/notesSlides/notesSlide2.xml", &slide("Say it")),
    ]);
    assert_eq!(text("a.pptx", deck).await, "Second\nSay it\n\nTenth");
}

#[tokio::test]
async fn pictures_and_sound_have_no_text() {
    assert_eq!(read("a.gif", &b"GIF89a...."[..]).await, Ok(None));
    assert_eq!(read("a.mp3", &b"ID3...."[..]).await, Ok(None));
    assert_eq!(read("a.svg", &b"<svg><text>no</text></svg>"[..]).await, Ok(None));
}

#[tokio::test]
async fn what_expands_too_much_is_not_expanded() {
    let bomb = zip(&[("word/document.xml", &vec![b' '; 30_000_000])]);
    assert!(bomb.len() * 100 < 30_000_000);
    let fault = read("a.docx", bomb.clone()).await.unwrap_err();
    assert_eq!((fault.to_string().as_str(), fault.may_pass()), ("file expands too much", false));
    // A part that says it is small: the sizes in the file are overwritten.
    let size = 30_000_000_u32.to_le_bytes();
    let mut lie = bomb;
    for at in 0..lie.len() - 4 {
        if lie[at..at + 4] == size {
            lie[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
        }
    }
    assert!(read("a.docx", lie).await.is_err());
    assert_eq!(read("a.xlsx", zip(&[("xl/workbook.xml", &vec![b' '; 30_000_000])])).await, Err(Error::ExpandsTooMuch));
}

#[tokio::test]
async fn entities_of_a_file_are_never_resolved() {
    let laugh = format!(
        "<?xml version='1.0'?><!DOCTYPE w [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'><!ENTITY x SYSTEM 'file:///etc/passwd'>]>\
         <w:document {WORD}><w:p><w:t>before &b;&x; after</w:t></w:p></w:document>"
    );
    assert_eq!(text("a.docx", zip(&[("word/document.xml", laugh.as_bytes())])).await, "before  after");
}

#[tokio::test]
async fn broken_files_fail_with_a_reason() {
    for (name, bytes) in [
        ("a.pdf", b"%PDF-1.4 and nothing".to_vec()),
        ("a.docx", docx("<w:p><w:t>no end").to_vec()),
        ("a.xlsx", zip(&[("xl/workbook.xml", b"<workbook><sheets>")])),
        ("a.pdf", {
            let mut cut = pdf(&["x"]);
            cut.truncate(cut.len() / 2);
            cut
        }),
    ] {
        let fault = read(name, bytes).await.unwrap_err();
        assert!(!fault.to_string().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn long_texts_end_at_five_million_bytes() {
    assert_eq!(text("a.txt", "word ".repeat(2_000_000)).await.len(), MAX_TEXT - 1);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 48, ..Default::default() })]
    #[test]
    fn a_damaged_file_never_takes_the_caller_with_it(place in 0..10_000_usize, byte in 0..=255_u8, which in 0..3_usize) {
        let (kind, mut bytes) = match which {
            0 => (FileKind::Pdf, pdf(&["Quarterly umbrella report"])),
            1 => (FileKind::Xlsx, xlsx()),
            _ => (FileKind::Docx, docx("<w:p><w:t>Text</w:t></w:p>")),
        };
        let at = place % bytes.len();
        bytes[at] = byte;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let read = runtime.block_on(text_of(kind, Bytes::from(bytes)));
        proptest::prop_assert!(read != Ok(None));
    }
}
