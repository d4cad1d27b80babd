//! Documents: one text of YAML taken apart into typed objects.

use std::collections::BTreeMap;

use crds::{
    CprConsumerSpec, CprSourceSpec, CprSubscriptionSpec, GROUP, Kind, Name, SpecSchema, VERSION, hides_person_number,
    sayable,
};
use registry::ObjectRef;
use serde_json::{Map, Value};

use crate::mistake::{Mistake, Place};

/// The spec of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spec {
    /// Of a `CprSource`.
    Source(Box<CprSourceSpec>),
    /// Of a `CprConsumer`.
    Consumer(Box<CprConsumerSpec>),
    /// Of a `CprSubscription`.
    Subscription(Box<CprSubscriptionSpec>),
}

/// An object whose kind and name can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace and name.
    pub object: ObjectRef,
    /// The file relative to the folder.
    pub origin: String,
    /// What it says; `None` if there are mistakes in it, which are reported.
    pub spec: Option<Spec>,
}

impl Object {
    /// Where it is.
    #[must_use]
    pub fn place(&self, field: &str) -> Place {
        Place::new(&self.origin, &format!("{} {}", self.kind, self.object), field)
    }
}

/// What one document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// One of our objects.
    Object(Object),
    /// Something that may be one of our objects, but which one cannot be told.
    Unknown,
    /// Nothing, or something that is none of our objects.
    Other,
}

/// The schemas of the three kinds.
#[derive(Debug)]
pub struct Schemas(BTreeMap<Kind, SpecSchema>);

impl Schemas {
    /// The generated schemas.
    ///
    /// # Errors
    /// If a schema is no JSON, which the tests of `crds` rule out.
    pub fn new() -> Result<Self, serde_json::Error> {
        Kind::ALL.into_iter().map(|kind| Ok((kind, SpecSchema::of(kind)?))).collect::<Result<_, _>>().map(Self)
    }
}

/// Takes `text`, the content of the file `origin`, apart.
pub fn read(schemas: &Schemas, origin: &str, text: &str, mistakes: &mut Vec<Mistake>) -> Vec<Document> {
    split(text).into_iter().map(|(line, part)| document(schemas, origin, line, &part, mistakes)).collect()
}

/// The documents of a text with the line at which each begins, counted from 1; documents of comments only are left out.
fn split(text: &str) -> Vec<(usize, String)> {
    let mut documents = vec![(1, String::new())];
    for (at, line) in text.lines().enumerate() {
        let separator = line.strip_prefix("---").filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r']));
        match (separator, documents.last_mut()) {
            (None, Some((_, part))) => {
                part.push_str(line);
                part.push('\n');
            }
            // What follows on the separator's line belongs to the document.
            (Some(rest), _) => documents.push((at + 1, format!("{rest}\n"))),
            (None, None) => {}
        }
    }
    let says_something = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with(['#', '%']);
    documents.retain(|(_, part)| part.lines().any(says_something));
    documents
}

fn document(schemas: &Schemas, origin: &str, line: usize, text: &str, mistakes: &mut Vec<Mistake>) -> Document {
    let place = |field: &str| Place::new(origin, &format!("document at line {line}"), field);
    let value = match serde_saphyr::from_str::<Value>(text) {
        Ok(value) => value,
        Err(error) => {
            mistakes.push(Mistake::error(place(""), unreadable(&error, line)));
            return Document::Unknown;
        }
    };
    let Value::Object(mut fields) = value else {
        mistakes.push(Mistake::error(place(""), "is no object; begin it with apiVersion, kind, metadata and spec"));
        return Document::Unknown;
    };
    let (kind, object) = match identity(&fields) {
        Ok(identity) => identity,
        Err(NoIdentity { field, text, ours }) => {
            mistakes.push(Mistake::error(place(field), text));
            return if ours { Document::Unknown } else { Document::Other };
        }
    };
    let mut object = Object { kind, object, origin: origin.to_owned(), spec: None };
    object.spec = spec(schemas, &object, &mut fields, mistakes);
    Document::Object(object)
}

/// Says why a text is no YAML, without repeating any of it.
fn unreadable(error: &serde_saphyr::Error, first_line: usize) -> String {
    let position = error.location().map_or_else(String::new, |at| {
        let line = usize::try_from(at.line()).unwrap_or(0) + first_line - 1;
        format!(" at line {line}, column {}", at.column())
    });
    match error.without_snippet() {
        serde_saphyr::Error::DuplicateMappingKey { .. } => {
            format!("a field is given twice{position}; remove one of them")
        }
        _ => format!("not readable as YAML{position}; correct the indentation, the quotes or the brackets there"),
    }
}

