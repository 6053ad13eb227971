//! Limits.

/// Upper bounds for a description, with the reason for each default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescriptionLimits {
    /// Bytes of a document. X-Road refuses larger ones too.
    pub bytes: usize,
    /// Nested collections of a JSON or YAML document. Schemas nest deepest; real ones stay below 30 levels.
    pub depth: usize,
    /// Keys, values and collections of a JSON or YAML document. A document of 10 MB has about 500,000.
    pub nodes: usize,
    /// Services of a WSDL, or endpoints of an OpenAPI description.
    pub services: usize,
}

impl Default for DescriptionLimits {
    fn default() -> Self {
        Self { bytes: 10 * 1024 * 1024, depth: 64, nodes: 2_000_000, services: 5_000 }
    }
}
