//! Writes and signs one generation of the configuration in every format version, and checks the result with
//! our own reader before anyone else sees it.

use anyhow::Context as _;
use globalconf::content::ContentIdentifier;
use globalconf::signed_directory::{DirectoryDraft, DraftPart, SigningInstructions};
use globalconf::{FormatVersion, GlobalConf, PrivateParams, SharedParams, VerifiedDirectory, stored};
use service_kit::random;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::Source;
use super::signing_keys::SigningKeys;

/// How X-Road names the folder of a generation: UTC to the nanosecond.
const STAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day][hour][minute][second][subsecond digits:9]");

/// What a generation is made of.
pub struct Draft {
    /// Name of the folder of its files.
    pub stamp: String,
    /// When it stops being valid.
    expires: OffsetDateTime,
    instance: String,
    versions: Vec<DraftVersion>,
}

struct DraftVersion {
    version: FormatVersion,
    shared: Vec<u8>,
    private: Vec<u8>,
}

/// A signed generation that our own reader accepted.
pub struct Generation {
    /// Name of the folder of its files.
    pub stamp: String,
    /// Its format versions.
    pub versions: Vec<SignedVersion>,
    /// The configuration as a security server of the newest version sees it.
    pub conf: GlobalConf,
}

/// One format version of a generation.
pub struct SignedVersion {
    /// The version.
    pub version: FormatVersion,
    /// Files by name.
    pub files: Vec<(&'static str, Vec<u8>)>,
    /// The signed directory of each source.
    pub directories: Vec<(Source, Vec<u8>)>,
}

impl Draft {
    /// Writes the files of every version.
    ///
    /// # Errors
    /// What is registered cannot be published.
    pub fn new(
        shared: &SharedParams,
        private: &PrivateParams,
        versions: impl Iterator<Item = FormatVersion>,
        now: OffsetDateTime,
        valid_for: time::Duration,
    ) -> anyhow::Result<Self> {
        let private = private.write().context("private parameters")?;
        let write = |version: FormatVersion| {
            let shared =
                shared.write(version).with_context(|| format!("shared parameters of version {version}"))?;
            Ok(DraftVersion { version, shared, private: private.clone() })
        };
        let versions = versions.map(write).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Self {
            stamp: now.to_offset(time::UtcOffset::UTC).format(STAMP)?,
            expires: now + valid_for,
            instance: shared.instance.clone(),
            versions,
        })
    }

    /// What is about to be signed: version, expiry and the SHA-512 of each file, for the record.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut lines = vec![format!("expires {}", self.expires)];
        for version in &self.versions {
            let hash = |bytes: &[u8]| hex::encode(pki::DigestAlgorithm::Sha512.digest(bytes));
            let (shared, private) = (hash(&version.shared), hash(&version.private));
            lines.push(format!(
                "V{} shared-params.xml {shared} private-params.xml {private}",
                version.version
            ));
        }
        lines.join("\n")
    }

    /// Signs all versions for both sources and reads them back as their readers will.
    ///
    /// # Errors
    /// A key does not sign, or our own reader refuses what was made.
    pub fn sign(self, keys: &SigningKeys, now: OffsetDateTime) -> anyhow::Result<Generation> {
        let mut conf = None;
        let mut versions = Vec::with_capacity(self.versions.len());
        for version in &self.versions {
            let mut directories = Vec::with_capacity(Source::ALL.len());
            for source in Source::ALL {
                let directory = self.directory(version, source, keys)?;
                let checked = self.check(&directory, version, source, keys, now);
                let checked = checked.with_context(|| {
                    format!(
                        "our own reader refuses {} of version {}",
                        source.directory_name(),
                        version.version
                    )
                })?;
                if source == Source::Internal {
                    conf = Some(checked);
                }
                directories.push((source, directory));
            }
            let files = vec![
                ("shared-params.xml", version.shared.clone()),
                ("private-params.xml", version.private.clone()),
            ];
            versions.push(SignedVersion { version: version.version, files, directories });
        }
        let conf = conf.context("no format version is to be made")?;
        Ok(Generation { stamp: self.stamp, versions, conf })
    }

    fn directory(
        &self,
        version: &DraftVersion,
        source: Source,
        keys: &SigningKeys,
    ) -> anyhow::Result<Vec<u8>> {
        let part = |(content, bytes): (ContentIdentifier, &[u8])| {
            let name = content.default_file_name().unwrap_or_default();
            let location = format!("/V{}/{}/{name}", version.version, self.stamp);
            DraftPart::new(content, location, bytes)
        };
        let draft = DirectoryDraft {
            expires: self.expires,
            version: version.version,
            instance: self.instance.clone(),
            parts: version.contents(source).into_iter().map(part).collect(),
        };
        let key = keys.of(source);
        let (outer, inner) = (random::letters(20), random::letters(20));
        let instructions = SigningInstructions {
            boundaries: [&outer, &inner],
            certificate: key.certificate().der(),
            algorithm: key.algorithm(),
        };
        Ok(draft.sign(&instructions, |data| key.sign(data))?)
    }

    /// Does what a security server will do: directory, files, stored form, snapshot.
    fn check(
        &self,
        directory: &[u8],
        version: &DraftVersion,
        source: Source,
        keys: &SigningKeys,
        now: OffsetDateTime,
    ) -> anyhow::Result<GlobalConf> {
        let certificates = [keys.of(source).certificate().der().to_vec()];
        let directory = VerifiedDirectory::verify(directory, &self.instance, &certificates, now)?;
        let identifier = (stored::INSTANCE_IDENTIFIER_FILE.to_owned(), self.instance.clone().into_bytes());
        let mut files = vec![identifier];
        for (content, bytes) in version.contents(source) {
            let part = directory.part(&content).with_context(|| format!("{content} is not listed"))?;
            directory.check_part(part, bytes)?;
            files.extend(directory.stored_files(&self.instance, part, bytes.to_vec()));
        }
        let conf = stored::load(&files)?;
        conf.valid_at(now)?;
        for problem in conf.problems() {
            tracing::warn!(version = %version.version, problem, "the configuration holds something that readers pass over");
        }
        Ok(conf)
    }
}

impl DraftVersion {
    fn contents(&self, source: Source) -> Vec<(ContentIdentifier, &[u8])> {
        let shared = (ContentIdentifier::SharedParameters, self.shared.as_slice());
        match source {
            Source::Internal => vec![shared, (ContentIdentifier::PrivateParameters, self.private.as_slice())],
            Source::External => vec![shared],
        }
    }
}
