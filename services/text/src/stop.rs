//! Words that say nothing about the matter.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Particles, pronouns, prepositions, conjunctions, numerals and the commonest adverbs, in their normal form.
const STOP_WORDS: &str = "
    一 一切 一方面 一旦 一样 一般 七 三 上 不 不了 不仅 不仅仅 不会 不但 不再 不同 不如 不少
    不得 不得不 不是 不止 不然 不管 不能 不要 不过 与 且 个 个人 临 为 为了 为什么 为何 么 之
    之一 之类 九 也 也好 了 二 于 于是 五 亲自 人家 什么 什么样 仅 仅仅 仍 仍然 从 从未 从来
    从而 他 他人 他们 以 以及 们 任何 会 但 但是 何时 作为 你 你们 使得 例如 依照 便 倘若 借
    假如 像 充分 八 六 共 关于 其 其中 其他 其它 其实 其次 内 几 几乎 出 出去 出来 则 刚 别
    别人 别的 到 到处 到底 前后 加上 加之 单 即 即使 即将 去 又 及 及其 反而 另 另外 只是
    只有 只要 叫 可 可以 可是 可能 各 各个 各位 各种 同 同时 后来 向 吗 否则 吧 呀 呢 和 咱
    咱们 哎 哦 哪 哪个 哪些 哪怕 哪里 唉 啊 啦 嗯 嘛 四 因 因为 因此 因而 在 地 均 基于 多
    多少 多次 大 大大 大家 大概 大约 她 她们 如 如下 如今 如何 如果 如此 它 它们 定 对 对于
    将 将要 将近 就 就是 就算 尽 尽快 尽早 尽管 居然 带 并 并且 并非 归 当 当中 当场 当然 往
    待 很 很多 得 必须 快 怎么 怎么办 怎么样 怎样 总之 您 我 我们 或 或者 所 所以 才 才能 把
    按 按照 据 据说 故 无论 既 既然 时候 是 更 更为 更加 替 有 有些 有关 本 本人 本着 本身
    来 来看 极 极其 极大 某 某个 某些 根据 此 此后 此外 每 每当 每逢 比 比如 毕竟 毫无 没
    没有 沿 然后 然而 照 理应 甚至 用 由 由于 的 的确 的话 看 着 离 究竟 立马 竟 竟然 第 等
    等到 等等 简直 经 经常 经过 给 绝对 综上所述 而 而且 而已 而是 而言 能 自 自从 自家 自己
    自身 至 至于 若 莫 虽 虽然 被 要 要不是 要么 要是 见 譬如 让 该 谁 起 起初 起来 趁 跟
    较 过 过于 近 近年来 还 还是 还有 这 这个 这么 这些 这样 这边 这里 进去 进来 连 通过 那
    那个 那么 那些 那样 那边 那里 都 长期以来 除 除了 除非 随 随着 难道 零 非常 靠 首先 马上
";

/// Whether a word (in its normal form) is one every message uses, whatever it is about: a particle, a pronoun, a lone
/// digit.
pub fn is_stop_word(word: &str) -> bool {
    static WORDS: LazyLock<HashSet<&'static str>> =
        LazyLock::new(|| STOP_WORDS.split_ascii_whitespace().collect());
    match word.as_bytes() {
        [one] => one.is_ascii_digit() || *one == b'a',
        _ => WORDS.contains(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particles_are_stop_words_and_matters_are_not() {
        assert!(
            ["的", "我们", "因为", "7", "a"]
                .iter()
                .all(|word| is_stop_word(word))
        );
        assert!(
            ["路灯", "医保", "b", "77", ""]
                .iter()
                .all(|word| !is_stop_word(word))
        );
    }

    #[test]
    fn stop_words_are_sorted_and_told_once() {
        let words: Vec<&str> = STOP_WORDS.split_ascii_whitespace().collect();
        assert!(words.is_sorted_by(|one, next| one < next));
    }
}
