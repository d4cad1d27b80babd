//! Whose store this is, and its migrations.

use registry::Environment;
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migrate, Migration, MigrationType, Migrator};

use crate::db::{Dialect, Scalar, Sql};
use crate::store::Pools;
use crate::{Store, StoreError};

/// Applied in this order; one that was released is never edited, a change is a new one: first what adds (expand), a
/// version later what removes (contract).
const MIGRATIONS: [(i64, &str, Sql); 1] =
    [(1, "tables", Sql::new("migration.1", include_str!("../migrations/0001_tables.sql")))];

const FIND: Sql = Sql::new("installation.find", "select name, authority, environment, generation from installation");
const INSERT: Sql = Sql::new(
    "installation.insert",
    "insert into installation (one, name, authority, environment, generation) values (1, {1}, {2}, {3}, 1)
     on conflict (one) do nothing",
);
const FIX: Sql = Sql::new(
    "installation.fix",
    "update installation set authority = coalesce(authority, {1}), environment = coalesce(environment, {2})",
);

/// Whom the store belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Name of the installation: part of every uid and of every advisory's `source`.
    pub name: String,
    /// CVR number of the data controller; `None` while it is not known yet (a folder without a source). The first one
    /// given stays.
    pub authority: Option<String>,
    /// Production or test data; `None` as above.
    pub environment: Option<Environment>,
}

impl Store {
    /// Creates what is missing in the database, then [`Store::verify`].
    pub async fn migrate(&self, installation: &Installation) -> Result<i64, StoreError> {
        let migrator = migrator(self.shared.pools.dialect());
        match &self.shared.pools {
            Pools::Pg(pool) => migrator.run(pool).await,
            Pools::Lite { writer, .. } => migrator.run(writer).await,
        }
        .map_err(StoreError::Migrate)?;
        self.verify(installation).await
    }

    /// Refuses pending migrations ([`StoreError::PendingMigrations`]) and another installation, authority or environment
    /// ([`StoreError::AuthorityMismatch`]); fixes an authority or environment that was not known before.
    /// Returns the store's generation, which is part of every advisory's `source` and `id`.
    pub async fn verify(&self, installation: &Installation) -> Result<i64, StoreError> {
        self.refuse_other_migrations().await?;
        let (authority, environment) = (installation.authority.as_deref(), installation.environment.map(environment));
        let mut tx = self.begin().await?;
        let name = Scalar::Text(&installation.name);
        let pair = [Scalar::OptText(authority), Scalar::OptText(environment)];
        tx.execute(&INSERT, None, &[name, pair[0], pair[1]]).await?;
        tx.execute(&FIX, None, &pair).await?;
        let rows = tx.fetch(&FIND, None, &[]).await?;
        let mut row = rows.first().ok_or(StoreError::Impossible { column: "installation" })?.read(FIND.name);
        let stored: (String, Option<String>, Option<String>) = (row.get()?, row.get()?, row.get()?);
        let generation = row.get()?;
        same("installation", Some(stored.0.as_str()), Some(&installation.name))?;
        same("authority", stored.1.as_deref(), authority)?;
        same("environment", stored.2.as_deref(), environment)?;
        // Only now: a mismatch must leave nothing behind.
        tx.commit().await?;
        Ok(generation)
    }

    /// Whose store it is and its generation; `None` before the first [`Store::migrate`].
    pub async fn installation(&self) -> Result<Option<(Installation, i64)>, StoreError> {
        if self.applied().await?.is_empty() {
            return Ok(None);
        }
        let rows = self.fetch(&FIND, None, &[]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let mut row = row.read(FIND.name);
        let (name, authority) = (row.get()?, row.get()?);
        let environment = match row.get::<Option<String>>()?.as_deref() {
            None => None,
            Some("Production") => Some(Environment::Production),
            Some("Test") => Some(Environment::Test),
            Some(_) => return Err(StoreError::Impossible { column: "installation.environment" }),
        };
        Ok(Some((Installation { name, authority, environment }, row.get()?)))
    }

    /// Versions of the migrations that were applied.
    async fn applied(&self) -> Result<Vec<i64>, StoreError> {
        let table = "_sqlx_migrations";
        let applied = match &self.shared.pools {
            Pools::Pg(pool) => {
                let mut connection = pool.acquire().await.map_err(StoreError::Connect)?;
                connection.ensure_migrations_table(table).await.map_err(StoreError::Migrate)?;
                connection.list_applied_migrations(table).await
            }
            Pools::Lite { writer, .. } => {
                let mut connection = writer.acquire().await.map_err(StoreError::Connect)?;
                connection.ensure_migrations_table(table).await.map_err(StoreError::Migrate)?;
                connection.list_applied_migrations(table).await
            }
        };
        Ok(applied.map_err(StoreError::Migrate)?.into_iter().map(|migration| migration.version).collect())
    }

    async fn refuse_other_migrations(&self) -> Result<(), StoreError> {
        let applied = self.applied().await?;
        let pending = MIGRATIONS.iter().filter(|(version, ..)| !applied.contains(version)).count();
        let known = MIGRATIONS.last().map_or(0, |(version, ..)| *version);
        match applied.iter().max() {
            _ if pending > 0 => Err(StoreError::PendingMigrations { pending }),
            Some(found) if *found > known => Err(StoreError::NewerMigrations { found: *found, known }),
            _ => Ok(()),
        }
    }
}

fn migrator(dialect: Dialect) -> Migrator {
    let migration = |(version, name, sql): &(i64, &'static str, Sql)| {
        let text = sqlx::AssertSqlSafe(sql.render(dialect, None)).into_sql_str();
        Migration::new(*version, (*name).into(), MigrationType::Simple, text, false)
    };
    Migrator::with_migrations(MIGRATIONS.iter().map(migration).collect())
}

fn environment(environment: Environment) -> &'static str {
    match environment {
        Environment::Production => "Production",
        Environment::Test => "Test",
    }
}

/// What is not given is not checked.
fn same(what: &'static str, stored: Option<&str>, given: Option<&str>) -> Result<(), StoreError> {
    match (stored, given) {
        (Some(stored), Some(given)) if stored != given => {
            Err(StoreError::AuthorityMismatch { what, stored: stored.to_owned(), given: given.to_owned() })
        }
        _ => Ok(()),
    }
}
