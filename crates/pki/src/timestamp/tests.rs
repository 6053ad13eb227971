use super::signed_data::SignerInfo;
use super::*;
use crate::asn1::{ber, oid, read, write};
use crate::certificate::Certificate;
use crate::digest::DigestAlgorithm;
use crate::issue::IssueProfile;
use crate::testing::{
    EXCHANGE, Party, Workbench, all_captures, certificate, parameters, vector, vector_path,
};
use aws_lc_rs::signature::{RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
use der::asn1::ObjectIdentifier;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.3.4.1");

fn old_tsa() -> Certificate {
    certificate("x-road-7.8/certs/tsp.pem")
}

/// The authority of 2012 has an RSA key of 1024 bits, which is refused. To see the rest of the rules at work, the
/// signature check alone is replaced.
fn with_short_key(signer: &SignerInfo, _: DigestAlgorithm, tsa: &Certificate) -> Result<(), TimestampError> {
    UnparsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, tsa.spki())
        .verify(&signer.signed, &signer.signature)
        .map_err(|_| TimestampError::Signature)
}

#[test]
fn verdicts_of_the_old_tokens() {
    let (data, tsas) = (vector("x-road-7.8/timestamp/stamped-data"), [old_tsa()]);
    let valid = TimestampToken::parse(&vector("x-road-7.8/timestamp/valid")).unwrap();
    assert_eq!(valid.gen_time(), datetime!(2012-11-29 13:10:04 UTC));
    assert_eq!(valid.verify(&data, &tsas).err(), Some(TimestampError::SignerKey));
    let imprint = MessageImprint::of(DigestAlgorithm::Sha256, &data);
    let proof = valid.verify_with(&imprint, &tsas, with_short_key).unwrap();
    assert_eq!((proof.time(), proof.tsa()), (valid.gen_time(), &tsas[0]));
    assert_eq!(valid.verify(&data, &[]).err(), Some(TimestampError::UnknownSigner));
    assert_eq!(valid.verify(b"other", &tsas).err(), Some(TimestampError::WrongImprint));

    let broken = TimestampToken::parse(&vector("x-road-7.8/timestamp/invalid-signature")).unwrap();
    assert_eq!(broken.verify_with(&imprint, &tsas, with_short_key).err(), Some(TimestampError::Signature));

    let mut changed = vector("x-road-7.8/timestamp/valid");
    changed[42] ^= 1;
    assert_eq!(TimestampToken::parse(&changed).err(), Some(TimestampError::Malformed));

    let response = TimeStampResponse::parse(&vector("x-road-7.8/timestamp/tsp.response")).unwrap();
    let other = TimeStampRequest::new(MessageImprint::of(DigestAlgorithm::Sha256, b"other"));
    assert_eq!(response.token_for(&other).err(), Some(TimestampError::WrongRequest));
}

#[test]
fn live_queries_and_replies() {
    let mut count = 0;
    for kind in ["rsa", "ec"] {
        let tsas = [certificate(&format!("x-road-7.8-live/{kind}/pki/tsa.crt.der"))];
        for entry in std::fs::read_dir(vector_path(&format!("x-road-7.8-live/{kind}/ocsp"))).unwrap() {
            let reply = entry.unwrap().path();
            if reply.extension().is_none_or(|extension| extension != "r") {
                continue;
            }
            let query = std::fs::read(reply.with_extension("")).unwrap();
            let request = TimeStampRequest::parse(&query).unwrap();
            assert_eq!(request, TimeStampRequest::new(request.imprint.clone()), "imprint only");
            assert_eq!(request.encode(), query, "we would have asked with the same bytes");
            let response = TimeStampResponse::parse(&std::fs::read(&reply).unwrap()).unwrap();
            let token = response.token_for(&request).unwrap();
            assert!(token.certificates().is_empty());
            for stored in [token.clone(), token.with_certificate(&tsas[0]).unwrap()] {
                let proof = stored.verify_imprint(&request.imprint, &tsas).unwrap();
                assert!((EXCHANGE - proof.time()).abs() < Duration::HOUR, "{}", proof.time());
            }
            count += 1;
        }
    }
    assert_eq!(count, 8);
}

