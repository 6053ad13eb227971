use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use protocol::digest::sha512;

use super::*;
use crate::vectors;

const FOLDER: &str = "x-road-7.8/hash-chain";

fn part(name: PartName, content: &[u8]) -> PartDigest {
    PartDigest { name, sha512: sha512(content) }
}

/// A message with as many parts as wanted; no two messages are alike.
fn message(number: usize, parts: u32) -> Vec<PartDigest> {
    (0..parts)
        .map(|index| {
            let name = if index == 0 { PartName::Message } else { PartName::Attachment(index) };
            part(name, format!("message {number} part {index}").as_bytes())
        })
        .collect()
}

fn single(text: &str) -> Leaf {
    Leaf::single("/message.xml", DigestAlgorithm::Sha256.digest(text.as_bytes()))
}

/// Top digests that X-Road's builder computes.
#[test]
fn check_vectors_of_the_tree() {
    let many =
        Leaf { data: [0x0b, 0x0c, 0x0d, 0x0e].map(|byte| ("/message.xml".into(), vec![byte])).to_vec() };
    let words = ["one", "two", "three", "four", "five"].map(single);
    for (leaves, expected) in [
        (words[..4].to_vec(), "D7oIIfhfp4ToT729xyx991PvstI5XvpW+d7oeWvXw8E="),
        (vec![many], "v3CBVgjKmzZT5hnJ6vj6waqBazZe334tdEoNiL2oM5E="),
        (words[..2].to_vec(), "MARSPzN9ZeFA+a9/yBxPkyIv/z36AP8GqQzEbFW/l84="),
        (words[..3].to_vec(), "4qWUaAd7VQz9oNEJ6XP93YjtFPLBy1CDQQX3cNd3OsQ="),
        (words.to_vec(), "OrQBBfRcnqwD8O9zFLs1Gbt+qGHU1a/nGIhRB2PNaHY="),
    ] {
        let tree = Tree::new(DigestAlgorithm::Sha256, leaves).expect("leaves");
        assert_eq!(STANDARD.encode(tree.top()), expected);
    }
}

#[test]
fn every_leaf_of_every_tree_verifies() {
    for count in 1..=64 {
        let messages: Vec<Vec<PartDigest>> =
            (0..count).map(|number| message(number, 1 + u32::try_from(number % 3).unwrap_or(0))).collect();
        let views: Vec<&[PartDigest]> = messages.iter().map(Vec::as_slice).collect();
        let built = build(&views).expect("messages");
        assert_eq!(built.chains.len(), count);
        for (chain, parts) in built.chains.iter().zip(&messages) {
            let covered = verify(&built.result_xml, chain, parts).expect("covered");
            assert_eq!(covered.parts().len(), parts.len());
        }
        let other = message(999, 1);
        assert!(verify(&built.result_xml, &built.chains[0], &other).is_err(), "{count}");
        if count > 1 {
            assert!(verify(&built.result_xml, &built.chains[0], &messages[1]).is_err(), "{count}");
        }
    }
}

#[test]
fn shape_of_chains() {
    let messages: Vec<Vec<PartDigest>> = (0..5).map(|number| message(number, 1)).collect();
    let views: Vec<&[PartDigest]> = messages.iter().map(Vec::as_slice).collect();
    let shape = |chain: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(chain).into_owned();
        let lines = text.lines().map(str::trim).filter(|line| {
            ["<HashStep", "<HashValue", "<StepRef", "<DataRef"].iter().any(|start| line.starts_with(start))
        });
        lines.map(|line| line.trim_matches(['<', '>', '/']).to_owned()).collect()
    };
    let three = build(&views[..3]).expect("three");
    assert_eq!(
        shape(&three.chains[2]),
        ["HashStep id=\"STEP0\"", "HashValue", "DataRef URI=\"/message.xml\""]
    );
    assert_eq!(
        shape(&three.chains[0]),
        [
            "HashStep id=\"STEP0\"",
            "StepRef URI=\"#STEP1\"",
            "HashValue",
            "HashStep id=\"STEP1\"",
            "DataRef URI=\"/message.xml\"",
            "HashValue"
        ]
    );
    let five = build(&views).expect("five");
    assert_eq!(
        shape(&five.chains[2]),
        [
            "HashStep id=\"STEP0\"",
            "StepRef URI=\"#STEP1\"",
            "HashValue",
            "HashStep id=\"STEP1\"",
            "HashValue",
            "StepRef URI=\"#STEP2\"",
            "HashStep id=\"STEP2\"",
            "DataRef URI=\"/message.xml\"",
            "HashValue"
        ]
    );
}

