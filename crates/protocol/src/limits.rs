//! Limits of every decoder, with the reason for each default.

/// Upper bounds a decoder enforces. What a stock X-Road 7.8 server accepts or produces stays below each of them;
/// message bodies and attachments are streamed and have no bound here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes before the first delimiter of a multipart. X-Road writes none; information systems write a line or two.
    pub preamble: usize,
    /// Bytes of one header line of a part, folded lines included.
    pub part_header_line: usize,
    /// Bytes of all header lines of a part. Jetty, which a stock server builds on, allows 8 KiB for a message.
    pub part_headers: usize,
    /// Header lines of a part. A stock server gives up at 1,000.
    pub part_header_count: usize,
    /// Parts of the outer container: OCSP responses, message, body, hash chain, signature.
    pub parts: usize,
    /// Attachments of a SOAP message.
    pub attachments: usize,
    /// Bytes of one OCSP response. Real ones take 1 to 5 KB; the responder's certificate may be inside.
    pub ocsp_response: usize,
    /// Bytes of a REST message (request line and headers, without body).
    pub rest_message: usize,
    /// Bytes of the request target of a REST message. A stock server's Jetty allows 8 KiB for line and headers.
    pub target: usize,
    /// Headers of a REST message.
    pub headers: usize,
    /// Bytes of a SOAP message without attachments. It is held in memory whole, as a stock server does.
    pub soap_message: usize,
    /// Bytes of a fault document.
    pub fault: usize,
    /// Bytes of a hash chain result; real ones take 0.5 KB.
    pub hash_chain_result: usize,
    /// Bytes of a hash chain. A batch of n messages adds log2(n) steps of about 400 bytes; attachments add 200 each.
    pub hash_chain: usize,
    /// Bytes of a signature document. Real ones take 7 KB with one OCSP response inside.
    pub signature: usize,
    /// Nested elements of an XML document.
    pub xml_depth: usize,
    /// Attributes, namespace declarations included, of one XML element.
    pub xml_attributes: usize,
    /// Bytes of the name of an XML element or attribute.
    pub xml_name: usize,
    /// Different namespaces in one XML document.
    pub xml_namespaces: usize,
    /// Bytes of one field in the header of a SOAP message. A journal's columns hold 255 characters.
    pub soap_header_field: usize,
    /// Containers inside containers in a message of an information system. Real messages have one or two levels.
    pub multipart_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            preamble: 64 * 1024,
            part_header_line: 8 * 1024,
            part_headers: 16 * 1024,
            part_header_count: 64,
            parts: 32,
            attachments: 1_000,
            ocsp_response: 64 * 1024,
            rest_message: 128 * 1024,
            target: 16 * 1024,
            headers: 1_000,
            soap_message: 16 * 1024 * 1024,
            fault: 256 * 1024,
            hash_chain_result: 16 * 1024,
            hash_chain: 1024 * 1024,
            signature: 1024 * 1024,
            xml_depth: 128,
            xml_attributes: 256,
            xml_name: 1024,
            xml_namespaces: 1_000,
            soap_header_field: 8 * 1024,
            multipart_depth: 8,
        }
    }
}
