//! The kinds of text in a manifest: each with its bounds, its pattern and the same check as a function.
//!
//! The API server knows the pattern only; the function is what a folder is checked with, and what a message says is
//! said once. A test proves that every text that a pattern can make is accepted by its function.

use std::borrow::Cow;
use std::net::IpAddr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::rule;

/// A pattern of the schema and what it means.
pub(crate) struct Pattern {
    /// Regular expression as the API server reads it (RE2).
    pub(crate) regex: &'static str,
    /// What a text must be, after "must be".
    pub(crate) says: &'static str,
    /// The same check.
    pub(crate) holds: fn(&str) -> bool,
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $min:literal..=$max:literal, $regex:expr, $says:literal, $holds:expr
        $(, format $format:literal)? $(, rules [$($rule:expr),*])?;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
            #[serde(transparent)]
            pub struct $name(pub String);

            impl $name {
                /// The text.
                #[must_use]
                pub fn as_str(&self) -> &str {
                    &self.0
                }

                /// What `text` must be to be one, after "must be"; `None` if it is.
                #[must_use]
                pub fn check(text: &str) -> Option<&'static str> {
                    let holds: fn(&str) -> bool = $holds;
                    let fits = holds(text) && ($min..=$max).contains(&text.chars().count());
                    (!fits).then_some($says)
                }
            }

            impl JsonSchema for $name {
                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }

                fn inline_schema() -> bool {
                    true
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    #[allow(unused_mut, clippy::allow_attributes, reason = "only some kinds of text have a format or rules")]
                    let mut schema = json_schema!({
                        "type": "string", "minLength": $min, "maxLength": $max, "pattern": $regex,
                    });
                    $(schema.insert("format".into(), $format.into());)?
                    $(schema.insert("x-kubernetes-validations".into(), rule::attached(&[$($rule),*]));)?
                    schema
                }
            }
        )*

        /// Every pattern that a schema may hold.
        pub(crate) const PATTERNS: &[Pattern] = &[$(Pattern { regex: $regex, says: $says, holds: $holds },)*];
    };
}

texts! {
    /// A name of an object, a namespace or a secret: a DNS label.
    Name: 1..=63, "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
        "1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends", is_label;
    /// A CVR number.
    Cvr: 8..=8, "^[0-9]{8}$", "eight digits in quotes such as \"12345678\"", |text| digits(text, 8);
    /// A municipality code.
    MunicipalityCode: 4..=4, "^0[1-9][0-9]{2}$", "a municipality code of four digits in quotes such as \"0751\"",
        |text| digits(text, 4) && text.starts_with('0') && !text.starts_with("00");
    /// A record code.
    RecordCode: 3..=3, "^[0-9]{3}$", "a record code of three digits in quotes such as \"001\"", |text| digits(text, 3);
    /// A file name pattern with `*` and `?`.
    FilePattern: 1..=128, r"^[^/\\\s]+$", "a file name without slashes and blanks, where * and ? stand for any characters",
        |text| !text.is_empty() && !text.chars().any(|each| matches!(each, '/' | '\\') || is_blank(each));
    /// A folder.
    FolderPath: 1..=512, r"^[^\s]([^\r\n]*[^\s])?$", "a folder, without blanks at its ends",
        |text| !text.is_empty() && !text.contains(['\r', '\n']) && !text.starts_with(is_blank) && !text.ends_with(is_blank);
    /// Free text for people.
    Prose: 1..=500, r"[^\s]", "some text", |text| text.chars().any(|each| !is_blank(each)),
        rules [&rule::NO_PERSON_NUMBER];
    /// A host, or every host below a domain.
    HostSuffix: 3..=253, r"^\.?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$",
        "a host such as a.eksempel.dk or, with a dot before it, every host below a domain such as .eksempel.dk",
        |text| {
            let labels = text.strip_prefix('.').unwrap_or(text);
            labels.contains('.') && labels.split('.').all(is_label)
        };
    /// A net in CIDR form.
    Cidr: 4..=43, "^[0-9A-Fa-f:.]+/[0-9]{1,3}$", "a net such as 10.20.0.0/16",
        |text| text.split_once('/').is_some_and(|(address, bits)| {
            !address.is_empty()
                && address.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
                && (1..=3).contains(&bits.len())
                && bits.bytes().all(|byte| byte.is_ascii_digit())
        }),
        rules [&rule::NET];
    /// The URL of an endpoint.
    HttpsUrl: 9..=2048, r"^[a-z]+://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(/[^\s#]*)?$",
        "a URL such as https://host.eksempel.dk:443/path, without user, password and fragment", is_url,
        rules [&rule::HTTPS, &rule::NO_PERSON_NUMBER];
    /// A wait: a whole number and a unit (seconds, minutes, hours, days).
    Wait: 2..=4, "^[1-9][0-9]{0,2}[smhd]$", "a wait of 1 to 999 with a unit such as 5s, 30m, 2h or 30d",
        |text| text.strip_suffix(['s', 'm', 'h', 'd']).is_some_and(|count| {
            (1..=3).contains(&count.len()) && count.bytes().all(|byte| byte.is_ascii_digit()) && !count.starts_with('0')
        });
    /// A deadline.
    Timeout: 2..=3, "^([1-9]|[1-5][0-9]|60)s$", "1s to 60s",
        |text| text.strip_suffix('s').is_some_and(|count| {
            !count.starts_with(['0', '+']) && count.parse().is_ok_and(|count: u8| (1..=60).contains(&count))
        });
    /// A day.
    Until: 10..=10, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "a day in quotes such as \"2027-12-31\"",
        |text| text.len() == 10 && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        }),
        format "date";
}