#[test]
fn documents_are_those_of_a_stock_server() {
    let parts = [part(PartName::Message, b"m"), part(PartName::Attachment(1), b"a")];
    let built = build(&[&parts]).expect("message");
    let digest = |content: &[u8]| STANDARD.encode(sha512(content));
    let expected = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <HashChain xmlns=\"http://cyber.ee/hashchain\" xmlns:ns2=\"http://www.w3.org/2000/09/xmldsig#\">\n    \
         <DefaultDigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha512\"/>\n    \
         <HashStep id=\"STEP0\">\n        <DataRef URI=\"/message.xml\">\n            \
         <ns2:DigestValue>{}</ns2:DigestValue>\n        </DataRef>\n        \
         <DataRef URI=\"/attachment1\">\n            <ns2:DigestValue>{}</ns2:DigestValue>\n        \
         </DataRef>\n    </HashStep>\n</HashChain>\n",
        digest(b"m"),
        digest(b"a")
    );
    assert_eq!(String::from_utf8_lossy(&built.chains[0]), expected);
    let result = String::from_utf8_lossy(&built.result_xml).into_owned();
    assert!(result.starts_with(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<HashChainResult \
         URI=\"/sig-hashchain.xml#STEP0\" xmlns=\"http://cyber.ee/hashchain\" \
         xmlns:ns2=\"http://www.w3.org/2000/09/xmldsig#\">\n    <ns2:DigestMethod"
    ));
}

#[test]
fn nothing_to_build_from() {
    assert_eq!(build(&[]), None);
    assert_eq!(build(&[&[]]), None);
}

