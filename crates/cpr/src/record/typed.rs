//! The typed records: for each a view over the bytes of a record, and a plain form that can be written.

use std::fmt;

use super::write::{Line, WriteError};
use super::{EventCode, NumberField, Record};
use crate::date::CprDate;
use crate::layout::{FieldLayout, Layout, known};
use crate::text::Text;

/// How a typed record reads and writes one of its fields.
macro_rules! kind {
    (view Number) => { NumberField };
    (view Digits) => { u32 };
    (view Date) => { Option<CprDate> };
    (view Text) => { Text<'a> };
    (view Event) => { EventCode };
    (plain Text) => { String };
    (plain $kind:ident) => { kind!(view $kind) };
    (read Number, $record:expr, $at:expr) => { NumberField::read($record.field(&$record.layout.fields[$at])) };
    (read Digits, $record:expr, $at:expr) => { digits($record.field(&$record.layout.fields[$at])) };
    (read Date, $record:expr, $at:expr) => { date($record, $at) };
    (read Text, $record:expr, $at:expr) => { Text::new($record.field(&$record.layout.fields[$at])) };
    (read Event, $record:expr, $at:expr) => { EventCode::new($record.field(&$record.layout.fields[$at])) };
    (own Text, $value:expr) => { $value.decode() };
    (own $kind:ident, $value:expr) => { $value };
    (put Number, $line:expr, $name:literal, $value:expr) => { $line.number($name, $value) };
    (put Digits, $line:expr, $name:literal, $value:expr) => { $line.digits($name, $value.into()) };
    (put Date, $line:expr, $name:literal, $value:expr) => { $line.date($name, $value) };
    (put Text, $line:expr, $name:literal, $value:expr) => { $line.text($name, &$value) };
    (put Event, $line:expr, $name:literal, $value:expr) => { $line.bytes($name, $value.bytes()) };
}

macro_rules! typed {
    ($($(#[$doc:meta])* $plain:ident, $view:ident = $code:literal {
        $($(#[$field_doc:meta])* $field:ident: $kind:ident = $name:literal,)*
    })*) => {$(
        $(#[$doc])*
        ///
        /// A view: nothing is copied until asked for.
        #[derive(Clone, Copy)]
        pub struct $view<'a>(pub(super) Record<'a>);

        $(#[$doc])*
        ///
        /// The plain form, for writers. Dates carry the marker of the field behind them.
        #[derive(Clone, PartialEq, Eq, Default)]
        pub struct $plain {
            $($(#[$field_doc])* pub $field: kind!(plain $kind),)*
        }

        impl<'a> $view<'a> {
            /// The layout of this code.
            #[must_use]
            pub const fn layout() -> &'static Layout {
                known($code)
            }

            /// The view of `record`, if it has this code.
            #[must_use]
            pub fn of(record: Record<'a>) -> Option<Self> {
                (record.layout.code_value() == $code).then_some(Self(record))
            }

            $($(#[$field_doc])*
            #[must_use]
            pub fn $field(self) -> kind!(view $kind) {
                const AT: usize = known($code).place($name);
                kind!(read $kind, self.0, AT)
            })*

            /// Copies every field.
            #[must_use]
            pub fn to_plain(self) -> $plain {
                $plain { $($field: kind!(own $kind, self.$field()),)* }
            }
        }

        impl $plain {
            /// Writes the record as a full-width line without terminator.
            ///
            /// # Errors
            /// [`WriteError`] if a value does not fit its field or has no place in ISO 8859-1.
            pub fn line(&self) -> Result<Vec<u8>, WriteError> {
                let mut line = Line::of(known($code));
                $(kind!(put $kind, line, $name, self.$field)?;)*
                Ok(line.finish())
            }
        }

        impl fmt::Debug for $view<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($view), "(redacted)"))
            }
        }

        impl fmt::Debug for $plain {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($plain), "(redacted)"))
            }
        }
    )*};
}

