//! Statements: one text for both databases, with marks where they differ.

use std::fmt::Write as _;

use super::Rows;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// PostgreSQL.
    Pg,
    /// SQLite.
    Lite,
}

/// A named statement.
///
/// Marks in the text: `{rows}` the batch as a table `r`, `{1}` `{2}` … the scalars, `{pg:…}` and `{lite:…}` words for
/// one database alone. On PostgreSQL the text is the same for every batch (`unnest`), so it is prepared once; on SQLite
/// it depends on the number of rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sql {
    /// For errors.
    pub(crate) name: &'static str,
    /// With marks.
    pub(crate) text: &'static str,
}

impl Sql {
    pub(crate) const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text }
    }

    /// The text for a batch (or for none) on one database.
    pub(crate) fn render(&self, dialect: Dialect, rows: Option<&Rows<'_>>) -> String {
        // Parameters of the batch come first: one array per column, or one value per cell.
        let before = rows.map_or(0, |rows| match dialect {
            Dialect::Pg => rows.width(),
            Dialect::Lite => rows.width() * rows.len(),
        });
        let mut text = String::with_capacity(self.text.len() + 200);
        let mut rest = self.text;
        while let Some((head, tail)) = rest.split_once('{') {
            text.push_str(head);
            let Some((mark, tail)) = tail.split_once('}') else { break };
            rest = tail;
            match (mark, mark.split_once(':'), dialect) {
                // Empty braces are JSON.
                ("", ..) => text.push_str("{}"),
                ("rows", ..) => rows.into_iter().for_each(|rows| rows.render(dialect, &mut text)),
                ("uuid", _, Dialect::Pg) => text.push_str("uuid"),
                ("blob", _, Dialect::Pg) => text.push_str("bytea"),
                ("uuid" | "blob", _, Dialect::Lite) => text.push_str("blob"),
                ("id", _, Dialect::Pg) => text.push_str("bigint generated always as identity primary key"),
                ("id", _, Dialect::Lite) => text.push_str("integer primary key autoincrement"),
                (_, Some(("pg", words)), Dialect::Pg) | (_, Some(("lite", words)), Dialect::Lite) => {
                    text.push_str(words);
                }
                (_, Some(_), _) => {}
                (scalar, None, _) => {
                    let _ = write!(text, "${}", before + scalar.parse::<usize>().unwrap_or_default());
                }
            }
        }
        text.push_str(rest);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIND: Sql =
        Sql::new("t.find", "select a from {rows} join t using (a) where b > {1} and c < {2}{pg: for share}");

    #[test]
    fn one_text_serves_both() {
        let rows = Rows::new().int("a", [1, 2]).text("b", ["x", "y"]);
        assert_eq!(
            FIND.render(Dialect::Pg, Some(&rows)),
            "select a from unnest($1::bigint[],$2::text[]) as r(a,b) join t using (a) where b > $3 and c < $4 for share"
        );
        assert_eq!(
            FIND.render(Dialect::Lite, Some(&rows)),
            "select a from (select column1 as a,column2 as b from (values (?,?),(?,?))) as r join t using (a) \
             where b > $5 and c < $6"
        );
    }
}
