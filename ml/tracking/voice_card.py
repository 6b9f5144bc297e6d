"""Card and plots of a model of feedback."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from ml.voice.training import LanguageTraining, VoiceSettings, VoiceTraining


def voice_card(training: VoiceTraining, settings: VoiceSettings, tags: dict[str, str]) -> str:
    """Markdown card of one model; it quotes no text."""
    parts = "\n".join(_language_part(training, language) for language in training.languages)
    return f"""# What feedback says

**Purpose.** Sentiment and main topic of each text, so that months, topics and alarms can be told without reading it.

**Sentiment.** Logistic regression on n-grams (characters in Chinese, words and characters in English) and on the score
of a lexicon, taught by texts with at most {settings.negative_rating:g} or at least {settings.positive_rating:g} stars.
It is judged on a fifth of them by a hash of the text, which it has not seen, and used only where it ranks them no worse
than the lexicon alone (AUC).

**Topics.** Non-negative factors of TF-IDF. The greatest number is taken whose coherence (NPMI of the ten most telling
words, x share of different words) is at least {settings.coherence_kept:g} of the best. A topic keeps its number while
the cosine of its words with the former model's is 0.5 or more.

**Privacy.** Only n-grams and words that {settings.word_writers} people or more wrote are kept; no numbers, no
addresses, and no word of a customer's name unless ten times as many wrote it.

{parts}
**Limits.** Irony is not understood. A text has one sentiment though it may praise one thing and blame another. Texts
in other languages have no sentiment and no topic.

{_table(("", ""), list(tags.items()))}
"""


def plot_topics(training: VoiceTraining, language: str, path: Path) -> None:
    """Texts of each topic by its id, most first: fonts with Chinese characters are not on every machine."""
    one, model = training.languages[language], training.model.of(language)
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    pairs = sorted(zip(one.sizes.tolist(), model.topic_ids, strict=True))
    axes.barh([label for _, label in pairs], [size for size, _ in pairs])
    axes.set(title=f"Texts by topic ({language})", xlabel="texts")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=90, metadata={"Software": None})


def _language_part(training: VoiceTraining, language: str) -> str:
    one, model = training.languages[language], training.model.of(language)
    tried = _table(
        ("topics", "coherence (NPMI)", "different words", "product"),
        [(n.topics, f"{n.coherence:.3f}", f"{n.diversity:.3f}", f"{n.quality:.3f}") for n in one.tried],
    )
    found = _table(
        ("id", "name", "texts", "coherence"),
        [
            (topic, name, int(size), f"{coherence:.3f}")
            for topic, name, size, coherence in zip(
                model.topic_ids, model.topic_names(), one.sizes, one.coherence, strict=True
            )
        ],
    )
    return f"""## {language}

{one.texts} texts, {one.rated} of them rated. {_sentiment_words(one, model.sentiment is not None)}

{tried}

{found}
"""


def _sentiment_words(one: LanguageTraining, has_model: bool) -> str:
    if one.judgement is None:
        return "Too few are rated to teach a model: the lexicon tells their sentiment."
    figures = one.judgement
    used = "The model" if has_model else "The lexicon"
    return (
        f"{used} tells their sentiment. On {figures.texts} texts held out the model is right in "
        f"{figures.accuracy:.1%} (either mood weighing the same {figures.balanced_accuracy:.1%}, "
        f"AUC {figures.auc:.3f}), "
        f"the lexicon's AUC is {figures.lexicon_auc:.3f}."
    )


def _table(head: tuple[str, ...], rows: list[tuple]) -> str:
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])