/// Why kind and name of a document cannot be told.
struct NoIdentity {
    field: &'static str,
    text: String,
    /// Whether it may be one of our objects.
    ours: bool,
}

fn identity(fields: &Map<String, Value>) -> Result<(Kind, ObjectRef), NoIdentity> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let ours = text("apiVersion").is_some_and(|version| version.starts_with(GROUP))
        || text("kind").is_some_and(|kind| kind.starts_with("Cpr"));
    let known = Kind::ALL.map(Kind::name).join(", ");
    let Some(name) = text("kind") else {
        return Err(NoIdentity { field: "kind", text: format!("is missing; add one of {known}"), ours });
    };
    let Some(kind) = Kind::by_name(name) else {
        let name = sayable(name).unwrap_or("this kind");
        let text = format!("{name} is not read here; remove the document, known kinds are {known}");
        return Err(NoIdentity { field: "kind", text, ours });
    };
    if text("apiVersion") != Some(&format!("{GROUP}/{VERSION}")) {
        return Err(NoIdentity { field: "apiVersion", text: format!("must be {GROUP}/{VERSION}"), ours: true });
    }
    let part = |name: &'static str, field: &'static str| {
        let text = fields.get("metadata").and_then(|metadata| metadata.get(name));
        label(text).map_err(|text| NoIdentity { field, text, ours: true })
    };
    Ok((kind, ObjectRef { namespace: part("namespace", "metadata.namespace")?, name: part("name", "metadata.name")? }))
}

/// A name of an object or namespace.
fn label(value: Option<&Value>) -> Result<String, String> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Err("is missing; add it".into()) };
    let Some(text) = value.as_str() else { return Err("must be text; write it in quotes".into()) };
    match Name::check(text) {
        Some(says) => Err(format!("must be {says}")),
        None if hides_person_number(text) => {
            Err("looks like a person number; choose a name that says what it is".into())
        }
        None => Ok(text.to_owned()),
    }
}

/// The fields of `metadata` that a manifest may hold.
const METADATA: [&str; 4] = ["annotations", "labels", "name", "namespace"];

fn spec(
    schemas: &Schemas,
    object: &Object,
    fields: &mut Map<String, Value>,
    mistakes: &mut Vec<Mistake>,
) -> Option<Spec> {
    let before = mistakes.len();
    for name in fields.keys().filter(|name| !["apiVersion", "kind", "metadata", "spec"].contains(&name.as_str())) {
        let field = sayable(name).unwrap_or("(a field)");
        let text = "unknown field; remove it, known here are apiVersion, kind, metadata, spec";
        mistakes.push(Mistake::error(object.place(field), text));
    }
    let metadata = fields.get("metadata").and_then(Value::as_object);
    for name in metadata.into_iter().flat_map(Map::keys).filter(|name| !METADATA.contains(&name.as_str())) {
        let field = format!("metadata.{}", sayable(name).unwrap_or("(a field)"));
        let text = format!("unknown field; remove it, known here are {}", METADATA.join(", "));
        mistakes.push(Mistake::error(object.place(&field), text));
    }
    let Some(spec) = fields.get_mut("spec").filter(|spec| !spec.is_null()) else {
        mistakes.push(Mistake::error(object.place("spec"), "is missing; add it"));
        return None;
    };
    let problems = schemas.0.get(&object.kind)?.validate(spec, None);
    mistakes.extend(problems.into_iter().map(|problem| Mistake::error(object.place(&problem.field), problem.text)));
    if mistakes.len() > before {
        return None;
    }
    let typed = typed(object.kind, spec.take());
    if typed.is_err() {
        // The schema and the type come from the same source, so that only a fault in this program leads here.
        mistakes.push(Mistake::error(object.place("spec"), "does not fit its schema; report this as a fault"));
    }
    typed.ok()
}

fn typed(kind: Kind, spec: Value) -> Result<Spec, serde_json::Error> {
    Ok(match kind {
        Kind::Source => Spec::Source(serde_json::from_value(spec)?),
        Kind::Consumer => Spec::Consumer(serde_json::from_value(spec)?),
        Kind::Subscription => Spec::Subscription(serde_json::from_value(spec)?),
    })
}
