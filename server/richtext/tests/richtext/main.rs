//! Documents as text: schema, hashes, differences, conversions.
mod arbitrary;
mod diff;
mod hash;
mod schema;
mod section;
