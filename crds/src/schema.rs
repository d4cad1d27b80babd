//! Validation of a `spec` by its generated schema, as an API server with strict field validation would do it: defaults
//! are filled in, then fields, types, bounds, patterns and rules are checked. Every mistake is found, not only the
//! first.

use serde_json::{Map, Value};

use crate::kind::Kind;
use crate::rule::RULES;
use crate::text::{hides_person_number, pattern};

/// One mistake in a `spec`. It holds no value of the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field, beginning with `spec`.
    pub field: String,
    /// What is wrong and what to do, without a full stop.
    pub text: String,
}

/// The schema of the `spec` of one kind.
#[derive(Clone, Debug)]
pub struct SpecSchema(Value);

impl SpecSchema {
    /// The schema that is generated for `kind`.
    ///
    /// # Errors
    /// As [`Kind::definition`].
    pub fn of(kind: Kind) -> Result<Self, serde_json::Error> {
        kind.spec_schema().map(Self)
    }

    /// The schema itself.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// Fills the defaults into `spec` and returns what is wrong with it, in the order of the fields. `old` is the former
    /// spec of the same object with its defaults, for the fields that cannot change.
    pub fn validate(&self, spec: &mut Value, old: Option<&Value>) -> Vec<Problem> {
        let mut problems = Vec::new();
        walk(&self.0, spec, old, "spec", &mut problems);
        problems
    }
}

/// `name` if it may be repeated in a message: a plain identifier that hides no person number.
#[must_use]
pub fn sayable(name: &str) -> Option<&str> {
    let plain = name.len() <= 63 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    (plain && !name.is_empty() && !hides_person_number(name)).then_some(name)
}

fn walk(schema: &Value, value: &mut Value, old: Option<&Value>, path: &str, problems: &mut Vec<Problem>) {
    let before = problems.len();
    let mut wrong = |text: String| problems.push(Problem { field: path.to_owned(), text });
    match schema["type"].as_str() {
        Some("object") => match value {
            Value::Object(fields) => walk_object(schema, fields, old, path, problems),
            _ => wrong("must be fields, one on each line and indented".into()),
        },
        Some("array") => match value {
            Value::Array(items) => walk_array(schema, items, old, path, problems),
            _ => wrong("must be a list, such as [a, b]".into()),
        },
        Some("string") => match value.as_str() {
            Some(text) => wrong_text(schema, text).into_iter().for_each(wrong),
            None => wrong("must be text; write it in quotes".into()),
        },
        Some("integer") => wrong_number(schema, value).into_iter().for_each(wrong),
        Some("boolean") if !value.is_boolean() => wrong("must be true or false, without quotes".into()),
        _ => {}
    }
    // A rule may rely on the bounds, as it may at the API server.
    if problems.len() == before {
        for text in broken_rules(schema, value, old) {
            problems.push(Problem { field: path.to_owned(), text });
        }
    }
}

fn walk_object(
    schema: &Value,
    fields: &mut Map<String, Value>,
    old: Option<&Value>,
    path: &str,
    problems: &mut Vec<Problem>,
) {
    let none = Map::new();
    let known = schema["properties"].as_object().unwrap_or(&none);
    // A field without a value counts as left out.
    fields.retain(|_, value| !value.is_null());
    for name in fields.keys().filter(|name| !known.contains_key(*name)) {
        let field = format!("{path}.{}", sayable(name).unwrap_or("(a field)"));
        problems.push(Problem { field, text: unknown(name, known) });
    }
    for (name, schema) in known {
        if let (None, Some(default)) = (fields.get(name), schema.get("default")) {
            fields.insert(name.clone(), default.clone());
        }
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            problems.push(Problem { field: format!("{path}.{name}"), text: "is missing; add it".into() });
        }
    }
    for (name, schema) in known {
        if let Some(value) = fields.get_mut(name) {
            walk(schema, value, old.and_then(|old| old.get(name)), &format!("{path}.{name}"), problems);
        }
    }
}

/// What to say about a field that is not in the schema.
fn unknown(name: &str, known: &Map<String, Value>) -> String {
    let names: Vec<&str> = known.keys().map(String::as_str).collect();
    match names.iter().find(|each| distance(each, name) <= 2) {
        Some(meant) => format!("unknown field; write {meant} if that is meant"),
        None => format!("unknown field; remove it, known here are {}", names.join(", ")),
    }
}

