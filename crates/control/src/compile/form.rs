//! From the declared form of one object to the compiled one.
//!
//! The schema has checked form and bounds; what is refused here is only what a schema cannot say.

use std::net::IpAddr;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use cpr::{Categories, Category, RecordCode};
use crds::{CprConsumerSpec, CprSourceSpec, CprSubscriptionSpec, SecretReference, SelectionKind};
use registry::{
    AgeRange, Clause, Consumer, ConsumerId, Content, Destination, Directory, Environment, Grant, Limits, Municipality,
    Purpose, Retry, SecretRef, Source, SourceId, Subscription, SubscriptionId, Webhook,
};
use uuid::Uuid;

use super::grant::host_and_port;
use crate::document::Object;

/// Field and sentence.
type Refused = (&'static str, String);

pub(super) fn environment(declared: crds::Environment) -> Environment {
    match declared {
        crds::Environment::Production => Environment::Production,
        crds::Environment::Test => Environment::Test,
    }
}

pub(super) fn source(id: SourceId, object: &Object, spec: &CprSourceSpec) -> Source {
    let directory = spec.directory.as_ref();
    let mut record_codes: Vec<RecordCode> =
        spec.record_codes.iter().filter_map(|code| RecordCode::parse(code.as_str().as_bytes())).collect();
    record_codes.sort_unstable();
    Source {
        id,
        object: object.object.clone(),
        origin: object.origin.clone(),
        directory: Directory {
            path: directory.map(|each| plain(each.path.as_str())).unwrap_or_default(),
            file_pattern: directory.map(|each| each.file_pattern.0.clone()).unwrap_or_default(),
            record_length: directory.and_then(|each| each.record_length).and_then(|length| length.try_into().ok()),
        },
        record_codes,
        suspend: spec.suspend,
        grants: spec.allowed.iter().map(grant).collect(),
    }
}

/// The path without `.` and doubled slashes, so that two ways to write one folder are equal.
fn plain(path: &str) -> PathBuf {
    Path::new(path).components().filter(|part| *part != Component::CurDir).collect()
}

fn grant(allowed: &crds::Allowed) -> Grant {
    Grant {
        namespaces: allowed.namespaces.names.iter().map(|name| name.0.clone()).collect(),
        subscriptions: allowed.subscriptions.iter().map(|name| name.0.clone()).collect(),
        municipalities: municipalities(&allowed.selections.municipality_codes),
        nationwide: allowed.selections.kinds.contains(&SelectionKind::Age),
        categories: categories(&allowed.categories),
        destinations: allowed.destinations.iter().filter_map(destination).collect(),
    }
}

fn destination(declared: &crds::Destination) -> Option<Destination> {
    let port = declared.port;
    match (&declared.host_suffix, &declared.cidr) {
        (Some(suffix), None) => Some(Destination::HostSuffix { suffix: suffix.0.clone(), port }),
        (None, Some(cidr)) => Some(Destination::Cidr { net: cidr.as_str().parse().ok()?, port }),
        _ => None,
    }
}

fn municipalities(codes: &[crds::MunicipalityCode]) -> Vec<Municipality> {
    let mut codes: Vec<Municipality> = codes.iter().filter_map(|code| code.as_str().parse().ok()).collect();
    codes.sort_unstable();
    codes
}

fn categories(declared: &[crds::Category]) -> Categories {
    declared.iter().copied().map(category).collect()
}

pub(super) fn category(declared: crds::Category) -> Category {
    match declared {
        crds::Category::Name => Category::Name,
        crds::Category::Address => Category::Address,
        crds::Category::Status => Category::Status,
        crds::Category::Protection => Category::Protection,
        crds::Category::CivilStatus => Category::CivilStatus,
    }
}

pub(super) fn consumer(id: ConsumerId, object: &Object, spec: &CprConsumerSpec) -> Result<Consumer, Refused> {
    let missing = || ("spec.webhook", crds::rule::CONSUMER_TYPE_MEMBER.message.to_owned());
    let declared = spec.webhook.as_ref().ok_or_else(missing)?;
    let secret = |reference: &SecretReference| SecretRef {
        namespace: object.object.namespace.clone(),
        name: reference.name.0.clone(),
    };
    let tls = declared.tls.as_ref();
    let mut final_statuses = declared.final_statuses.clone();
    final_statuses.sort_unstable();
    let revision = serde_json::to_vec(spec).unwrap_or_default();
    Ok(Consumer {
        id,
        object: object.object.clone(),
        origin: object.origin.clone(),
        webhook: Webhook {
            url: reachable_url(declared.url.as_str())?,
            signing_secret: secret(&declared.signing_secret_ref),
            headers: declared.headers_ref.as_ref().map(secret),
            ca: tls.and_then(|tls| tls.ca_ref.as_ref()).map(secret),
            client_certificate: tls.and_then(|tls| tls.client_certificate_ref.as_ref()).map(secret),
            timeout: wait("spec.webhook.timeout", declared.timeout.as_str())?,
            final_statuses,
        },
        content: match spec.content {
            crds::Content::Thin => Content::Thin,
            crds::Content::Changes => Content::Changes,
        },
        retry: Retry {
            schedule: spec
                .retry
                .schedule
                .iter()
                .map(|each| wait("spec.retry.schedule", each.as_str()))
                .collect::<Result<_, _>>()?,
            jitter_percent: spec.retry.jitter_percent,
        },
        expire_after: wait("spec.expireAfter", spec.expire_after.as_str())?,
        limits: Limits { concurrency: spec.limits.concurrency, rate_per_second: spec.limits.rate_per_second },
        suspend: spec.suspend,
        destinations: Vec::new(),
        revision: Uuid::new_v5(&id.0, &revision).to_string(),
    })
}

/// The URL, if its host and port can be.
fn reachable_url(url: &str) -> Result<String, Refused> {
    let refused = |text: &str| Err(("spec.webhook.url", text.to_owned()));
    match host_and_port(url) {
        None => refused("has a port that cannot be; write one from 1 to 65535"),
        Some((host, _)) => match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(inner) if inner.parse::<IpAddr>().is_err() => {
                refused("has brackets around something that is no IPv6 address; correct it")
            }
            _ => Ok(url.to_owned()),
        },
    }
}

