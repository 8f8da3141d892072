//! Writes the Rust form of a protobuf description: `vellum-interop-protobuf onnx.proto FOLDER` makes `FOLDER/onnx.rs`.

use std::env;
use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(description), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("two arguments are wanted: the description, and the folder to write into".into());
    };
    let include = description.parent().ok_or("the description lies in no folder")?;
    let parsed = protox::compile([&description], [include])?;
    prost_build::Config::new().out_dir(folder).compile_fds(parsed)?;
    Ok(())
}