#[test]
fn tokens_of_all_captured_log_rows() {
    use base64::Engine as _;
    let Some(folder) = all_captures() else { return };
    let (mut count, mut batches) = (0, 0);
    for (kind, server) in [("rsa", "ss1"), ("rsa", "ss2"), ("ec", "ss1"), ("ec", "ss2")] {
        let tsas = [certificate(&format!("x-road-7.8-live/{kind}/pki/tsa.crt.der"))];
        let rows = folder.join(format!("{kind}/messagelog/{server}-rows-timestamped.jsonl"));
        for row in std::fs::read_to_string(rows).unwrap().lines() {
            let row: serde_json::Value = serde_json::from_str(row).unwrap();
            let Some(timestamp) = row["timestamp"].as_str() else { continue };
            let token = base64::engine::general_purpose::STANDARD.decode(timestamp).unwrap();
            let token = TimestampToken::parse(&token).unwrap();
            // X-Road stores tokens with the authority's certificate inside.
            assert_eq!(token.certificates(), tsas);
            assert_eq!(token.with_certificate(&tsas[0]).unwrap().bytes(), token.bytes());
            match row["hashchainresult"].as_str() {
                Some(result) => token.verify(result.as_bytes(), &tsas).unwrap(),
                // A single stamp: the data is a signature value that is not in this row.
                None => token.verify_imprint(token.imprint(), &tsas).unwrap(),
            };
            batches += usize::from(row["hashchainresult"].is_string());
            count += 1;
        }
    }
    assert!(batches > 0 && count > batches, "{batches} batches among {count} tokens");
}

fn request(data: &[u8]) -> TimeStampRequest {
    TimeStampRequest::new(MessageImprint::of(DigestAlgorithm::Sha512, data))
}

fn authority() -> Party {
    Party::root("CA").issue("TSA", IssueProfile::TimeStamping)
}

fn stamp(tsa: &Party, request: &TimeStampRequest, gen_time: OffsetDateTime) -> TimestampToken {
    let builder = TokenBuilder { gen_time, serial: vec![0x80, 1], policy: POLICY };
    builder.sign(request, &tsa.cert, &tsa.key).unwrap()
}

#[test]
fn our_tokens_with_whole_and_fractional_seconds() {
    let tsa = authority();
    for gen_time in [EXCHANGE, EXCHANGE + Duration::milliseconds(430), EXCHANGE + Duration::nanoseconds(1)] {
        let token = stamp(&tsa, &request(b"data"), gen_time);
        let proof = token.verify(b"data", std::slice::from_ref(&tsa.cert)).unwrap();
        assert_eq!(proof.time(), gen_time);
        assert_eq!(
            token.verify(b"Data", std::slice::from_ref(&tsa.cert)).err(),
            Some(TimestampError::WrongImprint)
        );
    }
}

#[test]
fn authorities_that_may_not_stamp() {
    let root = Party::root("CA");
    let tsa = root.issue("TSA", IssueProfile::TimeStamping);
    let (other, signer) =
        (root.issue("Other", IssueProfile::TimeStamping), root.issue("S", IssueProfile::Signing));
    let mut early = parameters("Early", IssueProfile::TimeStamping);
    (early.serial, early.not_after) = (vec![7], EXCHANGE - Duration::HOUR);
    let early = root.issue_as(&early);
    let verify = |by: &Party, known: &Certificate| {
        stamp(by, &request(b"data"), EXCHANGE).verify(b"data", std::slice::from_ref(known)).err()
    };
    assert_eq!(verify(&tsa, &tsa.cert), None);
    assert_eq!(verify(&tsa, &early.cert), Some(TimestampError::UnknownSigner));
    assert_eq!(verify(&signer, &signer.cert), Some(TimestampError::SignerPurpose));
    assert_eq!(verify(&early, &early.cert), Some(TimestampError::SignerNotValid));
    // Same issuer, same serial number: the name fits, the certificate that was signed with does not.
    assert_eq!(verify(&other, &tsa.cert), Some(TimestampError::SigningCertificate));
    let forged = Party { key: crate::testing::TestKey::new(), cert: tsa.cert.clone() };
    assert_eq!(verify(&forged, &tsa.cert), Some(TimestampError::Signature));
}

