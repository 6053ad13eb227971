use protocol::digest::sha512;

use super::*;
use crate::hash_chain::{DataDigest, DataRef, DataSource, HashChainError, evaluate};

struct Digest(Sha512);

impl DataSource for Digest {
    fn digest(&mut self, _: &DataRef) -> Result<DataDigest, HashChainError> {
        Ok(DataDigest::Ours(self.0.to_vec()))
    }
}

#[test]
fn every_member_of_a_batch_is_covered() {
    for count in [1, 2, 3, 7, 64] {
        let digests: Vec<Sha512> = (0..count).map(|number: u32| sha512(&number.to_be_bytes())).collect();
        let batch = batch(&digests).expect("signatures");
        for (position, (digest, chain)) in digests.iter().zip(&batch.chains).enumerate() {
            let verdict =
                evaluate(&batch.result_xml, chain, TIMESTAMP_CHAIN, &[SIGNATURE], &mut Digest(*digest));
            assert_eq!(verdict, Ok(()), "{position} of {count}");
            let alone = batch_member(&digests, position).expect("member");
            assert_eq!((&alone.0, &alone.1), (&batch.result_xml, chain));
        }
        assert_eq!(batch_member(&digests, digests.len()), None);
        assert_eq!(super::batch_result(&digests), Some(batch.result_xml));
    }
    assert_eq!(super::batch(&[]), None);
}

const SIGNED: &str = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" \
    xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\"><ds:SignatureValue>QUJD&#13;\n</ds:SignatureValue>\
    <xades:UnsignedSignatureProperties Id=\"a>b\"><xades:RevocationValues/>\
    </xades:UnsignedSignatureProperties></ds:Signature>";

#[test]
fn a_token_becomes_the_first_unsigned_property() {
    assert_eq!(stamped_data(SIGNED.as_bytes()), Ok(b"ABC".to_vec()));
    let stamped = embed(SIGNED.as_bytes(), b"token").expect("place");
    let expected = SIGNED.replace(
        "<xades:RevocationValues/>",
        "<xades:SignatureTimeStamp><xades:EncapsulatedTimeStamp>dG9rZW4=</xades:EncapsulatedTimeStamp>\
         </xades:SignatureTimeStamp><xades:RevocationValues/>",
    );
    assert_eq!(String::from_utf8_lossy(&stamped), expected);
    let marked = format!("\u{feff}{SIGNED}");
    let stamped = embed(marked.as_bytes(), b"token").expect("place");
    assert_eq!(String::from_utf8_lossy(&stamped), format!("\u{feff}{expected}"));
}

#[test]
fn documents_without_place_for_a_token() {
    let value = EmbedError::Missing("SignatureValue");
    let place = EmbedError::Missing("UnsignedSignatureProperties");
    assert_eq!(stamped_data(b"<a/>"), Err(value));
    let twice = SIGNED.replace("<ds:SignatureValue>", "<ds:SignatureValue/><ds:SignatureValue>");
    assert!(stamped_data(twice.as_bytes()).is_err());
    assert_eq!(embed(b"<a/>", b"token"), Err(place.clone()));
    let empty = "<xades:x xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\"><xades:UnsignedSignatureProperties/></xades:x>";
    assert_eq!(embed(empty.as_bytes(), b"token"), Err(place.clone()));
    let renamed = SIGNED.replace("xades:", "x:").replace("xmlns:x:", "xmlns:x");
    assert!(matches!(embed(renamed.as_bytes(), b"token"), Err(EmbedError::Xml(_) | EmbedError::Missing(_))));
    assert!(matches!(embed(b"<a", b"token"), Err(EmbedError::Xml(_))));
}
