//! For each layout, what the fast check needs, worked out at compile time.

use crate::date::CprDate;
use crate::layout::{COUNT, FieldKind, GROUPS, Layout};

/// Longer than every layout.
const WIDTH: usize = 320;
/// No layout has more dates, or more numbers beside the key.
const MANY: usize = 8;

/// What the bytes of one record code may be, by place.
pub(crate) struct Plan {
    /// The lowest byte that may stand at a place …
    pub(super) low: [u8; WIDTH],
    /// … and how far above it the byte may be.
    pub(super) span: [u8; WIDTH],
    /// Whether a line of this length ends inside of a field that is never right-trimmed.
    cut: [bool; WIDTH],
    dates: [DatePlace; MANY],
    date_count: usize,
    numbers: [usize; MANY],
    number_count: usize,
}

/// A date field.
#[derive(Clone, Copy)]
pub(super) struct DatePlace {
    at: usize,
    length: usize,
    kind: FieldKind,
}

impl DatePlace {
    /// Whether the field is trimmed away, absent or a date.
    #[inline]
    pub(super) fn is_right(self, bytes: &[u8]) -> bool {
        let Some(field) = bytes.get(self.at..self.at + self.length) else { return true };
        let plain = match field {
            b"          " | b"            " | b"000000000000" => true,
            [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] => {
                is_plain([*y1, *y2, *y3, *y4], [*m1, *m2, *d1, *d2, b'0', b'0'])
            }
            [y1, y2, y3, y4, m1, m2, d1, d2, h1, h2, n1, n2] => {
                is_plain([*y1, *y2, *y3, *y4], [*m1, *m2, *d1, *d2, *n1, *n2])
                    && h1.is_ascii_digit()
                    && h2.is_ascii_digit()
            }
            _ => false,
        };
        plain || CprDate::parse(self.kind, field, b' ').is_ok()
    }
}

/// Whether a year and a month, day and minute are what nearly all are: a day that every month has, of a year from 1000
/// to 2999. Of others [`CprDate::parse`] decides.
#[inline]
fn is_plain(year: [u8; 4], [m1, m2, d1, d2, n1, n2]: [u8; 6]) -> bool {
    let digits = [year[1], year[2], year[3], m1, m2, d1, d2, n1, n2];
    let all_digits = digits.iter().fold(true, |all, byte| all & byte.is_ascii_digit());
    let number = |tens: u8, ones: u8| tens.wrapping_sub(b'0').wrapping_mul(10).wrapping_add(ones.wrapping_sub(b'0'));
    let month = number(m1, m2) <= 12;
    all_digits & matches!(year[0], b'1' | b'2') & month & (number(d1, d2) <= 28) & (number(n1, n2) < 60)
}

impl Plan {
    /// Whether a line of `length` bytes ends inside of a field that is never right-trimmed.
    pub(super) fn cuts_field(&self, length: usize) -> bool {
        self.cut.get(length).copied().unwrap_or(true)
    }

    /// The date fields.
    pub(super) fn dates(&self) -> impl Iterator<Item = DatePlace> {
        self.dates[..self.date_count].iter().copied()
    }

    /// Where number fields begin, but for the person key.
    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> {
        self.numbers[..self.number_count].iter().copied()
    }
}

/// The plan of a layout.
pub(super) fn plan(layout: &Layout) -> Option<&'static Plan> {
    static PLANS: [Plan; COUNT] = plans();
    static ORDINALS: [u8; 1000] = ordinals();
    PLANS.get(usize::from(*ORDINALS.get(usize::from(layout.code().value()))?))
}

#[expect(clippy::large_stack_arrays, reason = "only the compiler runs it")]
const fn plans() -> [Plan; COUNT] {
    let mut plans = [const { Plan::new() }; COUNT];
    let (mut group, mut ordinal) = (0, 0);
    while group < GROUPS.len() {
        let mut at = 0;
        while at < GROUPS[group].len() {
            plans[ordinal] = Plan::of(&GROUPS[group][at]);
            ordinal += 1;
            at += 1;
        }
        group += 1;
    }
    plans
}

const fn ordinals() -> [u8; 1000] {
    let mut ordinals = [u8::MAX; 1000];
    let (mut group, mut ordinal) = (0, 0);
    while group < GROUPS.len() {
        let mut at = 0;
        while at < GROUPS[group].len() {
            ordinals[GROUPS[group][at].code_value() as usize] = ordinal;
            ordinal += 1;
            at += 1;
        }
        group += 1;
    }
    ordinals
}

impl Plan {
    const fn new() -> Self {
        let nowhere = DatePlace { at: 0, length: 0, kind: FieldKind::Date };
        Self {
            low: [0; WIDTH],
            span: [u8::MAX; WIDTH],
            cut: [false; WIDTH],
            dates: [nowhere; MANY],
            date_count: 0,
            numbers: [0; MANY],
            number_count: 0,
        }
    }

    const fn of(layout: &Layout) -> Self {
        let mut plan = Self::new();
        let mut at = 0;
        while at < layout.fields.len() {
            let field = &layout.fields[at];
            let (start, length) = (field.start - 1, field.length);
            match field.kind {
                FieldKind::Code | FieldKind::Text | FieldKind::Marker => {}
                FieldKind::Digits => plan.digits(start, length),
                FieldKind::PersonNumber => {
                    plan.strict(start, length);
                    if start > 3 {
                        plan.numbers[plan.number_count] = start;
                        plan.number_count += 1;
                    }
                }
                kind => {
                    if matches!(kind, FieldKind::Timestamp | FieldKind::DateDigits) {
                        plan.digits(start, length);
                    }
                    plan.strict(start, length);
                    plan.dates[plan.date_count] = DatePlace { at: start, length, kind };
                    plan.date_count += 1;
                }
            }
            at += 1;
        }
        plan
    }

    const fn digits(&mut self, start: usize, length: usize) {
        self.strict(start, length);
        let mut at = start;
        while at < start + length {
            self.low[at] = b'0';
            self.span[at] = 9;
            at += 1;
        }
    }

    const fn strict(&mut self, start: usize, length: usize) {
        let mut at = start + 1;
        while at < start + length {
            self.cut[at] = true;
            at += 1;
        }
    }
}
