"""Clicks on the confusion matrix while ten people probe: `python -m benchmarks.probing [--quick]`.

The server is gunicorn with the repository's settings, over a synthetic run with a tagger of MiniLM's size and random
weights. Ten clients send one text after the other, none of them seen before; meanwhile another clicks cells, which is
what the browser asks of the server at a click: all callbacks of Hunt that listen to the selection, at once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import numpy as np

from analysis.run.run import Run
from analysis.selection.clauses import type_value
from analysis.store.store import Store
from app.server.rows import rows_path
from app.views.row_grid import BLOCK
from benchmarks.serving import served
from benchmarks.synthetic import TAG_SET, publish_synthetic
from benchmarks.table import Row, markdown

PROBERS = 10
WORDS, QUICK_WORDS = 200_000, 20_000
CLICKS, QUICK_CLICKS = 120, 20
PAUSE = 0.25
"""Seconds between two clicks."""
SENTENCE_WORDS = 20
LIMIT = 300
"""ms."""


@dataclass
class Load:
    """What the probers saw.

    Attributes:
        seconds: From question to answer, one entry a text.
        refused: Texts that were answered with a sentence instead.
    """

    seconds: list[float] = field(default_factory=list)
    refused: int = 0


def rows(quick: bool = False) -> list[Row]:
    """Publish a run, serve it, probe and click."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = _make_tagger(folder / "tagger")
        store = folder / "store"
        run_id = publish_synthetic(store, QUICK_WORDS if quick else WORDS, sys.stderr, model=str(model))
        run = Store(store).open(run_id)
        with served("app.wsgi:server", store) as address:
            clicks = _Clicks(address, run)
            clicks.measure(10)
            alone = clicks.measure(QUICK_CLICKS if quick else CLICKS)
            with _probing(address, run) as load:
                while len(load.seconds) < 2 * PROBERS:  # both workers have loaded the tagger
                    time.sleep(0.1)
                load.seconds.clear()
                loaded = clicks.measure(QUICK_CLICKS if quick else CLICKS)
    p95_alone, p95 = np.percentile(alone, 95), np.percentile(loaded, 95)
    _say(f"clicks alone: median {np.median(alone):.0f} ms, p95 {p95_alone:.0f} ms")
    _say(f"clicks meanwhile: median {np.median(loaded):.0f} ms, p95 {p95:.0f} ms, largest {max(loaded):.0f} ms")
    answers = 1000 * np.array(load.seconds)
    _say(
        f"{len(answers)} texts of {SENTENCE_WORDS} words, {load.refused} refused: median {np.median(answers):.0f} ms, "
        f"p95 {np.percentile(answers, 95):.0f} ms"
    )
    return [
        Row(
            f"Matrix click while {PROBERS} people probe, {len(run.words):,} words, p95, ms",
            f"{p95_alone:.0f} (nobody probes)",
            f"{p95:.0f}",
            f"{p95 / p95_alone:.1f}x",
            f"under {LIMIT}",
            bool(p95 < LIMIT),
        )
    ]


def _make_tagger(folder: Path) -> Path:
    """A BERT of MiniLM's size with random weights, and a tokenizer of single letters."""
    import torch  # noqa: PLC0415 - only here: the server must have the processors for itself
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors  # noqa: PLC0415
    from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast  # noqa: PLC0415

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    vocabulary = {token: number for number, token in enumerate([*special, *letters, *(f"##{one}" for one in letters)])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=30_522,
        hidden_size=384,
        num_hidden_layers=6,
        num_attention_heads=12,
        intermediate_size=1536,
        id2label=dict(enumerate(TAG_SET.tags)),
    )
    BertForTokenClassification(config).save_pretrained(folder)
    return folder


