//! From objects to a registry.
//!
//! Only deletion, `until` or a withdrawn grant makes a registry smaller. An object that exists and cannot be read or
//! resolved, or that was changed into something of which nothing is granted, keeps its last compiled form; so does an
//! object that was last seen in a file of which a document cannot be told apart. What a source grants is applied to kept
//! forms too, because a withdrawn grant counts at once.

mod form;
mod grant;
mod subscriptions;

use std::collections::BTreeSet;

use crds::Kind;
use jiff::civil::Date;
use registry::{Authority, Consumer, ConsumerId, Environment, ObjectRef, Registry, Source, SourceId};

use crate::document::{Object, Spec};
use crate::folder::Folder;
use crate::mistake::{Mistake, Severity};

/// What an installation is set up for; sources that say otherwise are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Its name: part of every uid.
    pub name: String,
    /// CVR number of the data controller; `None` takes the one of the former registry, or of the first source.
    pub authority: Option<String>,
    /// The environment; `None` as above.
    pub environment: Option<Environment>,
}

/// What compiling gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// The registry.
    pub registry: Registry,
    /// Every mistake of the folder, by file and place.
    pub mistakes: Vec<Mistake>,
}

/// Compiles what was read, keeping the last good form of what exists and cannot be read. `previous` is the registry in
/// force. `today` serves only for warnings: a subscription that has ended is compiled like any other.
#[must_use]
pub fn compile(folder: &Folder, previous: Option<&Registry>, installation: &Installation, today: Date) -> Compiled {
    let none = Registry::empty(&installation.name);
    let previous = previous.filter(|previous| previous.installation == installation.name).unwrap_or(&none);
    let mut round = Round { folder, previous, installation, today, mistakes: Vec::new(), kept: BTreeSet::new() };
    let mut registry = Registry::empty(&installation.name);
    round.sources(&mut registry);
    round.consumers(&mut registry);
    round.subscriptions(&mut registry);
    registry.sources.sort_by(|one, other| one.object.cmp(&other.object));
    registry.consumers.sort_by(|one, other| one.object.cmp(&other.object));
    registry.subscriptions.sort_by(|one, other| one.object.cmp(&other.object));
    let mistakes = round.all_mistakes();
    Compiled { registry, mistakes }
}

/// One compilation.
struct Round<'a> {
    folder: &'a Folder,
    previous: &'a Registry,
    installation: &'a Installation,
    today: Date,
    mistakes: Vec<Mistake>,
    /// Objects whose last form stays in force.
    kept: BTreeSet<(Kind, ObjectRef)>,
}

impl<'a> Round<'a> {
    fn objects(&self, kind: Kind) -> impl Iterator<Item = &'a Object> + use<'a> {
        let mut objects: Vec<&Object> = self.folder.objects.iter().filter(|object| object.kind == kind).collect();
        objects.sort_by(|one, other| one.object.cmp(&other.object));
        objects.into_iter()
    }

    fn uid(&self, kind: Kind, object: &ObjectRef) -> uuid::Uuid {
        registry::uid(&self.installation.name, kind.name(), object)
    }

    fn wrong(&mut self, object: &Object, field: &str, text: impl Into<String>) {
        self.mistakes.push(Mistake::error(object.place(field), text));
    }

    /// Whether an object of the former registry that no document declares may still be in a document that cannot be
    /// told apart: in its own file, or in a file that declared nothing before and may have taken it over.
    fn may_exist(&self, origin: &str) -> bool {
        let declared_before = |file: &String| self.previous_origins().any(|origin| origin == file);
        self.folder.unclear.contains(origin) || self.folder.unclear.iter().any(|file| !declared_before(file))
    }

    fn previous_origins(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let sources = self.previous.sources.iter().map(|each| each.origin.as_str());
        let consumers = self.previous.consumers.iter().map(|each| each.origin.as_str());
        sources.chain(consumers).chain(self.previous.subscriptions.iter().map(|each| each.origin.as_str()))
    }

    /// Whether the object of the former registry is not declared any more and yet to be kept.
    fn vanished_and_kept(&self, kind: Kind, object: &ObjectRef, origin: &str) -> bool {
        let declared = self.folder.objects.iter().any(|other| other.kind == kind && other.object == *object);
        !declared && self.may_exist(origin)
    }

