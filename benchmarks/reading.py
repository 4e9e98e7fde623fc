"""Reading a CoNLL file, against the text loading of datasets: `python -m benchmarks.reading [--quick]`.

Each side runs in a fresh process, without its imports, several times; the median counts. The baseline loads the lines
with `datasets`, from a file that it has not seen, and splits them in plain Python. It gets the lines in one piece, the
quickest way. Both sides give the same words and tags of the same sentences. The memory is that of the first reading:
the growth of the peak, with the sentences in it. The file is like those of CoNLL-2003: word, part of speech, chunk and
tag.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import datasets
import numpy as np

from analysis.formats.annotations import Columns
from analysis.formats.conll import read_conll
from benchmarks.memory import peak_mib
from benchmarks.table import Row, markdown

WORDS, QUICK_WORDS = 1_000_000, 20_000
FORMS = 50_000
TIMES = 5
MAX_RATIO = 1.3
MAX_GROWTH = 3
"""Times the size of the file."""
SIDES = ("datasets", "ours")

Sentences = list[tuple[list[str], list[str]]]


def write_corpus(path: Path, words: int, seed: int = 0) -> None:
    """Write sentences of 1 to 40 made-up words, some of them frequent, most of them rare."""
    random = np.random.default_rng(seed)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyzé"))
    forms = ["".join(random.choice(letters, size)) for size in random.integers(1, 12, size=FORMS)]
    shares = 1 / np.arange(1, FORMS + 1)
    drawn = random.choice(FORMS, size=words, p=shares / shares.sum())
    entity = random.random(words) < 0.15
    types = random.choice(["PER", "ORG", "LOC", "MISC"], size=words)
    ends = set(np.cumsum(random.integers(1, 41, size=words)).tolist())
    with path.open("w", encoding="utf-8") as stream:
        inside = False
        for row, (form, is_entity, name) in enumerate(zip(drawn, entity, types, strict=True)):
            tag = f"{'I' if inside else 'B'}-{name}" if is_entity else "O"
            stream.write(f"{forms[form]} NN I-NP {tag}\n")
            inside = bool(is_entity)
            if row + 1 in ends:
                stream.write("\n")


def measure_side(side: str, path: Path, output: Path) -> None:
    """Read the file in this process; save the times, the growth of the peak, and a digest of what was read."""
    datasets.disable_progress_bars()
    seconds = []
    grown = 0.0
    digest = ""
    for number in range(TIMES):
        with tempfile.TemporaryDirectory() as cache:
            before = peak_mib(afresh=True)
            start = time.perf_counter()
            if side == "ours":
                annotations = read_conll(path, Columns())
                seconds.append(time.perf_counter() - start)
                sentences = list(zip(annotations.words, annotations.tags, strict=True))
            else:
                sentences = by_datasets(path, cache)
                seconds.append(time.perf_counter() - start)
            if number == 0:
                grown = peak_mib() - before
                digest = hashlib.sha256(json.dumps(sentences).encode()).hexdigest()
            sentences.clear()
            annotations = None
    result = {"seconds": statistics.median(seconds), "grown": grown, "digest": digest}
    output.write_text(json.dumps(result))


def by_datasets(path: Path, cache: str) -> Sentences:
    """The words and tags of each sentence, loaded as text by `datasets` and split in Python."""
    loaded = datasets.load_dataset("text", data_files=str(path), split="train", cache_dir=cache)
    sentences: Sentences = [([], [])]
    for line in loaded[:]["text"]:
        if line:
            cells = line.split(" ")
            sentences[-1][0].append(cells[0])
            sentences[-1][1].append(cells[-1])
        elif sentences[-1][0]:
            sentences.append(([], []))
    return sentences if sentences[-1][0] else sentences[:-1]


def rows(quick: bool = False) -> list[Row]:
    """Measure both sides and compare them."""
    words = QUICK_WORDS if quick else WORDS
    results = {}
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "corpus.conll"
        write_corpus(path, words)
        size = path.stat().st_size / 2**20
        for side in SIDES:
            print(f"reading: {side}, {words:,} words ...", file=sys.stderr, flush=True)
            output = Path(name) / f"{side}.json"
            arguments = ["--child", side, str(path), str(output)]
            subprocess.run([sys.executable, "-m", "benchmarks.reading", *arguments], check=True)
            results[side] = json.loads(output.read_text())
    baseline, ours = (results[side] for side in SIDES)
    if baseline["digest"] != ours["digest"]:
        raise AssertionError("the two sides read different words or tags")
    ratio = ours["seconds"] / baseline["seconds"]
    growth = ours["grown"] / size
    return [
        Row(
            f"Reading a CoNLL file of {words:,} words, s",
            f"{baseline['seconds']:.2f}",
            f"{ours['seconds']:.2f}",
            f"{ratio:.2f}x",
            f"at most {MAX_RATIO}x",
            ratio <= MAX_RATIO,
        ),
        Row(
            f"Growth of peak memory for it, MiB, of a file of {size:.0f} MiB",
            f"{baseline['grown']:.0f}",
            f"{ours['grown']:.0f}",
            f"{growth:.1f}x the file",
            f"at most {MAX_GROWTH}x the file",
            growth <= MAX_GROWTH,
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_WORDS:,} words")
    parser.add_argument("--child", nargs=3, metavar=("SIDE", "FILE", "OUTPUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        side, path, output = options.child
        measure_side(side, Path(path), Path(output))
        return
    print(markdown(rows(options.quick)))


if __name__ == "__main__":
    main()
