//! Spreadsheets: a line for each row, cells parted by tabs.
use crate::{Error, text::Text, unzip::Package};
use calamine::{DataRef, Reader, Xlsx, XlsxError};
use std::io::Cursor;

pub fn read(bytes: &[u8]) -> Result<String, Error> {
    // The size first: the reader takes what parts say at their word.
    Package::open(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| match error {
        XlsxError::Password => Error::Unreadable("the file is protected by a password".into()),
        error => damaged(&error),
    })?;
    let mut text = Text::default();
    for name in book.sheet_names() {
        text.fresh_line();
        text.push(&name);
        // Cell by cell: a whole sheet would be as large as its farthest cell says. Sheets of charts have none.
        let Ok(mut cells) = book.worksheet_cells_reader(&name) else { continue };
        let mut row = None;
        while let Some(cell) = cells.next_cell().map_err(|error| damaged(&error))? {
            if text.is_full() {
                return Ok(text.finish());
            }
            let (at, _) = cell.get_position();
            let value = match cell.get_value() {
                DataRef::Empty => continue,
                DataRef::String(value) => value.clone(),
                DataRef::SharedString(value) => (*value).to_owned(),
                value => calamine::Data::from(value.clone()).to_string(),
            };
            match row.replace(at) {
                Some(before) if before == at => text.push("\t"),
                _ => text.fresh_line(),
            }
            text.push(&value.replace('\n', " "));
        }
    }
    Ok(text.finish())
}

fn damaged(error: &XlsxError) -> Error {
    Error::Unreadable(format!("the file is damaged: {error}"))
}