    fn sources(&mut self, registry: &mut Registry) {
        registry.authority = self.previous.authority.clone();
        registry.environment = self.previous.environment;
        for object in self.objects(Kind::Source) {
            let id = SourceId(self.uid(Kind::Source, &object.object));
            let fresh = match &object.spec {
                Some(Spec::Source(spec)) if self.belongs_here(object, spec, registry) => {
                    let source = form::source(id, object, spec);
                    let shared = registry.sources.iter().find(|other| other.directory.path == source.directory.path);
                    if let Some(other) = shared {
                        let text = format!("is the folder of source {} too; give each its own", other.object);
                        self.wrong(object, "spec.directory.path", text);
                    }
                    shared.is_none().then_some(source)
                }
                _ => None,
            };
            let source = fresh.or_else(|| self.kept_source(object, id));
            registry.sources.extend(source);
        }
        let vanished = self.previous.sources.iter();
        let vanished = vanished.filter(|each| self.vanished_and_kept(Kind::Source, &each.object, &each.origin));
        registry.sources.extend(vanished.cloned());
    }

    fn kept_source(&mut self, object: &Object, id: SourceId) -> Option<Source> {
        let kept = self.previous.source(id).cloned()?;
        self.kept.insert((Kind::Source, object.object.clone()));
        Some(Source { origin: object.origin.clone(), ..kept })
    }

    /// Whether a source is of this installation's data controller and environment; the first source settles what
    /// nothing else has.
    fn belongs_here(&mut self, object: &Object, spec: &crds::CprSourceSpec, registry: &mut Registry) -> bool {
        let expected = self.installation.authority.clone();
        let expected = expected.or_else(|| registry.authority.as_ref().map(|authority| authority.cvr.clone()));
        let environment = self.installation.environment.or(registry.environment);
        let given = form::environment(spec.environment);
        let mut belongs = true;
        if expected.is_some_and(|expected| expected != spec.authority.cvr.0) {
            let text = "AuthorityMismatch, this installation belongs to another data controller; \
                        correct the number or use an installation of its own";
            self.wrong(object, "spec.authority.cvr", text);
            belongs = false;
        }
        if environment.is_some_and(|expected| expected != given) {
            let text = "AuthorityMismatch, this installation holds data of the other environment; \
                        correct it or use an installation of its own";
            self.wrong(object, "spec.environment", text);
            belongs = false;
        }
        if belongs && registry.sources.is_empty() {
            let (cvr, name) = (spec.authority.cvr.0.clone(), spec.authority.name.0.clone());
            registry.authority = Some(Authority { cvr, name });
            registry.environment = Some(given);
        }
        belongs
    }

    fn consumers(&mut self, registry: &mut Registry) {
        for object in self.objects(Kind::Consumer) {
            let id = ConsumerId(self.uid(Kind::Consumer, &object.object));
            let fresh = match &object.spec {
                Some(Spec::Consumer(spec)) => {
                    form::consumer(id, object, spec).map_err(|(field, text)| self.wrong(object, field, text)).ok()
                }
                _ => None,
            };
            let consumer = fresh.or_else(|| self.kept_consumer(object, id));
            registry.consumers.extend(consumer);
        }
        let vanished = self.previous.consumers.iter();
        let vanished = vanished.filter(|each| self.vanished_and_kept(Kind::Consumer, &each.object, &each.origin));
        registry.consumers.extend(vanished.cloned().map(|each| Consumer { destinations: Vec::new(), ..each }));
    }

    fn kept_consumer(&mut self, object: &Object, id: ConsumerId) -> Option<Consumer> {
        let kept = self.previous.consumer(id).cloned()?;
        self.kept.insert((Kind::Consumer, object.object.clone()));
        Some(Consumer { origin: object.origin.clone(), destinations: Vec::new(), ..kept })
    }

    /// The mistakes of reading and compiling, each with what is in force until it is mended.
    fn all_mistakes(self) -> Vec<Mistake> {
        let mut mistakes = self.folder.mistakes.clone();
        mistakes.extend(self.mistakes);
        let kept: BTreeSet<String> = self.kept.iter().map(|(kind, object)| format!("{kind} {object}")).collect();
        for mistake in mistakes.iter_mut().filter(|mistake| mistake.severity == Severity::Error) {
            let origin = &mistake.place.file;
            let before = self.previous.sources.iter().any(|each| each.origin == *origin)
                || self.previous.consumers.iter().any(|each| each.origin == *origin)
                || self.previous.subscriptions.iter().any(|each| each.origin == *origin);
            if kept.contains(&mistake.place.object) {
                mistake.text.push_str(" (its last good form stays in force)");
            } else if self.folder.unclear.contains(origin) && !mistake.place.object.starts_with("Cpr") && before {
                mistake.text.push_str(" (what this file declared before stays in force)");
            }
        }
        mistakes.sort();
        mistakes.dedup();
        mistakes
    }
}

#[cfg(test)]
mod tests;
