//! The custom resources as Rust types, and their generated YAML.
