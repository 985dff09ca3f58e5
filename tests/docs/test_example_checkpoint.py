"""The tutorial's checkpoint is what its script writes."""

from __future__ import annotations

import json

from studies.example_checkpoint import FOLDER, checkpoint, configuration


def test_the_files_are_those_of_the_script() -> None:
    assert (FOLDER / "model.safetensors").read_bytes() == checkpoint()
    assert json.loads((FOLDER / "config.json").read_text()) == json.loads(configuration())
