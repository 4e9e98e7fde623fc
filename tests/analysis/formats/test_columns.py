"""Columns of files with one word per line are recognised by their content."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.corpus.corpus import CorpusOptions, load_corpus, match_labels
from analysis.corpus.references import load_references
from analysis.errors import AnalysisError
from analysis.formats.annotations import Columns
from analysis.formats.conll import read_conll
from tests.analysis.formats.corpora import load_text, tagged
from tests.analysis.formats.reading import corpus_of, shown
from tests.analysis.taggers.predicted import reading_of

READ = ["Mia/B-PER Ek/I-PER saw/O Kiruna/B-LOC ./O", "It/O rained/O"]
ROWS = [
    [
        ("Mia", "NNP", "B-NP", "B-PER"),
        ("Ek", "NNP", "I-NP", "I-PER"),
        ("saw", "VBD", "B-VP", "O"),
        ("Kiruna", "NNP", "B-NP", "B-LOC"),
        (".", ".", "O", "O"),
    ],
    [("It", "PRP", "B-NP", "O"), ("rained", "VBD", "B-VP", "O")],
]


def written(line: str, separator: str = "\t", blank: str = "") -> str:
    """The rows as a file: `line` has {i} (number of the word, from 0), {s} (of the sentence), {word}, {pos} ..."""
    blocks = []
    number = 0
    for s, sentence in enumerate(ROWS):
        lines = []
        for i, (word, pos, chunk, tag) in enumerate(sentence):
            cells = line.format(
                i=i, one=i + 1, n=number, s=s, word=word, pos=pos, chunk=chunk, tag=tag, low=word.lower()
            )
            lines.append(separator.join(cells.split()) + "\n")
            number += 1
        blocks.append("".join(lines))
    return f"{blank}\n".join(blocks)


@pytest.mark.parametrize(
    ("line", "word", "tag"),
    [
        ("{word} {tag}", 0, 1),
        ("{word} {pos} {chunk} {tag}", 0, 3),
        ("{word} {pos} {tag}", 0, 2),
        ("{word} {tag} {pos}", 0, 1),
        ("{tag} {word}", 1, 0),
        ("{word} {low} {pos} {tag} {chunk}", 0, 3),
        ("{i} {word} {tag}", 1, 2),
        ("{one} {word} {pos} {chunk} {tag}", 1, 4),
        ("{n} {word} {tag}", 1, 2),
        ("{one} {word} {tag} - anno", 1, 2),
        ("{s} {word} {tag}", 1, 2),
        ("{s} {one} {word} {tag}", 2, 3),
        ("doc/1 0 {i} {word} {pos} {tag}", 3, 5),
        ("{pos} {word} {tag}", 1, 2),
        ("{word} {tag} 0.97", 0, 1),
        ("{word} {tag} O", 0, 1),
    ],
)
@pytest.mark.parametrize("separator", ["\t", " "])
@pytest.mark.parametrize("blank", ["", " \t", "\u00a0", "\u200b", "\r"])
def test_words_and_tags_are_found_in_any_order(
    line: str, word: int, tag: int, separator: str, blank: str, tmp_path: Path
) -> None:
    corpus = load_text(tmp_path, written(line, separator, blank), "corpus.txt")
    assert tagged(corpus) == READ
    assert corpus.audit["read_as"] == (
        f'Read as CoNLL: words from column {word} ("Mia", "Ek"), tags from column {tag} ("B-PER", "I-PER"), '
        "counted from 0."
    )


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("word lemma ner_label", "{word} {low} {tag}"),
        ("Token POS NE", "{word} {pos} {tag}"),
        ("sentence_id words labels", "{s} {word} {tag}"),
        ("idx token gold_labels", "{i} {word} {tag}"),
        ("nr palabra etiqueta", "{i} {word} {tag}"),
        ("mot NER_label", "{word} {tag}"),
        ("tag text", "{tag} {word}"),
    ],
)
def test_headers_are_no_words(header: str, line: str, tmp_path: Path) -> None:
    corpus = load_text(tmp_path, "\t".join(header.split()) + "\n" + written(line), "corpus.tsv")
    assert tagged(corpus) == READ
    assert corpus.words[0] == "Mia"


def test_a_comment_may_name_the_columns(tmp_path: Path) -> None:
    text = "# global.columns = ID FORM NER LEMMA\n" + written("{one} {word} {tag} {low}")
    assert tagged(load_text(tmp_path, text)) == READ
    assert load_text(tmp_path, text, word_column="LEMMA").words[0] == "mia"


def test_a_first_line_that_is_no_header_is_a_word(tmp_path: Path) -> None:
    with pytest.raises(
        AnalysisError, match=r'the word "Rex" has the invalid tag "DOG" \(other tags: B-PER, I-PER, O\)'
    ):
        load_text(tmp_path, "Rex DOG\nMia B-PER\nEk I-PER\nsaw O\n")


@pytest.mark.parametrize(
    "line", ["{s} {word} {tag}", "{one} {word} {tag}", "s{s} {word} {tag}", "{s} {one} {word} {tag}"]
)
def test_sentences_without_blank_lines_are_told_by_numbers(line: str, tmp_path: Path) -> None:
    text = "".join(line + "\n" for line in written(line).splitlines() if line)
    assert tagged(load_text(tmp_path, text)) == READ


def test_a_word_a_row_in_tsv_has_no_quotes(tmp_path: Path) -> None:
    text = 'sent\tword\tlabel\na\t"\tO\na\tMia\tB-PER\na\t""\tO\nb\tEk"\tB-PER\nb\t"\tO\n'
    corpus = load_text(tmp_path, text, "corpus.tsv", id_column="sent")
    assert tagged(corpus) == ['"/O Mia/B-PER ""/O', 'Ek"/B-PER "/O']
    assert corpus.sentence_ids == ["a", "b"]


def test_the_outer_of_nested_tags_is_read_and_said(tmp_path: Path) -> None:
    nested = "#\tweb\t[2011]\n1\tUppsala\tB-ORG\tB-LOC\n2\tUniversity\tI-ORG\tO\n3\tis\tO\tO\n4\told\tO\tO\n"
    corpus = load_text(tmp_path, nested, "corpus.tsv")
    assert tagged(corpus) == ["Uppsala/B-ORG University/I-ORG is/O old/O"]
    assert any("column 3 (nested entities)" in note for note in corpus.audit["notes"])
    assert tagged(load_text(tmp_path, nested, tag_column="3"))[0].startswith("Uppsala/B-LOC University/O")


def test_a_column_of_documents_is_not_the_words(tmp_path: Path) -> None:
    text = "d1\t1\tMia\tB-PER\nd1\t2\tsaw\tO\n\nd2\t1\tEk\tB-PER\n"
    assert tagged(load_text(tmp_path, text)) == ["Mia/B-PER saw/O", "Ek/B-PER"]


def test_a_repeated_part_of_speech_is_no_sentence_id(tmp_path: Path) -> None:
    corpus = load_text(tmp_path, "Mia NNP B-PER\nEk NNP I-PER\nsaw VBD O\nleft VBD O\n")
    assert tagged(corpus) == ["Mia/B-PER Ek/I-PER saw/O left/O"]


def test_of_many_tag_columns_the_named_one_is_read(tmp_path: Path) -> None:
    header = "TOKEN\tNE-COARSE-LIT\tNE-COARSE-METO\tNE-FINE-LIT\tNE-NESTED\tMISC\n# language = fr\n"
    rows = "Mme\tB-pers\tO\tB-pers.ind\tO\t_\nEk\tI-pers\tO\tI-pers.ind\tB-loc\tNoSpaceAfter\nvint\tO\tO\tO\tO\t_\n"
    corpus = load_text(tmp_path, header + rows, "corpus.tsv")
    assert tagged(corpus) == ["Mme/B-pers Ek/I-pers vint/O"]


def test_of_gold_and_predicted_tags_the_last_are_read(tmp_path: Path) -> None:
    text = "Mia B-PER B-PER 0.9\nEk I-PER O 0.4\nsaw O O 0.9\nKiruna B-LOC O 0.5\n"
    (tmp_path / "predicted.txt").write_text(text)
    corpus = load_text(tmp_path, text, tag_column="1")
    assert reading_of(corpus, tmp_path / "predicted.txt").tags == ["B-PER", "O", "O", "O"]


def test_commas_separate_columns(tmp_path: Path) -> None:
    text = '1, Mia, B-PER\n2, ",", O\n3, Ek, B-PER\n\n1, It, O\n2, rained, O\n'
    assert tagged(load_text(tmp_path, text)) == ["Mia/B-PER ,/O Ek/B-PER", "It/O rained/O"]
    assert tagged(load_text(tmp_path, "Mia;B-PER\nsaw;O\n")) == ["Mia/B-PER saw/O"]
    assert tagged(load_text(tmp_path, "Mia B-PER\n, O\n")) == ["Mia/B-PER ,/O"]


def test_lines_that_end_with_a_carriage_return(tmp_path: Path) -> None:
    assert tagged(load_text(tmp_path, written("{word} {tag}").replace("\n", "\r"))) == READ


@pytest.mark.parametrize("separator", ["\t", " "])
@pytest.mark.parametrize(
    ("end", "last"), [("\r", "\n"), ("\r", "\r\n"), ("\r", ""), ("\r\n", "\r"), ("\r\r\n", "\r\r\n")]
)
def test_a_carriage_return_ends_a_line_and_is_part_of_no_word(
    separator: str, end: str, last: str, tmp_path: Path
) -> None:
    lines = ("Eve B-PER", "Roe I-PER", "sings O", "", "Bonn B-LOC")
    path = tmp_path / "lines.conll"
    path.write_bytes((end.join(lines).replace(" ", separator) + last).encode())
    assert list(shown(corpus_of(path)).values()) == ["Eve/B-PER Roe/I-PER sings", "Bonn/B-LOC"]


@pytest.mark.parametrize("size", [10, 2**20 - 11, 2**20 - 12, 2**20 - 13])
def test_line_ends_of_several_kinds_and_marks_of_joined_files(size: int, tmp_path: Path) -> None:
    """Also where a block of bytes is read up to the middle of them."""
    path = tmp_path / "joined.conll"
    path.write_bytes(b"#" * size + "\nEve B-PER\r\ufeffRoe I-PER\n\nBonn B-LOC\n".encode())
    assert list(shown(corpus_of(path)).values()) == ["Eve/B-PER Roe/I-PER", "Bonn/B-LOC"]


def test_comments_may_have_as_many_columns_as_words(tmp_path: Path) -> None:
    text = "# text = Mia\nMia a b B-PER\nsaw a b O\n# note = O\n# a b O\n"
    corpus = load_text(tmp_path, text)
    assert tagged(corpus) == ["Mia/B-PER saw/O #/O"]
    assert corpus.audit["counts"]["comment_lines"] == 2


def test_ranges_and_empty_nodes_are_counted(tmp_path: Path) -> None:
    text = "1\tMia\tB-PER\n2-3\tvamonos\t_\n2\tvamos\tO\n2.1\tx\t_\n3\tnos\tO\n"
    corpus = load_text(tmp_path, text)
    assert tagged(corpus) == ["Mia/B-PER vamos/O nos/O"]
    assert corpus.audit["counts"] == {"multiword_ranges": 1, "empty_nodes": 1}


def test_document_marks_behind_an_index(tmp_path: Path) -> None:
    text = "0 -DOCSTART- O\n\n" + written("{i} {word} {tag}", " ") + "\n0 -DOCSTART- O\n\n0 Bye O\n"
    corpus = load_text(tmp_path, text)
    assert tagged(corpus) == [*READ, "Bye/O"]
    assert corpus.documents == ["1", "1", "2"]


CONLL_2012 = """\
#begin document (bn/abc); part 000
bn/abc  0  0  Mia    NNP  (TOP(S(NP*  -    -  -  Speaker  (PERSON*  *       (1
bn/abc  0  1  Ek     NNP          *)  -    -  -  Speaker         *)  (ARG0*)  1)
bn/abc  0  2  saw    VBD       (VP*   see  1  1  Speaker         *   (V*)     -
bn/abc  0  3  Umea   NNP    (NP*))))  -    -  -  Speaker     (GPE)   (ARG1*)  -

