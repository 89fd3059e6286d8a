//! Invented tickets: words of two or three characters out of twenty thousand, a quarter of what is said with three hundred
//! common ones. Two at random are as little alike as two real messages are (a likeness of a few hundredths).

/// Words there are.
const WORDS: u64 = 20_000;
/// Words that everybody uses.
const COMMON: u64 = 300;
/// Tickets remembered, to be told again.
const REMEMBERED: usize = 4_096;
/// Every so manieth ticket tells another's matter again.
const AGAIN_EVERY: u64 = 20;
/// Of a matter told again every so manieth word is another.
const CHANGED_EVERY: u64 = 12;

/// What residents tell, the same every time.
pub(super) struct Told {
    state: u64,
    remembered: Vec<Vec<u64>>,
}

impl Told {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            state: seed,
            remembered: Vec::new(),
        }
    }

    /// The next ticket.
    pub(super) fn ticket(&mut self) -> String {
        if self.below(AGAIN_EVERY) == 0 && !self.remembered.is_empty() {
            return self.again();
        }
        let words = self.words();
        let text = spelt(&words);
        if self.remembered.len() < REMEMBERED {
            self.remembered.push(words);
        }
        text
    }

    /// What nobody has told.
    pub(super) fn fresh(&mut self) -> String {
        let words = self.words();
        spelt(&words)
    }

    /// What somebody has told, in slightly other words.
    pub(super) fn again(&mut self) -> String {
        let at = usize::try_from(self.below(self.remembered.len() as u64)).expect("an index");
        let mut words = self.remembered[at].clone();
        for word in &mut words {
            if self.below(CHANGED_EVERY) == 0 {
                *word = self.word();
            }
        }
        spelt(&words)
    }

    fn words(&mut self) -> Vec<u64> {
        let count = 20 + self.below(60);
        (0..count).map(|_| self.word()).collect()
    }

    fn word(&mut self) -> u64 {
        let range = if self.below(4) == 0 { COMMON } else { WORDS };
        self.below(range)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.state = self.state.wrapping_add(1);
        text::mix64(self.state) % most.max(1)
    }
}

fn spelt(words: &[u64]) -> String {
    words.iter().flat_map(|word| letters(*word)).collect()
}

/// The characters of a word; few of the four thousand are in most words, as it is with real ones.
fn letters(word: u64) -> impl Iterator<Item = char> {
    let spread = text::mix64(word ^ 0xabcd_ef00);
    let count = if spread >> 60 == 0 { 3 } else { 2 };
    (0..count).map(move |nth| {
        let rank = (spread >> (20 * nth)) % 1_000;
        let at = u32::try_from(rank * rank * 7 / 2_000).expect("at most 3,500");
        char::from_u32(0x4e00 + at).expect("a Chinese character")
    })
}
