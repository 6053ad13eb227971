//! Writing DEFLATE (RFC 1951) for short texts, most of which stand in a dictionary that is known long before.
//!
//! A general compressor clears its tables and indexes the dictionary for each stream, which costs more than all the rest
//! for records of a few kilobytes. Here a dictionary is indexed once, and a stretch that several records have in common
//! is encoded once. A stream is one block with the fixed codes; any reader of DEFLATE reads it.

/// Shortest match that is looked for.
const SHORTEST: usize = 4;
/// Longest match of one symbol.
const LONGEST: usize = 258;
/// How far back a match may lie.
const WINDOW: usize = 32 * 1024;
/// Longest text that [`Stream::text`] takes: its positions fit 16 bits.
pub(super) const LONGEST_TEXT: usize = 32 * 1024;
/// Cells of an index of a dictionary, as a power of two.
const INDEX_BITS: u32 = 13;
/// Cells for the text itself.
const OWN_BITS: u32 = 11;

/// Where four bytes that hash equally stood last: position plus one, zero for nowhere.
pub(super) struct Index(Box<[u16]>);

impl Index {
    /// Of a dictionary, which is at most as long as the window.
    pub(super) fn of(dictionary: &[u8]) -> Self {
        let mut cells = vec![0; 1 << INDEX_BITS];
        for (place, at) in dictionary.windows(SHORTEST).zip(1_u16..) {
            cells[hash(place, INDEX_BITS)] = at;
        }
        Self(cells.into())
    }
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Index")
    }
}

fn hash(four: &[u8], bits: u32) -> usize {
    let word = four.iter().take(SHORTEST).fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    (word.wrapping_mul(0x9E37_79B1) >> (u32::BITS - bits)) as usize
}

/// A dictionary and how to find something in it.
#[derive(Clone, Copy)]
pub(super) struct Known<'d> {
    pub(super) content: &'d [u8],
    pub(super) index: &'d Index,
}

/// Bits in the order of a stream, the first one lowest.
#[derive(Debug, Default)]
pub(super) struct Bits {
    bytes: Vec<u8>,
    /// Bits that do not fill a byte yet.
    open: u64,
    count: u32,
}

impl Bits {
    fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), open: 0, count: 0 }
    }

    /// Adds the lowest `count` bits, at most 32; the others are zero.
    fn put(&mut self, bits: u64, count: u32) {
        self.open |= bits << self.count;
        self.count += count;
        if self.count >= 32 {
            self.bytes.extend_from_slice(&self.open.to_le_bytes()[..4]);
            self.open >>= 32;
            self.count -= 32;
        }
    }

    fn put_code(&mut self, (bits, count): Code) {
        self.put(u64::from(bits), count);
    }

    fn append(&mut self, other: &Self) {
        // Bits leave in words of 32, so there is no rest.
        let (words, _) = other.bytes.as_chunks::<4>();
        words.iter().for_each(|word| self.put(u64::from(u32::from_le_bytes(*word)), 32));
        self.put(other.open, other.count);
    }
}

/// A stream being written.
pub(super) struct Stream<'d> {
    known: Option<Known<'d>>,
    /// Bytes of the text that were written, or are skipped: a stretch that is encoded for itself begins behind them.
    written: usize,
    bits: Bits,
}

impl<'d> Stream<'d> {
    /// An empty stream. `expected`: about so many bytes it will have.
    pub(super) fn new(known: Option<Known<'d>>, expected: usize) -> Self {
        let mut bits = Bits::with_capacity(expected);
        // The only block, with the fixed codes.
        bits.put(0b011, 3);
        Self { known, written: 0, bits }
    }

    /// A stretch that will stand behind `before` bytes of text: see [`Stream::append`].
    pub(super) fn stretch(known: Known<'d>, before: usize, text: [&[u8]; 2]) -> Bits {
        let mut stream = Self { known: Some(known), written: before, bits: Bits::with_capacity(1_024) };
        text.into_iter().for_each(|text| stream.text(text));
        stream.bits
    }

    /// Adds an encoded stretch of `length` bytes of text.
    pub(super) fn append(&mut self, stretch: &Bits, length: usize) {
        self.bits.append(stretch);
        self.written += length;
    }

