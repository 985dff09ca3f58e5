"""Areas of the decoders of packed weights, for docs/packings.md: `python -m studies.packings`."""

from __future__ import annotations

from amaranth.lib import wiring

from costmodel.flow.mapping import Source
from costmodel.flow.measure import Point, measure
from costmodel.library.technology import load_technology
from hw.formats import Integer
from hw.modules import to_rtlil
from hw.ternary.sparse import sparse_entries
from hw.ternary.table import Table
from hw.ternary.unpack import CodeWord, GroupKey, Tl2Key, Tl2Word, Trits5Key, Trits5Word

_INT8 = Integer.parse("int8")


def circuits() -> dict[str, wiring.Component]:
    """Each decoder, and the tables of groups of four, by what the page calls it."""
    decoders: dict[str, wiring.Component] = {
        "codes: word to trit": CodeWord(),
        "trits5: word to five trits": Trits5Word(),
        "trits5: word to key of 5": Trits5Key(),
        "tl2: word to three trits": Tl2Word(),
        "tl2: word to key of 3": Tl2Key(),
    }
    decoders |= {f"trits to key of {group}": GroupKey(group) for group in range(2, 8)}
    for shifts in (False, True):
        entries, helpers = sparse_entries(_INT8, shifts=shifts)
        name = f"sparse34: table of int8, {18 if shifts else 20} adders"
        decoders[name] = Table(4, _INT8, entries=entries, helpers=helpers)
    return decoders | {"keys: table of int8, group 4": Table(4, _INT8)}


def main() -> None:
    """Print a row of a Markdown table for each."""
    technology = load_technology("nangate45")
    for name, circuit in circuits().items():
        source = Source(to_rtlil(circuit, "dut"), "rtlil", "dut", rows=False)
        figures = measure(Point(source, technology))
        print(f"| {name} | {figures['area_um2']:.1f} | {figures['delay_ps']:.0f} |")


if __name__ == "__main__":
    main()