class _Clicks:
    """Asks the server what the browser asks when a cell is clicked."""

    def __init__(self, address: str, run: Run) -> None:
        self._address = address
        self._run = run
        with urlopen(f"{address}/_dash-dependencies") as answer:
            self._callbacks = [
                callback
                for callback in json.load(answer)
                if callback["clientside_function"] is None
                and {part["id"] for part in callback["inputs"]} <= set(ROUTES)
            ]
        if len(self._callbacks) < len(ROUTES):
            sys.exit("The benchmark misses callbacks of Hunt; tell it the routes' names in benchmarks/probing.py.")
        self._random = np.random.default_rng(0)

    def measure(self, count: int) -> list[float]:
        """Milliseconds of each click: until the last of its requests is answered."""
        types = [*(type_value(name) for name in self._run.tag_set.types), type_value(None)]
        times = []
        with ThreadPoolExecutor(len(self._callbacks) + 1) as pool:
            for _ in range(count):
                clauses = {
                    "gold-type": str(self._random.choice(types[:-1])),
                    "pred-type": str(self._random.choice(types)),
                    "min-loss": f"{self._random.random():.4f}",  # a selection that was not asked for before
                }
                query = urlencode({"run": self._run.id, **clauses})
                start = time.perf_counter()
                asked = [pool.submit(self._ask, callback, query) for callback in self._callbacks]
                asked.append(pool.submit(self._rows, query))
                for one in asked:
                    one.result()
                times.append(1000 * (time.perf_counter() - start))
                time.sleep(PAUSE)
        return times

    def _ask(self, callback: dict[str, Any], query: str) -> None:
        post(self._address, callback, dict.fromkeys(ROUTES, query) | {"run-picker": self._run.id, "search": ""})

    def _rows(self, query: str) -> None:
        """The first block of the errors grid."""
        asked = {"start": 0, "end": BLOCK, "sort": "loss", "order": "desc"}
        address = f"{self._address}{rows_path('errors')}?{urlencode(asked)}"
        with urlopen(address, data=query.encode(), timeout=120) as answer:
            answer.read()


ROUTES = (
    "query-hunt-matrix",
    "query-embedding-highlight",
    "query-sentence-detail",
    "query-selection",
)
"""The routes of Hunt that change at a click on a cell, or are heard by what does."""


def post(address: str, callback: dict[str, Any], values: dict[str, Any]) -> bytes:
    """Call a callback of the server, and return the answer."""
    body = json.dumps(post_body(callback, values)).encode()
    request = Request(f"{address}/_dash-update-component", body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=120) as answer:
        content: bytes = answer.read()
    return content


def post_body(callback: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """The JSON that dash-renderer posts, with the given values by component."""
    output = callback["output"]
    names = output[2:-2].split("...") if output.startswith("..") else [output]
    outputs = [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]
    filled = {
        part: [{"id": one["id"], "property": one["property"], "value": values.get(one["id"])} for one in callback[part]]
        for part in ("inputs", "state")
    }
    first = callback["inputs"][0]
    return {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "changedPropIds": [f"{first['id']}.{first['property']}"],
        **filled,
    }


@contextmanager
def _probing(address: str, run: Run) -> Iterator[Load]:
    """Ten people who send a text, read the answer, and send the next, until the block is left."""
    with urlopen(f"{address}/_dash-dependencies") as answer:
        (callback,) = [one for one in json.load(answer) if "probing-results.children" in one["output"]]
    load, stop = Load(), threading.Event()
    words = run.words.text.slice(0, 50_000).to_pylist()

    def probe(seed: int) -> None:
        random = np.random.default_rng(seed)
        while not stop.is_set():
            text = " ".join(random.choice(words, SENTENCE_WORDS))
            start = time.perf_counter()
            answer = post(address, callback, {"query-probing": urlencode({"run": run.id, "text": text})})
            load.seconds.append(time.perf_counter() - start)
            load.refused += b"probe-line" not in answer

    with ThreadPoolExecutor(PROBERS) as pool:
        asked = [pool.submit(probe, seed) for seed in range(PROBERS)]
        try:
            yield load
        finally:
            stop.set()
            for one in asked:
                one.result()


def _say(text: str) -> None:
    print(f"probing: {text} (load {os.getloadavg()[0]:.1f})", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.probing", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a small run and few clicks")
    print(markdown(rows(parser.parse_args().quick)))


if __name__ == "__main__":
    main()
