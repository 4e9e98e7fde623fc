"""How a reference is written and read, and the message for each mistake."""

from __future__ import annotations

import json
import re
from pathlib import Path

import datasets
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus
from analysis.corpus.references import OPTIONS, load_references, parse_reference
from analysis.errors import AnalysisError


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def load_one(text: str, options: CorpusOptions) -> Corpus:
    return load_references([text], options, load_corpus(options))[0]


def test_references_are_read_as_the_corpus_is(tmp_path: Path) -> None:
    test = write(tmp_path / "test.conll", "x\tPERSON\tAnna\ny\tO\tsings\n")
    write(tmp_path / "train.conll", "x\tPERSON\tAnna\nz\tO\tsings\n\nq\tO\tno\n")
    options = CorpusOptions(test, word_column="2", tag_column="1", label_map={"PERSON": "PER"}, limit=1)
    corpus = load_corpus(options)
    train, folder = load_references([str(tmp_path / "train.conll"), f"{tmp_path}:train"], options, corpus)
    assert train.words == folder.words == ["Anna", "sings", "no"]
    assert train.tags == ["B-PER", "O", "O"]


def test_every_option_is_parsed() -> None:
    parsed = parse_reference(
        "hub/set:train,config=en,revision=abc,word-column=w,tag-column=t,id-column=i,document-column=d,"
        "tag-names=O,B-PER,I-PER, label-map=person=PER,place=LOC"
    )
    assert (parsed.dataset, parsed.split, parsed.config, parsed.revision) == ("hub/set", "train", "en", "abc")
    columns = (parsed.word_column, parsed.tag_column, parsed.id_column, parsed.document_column)
    assert columns == ("w", "t", "i", "d")
    assert parsed.tag_names == ("O", "B-PER", "I-PER")
    assert parsed.label_map == {"person": "PER", "place": "LOC"}


@pytest.mark.parametrize("path", [r"C:\data\train.conll", "C:/data/train.conll", "my,data/train.csv", "a,b.csv"])
def test_commas_and_drives_are_part_of_a_path(path: str) -> None:
    assert (parse_reference(path).dataset, parse_reference(path).split) == (path, None)
    assert parse_reference(f"{path},tag-column=2").dataset == path


def test_a_path_that_exists_is_never_cut(tmp_path: Path) -> None:
    path = write(tmp_path / "a,tag-column=1:b.conll", "Anna\tB-PER\n")
    assert parse_reference(path).dataset == path
    (tmp_path / "x,y=z").mkdir()
    assert parse_reference(f"{tmp_path}/x,y=z:train").split == "train"


@given(
    st.lists(st.text("ab,=:- ", min_size=1).filter(lambda text: "column=" not in text), max_size=2),
    st.text("ab:,-", min_size=1).map(lambda text: f"/{text}/x"),
)
@settings(deadline=None)
def test_a_value_is_cut_only_before_an_option(values: list[str], path: str) -> None:
    values = [f"v{value}v" for value in values if not re.search(r",\s*[a-z-]+=", value)]
    text = path + "".join(
        f",{name}={value}" for name, value in zip(("word-column", "tag-column"), values, strict=False)
    )
    parsed = parse_reference(text)
    assert parsed.dataset == path
    assert [parsed.word_column, parsed.tag_column][: len(values)] == values


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("train.csv,word-colum=a", f'the unknown option "word-colum". Use one of: {", ".join(OPTIONS)}.'),
        ("train.csv,word-column=a,tags=b", 'the unknown option "tags"'),
        ("train.csv,limit=5,word-column=a", 'the unknown option "limit"'),
        ("train.csv,word-column=", "no value for word-column. Write word-column=VALUE."),
        ("train.csv,tag-names= ,config=x", "no value for tag-names. Write tag-names=VALUE."),
        ("train.csv,tag-column=a,tag-column=b", "the option tag-column twice. Give it once."),
        ("train.csv,label-map=person", 'The label map "person" is not valid. Write it as old=new,old=new.'),
        (",word-column=a", "no source. Write SOURCE, or SOURCE:SPLIT."),
    ],
)
def test_each_mistake_has_its_own_message(text: str, reason: str) -> None:
    with pytest.raises(AnalysisError, match=re.escape(reason)):
        parse_reference(text)


