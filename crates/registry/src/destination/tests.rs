use proptest::prelude::*;

use super::*;

fn suffix(suffix: &str) -> Destination {
    Destination::HostSuffix { suffix: suffix.into(), port: 443 }
}

fn cidr(net: &str) -> Destination {
    Destination::Cidr { net: net.parse().unwrap(), port: 443 }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn a_suffix_with_a_dot_matches_below_and_one_without_matches_itself() {
    for (given, host, expected) in [
        (".eksempel.dk", "a.eksempel.dk", true),
        (".eksempel.dk", "a.b.EKSEMPEL.dk.", true),
        (".eksempel.dk", "eksempel.dk", false),
        (".eksempel.dk", ".eksempel.dk", false),
        (".eksempel.dk", "falskeksempel.dk", false),
        (".eksempel.dk", "a.eksempel.dk.ond.dk", false),
        ("eksempel.dk", "eksempel.dk", true),
        ("eksempel.dk", "a.eksempel.dk", false),
        (".1", "10.0.0.1", false),
        (".1", "[2001:db8::1]", false),
    ] {
        assert_eq!(suffix(given).allows_host(host, 443), expected, "{given} {host}");
    }
    assert!(!suffix("eksempel.dk").allows_host("eksempel.dk", 8443), "the port counts");
    assert!(!cidr("0.0.0.0/0").allows_host("eksempel.dk", 443), "a net names no host");
}

#[test]
fn a_net_holds_its_addresses_and_no_others() {
    for (net, address, expected) in [
        ("10.20.0.0/16", "10.20.255.255", true),
        ("10.20.0.0/16", "10.21.0.0", false),
        ("10.20.0.0/16", "::ffff:10.20.3.4", true),
        ("10.20.3.4/32", "10.20.3.4", true),
        ("10.20.3.4/32", "10.20.3.5", false),
        ("0.0.0.0/0", "255.255.255.255", true),
        ("0.0.0.0/0", "::1", false),
        ("::/0", "10.0.0.1", false),
        ("fd00::/8", "fdff::1", true),
        ("fd00::/8", "fe00::1", false),
        ("::1/128", "::1", true),
    ] {
        assert_eq!(cidr(net).allows_address(ip(address), 443), expected, "{net} {address}");
    }
    assert!(!cidr("10.20.0.0/16").allows_address(ip("10.20.0.1"), 80), "the port counts");
    assert!(!suffix("eksempel.dk").allows_address(ip("93.184.216.34"), 443), "a name names no address");
}

#[test]
fn what_is_no_net_is_refused_with_the_reason() {
    for (text, reason) in [
        ("10.0.0.0", NetError::Form),
        ("10.0.0/8", NetError::Form),
        ("10.0.0.0/", NetError::Form),
        ("10.0.0.0/+8", NetError::Form),
        ("eksempel.dk/8", NetError::Form),
        ("::ffff:10.0.0.0/104", NetError::Form),
        ("10.0.0.0/33", NetError::TooManyBits),
        ("fd00::/129", NetError::TooManyBits),
        ("fd00::/999", NetError::TooManyBits),
        ("10.0.0.1/8", NetError::HostBits),
        ("fd00::1/8", NetError::HostBits),
    ] {
        assert_eq!(text.parse::<Net>(), Err(reason), "{text}");
    }
}

#[test]
fn a_name_reaches_public_addresses_only() {
    let allowed = [suffix(".eksempel.dk")];
    assert!(allows(&allowed, "a.eksempel.dk", ip("93.184.216.34"), 443));
    for inside in [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.9",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
    ] {
        assert!(!allows(&allowed, "a.eksempel.dk", ip(inside), 443), "{inside}");
    }
    for outside in ["172.32.0.1", "100.128.0.1", "192.0.1.1", "2a02:6b8::1", "64:ff9b::8.8.8.8", "2002:808:808::"] {
        assert!(allows(&allowed, "a.eksempel.dk", ip(outside), 443), "{outside}");
    }
}

#[test]
fn a_named_net_is_reached_by_any_name_and_by_itself() {
    let allowed = [cidr("127.0.0.0/8")];
    assert!(allows(&allowed, "127.0.0.1", ip("127.0.0.1"), 443));
    assert!(allows(&allowed, "a.eksempel.dk", ip("127.0.0.1"), 443));
    assert!(!allows(&allowed, "a.eksempel.dk", ip("93.184.216.34"), 443));
    assert!(!allows(&allowed, "127.0.0.1", ip("127.0.0.2"), 443), "not the address that the URL names");
    assert!(!allows(&[], "127.0.0.1", ip("127.0.0.1"), 443));
}

#[test]
fn the_stored_form_is_readable_and_comes_back() {
    let all = vec![suffix(".eksempel.dk"), cidr("10.20.0.0/16")];
    let text = serde_json::to_string(&all).unwrap();
    assert_eq!(
        text,
        r#"[{"hostSuffix":{"suffix":".eksempel.dk","port":443}},{"cidr":{"net":"10.20.0.0/16","port":443}}]"#
    );
    assert_eq!(serde_json::from_str::<Vec<Destination>>(&text).unwrap(), all);
}

proptest! {
    #[test]
    fn a_net_is_a_range(bits in 0_u8..=32, base: u32, other: u32) {
        let rest = u32::MAX.checked_shr(bits.into()).unwrap_or(0);
        let (low, high) = (base & !rest, base | rest);
        let net: Net = format!("{}/{bits}", Ipv4Addr::from(low)).parse().unwrap();
        prop_assert_eq!(net.to_string().parse::<Net>().unwrap(), net);
        for edge in [low, high, base] {
            prop_assert!(net.contains(Ipv4Addr::from(edge).into()));
        }
        prop_assert_eq!(net.contains(Ipv4Addr::from(other).into()), (low..=high).contains(&other));
        prop_assert!(!net.contains(Ipv4Addr::from(low.wrapping_sub(1)).into()) || low == 0);
        prop_assert!(!net.contains(Ipv4Addr::from(high.wrapping_add(1)).into()) || high == u32::MAX);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[0-9a-f:./]{0,24}") {
        if let Ok(net) = text.parse::<Net>() {
            prop_assert!(net.contains(net.first));
        }
    }

    #[test]
    fn a_suffix_matches_only_whole_labels(label in "[a-z]{1,8}", before in "[a-z.]{0,6}") {
        let host = format!("{before}{label}.dk");
        let expected = before.is_empty();
        prop_assert_eq!(suffix(&format!("{label}.dk")).allows_host(&host, 443), expected);
        let below = before.ends_with('.');
        prop_assert_eq!(suffix(&format!(".{label}.dk")).allows_host(&host, 443), below && before.len() > 1);
    }
}
