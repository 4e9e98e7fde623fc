"""The forward pass against batches of eight in data order: `python -m benchmarks.forward [--quick]`.

Both sides run the same model, of DistilBERT's size with random weights, over the same sentences, each in a process and
on a thread of its own. The baseline is what notebooks do with transformers, torch and pandas: pad eight sentences in
the order of the data, run them, keep predictions, losses and last hidden states as columns, one row a word.
CPU time and memory count from the loaded and warmed-up model to the finished tables. In fp32 both sides spend
nearly all of it in torch's own matrix products: what is saved is the padding, by batches of sentences of like length,
and the tables made of Python objects.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    DistilBertConfig,
    DistilBertForTokenClassification,
    PreTrainedTokenizerFast,
)

from analysis.corpus.corpus import Corpus
from analysis.run.tags import TagSet
from analysis.taggers.huggingface.backend import HuggingFaceBackend
from analysis.taggers.huggingface.model import Tagger, TaggerOptions, load_tagger
from analysis.taggers.stage import losses_table, predictions_table
from benchmarks.memory import peak_mib
from benchmarks.table import Row, markdown

SENTENCES = 3_250
QUICK_SENTENCES = 325
WORDS_A_SENTENCE = 15.5
LENGTH_SPREAD = 0.66
"""Mean, and standard deviation of the logarithm: most sentences are short and a few very long, as in news text.

It comes to 50,409 words and 115% padding in batches of eight."""
LONGEST = 120
LEXICON = 8_000
WHOLE_WORDS = 4_000
"""The commonest words are one subword each, the others several."""
SYLLABLES = [first + vowel for first in "bdfgklmnprstvz" for vowel in "aeiou"]
TYPES = ("LOC", "MISC", "ORG", "PER")
BASELINE_BATCH = 8
WARM_UP = 16
"""Sentences run before the clock starts."""
SIDES = ("baseline", "fp32", "bf16")


@dataclass(frozen=True)
class Text:
    """The benchmark's corpus: the same everywhere, since `random.Random` does not change between versions."""

    sentences: list[list[str]]
    tags: list[list[str]]

    @classmethod
    def generate(cls, sentences: int) -> Text:
        """The first sentences of the frozen corpus; words are skewed as Zipf found."""
        lexicon = _lexicon()
        source = random.Random(2_024)
        weights = list(accumulate(1 / (rank + 3) for rank in range(LEXICON)))
        mean_log = math.log(WORDS_A_SENTENCE) - LENGTH_SPREAD**2 / 2
        names = TagSet(TYPES).tags
        made: list[list[str]] = []
        tags: list[list[str]] = []
        for _ in range(sentences):
            length = min(LONGEST, max(1, round(source.lognormvariate(mean_log, LENGTH_SPREAD))))
            made.append(source.choices(lexicon, cum_weights=weights, k=length))
            tags.append([names[0] if source.random() < 0.85 else source.choice(names) for _ in range(length)])
        return cls(made, tags)


def _lexicon() -> list[str]:
    source = random.Random(7)
    words: dict[str, None] = {}
    while len(words) < LEXICON:
        words["".join(source.choices(SYLLABLES, k=source.randint(1, 4)))] = None
    return list(words)


def build_model(folder: Path) -> None:
    """Save a tagger of DistilBERT's size and a WordPiece tokenizer for the lexicon."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    pieces = dict.fromkeys([*special, *_lexicon()[:WHOLE_WORDS], *SYLLABLES, *(f"##{each}" for each in SYLLABLES)])
    tokenizer = Tokenizer(
        models.WordPiece(vocab={piece: number for number, piece in enumerate(pieces)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=512,
        model_input_names=["input_ids", "attention_mask"],
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    ).save_pretrained(folder)
    torch.manual_seed(0)
    labels = dict(enumerate(TagSet(TYPES).tags))
    DistilBertForTokenClassification(DistilBertConfig(id2label=labels)).save_pretrained(folder)


def run_baseline(folder: Path, text: Text, report: Callable[[], None]) -> tuple[np.ndarray, np.ndarray]:
    """Predicted label and loss of each word, the way of notebooks; `report` is called when the model is warm."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForTokenClassification.from_pretrained(folder).eval()
    label2id = {label: number for number, label in model.config.id2label.items()}

    def forward(sentences: list[list[str]], tags: list[list[str]]) -> dict[str, list[Any]]:
        encoding = tokenizer(sentences, is_split_into_words=True, truncation=True, padding=True, return_tensors="pt")
        labels = torch.full_like(encoding["input_ids"], -100)
        for row, sentence_tags in enumerate(tags):
            previous = None
            for column, word in enumerate(encoding.word_ids(row)):
                if word is not None and word != previous:
                    labels[row, column] = label2id[sentence_tags[word]]
                previous = word
        with torch.no_grad():
            output = model(**encoding, output_hidden_states=True)
        losses = torch.nn.functional.cross_entropy(
            output.logits.view(-1, output.logits.shape[-1]), labels.view(-1), reduction="none"
        )
        return {
            "label": list(labels.numpy()),
            "predicted": list(output.logits.argmax(-1).numpy()),
            "loss": list(losses.view(labels.shape).numpy()),
            "hidden": list(output.hidden_states[-1].numpy()),
        }

    forward(text.sentences[:WARM_UP], text.tags[:WARM_UP])
    report()
    batches = [
        pd.DataFrame(forward(text.sentences[start : start + BASELINE_BATCH], text.tags[start : start + BASELINE_BATCH]))
        for start in range(0, len(text.sentences), BASELINE_BATCH)
    ]
    words = pd.concat(batches, ignore_index=True).explode(["label", "predicted", "loss", "hidden"], ignore_index=True)
    words = words[words["label"] != -100]
    assert len(words) == sum(map(len, text.sentences))
    return words["predicted"].to_numpy(np.int64), words["loss"].to_numpy(np.float32)


