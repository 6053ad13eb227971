//! PEM (RFC 7468), read leniently: text before, between and after the blocks is skipped, line lengths do not matter.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Contents of all blocks with this label, in order. Blocks that do not decode are left out.
pub fn decode_all(text: &[u8], label: &str) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(text);
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let blocks = text.split(begin.as_str()).skip(1).filter_map(|rest| rest.split_once(end.as_str()));
    blocks
        .filter_map(|(body, _)| {
            let body: String = body.chars().filter(|character| !character.is_ascii_whitespace()).collect();
            STANDARD.decode(body).ok()
        })
        .collect()
}

/// One block, lines of 64 characters.
pub fn encode(der: &[u8], label: &str) -> String {
    let body = STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_with_text_around() {
        for length in [0, 1, 47, 48, 49, 1000] {
            let der: Vec<u8> = (0..length).map(|index| index as u8).collect();
            let text = format!("subject=x\r\n{}\nand {}", encode(&der, "X"), encode(&der, "Y"));
            assert_eq!(decode_all(text.as_bytes(), "X"), [der]);
        }
    }

    #[test]
    fn what_is_no_block_is_left_out() {
        for text in [
            "",
            "-----BEGIN X-----",
            "-----BEGIN X-----\n!!!\n-----END X-----",
            "-----BEGIN X-----\nAA==\n-----END Y-----",
        ] {
            assert!(decode_all(text.as_bytes(), "X").is_empty(), "{text}");
        }
    }
}
