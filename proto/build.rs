//! Compiles the `.proto` files without protoc.

use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = told("CARGO_MANIFEST_DIR")?;
    let mut files = Vec::new();
    collect(&root.join("hotline"), &mut files)?;
    files.sort();
    println!("cargo::rerun-if-changed={}", root.join("hotline").display());

    let descriptors = protox::compile(&files, [&root])?;
    let out = told("OUT_DIR")?;
    std::fs::write(
        out.join("hotline.bin"),
        prost::Message::encode_to_vec(&descriptors),
    )?;
    tonic_prost_build::configure()
        .build_transport(false)
        .compile_fds(descriptors)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}

/// A folder cargo names when it runs this; when it built it, the sources may have stood elsewhere.
#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script its folders by the environment"
)]
fn told(name: &str) -> Result<PathBuf, std::env::VarError> {
    std::env::var(name).map(PathBuf::from)
}
