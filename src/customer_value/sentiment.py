"""Whether a text speaks well or ill: logistic regressions learned from a shop's own stars.

One reads words and pairs of words, one reads groups of two to four characters within words, which
needs no blanks between words and forgives misspellings. The published score is the mean of their
log-odds. Both read TF-IDF: term frequencies damped (1 + ln) and weighted by inverse document
frequency (Spärck Jones 1972), rows of length one. Equal texts are one row, which weighs as much as
there were reviews with it.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.special import expit
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression

FEWEST_TEXTS = 3  # a term stands in so many texts at least
STRENGTH = 10.0  # scikit-learn's C; of 1, 3 and 10 the best Brier score on Olist
CHUNK_CHARACTERS = 1_000_000  # scored at once
EVENLY = 1e6  # C of a regression on one number, which needs nothing held back


class Texts(NamedTuple):
    """Texts that are learned from, in their alphabetical order.

    words : as `plain_words` gives them; positive, negative : how many reviews with that text had
    four or five stars, and one or two; fold : of the cross-validation.
    """

    words: list[str]
    positive: np.ndarray
    negative: np.ndarray
    fold: np.ndarray


class Scores(NamedTuple):
    """Probabilities of four or five stars, one per text; NaN where nothing in the text is known."""

    words: np.ndarray
    characters: np.ndarray
    words_and_characters: np.ndarray
    one_word: np.ndarray
    text_length: np.ndarray


class Words:
    """Counts of words and pairs of words."""

    def fit(self, texts: list[str]) -> sparse.csr_matrix:
        """Texts × terms, of the terms that stand in three texts or more, in alphabetical order."""
        counter = CountVectorizer(ngram_range=(1, 2), token_pattern=r"\S+", lowercase=False)
        try:
            counts = counter.fit_transform(texts)
        except ValueError:  # no text has a word
            counts = sparse.csr_matrix((len(texts), 0))
        kept = np.flatnonzero(document_counts(counts) >= FEWEST_TEXTS)
        names = counter.get_feature_names_out() if counts.shape[1] else np.array([], dtype=object)
        self.known(list(names[kept]))
        return counts[:, kept].tocsr()

    def known(self, names: list[str]) -> "Words":
        """Take these terms as they are."""
        self.names = names
        self.counter = CountVectorizer(
            ngram_range=(1, 2), token_pattern=r"\S+", lowercase=False, vocabulary=names
        )
        return self

    def counts(self, texts: list[str]) -> sparse.csr_matrix:
        """Texts × the terms that are known."""
        if not len(self.names):
            return sparse.csr_matrix((len(texts), 0))
        return self.counter.transform(texts).tocsr()


class Characters:
    """Counts of groups of two to four characters within words.

    A word's groups are made once, however many texts have the word: texts × words times words ×
    groups.
    """

    def fit(self, texts: list[str]) -> sparse.csr_matrix:
        """Texts × groups, of those that stand in three texts or more."""
        self.counter = self.new()
        counts, words = self.split(texts)
        if not words:
            self.kept = np.array([], dtype=int)
            return sparse.csr_matrix((len(texts), 0))
        counts = (counts @ self.counter.fit_transform(words)).tocsr()
        self.kept = np.flatnonzero(document_counts(counts) >= FEWEST_TEXTS)
        return counts[:, self.kept].tocsr()

    def counts(self, texts: list[str]) -> sparse.csr_matrix:
        """Texts × the groups that are known."""
        counts, words = self.split(texts)
        if not len(self.kept) or not words:
            return sparse.csr_matrix((len(texts), len(self.kept)))
        return (counts @ self.counter.transform(words)[:, self.kept]).tocsr()

    @staticmethod
    def new() -> CountVectorizer:
        """Groups of characters, a word's first and last ones with the blank beside it."""
        return CountVectorizer(analyzer="char_wb", ngram_range=(2, 4), lowercase=False)

    @staticmethod
    def split(texts: list[str]) -> tuple[sparse.csr_matrix, list[str]]:
        """Texts × words, and the words."""
        counter = CountVectorizer(token_pattern=r"\S+", lowercase=False)
        try:
            counts = counter.fit_transform(texts)
        except ValueError:  # no text has a word
            return sparse.csr_matrix((len(texts), 0)), []
        return counts, list(counter.get_feature_names_out())