class LoadedTagger(HuggingFaceBackend):
    """A tagger that is loaded before the clock starts."""

    def __init__(self, options: TaggerOptions) -> None:
        super().__init__(options)
        self._tagger = load_tagger(options)

    def load(self) -> Tagger:
        """The model that is loaded already."""
        return self._tagger


def run_ours(folder: Path, text: Text, report: Callable[[], None], dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """The same through the analysis."""
    tagger = LoadedTagger(TaggerOptions(str(folder), device="cpu", dtype=dtype))
    tag_set = TagSet(TYPES)
    with tempfile.TemporaryDirectory() as scratch:
        tagger.read(_corpus(Text(text.sentences[:WARM_UP], text.tags[:WARM_UP])), Path(scratch), lambda *_: None)
        report()
        corpus = _corpus(text)
        reading = tagger.read(corpus, Path(scratch), lambda *_: None)
        predictions = predictions_table(corpus, tagger, tag_set, reading)
        assert reading.log_probabilities is not None
        losses = losses_table(corpus, tagger, tag_set, reading.log_probabilities)
    return predictions["predicted_tag"].to_numpy().astype(np.int64), losses["loss"].to_numpy()


def _corpus(text: Text) -> Corpus:
    return Corpus(
        label="benchmark",
        sentence_ids=[str(row) for row in range(len(text.sentences))],
        documents=[None] * len(text.sentences),
        source_rows=np.arange(len(text.sentences)),
        offsets=np.array(list(accumulate(map(len, text.sentences), initial=0)), np.int64),
        words=[word for sentence in text.sentences for word in sentence],
        tags=[tag for tags in text.tags for tag in tags],
        audit={},
    )


def measure_side(side: str, folder: Path, sentences: int, output: Path) -> None:
    """Run one side in this process and save what it says and what it took."""
    torch.set_num_threads(1)
    text = Text.generate(sentences)
    start: dict[str, float] = {}

    def report() -> None:
        start["resident"] = peak_mib(afresh=True)
        start["seconds"] = time.process_time()

    if side == "baseline":
        predicted, loss = run_baseline(folder, text, report)
    else:
        predicted, loss = run_ours(folder, text, report, side)
    seconds = time.process_time() - start["seconds"]
    growth = peak_mib() - start["resident"]
    np.savez(output, predicted=predicted, loss=loss, seconds=seconds, growth=growth)


def cpu_has_bf16() -> bool:
    """Whether the CPU multiplies matrices in bfloat16."""
    info = Path("/proc/cpuinfo")
    return platform.system() == "Linux" and any(flag in info.read_text() for flag in ("avx512_bf16", "amx_bf16"))


def _run_children(folder: Path, sentences: int, sides: tuple[str, ...]) -> dict[str, dict[str, np.ndarray]]:
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"), "1")
    results = {}
    for side in sides:
        output = folder / f"{side}.npz"
        request = json.dumps({"side": side, "folder": str(folder), "sentences": sentences, "output": str(output)})
        print(f"forward pass: {side}, {sentences:,} sentences ...", file=sys.stderr, flush=True)
        subprocess.run(
            [sys.executable, "-m", "benchmarks.forward", "--child", request],
            check=True,
            env=os.environ | one_thread | {"TOKENIZERS_PARALLELISM": "false"},
        )
        results[side] = dict(np.load(output))
    return results


def measure(sentences: int) -> list[Row]:
    """Measure all sides and compare them."""
    sides = SIDES if cpu_has_bf16() else SIDES[:2]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build_model(folder)
        results = _run_children(folder, sentences, sides)
    baseline, ours = results["baseline"], results["fp32"]
    rows = [_times_less("Forward pass, CPU time at one thread, s", baseline, ours, 2.0)]
    if "bf16" in results:
        rows.append(_times_less("Forward pass in bf16, CPU time at one thread, s", baseline, results["bf16"], 4.0))
    growth = float(ours["growth"] / baseline["growth"])
    difference = float(np.abs(ours["loss"] - baseline["loss"]).max())
    flipped = int(np.count_nonzero(ours["predicted"] != baseline["predicted"]))
    return [
        *rows,
        Row(
            "Forward pass, growth of peak memory, MiB",
            f"{baseline['growth']:.0f}",
            f"{ours['growth']:.0f}",
            f"{growth:.2f}x",
            "at most 0.5x",
            growth <= 0.5,
        ),
        Row(
            "Forward pass, largest difference of a loss, nat",
            "",
            f"{difference:.1e}",
            "",
            "at most 1e-4",
            difference <= 1e-4,
        ),
        Row("Forward pass, words predicted otherwise", "", f"{flipped:,}", "", "none", flipped == 0),
    ]


def _times_less(name: str, baseline: dict[str, np.ndarray], ours: dict[str, np.ndarray], goal: float) -> Row:
    ratio = float(baseline["seconds"] / ours["seconds"])
    return Row(
        name,
        f"{baseline['seconds']:.1f}",
        f"{ours['seconds']:.1f}",
        f"{ratio:.2f}x less",
        f"at least {goal}x less",
        ratio >= goal,
    )


def main(arguments: list[str] | None = None) -> list[Row]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forward", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SENTENCES} sentences instead of {SENTENCES}")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        request = json.loads(options.child)
        measure_side(request["side"], Path(request["folder"]), request["sentences"], Path(request["output"]))
        return []
    rows = measure(QUICK_SENTENCES if options.quick else SENTENCES)
    print(markdown(rows))
    return rows


if __name__ == "__main__":
    main()
