//! What processes tell each other over `NOTIFY millrace_collab`: who speaks (16 hex digits), a letter, and base64.
use crate::lib0::{Malformed, Reader, put_buffer};
use base64::{Engine, engine::general_purpose::STANDARD};
use uuid::Uuid;

/// A channel's payload is shorter than 8000 bytes; base64 makes four of three, and some room is left.
const NOTICE_MAX: usize = 5_800;

/// Updates up to this size travel in notices; `factory.collab_store` tells of longer ones by the id of their row.
pub const INLINE_MAX: usize = 5_000;

/// Speaks for no process: what services write is heard by all.
const NOBODY: u64 = 0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Updates of documents.
    Updates,
    /// An update lies in this row.
    Row,
    /// Awareness of documents.
    Awareness,
    /// The speaker has opened a document.
    Open,
    /// The speaker has it open too.
    Here,
    /// The speaker has closed it.
    Closed,
}

impl Kind {
    const ALL: [(Kind, char); 6] =
        [(Kind::Updates, 'U'), (Kind::Row, 'R'), (Kind::Awareness, 'A'), (Kind::Open, 'O'), (Kind::Here, 'H'), (Kind::Closed, 'C')];

    fn letter(self) -> char {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or('?', |(_, letter)| *letter)
    }
}

/// A notice as it was heard: who said it, and what about which documents.
#[derive(Debug, PartialEq, Eq)]
pub struct Notice {
    pub sender: u64,
    pub kind: Kind,
    pub records: Vec<(Uuid, Vec<u8>)>,
}

/// How a process begins its notices.
pub fn name(sender: u64) -> String {
    format!("{sender:016x}")
}

/// Packs records into as few notices as they fit in. Records too long for any are left out.
pub fn pack<'a>(sender: u64, kind: Kind, records: impl IntoIterator<Item = (Uuid, &'a [u8])>) -> Vec<String> {
    let mut notices = Vec::new();
    let mut bytes = Vec::new();
    let mut end = |bytes: &mut Vec<u8>| {
        if !bytes.is_empty() {
            notices.push(format!("{}{}{}", name(sender), kind.letter(), STANDARD.encode(&bytes)));
            bytes.clear();
        }
    };
    for (document, content) in records {
        if content.len() > INLINE_MAX {
            continue;
        }
        if bytes.len() + content.len() + 20 > NOTICE_MAX {
            end(&mut bytes);
        }
        bytes.extend_from_slice(document.as_bytes());
        put_buffer(&mut bytes, content);
    }
    end(&mut bytes);
    notices
}

/// The notice of one update that a service made.
pub fn of_row(document: Uuid, row: i64, update: &[u8]) -> String {
    match pack(NOBODY, Kind::Updates, [(document, update)]).pop() {
        Some(notice) => notice,
        None => {
            let mut bytes = document.as_bytes().to_vec();
            bytes.extend_from_slice(&row.to_be_bytes());
            format!("{}{}{}", name(NOBODY), Kind::Row.letter(), STANDARD.encode(&bytes))
        }
    }
}

/// Reads what was heard, unless the process said it itself.
pub fn read(own: &str, payload: &str) -> Result<Option<Notice>, Malformed> {
    if payload.starts_with(own) {
        return Ok(None);
    }
    let (sender, rest) = payload.split_at_checked(16).ok_or(Malformed)?;
    let sender = u64::from_str_radix(sender, 16).map_err(|_| Malformed)?;
    let letter = rest.chars().next().ok_or(Malformed)?;
    let (kind, _) = *Kind::ALL.iter().find(|(_, of)| *of == letter).ok_or(Malformed)?;
    let bytes = STANDARD.decode(&rest[1..]).map_err(|_| Malformed)?;
    let mut reader = Reader::new(&bytes);
    let mut records = Vec::new();
    while !reader.is_empty() {
        let document = Uuid::from_slice(reader.take(16)?).map_err(|_| Malformed)?;
        let content = match kind {
            Kind::Row => reader.take(8)?,
            _ => reader.buffer()?,
        };
        records.push((document, content.to_vec()));
    }
    Ok(Some(Notice { sender, kind, records }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_packed_and_read() {
        let documents: Vec<Uuid> = (0..400).map(Uuid::from_u128).collect();
        let content = vec![7u8; 100];
        let packed = pack(9, Kind::Updates, documents.iter().map(|d| (*d, content.as_slice())));
        assert!(packed.len() > 5 && packed.iter().all(|notice| notice.len() < 8000));
        let heard: Vec<Uuid> = packed
            .iter()
            .flat_map(|n| read(&name(1), n).unwrap().unwrap().records)
            .inspect(|(_, c)| assert_eq!(c, &content))
            .map(|r| r.0)
            .collect();
        assert_eq!(heard, documents);
        assert_eq!(read(&name(9), &packed[0]), Ok(None));
    }

    #[test]
    fn long_updates_go_by_their_row() {
        let notice = of_row(Uuid::from_u128(5), 77, &[0; INLINE_MAX + 1]);
        let heard = read(&name(1), &notice).unwrap().unwrap();
        assert_eq!((heard.kind, heard.records), (Kind::Row, vec![(Uuid::from_u128(5), 77i64.to_be_bytes().to_vec())]));
        assert_eq!(read(&name(1), "nonsense"), Err(Malformed));
        // The longest that travels inline fits the channel.
        assert!(of_row(Uuid::from_u128(5), 77, &[0; INLINE_MAX]).len() < 8000);
    }
}
