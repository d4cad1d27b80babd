//! The two databases behind one face: statements, parameters, rows. Nothing here knows a table.

mod batch;
mod row;
mod run;
mod sql;

pub(crate) use batch::{Rows, Scalar};
pub(crate) use row::{Cursor, Row, date, instant};
pub(crate) use run::{execute_lite, execute_pg, fetch_lite, fetch_pg};
pub(crate) use sql::{Dialect, Sql};

/// Gives a closed set its stored text, both ways.
macro_rules! stored_text {
    ($name:ident, $column:literal: $($variant:ident = $text:literal),+ $(,)?) => {
        impl $name {
            pub(crate) const fn stored(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        $crate::db::read_text!($name, $column: $($variant = $text),+);
    };
}

/// Reads the stored text of a closed set that only the text of statements writes.
macro_rules! read_text {
    ($name:ident, $column:literal: $($variant:ident = $text:literal),+ $(,)?) => {
        impl $name {
            pub(crate) fn from_stored(text: &str) -> Result<Self, $crate::StoreError> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::StoreError::Impossible { column: $column }),
                }
            }
        }
    };
}

/// Repeats a unit of work that fails for a reason of the moment; see [`crate::StoreError::is_transient`].
macro_rules! repeated {
    ($unit:expr) => {{
        let mut round = 0_u32;
        loop {
            match $unit.await {
                Err(error) if $crate::db::try_again(&error, &mut round).await => {}
                other => break other,
            }
        }
    }};
}

pub(crate) use {read_text, repeated, stored_text};

/// Rounds after which a transient error is reported; far more than ever seen in a row.
const ROUNDS: u32 = 20;

/// Whether to begin again; waits a little longer each time, so that the other side can end.
pub(crate) async fn try_again(error: &crate::StoreError, round: &mut u32) -> bool {
    if !error.is_transient() || *round >= ROUNDS {
        return false;
    }
    *round += 1;
    tracing::debug!(round = *round, "a transaction met another one and is repeated");
    tokio::time::sleep(std::time::Duration::from_millis(u64::from(*round))).await;
    true
}