/// Letters to insert, remove or exchange to come from one word to the other, without regard to case.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().map(|each| each.to_ascii_lowercase()).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().map(|each| each.to_ascii_lowercase()).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (place, other) in other.iter().enumerate() {
            let exchanged = diagonal + usize::from(letter != *other);
            diagonal = row[place + 1];
            row[place + 1] = exchanged.min(row[place] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

fn walk_array(schema: &Value, items: &mut [Value], old: Option<&Value>, path: &str, problems: &mut Vec<Problem>) {
    let mut wrong = |field: String, text: String| problems.push(Problem { field, text });
    let (least, most) = (bound(schema, "minItems"), bound(schema, "maxItems"));
    if least.is_some_and(|least| items.len() < least) {
        wrong(path.to_owned(), "must not be empty; add an item".into());
    }
    if let Some(most) = most.filter(|most| items.len() > *most) {
        // Checking the items of an endless list would only make an endless answer.
        return wrong(path.to_owned(), format!("has {} items, at most {most} are allowed; remove some", items.len()));
    }
    if schema["x-kubernetes-list-type"] == "set" {
        for at in (0..items.len()).filter(|at| items[..*at].contains(&items[*at])) {
            wrong(format!("{path}[{at}]"), "is listed twice; remove it".into());
        }
    }
    for (at, item) in items.iter_mut().enumerate() {
        let old = old.and_then(|old| old.get(at));
        walk(&schema["items"], item, old, &format!("{path}[{at}]"), problems);
    }
}

fn bound(schema: &Value, name: &str) -> Option<usize> {
    schema[name].as_u64().and_then(|bound| usize::try_from(bound).ok())
}

fn wrong_text(schema: &Value, text: &str) -> Option<String> {
    if let Some(allowed) = schema["enum"].as_array() {
        if allowed.iter().any(|each| each == text) {
            return None;
        }
        let allowed: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
        return Some(format!("must be {}", allowed.join(" or ")));
    }
    let length = text.chars().count();
    let meaning = schema["pattern"].as_str().and_then(pattern);
    if let Some(pattern) = meaning.filter(|pattern| !(pattern.holds)(text)) {
        return Some(format!("must be {}", pattern.says));
    }
    if let Some(most) = bound(schema, "maxLength").filter(|most| length > *most) {
        return Some(format!("has {length} characters, at most {most} are allowed; shorten it"));
    }
    if let Some(least) = bound(schema, "minLength").filter(|least| length < *least) {
        return Some(format!("has {length} characters, at least {least} are needed; complete it"));
    }
    // The reader of dates also takes other forms; the pattern has left only this one.
    let is_day = schema["format"] != "date" || text.parse::<jiff::civil::Date>().is_ok();
    (!is_day).then(|| "must be a day that the calendar has".into())
}

fn wrong_number(schema: &Value, value: &Value) -> Option<String> {
    let Some(number) = value.as_i64().or_else(|| value.as_u64().map(|_| i64::MAX)) else {
        return Some("must be a whole number, without quotes".into());
    };
    let bound = |name: &str| schema[name].as_f64();
    #[expect(clippy::cast_precision_loss, reason = "bounds are small; what is rounded lies far outside them")]
    let number = number as f64;
    let low = bound("minimum").is_some_and(|low| number < low);
    let high = bound("maximum").is_some_and(|high| number > high);
    (low || high).then(|| match (bound("minimum"), bound("maximum")) {
        (Some(low), Some(high)) => format!("must be from {low} to {high}"),
        (Some(low), None) => format!("must be {low} or more"),
        (_, high) => format!("must be {} or less", high.unwrap_or(f64::MAX)),
    })
}

fn broken_rules(schema: &Value, value: &Value, old: Option<&Value>) -> Vec<String> {
    let attached = schema["x-kubernetes-validations"].as_array();
    let broken = |attached: &&Value| {
        // Two rules may share an expression (what cannot change); the message tells them apart.
        let rule = RULES.iter().find(|rule| attached["rule"] == rule.cel && attached["message"] == rule.message);
        rule.filter(|rule| !rule.holds(value, old)).map(|rule| rule.message.to_owned())
    };
    attached.into_iter().flatten().filter_map(|attached| broken(&attached)).collect()
}

#[cfg(test)]
mod tests;
