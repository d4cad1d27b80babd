//! What a world declares: consumers and subscriptions in short, as manifests in full.

use jiff::civil::Date;
use serde_json::{Value, json};

/// Every category that may be granted.
pub(crate) const ALL: [&str; 5] = ["name", "address", "status", "protection", "civilStatus"];

/// The names that consumers of worlds have.
pub(crate) const NAMES: [&str; 3] = ["sag", "skole", "rask"];

/// The municipality in which half of the simulated population lives.
pub(crate) const HOME: u16 = 751;

/// One consumer.
#[derive(Clone, Debug)]
pub(crate) struct Consumer {
    /// Its name, its secret and the path of its door.
    pub(crate) name: &'static str,
    /// `Thin` or `Changes`.
    pub(crate) content: &'static str,
    /// The waits after failures.
    pub(crate) schedule: Vec<&'static str>,
    /// The deadline of one delivery.
    pub(crate) timeout: &'static str,
    /// Requests at one time.
    pub(crate) concurrency: u32,
    /// Requests a second.
    pub(crate) rate: u32,
    /// Whether delivery is stopped.
    pub(crate) suspend: bool,
}

/// One subscription.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    /// Its name.
    pub(crate) name: &'static str,
    /// The consumer it belongs to.
    pub(crate) consumer: &'static str,
    /// The municipalities of its one clause.
    pub(crate) municipalities: Vec<u16>,
    /// The ages of its one clause, both included.
    pub(crate) ages: Option<(u8, u8)>,
    /// The granted categories.
    pub(crate) categories: Vec<&'static str>,
    /// The categories whose changes are told.
    pub(crate) changes: Vec<&'static str>,
    /// Whether entering is told.
    pub(crate) entered: bool,
    /// Whether those that belong at the beginning are told.
    pub(crate) initial_load: bool,
    /// The last day.
    pub(crate) until: Date,
}

impl Consumer {
    /// A consumer of thin advisories that is quick to try again.
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            content: "Thin",
            schedule: vec!["1s"; 8],
            timeout: "5s",
            concurrency: 8,
            rate: 10_000,
            suspend: false,
        }
    }

    /// The same with values in its advisories.
    pub(crate) fn with_values(self) -> Self {
        Self { content: "Changes", ..self }
    }

    /// The manifest, with the URL of its door.
    pub(crate) fn manifest(&self, url: &str) -> Value {
        let secret = json!({"name": self.name});
        json!({
            "apiVersion": "cprbroker.dk/v1alpha1", "kind": "CprConsumer",
            "metadata": {"namespace": "fag", "name": self.name},
            "spec": {
                "type": "Webhook",
                "webhook": {
                    "url": url, "signingSecretRef": secret, "tls": {"caRef": secret}, "timeout": self.timeout
                },
                "content": self.content,
                "retry": {"schedule": self.schedule, "jitterPercent": 0},
                "limits": {"concurrency": self.concurrency, "ratePerSecond": self.rate},
                "suspend": self.suspend
            }
        })
    }
}

impl Subscription {
    /// Everybody in [`HOME`], all categories, entering and leaving told from the first load on.
    pub(crate) fn new(name: &'static str, consumer: &'static str) -> Self {
        Self {
            name,
            consumer,
            municipalities: vec![HOME],
            ages: None,
            categories: ALL.to_vec(),
            changes: ALL.to_vec(),
            entered: true,
            initial_load: true,
            until: jiff::civil::date(2099, 12, 31),
        }
    }

    /// The same for these categories only.
    pub(crate) fn about(self, categories: &[&'static str]) -> Self {
        Self { categories: categories.to_vec(), changes: categories.to_vec(), ..self }
    }

    /// The manifest.
    pub(crate) fn manifest(&self) -> Value {
        let codes: Vec<String> = self.municipalities.iter().map(|code| format!("{code:04}")).collect();
        let mut clause = json!({"municipalityCodes": codes});
        if let Some((from, to)) = self.ages {
            clause["ageRange"] = json!({"from": from, "to": to});
        }
        json!({
            "apiVersion": "cprbroker.dk/v1alpha1", "kind": "CprSubscription",
            "metadata": {"namespace": "fag", "name": self.name},
            "spec": {
                "sourceRef": {"namespace": "cpr", "name": "register"},
                "consumerRef": {"name": self.consumer},
                "purpose": {"description": "Prove the flow", "legalBasis": "GDPR article 6(1)(e)", "owner": "flow"},
                "until": self.until.to_string(),
                "persons": {"anyOf": [clause]},
                "notifyOn": {"changes": self.changes, "entered": self.entered},
                "categories": self.categories,
                "initialLoad": self.initial_load
            }
        })
    }
}

/// The manifest of the one source, which allows everything on this machine's ports `ports`.
pub(crate) fn source(ports: &[u16]) -> Value {
    let destinations: Vec<Value> = ports.iter().map(|port| json!({"cidr": "127.0.0.0/8", "port": port})).collect();
    let codes: Vec<String> = [751, 101, 461, 851, 657, 340].iter().map(|code| format!("{code:04}")).collect();
    json!({
        "apiVersion": "cprbroker.dk/v1alpha1", "kind": "CprSource",
        "metadata": {"namespace": "cpr", "name": "register"},
        "spec": {
            "authority": {"cvr": "12345678", "name": "Eksempel Kommune"},
            "environment": "Test",
            "type": "Directory",
            "directory": {"path": "inbox", "filePattern": "D??????.L*"},
            "recordCodes": ["001", "002", "003", "004", "008", "012", "013", "099"],
            "allowed": [{
                "namespaces": {"names": ["fag"]},
                "selections": {"kinds": ["Municipality"], "municipalityCodes": codes},
                "categories": ALL,
                "destinations": destinations
            }]
        }
    })
}
