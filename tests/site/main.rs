//! The whole site of a process, as browsers and programs meet it over HTTP.
mod demo;
mod matrix;
mod pages;
mod strangers;
mod support;
