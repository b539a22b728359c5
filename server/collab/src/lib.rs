//! Live editing.
mod awareness;
mod frame;
mod lib0;
mod update;
