//! A fresh database for one test.

use std::future::Future;
use std::str::FromStr as _;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgPool};
use store::{Installation, Store, StoreConfig};

/// Who the test stores belong to.
pub(crate) fn installation() -> Installation {
    Installation { name: "test".into(), authority: None, environment: None }
}

async fn fresh(url: &str) -> Store {
    let store = Store::connect(&StoreConfig::new(url)).await.unwrap();
    store.migrate(&installation()).await.unwrap();
    store
}

/// Runs a test on SQLite, in a file that goes with it.
pub(crate) async fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(Store, String) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("store.db").display());
    let store = fresh(&url).await;
    test(store.clone(), url).await;
    store.close().await;
}

/// Runs a test on PostgreSQL, in a database that is dropped also when the test fails.
pub(crate) async fn on_postgres<F: Future<Output = ()> + Send + 'static>(
    test: impl FnOnce(Store, String) -> F + Send + 'static,
) {
    let Ok(server) = std::env::var("DATABASE_URL") else {
        panic!("DATABASE_URL is not set, so there is no PostgreSQL to test on: run `make test`, which starts one");
    };
    let options = PgConnectOptions::from_str(&server).unwrap();
    let admin = PgPoolOptions::new().max_connections(1).connect_with(options.clone()).await.unwrap();
    let name = format!("t_{}", runtime::Chance::from_os().unwrap().uuid4().simple());
    run(&admin, format!("create database {name}")).await;
    let url = options.database(&name).to_url_lossy().to_string();
    let outcome = tokio::spawn(async move {
        let store = fresh(&url).await;
        test(store.clone(), url).await;
        store.close().await;
    })
    .await;
    run(&admin, format!("drop database {name} with (force)")).await;
    if let Err(failure) = outcome {
        std::panic::resume_unwind(failure.into_panic());
    }
}

async fn run(admin: &PgPool, statement: String) {
    sqlx::query(AssertSqlSafe(statement)).execute(admin).await.unwrap();
}

/// Makes each named test of the module run on both databases.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                $crate::database::on_sqlite(super::$test).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                $crate::database::on_postgres(super::$test).await;
            })+
        }
    };
}

pub(crate) use on_both;
