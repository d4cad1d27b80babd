//! Records of the file itself, events (099), receipts (997) and input errors (910).

use super::FieldKind::{Code, DateDigits, Digits, PersonNumber, Text, TimestampText};
use super::{Layout, field};
use crate::category::Category::{Control, Evidence, Number};

/// The layouts of this file, by code.
pub(super) const LAYOUTS: &[Layout] = &[
    Layout {
        code: 0,
        name: "Start record",
        length: 35,
        fields: &[
            field("record_type", 1, 3, Digits, Control),
            field("sort_key", 4, 10, Text, Control),
            field("task_number", 14, 6, Digits, Control),
            field("production_date", 20, 8, DateDigits, Control),
            field("previous_production_date", 28, 8, DateDigits, Control),
        ],
    },
    Layout {
        code: 99,
        name: "Events",
        length: 45,
        fields: &[
            field("record_type", 1, 3, Digits, Control),
            field("pnr", 4, 10, PersonNumber, Number),
            field("registered_at", 14, 12, TimestampText, Evidence),
            field("event_code", 26, 3, Code, Evidence),
            field("derived_marker", 29, 2, Code, Evidence),
            field("key_constant", 31, 15, Text, Control),
        ],
    },
    Layout {
        code: 910,
        name: "Error records (rejected input)",
        length: 157,
        fields: &[
            field("record_type", 1, 3, Digits, Control),
            field("sort_key", 4, 10, Text, Control),
            field("input_data", 14, 75, Text, Control),
            field("error_number", 89, 4, Digits, Control),
            field("error_text", 93, 65, Text, Control),
        ],
    },
    Layout {
        code: 997,
        name: "Receipt for deleted subscription",
        length: 43,
        fields: &[
            field("record_type", 1, 3, Digits, Control),
            field("pnr", 4, 10, PersonNumber, Number),
            field("registered_at", 14, 12, TimestampText, Evidence),
            field("event_code", 26, 3, Code, Evidence),
            field("key_constant", 29, 15, Text, Control),
        ],
    },
    Layout {
        code: 999,
        name: "End record",
        length: 21,
        fields: &[
            field("record_type", 1, 3, Digits, Control),
            field("sort_key", 4, 10, Text, Control),
            field("record_count", 14, 8, Digits, Control),
        ],
    },
];
