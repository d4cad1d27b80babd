//! Real municipality codes and postal districts, invented streets.

use crate::dice::Dice;

/// A municipality with its postal districts.
struct Municipality {
    code: u16,
    districts: &'static [(u16, &'static str)],
}

/// The first is home to half of the population, so that a municipality's own subscription has something to see.
const MUNICIPALITIES: &[Municipality] = &[
    Municipality { code: 751, districts: &[(8000, "Aarhus C"), (8200, "Aarhus N"), (8270, "Højbjerg")] },
    Municipality { code: 101, districts: &[(1620, "København V"), (2100, "København Ø"), (2300, "København S")] },
    Municipality { code: 461, districts: &[(5000, "Odense C"), (5220, "Odense SØ")] },
    Municipality { code: 851, districts: &[(9000, "Aalborg"), (9400, "Nørresundby")] },
    Municipality { code: 657, districts: &[(7400, "Herning"), (7451, "Sunds")] },
    Municipality { code: 340, districts: &[(4180, "Sorø"), (4190, "Munke Bjergby")] },
];

const STREETS: &[&str] = &[
    "Kvist",
    "Kogle",
    "Agern",
    "Bregne",
    "Lyng",
    "Porse",
    "Revling",
    "Blåbær",
    "Tyttebær",
    "Multebær",
    "Marehalm",
    "Strandskade",
    "Ryle",
    "Terne",
    "Rørdrum",
    "Skarv",
    "Edderfugle",
    "Sæl",
    "Marsvine",
    "Torske",
    "Makrel",
    "Silde",
    "Rødspætte",
    "Hornfiske",
    "Krabbe",
    "Hummer",
    "Reje",
    "Musling",
    "Østers",
    "Søstjerne",
    "Vandmands",
    "Isfugle",
    "Gøge",
    "Mejse",
    "Rødkælke",
    "Ugle",
];

const STREET_ENDINGS: &[&str] = &["vej", "gade", "allé", "stræde", "vænget", "parken", "bakken", "stien"];

/// Countries of the authority register with an invented address each.
const COUNTRIES: &[(u16, &str, &str, &str)] = &[
    (5110, "Granbærveien", "Nordre Eksempelvik", "Norge"),
    (5120, "Lingonrisgatan", "Östra Exempelby", "Sverige"),
    (5180, "Preiselbeerweg", "Beispielhausen", "Tyskland"),
];

/// An address in Denmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// A house.
    Street(House),
    /// A road code from 9900 on: a circumstance, no house.
    Special { municipality: u8, road: u16 },
}

/// A house, or a flat in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct House {
    municipality: u8,
    street: u8,
    number: u16,
    letter: Option<u8>,
    flat: Option<(u8, Door)>,
}

/// The door on a floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Side(&'static str),
    Number(u8),
}

/// An address abroad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Foreign {
    country: u8,
    number: u16,
}

impl House {
    pub(crate) fn any(dice: &mut Dice) -> Self {
        let other = dice.percent(50);
        let municipality = if other { 1 + dice.index(MUNICIPALITIES.len() - 1) } else { 0 };
        Self::within(dice, u8::try_from(municipality).unwrap_or(0))
    }

    pub(crate) fn within(dice: &mut Dice, municipality: u8) -> Self {
        let street = u8::try_from(dice.index(STREETS.len())).unwrap_or(0);
        let number = u16::try_from(dice.between(1, 180)).unwrap_or(1);
        let letter = dice.percent(12).then(|| b'A' + u8::try_from(dice.index(6)).unwrap_or(0));
        let flat = dice.percent(55).then(|| {
            let door = match dice.index(5) {
                0 | 1 => Door::Side("tv"),
                2 | 3 => Door::Side("th"),
                _ => Door::Number(u8::try_from(dice.between(1, 24)).unwrap_or(1)),
            };
            (u8::try_from(dice.index(6)).unwrap_or(0), door)
        });
        Self { municipality, street, number, letter, flat }
    }

    pub(crate) fn municipality(self) -> u8 {
        self.municipality
    }

    pub(crate) fn street(self) -> String {
        let at = usize::from(self.street);
        let ending = (at + usize::from(self.municipality) * 3) % STREET_ENDINGS.len();
        [STREETS[at], STREET_ENDINGS[ending]].concat()
    }

