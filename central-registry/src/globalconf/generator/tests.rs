use globalconf::{Anchor, FormatVersion, VerifiedDirectory};
use identifiers::{ClientId, GroupId, ServerId};

use super::*;
use crate::globalconf::Source;
use crate::globalconf::anchor::anchor;
use crate::store::Store;
use crate::testing::{NOW, Town};

/// A registry of the town with a clock that stands still.
struct World {
    town: Town,
    registry: Registry,
    generator: Generator,
    keys: Arc<SigningKeys>,
    folder: PublicFolder,
    clock: Clock,
}

impl World {
    fn new() -> Self {
        let town = Town::new();
        let registry = Registry::open(&Store::in_folder(town.path()).unwrap()).unwrap();
        let keys = Arc::new(SigningKeys::open_or_make(town.path()).unwrap());
        let folder = PublicFolder::new(town.path().join("public"));
        let clock = Clock::manual(NOW);
        let generator =
            Generator::new(config(), registry.clone(), Arc::clone(&keys), folder.clone(), clock.clone());
        Self { town, registry, generator, keys, folder, clock }
    }

    fn apply(&self) {
        let present = self.registry.read().unwrap();
        let wanted = self.town.registered(present.as_ref());
        self.registry.replace(&wanted, "apply", &[], self.clock.now()).unwrap();
    }

    /// A round, and what the view shows afterwards.
    fn generate(&self) -> (String, Arc<globalconf::GlobalConf>) {
        let view = ConfigurationView::new();
        let Outcome::Published(stamp) = self.generator.generate(&view).unwrap() else {
            panic!("nothing published")
        };
        (stamp, view.current().unwrap())
    }

    fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.folder.root().join(path.trim_start_matches('/'))).unwrap()
    }

    fn directory(&self, version: FormatVersion, source: Source) -> VerifiedDirectory {
        let anchor = anchor("TOWN", source, &config(), &self.keys, self.clock.now());
        let anchor = Anchor::parse(&anchor.write().unwrap()).unwrap();
        let bytes = self.read(&format!("V{version}/{}", source.directory_name()));
        let certificates = &anchor.sources[0].verification_certs;
        VerifiedDirectory::verify(&bytes, &anchor.instance, certificates, self.clock.now()).unwrap()
    }
}

fn config() -> GlobalConfigurationConfig {
    toml::from_str("addresses = [\"cs.town\", \"cs2.town:8081\"]").unwrap()
}

#[test]
fn every_version_and_source_is_published_and_verifies() {
    let world = World::new();
    world.apply();
    let (stamp, conf) = world.generate();
    assert_eq!(stamp, "20261121151000123456789");
    for version in FormatVersion::ALL {
        for (source, count) in [(Source::Internal, 2), (Source::External, 1)] {
            let directory = world.directory(version, source);
            assert_eq!(directory.version(), version);
            assert_eq!(directory.parts().len(), count);
            assert_eq!(
                directory.expires(),
                (NOW + time::Duration::seconds(600)).replace_nanosecond(0).unwrap()
            );
            for part in directory.parts() {
                assert!(part.location.starts_with(&format!("/V{version}/{stamp}/")), "{}", part.location);
                directory.check_part(part, &world.read(&part.location)).unwrap();
            }
        }
    }
    assert_eq!(conf.version(), FormatVersion::V6);
    assert_eq!(conf.instance(), "TOWN");
}

