//! The frames of the socket: y-protocols, and two more that tell what is stored (`docs/collab.md`).
use crate::lib0::{Malformed, Reader, put_buffer, put_uint};
use bytes::Bytes;

/// The largest frame taken (chapter 20, section 8).
pub const FRAME_MAX: usize = 1024 * 1024;

const SYNC: u64 = 0;
const AWARENESS: u64 = 1;
const AUTH: u64 = 2;
const QUERY_AWARENESS: u64 = 3;
const STORED: u64 = 4;
const NOT_STORED: u64 = 5;

/// One frame of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// "I know this": a state vector.
    Step1(&'a [u8]),
    /// The answer to the server's own step 1: what the server lacks.
    Step2(&'a [u8]),
    /// What was typed.
    Update(&'a [u8]),
    Awareness(&'a [u8]),
    QueryAwareness,
}

/// Reads the frames of one message, usually one.
pub fn read(message: &[u8]) -> Result<Vec<Frame<'_>>, Malformed> {
    let mut reader = Reader::new(message);
    let mut frames = Vec::with_capacity(1);
    while !reader.is_empty() {
        frames.push(match reader.uint()? {
            SYNC => match reader.uint()? {
                0 => Frame::Step1(reader.buffer()?),
                1 => Frame::Step2(reader.buffer()?),
                2 => Frame::Update(reader.buffer()?),
                _ => return Err(Malformed),
            },
            AWARENESS => Frame::Awareness(reader.buffer()?),
            QUERY_AWARENESS => Frame::QueryAwareness,
            _ => return Err(Malformed),
        });
    }
    if frames.is_empty() { Err(Malformed) } else { Ok(frames) }
}

/// What an editor may do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    ReadWrite,
    ReadOnly,
}

pub fn step1(clocks: &[u8]) -> Bytes {
    sync(0, clocks)
}

pub fn step2(update: &[u8]) -> Bytes {
    sync(1, update)
}

pub fn update(update: &[u8]) -> Bytes {
    sync(2, update)
}

fn sync(step: u8, content: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(content.len() + 8);
    out.extend([SYNC as u8, step]);
    put_buffer(&mut out, content);
    out.into()
}

pub fn awareness(content: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(content.len() + 6);
    out.push(AWARENESS as u8);
    put_buffer(&mut out, content);
    out.into()
}

/// "You may not": y-protocols' permission denied.
pub fn denied(reason: &str) -> Bytes {
    auth(0, reason)
}

/// "You may": the word Hocuspocus' clients understand; others pass over it.
pub fn allowed(mode: Mode) -> Bytes {
    auth(
        2,
        match mode {
            Mode::ReadWrite => "read-write",
            Mode::ReadOnly => "readonly",
        },
    )
}

fn auth(kind: u8, text: &str) -> Bytes {
    let mut out = vec![AUTH as u8, kind];
    put_buffer(&mut out, text.as_bytes());
    out.into()
}

/// The first `frames` frames with changes (step 2 and update) of this connection are stored; `clocks`: how far its clients'
/// clocks are durable.
pub fn stored(frames: u64, clocks: &[u8]) -> Bytes {
    let mut out = vec![STORED as u8];
    put_uint(&mut out, frames);
    put_buffer(&mut out, clocks);
    out.into()
}

/// What was typed is kept in memory: for so many seconds the database has not taken it.
pub fn not_stored(seconds: u64) -> Bytes {
    let mut out = vec![NOT_STORED as u8];
    put_uint(&mut out, seconds);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use yrs::sync::{Message, SyncMessage};
    use yrs::updates::{decoder::Decode, encoder::Encode};

    #[test]
    fn frames_are_those_of_y_protocols() {
        for message in [SyncMessage::SyncStep2(vec![0, 0]), SyncMessage::Update(vec![0, 0])] {
            let bytes = Message::Sync(message.clone()).encode_v1();
            let frame = read(&bytes).unwrap();
            let expected = if matches!(message, SyncMessage::Update(_)) { Frame::Update(&[0, 0]) } else { Frame::Step2(&[0, 0]) };
            assert_eq!(frame, [expected]);
        }
        assert_eq!(Message::decode_v1(&denied("no")).unwrap(), Message::Auth(Some("no".to_owned())));
        assert_eq!(Message::decode_v1(&update(&[0, 0])).unwrap(), Message::Sync(SyncMessage::Update(vec![0, 0])));
        assert_eq!(read(&Message::AwarenessQuery.encode_v1()).unwrap(), [Frame::QueryAwareness]);
    }

    proptest! {
        #[test]
        fn noise_never_panics(noise in prop::collection::vec(prop_oneof![2 => 0..5u8, 1 => any::<u8>()], 0..80)) {
            let _ = read(&noise);
        }
    }
}
