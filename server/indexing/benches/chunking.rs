//! How fast files become chunks with vectors: `cargo bench -p indexing [-- FOLDER]`. Without a folder it reads the sources of
//! this workspace, again and again until there are 5,000 files.
use indexing::{chunks, embed};
use rayon::prelude::*;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

const FILES: usize = 5_000;

fn main() {
    let folder = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let folder = folder.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."), PathBuf::from);
    let mut read = Vec::new();
    gather(&folder, &folder, &mut read);
    assert!(!read.is_empty(), "no sources in {}", folder.display());
    let files: Vec<_> = read.iter().cycle().take(FILES.max(read.len())).collect();
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    report("one thread: chunks", bytes, || files.iter().map(|(path, text)| chunks(path, text).len()).sum());
    report("all threads: chunks", bytes, || files.par_iter().map(|(path, text)| chunks(path, text).len()).sum());
    report("all threads: chunks and vectors", bytes, || {
        files
            .par_iter()
            .map(|(path, text)| chunks(path, text).iter().filter(|c| embed::builtin(&embed::code_text(path, c)).len() == 1536).count())
            .sum()
    });
}

fn report(what: &str, bytes: usize, work: impl Fn() -> usize) {
    let begun = Instant::now();
    let found = work();
    let seconds = begun.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "for reading")]
    let megabytes = bytes as f64 / 1e6;
    println!("{what}: {found} chunks of {megabytes:.1} MB in {seconds:.2} s ({:.1} MB/s)", megabytes / seconds);
}

fn gather(root: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && !indexing::skip::folder(&entry.file_name().to_string_lossy()) {
            gather(root, &path, found);
        } else if !is_folder && !indexing::skip::path(&name) && indexing::language::of(&name).is_some_and(|l| l.grammar.is_some()) {
            found.extend(fs::read_to_string(&path).ok().filter(|text| text.len() < 1 << 20).map(|text| (name, text)));
        }
    }
}
