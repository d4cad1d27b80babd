//! Subscriptions: who asks for what, and how much of it is granted.

use crds::Kind;
use registry::{Consumer, ConsumerId, Destination, ObjectRef, Registry, SourceId, Subscription, SubscriptionId};

use super::{Round, form, grant};
use crate::document::{Object, Spec};
use crate::mistake::{Mistake, Place};

/// A subscription that is to be measured by what its source grants.
struct Asked {
    place: Place,
    subscription: Subscription,
}

impl Round<'_> {
    pub(super) fn subscriptions(&mut self, registry: &mut Registry) {
        let mut all = Vec::new();
        for object in self.objects(Kind::Subscription) {
            if let Some(subscription) = self.candidate(object, registry) {
                all.push(Asked { place: object.place(""), subscription });
            }
        }
        for each in &self.previous.subscriptions {
            if self.vanished_and_kept(Kind::Subscription, &each.object, &each.origin) {
                let place = Place::new(&each.origin, &format!("{} {}", Kind::Subscription, each.object), "");
                all.push(Asked { place, subscription: each.clone() });
            }
        }
        self.keep_reachable(&all, registry);
        for asked in &all {
            self.measure(asked, registry);
        }
        for consumer in registry.consumers.iter_mut().filter(|consumer| consumer.destinations.is_empty()) {
            // Each of its persons is still owed a `left`, and nothing else is sent to it.
            let before = self.previous.consumer(consumer.id);
            consumer.destinations = before.map(|before| before.destinations.clone()).unwrap_or_default();
        }
    }

    /// What an object asks for: as it is declared, or as it was where that cannot be resolved.
    fn candidate(&mut self, object: &Object, registry: &Registry) -> Option<Subscription> {
        let id = SubscriptionId(self.uid(Kind::Subscription, &object.object));
        let before = self.previous.subscription(id).cloned();
        let fresh = match &object.spec {
            Some(Spec::Subscription(spec)) => {
                let source = ObjectRef {
                    namespace: spec
                        .source_ref
                        .namespace
                        .as_ref()
                        .map_or(&object.object.namespace, |name| &name.0)
                        .clone(),
                    name: spec.source_ref.name.0.clone(),
                };
                let consumer = ObjectRef { name: spec.consumer_ref.name.0.clone(), ..object.object.clone() };
                let source = SourceId(self.uid(Kind::Source, &source));
                let consumer = ConsumerId(self.uid(Kind::Consumer, &consumer));
                let stays = self.stays(object, before.as_ref(), source, consumer);
                let fresh = stays.then(|| form::subscription(id, object, spec, source, consumer));
                fresh.and_then(|fresh| fresh.map_err(|(field, text)| self.wrong(object, field, text)).ok())
            }
            _ => None,
        };
        let kept = |round: &mut Self| {
            let before = before?;
            round.kept.insert((Kind::Subscription, object.object.clone()));
            Some(Subscription { origin: object.origin.clone(), ..before })
        };
        let candidate = fresh.or_else(|| kept(self))?;
        if object.spec.is_some() && candidate.until < self.today {
            let text = "lies in the past, so that nobody is selected; move it or delete the subscription";
            self.mistakes.push(Mistake::warning(object.place("spec.until"), text));
        }
        let known = self.resolves(object, &candidate, registry);
        known.then_some(candidate)
    }

    /// Whether source and consumer are those of the last form, which never change.
    fn stays(
        &mut self,
        object: &Object,
        before: Option<&Subscription>,
        source: SourceId,
        consumer: ConsumerId,
    ) -> bool {
        let Some(before) = before else { return true };
        if before.source != source {
            self.wrong(object, "spec.sourceRef", crds::rule::SOURCE_REF_STAYS.message);
        }
        if before.consumer != consumer {
            self.wrong(object, "spec.consumerRef", crds::rule::CONSUMER_REF_STAYS.message);
        }
        before.source == source && before.consumer == consumer
    }

    /// Whether source and consumer are in the new registry. One that exists and cannot be read has its last form there;
    /// one that was deleted ends its subscriptions.
    fn resolves(&mut self, object: &Object, candidate: &Subscription, registry: &Registry) -> bool {
        let source = registry.source(candidate.source).is_some();
        let consumer = registry.consumer(candidate.consumer).is_some();
        for (there, field, what) in [(source, "spec.sourceRef", "source"), (consumer, "spec.consumerRef", "consumer")] {
            if !there {
                let text = format!(
                    "names a {what} that is not in force; declare it, correct its mistakes or correct the name"
                );
                self.wrong(object, field, text);
            }
        }
        source && consumer
    }

    /// Lets a consumer keep its last form where a new url would leave a subscription without anything: nobody withdrew a
    /// grant, so that no person may be reported as left.
    fn keep_reachable(&mut self, all: &[Asked], registry: &mut Registry) {
        let Registry { sources, consumers, .. } = registry;
        for consumer in consumers {
            let Some(object) = self.objects(Kind::Consumer).find(|object| object.object == consumer.object) else {
                continue;
            };
            let before = self.previous.consumer(consumer.id);
            let Some(before) = before.filter(|before| before.webhook.url != consumer.webhook.url) else { continue };
            let lost = all.iter().filter(|asked| asked.subscription.consumer == consumer.id).find_map(|asked| {
                let source = sources.iter().find(|source| source.id == asked.subscription.source)?;
                let forms = [Some(&asked.subscription), self.previous.subscription(asked.subscription.id)];
                let granted = |consumer: &Consumer| {
                    forms.into_iter().flatten().any(|form| grant::measure(form, consumer, source).granted.is_some())
                };
                (!granted(consumer) && granted(before)).then_some(source)
            });
            if let Some(source) = lost {
                let text =
                    format!("is no destination that source {} allows; correct it or ask its owner", source.object);
                self.wrong(object, "spec.webhook.url", text);
                consumer.clone_from(before);
                consumer.origin.clone_from(&object.origin);
                consumer.destinations.clear();
                self.kept.insert((Kind::Consumer, object.object.clone()));
            }
        }
    }

    /// Cuts what a subscription asks for down to what its source grants and adds what is left to the registry. Where
    /// nothing is left, it keeps its last form, measured by the grants of now: only a withdrawn grant ends it.
    fn measure(&mut self, asked: &Asked, registry: &mut Registry) {
        let Asked { place, subscription } = asked;
        let Some(source) = registry.sources.iter().find(|source| source.id == subscription.source) else { return };
        let Some(consumer) = registry.consumers.iter_mut().find(|consumer| consumer.id == subscription.consumer) else {
            return;
        };
        let measured = grant::measure(subscription, consumer, source);
        for (field, text) in measured.refused {
            let place = Place { field: field.to_owned(), ..place.clone() };
            self.mistakes.push(Mistake::error(place, text));
        }
        let kept = || {
            let before = self.previous.subscription(subscription.id)?;
            let (before, destinations) = grant::measure(before, consumer, source).granted?;
            self.kept.insert((Kind::Subscription, subscription.object.clone()));
            Some((Subscription { origin: subscription.origin.clone(), ..before }, destinations))
        };
        if let Some((subscription, destinations)) = measured.granted.or_else(kept) {
            add_destinations(&mut consumer.destinations, destinations);
            registry.subscriptions.push(subscription);
        }
    }
}

fn add_destinations(all: &mut Vec<Destination>, more: &[Destination]) {
    all.extend(more.iter().cloned());
    all.sort();
    all.dedup();
}
