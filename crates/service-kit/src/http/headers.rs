//! Header fields in the order and with the case in which they were written.

/// Header fields of one message. Looked up without regard to case (RFC 9110 section 5.1), written
/// exactly as they were put in.
///
/// A value is text in which each character stands for one octet (ISO-8859-1), as X-Road reads header
/// octets that are not ASCII. A name or value that cannot be written as a header line makes the message
/// fail when it is written, so a line break in a value never becomes a second header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    fields: Vec<(String, String)>,
}

impl Headers {
    /// No fields.
    #[must_use]
    pub const fn new() -> Self {
        Self { fields: Vec::new() }
    }

    /// The value of the first field of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// The value of the last field of this name, which is the one that X-Road obeys for its own headers.
    #[must_use]
    pub fn get_last(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .rev()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| &**value)
    }

    /// The values of all fields of this name, in order.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| &**value)
    }

    /// Is there a field of this name?
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Adds a field at the end.
    pub fn append(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.fields.push((name.into(), value.into()));
    }

    /// Removes all fields of this name, then adds one at the end.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        self.remove(&name);
        self.append(name, value);
    }

    /// Removes all fields of this name.
    pub fn remove(&mut self, name: &str) {
        self.fields.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Are there no fields?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The fields as the list that the message formats work on.
    #[must_use]
    pub fn into_vec(self) -> Vec<(String, String)> {
        self.fields
    }
}

impl From<Vec<(String, String)>> for Headers {
    fn from(fields: Vec<(String, String)>) -> Self {
        Self { fields }
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        Self { fields: fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_order_stay_and_lookup_ignores_case() {
        let mut headers: Headers =
            [("X-Road-Client", "a"), ("accept", "*/*"), ("x-road-client", "b")].into_iter().collect();
        assert_eq!(headers.get("x-ROAD-client"), Some("a"));
        assert_eq!(headers.get_last("X-Road-Client"), Some("b"));
        assert_eq!(headers.get_all("x-road-client").collect::<Vec<_>>(), ["a", "b"]);
        headers.set("ACCEPT", "text/xml");
        let names: Vec<_> = headers.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["X-Road-Client", "x-road-client", "ACCEPT"]);
    }
}
