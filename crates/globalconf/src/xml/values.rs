//! Texts of elements as values.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identifiers::{ClientId, MemberId};
use time::OffsetDateTime;
use time::PrimitiveDateTime;
use time::format_description::well_known::{Iso8601, Rfc3339};

use super::{Document, Element, WriteError, Writer, XmlError, required, set_once};

/// `xs:base64Binary`, white space allowed.
pub(crate) fn base64_bytes(document: &mut Document<'_>, element: &Element) -> Result<Vec<u8>, XmlError> {
    let text: String = document.text(element)?.split_ascii_whitespace().collect();
    STANDARD.decode(text).map_err(|_| wrong(element, "is not base64"))
}

/// `xs:integer` that fits.
pub(crate) fn number(document: &mut Document<'_>, element: &Element) -> Result<u32, XmlError> {
    let text = document.text(element)?;
    text.trim_ascii().parse().map_err(|_| wrong(element, "is not a number between 0 and 4294967295"))
}

/// `xs:boolean`.
pub(crate) fn boolean(document: &mut Document<'_>, element: &Element) -> Result<bool, XmlError> {
    match document.text(element)?.trim_ascii() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(wrong(element, "is neither true nor false")),
    }
}

/// `xs:dateTime`; without a zone it is UTC.
pub(crate) fn date_time(document: &mut Document<'_>, element: &Element) -> Result<OffsetDateTime, XmlError> {
    let text = document.text(element)?;
    parse_date_time(text.trim_ascii()).ok_or_else(|| wrong(element, "is not a date and time"))
}

/// ISO 8601 date and time, with or without zone.
pub(crate) fn parse_date_time(text: &str) -> Option<OffsetDateTime> {
    let zoned =
        OffsetDateTime::parse(text, &Rfc3339).or_else(|_| OffsetDateTime::parse(text, &Iso8601::DEFAULT));
    zoned
        .ok()
        .or_else(|| PrimitiveDateTime::parse(text, &Iso8601::DEFAULT).ok().map(PrimitiveDateTime::assume_utc))
}

/// `id:XRoadClientIdentifierType`: a member or a subsystem.
pub(crate) fn client_id(document: &mut Document<'_>, element: &Element) -> Result<ClientId, XmlError> {
    const NAME: &str = "client identifier";
    let kind = element.identifier_attribute("objectType");
    let kind = kind.ok_or(XmlError::MissingAttribute { element: NAME, attribute: "objectType" })?;
    let wants_subsystem = match kind {
        "MEMBER" => false,
        "SUBSYSTEM" => true,
        _ => return Err(wrong(element, "has an objectType that is neither MEMBER nor SUBSYSTEM")),
    };
    let (mut instance, mut class, mut code, mut subsystem) = (None, None, None, None);
    while let Some(child) = document.next_child(NAME)? {
        let (slot, name) = match child.identifier_name() {
            "xRoadInstance" => (&mut instance, "xRoadInstance"),
            "memberClass" => (&mut class, "memberClass"),
            "memberCode" => (&mut code, "memberCode"),
            "subsystemCode" => (&mut subsystem, "subsystemCode"),
            _ => return Err(child.unexpected_in(NAME)),
        };
        set_once(slot, document.text(&child)?, NAME, name)?;
    }
    // A member with a subsystemCode occurs; X-Road reads it as the subsystem.
    if wants_subsystem && subsystem.is_none() {
        return Err(wrong(element, "is a SUBSYSTEM without subsystemCode"));
    }
    let (instance, class) =
        (required(instance, NAME, "xRoadInstance")?, required(class, NAME, "memberClass")?);
    let code = required(code, NAME, "memberCode")?;
    let refused = |cause| XmlError::Identifier { element: NAME, cause };
    let member = MemberId::new(&instance, &class, &code).map_err(refused)?;
    ClientId::new(member, subsystem.as_deref()).map_err(refused)
}

/// Writes a client identifier as element `name`.
pub(crate) fn write_client_id(
    writer: &mut Writer,
    name: &'static str,
    id: &ClientId,
) -> Result<(), WriteError> {
    let kind = if id.subsystem().is_some() { "SUBSYSTEM" } else { "MEMBER" };
    writer.open(name, &[("ns2:objectType", kind)])?;
    writer.leaf("ns2:xRoadInstance", id.member().instance())?;
    writer.leaf("ns2:memberClass", id.member().class())?;
    writer.leaf("ns2:memberCode", id.member().code())?;
    if let Some(subsystem) = id.subsystem() {
        writer.leaf("ns2:subsystemCode", subsystem)?;
    }
    writer.close(name);
    Ok(())
}

/// The error for a text that is not of its type.
pub(crate) fn wrong(element: &Element, problem: &'static str) -> XmlError {
    XmlError::WrongValue { element: element.local_name().to_owned(), problem }
}
