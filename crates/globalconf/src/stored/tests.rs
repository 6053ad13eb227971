use time::macros::datetime;

use super::*;
use crate::vectors;

const GOOD: &str = "x-road-7.8/globalconf-stored/globalconf_good_v2";

fn without(files: &[(String, Vec<u8>)], path: &str) -> Vec<(String, Vec<u8>)> {
    assert!(files.iter().any(|(name, _)| name == path), "{path}");
    files.iter().filter(|(name, _)| name != path).cloned().collect()
}

fn with(files: &[(String, Vec<u8>)], path: &str, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut changed = without(files, path);
    changed.push((path.to_owned(), bytes.to_vec()));
    changed
}

#[test]
fn folders_of_others_load() {
    let table = [
        ("x-road-7.8/globalconf-stored/globalconf_good_v2", "EE", FormatVersion::V2, 3),
        ("x-road-7.8/globalconf-stored/globalconf_good_v6", "EE", FormatVersion::V6, 6),
        ("x-road-7.8/globalconf-stored/globalconf_good2_v3", "DEV", FormatVersion::V3, 1),
        ("x-road-7.8-live/rsa/globalconf", "INST", FormatVersion::V6, 1),
        ("x-road-7.8-live/ec/globalconf", "INST", FormatVersion::V6, 1),
    ];
    for (folder, instance, version, count) in table {
        let conf = load(&vectors::stored(folder)).unwrap();
        assert_eq!((conf.instance(), conf.version()), (instance, version), "{folder}");
        assert_eq!(conf.instances().count(), count, "{folder}");
    }
}

#[test]
fn folders_that_are_not_copied_here_load() {
    let table = [
        ("globalconf_good_v3", FormatVersion::V3, 3),
        ("globalconf_good_v4", FormatVersion::V4, 4),
        ("globalconf_good_v5", FormatVersion::V5, 5),
    ];
    for (name, version, count) in table {
        if let Some(files) = vectors::shared_stored(&format!("x-road-7.8/globalconf-stored/{name}")) {
            let conf = load(&files).unwrap();
            assert_eq!((conf.instance(), conf.version(), conf.instances().count()), ("EE", version, count));
        }
    }
}

#[test]
fn the_expiry_is_the_earlier_one_of_both_parameter_files() {
    let files = vectors::stored(GOOD);
    let conf = load(&files).unwrap();
    assert_eq!(conf.expires(), Some(datetime!(2124-05-20 17:42:55 UTC)));
    let earlier =
        b"{\"contentIdentifier\":\"PRIVATE-PARAMETERS\",\"expirationDate\":\"2030-01-01T00:00:00Z\"}";
    let conf = load(&with(&files, "EE/private-params.xml.metadata", earlier)).unwrap();
    assert_eq!(conf.expires(), Some(datetime!(2030-01-01 0:00 UTC)));
    // No date at all means never.
    assert_eq!(vectors::loaded("x-road-7.8/globalconf-stored/globalconf_good2_v3").expires(), None);
}

