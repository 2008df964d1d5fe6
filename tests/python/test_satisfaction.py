"""Whether texts speak well or ill: the functions against worked examples and scikit-learn's own."""

import random
import time

import numpy as np
import pytest
from customer_value.plain_text import KEPT_CHARACTERS, plain_words, text_key
from customer_value.sentiment import (
    Characters,
    OneWord,
    Side,
    Texts,
    Words,
    chunks,
    document_counts,
    read_texts,
)
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from test_learned import load

GOOD = ["great", "lovely", "sturdy", "quick", "again"]
ILL = ["broken", "late", "refund", "scratched", "never"]
PLAIN = ["the", "box", "came", "to", "me", "and", "it", "was", "with", "a", "lid", "today"]


def written(count: int, seed: int = 3) -> Texts:
    """Different texts of everyday words, one or two of which tell on which side they are."""
    draw = random.Random(seed)
    texts: dict[str, tuple[int, int]] = {}
    while len(texts) < count:
        is_good = draw.random() < 0.6
        words = draw.choices(PLAIN, k=draw.randint(3, 9))
        words += draw.choices(GOOD if is_good else ILL, k=draw.randint(1, 2))
        draw.shuffle(words)
        reviews = draw.choice([1, 1, 1, 4])
        texts[" ".join(words)] = (reviews, 0) if is_good else (0, reviews)
    words = sorted(texts)
    positive, negative = np.array([texts[text] for text in words]).T
    return Texts(words, positive, negative, np.arange(count) % 5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Não GOSTEI!!! Péssimo.", "nao gostei pessimo"),
        ("<p>Too&nbsp;small</p><br/>&amp; late", "too small late"),
        ("write to me@shop.example or https://shop.example/x", "write to or"),
        ("Super😀😀 ❤️", "super 😀 😀 ❤"),
        ("が とても 遅い。", "が とても 遅い"),  # the mark of が is part of the letter
        ("मात्रा ठीक है", "मात्रा ठीक है"),  # vowels are marks, and stay
        ("Straße, ﬁne; ΚΑΛΌΣ йод", "strasse fine καλοσ иод"),
        ("don't – 1.234,50 €", "don t 1 234 50"),
        ("!!! … ---", ""),
        (" \n\t ", ""),
        (None, ""),
    ],
)
def test_words_of_a_text(text: str | None, words: str) -> None:
    """Letters of any script, digits and emoji stay; case, accents, tags and addresses go."""
    assert plain_words(text) == words


