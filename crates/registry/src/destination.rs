//! Destinations: where a consumer's data may go.
//!
//! The rule, for a connection to `host` (as written in the URL) that would go to the address `ip`, port `port`:
//!
//! - a [`Destination::Cidr`] with this port whose net holds `ip` allows it, whatever the name is and also where the
//!   address is private, loopback or link-local: the platform team named it;
//! - a [`Destination::HostSuffix`] with this port that matches `host` allows it if `ip` is public ([`is_public`]). A
//!   name alone therefore never reaches the inside of the network, whatever the name server answers;
//! - nothing else is allowed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One allowed destination.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Destination {
    /// Hosts by name, on public addresses only.
    #[serde(rename_all = "camelCase")]
    HostSuffix {
        /// In lower case. With a leading dot every name below it (`.eksempel.dk` matches `a.eksempel.dk` and
        /// `a.b.eksempel.dk`, not `eksempel.dk`); without one exactly this name.
        suffix: String,
        /// TCP port.
        port: u16,
    },
    /// Addresses, private ones included.
    Cidr {
        /// The net.
        net: Net,
        /// TCP port.
        port: u16,
    },
}

impl Destination {
    /// Whether this names `host` (without port, as in a URL; an IPv6 address in brackets) on `port`: true only for a
    /// suffix. An address written as a host is never matched by a suffix. Letter case and one dot at the end do not
    /// count.
    #[must_use]
    pub fn allows_host(&self, host: &str, port: u16) -> bool {
        let Self::HostSuffix { suffix, port: allowed } = self else { return false };
        if *allowed != port || literal(host).is_some() {
            return false;
        }
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        if suffix.starts_with('.') { host.len() > suffix.len() && host.ends_with(suffix) } else { host == *suffix }
    }

    /// Whether this names the address on `port`: true only for a net that holds it. An IPv4 address in IPv6 form
    /// (`::ffff:a.b.c.d`) counts as the IPv4 address.
    #[must_use]
    pub fn allows_address(&self, ip: IpAddr, port: u16) -> bool {
        matches!(self, Self::Cidr { net, port: allowed } if *allowed == port && net.contains(ip))
    }
}

/// Whether any of `destinations` allows a connection to `ip` and `port` for a URL with `host`: the rule of this module.
///
/// Call it with each address that the name resolves to, at connect, and connect to that address.
#[must_use]
pub fn allows(destinations: &[Destination], host: &str, ip: IpAddr, port: u16) -> bool {
    // An address in the URL is the address that is connected to; a resolver that says otherwise is not believed.
    if literal(host).is_some_and(|written| written.to_canonical() != ip.to_canonical()) {
        return false;
    }
    destinations.iter().any(|each| each.allows_address(ip, port) || (is_public(ip) && each.allows_host(host, port)))
}

/// The address that `host` is, if it is one.
fn literal(host: &str) -> Option<IpAddr> {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host).parse().ok()
}

/// Whether `ip` is an address of the public internet, by the special-purpose registries of IANA (RFC 6890): not
/// private, loopback, link-local, shared, reserved, documentation, benchmarking, multicast or unspecified. IPv6
/// addresses that carry an IPv4 address (mapped, NAT64, 6to4) are as public as that; Teredo is not.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    !matches!(
        ip.octets(),
        [0 | 10 | 127 | 224..=255, ..]
            | [100, 64..=127, ..]
            | [169, 254, ..]
            | [172, 16..=31, ..]
            | [192, 168, ..]
            | [192, 0, 0 | 2, _]
            | [192, 88, 99, _]
            | [198, 18 | 19, ..]
            | [198, 51, 100, _]
            | [203, 0, 113, _]
    )
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match ip.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => embedded(high, low),
        // Teredo, benchmarking, ORCHID and other protocol assignments (2001::/23); documentation twice.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // All that is assigned for global unicast; loopback, unique local, link-local and multicast lie outside.
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}

/// A net in CIDR form: an address and the number of its leading bits that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Net {
    /// The lowest address.
    first: IpAddr,
    bits: u8,
}

/// Why a text is no net.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetError {
    /// Not ADDRESS/BITS.
    #[error("not an address, a slash and a number of bits such as 10.20.0.0/16")]
    Form,
    /// More bits than the address has.
    #[error("more bits than the address has")]
    TooManyBits,
    /// Bits are set behind the prefix, so that another net may have been meant.
    #[error("bits of the address are set behind the prefix")]
    HostBits,
}

impl Net {
    /// Whether the net holds `ip`; an IPv4 address in IPv6 form counts as the IPv4 address.
    #[must_use]
    pub fn contains(self, ip: IpAddr) -> bool {
        match (self.first, ip.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(ip)) => {
                let rest = u32::MAX.checked_shr(self.bits.into()).unwrap_or(0);
                u32::from(ip) & !rest == u32::from(first)
            }
            (IpAddr::V6(first), IpAddr::V6(ip)) => {
                let rest = u128::MAX.checked_shr(self.bits.into()).unwrap_or(0);
                u128::from(ip) & !rest == u128::from(first)
            }
            _ => false,
        }
    }
}

impl FromStr for Net {
    type Err = NetError;

    fn from_str(text: &str) -> Result<Self, NetError> {
        let (address, bits) = text.split_once('/').ok_or(NetError::Form)?;
        let first: IpAddr = address.parse().map_err(|_| NetError::Form)?;
        if bits.is_empty() || bits.len() > 3 || !bits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NetError::Form);
        }
        let bits: u8 = bits.parse().map_err(|_| NetError::TooManyBits)?;
        let net = Self { first, bits };
        match first {
            _ if bits > if first.is_ipv4() { 32 } else { 128 } => Err(NetError::TooManyBits),
            // Addresses in mapped form are compared as IPv4, so that such a net would hold nothing.
            IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some() => Err(NetError::Form),
            _ if !net.contains(first) => Err(NetError::HostBits),
            _ => Ok(net),
        }
    }
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

impl From<Net> for String {
    fn from(net: Net) -> Self {
        net.to_string()
    }
}

impl TryFrom<String> for Net {
    type Error = NetError;

    fn try_from(text: String) -> Result<Self, NetError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests;
