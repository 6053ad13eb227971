use super::*;

fn subsystem(path: &str) -> ClientId {
    path.parse().unwrap()
}

fn local_id(text: &str) -> LocalId {
    LocalId::new(text).unwrap()
}

fn link(n: u8) -> LinkHandle {
    LinkHandle::from_bytes([n; 16])
}

fn open() -> (tempfile::TempDir, Links) {
    let folder = tempfile::tempdir().unwrap();
    let links = Links::open(&folder.path().join("links.sqlite")).unwrap();
    (folder, links)
}

#[test]
fn a_number_and_a_link_find_each_other_also_after_a_restart() {
    let (folder, links) = open();
    let (a, b) = (subsystem("T/GOV/1/a"), subsystem("T/GOV/1/b"));
    links.store(&a, &local_id("17"), &link(1)).unwrap();
    links.store(&b, &local_id("17"), &link(2)).unwrap();
    drop(links);
    let links = Links::open(&folder.path().join("links.sqlite")).unwrap();
    assert_eq!(links.link_of(&a, &local_id("17")).unwrap(), Some(link(1)));
    assert_eq!(links.link_of(&b, &local_id("17")).unwrap(), Some(link(2)));
    assert_eq!(links.link_of(&a, &local_id("18")).unwrap(), None);
    assert_eq!(links.local_id(&link(2)).unwrap(), Some(local_id("17")));
    assert_eq!(links.local_id(&link(3)).unwrap(), None);
    assert_eq!(links.count().unwrap(), 2);
}

#[test]
fn one_number_one_person() {
    let (_folder, links) = open();
    let a = subsystem("T/GOV/1/a");
    links.store(&a, &local_id("17"), &link(1)).unwrap();
    links.store(&a, &local_id("17"), &link(1)).unwrap();
    for (number, link) in [("17", link(2)), ("18", link(1))] {
        let outcome = links.store(&a, &local_id(number), &link);
        assert!(matches!(outcome, Err(StoreLinkError::Taken)), "{number}");
    }
    assert_eq!(links.local_id(&link(1)).unwrap(), Some(local_id("17")));
    assert_eq!(links.count().unwrap(), 1);
}

#[test]
fn an_attempt_is_the_same_until_it_succeeds() {
    let (_folder, links) = open();
    let (a, number) = (subsystem("T/GOV/1/a"), local_id("17"));
    let nonce = |n| Nonce::from_bytes([n; 16]);
    let begin = |token: u8, fresh| links.begin_attempt(&a, &number, &[token; 32], nonce(fresh)).unwrap();
    assert_eq!(begin(1, 1), nonce(1));
    assert_eq!(begin(1, 2), nonce(1), "the answer was lost, asked again");
    assert_eq!(begin(2, 3), nonce(3), "another token");
    links.store(&a, &number, &link(1)).unwrap();
    assert_eq!(begin(2, 4), nonce(4));
}

#[test]
fn errors_do_not_show_the_number() {
    let (_folder, links) = open();
    lock(&links.writer).execute_batch("DROP TABLE link; DROP TABLE attempt").unwrap();
    let (a, number) = (subsystem("T/GOV/1/a"), local_id("canary-17"));
    let errors = [
        links.link_of(&a, &number).unwrap_err().to_string(),
        links.local_id(&link(1)).unwrap_err().to_string(),
        links.store(&a, &number, &link(1)).unwrap_err().to_string(),
        links.begin_attempt(&a, &number, &[0; 32], Nonce::from_bytes([0; 16])).unwrap_err().to_string(),
    ];
    assert!(errors.iter().all(|error| !error.contains("canary")), "{errors:?}");
}
