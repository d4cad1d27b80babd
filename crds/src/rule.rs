//! The CEL rules of the schemas, each with the same rule as a function.
//!
//! The API server evaluates the CEL text, [`crate::SpecSchema::validate`] the function. A test proves for every rule in the
//! generated schemas that it stands here and that one object is accepted and one refused by it.

use serde_json::{Value, json};

use crate::text;

/// A rule about a value, or about a value and the one before it.
#[derive(Debug)]
pub struct Rule {
    /// The expression as the API server evaluates it.
    pub cel: &'static str,
    /// What is wrong and what to do.
    pub message: &'static str,
    /// The same as a function of the value (defaults filled in, bounds already checked) and the value before it.
    pub holds: Holds,
}

/// A rule as a function.
#[derive(Debug)]
pub enum Holds {
    /// About the value.
    Value(fn(&Value) -> bool),
    /// About the value before and the value now.
    Change(fn(&Value, &Value) -> bool),
}

impl Rule {
    /// Whether the rule holds for `value`, and `old` where there was a former value.
    #[must_use]
    pub fn holds(&self, value: &Value, old: Option<&Value>) -> bool {
        match self.holds {
            Holds::Value(holds) => holds(value),
            Holds::Change(holds) => old.is_none_or(|old| holds(old, value)),
        }
    }
}

/// Every rule.
pub const RULES: &[&Rule] = &[
    &NO_PERSON_NUMBER,
    &NET,
    &HTTPS,
    &SOURCE_TYPE_MEMBER,
    &CONSUMER_TYPE_MEMBER,
    &TYPE_STAYS,
    &AUTHORITY_STAYS,
    &ENVIRONMENT_STAYS,
    &SOURCE_REF_STAYS,
    &CONSUMER_REF_STAYS,
    &PERSON_RECORD_ORDERED,
    &NATIONWIDE_BY_NAME,
    &MUNICIPALITIES_NAMED,
    &ONE_DESTINATION,
    &STATUS_IS_FREE,
    &CLAUSE_HAS_CONDITION,
    &AGES_IN_ORDER,
    &CHANGES_AMONG_CATEGORIES,
];

/// Free text is kept and shown for years, outside all care for personal data.
pub const NO_PERSON_NUMBER: Rule = Rule {
    cel: "!self.matches('(^|[^0-9])[0-3][0-9][01][0-9]{3}[- ]?[0-9]{4}([^0-9]|$)')",
    message: "holds what looks like a person number; write it without naming a person",
    holds: Holds::Value(|value| !value.as_str().is_some_and(text::hides_person_number)),
};

/// A net in its shortest form, so that nobody allows more than was meant.
pub const NET: Rule = Rule {
    cel: "isCIDR(self) && cidr(self) == cidr(self).masked()",
    message: "must be a net such as 10.20.0.0/16, with no bits set behind the prefix",
    holds: Holds::Value(|value| value.as_str().is_some_and(text::is_net)),
};

/// Personal data travels encrypted.
pub const HTTPS: Rule = Rule {
    cel: "self.startsWith('https://')",
    message: "must begin with https://",
    holds: Holds::Value(|value| value.as_str().is_some_and(|text| text.starts_with("https://"))),
};

/// The discriminator of a source.
pub const SOURCE_TYPE_MEMBER: Rule = Rule {
    cel: "self.type != 'Directory' || has(self.directory)",
    message: "type Directory needs the field directory; add it with at least a path",
    holds: Holds::Value(|value| value["type"] != "Directory" || has(value, "directory")),
};

/// The discriminator of a consumer.
pub const CONSUMER_TYPE_MEMBER: Rule = Rule {
    cel: "self.type != 'Webhook' || has(self.webhook)",
    message: "type Webhook needs the field webhook; add it with url and signingSecretRef",
    holds: Holds::Value(|value| value["type"] != "Webhook" || has(value, "webhook")),
};

/// An object does not become another kind of thing.
pub const TYPE_STAYS: Rule = Rule {
    cel: "self == oldSelf",
    message: "type cannot change; make a new object, then delete this one",
    holds: Holds::Change(|old, new| old == new),
};

/// The store belongs to one data controller.
pub const AUTHORITY_STAYS: Rule = Rule {
    cel: "self.cvr == oldSelf.cvr",
    message: "authority.cvr cannot change; another data controller needs an installation of its own",
    holds: Holds::Change(|old, new| old["cvr"] == new["cvr"]),
};

