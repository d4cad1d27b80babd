//! Manifests in, registry version out.
