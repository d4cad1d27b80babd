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
    let visible = changed.granted(with_protection(granted));
    let mut entries: Vec<ChangeEntry> = Vec::new();
    for field in visible.iter() {
        let category = field.category();
        let hidden = mask == Mask::Protected && category == Category::Address;
        let name = (!hidden).then(|| field.name());
        match entries.iter_mut().find(|entry| entry.category == category) {
            Some(entry) => entry.fields.extend(name),
            None => entries.push(ChangeEntry { category, fields: name.into_iter().collect() }),
        }
    }
    entries
}

/// What `granted` comes to: protection travels with name and address.
pub(super) fn with_protection(granted: Categories) -> Categories {
    if granted.contains(Category::Name) || granted.contains(Category::Address) {
        granted.with(Category::Protection)
    } else {
        granted
    }
}
