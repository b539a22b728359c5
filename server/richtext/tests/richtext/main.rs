//! Documents as text: schema, hashes, differences, conversions.
mod arbitrary;
mod carry;
mod diff;
mod docx;
mod hash;
mod markdown;
mod rules;
mod schema;
mod section;
mod yjs;