/// SHA-256 inputs and data, as X-Road's own tests give them.
#[derive(Default)]
struct Given {
    supplied: Vec<(&'static str, Vec<u8>)>,
    data: Vec<(&'static str, Vec<u8>)>,
}

impl DataSource for Given {
    fn digest(&mut self, reference: &DataRef) -> Result<DataDigest, HashChainError> {
        if let Some((_, digest)) = self.supplied.iter().find(|(uri, _)| *uri == reference.uri) {
            return Ok(DataDigest::Ours(digest.clone()));
        }
        match self.data.iter().find(|(uri, _)| *uri == reference.uri) {
            Some((_, data)) => crate::container::compared(reference, data),
            None => Ok(DataDigest::Unresolved),
        }
    }
}

fn sample(result: &str, chain: &str, mandatory: &[&str], mut given: Given) -> Result<(), HashChainError> {
    let result = vectors::read(&format!("{FOLDER}/{result}"));
    let chain = vectors::read(&format!("{FOLDER}/{chain}"));
    evaluate(&result, &chain, "/hashchain.xml", mandatory, &mut given)
}

#[test]
fn samples_give_their_verdicts() {
    let supplied = |text: &str| Given {
        supplied: vec![("/message.xml", DigestAlgorithm::Sha256.digest(text.as_bytes()))],
        ..Given::default()
    };
    let (result, chain) = ("hc-verifier1-hashchainresult.xml", "hc-verifier1-hashchain.xml");
    let message = vectors::read(&format!("{FOLDER}/hc-verifier1-message.xml"));
    let resolved = Given { data: vec![("/message.xml", message)], ..Given::default() };
    assert_eq!(sample(result, chain, &["/message.xml"], resolved), Ok(()));
    assert_eq!(sample(result, chain, &["/message.xml"], supplied("two")), Ok(()));
    assert_eq!(
        sample(result, chain, &["/message.xml"], supplied("other")).map_err(|e| e.code()),
        Err("invalid_hash_chain")
    );
    assert_eq!(
        sample(result, chain, &["/message.xml", "/attachment1"], supplied("two")).map_err(|e| e.code()),
        Err("hashchain_unused_inputs")
    );

    let message = || vectors::read(&format!("{FOLDER}/hc-verifier3-message.xml"));
    let given = || Given { data: vec![("/message.xml", message())], ..Given::default() };
    let result = "hc-verifier3-hashchainresult.xml";
    assert_eq!(sample(result, "hc-verifier3-hashchain.xml", &["/message.xml"], given()), Ok(()));
    assert_eq!(
        sample(result, "hc-verifier3-hashchain-invalid.xml", &["/message.xml"], given())
            .map_err(|e| e.code()),
        Err("invalid_hash_chain_ref")
    );
    assert_eq!(
        sample(result, "hc-verifier5-hashchain-invalid-schema.xml", &[], given()).map_err(|e| e.code()),
        Err("malformed_hash_chain")
    );
}

const STRAY_STEP: &str = "<HashStep id=\"STEP9\"><HashValue><ns2:DigestValue>AAAA</ns2:DigestValue></HashValue></HashStep></HashChain>";

/// Where a change is made, what is replaced by what, and the reason of the refusal.
const CHANGES: &[(&str, Place, &str, &str, &str)] = &[
    ("part name", Place::Chain, "/attachment1", "/attachment2", "invalid_reference"),
    ("part named twice", Place::Chain, "/attachment1", "/message.xml", "invalid_hash_chain"),
    ("step that is not there", Place::Chain, "#STEP1", "#STEP9", "malformed_hash_chain"),
    ("step of another file", Place::Chain, "#STEP1", "/x.xml#STEP1", "invalid_reference"),
    ("reference to itself", Place::Chain, "#STEP2", "#STEP0", "malformed_hash_chain"),
    ("step used twice", Place::Chain, "#STEP2", "#STEP1", "malformed_hash_chain"),
    ("two steps of one name", Place::Chain, "id=\"STEP2\"", "id=\"STEP1\"", "malformed_hash_chain"),
    ("step that leads nowhere", Place::Chain, "</HashChain>", STRAY_STEP, "malformed_hash_chain"),
    ("weak digest", Place::Chain, "xmlenc#sha512", "xmlenc#sha1", "malformed_hash_chain"),
    ("other digest", Place::Chain, "xmlenc#sha512", "xmlenc#sha256", "invalid_reference"),
    ("foreign element", Place::Chain, "</HashStep>", "<x/></HashStep>", "malformed_hash_chain"),
    ("document type", Place::Chain, "<HashChain ", "<!DOCTYPE x><HashChain ", "malformed_hash_chain"),
    ("result digest", Place::Result, "<ns2:DigestValue>", "<ns2:DigestValue>AAAA", "invalid_hash_chain"),
    ("result of another chain", Place::Result, "sig-hash", "ts-hash", "invalid_reference"),
    ("result without step", Place::Result, "#STEP0", "", "malformed_hash_chain"),
    ("result that is none", Place::Result, "HashChainResult", "HashChain", "malformed_hash_chain"),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Chain,
    Result,
}

#[test]
fn changed_chains_are_refused_for_their_reason() {
    let parts = message(1, 2);
    let others = [message(2, 1), message(3, 1)];
    let built = build(&[&parts, &others[0], &others[1]]).expect("messages");
    let chain = String::from_utf8(built.chains[0].clone()).expect("utf-8");
    let result = String::from_utf8(built.result_xml.clone()).expect("utf-8");
    let verdict = |result: &str, chain: &str| {
        verify(result.as_bytes(), chain.as_bytes(), &parts).map_err(|error| error.code())
    };
    for (name, place, from, to, expected) in CHANGES {
        let verdict = match place {
            Place::Chain => verdict(&result, &chain.replace(from, to)),
            Place::Result => verdict(&result.replace(from, to), &chain),
        };
        assert_eq!(verdict, Err(*expected), "{name}");
    }
    let zeros = STANDARD.encode([0; 64]);
    let own = chain.replace(&STANDARD.encode(parts[0].sha512), &zeros);
    assert_eq!(verdict(&result, &own), Err("invalid_hash_chain_ref"));
    let sibling = chain.replace(&STANDARD.encode(others[0][0].sha512), &zeros);
    assert_eq!(verdict(&result, &sibling), Err("invalid_hash_chain"));
    assert_eq!(verdict(&result, &result), Err("malformed_hash_chain"));
    let more = message(1, 3);
    let uncovered = verify(&built.result_xml, &built.chains[0], &more);
    assert_eq!(uncovered.map_err(|error| error.code()), Err("hashchain_unused_inputs"));
}

#[test]
fn transforms_are_no_way_around_a_digest() {
    let parts = message(1, 2);
    let built = build(&[&parts]).expect("message");
    let chain = String::from_utf8(built.chains[0].clone()).expect("utf-8").replace(
        "<DataRef URI=\"/message.xml\">",
        "<DataRef URI=\"/message.xml\"><ns2:Transforms><ns2:Transform \
         Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"/></ns2:Transforms>",
    );
    let verdict = verify(&built.result_xml, chain.as_bytes(), &parts);
    assert_eq!(verdict.map_err(|error| error.code()), Err("malformed_hash_chain"));
}

/// Each step refers to the next one twice: 2^60 evaluations if nothing bounds them.
#[test]
fn cost_is_bounded_before_it_arises() {
    let parts = message(1, 1);
    let mut chain = String::from(
        "<HashChain xmlns=\"http://cyber.ee/hashchain\"><DefaultDigestMethod \
         Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha512\"/>",
    );
    for step in 0..60 {
        let next = step + 1;
        chain += &format!(
            "<HashStep id=\"STEP{step}\"><StepRef URI=\"#STEP{next}\"/><StepRef URI=\"#STEP{next}\"/></HashStep>"
        );
    }
    chain += "<HashStep id=\"STEP60\"/></HashChain>";
    let result = build(&[&parts]).expect("message").result_xml;
    let verdict = verify(&result, chain.as_bytes(), &parts);
    assert_eq!(verdict.map_err(|error| error.code()), Err("malformed_hash_chain"));
}
