//! TLS of one consumer: whom it is trusted by, and what we show.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::{Credentials, EndpointError};

/// The roots of this machine, for consumers that name none of their own. A machine without any trusts nobody.
#[must_use]
pub fn native_roots() -> Arc<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (usable, broken) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        tracing::warn!(
            broken,
            "this machine has no root certificates: only consumers with an own ca.crt can be called"
        );
    }
    Arc::new(roots)
}

pub(super) fn client_config(
    credentials: &Credentials,
    native: &Arc<RootCertStore>,
) -> Result<Arc<ClientConfig>, EndpointError> {
    let roots = match &credentials.ca {
        Some(ca) => own_roots(ca.bytes())?,
        None => Arc::clone(native),
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| EndpointError::Roots)?
        .with_root_certificates(roots);
    let mut config = match &credentials.client_certificate {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => {
            let chain: Vec<_> = CertificateDer::pem_slice_iter(chain.bytes())
                .collect::<Result<_, _>>()
                .map_err(|_| EndpointError::ClientCertificate)?;
            let key = PrivateKeyDer::from_pem_slice(key.bytes()).map_err(|_| EndpointError::ClientCertificate)?;
            builder.with_client_auth_cert(chain, key).map_err(|_| EndpointError::ClientCertificate)?
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn own_roots(pem: &[u8]) -> Result<Arc<RootCertStore>, EndpointError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate.map_err(|_| EndpointError::Roots)?).map_err(|_| EndpointError::Roots)?;
    }
    if roots.is_empty() { Err(EndpointError::Roots) } else { Ok(Arc::new(roots)) }
}

/// Whether TLS, and not the connection below it, failed.
pub(super) fn is_tls(error: &std::io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.downcast_ref::<rustls::Error>().is_some())
}