def document_counts(counts: sparse.csr_matrix) -> np.ndarray:
    """In how many rows each column is."""
    return np.bincount(counts.tocsr().indices, minlength=counts.shape[1])


class Side:
    """A logistic regression on TF-IDF of counts: on which side a text is.

    Attributes
    ----------
    kept : np.ndarray
        The columns of the counts that stand in three of the texts that are fitted on, or more.
    weights : np.ndarray
        Their coefficients: below zero for what speaks ill.
    """

    def fit(self, counts: sparse.csr_matrix, positive: np.ndarray, negative: np.ndarray) -> "Side":
        """Learn from counts (texts × terms) and the numbers of reviews on each side."""
        self.kept = np.flatnonzero(document_counts(counts) >= FEWEST_TEXTS)
        self.offset, self.weights = log_odds(positive.sum(), negative.sum()), np.zeros(0)
        if not len(self.kept):
            return self
        self.scale = TfidfTransformer(sublinear_tf=True).fit(counts[:, self.kept])
        good, ill = np.flatnonzero(positive), np.flatnonzero(negative)
        if not len(good) or not len(ill):
            self.weights = np.zeros(len(self.kept))
            return self
        rows = self.scale.transform(counts[np.concatenate([good, ill])][:, self.kept])
        regression = LogisticRegression(C=STRENGTH, max_iter=500)
        regression.fit(
            rows,
            np.repeat([1, 0], [len(good), len(ill)]),
            sample_weight=np.concatenate([positive[good], negative[ill]]).astype(float),
        )
        self.offset, self.weights = float(regression.intercept_[0]), regression.coef_[0]
        return self

    def score(self, counts: sparse.csr_matrix) -> tuple[np.ndarray, np.ndarray]:
        """Log-odds of each row, and whether anything in it is known."""
        if not len(self.kept):
            return np.full(counts.shape[0], self.offset), np.zeros(counts.shape[0], dtype=bool)
        rows = self.scale.transform(counts[:, self.kept])
        return rows @ self.weights + self.offset, np.diff(rows.indptr) > 0


class OneWord:
    """The rule: whether the text has the one word that tells most (Holte 1993).

    That is the word with the lowest Gini impurity of those with and without it.
    """

    def fit(
        self, counts: sparse.csr_matrix, positive: np.ndarray, negative: np.ndarray
    ) -> "OneWord":
        """Learn from counts (texts × single words) and the numbers of reviews on each side."""
        good, ill = positive.sum(), negative.sum()
        self.place, self.without = None, (good + 1) / (good + ill + 2)
        if counts.shape[1]:
            has = (counts > 0).astype(np.int64).T
            with_good, with_ill = has @ positive, has @ negative
            impurity = mixed(with_good, with_ill) + mixed(good - with_good, ill - with_ill)
            self.place = place = int(np.argmin(np.round(impurity, 9)))
            self.with_it = rate(with_good[place], with_ill[place])
            self.without = rate(good - with_good[place], ill - with_ill[place])
        return self

    def score(self, counts: sparse.csr_matrix) -> np.ndarray:
        """The share of four and five stars among texts with the word, or without it."""
        if self.place is None:
            return np.full(counts.shape[0], self.without)
        has = counts[:, [self.place]].toarray().ravel() > 0
        return np.where(has, self.with_it, self.without)


def mixed(good: np.ndarray, ill: np.ndarray) -> np.ndarray:
    """Gini impurity times the number: 0 where all are on one side."""
    return good * ill / np.maximum(good + ill, 1)


def rate(good: float, ill: float) -> float:
    """The share of the good, drawn to one half by one of each (Laplace)."""
    return float((good + 1) / (good + ill + 2))


def log_odds(good: float, ill: float) -> float:
    """The logarithm of how many are good to one that is ill, with a half of each added."""
    return float(np.log((good + 0.5) / (ill + 0.5)))


