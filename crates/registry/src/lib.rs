//! The compiled, validated, versioned form of the resources; pure.