/// Test data and real data never meet in one store.
pub const ENVIRONMENT_STAYS: Rule = Rule {
    cel: "self == oldSelf",
    message: "environment cannot change; another environment needs an installation of its own",
    holds: Holds::Change(|old, new| old == new),
};

/// A subscription's memberships belong to one source.
pub const SOURCE_REF_STAYS: Rule = Rule {
    cel: "self == oldSelf",
    message: "sourceRef cannot change; make a new subscription, then delete this one",
    holds: Holds::Change(|old, new| old == new),
};

/// A subscription's advisories belong to one consumer.
pub const CONSUMER_REF_STAYS: Rule = Rule {
    cel: "self == oldSelf",
    message: "consumerRef cannot change; make a new subscription, then delete this one",
    holds: Holds::Change(|old, new| old == new),
};

/// Every set of records of a person begins with 001.
pub const PERSON_RECORD_ORDERED: Rule = Rule {
    cel: "self.exists(code, code == '001')",
    message: "must hold \"001\", which every task delivers",
    holds: Holds::Value(|value| holds_text(value, "001")),
};

/// A nationwide selection is granted to named subscriptions only.
pub const NATIONWIDE_BY_NAME: Rule = Rule {
    cel: "!self.selections.kinds.exists(kind, kind == 'Age') || self.subscriptions.size() > 0",
    message: "kind Age selects nationwide and is granted by name only; list the subscriptions that may use it",
    holds: Holds::Value(|value| {
        !holds_text(&value["selections"]["kinds"], "Age") || !is_empty(&value["subscriptions"])
    }),
};

/// Which municipalities is never left open.
pub const MUNICIPALITIES_NAMED: Rule = Rule {
    cel: "self.kinds.exists(kind, kind == 'Municipality') == (self.municipalityCodes.size() > 0)",
    message: "municipalityCodes go with kind Municipality; give both or neither",
    holds: Holds::Value(|value| holds_text(&value["kinds"], "Municipality") != is_empty(&value["municipalityCodes"])),
};

/// A destination is a name or a net.
pub const ONE_DESTINATION: Rule = Rule {
    cel: "has(self.hostSuffix) != has(self.cidr)",
    message: "needs either hostSuffix or cidr; give exactly one of them",
    holds: Holds::Value(|value| has(value, "hostSuffix") != has(value, "cidr")),
};

/// The delivery protocol gives these a meaning.
pub const STATUS_IS_FREE: Rule = Rule {
    cel: "self.all(status, status != 410 && status != 429 && status != 503)",
    message: "410, 429 and 503 already have a meaning in the delivery protocol; remove them",
    holds: Holds::Value(|value| {
        items(value).iter().all(|status| ![410, 429, 503].iter().any(|taken| *status == json!(taken)))
    }),
};

/// An empty clause would select everybody.
pub const CLAUSE_HAS_CONDITION: Rule = Rule {
    cel: "has(self.municipalityCodes) || has(self.ageRange)",
    message: "needs a condition; give municipalityCodes, ageRange or both",
    holds: Holds::Value(|value| has(value, "municipalityCodes") || has(value, "ageRange")),
};

/// A range that holds no age would select nobody.
pub const AGES_IN_ORDER: Rule = Rule {
    cel: "!has(self.to) || self.from <= self.to",
    message: "from must not be above to; exchange them",
    holds: Holds::Value(|value| {
        value["to"].as_i64().is_none_or(|to| value["from"].as_i64().is_none_or(|from| from <= to))
    }),
};

/// Nobody is told about a category that the subscription does not ask for.
pub const CHANGES_AMONG_CATEGORIES: Rule = Rule {
    cel: "self.notifyOn.changes.all(change, self.categories.exists(category, category == change))",
    message: "notifyOn.changes names a category that is not in categories; add it there or remove it here",
    holds: Holds::Value(|value| {
        items(&value["notifyOn"]["changes"]).iter().all(|change| items(&value["categories"]).contains(change))
    }),
};

fn has(value: &Value, field: &str) -> bool {
    value.get(field).is_some_and(|value| !value.is_null())
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn is_empty(value: &Value) -> bool {
    items(value).is_empty()
}

fn holds_text(value: &Value, text: &str) -> bool {
    items(value).iter().any(|item| item == text)
}

/// The rules in the form of a schema.
pub(crate) fn attached(rules: &[&Rule]) -> Value {
    rules.iter().map(|rule| json!({"rule": rule.cel, "message": rule.message})).collect()
}
