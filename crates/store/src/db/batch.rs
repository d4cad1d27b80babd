//! Parameters: a batch of rows held by columns, and scalars.

use std::fmt::Write as _;

use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, error::BoxDynError};
use uuid::Uuid;

use super::Dialect;

/// SQLite's bound on parameters of one statement is 32 766.
const LITE_PARAMETERS: usize = 32_000;

/// The values of one column.
enum Column<'a> {
    Uuid(Vec<Option<Uuid>>),
    Int(Vec<Option<i64>>),
    Text(Vec<Option<&'a str>>),
    Blob(Vec<Option<&'a [u8]>>),
}

/// A batch: named columns of equal length.
#[derive(Default)]
pub(crate) struct Rows<'a> {
    columns: Vec<(&'static str, Column<'a>)>,
    len: usize,
}

/// A single parameter.
#[derive(Clone, Copy)]
pub(crate) enum Scalar<'a> {
    Uuid(Uuid),
    OptUuid(Option<Uuid>),
    Int(i64),
    OptInt(Option<i64>),
    Text(&'a str),
    OptText(Option<&'a str>),
    Blob(&'a [u8]),
}

impl<'a> Rows<'a> {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn with(mut self, name: &'static str, len: usize, column: Column<'a>) -> Self {
        debug_assert!(self.columns.is_empty() || self.len == len, "columns of one batch have one length");
        self.len = len;
        self.columns.push((name, column));
        self
    }

    pub(crate) fn uuid(self, name: &'static str, values: impl IntoIterator<Item = impl Into<Uuid>>) -> Self {
        let values: Vec<_> = values.into_iter().map(|value| Some(value.into())).collect();
        self.with(name, values.len(), Column::Uuid(values))
    }

    pub(crate) fn opt_uuid(self, name: &'static str, values: impl IntoIterator<Item = Option<Uuid>>) -> Self {
        let values: Vec<_> = values.into_iter().collect();
        self.with(name, values.len(), Column::Uuid(values))
    }

    pub(crate) fn int(self, name: &'static str, values: impl IntoIterator<Item = i64>) -> Self {
        self.opt_int(name, values.into_iter().map(Some))
    }

    pub(crate) fn opt_int(self, name: &'static str, values: impl IntoIterator<Item = Option<i64>>) -> Self {
        let values: Vec<_> = values.into_iter().collect();
        self.with(name, values.len(), Column::Int(values))
    }

    pub(crate) fn text(self, name: &'static str, values: impl IntoIterator<Item = &'a str>) -> Self {
        self.opt_text(name, values.into_iter().map(Some))
    }

    pub(crate) fn opt_text(self, name: &'static str, values: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let values: Vec<_> = values.into_iter().collect();
        self.with(name, values.len(), Column::Text(values))
    }

    pub(crate) fn blob(self, name: &'static str, values: impl IntoIterator<Item = &'a [u8]>) -> Self {
        self.opt_blob(name, values.into_iter().map(Some))
    }

    pub(crate) fn opt_blob(self, name: &'static str, values: impl IntoIterator<Item = Option<&'a [u8]>>) -> Self {
        let values: Vec<_> = values.into_iter().collect();
        self.with(name, values.len(), Column::Blob(values))
    }

    /// Rows.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Columns.
    pub(crate) fn width(&self) -> usize {
        self.columns.len()
    }

    /// The batch cut so that each part fits into one statement of SQLite.
    pub(crate) fn parts(self) -> Vec<Self> {
        let most = LITE_PARAMETERS / self.width().max(1);
        if self.len <= most {
            return vec![self];
        }
        let mut parts: Vec<Self> = Vec::new();
        for start in (0..self.len).step_by(most) {
            let end = (start + most).min(self.len);
            let columns = self.columns.iter().map(|(name, column)| (*name, column.slice(start, end))).collect();
            parts.push(Self { columns, len: end - start });
        }
        parts
    }

    /// The batch as a table `r`.
    pub(super) fn render(&self, dialect: Dialect, text: &mut String) {
        match dialect {
            Dialect::Pg => {
                for (place, (_, column)) in self.columns.iter().enumerate() {
                    let before = if place == 0 { "unnest(" } else { "," };
                    let _ = write!(text, "{before}${}::{}[]", place + 1, column.pg_type());
                }
                for (place, (name, _)) in self.columns.iter().enumerate() {
                    let _ = write!(text, "{}{name}", if place == 0 { ") as r(" } else { "," });
                }
                text.push(')');
            }
            Dialect::Lite => {
                for (place, (name, _)) in self.columns.iter().enumerate() {
                    let _ = write!(text, "{}column{} as {name}", if place == 0 { "(select " } else { "," }, place + 1);
                }
                text.push_str(" from (values ");
                for row in 0..self.len {
                    text.push_str(if row == 0 { "(?" } else { ",(?" });
                    text.extend(std::iter::repeat_n(",?", self.width() - 1));
                    text.push(')');
                }
                text.push_str(")) as r");
            }
        }
    }

    pub(super) fn bind_pg(self, arguments: &mut PgArguments) -> Result<(), BoxDynError> {
        for (_, column) in self.columns {
            match column {
                Column::Uuid(values) => arguments.add(values)?,
                Column::Int(values) => arguments.add(values)?,
                Column::Text(values) => arguments.add(values)?,
                Column::Blob(values) => arguments.add(values)?,
            }
        }
        Ok(())
    }

    pub(super) fn bind_lite(&self, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
        for row in 0..self.len {
            for (_, column) in &self.columns {
                match column {
                    Column::Uuid(values) => arguments.add(values[row])?,
                    Column::Int(values) => arguments.add(values[row])?,
                    Column::Text(values) => arguments.add(values[row].map(str::to_owned))?,
                    Column::Blob(values) => arguments.add(values[row].map(<[u8]>::to_vec))?,
                }
            }
        }
        Ok(())
    }
}

impl Column<'_> {
    fn pg_type(&self) -> &'static str {
        match self {
            Self::Uuid(_) => "uuid",
            Self::Int(_) => "bigint",
            Self::Text(_) => "text",
            Self::Blob(_) => "bytea",
        }
    }

    fn slice(&self, start: usize, end: usize) -> Self {
        match self {
            Self::Uuid(values) => Self::Uuid(values[start..end].to_vec()),
            Self::Int(values) => Self::Int(values[start..end].to_vec()),
            Self::Text(values) => Self::Text(values[start..end].to_vec()),
            Self::Blob(values) => Self::Blob(values[start..end].to_vec()),
        }
    }
}