#[test]
fn every_changed_byte_is_noticed() {
    let tsa = authority();
    let der = stamp(&tsa, &request(b"data"), EXCHANGE).bytes().to_vec();
    let mut unnoticed = Vec::new();
    for index in 0..der.len() {
        let mut changed = der.clone();
        changed[index] ^= 1;
        let verdict =
            TimestampToken::parse(&changed).and_then(|t| t.verify(b"data", std::slice::from_ref(&tsa.cert)));
        if verdict.is_ok() {
            unnoticed.push(index);
        }
    }
    // The list of digest algorithms, version numbers and the parameters of algorithms say nothing that is used.
    assert!(unnoticed.len() <= 20, "{unnoticed:?}");
    let content = der.windows(9).position(|window| window == oid::TST_INFO.as_bytes()[..9].to_vec()).unwrap();
    assert!(unnoticed.iter().all(|index| *index < content || *index > content + 120), "{unnoticed:?}");
}

/// Rewrites a token with indefinite lengths and its content in pieces, as some authorities send it.
fn to_ber(der: &[u8]) -> Vec<u8> {
    let mut reader = read::Reader::new(der);
    let mut out = Vec::new();
    while !reader.is_empty() {
        let tlv = reader.any().unwrap();
        if tlv.tag == read::OCTET_STRING && tlv.value.len() > 100 {
            let (one, two) = tlv.value.split_at(50);
            out.extend([read::OCTET_STRING | 0x20, 0x80]);
            out.extend([write::octet_string(one), write::octet_string(two), vec![0, 0]].concat());
        } else if tlv.tag & 0x20 != 0 {
            out.extend([tlv.tag, 0x80]);
            out.extend(to_ber(tlv.value));
            out.extend([0, 0]);
        } else {
            out.extend_from_slice(tlv.raw);
        }
    }
    out
}

#[test]
fn indefinite_lengths_prove_the_same() {
    let tsa = authority();
    let token = stamp(&tsa, &TimeStampRequest { cert_req: true, ..request(b"data") }, EXCHANGE);
    let ber = to_ber(token.bytes());
    assert_eq!(ber::to_der(&ber).unwrap(), token.bytes());
    let read = TimestampToken::parse(&ber).unwrap();
    assert_eq!(read.bytes(), ber);
    assert_eq!(read.certificates(), std::slice::from_ref(&tsa.cert));
    read.verify(b"data", std::slice::from_ref(&tsa.cert)).unwrap();
    let reply = to_ber(&TimeStampResponse::encode_granted(&token));
    assert!(TimeStampResponse::parse(&reply).unwrap().token_for(&request(b"data")).is_ok());
}

#[test]
fn replies_that_do_not_answer() {
    let tsa = authority();
    let asked = TimeStampRequest { nonce: Some(vec![1, 2]), policy: Some(POLICY), ..request(b"data") };
    let reply = TimeStampResponse::encode_granted(&stamp(&tsa, &asked, EXCHANGE));
    let reply = TimeStampResponse::parse(&reply).unwrap();
    assert!(reply.token_for(&asked).is_ok());
    for other in [
        request(b"data"),
        TimeStampRequest { nonce: Some(vec![1, 3]), ..asked.clone() },
        TimeStampRequest { policy: Some(ObjectIdentifier::new_unwrap("1.2.3")), ..asked.clone() },
        TimeStampRequest { imprint: request(b"other").imprint, ..asked.clone() },
    ] {
        assert_eq!(reply.token_for(&other).err(), Some(TimestampError::WrongRequest));
    }
    let refusal = TimeStampResponse::parse(&TimeStampResponse::encode_rejection(25, "later\u{7}")).unwrap();
    let expected = TimestampError::Refused { status: 2, text: "later".to_owned() };
    assert_eq!(refusal.token_for(&asked).err(), Some(expected));
    let empty = write::sequence(&[&write::sequence(&[&write::unsigned(&[0])])]);
    let empty = TimeStampResponse::parse(&empty).unwrap();
    assert_eq!(empty.token_for(&asked).err(), Some(TimestampError::NoToken));
}

