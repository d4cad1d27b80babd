//! Files in a folder.

use cprbroker_simulator::delivery::{Envelope, PlaceError, Root, place, place_written};
use cprbroker_simulator::{Population, Task};
use jiff::civil::date;
use uuid::Uuid;

const TRANSFER: Uuid = Uuid::from_u128(0x0a1b_2c3d_7777_4222_8333_4444_5555_6666);

fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_pair_appears_with_the_contract_s_metadata() {
    let folder = tempfile::tempdir().unwrap();
    place(folder.path(), "D260113.L435701", b"0123456789", &Envelope::new(TRANSFER)).unwrap();
    assert_eq!(names(folder.path()), ["D260113.L435701", "D260113.L435701.metadata"]);
    let metadata = std::fs::read_to_string(folder.path().join("D260113.L435701.metadata")).unwrap();
    assert_eq!(
        metadata,
        r#"<ns2:FileMetadata xmlns:ns2="http://serviceplatformen.dk/xml/wsdl/soap11/SFTP/1/types">
  <FileTransferUUID>0a1b2c3d-7777-4222-8333-444455556666</FileTransferUUID>
  <FileDescriptor>
    <FileName>D260113.L435701</FileName>
    <SizeInBytes>10</SizeInBytes>
    <Sender>EXAMPLE_CPR_SENDER</Sender>
    <Recipients>EXAMPLE_SIMPELSFTP</Recipients>
  </FileDescriptor>
  <FileContentDescriptor/>
</ns2:FileMetadata>
"#
    );
}

#[test]
fn the_other_root_has_white_space_and_no_content_descriptor() {
    let envelope =
        Envelope { root: Root::Trigger, recipients: vec!["A&B".into(), "C".into()], ..Envelope::new(TRANSFER) };
    let text = envelope.metadata("X", 7);
    assert!(text.starts_with("<ns2:Trigger ") && text.ends_with("</ns2:Trigger>\n"));
    assert!(text.contains("<FileTransferUUID>\n    0a1b2c3d-7777-4222-8333-444455556666\n  </FileTransferUUID>"));
    assert!(text.contains("<Recipients>A&amp;B</Recipients>\n    <Recipients>C</Recipients>"));
    assert!(!text.contains("FileContentDescriptor"));
}

#[test]
fn an_extract_is_streamed_into_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let (day, task) = (date(2026, 1, 12), Task::new("435701"));
    let population = Population::new(1, 40, day);
    let (path, written) = place_written(folder.path(), &task.file_name(day), &Envelope::new(TRANSFER), |file| {
        task.write_initial(&population, day, None, file)
    })
    .unwrap();
    assert_eq!(std::fs::metadata(path).unwrap().len(), written.bytes);
    assert_eq!(written.persons, 40);
}

#[test]
fn what_fails_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let failed = place_written(folder.path(), "X", &Envelope::new(TRANSFER), |_| -> Result<(), std::io::Error> {
        Err(std::io::Error::other("no"))
    });
    assert!(matches!(failed, Err(PlaceError::Content(_))));
    assert!(names(folder.path()).is_empty());
    assert!(place(&folder.path().join("absent"), "X", b"", &Envelope::new(TRANSFER)).is_err());
}
