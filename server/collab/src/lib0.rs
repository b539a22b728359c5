//! The variable-length numbers, strings and buffers that Yjs writes (lib0, encoding 1).

/// What cannot be read as a frame or an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// The largest client id: what a JavaScript number holds exactly.
const CLIENT_MAX: u64 = (1 << 53) - 1;

/// Clocks stay below this, so that no reader's arithmetic overflows.
pub const CLOCK_MAX: u32 = i32::MAX as u32;

/// A place in bytes. Every read is bounded by what is there; nothing is allocated by a length that somebody claims.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }

    pub fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub fn at(&self) -> usize {
        self.at
    }

    /// What lies between an earlier place and this one.
    pub fn since(&self, start: usize) -> &'a [u8] {
        &self.bytes[start..self.at]
    }

    pub fn u8(&mut self) -> Result<u8, Malformed> {
        let byte = *self.bytes.get(self.at).ok_or(Malformed)?;
        self.at += 1;
        Ok(byte)
    }

    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        if count > self.left() {
            return Err(Malformed);
        }
        self.at += count;
        Ok(&self.bytes[self.at - count..self.at])
    }

    /// An unsigned number of at most 64 bits.
    pub fn uint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                return Err(Malformed);
            }
            value |= part << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    pub fn u32(&mut self) -> Result<u32, Malformed> {
        u32::try_from(self.uint()?).map_err(|_| Malformed)
    }

    /// How many things follow, each at least one byte long.
    pub fn count(&mut self) -> Result<usize, Malformed> {
        let count = usize::try_from(self.uint()?).map_err(|_| Malformed)?;
        if count > self.left() { Err(Malformed) } else { Ok(count) }
    }

    pub fn client(&mut self) -> Result<u64, Malformed> {
        let client = self.uint()?;
        if client > CLIENT_MAX { Err(Malformed) } else { Ok(client) }
    }

    pub fn clock(&mut self) -> Result<u32, Malformed> {
        let clock = self.u32()?;
        if clock > CLOCK_MAX { Err(Malformed) } else { Ok(clock) }
    }

    /// A signed number: the sign is the seventh bit of the first byte.
    pub fn int(&mut self) -> Result<(), Malformed> {
        if self.u8()? < 0x80 {
            return Ok(());
        }
        for _ in 0..9 {
            if self.u8()? < 0x80 {
                return Ok(());
            }
        }
        Err(Malformed)
    }

    pub fn buffer(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.count()?;
        self.take(length)
    }

    pub fn text(&mut self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.buffer()?).map_err(|_| Malformed)
    }
}

pub fn put_uint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub fn put_buffer(out: &mut Vec<u8>, bytes: &[u8]) {
    put_uint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(value: u64, rest: Vec<u8>) {
            let mut out = Vec::new();
            put_uint(&mut out, value);
            out.extend_from_slice(&rest);
            let mut reader = Reader::new(&out);
            prop_assert_eq!(reader.uint(), Ok(value));
            prop_assert_eq!(reader.left(), rest.len());
        }
    }

    #[test]
    fn what_is_too_long_or_cut_is_malformed() {
        assert_eq!(Reader::new(&[0x80; 12]).uint(), Err(Malformed));
        assert_eq!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]).uint(), Err(Malformed));
        assert_eq!(Reader::new(&[5, 1, 2]).buffer(), Err(Malformed));
        assert_eq!(Reader::new(&[1, 0xff]).text(), Err(Malformed));
    }
}
