//! The API as programs and browsers meet it: a real server on a port of its own, over a database of its own.
mod assistant;
mod auth;
mod collab;
mod guard;
mod health;
mod keys;
mod live;
mod mcp;
mod organizations;
mod rest;
mod support;
mod test_runs;
mod validator;