def test_a_reference_in_another_format_is_found_by_its_own_names(tmp_path: Path) -> None:
    test = write(tmp_path / "test.conll", "1\tAnna\tB-PER\tx\n2\tsings\tO\ty\n")
    rows = [{"id": 4, "tokens": ["Anna", "sings"], "ner_tags": ["B-PER", "O"]}]
    train = write(tmp_path / "train.jsonl", json.dumps(rows[0]))
    reference = load_one(train, CorpusOptions(test, word_column="1", tag_column="2"))
    assert (reference.words, reference.tags) == (["Anna", "sings"], ["B-PER", "O"])
    back = load_one(f"{test},word-column=1,tag-column=2", CorpusOptions(train, word_column="tokens"))
    assert (back.words, back.tags) == (["Anna", "sings"], ["B-PER", "O"])


def test_columns_of_the_corpus_are_used_where_the_reference_has_them(tmp_path: Path) -> None:
    """Each column by itself: `fine` is there and beats the usual name, `sentence` is not and is found."""
    test = write(tmp_path / "test.csv", "sentence,tok,fine\n1,Anna,B-PER\n1,sings,O\n")
    options = CorpusOptions(test, word_column="tok", tag_column="fine", id_column="sentence")
    train = write(tmp_path / "train.csv", "sent_id,word,tag,fine\n1,Anna,B-X,B-PER\n1,sings,O,O\n2,Bo,B-X,B-PER\n")
    reference = load_one(train, options)
    assert (reference.words, reference.sentence_ids) == (["Anna", "sings", "Bo"], ["1", "2"])
    assert reference.tags == ["B-PER", "O", "B-PER"]
    assert load_one(f"{train},tag-column=tag,label-map=X=PER", options).tags == ["B-PER", "O", "B-PER"]
    with pytest.raises(AnalysisError, match='no column "nothing"'):
        load_one(f"{train},word-column=nothing", options)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Anna B-PER\nsings O\n", ["Anna", "sings"]),  # position 1 would be the tags
        ("Token lemma Tag\nAnna anna B-PER\nsings sing O\n", ["Anna", "sings"]),  # names beat positions
        ("1 Anna B-PER\n2 sings O\n", ["Anna", "sings"]),
        ("1 Anna x y B-PER\n2 sings x y O\n", ["Anna", "sings"]),
    ],
)
def test_positions_of_the_corpus_are_used_where_they_fit(tmp_path: Path, text: str, words: list[str]) -> None:
    test = write(tmp_path / "test.conll", "1 Anna B-PER\n2 sings O\n")
    reference = load_one(write(tmp_path / "train.txt", text), CorpusOptions(test, word_column="1"))
    assert reference.words == words
    assert reference.tags == ["B-PER", "O"]


def test_column_names_of_the_corpus_mark_the_header_of_a_reference(tmp_path: Path) -> None:
    test = write(tmp_path / "test.tsv", "wort\tner\nAnna\tB-PER\n")
    options = CorpusOptions(test, word_column="wort", tag_column="ner")
    swapped = write(tmp_path / "swapped.tsv", "ner\twort\nB-PER\tAnna\n")
    headless = write(tmp_path / "headless.tsv", "Bo\tB-PER\n")
    first, second = load_references([swapped, headless], options, load_corpus(options))
    assert (first.words, second.words) == (["Anna"], ["Bo"])


def test_a_tsv_reference_with_the_sentence_ids_of_the_corpus(tmp_path: Path) -> None:
    test = write(tmp_path / "test.tsv", "s\tword\ttag\nx\tAnn\tB-PER\nx\tran\tO\ny\tHi\tO\n")
    plain = write(tmp_path / "plain.tsv", "Ann\tB-PER\n\nHi\tO\n")
    options = CorpusOptions(test, id_column="s")
    same, other = load_references([test, plain], options, load_corpus(options))
    assert same.sentence_ids == ["x", "y"]
    assert other.words == ["Ann", "Hi"]