def test_long_texts_are_cut_after_a_word() -> None:
    """A hundred thousand characters are read in no time; a word that is longer is cut itself."""
    assert plain_words("word " * 20_000) == " ".join(["word"] * (KEPT_CHARACTERS // 5))
    assert plain_words("長" * 100_000) == "長" * KEPT_CHARACTERS
    assert plain_words("<" * 100_000) == ""
    started = time.process_time()
    for sign in ("長", "<a", "é", "&amp;", "a@"):
        plain_words(sign * 50_000)
    assert time.process_time() - started < 1


def test_equal_words_have_one_key() -> None:
    """What differs in case and accents alone is one text."""
    assert text_key(plain_words("Ótimo!")) == text_key(plain_words("otimo"))
    assert text_key("otimo") != text_key("otima")


def test_characters_are_scikit_learns() -> None:
    """Groups made once per word are those that `char_wb` finds in every text."""
    texts = [*written(60).words, "遅い とても悪い", "😀", "a"]
    counts = Characters()
    found = counts.fit(texts)
    names = counts.counter.get_feature_names_out()[counts.kept]
    expected = CountVectorizer(analyzer="char_wb", ngram_range=(2, 4), lowercase=False)
    whole = expected.fit_transform(texts)
    kept = document_counts(whole) >= 3
    assert list(names) == list(expected.get_feature_names_out()[kept])
    assert (found != whole[:, np.flatnonzero(kept)]).nnz == 0
    assert (counts.counts(texts) != found).nnz == 0


def test_side_is_scikit_learns() -> None:
    """Equal to TF-IDF and logistic regression over every review written out."""
    texts = written(200)
    words = Words()
    counts = words.fit(texts.words)
    side = Side().fit(counts, texts.positive, texts.negative)
    scored, is_known = side.score(counts)
    weights = TfidfVectorizer(
        ngram_range=(1, 2), token_pattern=r"\S+", lowercase=False, min_df=3, sublinear_tf=True
    ).fit(texts.words)
    repeated = np.repeat(np.arange(200), texts.positive + texts.negative)
    rows = weights.transform(texts.words)
    plain = LogisticRegression(C=10, max_iter=500).fit(rows[repeated], texts.positive[repeated] > 0)
    assert list(words.names) == list(weights.get_feature_names_out())
    assert scored == pytest.approx(plain.decision_function(rows), abs=0.02)
    assert is_known.all()


def test_the_one_word_tells_most() -> None:
    """Of three words the one without which texts are on the other side; shares by Laplace."""
    counts = CountVectorizer().fit_transform(["bad box", "bad", "box", "good box"])
    rule = OneWord().fit(counts, np.array([0, 0, 1, 3]), np.array([2, 1, 0, 0]))
    assert rule.place == 0
    assert rule.score(counts) == pytest.approx([1 / 5, 1 / 5, 5 / 6, 5 / 6])


def test_texts_are_told_apart_without_a_language() -> None:
    """Held-out texts, new ones, misspelled ones, and the same in a script without blanks."""
    texts = written(300)
    held, scored = read_texts(texts, ["broken lid", "lovely lid", "brokenn lids", "жжж"])
    sides = (texts.positive > 0).astype(int)
    for scores in (held.words, held.characters, held.words_and_characters):
        assert roc_auc_score(sides, scores) > 0.99
    first, second, misspelled, unknown = scored.words_and_characters
    assert first < 0.1 < 0.9 < second
    assert misspelled < 0.5
    assert np.isnan(unknown)
    signs = {word: chr(0x4E00 + 7 * n) + chr(0x5E00 + 5 * n) for n, word in enumerate(GOOD + ILL)}
    signs |= {word: chr(0x6E00 + 3 * n) for n, word in enumerate(PLAIN)}
    joined = ["".join(signs[word] for word in text.split()) for text in texts.words]
    order = sorted(range(300), key=lambda row: joined[row])
    chinese = Texts([joined[row] for row in order], *(column[order] for column in texts[1:]))
    held, _ = read_texts(chinese, [])
    assert roc_auc_score(chinese.positive > 0, held.words_and_characters) > 0.97


def test_a_text_is_scored_by_others() -> None:
    """Its own stars change nothing in the score of a text that is learned from."""
    texts = written(100)
    first, _ = read_texts(texts, [])
    inside = texts.fold == 0
    turned = texts._replace(
        positive=np.where(inside, texts.negative, texts.positive),
        negative=np.where(inside, texts.positive, texts.negative),
    )
    second, _ = read_texts(turned, [])
    assert second.words_and_characters[inside] == pytest.approx(first.words_and_characters[inside])
    assert second.words_and_characters[~inside] != pytest.approx(
        first.words_and_characters[~inside]
    )


@pytest.mark.parametrize("texts", [[], ["😀"], ["a"], ["good"] * 2, ["x y z"]])
def test_next_to_nothing_is_read_too(texts: list[str]) -> None:
    """No text, one, or texts without a word in common: no score, and no error."""
    ones = np.ones(len(texts), dtype=int)
    held, scored = read_texts(Texts(texts, ones, 0 * ones, np.arange(len(texts))), ["other"])
    assert np.isnan(held.words_and_characters).all()
    assert np.isnan(scored.words_and_characters).all()


def test_scores_do_not_depend_on_the_parts_in_which_texts_are_scored() -> None:
    """Texts are scored about a million characters at a time, in their order."""
    texts = ["late " * 100_000, "lovely", "broken " * 150_000, "quick"]
    assert [len(part) for part in chunks(texts)] == [2, 2]
    assert [text for part in chunks(texts) for text in part] == texts
    assert list(chunks([])) == []


def test_terms_have_the_reviews_that_hold_them() -> None:
    """Texts weigh as many as their reviews; a word in most reviews is an everyday one."""
    texts = ["late again", "late box", "lovely box", "so late", "the box"]
    positive, negative = np.array([0, 0, 5, 0, 95]), np.array([1, 2, 0, 3, 0])
    table = load("ml_review_terms").term_table(texts, positive, negative)
    rows = {row["term"]: row for row in table.to_pylist()}
    assert rows.keys() == {"late", "box"}
    assert rows["late"]["negative_count"] == 6
    assert rows["late"]["positive_count"] == 0
    assert rows["box"]["positive_count"] == 100
    assert rows["late"]["coefficient"] < 0 < rows["box"]["coefficient"]
    assert [rows[term]["is_everyday"] for term in ("late", "box")] == [True, True]


def test_topics_are_the_words_that_stand_together() -> None:
    """Complaints of two kinds: two topics, the one of more texts first, each with its words."""
    topics = load("ml_complaint_topics")
    draw = random.Random(1)
    kinds = [["parcel", "late", "courier"]] * 30 + [["screen", "broken", "crack"]] * 20
    names = ["broken", "courier", "crack", "late", "parcel", "screen"]
    texts = [draw.sample(kind, 2) for kind in kinds]
    has = np.array([[name in text for name in names] for text in texts])
    found = topics.topics(topics.sparse.csr_matrix(has.astype(float)))
    table = topics.topic_table(found, np.arange(1, 7), names).to_pylist()
    first, second = (
        {
            row["term_number"]
            for row in table
            if row["topic_number"] == topic and row["weight"] > 0.2
        }
        for topic in (1, 2)
    )
    assert (first, second) == ({2, 4, 5}, {1, 3, 6})
    assert all(0 < row["weight"] <= 1 for row in table)


def test_a_topic_is_named_by_its_strongest_terms() -> None:
    """Without those that share a word with one before, four at the most."""
    name = load("ml_complaint_topics").topic_name
    assert name(["de volta", "volta", "dinheiro", "meu dinheiro", "quero"]) == (
        "de volta, dinheiro, quero"
    )
    assert name(["a", "b", "c", "d", "e"]) == "a, b, c, d"


@pytest.mark.parametrize(
    ("texts", "terms", "count"), [(39, 9, 0), (40, 9, 2), (900, 9, 8), (900, 99, 10), (0, 0, 0)]
)
def test_topics_need_texts(texts: int, terms: int, count: int) -> None:
    """One for twenty texts, ten at the most, fewer than there are terms, and never a single one."""
    assert load("ml_complaint_topics").topic_count(texts, terms) == count
