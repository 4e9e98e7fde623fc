"""A spaCy pipeline as a tagger: its entities are those of spaCy itself, from the command line to the ledger."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.command_line.cli import main
from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus
from analysis.errors import AnalysisError
from analysis.options import OptionError, Options
from analysis.pipeline.stages import RUN_OPTIONS
from analysis.probing.tag_texts import tag_texts, text_splitting
from analysis.probing.typed_text import TOKENIZER, vocabulary_of
from analysis.run.schema import OUTCOMES
from analysis.store.store import Store
from analysis.taggers.backend import LIVE_TAGGING, NEURON_ACCESS
from analysis.taggers.backends import chosen_backend
from analysis.taggers.reload import load_run_tagger
from analysis.taggers.spacy.backend import BATCH, SpacyBackend

spacy = pytest.importorskip("spacy", reason="spaCy is not installed")

GOLD = """Ada B-PER
Lovelace I-PER
saw O
New B-LOC
York I-LOC
. O

IBM B-ORG
fell O
"""
PATTERNS = [
    {"label": "PER", "pattern": "Ada"},
    {"label": "LOC", "pattern": "New York"},
    {"label": "ORG", "pattern": [{"LOWER": "ibm"}]},
]


def pipeline(folder: Path, *names: str, patterns: list[dict[str, Any]] = PATTERNS) -> Path:
    """A saved pipeline; `names` are components after the ruler."""
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns(patterns)
    for name in names:
        nlp.add_pipe(name)
    nlp.to_disk(folder)
    return folder


def corpus_in(folder: Path, text: str = GOLD) -> Corpus:
    path = folder / "gold.conll"
    path.write_text(text, "utf-8")
    return load_corpus(CorpusOptions(dataset=str(path)))


def tags_of(model: Path, corpus: Corpus, folder: Path) -> list[str | None]:
    return list(SpacyBackend(str(model)).read(corpus, folder, lambda *_: None).tags)


def test_it_tags_the_words_of_the_corpus(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path)
    backend = SpacyBackend(str(pipeline(tmp_path / "rules")))
    reading = backend.read(corpus, tmp_path, lambda *_: None)
    assert reading.tags == ["B-PER", "O", "O", "B-LOC", "I-LOC", "O", "B-ORG", "O"]
    assert np.isnan(reading.p_predicted).all()
    assert reading.log_probabilities is None
    assert backend.tags == ("O", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-PER", "I-PER")
    assert backend.provides == {LIVE_TAGGING}


def test_a_component_that_merges_tokens_leaves_the_words_as_they_are(tmp_path: Path) -> None:
    corpus = corpus_in(tmp_path)
    merging = pipeline(tmp_path / "merging", "merge_entities")
    assert tags_of(merging, corpus, tmp_path) == tags_of(pipeline(tmp_path / "rules"), corpus, tmp_path)


def test_a_neural_pipeline_says_what_spacy_says(tmp_path: Path) -> None:
    """Trained for a moment, on more sentences than a batch holds."""
    spacy.util.fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    doc = spacy.tokens.Doc(nlp.vocab, words=["Ada", "Lovelace", "saw", "New", "York", "."])
    examples = [spacy.training.Example.from_dict(doc, {"entities": [(0, 12, "PER"), (17, 25, "LOC")]})]
    nlp.initialize(lambda: examples)
    for _ in range(25):
        nlp.update(examples)
    nlp.to_disk(tmp_path / "neural")
    corpus = corpus_in(tmp_path, f"{GOLD}\n" * BATCH)
    oracle = spacy.load(tmp_path / "neural")
    expected: list[str] = []
    for start, end in pairwise(corpus.offsets.tolist()):
        doc = oracle(spacy.tokens.Doc(oracle.vocab, words=corpus.words[start:end]))
        expected += ["O" if token.ent_iob_ == "O" else f"{token.ent_iob_}-{token.ent_type_}" for token in doc]
    assert len(corpus.sentence_ids) > BATCH
    assert len(set(expected)) > 2
    assert tags_of(tmp_path / "neural", corpus, tmp_path) == expected


def test_an_entity_of_an_undeclared_type_is_a_sentence(tmp_path: Path) -> None:
    @spacy.Language.component("finds_odd_entities")
    def finds_odd_entities(doc: Any) -> Any:
        doc.ents = [spacy.tokens.Span(doc, 0, 1, label="ODD")]
        return doc

    model = pipeline(tmp_path / "rules", "finds_odd_entities")
    with pytest.raises(AnalysisError, match='found an entity of the type "ODD", which none of its components declares'):
        tags_of(model, corpus_in(tmp_path), tmp_path)


def test_what_spacy_warns_of_is_in_the_audit(tmp_path: Path) -> None:
    model = pipeline(tmp_path / "rules")
    meta = json.loads((model / "meta.json").read_text("utf-8"))
    (model / "meta.json").write_text(json.dumps(meta | {"spacy_version": ">=2.0.0,<2.1.0"}), "utf-8")
    reading = SpacyBackend(str(model)).read(corpus_in(tmp_path), tmp_path, lambda *_: None)
    assert [text.partition("]")[0] for text in reading.audit["warnings"]] == ["spaCy: [W095"]


def test_words_with_spaces_stay_words(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text('{"tokens": ["New York", "IBM", "\\u00a0", "fell"], "ner_tags": ["B-LOC", "B-ORG", "O", "O"]}\n')
    corpus = load_corpus(CorpusOptions(dataset=str(path)))
    assert tags_of(pipeline(tmp_path / "rules"), corpus, tmp_path) == ["O", "B-ORG", "O", "O"]


def run_of(tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    corpus_in(tmp_path)
    store = tmp_path / "store"
    command = ["run", "--model", str(model), "--dataset", str(tmp_path / "gold.conll"), "--store", str(store)]
    assert main(command) == 0
    return Store(store).open(capsys.readouterr().out.strip())


def test_from_the_command_line_to_the_ledger_and_to_typed_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = pipeline(tmp_path / "rules")
    run = run_of(tmp_path, model, capsys)
    assert run.name == "rules on " + run.manifest["corpus"]["label"]
    outcomes = [OUTCOMES[code] for code in run.spans.outcome.tolist()]
    assert outcomes == ["boundary", "correct", "correct"]
    assert run.manifest["tagger"]["components"] == ["entity_ruler"]
    assert "gives entities without probabilities" in str(run.why_unable(NEURON_ACCESS))
    assert run.why_unable(LIVE_TAGGING) is None

    tagger = load_run_tagger(run)
    text = "IBM saw New York, New York."
    assert text_splitting(run, tagger) == TOKENIZER
    (tagged,) = tag_texts(tagger, [text], TOKENIZER, vocabulary_of(run))
    oracle = spacy.load(model)(text)
    assert [word.text for word in tagged.words] == [token.text for token in oracle]
    assert [(text[slice(*tagged.characters(span))], span.type) for span in tagged.spans] == [
        (one.text, one.label_) for one in oracle.ents
    ]
    assert np.isnan(tagged.probabilities).all()

    pipeline(model, patterns=PATTERNS[:1])
    with pytest.raises(AnalysisError, match="The files of the spaCy pipeline rules have changed"):
        load_run_tagger(run)


def test_words_of_the_corpus_stay_whole_in_typed_text(tmp_path: Path) -> None:
    tagger = SpacyBackend(str(pipeline(tmp_path / "rules")))
    (tagged,) = tag_texts(tagger, ["don't see  ibm!"], TOKENIZER, kept={"don't"})
    assert [(word.text, word.start, word.end) for word in tagged.words] == [
        ("don't", 0, 5),
        ("see", 6, 9),
        ("ibm", 11, 14),
        ("!", 14, 15),
    ]
    assert tagged.predicted == ("O", "O", "B-ORG", "O")


def test_its_identity_is_that_of_its_files(tmp_path: Path) -> None:
    first, copy = pipeline(tmp_path / "first"), pipeline(tmp_path / "copy")
    other = pipeline(tmp_path / "other", patterns=PATTERNS[:1])
    hashes = [SpacyBackend(str(one)).identity for one in (first, copy, other)]
    assert hashes[0] == hashes[1] != hashes[2]


def chosen(**values: Any) -> str:
    options = Options.from_values(RUN_OPTIONS, {"dataset": "d", **values})
    return type(chosen_backend(options).open(options)).__name__


def test_a_pipeline_is_told_by_its_name_or_its_files(tmp_path: Path) -> None:
    assert chosen(model="spacy:en_core_web_sm") == "SpacyBackend"
    assert chosen(model=str(pipeline(tmp_path / "rules"))) == "SpacyBackend"
    assert chosen(model="bert") == "HuggingFaceBackend"
    (tmp_path / "empty").mkdir()
    assert chosen(model=str(tmp_path / "empty")) == "HuggingFaceBackend"
    with pytest.raises(OptionError, match=r"--dtype does not apply to the tagger spacy:en_core_web_sm. Omit it."):
        chosen(model="spacy:en_core_web_sm", dtype="bf16")


def test_a_pipeline_that_is_not_installed_is_a_sentence() -> None:
    with pytest.raises(AnalysisError, match=r"no_such_pipeline.* is not installed. Run `python -m spacy download"):
        _ = SpacyBackend("spacy:no_such_pipeline").tags


def test_a_folder_may_follow_the_prefix(tmp_path: Path) -> None:
    plain, prefixed = SpacyBackend(str(pipeline(tmp_path / "rules"))), SpacyBackend(f"spacy:{tmp_path}/rules")
    assert (prefixed.tags, prefixed.identity, prefixed.label) == (plain.tags, plain.identity, "rules")
    with pytest.raises(AnalysisError, match="not the folder of a saved spaCy pipeline") as refused:
        _ = SpacyBackend(f"spacy:{tmp_path}/other").tags
    assert "download" not in str(refused.value)


def test_a_pipeline_without_entities_is_a_sentence(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(tmp_path / "plain")
    with pytest.raises(AnalysisError, match=r"no component that finds entities.*components: sentencizer"):
        _ = SpacyBackend(str(tmp_path / "plain")).tags


def test_a_broken_pipeline_is_a_sentence(tmp_path: Path) -> None:
    model = pipeline(tmp_path / "rules")
    (model / "config.cfg").write_text("[nlp]\nlang = 3\n", "utf-8")
    with pytest.raises(AnalysisError, match="The spaCy pipeline rules cannot be loaded"):
        _ = SpacyBackend(str(model)).tags
