//! Positions in lists that page by key. Hand-written lists use the same cursors as plain records.
use crate::{
    fault::{Code, Fault},
    record::{PageRequest, Paged},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// The last row of a page: its sort key (with whatever else identifies the order) and its id. Opaque to clients.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor<K> {
    pub key: K,
    pub id: Uuid,
}

impl<K: Serialize + DeserializeOwned> Cursor<K> {
    pub fn new(key: K, id: Uuid) -> Self {
        Self { key, id }
    }

    pub fn encode(&self) -> String {
        // Keys are texts, numbers and times: they always have a JSON form.
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&(&self.key, self.id)).unwrap_or_default())
    }

    /// 400 for anything this server did not make.
    pub fn decode(text: &str) -> Result<Self, Fault> {
        BASE64_URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<(K, Uuid)>(&bytes).ok())
            .map(|(key, id)| Self { key, id })
            .ok_or_else(|| Fault::new(Code::BadRequest, "This page of the list does not exist. Start at its beginning."))
    }

    /// The position a request asks to go on from.
    pub fn of(request: &PageRequest) -> Result<Option<Self>, Fault> {
        request.after.as_deref().map(Self::decode).transpose()
    }
}

impl<T> Paged<T> {
    /// Cuts off the row too many (`PageRequest::fetch` asked for one more) and makes the cursor of the last row left.
    pub fn cut<K>(mut rows: Vec<T>, request: &PageRequest, cursor: impl FnOnce(&T) -> Cursor<K>) -> Self
    where
        K: Serialize + DeserializeOwned,
    {
        let more = rows.len() > request.limit();
        rows.truncate(request.limit());
        let next = rows.last().filter(|_| more).map(|last| cursor(last).encode());
        Self { rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_made() {
        let cursor = Cursor::new(("2026-11-21T04:01:00Z".to_owned(), 7i64), Uuid::from_u128(9));
        assert_eq!(Cursor::decode(&cursor.encode()).unwrap(), cursor);
    }

    #[test]
    fn what_we_did_not_make_is_a_bad_request() {
        for text in ["", "%%%", "bm90IGpzb24", &Cursor::new(7i64, Uuid::nil()).encode()] {
            let fault = Cursor::<String>::decode(text).unwrap_err();
            assert_eq!(fault.code, Code::BadRequest, "{text}");
        }
    }

    #[test]
    fn a_page_is_cut_where_its_limit_says() {
        let request = PageRequest { after: None, limit: Some(2) };
        let page = Paged::cut(vec![1, 2, 3], &request, |n| Cursor::new(*n, Uuid::nil()));
        assert_eq!((page.rows, page.next.is_some()), (vec![1, 2], true));
        let page = Paged::cut(vec![1, 2], &request, |n| Cursor::new(*n, Uuid::nil()));
        assert_eq!((page.rows, page.next), (vec![1, 2], None));
    }
}
