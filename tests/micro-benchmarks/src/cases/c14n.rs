//! The canonical form of a captured signature document, read and written.

use std::hint::black_box;

use anyhow::{Context as _, Result, ensure};
use evidence::c14n::{Method, document};
use evidence::xml::{Document, XmlLimits};

use crate::Work;
use crate::material::Pair;

/// As X-Road signs.
pub(super) fn inclusive() -> Result<Work> {
    with(Method::INCLUSIVE)
}

/// As others may.
pub(super) fn exclusive() -> Result<Work> {
    with(Method::from_uri("http://www.w3.org/2001/10/xml-exc-c14n#").context("a known method")?)
}

fn with(method: Method) -> Result<Work> {
    let signature = Pair::Rsa2048.request()?.signed().context("a signature")?.signature;
    Ok(Box::new(move || {
        let read = Document::parse(&signature, &XmlLimits::EVIDENCE)?;
        let form = black_box(document(&read, &method));
        ensure!(form.starts_with(b"<asic:XAdESSignatures"));
        Ok(())
    }))
}