impl Scalar<'_> {
    pub(super) fn bind_pg(self, arguments: &mut PgArguments) -> Result<(), BoxDynError> {
        match self {
            Self::Uuid(value) => arguments.add(value),
            Self::OptUuid(value) => arguments.add(value),
            Self::Int(value) => arguments.add(value),
            Self::OptInt(value) => arguments.add(value),
            Self::Text(value) => arguments.add(value),
            Self::OptText(value) => arguments.add(value),
            Self::Blob(value) => arguments.add(value),
        }
    }

    pub(super) fn bind_lite(self, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
        match self {
            Self::Uuid(value) => arguments.add(value),
            Self::OptUuid(value) => arguments.add(value),
            Self::Int(value) => arguments.add(value),
            Self::OptInt(value) => arguments.add(value),
            Self::Text(value) => arguments.add(value.to_owned()),
            Self::OptText(value) => arguments.add(value.map(str::to_owned)),
            Self::Blob(value) => arguments.add(value.to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_batch_is_cut_for_sqlite() {
        let rows = Rows::new().int("a", 0..40_000).int("b", 0..40_000);
        let parts = rows.parts();
        assert_eq!(parts.iter().map(Rows::len).collect::<Vec<_>>(), [16_000, 16_000, 8_000]);
        assert!(parts.iter().all(|part| part.width() == 2));
    }
}
