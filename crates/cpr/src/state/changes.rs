//! What changed, as an advisory says it: by category, without values.

use super::{FieldSet, Mask};
use crate::{Categories, Category};

/// The changed fields of one category.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ChangeEntry {
    /// The category.
    pub category: Category,
    /// The names of the changed fields in advisories; empty where the mask hides which ones.
    pub fields: Vec<&'static str>,
}

/// The changes that a consumer with these categories may hear of, by category. Protection travels with name and
/// address. Where `mask` hides the address, its entry names no field.
#[must_use]
pub fn changes_json(changed: FieldSet, granted: Categories, mask: Mask) -> Vec<ChangeEntry> {
    let _ = (changed, granted, mask);
    unimplemented!()
}