    /// `012A`.
    pub(crate) fn number(self) -> String {
        format!("{:03}{}", self.number, self.letter.map_or(' ', char::from))
    }

    /// `st`, `02`, or nothing.
    pub(crate) fn floor(self) -> String {
        match self.flat {
            None => String::new(),
            Some((0, _)) => "st".to_owned(),
            Some((floor, _)) => format!("{floor:02}"),
        }
    }

    /// `  th`, `0012`, or nothing.
    pub(crate) fn door(self) -> String {
        match self.flat {
            None => String::new(),
            Some((_, Door::Side(side))) => format!("{side:>4}"),
            Some((_, Door::Number(number))) => format!("{number:04}"),
        }
    }

    /// The label line: without leading zeros, a comma before the floor, `,-` before a door's number.
    pub(crate) fn line(self) -> String {
        let letter = self.letter.map(|letter| format!(" {}", char::from(letter))).unwrap_or_default();
        let flat = match self.flat {
            None => String::new(),
            Some((floor, door)) => {
                let floor = if floor == 0 { "st".to_owned() } else { floor.to_string() };
                match door {
                    Door::Side(side) => format!(",{floor} {side}"),
                    Door::Number(number) => format!(",{floor},-{number}"),
                }
            }
        };
        format!("{} {}{letter}{flat}", self.street(), self.number)
    }

    /// A farm's or a building's name; few houses have one.
    pub(crate) fn locality(self) -> Option<String> {
        (self.number % 29 == 7).then(|| format!("Gammel {}gård", STREETS[usize::from(self.street)]))
    }

    /// A village's name; only in the country.
    pub(crate) fn town(self) -> Option<String> {
        (self.municipality >= 4 && self.street.is_multiple_of(3))
            .then(|| format!("{}rup", STREETS[usize::from(self.street)]))
    }

    pub(crate) fn district(self) -> (u16, &'static str) {
        let districts = MUNICIPALITIES[usize::from(self.municipality)].districts;
        districts[usize::from(self.street) % districts.len()]
    }
}

impl Address {
    pub(crate) fn special(dice: &mut Dice) -> Self {
        let road = 9900 + u16::try_from(dice.index(20)).unwrap_or(0);
        Self::Special { municipality: u8::try_from(dice.index(MUNICIPALITIES.len())).unwrap_or(0), road }
    }

    pub(crate) fn municipality_code(self) -> u16 {
        let (Self::Street(House { municipality, .. }) | Self::Special { municipality, .. }) = self;
        MUNICIPALITIES[usize::from(municipality)].code
    }

    pub(crate) fn road_code(self) -> u16 {
        match self {
            Self::Street(house) => 104 + u16::from(house.street) * 12 + u16::from(house.municipality),
            Self::Special { road, .. } => road,
        }
    }

    pub(crate) fn house(self) -> Option<House> {
        match self {
            Self::Street(house) => Some(house),
            Self::Special { .. } => None,
        }
    }
}

impl Foreign {
    pub(crate) fn any(dice: &mut Dice) -> Self {
        let number = u16::try_from(dice.between(1, 240)).unwrap_or(1);
        Self { country: u8::try_from(dice.index(COUNTRIES.len())).unwrap_or(0), number }
    }

    pub(crate) fn country_code(self) -> u16 {
        COUNTRIES[usize::from(self.country)].0
    }

    pub(crate) fn lines(self) -> [String; 3] {
        let (_, street, town, country) = COUNTRIES[usize::from(self.country)];
        [format!("{street} {}", self.number), town.to_owned(), country.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_fits_its_fields_and_its_road_code_names_one_street() {
        let mut dice = Dice::new(5, 5);
        let mut roads = std::collections::BTreeMap::new();
        for _ in 0..20_000 {
            let house = House::any(&mut dice);
            let address = Address::Street(house);
            assert!(house.street().chars().count() <= 20 && house.line().chars().count() <= 34);
            assert_eq!((house.number().len(), house.floor().len() % 2, house.door().len() % 4), (4, 0, 0));
            let road = (address.municipality_code(), address.road_code());
            assert_eq!(*roads.entry(road).or_insert_with(|| house.street()), house.street());
            assert!(address.road_code() < 9900);
        }
        assert_eq!(roads.len(), STREETS.len() * MUNICIPALITIES.len());
    }
}
