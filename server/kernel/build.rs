//! `sqlx::migrate!` reads the folder at compile time: a new file there is a reason to compile again.
fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
