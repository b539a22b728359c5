//! What typst may see: the template, the book's data and its pictures. No file, no address, no clock.
use richtext::fonts;
use std::collections::HashMap;
use std::sync::OnceLock;
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_kit::fonts::FontStore;

const TEMPLATE: &str = include_str!("book.typ");

/// Where one book is set.
pub struct Shop {
    library: LazyHash<Library>,
    template: Source,
    /// Data and pictures by their names.
    files: HashMap<String, Bytes>,
}

impl Shop {
    /// A shop with the data of a book and its pictures.
    pub fn new(data: String, pictures: HashMap<String, Vec<u8>>) -> Self {
        let mut files: HashMap<String, Bytes> = pictures.into_iter().map(|(name, bytes)| (name, Bytes::new(bytes))).collect();
        files.insert("book.json".into(), Bytes::new(data.into_bytes()));
        let path = VirtualPath::new("book.typ").unwrap_or_else(|_| unreachable!("the name of the template is a path"));
        let id = RootedPath::new(VirtualRoot::Project, path).intern();
        Self { library: LazyHash::new(Library::default()), template: Source::new(id, TEMPLATE.to_owned()), files }
    }
}

/// The fonts: ours first, then the system's, found once for each process.
fn store() -> &'static FontStore {
    static STORE: OnceLock<FontStore> = OnceLock::new();
    STORE.get_or_init(|| {
        let mut store = FontStore::new();
        for data in fonts::EMBEDDED {
            store.extend(Font::iter(Bytes::new(*data)).map(|font| {
                let info = font.info().clone();
                (font, info)
            }));
        }
        store.extend(typst_kit::fonts::system());
        store
    })
}

impl World for Shop {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        store().book()
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.template.id() { Ok(self.template.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let found = self.files.get(id.get().vpath().get_without_slash());
        found.cloned().ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        store().font(index)
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
