//! The plainest way to write the same bytes: one COPY, or one transaction of multi-row inserts, into a table without an
//! index.

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, Postgres, Sqlite};
use std::str::FromStr as _;

use crate::gauge::{Moment, Spent};
use crate::ground::{Database, Place};
use crate::store_persons::Raw;

/// Rows of one statement on SQLite.
const ROWS: usize = 200;

/// Bytes of one message of a COPY.
const MESSAGE: usize = 256 << 10;

/// Writes all persons and commits.
pub(crate) async fn write(database: Database, persons: &[Raw]) -> anyhow::Result<Spent> {
    let place = Place::new(database).await?;
    let spent = match database {
        Database::Sqlite => sqlite(&place, persons).await?,
        Database::Postgres => postgres(&place, persons).await?,
    };
    place.remove().await?;
    Ok(spent)
}

async fn sqlite(place: &Place, persons: &[Raw]) -> anyhow::Result<Spent> {
    let options = SqliteConnectOptions::from_str(&place.url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal);
    let mut connection = options.connect().await?;
    sqlx::query::<Sqlite>("create table raw (person blob not null, body blob not null)")
        .execute(&mut connection)
        .await?;
    let begun = Moment::now(None)?;
    let mut transaction = connection.begin().await?;
    for part in persons.chunks(ROWS) {
        let text = format!("insert into raw values {}", vec!["(?,?)"; part.len()].join(","));
        let mut insert = sqlx::query::<Sqlite>(AssertSqlSafe(text));
        for (person, body) in part {
            insert = insert.bind(*person).bind(body.as_slice());
        }
        insert.execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    begun.until_now(None)
}

async fn postgres(place: &Place, persons: &[Raw]) -> anyhow::Result<Spent> {
    let mut connection = PgConnection::connect(&place.url).await?;
    sqlx::query::<Postgres>("create table raw (person uuid not null, body bytea not null)")
        .execute(&mut connection)
        .await?;
    let begun = Moment::now(place.postmaster)?;
    let mut copy = connection.copy_in_raw("copy raw from stdin binary").await?;
    let mut message = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
    for (person, body) in persons {
        message.extend(2_i16.to_be_bytes());
        message.extend(16_i32.to_be_bytes());
        message.extend(person.as_bytes());
        message.extend(i32::try_from(body.len())?.to_be_bytes());
        message.extend(body);
        if message.len() > MESSAGE {
            copy.send(message.as_slice()).await?;
            message.clear();
        }
    }
    message.extend((-1_i16).to_be_bytes());
    copy.send(message.as_slice()).await?;
    copy.finish().await?;
    begun.until_now(place.postmaster)
}
