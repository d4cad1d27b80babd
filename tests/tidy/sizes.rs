//! Files stop at 400 lines without their tests, functions at 60 lines of code, a `main.rs` at 60 lines.

use crate::none;
use crate::tree::{TextFile, sources};

const FILE: usize = 400;
const FUNCTION: usize = 60;
const MAIN: usize = 60;

/// Files that may be longer, each with its reason. An entry that is no longer needed is a violation.
const LONG_FILES: [(&str, &str); 0] = [];

/// Functions that may be longer, as `path::name`, each with its reason.
const LONG_FUNCTIONS: [(&str, &str); 0] = [];

/// Whether a file holds tests alone.
fn is_test(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.contains("/benches/") || path.ends_with("/tests.rs")
}

/// The lines of a file without its test module, which stands last.
fn code(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.windows(2).position(|pair| {
        pair[0].trim() == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].trim_end().ends_with('{')
    });
    lines[..tests.unwrap_or(lines.len())].to_vec()
}

/// The name of the function that starts at this line, if one does and has a body.
fn function_name(line: &str) -> Option<&str> {
    let mut words = line.trim_start().split(' ');
    for word in words.by_ref() {
        match word {
            "fn" => break,
            "pub" | "const" | "async" | "extern" | "\"C\"" => {}
            visibility if visibility.starts_with("pub(") => {}
            _ => return None,
        }
    }
    words.next().map(|name| name.split(['(', '<']).next().unwrap_or(name)).filter(|name| !name.is_empty())
}

/// Each function with the lines of code in its body, as clippy counts them: no comments, no blank lines. Relies on
/// rustfmt: the closing brace stands alone at the indentation of the `fn`.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines = code(text);
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let closing = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
        let Some(open) = lines[start..].iter().position(|line| line.ends_with(['{', ';', '}'])) else { continue };
        if !lines[start + open].ends_with('{') {
            continue;
        }
        let body = lines[start + open + 1..].iter().take_while(|line| **line != closing);
        let counted = body.filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//")).count();
        found.push((name.to_owned(), counted));
    }
    found
}

/// One line for each file or function that is too long, and for each exception that nobody needs.
fn too_long(files: &[TextFile], long_files: &[(&str, &str)], long_functions: &[(&str, &str)]) -> Vec<String> {
    let mut violations = Vec::new();
    let mut used = Vec::new();
    for TextFile { path, text } in files {
        let main = path.ends_with("main.rs") && !path.starts_with("tests/") && !path.contains("/tests/");
        if main && text.lines().count() >= MAIN {
            violations.push(format!("{path}: {} lines, main.rs stays under {MAIN}", text.lines().count()));
        }
        if is_test(path) {
            continue;
        }
        let lines = code(text).len();
        if lines > FILE {
            if long_files.iter().any(|(long, _)| long == path) {
                used.push(path.clone());
            } else {
                violations.push(format!("{path}: {lines} lines without tests, over {FILE}: split it"));
            }
        }
        for (name, lines) in functions(text).into_iter().filter(|(_, lines)| *lines > FUNCTION) {
            let key = format!("{path}::{name}");
            if long_functions.iter().any(|(long, _)| *long == key) {
                used.push(key);
            } else {
                violations.push(format!("{key}: {lines} lines, over {FUNCTION}: split it"));
            }
        }
    }
    for (exception, _) in long_files.iter().chain(long_functions) {
        if !used.iter().any(|used| used == exception) {
            violations.push(format!("{exception}: stands among the exceptions and is not too long"));
        }
    }
    violations
}

#[test]
fn planted_long_files_and_functions_are_found() {
    let long = "a();\n".repeat(401);
    let body = "        a();\n".repeat(61);
    let method = format!("impl A {{\n    pub async fn walk<T>(\n        t: T,\n    ) {{\n{body}    }}\n}}\n");
    let files = [
        TextFile::new("crates/a/src/long.rs", &long),
        TextFile::new("crates/a/src/long/tests.rs", &long),
        TextFile::new("crates/a/src/tested.rs", &format!("fn a() {{}}\n\n#[cfg(test)]\nmod tests {{\n{long}}}\n")),
        TextFile::new("crates/a/src/declared.rs", &format!("#[cfg(test)]\nmod tests;\n{long}")),
        TextFile::new("crates/a/src/main.rs", &"a();\n".repeat(60)),
        TextFile::new("crates/a/src/method.rs", &method),
    ];
    assert_eq!(
        too_long(&files, &[], &[]),
        [
            "crates/a/src/long.rs: 401 lines without tests, over 400: split it",
            "crates/a/src/declared.rs: 403 lines without tests, over 400: split it",
            "crates/a/src/main.rs: 60 lines, main.rs stays under 60",
            "crates/a/src/method.rs::walk: 61 lines, over 60: split it",
        ]
    );
    let excused = [("crates/a/src/method.rs::walk", "a table"), ("crates/a/src/gone.rs::run", "gone")];
    assert_eq!(
        too_long(&files[5..], &[], &excused),
        ["crates/a/src/gone.rs::run: stands among the exceptions and is not too long"]
    );
}

#[test]
fn comments_and_blank_lines_do_not_count() {
    let text = "fn a() {\n    // why\n\n    b();\n}\n\nfn c();\n\nconst fn d() -> u8 { 1 }\n";
    assert_eq!(functions(text), [("a".to_owned(), 1)]);
}

#[test]
fn files_and_functions_are_short() {
    none(&too_long(&sources(), &LONG_FILES, &LONG_FUNCTIONS));
}