#[test]
fn what_makes_the_own_instance_unusable_is_an_error() {
    let files = vectors::stored(GOOD);
    assert_eq!(load(&[]).unwrap_err(), LoadError::MissingInstanceIdentifier);
    assert_eq!(
        load(&without(&files, INSTANCE_IDENTIFIER_FILE)).unwrap_err(),
        LoadError::MissingInstanceIdentifier
    );
    assert_eq!(
        load(&with(&files, INSTANCE_IDENTIFIER_FILE, b" \n")).unwrap_err(),
        LoadError::MissingInstanceIdentifier
    );
    let other = load(&with(&files, INSTANCE_IDENTIFIER_FILE, b"ZZ")).unwrap_err();
    assert_eq!(other, LoadError::MissingSharedParams("ZZ".into()));
    let no_shared = without(&without(&files, "EE/shared-params.xml"), "EE/shared-params.xml.metadata");
    assert_eq!(load(&no_shared).unwrap_err(), LoadError::MissingSharedParams("EE".into()));
    let no_metadata = load(&without(&files, "EE/shared-params.xml.metadata")).unwrap_err();
    assert_eq!(no_metadata, LoadError::MissingMetadata("EE/shared-params.xml".into()));
    let bad_metadata = load(&with(&files, "EE/shared-params.xml.metadata", b"{")).unwrap_err();
    assert!(matches!(bad_metadata, LoadError::Metadata { file, .. } if file == "EE/shared-params.xml"));
    let malformed = load(&with(&files, "EE/private-params.xml", b"foo")).unwrap_err();
    assert!(matches!(malformed, LoadError::Malformed { file, .. } if file == "EE/private-params.xml"));
    let foreign = files.iter().find(|(name, _)| name == "foo/shared-params.xml").unwrap().1.clone();
    let misplaced = load(&with(&files, "EE/shared-params.xml", &foreign)).unwrap_err();
    let file = "EE/shared-params.xml".to_owned();
    assert_eq!(misplaced, LoadError::WrongInstance { file, found: "foo".into() });
    let many: Vec<_> = (0..=MAX_FILES).map(|number| (format!("x/{number}"), Vec::new())).collect();
    assert_eq!(load(&many).unwrap_err(), LoadError::TooManyFiles);
}

#[test]
fn what_is_wrong_with_a_foreign_instance_hides_that_one_only() {
    let files = with(&vectors::stored(GOOD), "foo/shared-params.xml", b"foo");
    let conf = load(&files).unwrap();
    assert_eq!(conf.instances().collect::<Vec<_>>(), ["EE", "bar"]);
    assert!(
        conf.problems().iter().any(|problem| problem.contains("foo/shared-params.xml")),
        "{:?}",
        conf.problems()
    );
}

#[test]
fn files_that_we_do_not_know_are_left_alone() {
    let mut files = vectors::stored(GOOD);
    files.push(("EE/other.xml".into(), b"not even XML".to_vec()));
    files.push(("EE/foo.xml".into(), b"not even XML".to_vec()));
    files.push(("EE/foo.xml.metadata".into(), b"{\"contentIdentifier\":\"FOO\"}".to_vec()));
    files.push(("files".into(), b"a list".to_vec()));
    files.push(("a/b/c".into(), Vec::new()));
    assert!(load(&files).is_ok());
}

/// As in the copy that a stock central server keeps for itself.
#[test]
fn files_without_a_usable_identifier_are_known_by_their_names() {
    let mut files = vectors::stored("x-road-7.8-live/rsa/globalconf");
    for (path, bytes) in &mut files {
        if path.ends_with(metadata::SUFFIX) {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let text = text.replace("SHARED-PARAMETERS", "DUMMY").replace("PRIVATE-PARAMETERS", "DUMMY");
            *bytes = text.into_bytes();
        }
    }
    let conf = load(&files).unwrap();
    assert_eq!((conf.version(), conf.private_params().is_some()), (FormatVersion::V6, true));
}

#[test]
fn optional_files_are_taken_over() {
    let mut files = vectors::stored(GOOD);
    let content = vectors::read("x-road-7.8/globalconf-stored/valid-nextupdate-params.xml");
    files.push(("EE/nextupdate-params.xml".into(), content));
    files.push((
        "EE/nextupdate-params.xml.metadata".into(),
        b"{\"contentIdentifier\":\"NEXTUPDATE\"}".to_vec(),
    ));
    assert!(!load(&files).unwrap().extensions().verify_next_update);
}

#[test]
fn the_folder_of_an_instance_is_never_outside() {
    let table = [
        ("EE", "EE/f"),
        ("a b/c", "a+b%2Fc/f"),
        ("..", "%2E%2E/f"),
        (".", "%2E/f"),
        ("市", "%E5%B8%82/f"),
        ("x.y-z_1*", "x.y-z_1*/f"),
    ];
    for (instance, expected) in table {
        assert_eq!(path(instance, "f"), expected);
    }
}
