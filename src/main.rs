//! The executable. What it can do is in `cli`, what it serves is in the library.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