/// White space as RE2's `\s` has it.
fn is_blank(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\x0C' | '\r' | ' ')
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.bytes().all(|byte| inner(byte) || byte == b'-')
        && text.bytes().next().is_some_and(inner)
        && text.bytes().last().is_some_and(inner)
}

fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = match authority.rfind(':') {
        Some(at) if !authority.ends_with(']') => (&authority[..at], Some(&authority[at + 1..])),
        _ => (authority, None),
    };
    let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let host_holds = match host.strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']').is_some_and(|inner| {
            !inner.is_empty() && inner.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
        }),
        None => !host.is_empty() && host.bytes().all(named),
    };
    !scheme.is_empty()
        && scheme.bytes().all(|byte| byte.is_ascii_lowercase())
        && host_holds
        && port.is_none_or(|port| (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit()))
        && !path.chars().any(|each| each == '#' || is_blank(each))
}

/// Whether `text` is a net whose address has no bits set behind the prefix.
pub(crate) fn is_net(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let (Ok(address), Ok(bits)) = (address.parse::<IpAddr>(), bits.parse::<u32>()) else { return false };
    match address {
        IpAddr::V4(ip) => bits <= 32 && u32::from(ip) & u32::MAX.checked_shr(bits).unwrap_or(0) == 0,
        IpAddr::V6(ip) => {
            ip.to_ipv4_mapped().is_none()
                && bits <= 128
                && u128::from(ip) & u128::MAX.checked_shr(bits).unwrap_or(0) == 0
        }
    }
}

/// Whether `text` holds what looks like a person number: ten digits that begin like a date, perhaps with a hyphen or a
/// blank after the sixth, and no digit on either side.
#[must_use]
pub fn hides_person_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    (0..bytes.len()).any(|start| {
        let edge = start == 0 || !bytes[start - 1].is_ascii_digit();
        edge && begins_with_person_number(&bytes[start..])
    })
}

fn begins_with_person_number(bytes: &[u8]) -> bool {
    let digits =
        |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let gap = usize::from(matches!(bytes.get(6), Some(b'-' | b' ')));
    digits(0..6)
        && digits(6 + gap..10 + gap)
        && !bytes.get(10 + gap).is_some_and(u8::is_ascii_digit)
        && matches!(bytes[0], b'0'..=b'3')
        && matches!(bytes[2], b'0' | b'1')
}

/// The rule that a text of `schema` must satisfy by its `pattern`.
pub(crate) fn pattern(regex: &str) -> Option<&'static Pattern> {
    PATTERNS.iter().find(|each| each.regex == regex)
}

#[cfg(test)]
mod tests;
