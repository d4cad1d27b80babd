use proptest::prelude::*;
use proptest::string::string_regex;

use super::*;

/// A regular expression without its anchors, in the dialect of the generator.
fn generator(regex: &str) -> String {
    let inner = regex.strip_prefix('^').and_then(|regex| regex.strip_suffix('$')).unwrap_or(regex);
    // RE2's classes are the ASCII ones; the generator would make Unicode digits and blanks of them.
    inner.replace(r"[^\s#]", "[!-\"$-~]").replace(r"[^/\\\s]", "[!-.0-[\\]-~]").replace(r"[^\s]", "[!-~]")
}

#[test]
fn every_text_that_a_pattern_makes_is_accepted_by_its_function() {
    for pattern in PATTERNS {
        let texts = string_regex(&generator(pattern.regex)).unwrap();
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        runner
            .run(&texts, |text| {
                // Bounds are the schema's; a pattern alone may make an empty or endless text.
                prop_assert!((pattern.holds)(&text) || text.is_empty(), "{}: {text:?}", pattern.regex);
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn what_no_pattern_makes_is_refused_by_its_function() {
    let refused: &[(&str, &[&str])] = &[
        ("letters", &["", "A", "-a", "a-", "a_b", "æ", "a.b"]),
        ("eight", &["", "1234567", "123456789", "1234567a", "１２３４５６７８"]),
        ("municipality", &["", "751", "1751", "0051", "07 1", "07511"]),
        ("record code", &["", "01", "0001", "a01"]),
        ("file name", &["", "a/b", "a\\b", "a b"]),
        ("a folder", &["", " a", "a ", "a\nb"]),
        ("some text", &["", " ", "\t\n"]),
        ("a host", &["", "dk", ".dk", "..dk", "a..dk", "A.dk", "a.dk.", "-a.dk", "a.dk:443", "*.eksempel.dk"]),
        ("a net", &["", "10.0.0.0", "10.0.0.0/", "/8", "10.0.0.0/1234", "a.b/8x", "g::/8"]),
        (
            "a URL",
            &[
                "",
                "eksempel.dk",
                "https:/a.dk",
                "https://",
                "https:///a",
                "https://a.dk#b",
                "https://u:p@a.dk/",
                "HTTPS://a.dk",
                "https://a.dk:/",
                "https://a.dk:123456/",
                "https://a b/",
                "https://a.dk?b",
                "https://[::1/",
                "https://[]/",
            ],
        ),
        ("a wait", &["", "5", "s", "0s", "05s", "1000s", "5w", "5S", "-5s", "5 s"]),
        ("1s to 60s", &["", "0s", "61s", "1m", "01s", "+1s", "99s", "100s"]),
        ("a day", &["", "2027-1-1", "2027/12/31", "20271231", "2027-12-31T"]),
    ];
    assert_eq!(refused.len(), PATTERNS.len());
    for ((key, texts), pattern) in refused.iter().zip(PATTERNS) {
        assert!(pattern.says.contains(key), "{key} is not {}", pattern.says);
        for text in *texts {
            assert!(!(pattern.holds)(text), "{}: {text:?}", pattern.regex);
        }
    }
}

#[test]
fn a_person_number_is_seen_in_its_usual_forms_only() {
    let number = |gap: &str| format!("{}{gap}{}", "010190", "1234");
    for text in [number(""), number("-"), number(" "), format!("sag {} om", number("")), format!("x{}y", number("-"))] {
        assert!(hides_person_number(&text), "{text}");
    }
    for text in [
        format!("1{}", number("")),
        format!("{}1", number("")),
        number("--"),
        ["491299", "1234"].concat(),
        ["012990", "1234"].concat(),
        "12345678".into(),
        "01-01-1990 1234".into(),
        String::new(),
    ] {
        assert!(!hides_person_number(&text), "{text}");
    }
}

proptest! {
    #[test]
    fn a_net_is_one_exactly_if_it_equals_its_masked_form(address: u32, bits in 0_u32..40) {
        let text = format!("{}/{bits}", std::net::Ipv4Addr::from(address));
        let masked = bits <= 32 && u64::from(address) % (1_u64 << (32 - bits.min(32))) == 0;
        prop_assert_eq!(is_net(&text), masked);
    }

    #[test]
    fn no_text_makes_a_check_panic(text in "\\PC{0,40}") {
        for pattern in PATTERNS {
            let _ = (pattern.holds)(&text);
        }
        let _ = (hides_person_number(&text), is_net(&text));
    }
}
