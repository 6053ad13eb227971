//! Certificate profiles: how a certification service writes a member into a subject.
use crate::certificate::Certificate;
use identifiers::MemberId;

/// The profiles of X-Road, by suffix of the Java class name in `certificateProfileInfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CertificateProfile {
    Basic,
    BasicAcme,
    Ejbca,
    FiVrk,
    Fo,
    Is,
    SkKlass3,
    SkEsteId,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    #[error("unknown certificate profile {0}")]
    UnknownProfile(String),
    #[error("subject attribute {0} is missing")]
    Missing(&'static str),
    #[error("subject attribute {0} is not as the profile demands")]
    Malformed(&'static str),
    #[error("subject gives no usable member identifier")]
    Identifier,
}

impl CertificateProfile {
    /// From the (fully qualified or bare) Java class name.
    pub fn from_class_name(_class: &str) -> Result<Self, ProfileError> {
        todo!()
    }
    /// Fully qualified Java class name.
    pub fn class_name(self) -> String {
        todo!()
    }
}

/// The member that a signing certificate names.
pub fn member_of(_cert: &Certificate, _profile: CertificateProfile, _instance: &str) -> Result<MemberId, ProfileError> {
    todo!()
}