def test_tag_names_and_label_map_of_the_corpus_apply_as_far_as_they_fit(tmp_path: Path) -> None:
    numbers = write(tmp_path / "test.jsonl", '{"tokens": ["Ann", "ran"], "tags": [1, 0]}')
    options = CorpusOptions(numbers, tag_names=("O", "B-person"), label_map={"person": "PER"})
    named = write(tmp_path / "named.jsonl", '{"tokens": ["Ann", "ran"], "tags": ["B-PER", "O"]}')
    other = f"{numbers},tag-names=B-place,B-human,label-map=human=PER"
    features = datasets.Features(
        {
            "tokens": datasets.List(datasets.Value("string")),
            "tags": datasets.List(datasets.ClassLabel(names=["B-PER", "O"])),
        }
    )
    own = tmp_path / "own.parquet"
    datasets.Dataset.from_dict({"tokens": [["Ann"]], "tags": [[0]]}, features=features).to_parquet(str(own))
    read = load_references([numbers, named, other, str(own)], options, load_corpus(options))
    tags = [reference.tags for reference in read]
    assert tags == [["B-PER", "O"], ["B-PER", "O"], ["B-PER", "B-place"], ["B-PER"]]


def test_messages_name_the_options_of_a_reference(tmp_path: Path) -> None:
    for name in ("test", "train"):
        (tmp_path / f"{name}.conll").write_text("Anna\tB-PER\n")
    options = CorpusOptions(str(tmp_path / "test.conll"))
    with pytest.raises(AnalysisError, match=rf"Write {tmp_path}:SPLIT with one of: test, train"):
        load_one(str(tmp_path), options)
    with pytest.raises(AnalysisError, match=r'absent\.conll"\. Check --reference'):
        load_one(str(tmp_path / "absent.conll"), options)
    path = write(tmp_path / "train.csv", "a,b\nAnna,B-PER\n")
    said = f"Give word-column one of: a, b. Write options as --reference {path},word-column=VALUE."
    with pytest.raises(AnalysisError, match=re.escape(said)):
        load_one(path, options)


@pytest.mark.parametrize("text", ["", None])
def test_a_reference_that_cannot_be_used_is_named(tmp_path: Path, text: str | None) -> None:
    options = CorpusOptions(write(tmp_path / "test.conll", "Anna\tB-PER\n"))
    if text is not None:
        write(tmp_path / "train.conll", text)
    with pytest.raises(AnalysisError, match=r"The reference .*train\.conll cannot be used: "):
        load_one(str(tmp_path / "train.conll"), options)


def test_other_types_are_told_with_the_columns_that_were_read(tmp_path: Path) -> None:
    options = CorpusOptions(write(tmp_path / "test.conll", "1 Anna B-PER\n2 sings O\n"), word_column="1")
    path = write(tmp_path / "train.conll", "Anna NNP B-NP B-PER 7\nsings VBZ B-VP O 8\n")
    with pytest.raises(AnalysisError) as caught:
        load_one(f"{path},tag-column=2", options)
    assert str(caught.value) == (
        f"The reference {path},tag-column=2 and the corpus share no entity type (reference: NP, VP; corpus: PER). "
        'Read as CoNLL: words from column 0 ("Anna", "sings"), tags from column 2 ("B-NP", "B-VP"), counted from 0. '
        f"If these are the wrong columns, write --reference {path},word-column=COLUMN,tag-column=COLUMN; if the types "
        "have other names, add label-map=NP=PER."
    )
    assert load_one(f"{path},word-column=0,tag-column=3", options).tags == ["B-PER", "O"]
    named = write(tmp_path / "train.jsonl", '{"tokens": ["Anna"], "labels": ["B-person"], "fine": ["B-x"]}')
    with pytest.raises(AnalysisError, match=r'column "tokens" \("Anna"\), tags from column "labels" .*person=PER\.$'):
        load_one(named, CorpusOptions(options.dataset, word_column="1"))


@pytest.mark.parametrize(
    ("name", "lacks"), [("splits:", "no split after"), (":train", "no source"), (":", "no split"), (" : ", "no split")]
)
def test_a_reference_without_a_source_or_a_split_is_looked_up_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, lacks: str
) -> None:
    monkeypatch.chdir(tmp_path)
    options = CorpusOptions(write(tmp_path / "test.conll", "Anna\tB-PER\n"))
    (tmp_path / "splits").mkdir()
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: pytest.fail("it was looked up"))
    with pytest.raises(AnalysisError, match=re.escape(f'The reference "{name}" has {lacks}')):
        load_one(name, options)
    (tmp_path / name).write_text("")
    assert parse_reference(name).dataset == name


def test_two_colons_are_told_of_references(tmp_path: Path) -> None:
    options = CorpusOptions(write(tmp_path / "test.conll", "Anna\tB-PER\n"))
    said = '"a:b", and the name is not valid for a hub dataset. Check --reference.'
    with pytest.raises(AnalysisError, match=re.escape(said)):
        load_one("a:b:c", options)