    /// Adds bytes in which nothing repeats.
    pub(super) fn literals(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.bits.put_code(LITERALS[usize::from(*byte)]));
        self.written += bytes.len();
    }

    /// Adds a text of at most [`LONGEST_TEXT`] bytes.
    pub(super) fn text(&mut self, text: &[u8]) {
        let mut own = [0_u16; 1 << OWN_BITS];
        // Where the last match of the dictionary lay: behind a gap of the same length, it goes on there.
        let mut aligned = None;
        let mut at = 0;
        while let Some(place) = text.get(at..at + SHORTEST) {
            let found = self.find(text, at, aligned, usize::from(own[hash(place, OWN_BITS)]));
            own[hash(place, OWN_BITS)] = u16::try_from(at + 1).unwrap_or(0);
            let Some(found) = found else {
                self.bits.put_code(LITERALS[usize::from(text[at])]);
                at += 1;
                continue;
            };
            if found.in_dictionary {
                aligned = Some(found.distance);
            }
            self.copy(found.length, found.distance);
            at += found.length;
        }
        text[at..].iter().for_each(|byte| self.bits.put_code(LITERALS[usize::from(*byte)]));
        self.written += text.len();
    }

    /// The best of three places for the text from `at` on: where the last match goes on, where the dictionary, and where
    /// the text itself has these four bytes.
    fn find(&self, text: &[u8], at: usize, aligned: Option<usize>, own: usize) -> Option<Match> {
        let mut best: Option<Match> = None;
        let mut consider = |candidate: Match| {
            let better = best.as_ref().is_none_or(|best| best.length < candidate.length);
            if candidate.length >= SHORTEST && candidate.distance <= WINDOW && better {
                best = Some(candidate);
            }
        };
        if let Some(Known { content, index }) = self.known {
            // The distance from the first byte of the dictionary.
            let from_start = content.len() + self.written + at;
            let mut look = |place: usize| {
                let length = content.get(place..).map_or(0, |rest| common(rest, &text[at..]));
                consider(Match { length, distance: from_start - place, in_dictionary: true });
            };
            let indexed = index.0[hash(&text[at..], INDEX_BITS)];
            if let Some(place) = aligned.and_then(|distance| from_start.checked_sub(distance)) {
                look(place);
            }
            if let Some(place) = usize::from(indexed).checked_sub(1) {
                look(place);
            }
        }
        if let Some(place) = own.checked_sub(1) {
            let length = common(&text[place..], &text[at..]);
            consider(Match { length, distance: at - place, in_dictionary: false });
        }
        best
    }

    /// Repeats `length` bytes from `distance` bytes before.
    fn copy(&mut self, mut length: usize, distance: usize) {
        let distance = distance_code(distance);
        while length > 0 {
            // What is left must be long enough for a symbol of its own.
            let now =
                if length > LONGEST && length < LONGEST + 3 { LONGEST - 3 } else { length.min(LONGEST) };
            self.bits.put_code(LENGTHS[now - 3]);
            self.bits.put_code(distance);
            length -= now;
        }
    }

    /// The whole stream.
    pub(super) fn finish(mut self) -> Vec<u8> {
        // End of the block, and zeros to the end of the byte.
        self.bits.put(0, 7);
        let Bits { mut bytes, open, count } = self.bits;
        let left = usize::try_from(count.div_ceil(8)).unwrap_or(0);
        bytes.extend_from_slice(&open.to_le_bytes()[..left]);
        bytes
    }
}

struct Match {
    length: usize,
    distance: usize,
    in_dictionary: bool,
}

/// Length of what both begin with.
fn common(one: &[u8], other: &[u8]) -> usize {
    let blocks = one.as_chunks::<16>().0.iter().zip(other.as_chunks::<16>().0);
    let equal = blocks.take_while(|(one, other)| one == other).count() * 16;
    let rest = one[equal..].iter().zip(&other[equal..]).take_while(|(one, other)| one == other);
    equal + rest.count()
}

/// Bits and how many: a code as it stands in the stream, with the extra bits behind it.
type Code = (u32, u32);

/// The fixed codes of literals (RFC 1951, 3.2.6).
const LITERALS: [Code; 256] = {
    let mut codes = [(0, 0); 256];
    let mut byte = 0;
    while byte < 256 {
        codes[byte] = if byte < 144 {
            (reversed(0x30 + byte as u32, 8), 8)
        } else {
            (reversed(0x190 + byte as u32 - 144, 9), 9)
        };
        byte += 1;
    }
    codes
};

/// The fixed codes of the lengths 3 to 258, with their extra bits (3.2.5 and 3.2.6).
const LENGTHS: [Code; LONGEST - 2] = {
    let mut codes = [(0, 0); LONGEST - 2];
    let (mut symbol, mut first) = (257, 3);
    while symbol < 285 {
        let extra = if symbol < 265 { 0 } else { (symbol - 261) / 4 };
        let mut offset = 0;
        while offset < 1 << extra {
            codes[first + offset as usize - 3] = with_extra(length_symbol(symbol), offset, extra);
            offset += 1;
        }
        first += 1 << extra;
        symbol += 1;
    }
    // The longest has a symbol of its own.
    codes[LONGEST - 3] = length_symbol(285);
    codes
};

