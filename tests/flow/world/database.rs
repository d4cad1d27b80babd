//! The store from outside: counts, a hold, and all its text for the sweep.

use std::fmt::Write as _;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Column as _, PgPool, Row as _, SqlitePool, TypeInfo as _};

/// Which database the process works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// A file in the folder of data.
    Sqlite,
    /// A database of its own on the server of `DATABASE_URL`.
    Postgres,
}

/// Direct access to the database of a process.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    /// A file.
    Sqlite(SqlitePool),
    /// A server.
    Postgres(PgPool),
}

/// Tables that hold personal data by design: numbers, sealed or packed records, and what selection is derived from.
const PERSONAL: [&str; 4] = ["number", "snapshot", "quarantine", "person"];

/// The server that `DATABASE_URL` names.
fn server() -> String {
    std::env::var("DATABASE_URL")
        .expect("DATABASE_URL names a PostgreSQL server: run `make test`, or `tests/services.sh run cargo test`")
}

/// Makes a fresh PostgreSQL database and returns its url.
pub(crate) async fn create_postgres(name: &str) -> String {
    drop_postgres(name).await;
    let pool = PgPool::connect(&server()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("create database {name}"))).execute(&pool).await.unwrap();
    pool.close().await;
    let server = server();
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

/// Removes a database of [`create_postgres`].
pub(crate) async fn drop_postgres(name: &str) {
    let pool = PgPool::connect(&server()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("drop database if exists {name} with (force)"))).execute(&pool).await.unwrap();
    pool.close().await;
}

impl Database {
    /// Opens the database of a process that has started.
    pub(crate) async fn open(url: Option<&str>, folder: &Path) -> Self {
        if let Some(url) = url {
            return Self::Postgres(PgPool::connect(url).await.unwrap());
        }
        let options = SqliteConnectOptions::new()
            .filename(folder.join("data/store.sqlite"))
            .busy_timeout(std::time::Duration::from_secs(30));
        // one connection: a second one would not see at once what the first changed in the schema
        Self::Sqlite(SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap())
    }

    /// One number.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(format!("select cast(({sql}) as bigint)"));
        match self {
            Self::Sqlite(pool) => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
            Self::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
        }
    }

    /// One column of text.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(pool) => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
            Self::Postgres(pool) => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
        }
    }

    /// Lets no extract go beyond this number of applied persons: the store refuses, as a full disk would.
    pub(crate) async fn hold_at(&self, persons: u64) {
        match self {
            Self::Sqlite(pool) => {
                let sql = format!(
                    "create trigger held before update on extract when old.persons_done = {persons} and old.state = 'open'
                     begin select raise(abort, 'held by a test'); end"
                );
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap();
            }
            Self::Postgres(pool) => {
                let sql = format!(
                    "create function held() returns trigger language plpgsql
                     as $$ begin raise exception 'held by a test'; end $$;
                     create trigger held before update on extract for each row
                     when (old.persons_done = {persons} and old.state = 'open') execute function held()"
                );
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap();
            }
        }
    }

    /// Ends [`Database::hold_at`].
    pub(crate) async fn release(&self) {
        match self {
            Self::Sqlite(pool) => sqlx::raw_sql("drop trigger held").execute(pool).await.map(drop).unwrap(),
            Self::Postgres(pool) => {
                let sql = "drop trigger held on extract; drop function held()";
                sqlx::raw_sql(sql).execute(pool).await.map(drop).unwrap();
            }
        }
    }

    /// Every value of every table that may not hold personal data, as text.
    pub(crate) async fn dump(&self) -> String {
        let mut text = String::new();
        for table in self.tables().await {
            if PERSONAL.contains(&table.as_str()) {
                continue;
            }
            writeln!(text, "table {table}").unwrap();
            self.dump_table(&table, &mut text).await;
        }
        text
    }

    async fn tables(&self) -> Vec<String> {
        self.texts(match self {
            Self::Sqlite(_) => "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'",
            Self::Postgres(_) => "select tablename::text from pg_tables where schemaname = 'public'",
        })
        .await
    }

    async fn dump_table(&self, table: &str, text: &mut String) {
        let sql = AssertSqlSafe(format!("select * from {table}"));
        match self {
            Self::Sqlite(pool) => {
                for row in sqlx::query(sql).fetch_all(pool).await.unwrap() {
                    for at in 0..row.len() {
                        let value: Option<Vec<u8>> = row.try_get_unchecked(at).ok().flatten();
                        text.push_str(&String::from_utf8_lossy(&value.unwrap_or_default()));
                        text.push('\t');
                    }
                    text.push('\n');
                }
            }
            Self::Postgres(pool) => {
                for row in sqlx::query(sql).fetch_all(pool).await.unwrap() {
                    for column in row.columns() {
                        if matches!(column.type_info().name(), "TEXT" | "VARCHAR" | "BYTEA" | "JSON" | "UUID") {
                            let value: Option<Vec<u8>> = row.try_get_unchecked(column.ordinal()).ok().flatten();
                            text.push_str(&String::from_utf8_lossy(&value.unwrap_or_default()));
                            text.push('\t');
                        }
                    }
                    text.push('\n');
                }
            }
        }
    }

    /// Closes every connection.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