typed! {
    /// 000: start record.
    Start, StartView = 0 {
        /// `0000000000`.
        sort_key: Text = "sort_key",
        /// The task: customer number (4 digits) and sequence (2).
        task_number: Digits = "task_number",
        /// The day whose end the file shows.
        production_date: Date = "production_date",
        /// The production date of the task's former file.
        previous_production_date: Date = "previous_production_date",
    }
    /// 001: the person.
    Person, PersonView = 1 {
        /// The person key.
        number: Number = "pnr",
        /// PNRGAELD: the number now in force, for a retired number.
        current_number: Number = "current_pnr",
        /// STATUS: 1, 3, 5, 7, 20, 30, 50, 60, 70, 80, 90.
        status: Digits = "status",
        /// STATUSHAENSTART.
        status_from: Date = "status_start",
        /// KOEN: `M` or `K`.
        gender: Text = "gender",
        /// `FOED_DT`; prefer it to the digits of the number.
        born: Date = "birth_date",
        /// When the number was given.
        number_from: Date = "pnr_start_date",
        /// When the number was retired.
        number_to: Date = "pnr_end_date",
        /// STILLING.
        occupation: Text = "occupation_title",
    }
    /// 002: current address as codes.
    Address, AddressView = 2 {
        /// The person key.
        number: Number = "pnr",
        /// KOMKOD; 0 if none.
        municipality: Digits = "municipality_code",
        /// VEJKOD; 0 if none.
        street: Digits = "road_code",
        /// HUSNR: three digits and perhaps a letter.
        house: Text = "house_number",
        /// ETAGE.
        floor: Text = "floor",
        /// SIDEDOER; letters are right-aligned in the record.
        door: Text = "door",
        /// BNR, Greenland only.
        building: Text = "building_number",
        /// CONVN.
        care_of: Text = "care_of_name",
        /// TILFLYDTO.
        moved_in: Date = "moved_in_at",
        /// TILFLYKOMDTO.
        municipality_moved_in: Date = "municipality_moved_in_at",
        /// FRAFLYKOMKOD; 0 if none.
        previous_municipality: Digits = "previous_municipality_code",
        /// FRAFLYKOMDTO.
        previous_municipality_left: Date = "previous_municipality_left_at",
        /// START_MYNKOD-ADRTXT; 0 if none.
        supplementary_authority: Digits = "supplementary_address_authority_code",
        /// ADR1-SUPLADR.
        supplementary_1: Text = "supplementary_address_line_1",
        /// ADR2-SUPLADR.
        supplementary_2: Text = "supplementary_address_line_2",
        /// ADR3-SUPLADR.
        supplementary_3: Text = "supplementary_address_line_3",
        /// ADR4-SUPLADR.
        supplementary_4: Text = "supplementary_address_line_4",
        /// ADR5-SUPLADR.
        supplementary_5: Text = "supplementary_address_line_5",
        /// START_DT-ADRTXT.
        supplementary_from: Date = "supplementary_address_start_date",
        /// The day on which CPR plans to remove it: never an end of validity.
        supplementary_planned_removal: Date = "supplementary_address_delete_date",
    }
    /// 003: addressing name and current address in clear text.
    AddressText, AddressTextView = 3 {
        /// The person key.
        number: Number = "pnr",
        /// ADRNVN.
        addressing_name: Text = "addressing_name",
        /// CONVN.
        care_of: Text = "care_of_name",
        /// LOKALITET.
        locality: Text = "locality",
        /// STANDARDADR: the address as one line of a label.
        line_text: Text = "standard_address_line",
        /// BYNVN.
        town: Text = "town_name",
        /// POSTNR; 0 if none.
        postcode: Digits = "postal_code",
        /// POSTDISTTXT.
        district: Text = "postal_district",
        /// KOMKOD; 0 if none.
        municipality: Digits = "municipality_code",
        /// VEJKOD; 0 if none.
        street: Digits = "road_code",
        /// HUSNR.
        house: Text = "house_number",
        /// ETAGE.
        floor: Text = "floor",
        /// SIDEDOER.
        door: Text = "door",
        /// BNR.
        building: Text = "building_number",
        /// VEJADRNVN.
        street_name: Text = "road_addressing_name",
    }
    /// 004: one protection.
    Protection, ProtectionView = 4 {
        /// The person key.
        number: Number = "pnr",
        /// BESKYTTYPE: 1 name and address, 2 local directory, 3 marketing, 4 research.
        kind: Digits = "protection_type",
        /// START_DT-BESKYTTELSE.
        from: Date = "protection_start_date",
        /// The day on which CPR plans to remove it: never an end of validity.
        planned_removal: Date = "protection_delete_date",
    }
    /// 008: current name.
    Name, NameView = 8 {
        /// The person key.
        number: Number = "pnr",
        /// FORNVN.
        given: Text = "first_names",
        /// `FORNVN_MRK`: `+` abbreviated, `*` characters CPR cannot take, `=` insufficiently documented.
        given_marker: Text = "first_names_marker",
        /// MELNVN.
        middle: Text = "middle_names",
        /// `MELNVN_MRK`; may be set without a middle name.
        middle_marker: Text = "middle_names_marker",
        /// EFTERNVN.
        family: Text = "surname",
        /// `EFTERNVN_MRK`.
        family_marker: Text = "surname_marker",
        /// NVNHAENSTART.
        from: Date = "name_start",
        /// ADRNVN.
        addressing: Text = "addressing_name",
    }
    /// 012: current civil status.
    CivilStatus, CivilStatusView = 12 {
        /// The person key.
        number: Number = "pnr",
        /// CIVST: U, G, F, E, P, O, L, D.
        state: Text = "civil_status",
        /// AEGTEPNR.
        spouse: Number = "spouse_pnr",
        /// `AEGTEFOED_DT`, without a spouse number only.
        spouse_born: Date = "spouse_birth_date",
        /// AEGTENVN, without a spouse number only.
        spouse_name: Text = "spouse_name",
        /// `AEGTENVN_MRK`.
        spouse_name_marker: Text = "spouse_name_marker",
        /// HAENSTART-CIVILSTAND.
        from: Date = "civil_status_start",
        /// SEP_HENVIS-CIVILSTAND: links to a separation.
        separation: Date = "separation_reference",
    }
    /// 013: current separation.
    Separation, SeparationView = 13 {
        /// The person key.
        number: Number = "pnr",
        /// SEP_HENVIS-SEPARATION: links to a civil status.
        reference: Date = "separation_reference",
        /// START_DT-SEPARATION.
        from: Date = "separation_start_date",
    }
    /// 099: an event of the day.
    Event, EventView = 99 {
        /// The person key.
        number: Number = "pnr",
        /// When CPR registered it; blank for requisitions.
        registered: Date = "registered_at",
        /// HAENDELSE.
        code: Event = "event_code",
        /// AFLEDTMRK: how the person is affected; blank for the main person.
        derived: Text = "derived_marker",
        /// NGLKONST: the customer's own constant.
        key_constant: Text = "key_constant",
    }
    /// 910: an error in the customer's input.
    InputError, InputErrorView = 910 {
        /// The rejected key.
        sort_key: Text = "sort_key",
        /// INDDATA: the input as received.
        input: Text = "input_data",
        /// FEJLNR, 8451 to 8496.
        error: Digits = "error_number",
        /// FEJLTXT-UDTRÆK.
        text: Text = "error_text",
    }
    /// 997: receipt for a deleted subscription.
    Receipt, ReceiptView = 997 {
        /// The person whose subscription was deleted.
        number: Number = "pnr",
        /// When.
        registered: Date = "registered_at",
        /// Always A45.
        code: Event = "event_code",
        /// NGLKONST: the customer's own constant.
        key_constant: Text = "key_constant",
    }
    /// 999: end record.
    End, EndView = 999 {
        /// `9999999999`.
        sort_key: Text = "sort_key",
        /// TAELLER: every record but 000, 999 and 910.
        count: Digits = "record_count",
    }
}

impl StartView<'_> {
    /// Whether the start record names no former file.
    pub(crate) fn has_no_previous(self) -> bool {
        const AT: usize = known(0).place("previous_production_date");
        self.0.field(&self.0.layout.fields[AT]).iter().all(|byte| matches!(byte, b' ' | b'0'))
    }
}

/// Digits as a number: 0 if the field is blank or is no number.
fn digits(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .try_fold(0u32, |value, byte| value.checked_mul(10)?.checked_add(char::from(*byte).to_digit(10)?))
        .unwrap_or(0)
}

/// The date in field `at` with its marker, if the next field is one.
fn date(record: Record<'_>, at: usize) -> Option<CprDate> {
    let field = &record.layout.fields[at];
    CprDate::parse(field.kind, record.field(field), marker(record, at)).ok().flatten()
}

/// The byte of the uncertainty marker behind the date field `at`; blank if it has none.
fn marker(record: Record<'_>, at: usize) -> u8 {
    let marker = record.layout.fields.get(at + 1).filter(|next| FieldLayout::is_uncertainty_marker(next));
    marker.and_then(|next| record.field(next).first().copied()).unwrap_or(b' ')
}
