//! What a source grants to a subscription.

use std::net::IpAddr;

use registry::{Clause, Consumer, Destination, Grant, Source, Subscription};

/// What is left of a subscription.
pub(super) struct Measured<'a> {
    /// The subscription as granted and where its data may go; `None` if nothing is.
    pub(super) granted: Option<(Subscription, &'a [Destination])>,
    /// Field and sentence of what is not granted.
    pub(super) refused: Vec<(&'static str, String)>,
}

/// Measures `asked` by one grant as a whole: the first that allows all of it, else the first that is for it. Grants are
/// never added up, because each belongs to its own purpose.
pub(super) fn measure<'a>(asked: &Subscription, consumer: &Consumer, source: &'a Source) -> Measured<'a> {
    let mut first = None;
    for grant in source.grants.iter().filter(|grant| is_for(grant, asked)) {
        let measured = by(asked, consumer, source, grant);
        if measured.refused.is_empty() {
            return measured;
        }
        first.get_or_insert(measured);
    }
    first.unwrap_or_else(|| {
        let text = format!(
            "is not allowed by source {}; ask its owner for an entry in allowed for this namespace and subscription",
            source.object
        );
        Measured { granted: None, refused: vec![("", text)] }
    })
}

fn is_for(grant: &Grant, asked: &Subscription) -> bool {
    grant.namespaces.contains(&asked.object.namespace)
        && (grant.subscriptions.is_empty() || grant.subscriptions.contains(&asked.object.name))
}

fn by<'a>(asked: &Subscription, consumer: &Consumer, source: &Source, grant: &'a Grant) -> Measured<'a> {
    let mut refused = Vec::new();
    let mut refuse = |field, what: &str| {
        let text = format!("{what} not allowed by source {}; remove it or ask the source's owner", source.object);
        refused.push((field, text));
    };
    let clauses: Vec<Clause> = asked.clauses.iter().filter_map(|clause| cut(clause, grant)).collect();
    if clauses != asked.clauses {
        refuse("spec.persons.anyOf", "selects persons in municipalities, or nationwide, in a way that is");
    }
    let categories = asked.categories.intersection(grant.categories);
    if categories != asked.categories {
        refuse("spec.categories", "names a category that is");
    }
    let reachable = may_reach(&grant.destinations, &consumer.webhook.url);
    if !reachable {
        refuse("spec.consumerRef", "the consumer's url is a destination that is");
    }
    let some = reachable && !clauses.is_empty() && !categories.is_empty();
    let granted = some.then(|| {
        let notify_on = asked.notify_on.intersection(categories);
        (Subscription { clauses, categories, notify_on, ..asked.clone() }, grant.destinations.as_slice())
    });
    Measured { granted, refused }
}

/// The part of a clause that is granted.
fn cut(clause: &Clause, grant: &Grant) -> Option<Clause> {
    if clause.municipalities.is_empty() {
        return grant.nationwide.then(|| clause.clone());
    }
    let allowed = |code: &&u16| grant.municipalities.binary_search(code).is_ok();
    let municipalities: Vec<u16> = clause.municipalities.iter().filter(allowed).copied().collect();
    (!municipalities.is_empty()).then_some(Clause { municipalities, age: clause.age })
}

/// Whether some address behind `url` may be allowed; the address itself is checked when it is connected to.
fn may_reach(destinations: &[Destination], url: &str) -> bool {
    let Some((host, port)) = host_and_port(url) else { return false };
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    destinations.iter().any(|each| match (each, literal) {
        (_, Some(ip)) => each.allows_address(ip, port),
        (Destination::Cidr { port: allowed, .. }, None) => *allowed == port,
        (Destination::HostSuffix { .. }, None) => each.allows_host(host, port),
    })
}

/// Host and port of an `https` URL whose form was checked.
pub(super) fn host_and_port(url: &str) -> Option<(&str, u16)> {
    let rest = url.strip_prefix("https://")?;
    let authority = &rest[..rest.find('/').unwrap_or(rest.len())];
    match authority.rfind(':') {
        Some(at) if !authority.ends_with(']') => {
            Some((&authority[..at], authority[at + 1..].parse().ok().filter(|port| *port != 0)?))
        }
        _ => Some((authority, 443)),
    }
}
