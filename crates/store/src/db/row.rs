//! Result rows of either database, read column by column.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type};

use crate::StoreError;

/// A row.
pub(crate) enum Row {
    Pg(PgRow),
    Lite(SqliteRow),
}

/// What both databases can give.
pub(crate) trait Value:
    for<'r> Decode<'r, Postgres> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + Type<Sqlite>
{
}

impl<T> Value for T where T: for<'r> Decode<'r, Postgres> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + Type<Sqlite> {}

/// Reads a row from left to right.
pub(crate) struct Cursor<'r> {
    row: &'r Row,
    next: usize,
    statement: &'static str,
}

impl Row {
    pub(crate) fn read(&self, statement: &'static str) -> Cursor<'_> {
        Cursor { row: self, next: 0, statement }
    }
}

impl Cursor<'_> {
    /// The next column.
    pub(crate) fn get<T: Value>(&mut self) -> Result<T, StoreError> {
        let place = self.next;
        self.next += 1;
        match self.row {
            Row::Pg(row) => row.try_get(place),
            Row::Lite(row) => row.try_get(place),
        }
        .map_err(|source| StoreError::Statement { statement: self.statement, source })
    }

    /// Passes over columns.
    pub(crate) fn skip(&mut self, columns: usize) {
        self.next += columns;
    }

    /// The next column as a time.
    pub(crate) fn time(&mut self) -> Result<Timestamp, StoreError> {
        instant(self.get()?)
    }

    /// The next column as a time that may be missing.
    pub(crate) fn opt_time(&mut self) -> Result<Option<Timestamp>, StoreError> {
        self.get::<Option<i64>>()?.map(instant).transpose()
    }
}

/// A stored time.
pub(crate) fn instant(ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(ms).map_err(|_| StoreError::Impossible { column: "a time" })
}

/// A stored date.
pub(crate) fn date(text: &str) -> Result<Date, StoreError> {
    text.parse().map_err(|_| StoreError::Impossible { column: "a date" })
}