#[test]
fn openssl_accepts_ours_and_we_accept_its() {
    let root = Party::root("CA");
    let tsa = root.issue("TSA", IssueProfile::TimeStamping);
    let bench = Workbench::new();
    bench.put("ca.pem", root.cert.to_pem().as_bytes());
    bench.put("tsa.pem", tsa.cert.to_pem().as_bytes());
    bench.put("data", b"data");
    let plain = TimeStampRequest::new(MessageImprint::of(DigestAlgorithm::Sha512, b"data"));
    bench.openssl("ts -query -data data -sha512 -no_nonce -out query.tsq");
    assert_eq!(TimeStampRequest::parse(&bench.get("query.tsq")), Ok(plain.clone()));
    bench.openssl("ts -query -data data -sha256 -cert -tspolicy 1.2.3.4.1 -out query.tsq");
    let full = TimeStampRequest::parse(&bench.get("query.tsq")).unwrap();
    assert!(full.cert_req && full.nonce.is_some() && full.policy == Some(POLICY));
    for (asked, gen_time) in [(&plain, EXCHANGE), (&full, EXCHANGE + Duration::milliseconds(430))] {
        let token = stamp(&tsa, asked, gen_time);
        bench.put("query.tsq", &asked.encode());
        bench.put("reply.tsr", &TimeStampResponse::encode_granted(&token));
        let text =
            bench.openssl("ts -verify -queryfile query.tsq -in reply.tsr -CAfile ca.pem -untrusted tsa.pem");
        assert!(text.contains("Verification: OK"), "{text}");
        bench.put("token.tst", token.with_certificate(&tsa.cert).unwrap().bytes());
        let text = bench.openssl("ts -verify -data data -in token.tst -token_in -CAfile ca.pem");
        assert!(text.contains("Verification: OK"), "{text}");
    }
    bench.put("reply.tsr", &TimeStampResponse::encode_rejection(0, "no such digest"));
    let text = bench.openssl("ts -reply -in reply.tsr -text");
    assert!(
        text.contains("unrecognized or unsupported algorithm") && text.contains("no such digest"),
        "{text}"
    );
    their_tokens(&bench);
}

/// OpenSSL as the authority, with fractions of a second in its tokens.
fn their_tokens(bench: &Workbench) {
    bench.put("their.ext", b"extendedKeyUsage=critical,timeStamping\n");
    bench.openssl("req -newkey rsa:2048 -nodes -keyout their.key -subj /CN=Theirs -out their.csr");
    bench.openssl("x509 -req -in their.csr -signkey their.key -extfile their.ext -days 30 -out their.pem");
    bench.put("serial", b"01");
    let configuration = "[tsa]\ndefault_tsa=one\n[one]\nserial=serial\ncrypto_device=builtin\nsigner_cert=their.pem\n\
        signer_key=their.key\nsigner_digest=sha512\ndefault_policy=1.2.3\ndigests=sha512\nclock_precision_digits=3\n\
        ess_cert_id_alg=sha1\n";
    bench.put("tsa.cnf", configuration.as_bytes());
    bench.put("query.tsq", &request(b"data").encode());
    let their = |bench: &Workbench| Certificate::from_pem(&bench.get("their.pem")).unwrap();
    for algorithm in ["sha1", "sha256", "sha512"] {
        bench.put("tsa.cnf", configuration.replace("=sha1\n", &format!("={algorithm}\n")).as_bytes());
        bench.openssl("ts -reply -config tsa.cnf -queryfile query.tsq -out reply.tsr");
        let response = TimeStampResponse::parse(&bench.get("reply.tsr")).unwrap();
        let token = response.token_for(&request(b"data")).unwrap();
        token.verify(b"data", &[their(bench)]).unwrap();
    }
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = TimestampToken::parse(&bytes);
            let _ = TimeStampResponse::parse(&bytes);
            let _ = TimeStampRequest::parse(&bytes);
        }

        #[test]
        fn no_damaged_token_panics(index in 0_usize..1000, byte: u8) {
            let mut token = vector("x-road-7.8/timestamp/valid");
            let index = index % token.len();
            token[index] = byte;
            if let Ok(token) = TimestampToken::parse(&token) {
                let _ = token.verify(b"", &[old_tsa()]);
            }
        }
    }
}
