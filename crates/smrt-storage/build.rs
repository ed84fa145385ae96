//! The migrations are built into the library; cargo only notices a change in them when it is told to look.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
