//! Licence expressions as they stand in manifests: `OR` (older: `/`), `AND`, `WITH`, parentheses.

/// Licences that may be linked into an Apache-2.0 program and handed on with it.
const ALLOWED: [&str; 10] = [
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unlicense",
    "0BSD",
    "Unicode-3.0",
    "CDLA-Permissive-2.0",
];

/// Exceptions that only add rights to the licence before `WITH`.
const EXCEPTIONS: [&str; 1] = ["LLVM-exception"];

/// Whether the expression can be satisfied with allowed licences alone. What cannot be read is refused.
pub(crate) fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words: Vec<&str> = spaced.split_whitespace().rev().collect();
    let allowed = either(&mut words);
    allowed == Some(true) && words.is_empty()
}

fn either(words: &mut Vec<&str>) -> Option<bool> {
    let mut allowed = both(words)?;
    while words.last() == Some(&"OR") {
        words.pop();
        allowed |= both(words)?;
    }
    Some(allowed)
}

fn both(words: &mut Vec<&str>) -> Option<bool> {
    let mut allowed = single(words)?;
    while words.last() == Some(&"AND") {
        words.pop();
        allowed &= single(words)?;
    }
    Some(allowed)
}

fn single(words: &mut Vec<&str>) -> Option<bool> {
    let word = words.pop()?;
    if word == "(" {
        let allowed = either(words)?;
        return (words.pop()? == ")").then_some(allowed);
    }
    let mut allowed = ALLOWED.contains(&word);
    if words.last() == Some(&"WITH") {
        words.pop();
        allowed &= EXCEPTIONS.contains(&words.pop()?);
    }
    Some(allowed)
}

#[test]
fn expressions_are_read() {
    for expression in [
        "MIT",
        "MIT OR GPL-3.0",
        "MIT/GPL-3.0",
        "(GPL-2.0 OR MIT) AND BSD-3-Clause",
        "Apache-2.0 WITH LLVM-exception",
        "ISC AND (Apache-2.0 OR ISC)",
    ] {
        assert!(is_allowed(expression), "{expression}");
    }
    for expression in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(GPL-2.0 OR GPL-3.0) AND MIT",
        "MIT WITH other-exception",
        "MIT OR",
        "(MIT",
        "MIT)",
        "MPL-2.0",
    ] {
        assert!(!is_allowed(expression), "{expression}");
    }
}