#end document
#begin document (bn/abc); part 001
bn/abc  1  0  It     PRP  (TOP(S*))   -    -  -  Speaker         *   *        -
#end document
"""


def test_conll_2012(tmp_path: Path) -> None:
    corpus = load_text(tmp_path, CONLL_2012, "corpus.gold_conll")
    assert tagged(corpus) == ["Mia/B-PERSON Ek/I-PERSON saw/O Umea/B-GPE", "It/O"]
    assert corpus.documents == ["bn/abc", "bn/abc part 1"]


def test_lines_with_other_numbers_of_columns_are_counted_with_examples(tmp_path: Path) -> None:
    rows = "Mia NNP B-NP B-PER\nEk NNP I-NP I-PER\nNew York NNP I-NP B-LOC\nit PRP O\nsaw VBD B-VP O\n"
    corpus = load_text(tmp_path, rows)
    assert tagged(corpus) == ["Mia/B-PER Ek/I-PER New York/B-LOC it/O saw/O"]
    assert corpus.audit["counts"]["lines_with_other_columns"] == 2
    assert any('2 (line 3, read as "New York" with "B-LOC"; line 4,' in note for note in corpus.audit["notes"])
    tabs = rows.replace(" ", "\t").replace("New\tYork", "New York").replace("it\tPRP\tO", "it\tPRP\tO\tO\tsic")
    assert tagged(load_text(tmp_path, tabs)) == ["Mia/B-PER Ek/I-PER New York/B-LOC it/O saw/O"]
    with pytest.raises(AnalysisError, match=r"line 4 has 3 columns where other lines have 4 .*cannot be told"):
        load_text(tmp_path, rows.replace("it PRP O", "it PRP -"))


def test_types_with_spaces_between_spaces(tmp_path: Path) -> None:
    corpus = load_text(tmp_path, "Star B-creative work\nWars I-creative work\nis O\nold O\nand O\n")
    assert tagged(corpus) == ["Star/B-creative work Wars/I-creative work is/O old/O and/O"]


def test_a_file_without_blank_lines_is_mentioned_and_cut_if_asked(tmp_path: Path) -> None:
    text = "Mia B-PER\nleft O\n. O\nLin B-PER\nEk I-PER\ncame O\n! O\nBo B-PER\n"
    corpus = load_text(tmp_path, text)
    assert corpus.audit["sentences"] == 1
    assert any("No line is blank: all 8 words were read as one sentence" in note for note in corpus.audit["notes"])
    cut = load_text(tmp_path, text, max_sentence_words=4)
    assert tagged(cut) == ["Mia/B-PER left/O ./O", "Lin/B-PER Ek/I-PER came/O !/O", "Bo/B-PER"]
    assert any("more than 4 words: 1, cut into 3 parts" in note for note in cut.audit["notes"])
    assert tagged(load_text(tmp_path, "a O\nb B-X\nc I-X\nd O\n", max_sentence_words=2)) == [
        "a/O",
        "b/B-X c/I-X",
        "d/O",
    ]
    assert load_text(tmp_path, text, max_sentence_words=8).audit["sentences"] == 1


def test_cuts_are_never_inside_an_entity_that_fits(tmp_path: Path) -> None:
    touching = "a O\nb B-PER\nc B-LOC\nd I-LOC\ne I-LOC\n"
    assert tagged(load_text(tmp_path, touching, max_sentence_words=3)) == ["a/O b/B-PER", "c/B-LOC d/I-LOC e/I-LOC"]
    by_types = "a O\nb PER\nc LOC\nd LOC\ne LOC\nf O\ng O\nh O\n"
    assert tagged(load_text(tmp_path, by_types, max_sentence_words=4))[:2] == [
        "a/O b/B-PER",
        "c/B-LOC d/I-LOC e/I-LOC f/O",
    ]
    brackets = "a *\nb (PER*\nc *)\nd *\n"
    assert tagged(load_text(tmp_path, brackets, max_sentence_words=2)) == ["a/O", "b/B-PER c/I-PER", "d/O"]
    unlabelled = "a O\nb B-PER\nc _\nd I-PER\n"
    cut = load_text(tmp_path, unlabelled, max_sentence_words=3)
    assert tagged(cut) == ["a/O", "b/B-PER c/None d/I-PER"]
    longer = load_text(tmp_path, "b B-PER\nc I-PER\nd I-PER\ne O\n", max_sentence_words=2)
    assert longer.audit["sentences"] == 2
    assert any("Cuts inside entities that are longer than 2 words: 1." in note for note in longer.audit["notes"])


def test_cuts_respect_entities_of_numbers(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"tokens": ["a", "b", "c", "d"], "ner_tags": [0, 0, 1, 2]}\n', encoding="utf-8")
    options = CorpusOptions(str(path), tag_names=("O", "B-PER", "I-PER"), max_sentence_words=3)
    assert tagged(load_corpus(options)) == ["a/O b/O", "c/B-PER d/I-PER"]


def test_a_mark_of_a_document_stands_in_the_first_column_wherever_the_words_are(tmp_path: Path) -> None:
    text = "-DOCSTART- -X- O O\n\n" + "NNP B-NP Ada B-PER\nVBD B-VP wrote O\n\n" * 3
    corpus = load_text(tmp_path, text + text)
    assert tagged(corpus) == ["Ada/B-PER wrote/O"] * 6
    assert corpus.documents == ["1"] * 3 + ["2"] * 3


def test_a_word_may_have_an_empty_last_cell(tmp_path: Path) -> None:
    corpus = load_text(tmp_path, "Ada\tB-PER\nwrote\t\n.\t\n#\t\n", "x.tsv")
    assert tagged(corpus) == ["Ada/B-PER wrote/O ./O #/O"]
    assert any('so the tag "" was read as O: 3 words.' in note for note in corpus.audit["notes"])
    corpus = load_text(tmp_path, "Ada\tB-PER\nwrote\t\n.\tO\n", "x.tsv")
    assert tagged(corpus) == ["Ada/B-PER wrote/None ./O"]
    assert corpus.audit["unlabelled_words"] == 1


def test_a_tab_at_the_end_of_each_line_is_no_column(tmp_path: Path) -> None:
    corpus = load_text(tmp_path, "Ada\tB-PER\t\nwrote\tO\t\n\nLin\tB-PER\n", "x.tsv")
    assert tagged(corpus) == ["Ada/B-PER wrote/O", "Lin/B-PER"]
    assert corpus.audit["counts"] == {}
    assert tagged(load_text(tmp_path, "Ada\tB-PER\t\nwrote\tO\t\n", "x.tsv")) == ["Ada/B-PER wrote/O"]
    assert tagged(load_text(tmp_path, "Ada B-PER\t\nwrote O\n.  O\n")) == ["Ada/B-PER wrote/O ./O"]


def test_a_short_sentence_alone_is_not_mentioned(tmp_path: Path) -> None:
    assert load_text(tmp_path, "Mia B-PER\nleft O\n. O\n").audit["notes"] == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Mia NNP x\nsaw VBD y\n", "tags"),
        ("Mia NNP\nsaw VBD\n", "tags"),
        ("1 B-PER\n2 O\n3 O\n\n1 O\n2 O\n", "words"),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_columns(text: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(
        AnalysisError, match=rf"cannot be told which of them contains the {what} \(0: .*--{what[:-1]}-col"
    ):
        load_text(tmp_path, text)


def test_one_column_is_said_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match=r'line 1 has one column \("Mia\|B-PER"\) but needs a word and its tag'):
        load_text(tmp_path, "Mia|B-PER\nsaw|O\n")


def test_given_columns_are_not_questioned(tmp_path: Path) -> None:
    text = written("{i} {word} {chunk} {tag}")
    assert load_text(tmp_path, text, word_column="0", tag_column="2").words[:3] == ["0", "1", "2"]
    assert set(load_text(tmp_path, text, tag_column="-2").types) == {"NP", "VP"}
    assert load_text(tmp_path, text, tag_column="2").words[0] == "Mia"


def test_a_reference_is_read_with_its_own_columns(tmp_path: Path) -> None:
    options = CorpusOptions(str(tmp_path / "corpus.conll"), word_column="1", tag_column="2")
    corpus = load_text(tmp_path, written("{i} {word} {tag}"), word_column="1", tag_column="2")
    train = tmp_path / "train.txt"
    train.write_text("-DOCSTART- -X- -X- O\n\n" + written("{word} {pos} {chunk} {tag}", " "))
    assert tagged(load_references([str(train)], options, corpus)[0]) == READ


def test_no_shared_type_names_the_columns_before_the_label_map(tmp_path: Path) -> None:
    corpus = load_text(tmp_path, written("{word} {chunk}"))
    message = r'words from column 0 \("Mia", "Ek"\), tags from column 1 .*give --word-column .*--label-map NP=PER'
    with pytest.raises(AnalysisError, match=message):
        match_labels(corpus, ["O", "B-PER"])


def test_words_with_any_character_survive_in_every_line(tmp_path: Path) -> None:
    odd = ["a\u2028b", "c\u00a0d", "e\x85f", "g\x0bh", "i\ufeff", "-100", "_", "#", "1"]
    text = "Mia\tB-PER\n" + "".join(f"{word}\tO\n" for word in odd)
    assert load_text(tmp_path, text).words == ["Mia", *odd]


def test_equal_words_are_in_memory_once(tmp_path: Path) -> None:
    path = tmp_path / "corpus.conll"
    path.write_text("".join(f"word{number % 3}{'x' * 9} O\n" for number in range(30)))
    read = read_conll(path, Columns())
    assert len({id(word) for word in read.words[0]}) == 3
    assert len({id(tag) for tag in read.tags[0]}) == 1


def test_bad_bytes_behind_the_first_lines_are_named(tmp_path: Path) -> None:
    path = tmp_path / "corpus.conll"
    path.write_bytes(b"Mia B-PER\n" + b"a O\n" * 40_000 + b"caf\xe9 O\n")
    with pytest.raises(AnalysisError, match=re.escape("byte 0xe9 in line 40002")):
        load_corpus(CorpusOptions(str(path)))


@pytest.mark.parametrize("separator", [" ", "\t"])
@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("number", ["", "1"])
def test_quotes_around_all_cells_are_no_part_of_words(separator: str, quote: str, number: str, tmp_path: Path) -> None:
    rows = (("New Ulm", "B-LOC"), ("is", "O"), (quote, "O"), ("", ""), ("Ida", "B-PER"), ("sang", "O"))
    lines = (
        separator.join([*filter(None, [number]), *(f"{quote}{cell.replace(quote, 2 * quote)}{quote}" for cell in row)])
        for row in rows
    )
    text = "".join(f"{line}\n" if any(row) else "\n" for line, row in zip(lines, rows, strict=True))
    assert tagged(load_text(tmp_path, text)) == [f"New Ulm/B-LOC is/O {quote}/O", "Ida/B-PER sang/O"]


def test_quotes_are_words_unless_all_cells_have_them(tmp_path: Path) -> None:
    assert tagged(load_text(tmp_path, '" O\n"Mia" B-PER\nsang O\n')) == ['"/O "Mia"/B-PER sang/O']


def test_document_marks_in_lower_case(tmp_path: Path) -> None:
    corpus = load_text(tmp_path, "-docstart- O\n\nMia B-PER\nsang O\n\n-docstart- O\n\nEk B-PER\n")
    assert tagged(corpus) == ["Mia/B-PER sang/O", "Ek/B-PER"]
    assert corpus.documents == ["1", "2"]


@pytest.mark.parametrize("row", ["\tO", " \tO", "  \tO"])
def test_a_line_without_a_word_is_left_out_and_counted(row: str, tmp_path: Path) -> None:
    corpus = load_text(tmp_path, f"Mia\tB-PER\n{row}\nsang\tO\n")
    assert tagged(corpus) == ["Mia/B-PER sang/O"]
    assert corpus.audit["counts"]["lines_without_word"] == 1
    assert "Lines without a word, left out: 1." in corpus.audit["notes"]
    with pytest.raises(AnalysisError, match=r"line 2 has the tag \"I-PER\" but no word"):
        load_text(tmp_path, "Mia\tB-PER\n\tI-PER\nsang\tO\n")