/// A number and a unit, as in `5s`, `30m`, `2h` or `30d`.
fn wait(field: &'static str, text: &str) -> Result<Duration, Refused> {
    let seconds = match text.as_bytes().last() {
        Some(b's') => 1,
        Some(b'm') => 60,
        Some(b'h') => 60 * 60,
        Some(b'd') => 24 * 60 * 60,
        _ => 0,
    };
    let count = text.get(..text.len().saturating_sub(1)).and_then(|count| count.parse::<u64>().ok());
    let total = count.and_then(|count| count.checked_mul(seconds)).filter(|total| *total > 0);
    total.map(Duration::from_secs).ok_or_else(|| (field, "must be a wait such as 5s, 30m, 2h or 30d".to_owned()))
}

pub(super) fn subscription(
    id: SubscriptionId,
    object: &Object,
    spec: &CprSubscriptionSpec,
    source: SourceId,
    consumer: ConsumerId,
) -> Result<Subscription, Refused> {
    let purpose = &spec.purpose;
    Ok(Subscription {
        id,
        object: object.object.clone(),
        origin: object.origin.clone(),
        source,
        consumer,
        purpose: Purpose {
            description: purpose.description.0.clone(),
            legal_basis: purpose.legal_basis.0.clone(),
            owner: purpose.owner.0.clone(),
        },
        until: spec
            .until
            .as_str()
            .parse()
            .map_err(|_| ("spec.until", "must be a day that the calendar has".to_owned()))?,
        clauses: spec.persons.any_of.iter().map(clause).collect(),
        notify_on: categories(&spec.notify_on.changes),
        notify_entered: spec.notify_on.entered,
        categories: categories(&spec.categories),
        initial_load: spec.initial_load,
    })
}

fn clause(declared: &crds::Clause) -> Clause {
    Clause {
        municipalities: declared.municipality_codes.as_deref().map(municipalities).unwrap_or_default(),
        age: declared.age_range.map(|range| AgeRange { from: range.from, to: range.to }),
    }
}
