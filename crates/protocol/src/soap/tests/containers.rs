//! Messages with attachments.

use proptest::prelude::*;

use super::*;
use crate::multipart::MultipartError;

const RELATED: &str = "multipart/related; boundary=B";

fn container(parts: &[(&str, &str)]) -> String {
    let parts: String =
        parts.iter().map(|(headers, content)| format!("--B\r\n{headers}\r\n\r\n{content}\r\n")).collect();
    format!("{parts}--B--\r\n")
}

fn decode(body: &str) -> Result<Vec<SoapEvent>, SoapError> {
    decode_all(Some(RELATED), body.as_bytes(), &Limits::default())
}

/// The attachments as content type and content.
fn attachments(events: &[SoapEvent]) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for event in events {
        match event {
            SoapEvent::AttachmentStart(headers) => {
                found.push((headers.content_type().unwrap().to_owned(), String::new()));
            }
            SoapEvent::Attachment(data) => {
                found.last_mut().unwrap().1.push_str(std::str::from_utf8(data).unwrap())
            }
            _ => {}
        }
    }
    found
}

#[test]
fn nested_containers_are_opened() {
    let soap = good("");
    let inner = "--I\r\nContent-Type: a/1\r\n\r\none\r\n--I\r\nContent-Type: multipart/x; boundary=J\r\n\r\n\
                 --J\r\nContent-Type: a/2\r\n\r\ntwo\r\n--J--\r\n\r\n--I\r\nContent-Type: a/3\r\n\r\n\r\n--I--";
    let body = container(&[
        (
            "Content-Type: multipart/mixed; boundary=K",
            &format!("--K\r\nContent-Type: TEXT/XML\r\nX: y\r\n\r\n{soap}\r\n--K--"),
        ),
        ("Content-Type: multipart/mixed; boundary=I", inner),
        ("Content-Type: a/4\r\nContent-Transfer-Encoding: base64", "Zm91cg=="),
    ]);
    let events = decode(&body).unwrap();
    let Some(SoapEvent::Message(message)) = events.first() else { panic!("{events:?}") };
    assert_eq!(message.part().content_type, "TEXT/XML");
    assert_eq!(message.part().headers, [("X".to_owned(), "y".to_owned())]);
    assert_eq!(message.part().bytes, soap);
    let expected = [("a/1", "one"), ("a/2", "two"), ("a/3", ""), ("a/4", "Zm91cg==")];
    assert_eq!(attachments(&events), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert_eq!(events.last(), Some(&SoapEvent::End));
}

#[test]
fn start_parameters_do_not_matter() {
    let content_type = "Multipart/Related; start=\"<b>\"; type=\"image/png\"; start-info=x; boundary=\"B\"";
    let soap = good("");
    let body = container(&[
        ("Content-Type: text/xml\r\nContent-ID: <a>", &soap),
        ("Content-Type: text/xml\r\nContent-ID: <b>", &soap),
    ]);
    let events = decode_all(Some(content_type), body.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(events.len(), 5);
    assert!(matches!(events[0], SoapEvent::Message(_)));
    let Some(SoapEvent::AttachmentStart(headers)) = events.get(1) else { panic!("{events:?}") };
    assert_eq!(headers.get("content-id"), Some("<b>"));
}

#[test]
fn a_fault_in_a_container() {
    let fault = envelope("<s:Body><s:Fault><faultcode>c</faultcode></s:Fault></s:Body>");
    let events =
        decode(&container(&[("Content-Type: text/xml", &fault), ("Content-Type: a/b", "x")])).unwrap();
    let [SoapEvent::Fault(read), SoapEvent::End] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(read.xml, fault);
}

#[test]
fn refused_with_reason() {
    use SoapError as E;
    let soap = good("");
    let good_part = ("Content-Type: text/xml", soap.as_str());
    for (body, reason) in [
        (String::new(), E::Multipart(MultipartError::NoDelimiter)),
        ("text only".to_owned(), E::Multipart(MultipartError::NoDelimiter)),
        ("--B--".to_owned(), E::NoSoapPart),
        (container(&[good_part]).replace("--B--\r\n", ""), E::Multipart(MultipartError::Truncated)),
        (container(&[("X: y", &soap)]), E::PartWithoutContentType),
        (container(&[("Content-Type: ;", &soap)]), E::PartWithoutContentType),
        (container(&[("Content-Type: text/plain", &soap)]), E::ContentType("text/plain".into())),
        (container(&[("Content-Type: text/xml", "")]), E::Xml(crate::xml::XmlError::NotWellFormed(0))),
        (container(&[good_part, ("X: y", "")]), E::PartWithoutContentType),
        (container(&[good_part, ("X", "")]), E::Multipart(MultipartError::MalformedHeader)),
        (
            container(&[good_part, ("Content-Type: multipart/mixed", "")]),
            E::MalformedContentType(crate::ContentTypeError::NoBoundary),
        ),
        (
            container(&[
                good_part,
                ("Content-Type: multipart/mixed; boundary=I", "--I\r\nContent-Type: a/b\r\n\r\nx"),
            ]),
            E::Multipart(MultipartError::Truncated),
        ),
    ] {
        assert_eq!(decode(&body), Err(reason), "{body}");
    }
    for (content_type, reason) in [
        (None, E::NoContentType),
        (Some(" "), E::NoContentType),
        (Some("multipart/related"), E::MalformedContentType(crate::ContentTypeError::NoBoundary)),
        (Some("multipart/mixed; boundary=B"), E::ContentType("multipart/mixed".into())),
        (Some("application/soap+xml"), E::ContentType("application/soap+xml".into())),
        (Some("blah"), E::MalformedContentType(crate::ContentTypeError::Malformed)),
    ] {
        assert_eq!(decode_all(content_type, b"", &Limits::default()), Err(reason), "{content_type:?}");
    }
    let mistakes = [("multipart/related", true), ("text/xml", true), ("multipart/mixed; boundary=B", false)];
    assert!(
        mistakes
            .into_iter()
            .all(|(content_type, attached)| SoapEncoder::new(content_type, attached).is_err())
    );
}

/// An inner container is judged by what has arrived of it, also where the outer one goes wrong right behind it.
#[test]
fn the_verdict_does_not_depend_on_pieces() {
    let inner = |content_type: &str| {
        format!(
            "--B\r\nContent-Type: multipart/x; boundary=I\r\n\r\n--I\r\nContent-Type: {content_type}\r\n\r\n\r\n"
        )
    };
    let padding = " ".repeat(65);
    let refused = SoapError::ContentType("text/plain".into());
    for (body, reason) in [
        (format!("{}\r\n--B{padding}", inner("text/plain")), refused.clone()),
        (inner("text/plain"), refused),
        (
            format!("{}\r\n--B{padding}", inner("text/xml")),
            SoapError::Multipart(MultipartError::DelimiterPadding),
        ),
        (inner("text/xml"), SoapError::Multipart(MultipartError::Truncated)),
    ] {
        assert_eq!(decode(&body), Err(reason.clone()), "{body:?}");
        for size in 1..=body.len() {
            let mut decoder = SoapDecoder::new(Some(RELATED), &Limits::default()).unwrap();
            let mut chunks = body.as_bytes().chunks(size);
            let error = loop {
                match (decoder.next_event(), chunks.next()) {
                    (Err(error), _) => break error,
                    (Ok(Some(event)), _) => panic!("{event:?}"),
                    (Ok(None), Some(chunk)) => decoder.push(Bytes::copy_from_slice(chunk)),
                    (Ok(None), None) => decoder.finish(),
                }
            };
            assert_eq!(error, reason, "{body:?} in chunks of {size}");
        }
    }
}

#[test]
fn every_limit_has_its_error() {
    let limits = Limits { attachments: 3, multipart_depth: 2, soap_message: 1500, ..Limits::default() };
    let soap = good("");
    let good_part = ("Content-Type: text/xml", soap.as_str());
    let with = |body: &str| decode_all(Some(RELATED), body.as_bytes(), &limits).map(drop);
    let part = ("Content-Type: a/b", "x");
    assert_eq!(with(&container(&[good_part, part, part])), Ok(()));
    assert_eq!(
        with(&container(&[good_part, part, part, part])),
        Err(SoapError::Multipart(MultipartError::TooManyParts))
    );
    let inner = "--I\r\nContent-Type: a/b\r\n\r\n\r\n".repeat(3) + "--I--";
    let nested = ("Content-Type: multipart/mixed; boundary=I", inner.as_str());
    assert_eq!(with(&container(&[good_part, nested])), Ok(()));
    assert_eq!(
        with(&container(&[good_part, part, nested])),
        Err(SoapError::Multipart(MultipartError::TooManyParts))
    );
    let deeper = "--I\r\nContent-Type: multipart/mixed; boundary=J\r\n\r\n--J--\r\n--I--";
    let deeper = ("Content-Type: multipart/mixed; boundary=I", deeper);
    assert_eq!(with(&container(&[good_part, deeper])), Err(SoapError::MultipartDepth));
    let large = good(&" ".repeat(1500));
    assert_eq!(with(&container(&[("Content-Type: text/xml", &large)])), Err(SoapError::TooLarge(1500)));
    let mut decoder = SoapDecoder::new(Some("text/xml"), &limits).unwrap();
    decoder.push(Bytes::from(large));
    assert_eq!(decoder.next_event(), Err(SoapError::TooLarge(1500)));
}

/// Attachments pass through: what is held back is at most a possible delimiter, at every level.
#[test]
fn attachments_are_not_gathered() {
    let soap = good("");
    let head = format!(
        "--B\r\nContent-Type: text/xml\r\n\r\n{soap}\r\n--B\r\nContent-Type: multipart/mixed; boundary=I\r\n\r\n\
         --I\r\nContent-Type: a/b\r\n\r\n"
    );
    let mut decoder = SoapDecoder::new(Some(RELATED), &Limits::default()).unwrap();
    decoder.push(Bytes::from(head));
    while decoder.next_event().unwrap().is_some() {}
    let chunk = Bytes::from(vec![b'x'; 64 * 1024]);
    for _ in 0..100 {
        decoder.push(chunk.clone());
        let mut passed = 0;
        while let Some(event) = decoder.next_event().unwrap() {
            match event {
                SoapEvent::Attachment(data) => passed += data.len(),
                // The line break before its content could have been that of a delimiter.
                SoapEvent::AttachmentStart(_) => {}
                _ => panic!("{event:?}"),
            }
        }
        assert!(passed + 16 >= chunk.len());
    }
    assert!(!decoder.is_ended());
}

proptest! {
    /// What we write for a service, it reads: contents, types and headers.
    #[test]
    fn what_is_written_is_read(
        contents in prop::collection::vec("[ -~\r\n]{0,40}", 0..4),
        lone in any::<bool>(),
    ) {
        let contents = if lone { Vec::new() } else { contents };
        let Ok(message) = read(&good("")) else { panic!("message") };
        let content_type = "multipart/related; boundary=\"q w\"; charset=UTF-8";
        let mut encoder = SoapEncoder::new(content_type, !contents.is_empty()).unwrap();
        let mut body = encoder.soap(message.part()).to_vec();
        for content in &contents {
            let headers = [("Content-Type".to_owned(), "a/b; c=d".to_owned()), ("X-Y".to_owned(), "z".to_owned())];
            body.extend_from_slice(&encoder.attachment_start(&crate::multipart::PartHeaders::new(headers.into())));
            body.extend_from_slice(content.as_bytes());
        }
        body.extend_from_slice(&encoder.finish());
        let events = decode_all(Some(content_type), &body, &Limits::default()).unwrap();
        let expected: Vec<_> = contents.iter().map(|content| ("a/b; c=d".to_owned(), content.clone())).collect();
        prop_assert_eq!(attachments(&events), expected);
        prop_assert_eq!(&events[0], &SoapEvent::Message(Box::new(message)));
    }

    #[test]
    fn no_input_panics(
        pieces in prop::collection::vec("(--B\r\n|--B--|--I\r\n|--I--|\r\n|Content-Type: text/xml\r\n\r\n|Content-Type: multipart/x; boundary=I\r\n\r\n|<a/>|x)", 0..12),
        size in 1usize..20,
    ) {
        let body = pieces.concat();
        let whole = decode(&body);
        let mut decoder = SoapDecoder::new(Some(RELATED), &Limits::default()).unwrap();
        let mut failed = None;
        for chunk in body.as_bytes().chunks(size) {
            decoder.push(Bytes::copy_from_slice(chunk));
            while failed.is_none() {
                match decoder.next_event() {
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(error) => failed = Some(error),
                }
            }
        }
        decoder.finish();
        while failed.is_none() {
            match decoder.next_event() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => failed = Some(error),
            }
        }
        prop_assert_eq!(failed, whole.err());
    }
}
