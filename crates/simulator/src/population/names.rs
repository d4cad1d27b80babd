//! Invented names: common given names, and surnames put together from parts, so that no pair is a known person.

use cpr::Gender;

use crate::dice::Dice;

/// Given names: the first [`WOMEN`] are women's. None is a part of an English word that programs print.
const GIVEN: &[&str] = &[
    "Alberte",
    "Astrid",
    "Benedikte",
    "Birgitte",
    "Bodil",
    "Bolette",
    "Cæcilie",
    "Dagny",
    "Dorthea",
    "Ebba",
    "Filippa",
    "Frederikke",
    "Gerda",
    "Gudrun",
    "Gunhild",
    "Hjørdis",
    "Ingrid",
    "Josefine",
    "Jytte",
    "Kamille",
    "Karoline",
    "Kirsten",
    "Lisbeth",
    "Lærke",
    "Margrethe",
    "Mathilde",
    "Merete",
    "Petrea",
    "Ragnhild",
    "Regitze",
    "Rigmor",
    "Sidsel",
    "Sigrid",
    "Solvej",
    "Sørine",
    "Thyra",
    "Tove",
    "Ulrikke",
    "Valborg",
    "Vibeke",
    "Øllegård",
    "Åse",
    "Asger",
    "Bertel",
    "Birger",
    "Bjørn",
    "Ebbe",
    "Ejnar",
    "Esben",
    "Frederik",
    "Gorm",
    "Gregers",
    "Halfdan",
    "Henning",
    "Holger",
    "Ivar",
    "Jeppe",
    "Jesper",
    "Jørgen",
    "Kjeld",
    "Knud",
    "Kristoffer",
    "Laurits",
    "Mikkel",
    "Mogens",
    "Morten",
    "Oluf",
    "Peder",
    "Preben",
    "Rasmus",
    "Regnar",
    "Sigurd",
    "Svend",
    "Søren",
    "Thorkild",
    "Torben",
    "Troels",
    "Uffe",
    "Valdemar",
    "Villads",
    "Øjvind",
    "Ørnulf",
    "Åge",
    "Åsmund",
];

/// How many of [`GIVEN`] are women's names.
const WOMEN: usize = 42;

const STEMS: &[&str] = &[
    "Æble",
    "Ørne",
    "Tåge",
    "Måne",
    "Ræve",
    "Grævlinge",
    "Hyben",
    "Tjørne",
    "Bøge",
    "Kløver",
    "Svale",
    "Vibe",
    "Glente",
    "Høge",
    "Ravne",
    "Pile",
    "Hassel",
    "Ahorn",
    "Rønne",
    "Slåen",
    "Enge",
    "Hjorte",
    "Bæver",
    "Odder",
    "Ellekrat",
    "Kvan",
    "Mynte",
    "Timian",
    "Røllike",
    "Vejbred",
    "Åkande",
    "Siv",
];

const ENDINGS: &[&str] =
    &["gård", "holm", "toft", "lund", "skov", "bæk", "dal", "høj", "kær", "ager", "bjerg", "sø", "borg", "vang"];

/// A surname, or a middle name of the same stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Surname(u16);

/// The name of a person that has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) given: u8,
    pub(crate) second: Option<u8>,
    pub(crate) middle: Option<Surname>,
    pub(crate) surname: Surname,
}

impl Surname {
    pub(crate) fn any(dice: &mut Dice) -> Self {
        Self(u16::try_from(dice.index(STEMS.len() * ENDINGS.len())).unwrap_or(0))
    }

    pub(crate) fn text(self) -> String {
        let at = usize::from(self.0);
        [STEMS[at / ENDINGS.len() % STEMS.len()], ENDINGS[at % ENDINGS.len()]].concat()
    }
}

impl Name {
    pub(crate) fn any(dice: &mut Dice, gender: Gender, surname: Surname) -> Self {
        let given = Self::given_name(dice, gender);
        let second = dice.percent(35).then(|| Self::given_name(dice, gender)).filter(|second| *second != given);
        let middle = dice.percent(20).then(|| Surname::any(dice)).filter(|middle| *middle != surname);
        Self { given, second, middle, surname }
    }

    fn given_name(dice: &mut Dice, gender: Gender) -> u8 {
        let at = match gender {
            Gender::Female => dice.index(WOMEN),
            Gender::Male => WOMEN + dice.index(GIVEN.len() - WOMEN),
        };
        u8::try_from(at).unwrap_or(0)
    }

    /// First names, single blanks between.
    pub(crate) fn first_names(self) -> String {
        let first = GIVEN[usize::from(self.given)];
        self.second.map_or_else(|| first.to_owned(), |second| [first, GIVEN[usize::from(second)]].join(" "))
    }

    /// `First Second Middle Last`, shortened to the 34 characters of its field.
    pub(crate) fn addressing(self) -> String {
        let first = GIVEN[usize::from(self.given)];
        let last = self.surname.text();
        let full = [Some(self.first_names()), self.middle.map(Surname::text), Some(last.clone())];
        let full = full.into_iter().flatten().collect::<Vec<_>>().join(" ");
        if full.chars().count() <= 34 { full } else { [first, &last].join(" ") }
    }

    /// `Last,First`, as CPR names relatives.
    pub(crate) fn reversed(self) -> String {
        [&self.surname.text(), ",", GIVEN[usize::from(self.given)]].concat()
    }

    /// The parts of the name one by one.
    pub(crate) fn parts(self) -> impl Iterator<Item = String> {
        let given = [Some(self.given), self.second];
        let family = [self.middle, Some(self.surname)];
        given
            .into_iter()
            .flatten()
            .map(|at| GIVEN[usize::from(at)].to_owned())
            .chain(family.into_iter().flatten().map(Surname::text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn women_come_first_and_every_name_fits_its_field() {
        assert_eq!(GIVEN[WOMEN - 1], "Åse");
        assert_eq!(GIVEN[WOMEN], "Asger");
        let mut dice = Dice::new(3, 3);
        for _ in 0..5000 {
            let surname = Surname::any(&mut dice);
            let name = Name::any(&mut dice, Gender::Female, surname);
            assert!(name.addressing().chars().count() <= 34);
            assert!(name.reversed().chars().count() <= 34);
            assert!(cpr::text::encode(&name.addressing()).unwrap().into_iter().all(cpr::text::is_legal));
        }
    }
}