#[test]
fn what_is_registered_can_be_looked_up() {
    let world = World::new();
    world.apply();
    let (_, conf) = world.generate();
    let ss1 = ServerId::from_path("TOWN/GOV/1001/ss1").unwrap();
    let found = conf.server_by_auth_cert(&world.town.certificate("ss1-auth")).unwrap();
    assert_eq!((&found.id, found.address.as_deref()), (&ss1, Some("ss1.town.example.org")));
    let client = ClientId::from_path("TOWN/GOV/1001/child-rearing").unwrap();
    assert!(conf.client_registered_at(&client, &ss1));
    let owners = GroupId::new("TOWN", "security-server-owners").unwrap();
    assert_eq!(conf.global_group_members(&owners).unwrap().len(), 2);
    let private = conf.private_params().unwrap();
    assert_eq!(
        private.management_service.auth_cert_reg_service_address,
        "https://registry.example.org:4001/managementservice/"
    );
    let shared = conf.shared_params("TOWN").unwrap();
    assert_eq!(
        shared.sources.iter().map(|source| source.address.as_str()).collect::<Vec<_>>(),
        ["cs.town", "cs2.town:8081"]
    );
    assert!(conf.problems().is_empty(), "{:?}", conf.problems());
}

#[test]
fn nothing_is_published_before_something_is_registered() {
    let world = World::new();
    let outcome = world.generator.generate(&ConfigurationView::new()).unwrap();
    assert_eq!(outcome, Outcome::NothingRegistered);
    assert!(!world.folder.root().exists());
}

#[test]
fn old_generations_go_and_the_present_one_stays() {
    let world = World::new();
    world.apply();
    let (first, _) = world.generate();
    world.clock.advance(Duration::from_secs(60));
    let (second, _) = world.generate();
    assert!(world.folder.root().join("V6").join(&first).exists());
    world.clock.advance(Duration::from_secs(550));
    let (third, _) = world.generate();
    let there = |stamp: &String| world.folder.root().join("V3").join(stamp).exists();
    assert_eq!([there(&first), there(&second), there(&third)], [false, true, true]);
    assert!(world.directory(FormatVersion::V6, Source::Internal).parts()[0].location.contains(&third));
}

#[test]
fn a_round_that_fails_leaves_the_generation_before_it() {
    let world = World::new();
    world.apply();
    let (first, _) = world.generate();
    // Another process cannot make the folder of version 6 writable again; a file in its place does the same.
    let directory = world.folder.root().join("V6/internalconf.tmp");
    std::fs::create_dir_all(directory.join("in the way")).unwrap();
    world.clock.advance(Duration::from_secs(60));
    let error = world.generator.generate(&ConfigurationView::new()).unwrap_err();
    assert!(format!("{error:#}").contains("publication into"), "{error:#}");
    for version in FormatVersion::ALL {
        let listed = world.directory(version, Source::Internal);
        assert!(listed.parts()[0].location.contains(&first), "V{version}");
        let folders = std::fs::read_dir(world.folder.root().join(format!("V{version}"))).unwrap();
        let stamps = folders.filter(|entry| entry.as_ref().unwrap().file_name().len() == 23).count();
        assert_eq!(stamps, 1, "V{version}");
    }
}

#[test]
fn each_generation_is_recorded_before_and_after() {
    let world = World::new();
    world.apply();
    let (stamp, _) = world.generate();
    let database = rusqlite::Connection::open(world.town.path().join("registry.sqlite")).unwrap();
    let row: (String, String, String) = database
        .query_row("SELECT stamp, draft, outcome FROM generation", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(row.0, stamp);
    let shared = hex::encode(
        pki::DigestAlgorithm::Sha512.digest(&world.read(&format!("V6/{stamp}/shared-params.xml"))),
    );
    assert!(row.1.contains(&format!("V6 shared-params.xml {shared}")), "{}", row.1);
    assert_eq!(row.2, "published");
}

#[test]
fn changes_of_other_processes_are_noticed() {
    let world = World::new();
    let before = world.registry.change_counter().unwrap();
    world.apply();
    assert_eq!(world.registry.change_counter().unwrap(), before, "our own changes need no notice");
    let other = Registry::open(&Store::in_folder(world.town.path()).unwrap()).unwrap();
    let wanted = world.town.registered(None);
    other.replace(&wanted, "apply", &[], NOW).unwrap();
    assert_ne!(world.registry.change_counter().unwrap(), before);
}
