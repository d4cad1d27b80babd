//! Patterns of file names: `*` stands for any number of characters, `?` for one, without regard to case.

/// Whether the whole of `name` fits `pattern`.
#[must_use]
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let fold = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
    let (pattern, name) = (fold(pattern), fold(name));
    let (mut at, mut position) = (0, 0);
    // Where the last `*` stood, and how far it reaches: only the last one needs to be tried again.
    let mut star: Option<(usize, usize)> = None;
    while position < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, position));
                at += 1;
            }
            Some(one) if *one == '?' || *one == name[position] => {
                at += 1;
                position += 1;
            }
            _ => match star {
                Some((stood, reached)) => {
                    star = Some((stood, reached + 1));
                    at = stood + 1;
                    position = reached + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        for (pattern, name, fits) in [
            ("D??????.L??????*", "d260113.l435701", true),
            ("d??????.l??????*", "D260113.L435701.part2", true),
            ("D??????.L??????*", "D260113.L43570", false),
            ("D??????.L4311*", "d260113.l431122", true),
            ("D??????.L4311*", "d260113.l431022", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("?", "", false),
            ("a*b*c", "axxbyybc", true),
            ("a*b*c", "axxbyyb", false),
            ("*.l1*", "a.l0.l1", true),
            ("Å*", "åb", true),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        assert!(!matches(&"*a".repeat(60), &"a".repeat(59)));
        assert!(!matches(&("*a".repeat(30) + "b"), &"a".repeat(5000)));
    }
}
