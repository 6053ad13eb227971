use super::*;

fn client(code: &str) -> ClientId {
    ClientId::from_path(&format!("INST/GOV/{code}/SUB")).unwrap()
}

/// A seal of the shape of real ones: much that repeats, some bytes that never do.
fn seal(number: u64, ocsp: u64) -> Seal {
    let random = |seed: u64, length: usize| -> String {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        (0..length)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                char::from(
                    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
                        [(state % 64) as usize],
                )
            })
            .collect()
    };
    let signature = format!(
        "<ds:Signature><ds:SignatureValue>{}</ds:SignatureValue><ds:X509Certificate>{}</ds:X509Certificate>\
         <xades:EncapsulatedOCSPValue>{}</xades:EncapsulatedOCSPValue></ds:Signature>",
        random(number + 1_000, 344),
        random(1, 1_300),
        random(ocsp, 1_800),
    );
    let digest = random(number + 2_000, 88);
    Seal {
        signature: signature.into(),
        hash_chain_result: Some(format!("<HashChainResult>{digest}</HashChainResult>").into()),
        hash_chain: Some(format!("<HashChain><DataRef>{digest}</DataRef></HashChain>").into()),
    }
}

fn assert_same(unpacked: &Unpacked, message: &[u8], seal: &Seal) {
    assert_eq!(unpacked.message, message);
    assert_eq!(unpacked.seal.signature, seal.signature);
    assert_eq!(unpacked.seal.hash_chain_result, seal.hash_chain_result);
    assert_eq!(unpacked.seal.hash_chain, seal.hash_chain);
}

#[test]
fn what_goes_in_comes_out() {
    let packer = Packer::default();
    for number in 0..50 {
        let mut seal = seal(number, 7);
        if number % 2 == 0 {
            seal.hash_chain = None;
            seal.hash_chain_result = None;
        }
        let message = format!("GET\r\n/r1/x\r\nX-Road-Id:{number}\r\n");
        let packed = packer.pack(&client("1"), message.as_bytes(), &seal).unwrap();
        assert_same(&unpack(&packed.dictionary.content, &packed.content).unwrap(), message.as_bytes(), &seal);
    }
}

#[test]
fn empty_and_large_parts_survive() {
    let packer = Packer::default();
    let large = "x<y/>".repeat(200_000);
    let seal = Seal { signature: large.into(), hash_chain_result: Some(Bytes::new()), hash_chain: None };
    let packed = packer.pack(&client("1"), b"", &seal).unwrap();
    assert_same(&unpack(&packed.dictionary.content, &packed.content).unwrap(), b"", &seal);
    assert!(packed.dictionary.content.len() <= DICTIONARY_LIMIT);
}

#[test]
fn repeated_parts_cost_nothing_and_a_new_ocsp_response_brings_a_new_dictionary() {
    let packer = Packer::default();
    let sizes = |ocsp: u64, count: u64| -> Vec<(i64, usize)> {
        let pack =
            |number| packer.pack(&client("1"), b"GET\r\n/\r\n", &seal(number + ocsp * 1_000, ocsp)).unwrap();
        (0..count).map(pack).map(|packed| (packed.dictionary.id, packed.content.len())).collect()
    };
    let first = sizes(1, 20);
    assert!(first.iter().skip(1).all(|(_, size)| *size < 700), "{first:?}");
    assert!(first.iter().all(|(id, _)| *id == first[0].0));
    let second = sizes(2, 20);
    assert!(second[0].1 > 1_000, "the new OCSP response is stored once or twice: {second:?}");
    assert_ne!(second[19].0, first[0].0);
    assert!(second[12..].iter().all(|(_, size)| *size < 700), "{second:?}");
}

#[test]
fn signers_do_not_disturb_each_other() {
    let packer = Packer::default();
    let one = packer.pack(&client("1"), b"m", &seal(1, 1)).unwrap();
    let two = packer.pack(&client("2"), b"m", &seal(2, 2)).unwrap();
    let again = packer.pack(&client("1"), b"m", &seal(3, 1)).unwrap();
    assert_ne!(one.dictionary.id, two.dictionary.id);
    assert_eq!(one.dictionary.id, again.dictionary.id);
}

#[test]
fn damaged_content_is_refused() {
    let packer = Packer::default();
    let seal = seal(1, 1);
    let packed = packer.pack(&client("1"), b"message", &seal).unwrap();
    let dictionary = &packed.dictionary.content;
    assert!(unpack(dictionary, &[]).is_err());
    assert!(unpack(dictionary, &packed.content[..packed.content.len() - 1]).is_err());
    assert!(unpack(&[], &packed.content).is_err());
    for position in 0..packed.content.len() {
        let mut damaged = packed.content.clone();
        damaged[position] ^= 0x10;
        // A changed stream may still unpack, but never runs away or stops the process.
        let _ = unpack(dictionary, &damaged);
    }
}

#[test]
fn bodies_are_squeezed_only_when_that_helps() {
    let text = "{\"name\": \"value\"}".repeat(100);
    let packer = Packer::default();
    let squeezed = packer.squeeze(text.as_bytes()).unwrap();
    assert!(squeezed.len() < text.len() / 4);
    assert_eq!(expand(&squeezed, 10_000).unwrap(), text.as_bytes());
    assert_eq!(expand(&squeezed, 100), Err(PackingError::TooLong));
    assert_eq!(packer.squeeze(b""), None);
    assert_eq!(packer.squeeze(&[1, 200, 3, 99, 5]), None);
}
