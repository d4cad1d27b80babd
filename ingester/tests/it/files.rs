//! Bad files, files that grow, and what stays in the folder.

use cpr::RecordCode;
use cpr::record::write::Line;
use jiff::ToSpan as _;
use store::ExtractState;

use crate::kit::{File, HERE, House, Person, is, number, registry, source, subscription};

async fn house() -> House {
    House::new(registry(vec![subscription(11, HERE)])).await
}

fn crowd(persons: u64) -> Vec<Person> {
    (0..persons).map(|index| Person::new(index, HERE)).collect()
}

#[tokio::test]
async fn refused_files_say_why_stay_and_change_nothing() {
    let mut house = house().await;
    let today = house.today().await;
    let good = File::new(today, crowd(250)).bytes();
    let line = good.iter().position(|byte| *byte == b'\n').unwrap();
    let cut = good[..good.len() - 30].to_vec();
    let tomorrow = File::new(today.tomorrow().unwrap(), crowd(3)).bytes();
    let mut utf8 = File::new(today, crowd(3)).bytes();
    let at = utf8.windows(2).position(|pair| pair == [b'r', 0xF8]).unwrap();
    utf8.splice(at + 1..at + 2, "ø".bytes());
    // Every ø must be in two bytes, or the file is a mixture and not UTF-8.
    while let Some(at) = utf8.windows(2).position(|pair| pair == [b'r', 0xF8]) {
        utf8.splice(at + 1..at + 2, "ø".bytes());
    }
    for (name, bytes, reason) in [
        ("D260101.L000001", cut, "truncated"),
        ("D260101.L000002", tomorrow, "after today"),
        ("D260101.L000003", utf8, "UTF-8"),
        ("D260101.L000004", Vec::new(), "empty"),
        ("D260101.L000005", good[line + 1..].to_vec(), "000"),
        ("D260101.L000006", b"PK\x03\x04 no extract at all".to_vec(), "000"),
    ] {
        house.place(name, &bytes);
        house.sweep().await;
        let extract = house.extract(name).await;
        assert_eq!(extract.state, ExtractState::Refused);
        let said = extract.reason.unwrap();
        assert!(said.contains(reason), "{said}");
        assert!(house.left().contains(name));
        house.restart().await;
    }
    // Nothing is half-applied, and nothing is read twice.
    house.sweep().await;
    assert_eq!(house.store.extracts(100).await.unwrap().len(), 6);
    assert_eq!(house.store.count_persons().await.unwrap(), 0);
    // A file that changed is read again.
    house.place("D260101.L000001", &good);
    house.sweep().await;
    assert_eq!(is(&house.extract("D260101.L000001").await, ExtractState::Applied)["stored"], 250);
    // The day of a file from the future comes.
    house.shift_days(1);
    house.restart().await;
    house.sweep().await;
    let future = house.extract("D260101.L000002").await;
    is(&future, ExtractState::Applied);
    assert_eq!((future.file.persons, future.file.task_number.as_str(), future.reason), (3, "435701", None));
}

#[tokio::test]
async fn a_broken_person_is_put_aside_until_a_good_snapshot_comes() {
    let mut house = house().await;
    let today = house.today().await;
    let file = File::new(today, crowd(1000));
    let mut bytes = file.bytes();
    let broken = File::new(today, vec![Person::new(500, HERE)]).bytes();
    let key = &broken[broken.iter().position(|byte| *byte == b'\n').unwrap() + 1..][..13];
    let at = bytes.windows(13).position(|window| window == key).unwrap();
    bytes[at + 23..at + 25].copy_from_slice(b"X?");
    house.place("D260101.L000001", &bytes);
    house.sweep().await;
    let counts = is(&house.extract("D260101.L000001").await, ExtractState::Applied);
    assert_eq!((&counts["stored"], &counts["quarantined"]), (&999.into(), &1.into()));
    let quarantined = house.store.quarantined().await.unwrap();
    assert_eq!(quarantined[0].lines, 1);
    assert_eq!(house.store.number(number(500)).await.unwrap().unwrap().person, None);
    house.take(&File::new(today, vec![Person::new(500, HERE)])).await;
    assert!(house.store.quarantined().await.unwrap().iter().all(|one| one.lines == 0));
    assert_eq!(house.store.count_persons().await.unwrap(), 1000);
}

