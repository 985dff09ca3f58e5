"""Read the figures of SRAM macros from their Liberty files: `costmodel/system/memories/sg13g2.csv`.

    python studies/srams.py FOLDER

FOLDER holds the files of IHP-Open-PDK, `ihp-sg13g2/libs.ref/sg13g2_sram/lib`, as `.lib` or
`.lib.gz`, of the corner typ_1p20V_25C. The distilled energies stand at the clock pin, in pJ an
access; the access time is the later edge's, at an input transition of 40 ps and a load of 5.1 fF.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import sys
from pathlib import Path

CORNER = "typ_1p20V_25C"
TARGET = Path(__file__).parents[1] / "costmodel" / "system" / "memories" / "sg13g2.csv"
HEADER = """\
# IHP SG13G2 single-port SRAM macros, typical, 1.20 V, 25 C, distilled from their Liberty files
# source: IHP-GmbH/IHP-Open-PDK @ 5cccb16, ihp-sg13g2/libs.ref/sg13g2_sram/lib (Apache-2.0)
# made by: python studies/srams.py FOLDER
words,bits,words_per_row,area_um2,read_pj,write_pj,access_ns,leakage_nw,sha256
"""
_TRANSITION, _LOAD, _LOADS = 2, 2, 6  # 40 ps and 5.1 fF on axes of seven and six points


def figures(text: str) -> list[float]:
    """Area, read and write energy, access time and leakage of a macro."""
    clock = text[text.index("pin(A_CLK)") :]
    output = text[text.index("bus(A_DOUT)") :]
    tables = [
        re.findall(r"\d+\.\d+", _found(rf"{edge}.*?values \((.*?)\);", output))
        for edge in ("cell_rise", "cell_fall")
    ]
    return [
        float(_found(r"\barea\s*:\s*([\d.]+)", text)),
        _access_energy(clock, "A_MEN  & !A_WEN & A_REN"),
        _access_energy(clock, "A_MEN  & A_WEN  & !A_REN"),
        max(float(table[_TRANSITION * _LOADS + _LOAD]) for table in tables),
        float(_found(r"\n\s*cell_leakage_power\s*:\s*([\d.]+)", text)),
    ]


def _access_energy(clock: str, when: str) -> float:
    """Energy of both edges of the clock."""
    block = clock[clock.index(f'when : "{when}"') :]
    return sum(
        float(_found(rf'{edge}_power\("scalar"\)\s*{{\s*values \(([\d.]+)\)', block))
        for edge in ("rise", "fall")
    )


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.DOTALL)
    if match is None:
        raise ValueError(f"nothing there looks like {pattern}")
    return match[1]


def main(folder: Path) -> None:
    """Write the table of all macros of a folder."""
    rows = []
    for path in folder.glob(f"*_{CORNER}.lib*"):
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
        words, bits, mux = (
            int(number) for number in re.findall(r"1P_(\d+)x(\d+)_c(\d)", path.name)[0]
        )
        digest = hashlib.sha256(content).hexdigest()
        rows.append((words, bits, 1 << mux, *figures(content.decode()), digest))
    lines = (",".join(map(str, row)) for row in sorted(rows))
    TARGET.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(rows)} macros")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
