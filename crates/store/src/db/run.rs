//! Running statements on either database.

use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, PgExecutor, SqliteConnection};

use super::{Dialect, Row, Rows, Scalar, Sql};
use crate::StoreError;

impl Sql {
    fn failed(&self, source: sqlx::Error) -> StoreError {
        StoreError::Statement { statement: self.name, source }
    }

    fn pg_arguments(&self, rows: Option<Rows<'_>>, scalars: &[Scalar<'_>]) -> Result<PgArguments, StoreError> {
        let mut arguments = PgArguments::default();
        if let Some(rows) = rows {
            rows.bind_pg(&mut arguments).map_err(|error| self.failed(sqlx::Error::Encode(error)))?;
        }
        for scalar in scalars {
            scalar.bind_pg(&mut arguments).map_err(|error| self.failed(sqlx::Error::Encode(error)))?;
        }
        Ok(arguments)
    }

    fn lite_arguments(&self, rows: Option<&Rows<'_>>, scalars: &[Scalar<'_>]) -> Result<SqliteArguments, StoreError> {
        let mut arguments = SqliteArguments::default();
        if let Some(rows) = rows {
            rows.bind_lite(&mut arguments).map_err(|error| self.failed(sqlx::Error::Encode(error)))?;
        }
        for scalar in scalars {
            scalar.bind_lite(&mut arguments).map_err(|error| self.failed(sqlx::Error::Encode(error)))?;
        }
        Ok(arguments)
    }
}

/// The batch in parts that SQLite takes; one part without a batch, none for an empty one.
fn parts(rows: Option<Rows<'_>>) -> Vec<Option<Rows<'_>>> {
    match rows {
        None => vec![None],
        Some(rows) if rows.len() == 0 => Vec::new(),
        Some(rows) => rows.parts().into_iter().map(Some).collect(),
    }
}

pub(crate) async fn fetch_pg(
    executor: impl PgExecutor<'_>,
    sql: &Sql,
    rows: Option<Rows<'_>>,
    scalars: &[Scalar<'_>],
) -> Result<Vec<Row>, StoreError> {
    if rows.as_ref().is_some_and(|rows| rows.len() == 0) {
        return Ok(Vec::new());
    }
    let text = sql.render(Dialect::Pg, rows.as_ref());
    let arguments = sql.pg_arguments(rows, scalars)?;
    let rows = sqlx::query_with(AssertSqlSafe(text), arguments).fetch_all(executor).await;
    Ok(rows.map_err(|error| sql.failed(error))?.into_iter().map(Row::Pg).collect())
}

pub(crate) async fn execute_pg(
    executor: impl PgExecutor<'_>,
    sql: &Sql,
    rows: Option<Rows<'_>>,
    scalars: &[Scalar<'_>],
) -> Result<u64, StoreError> {
    if rows.as_ref().is_some_and(|rows| rows.len() == 0) {
        return Ok(0);
    }
    let text = sql.render(Dialect::Pg, rows.as_ref());
    let arguments = sql.pg_arguments(rows, scalars)?;
    let done = sqlx::query_with(AssertSqlSafe(text), arguments).execute(executor).await;
    Ok(done.map_err(|error| sql.failed(error))?.rows_affected())
}

pub(crate) async fn fetch_lite(
    connection: &mut SqliteConnection,
    sql: &Sql,
    rows: Option<Rows<'_>>,
    scalars: &[Scalar<'_>],
) -> Result<Vec<Row>, StoreError> {
    let mut found = Vec::new();
    for part in parts(rows) {
        let text = sql.render(Dialect::Lite, part.as_ref());
        let arguments = sql.lite_arguments(part.as_ref(), scalars)?;
        let rows = sqlx::query_with(AssertSqlSafe(text), arguments).fetch_all(&mut *connection).await;
        found.extend(rows.map_err(|error| sql.failed(error))?.into_iter().map(Row::Lite));
    }
    Ok(found)
}

pub(crate) async fn execute_lite(
    connection: &mut SqliteConnection,
    sql: &Sql,
    rows: Option<Rows<'_>>,
    scalars: &[Scalar<'_>],
) -> Result<u64, StoreError> {
    let mut touched = 0;
    for part in parts(rows) {
        let text = sql.render(Dialect::Lite, part.as_ref());
        let arguments = sql.lite_arguments(part.as_ref(), scalars)?;
        let done = sqlx::query_with(AssertSqlSafe(text), arguments).execute(&mut *connection).await;
        touched += done.map_err(|error| sql.failed(error))?.rows_affected();
    }
    Ok(touched)
}
