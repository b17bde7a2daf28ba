"""ROUGE: how many words, pairs of words and words in order a headline shares with the true one; and a baseline."""

from collections import Counter
from itertools import combinations

from rouge_score.rouge_scorer import RougeScorer

from cs182lib.validation import check_count, describe, require

__all__ = ["best_lead", "consensus", "lead_words", "rouge_scores"]

MEASURES = ("rouge1", "rouge2", "rougeL")


def rouge_scores(references, hypotheses):
    """Compute the mean F1 of ROUGE-1, ROUGE-2 and ROUGE-L over all headlines.

    F1 = 2 P R / (P + R); P is the share of the hypothesis' words (pairs of words; words of the longest common
    subsequence) that the reference has too, R the share of the reference's.

    Parameters
    ----------
    references, hypotheses : lists of N str, the true headlines and the written ones

    Returns
    -------
    scores : dict with rouge1, rouge2, rougeL, floats from 0 to 1

    Raises
    ------
    TypeError, ValueError : not such lists, of different lengths, or empty

    Notes
    -----
    Words are runs of letters and digits, in lower case, and are not stemmed; an empty headline scores 0.

    References
    ----------
    Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004, sections 2 and 3. Computed by rouge-score.
    """
    for name, texts in (("references", references), ("hypotheses", hypotheses)):
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise TypeError(f"{name} must be a list of strings, got {describe(texts)[:100]}")
    require(len(references) == len(hypotheses) > 0, f"there must be as many references as hypotheses, at least one, "
            f"got {len(references)} and {len(hypotheses)}")
    scorer, sums = RougeScorer(MEASURES), dict.fromkeys(MEASURES, 0.0)
    for reference, hypothesis in zip(references, hypotheses):
        for name, score in scorer.score(reference, hypothesis).items():
            sums[name] += score.fmeasure
    return {name: total / len(references) for name, total in sums.items()}


def lead_words(article, n):
    """Return the first `n` words of an article: the headline that costs nothing.

    Parameters
    ----------
    article : Article, or its body as str
    n : int, how many at most

    Raises
    ------
    TypeError, ValueError : n is no whole number above 0
    """
    body = article if isinstance(article, str) else article.body
    return " ".join(body.split()[:check_count("n", n)])


def best_lead(articles, lengths=range(4, 21)):
    """Return the number of lead words, among `lengths`, that scores the highest ROUGE-L on these articles.

    Parameters
    ----------
    articles : list of Article; take the validation articles, as the choice is a fit to them
    lengths : ints

    Returns
    -------
    n : int
    """
    titles = [article.title for article in articles]
    return max(lengths, key=lambda n: rouge_scores(titles, [lead_words(article, n) for article in articles])["rougeL"])


def consensus(headlines):
    """Return the headline that agrees best with all of a list: argmax_x Σ_y ROUGE-L(x, y).

    If the list was drawn from a model, that is the headline with the highest score the model can expect, where the most
    probable one is only the likeliest to be right in every word.

    Parameters
    ----------
    headlines : list of str, at least one; what comes several times counts as often

    Raises
    ------
    ValueError : the list is empty

    References
    ----------
    Kumar and Byrne, "Minimum Bayes-Risk Decoding for Statistical Machine Translation", NAACL 2004.
    """
    require(len(headlines) > 0, "headlines is empty; draw at least one")
    counts, scorer = Counter(headlines), RougeScorer(["rougeL"])
    agreement = dict(counts)  # each agrees with itself wholly
    for one, other in combinations(counts, 2):
        score = scorer.score(one, other)["rougeL"].fmeasure
        agreement[one] += counts[other] * score
        agreement[other] += counts[one] * score
    return max(agreement, key=agreement.get)