const fn length_symbol(symbol: u32) -> Code {
    if symbol < 280 { (reversed(symbol - 256, 7), 7) } else { (reversed(0xC0 + symbol - 280, 8), 8) }
}

const fn with_extra((bits, count): Code, value: u32, extra: u32) -> Code {
    (bits | value << count, count + extra)
}

/// The code of a distance from 1 to [`WINDOW`], with its extra bits.
fn distance_code(distance: usize) -> Code {
    let less = u32::try_from(distance.saturating_sub(1)).unwrap_or(0);
    if less < 4 {
        return (reversed(less, 5), 5);
    }
    // Each power of two has two symbols, told apart by the bit below the highest.
    let extra = less.ilog2() - 1;
    let symbol = 2 * extra + (less >> extra);
    with_extra((reversed(symbol, 5), 5), less & ((1 << extra) - 1), extra)
}

/// Codes begin with their highest bit, everything else in a stream with its lowest.
const fn reversed(code: u32, count: u32) -> u32 {
    code.reverse_bits() >> (u32::BITS - count)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use proptest::prelude::*;

    use super::*;

    fn inflated(dictionary: &[u8], stream: &[u8]) -> Vec<u8> {
        crate::message_log::packing::parts::inflate(dictionary, stream).unwrap()
    }

    fn alone(text: &[u8]) -> Vec<u8> {
        let mut stream = Stream::new(None, 0);
        stream.text(text);
        stream.finish()
    }

    #[test]
    fn every_length_and_every_kind_of_distance() {
        let noise: Vec<u8> = (0..u64::try_from(WINDOW).unwrap())
            .map(|n| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as u8)
            .collect();
        let (mut long, mut short) = (0, 0);
        for length in SHORTEST..=2 * LONGEST + 5 {
            let dictionary = &noise[..2_000];
            let index = Index::of(dictionary);
            let known = Known { content: dictionary, index: &index };
            let start = length * 37 % (2_000 - 2 * LONGEST - 5);
            let text = &dictionary[start..start + length];
            let mut stream = Stream::new(Some(known), 0);
            stream.text(text);
            let packed = stream.finish();
            assert_eq!(inflated(dictionary, &packed), text, "{length}");
            (long, short) = (long + length, short + packed.len());
        }
        // Some bytes go before the match, where others hash equally.
        assert!(short * 5 < long, "{short} of {long}");
        for distance in (1..200).chain((200..WINDOW - 8).step_by(97)) {
            let text = [&noise[..distance], &noise[..8]].concat();
            let text = &text[..text.len().min(LONGEST_TEXT)];
            assert_eq!(inflated(&[], &alone(text)), text, "{distance}");
        }
        assert_eq!(distance_code(WINDOW), (reversed(29, 5) | 0x1FFF << 5, 18));
        assert_eq!(LENGTHS[LONGEST - 3 - 1], (reversed(0xC4, 8) | 30 << 8, 13));
    }

    #[test]
    fn a_stretch_may_stand_at_any_bit() {
        let dictionary = b"the certificate, the status, and everything around them".repeat(20);
        let index = Index::of(&dictionary);
        let known = Known { content: &dictionary, index: &index };
        for head in 0..40_usize {
            let head = vec![200; head];
            let (one, two) = (&dictionary[100..400], &dictionary[17..60]);
            let stretch = Stream::stretch(known, head.len(), [one, two]);
            for tail in [&b""[..], b"x", &dictionary[..300]] {
                let mut stream = Stream::new(Some(known), 0);
                stream.literals(&head);
                stream.append(&stretch, one.len() + two.len());
                stream.text(tail);
                assert_eq!(inflated(&dictionary, &stream.finish()), [&head, one, two, tail].concat());
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_again(
            dictionary in prop::collection::vec(0_u8..4, 0..2_000),
            other in prop::collection::vec(any::<u8>(), 0..200),
            cuts in prop::collection::vec((0_usize..2_000, 0_usize..600, 0_usize..200), 0..12),
        ) {
            let mut text = Vec::new();
            for (from, length, gap) in cuts {
                let from = from.min(dictionary.len());
                text.extend_from_slice(&dictionary[from..(from + length).min(dictionary.len())]);
                text.extend_from_slice(&other[..gap.min(other.len())]);
            }
            let index = Index::of(&dictionary);
            let mut stream = Stream::new(Some(Known { content: &dictionary, index: &index }), 0);
            let (first, second) = text.split_at(text.len() / 3);
            stream.text(first);
            stream.text(second);
            prop_assert_eq!(&inflated(&dictionary, &stream.finish()), &text);
            let mut read = Vec::new();
            flate2::read::DeflateDecoder::new(&*alone(&text)).read_to_end(&mut read).unwrap();
            prop_assert_eq!(&read, &text);
        }
    }
}
