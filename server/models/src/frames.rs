//! Lines out of pieces, and events out of lines.
use crate::{Event, Events, ModelFault};
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};
use kernel::outbound::Pieces;
use std::collections::VecDeque;

/// Longest line an answer may have.
const LONGEST: usize = 2 * 1024 * 1024;

/// Reads the lines of a protocol.
pub trait Decoder: Send + 'static {
    /// The data of one line.
    fn line(&mut self, data: &str, out: &mut VecDeque<Event>) -> Result<(), ModelFault>;

    /// The body is over: what is still to be said, or what is missing.
    fn end(&mut self, out: &mut VecDeque<Event>) -> Result<(), ModelFault>;
}

struct State<D> {
    body: Pieces,
    held: BytesMut,
    out: VecDeque<Event>,
    decoder: D,
    /// Lines carry `data:` (server-sent events), and others are for the transport.
    sse: bool,
    over: bool,
}

/// The events of a body. An answer that was said to be over is not read further.
pub fn events<D: Decoder>(body: Pieces, decoder: D, sse: bool) -> Events {
    let state = State { body, held: BytesMut::new(), out: VecDeque::new(), decoder, sse, over: false };
    stream::try_unfold(state, |mut state| async move {
        loop {
            if let Some(event) = state.out.pop_front() {
                state.over |= matches!(event, Event::Done(_));
                return Ok(Some((event, state)));
            }
            if state.over {
                return Ok(None);
            }
            match state.body.next().await {
                Some(Ok(piece)) => state.take(&piece)?,
                // Broken off in the middle: what came is no answer.
                Some(Err(fault)) => return Err(ModelFault::Failed(fault)),
                None => {
                    let rest = std::mem::take(&mut state.held);
                    state.read(&rest)?;
                    state.decoder.end(&mut state.out)?;
                    state.over = state.out.is_empty();
                }
            }
        }
    })
    .boxed()
}

impl<D: Decoder> State<D> {
    fn take(&mut self, piece: &Bytes) -> Result<(), ModelFault> {
        self.held.extend_from_slice(piece);
        while let Some(at) = self.held.iter().position(|b| *b == b'\n') {
            let line = self.held.split_to(at + 1);
            self.read(&line)?;
        }
        if self.held.len() > LONGEST {
            return Err(unusable("a line of it has no end"));
        }
        Ok(())
    }

    fn read(&mut self, line: &[u8]) -> Result<(), ModelFault> {
        let line = std::str::from_utf8(line).map_err(|_| unusable("it is no text"))?.trim();
        let data = match self.sse {
            true => line.strip_prefix("data:").map(str::trim_start),
            false => Some(line),
        };
        match data {
            Some(data) if !data.is_empty() => self.decoder.line(data, &mut self.out),
            _ => Ok(()),
        }
    }
}

/// An answer that is none, and why.
pub fn unusable(why: &str) -> ModelFault {
    ModelFault::Unusable(format!("The model's answer cannot be used: {why}."))
}

/// An error that came inside of an answer.
pub fn failed(message: &str) -> ModelFault {
    tracing::warn!(model.error = message, "a model ended its answer with an error");
    ModelFault::Failed(kernel::Fault::new(kernel::Code::Upstream, "The model ended its answer with an error. Try again."))
}