class Length:
    """The second rule: the longer, the worse, or the better; a regression on ln(1 + length)."""

    def fit(self, texts: list[str], positive: np.ndarray, negative: np.ndarray) -> "Length":
        """Learn from texts and the numbers of reviews on each side."""
        good, ill = np.flatnonzero(positive), np.flatnonzero(negative)
        lengths = text_lengths(texts)
        self.regression = None
        self.share = rate(positive.sum(), negative.sum())
        if len(good) and len(ill):
            self.regression = LogisticRegression(C=EVENLY, max_iter=500).fit(
                lengths[np.concatenate([good, ill])],
                np.repeat([1, 0], [len(good), len(ill)]),
                sample_weight=np.concatenate([positive[good], negative[ill]]).astype(float),
            )
        return self

    def score(self, texts: list[str]) -> np.ndarray:
        """The probability of four or five stars."""
        if self.regression is None or not texts:
            return np.full(len(texts), self.share)
        return self.regression.predict_proba(text_lengths(texts))[:, 1]


def text_lengths(texts: list[str]) -> np.ndarray:
    """ln(1 + characters), shape (texts, 1)."""
    return np.log1p([len(text) for text in texts]).reshape(-1, 1)


class Reader:
    """All methods, fitted on some of the texts that are learned from.

    Parameters
    ----------
    texts : Texts
        What is learned from.
    words, characters : sparse.csr_matrix
        Their counts.
    single : np.ndarray
        The columns of `words` that are one word.
    """

    def __init__(
        self,
        texts: Texts,
        words: sparse.csr_matrix,
        characters: sparse.csr_matrix,
        single: np.ndarray,
        rows: np.ndarray,
    ) -> None:
        positive, negative = texts.positive[rows], texts.negative[rows]
        self.single = single
        self.words = Side().fit(words[rows], positive, negative)
        self.characters = Side().fit(characters[rows], positive, negative)
        self.one_word = OneWord().fit(words[rows][:, single], positive, negative)
        self.length = Length().fit([texts.words[row] for row in rows], positive, negative)

    def score(
        self, texts: list[str], words: sparse.csr_matrix, characters: sparse.csr_matrix
    ) -> Scores:
        """The scores of texts, whose counts are given."""
        by_words, has_words = self.words.score(words)
        by_characters, has_characters = self.characters.score(characters)
        known = has_words | has_characters
        return Scores(
            *(
                np.where(known, values, np.nan)
                for values in (
                    expit(by_words),
                    expit(by_characters),
                    expit((by_words + by_characters) / 2),
                    self.one_word.score(words[:, self.single]),
                    self.length.score(texts),
                )
            )
        )


def read_texts(texts: Texts, others: list[str]) -> tuple[Scores, Scores]:
    """Scores of the texts that are learned from, each held out, and of others.

    Parameters
    ----------
    texts : Texts
        What is learned from: reviews with stars. Each is scored by the fit to the other folds.
    others : list of str
        Texts that are not among them, scored by the fit to all.

    Returns
    -------
    tuple of Scores
        Of `texts`, and of `others`.
    """
    words, characters = Words(), Characters()
    word_counts, character_counts = words.fit(texts.words), characters.fit(texts.words)
    single = np.flatnonzero([" " not in name for name in words.names])
    held = [np.full(len(texts.words), np.nan) for _ in Scores._fields]
    for fold in np.unique(texts.fold):
        inside = np.flatnonzero(texts.fold == fold)
        rest = np.flatnonzero(texts.fold != fold)
        reader = Reader(texts, word_counts, character_counts, single, rest)
        scores = reader.score(
            [texts.words[row] for row in inside], word_counts[inside], character_counts[inside]
        )
        for kept, values in zip(held, scores, strict=True):
            kept[inside] = values
    reader = Reader(texts, word_counts, character_counts, single, np.arange(len(texts.words)))
    parts = [
        reader.score(chunk, words.counts(chunk), characters.counts(chunk))
        for chunk in chunks(others)
    ]
    scored = [np.concatenate([np.zeros(0), *columns]) for columns in zip(*parts, strict=True)]
    return Scores(*held), Scores(*(scored or [np.zeros(0)] * len(Scores._fields)))


def chunks(texts: list[str]) -> Iterator[list[str]]:
    """Texts in their order, in parts of about a million characters."""
    ends = np.cumsum([len(text) for text in texts]) // CHUNK_CHARACTERS
    for _, rows in sorted(
        {int(part): np.flatnonzero(ends == part) for part in np.unique(ends)}.items()
    ):
        yield texts[rows[0] : rows[-1] + 1]
