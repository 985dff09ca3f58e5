"""Lists of matrix products: what is read, and what is refused, in a sentence with the line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hw.errors import RequestError
from macsmith.workload import Layer, load_workload
from tests.macsmith.program import Program

_HEAD = "name,outputs,inputs,vectors,repeat\n"
_BITS = "name,outputs,inputs,weight_bits\n"


def written(folder: Path, text: str | bytes) -> str:
    path = folder / "mine.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_a_list(tmp_path: Path) -> None:
    """A product a line; a model without sizes."""
    model = load_workload(written(tmp_path, _HEAD + "up,30,20,8,3\n\n down , 20, 30 ,1,1\n"))
    assert model.layers == (Layer("up", 20, 30, 3, 8), Layer("down", 30, 20, 1, 1))
    assert (model.name, model.weights) == ("mine", 3 * 600 + 600)
    assert [layer.product(5) for layer in model.layers] == [(20, 30, 8), (30, 20, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "inputs,name,outputs\n20,up,30\n",  # any order; what may be left out is 1
        "\ufeffname,outputs,inputs\r\nup,30,20\r\n",  # as spreadsheets write it
        'name,outputs,inputs\n"up",30,20',
        "name,outputs,inputs\n,,\n  \nup,30,20\n,,\n",
    ],
)
def test_ways_to_write_it(tmp_path: Path, text: str) -> None:
    """The same product each time."""
    assert load_workload(written(tmp_path, text)).layers == (Layer("up", 20, 30, 1, 1),)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (_HEAD + "up,30,20,8\n", r"mine\.csv, line 2 has 4 fields, and line 1 has 5: name,outputs"),
        (_HEAD + "up,3,2,8,1,9\n", r"line 2 has 6 fields, and line 1 has 5"),
        (_HEAD + "a,3,2,8,1\n\nup,30,0,8,1\n", r"line 4: inputs = '0' is not allowed: .* 1048576"),
        (_HEAD + "up,30,-2,8,1\n", r"line 2: inputs = '-2' is not allowed: .* a whole number"),
        (_HEAD + "up,3e1,2,8,1\n", r"line 2: outputs = '3e1' is not allowed"),
        (_HEAD + "up,1_0,2,8,1\n", r"line 2: outputs = '1_0' is not allowed"),
        (_HEAD + "up,٣,2,8,1\n", r"line 2: outputs = '٣' is not allowed"),
        (_HEAD + "up,3,2,,1\n", r"line 2: vectors = '' is not allowed"),
        (_HEAD + "up,3,2,1," + "9" * 5000, r"line 2: repeat = '9+' is not allowed"),
        (_HEAD + "up,1048577,2,1,1\n", r"line 2: outputs = '1048577' is not allowed"),
        (_HEAD + ",3,2,8,1\n", r"line 2: the name is empty"),
        (_BITS + "up,3,2,65\n", r"line 2: weight_bits = '65' is not allowed: .* from 0 to 64"),
        (_BITS + "up,3,2,-1\n", r"line 2: weight_bits = '-1' is not allowed"),
        (_BITS + "up,3,2,1e1\n", r"line 2: weight_bits = '1e1' is not allowed"),
        (_BITS + "up,3,2,nan\n", r"line 2: weight_bits = 'nan' is not allowed"),
        (_HEAD + '"up,3,2,8,1\n', r"line \d: unexpected end of data"),
        (_HEAD, r"mine\.csv has no products: a line each, below name,outputs"),
        ("", r"line 1: the column 'name' is missing"),
        ("name,outputs\nup,3\n", r"line 1: the column 'inputs' is missing"),
        ("name,outputs,input\n", r"line 1: the column 'input' is unknown.*mean 'inputs'\?"),
        ("name,name,outputs,inputs\n", r"line 1: the column 'name' is there twice"),
        ("up,30,20,8,1\n", r"line 1: the column 'up' is unknown: the first line must be name,out"),
        (b"\xff\xfe\x00n", r"mine\.csv cannot be read as text"),
        (_HEAD + "a,1,1,1,1\n" * 10_001, r"mine\.csv has more than 10,000 products"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    """The file, the line, what is there and what may be."""
    with pytest.raises(RequestError, match=sentence):
        load_workload(written(tmp_path, text))


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    """Nor is a folder a list."""
    with pytest.raises(RequestError, match=r"the workload file .*none\.csv is not there"):
        load_workload(str(tmp_path / "none.csv"))
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(RequestError, match=r"folder\.csv is a folder"):
        load_workload(str(tmp_path / "folder.csv"))


def test_a_list_is_a_workload_of_schedules(tmp_path: Path, macsmith: Program) -> None:
    """Each product with vectors of its own, which --batch must not change."""
    path = written(tmp_path, _HEAD + "up,30,20,8,3\ndown,20,30,1,1\n")
    ended = macsmith("schedule", "ternary-int8-8x8", "-w", path, "--json")
    answer = json.loads(ended.out)
    assert [layer["products"] for layer in answer["layers"]] == [[[20, 30, 8]], [[30, 20, 1]]]
    assert [layer["count"] for layer in answer["layers"]] == [3, 1]
    assert answer["limits"] == {"inputs": 30, "outputs": 30, "batch": 8, "bias_limit": 1000}
    ended = macsmith("schedule", "ternary-int8-8x8", "-w", path, "--batch", "2")
    assert (ended.status, ended.out) == (2, "")
    assert "--batch 2 does not go with" in ended.err