#[tokio::test]
async fn doubtful_lines_are_put_aside_and_the_rest_is_applied() {
    let mut house = house().await;
    let today = house.today().await;
    // An unknown code, an overlong line, and a person without 001.
    let mut file = File::new(today, crowd(3));
    let unknown = |index: u64| [b"777".as_slice(), &number(index).digits(), b" something new"].concat();
    file.extra = (0..3).map(unknown).collect();
    let mut lonely = Line::new(RecordCode::NAME).unwrap();
    lonely.number("pnr", number(50).into()).unwrap();
    file.extra.push(lonely.finish());
    file.extra.push([b"008".as_slice(), &number(2).digits(), &vec![b'x'; 100_000]].concat());
    let counts = is(&house.take(&file).await, ExtractState::Applied);
    assert_eq!((&counts["stored"], &counts["quarantined"], &counts["strays"]), (&2.into(), &2.into(), &3.into()));
    // A wrong counter is a warning.
    let mut wrong = File::new(today, crowd(3)).bytes();
    let end = wrong.len() - 2;
    wrong[end] += 1;
    house.place("D260101.L000009", &wrong);
    house.sweep().await;
    is(&house.extract("D260101.L000009").await, ExtractState::Applied);
}

#[tokio::test]
async fn a_file_without_persons_is_applied_and_its_strays_are_kept() {
    let mut house = house().await;
    let today = house.today().await;
    let mut file = File::new(today, vec![]);
    is(&house.take(&file).await, ExtractState::Applied);
    file.extra = vec![b"777 something new".to_vec()];
    let counts = is(&house.take(&file).await, ExtractState::Applied);
    assert_eq!(counts["strays"], 1);
    assert_eq!(house.store.quarantined().await.unwrap()[0].lines, 1);
}

#[tokio::test]
async fn a_growing_file_waits_for_two_sweeps_of_one_size() {
    let mut house = house().await;
    let bytes = File::new(house.today().await, crowd(3)).bytes();
    let path = house.inbox.join("d260101.l000001");
    for part in [10, 500, bytes.len()] {
        std::fs::write(&path, &bytes[..part]).unwrap();
        house.sweep().await;
        assert!(path.exists());
    }
    house.sweep().await;
    assert!(house.left().is_empty());
    is(&house.extract("d260101.l000001").await, ExtractState::Applied);
}

#[tokio::test]
async fn companions_of_other_files_and_other_transfers_are_respected() {
    let mut house = house().await;
    let today = house.today().await;
    let first = File::new(today, crowd(3)).bytes();
    house.place("D260101.L000001", &first);
    let companion = house.inbox.join("D260101.L000001.metadata");
    let kept = std::fs::read_to_string(&companion).unwrap();
    house.sweep().await;
    // A crash between the two removals left the companion.
    std::fs::write(&companion, &kept).unwrap();
    std::fs::write(house.inbox.join("D260102.L000001.metadata"), kept.replace('-', "a")).unwrap();
    std::fs::write(house.inbox.join("other.txt"), "x").unwrap();
    house.sweep().await;
    assert_eq!(house.left().into_iter().collect::<Vec<_>>(), ["D260102.L000001.metadata", "other.txt"]);
    // Other bytes under the identifier of an applied transfer.
    let other = File::new(today, crowd(4)).bytes();
    std::fs::write(house.inbox.join("D260103.L000001"), &other).unwrap();
    let size = |text: &str, from: usize, to: usize| text.replace(&format!(">{from}<"), &format!(">{to}<"));
    std::fs::write(house.inbox.join("D260103.L000001.metadata"), size(&kept, first.len(), other.len())).unwrap();
    house.sweep().await;
    let refused = house.extract("D260103.L000001").await;
    assert_eq!(refused.state, ExtractState::Refused);
    assert!(refused.reason.unwrap().contains("FileTransferUUID"));
    // Sent anew, as the reason asks for: the same bytes under an identifier of their own.
    house.place("D260104.L000001", &other);
    house.sweep().await;
    assert!(!house.left().contains("D260104.L000001"));
}

#[tokio::test]
async fn a_folder_that_cannot_be_read_stops_no_other_source() {
    let mut registry = registry(vec![subscription(11, HERE)]);
    registry.sources.insert(0, source(2, "gone", &[1, 2, 8, 99]));
    let mut house = House::new(registry).await;
    let file = File::new(house.today().await, crowd(3));
    is(&house.take(&file).await, ExtractState::Applied);
    // It comes back.
    std::fs::create_dir(house.base().join("gone")).unwrap();
    let mut other = file.clone();
    other.date = other.date.checked_sub(2.days()).unwrap();
    std::fs::write(house.base().join("gone/d260101.l000001"), other.bytes()).unwrap();
    house.sweep().await;
    house.sweep().await;
    is(&house.extract("d260101.l000001").await, ExtractState::Applied);
}

#[tokio::test]
async fn a_suspended_source_is_left_alone() {
    let mut registry = registry(vec![subscription(11, HERE)]);
    registry.sources[0].suspend = true;
    let mut house = House::new(registry).await;
    house.place("D260101.L000001", &File::new(house.today().await, crowd(3)).bytes());
    house.sweep().await;
    assert!(house.store.extracts(10).await.unwrap().is_empty());
    assert_eq!(house.left().len(), 2);
}
