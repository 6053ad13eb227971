//! Request targets that an information system may not send.
//!
//! X-Road's HTTP server answers these with a bare 400 before any X-Road code runs (observed on a live
//! server); to pass them on would sign a path that the provider's server and its access rules could read
//! in two ways.

/// Why a target is refused with status 400, or `None` when it may pass.
#[must_use]
pub fn refusal(target: &str) -> Option<&'static str> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if !path.starts_with('/') {
        return Some("target is not a path");
    }
    if target.bytes().any(|b| b <= b' ' || b == 0x7f) {
        return Some("control character or blank");
    }
    if path.contains("//") {
        return Some("empty path segment");
    }
    if path.bytes().any(|b| b"|\"\\^`{}<>#[]".contains(&b)) {
        return Some("illegal character");
    }
    if query.contains('#') {
        return Some("fragment");
    }
    escapes(path)
}

/// Checks the percent escapes of a path: complete, valid UTF-8 once decoded, and none that hides structure
/// (`.`-segments, `%`, `\`, control characters).
fn escapes(path: &str) -> Option<&'static str> {
    path.split('/').find_map(|segment| {
        let Some(decoded) = decode(segment) else { return Some("bad percent escape") };
        let hides = |byte: &u8| byte.is_ascii_control() || *byte == b'\\';
        if decoded.iter().any(hides) || segment.contains("%25") {
            return Some("ambiguous escape");
        }
        if segment.contains('%') && (decoded == b"." || decoded == b"..") {
            return Some("encoded dot segment");
        }
        std::str::from_utf8(&decoded).is_err().then_some("escapes are not UTF-8")
    })
}

fn decode(segment: &str) -> Option<Vec<u8>> {
    let mut bytes = segment.bytes();
    let mut out = Vec::with_capacity(segment.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
        let value = digit(bytes.next())? * 16 + digit(bytes.next())?;
        out.push(u8::try_from(value).ok()?);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn passes_and_refuses_as_a_stock_server() {
        for good in [
            "/r1/EE/GOV/1/s/svc/a%2Fb",
            "/r1/EE/GOV/1/s/svc/",
            "/r1/EE/GOV/1/s/svc/a;x=1/b",
            "/r1/EE/GOV/1/s/svc/a/../b",
            "/r1/x/%C3%A4?q=|\"{}[]%zz",
            "/r1/x/%5Ba%5D",
        ] {
            assert_eq!(refusal(good), None, "{good}");
        }
        for bad in [
            "/a//b",
            "/%2e%2e/b",
            "/%2E/b",
            "/a%25b",
            "/a%5Cb",
            "/a%00b",
            "/a%0Ab",
            "/a%7Fb",
            "/[a]",
            "/%ff",
            "/a|b",
            "/a\"b",
            "/a%2",
            "/a%zz",
            "x",
            "*",
        ] {
            assert!(refusal(bad).is_some(), "{bad}");
        }
    }
}
