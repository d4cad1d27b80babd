//! What a demo needs around the hub: manifests, secrets, an inbox, and consumers that listen.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use runtime::Chance;
use simulator::Receiver;
use simulator::receiver::{Door, ReceiverError, Secret};

use crate::clock;
use crate::serve::DataFolder;

/// The manifests of `examples/quickstart`, so that the binary needs no checkout.
const MANIFESTS: [(&str, &str); 3] = [
    ("source.yaml", include_str!("../../../../examples/quickstart/source.yaml")),
    ("borgerservice.yaml", include_str!("../../../../examples/quickstart/borgerservice.yaml")),
    ("skole.yaml", include_str!("../../../../examples/quickstart/skole.yaml")),
];

/// The consumers that those manifests declare.
pub(super) const CONSUMERS: [Consumer; 2] = [
    Consumer { namespace: "borgerservice", name: "sagssystem", path: "/sagssystem", port: 9741 },
    Consumer { namespace: "skole", name: "skoleportal", path: "/skoleportal", port: 9742 },
];

/// A consumer of the quickstart: its secret has its own name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Consumer {
    namespace: &'static str,
    name: &'static str,
    pub(super) path: &'static str,
    port: u16,
}

/// The folders that are set up, and the consumers that listen.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) receiver: Receiver,
    pub(super) manifests: PathBuf,
    pub(super) inbox: PathBuf,
}

impl Consumer {
    /// As `NAMESPACE/NAME`.
    pub(super) fn shown(self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// The `NAMESPACE/NAME` of the consumer behind a door.
pub(super) fn consumer_at(path: &str) -> String {
    let consumer = CONSUMERS.iter().find(|consumer| consumer.path == path);
    consumer.map_or_else(|| path.to_owned(), |consumer| consumer.shown())
}

/// Writes everything below the folder of data and opens the consumers' doors: on the ports of the manifests, or on free
/// ones if those are taken, with the copies of the manifests saying so.
pub(super) async fn set(folder: &DataFolder, chance: &Chance) -> anyhow::Result<Stage> {
    let receiver = Receiver::new(Arc::new(clock::now))?;
    let manifests = folder.path().join("manifests");
    let inbox = folder.path().join("inbox");
    for made in [&manifests, &inbox] {
        fs::create_dir_all(made).with_context(|| format!("cannot make the folder {}", made.display()))?;
    }
    let mut texts = MANIFESTS.map(|(name, text)| (name, text.to_owned()));
    for consumer in CONSUMERS {
        let signing = signing_secret(chance);
        let secret = folder.secrets().join(consumer.namespace).join(consumer.name);
        write_private(&secret, "signing-key", signing.as_bytes())?;
        write_private(&secret, "ca.crt", receiver.ca_pem().as_bytes())?;
        let port = open(&receiver, consumer, Secret::parse(&signing)?).await?;
        for (_, text) in &mut texts {
            *text = text
                .replace(&format!(":{}/", consumer.port), &format!(":{port}/"))
                .replace(&format!("port: {}}}", consumer.port), &format!("port: {port}}}"));
        }
    }
    for (name, text) in texts {
        let path = manifests.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(Stage { receiver, manifests, inbox })
}

/// Opens a consumer's door and says on which port.
async fn open(receiver: &Receiver, consumer: Consumer, secret: Secret) -> anyhow::Result<u16> {
    let door = Door { path: consumer.path.to_owned(), port: consumer.port, secrets: vec![secret] };
    let url = match receiver.open(door.clone()).await {
        Err(ReceiverError::Listen { .. }) => receiver.open(Door { port: 0, ..door }).await?,
        opened => opened?,
    };
    let port = url.strip_suffix(consumer.path).and_then(|origin| origin.rsplit(':').next()?.parse().ok());
    port.with_context(|| format!("the receiver of {} has no port", consumer.shown()))
}

/// A signing secret in the form of Standard Webhooks: 32 bytes of chance.
fn signing_secret(chance: &Chance) -> String {
    let bytes: Vec<u8> = (0..4).flat_map(|_| chance.number().to_be_bytes()).collect();
    format!("whsec_{}", STANDARD.encode(bytes))
}

/// Writes one key of a secret, readable for its owner alone.
fn write_private(folder: &Path, key: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let path = folder.join(key);
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        file.write_all(bytes)
    };
    write().with_context(|| format!("cannot write the secret {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quickstart_has_no_mistakes() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in MANIFESTS {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let mistakes = control::check(folder.path(), runtime::copenhagen::today(clock::now())).unwrap();
        assert!(mistakes.is_empty(), "{mistakes:?}");
    }

    #[test]
    fn the_quickstart_names_every_consumer_and_its_port() {
        let all: String = MANIFESTS.iter().map(|(_, text)| *text).collect();
        for consumer in CONSUMERS {
            let url = format!("https://127.0.0.1:{}{}", consumer.port, consumer.path);
            assert!(all.contains(&url), "{url}");
            assert!(all.contains(&format!("port: {}}}", consumer.port)));
        }
    }

    #[test]
    fn signing_secrets_differ_and_are_readable() {
        let chance = Chance::seeded(1);
        let (one, other) = (signing_secret(&chance), signing_secret(&chance));
        assert_ne!(one, other);
        assert_eq!(STANDARD.decode(one.trim_start_matches("whsec_")).unwrap().len(), 32);
    }
}
