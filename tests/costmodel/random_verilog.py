"""Random Verilog: expressions of all operators, of signed and unsigned words, and registers."""

from __future__ import annotations

from random import Random

__all__ = ["random_module"]

_BITWISE = ("&", "|", "^", "~^")
_COMPARES = ("<", "<=", ">", ">=", "==", "!=", "===", "!==")
_SHIFTS = ("<<", ">>", "<<<", ">>>")


class _Writer:
    """Writes expressions over some signals."""

    def __init__(self, random: Random, signals: dict[str, int]) -> None:
        self._random, self._signals = random, signals

    def expression(self, depth: int) -> str:
        """An expression with operators in so many levels."""
        r = self._random
        if depth == 0 or r.random() < 0.1:
            return self._leaf()
        kind = r.randrange(16)
        return self._unary(kind, depth) if kind < 4 else self._binary(kind, depth)

    def _unary(self, kind: int, depth: int) -> str:
        r, a = self._random, self.expression(depth - 1)
        if kind == 0:
            return f"{r.choice('-~!&|^')}({a})"
        if kind == 1:
            return f"(-({a}))"
        if kind == 2:
            return f"({r.choice(('$signed', '$unsigned'))}({a}))"
        part = r.choice((f"{{{a}, {self._leaf()}}}", f"{{{r.randint(1, 3)}{{{a}}}}}"))
        return f"$signed({part})" if r.random() < 0.5 else part

    def _binary(self, kind: int, depth: int) -> str:
        r = self._random
        a, b = self.expression(depth - 1), self.expression(depth - 1)
        if kind == 4:
            return f"(({a}) ? ({b}) : ({self.expression(depth - 1)}))"
        if kind == 5:
            return f"(({a}) {r.choice(_SHIFTS)} {self._amount()})"
        if kind == 6:
            return f"(({a}) {r.choice(_COMPARES)} ({b}))"
        if kind == 7:
            return f"(({a}) {r.choice(('&&', '||'))} ({b}))"
        if kind == 8:
            return f"(({a}) * ({self._leaf()}))"
        if kind == 9:
            return f"(({a}) {r.choice('/%')} ({self._divisor()}))"
        return f"(({a}) {r.choice(_BITWISE if kind < 12 else '+-')} ({b}))"

    def _leaf(self) -> str:
        r = self._random
        name = r.choice(list(self._signals))
        width = self._signals[name]
        kind = r.randrange(10)
        if kind == 0:
            size = r.randint(1, 9)
            sign = r.choice(("", "s"))
            return f"{size}'{sign}d{r.randrange(2**size)}"
        if kind == 1:
            return str(r.randint(0, 20))
        if kind == 2 and width > 1:
            low = r.randrange(width)
            return f"{name}[{r.randint(low, width - 1)}:{low}]"
        if kind == 3 and width > 1:
            return f"{name}[{self._index()}]"
        if kind == 4 and width > 2:
            return f"{name}[{self._index()} {r.choice('+-')}: {r.randint(1, width - 1)}]"
        return name

    def _index(self) -> str:
        return self._random.choice([name for name, width in self._signals.items() if width < 5])

    def _amount(self) -> str:
        r = self._random
        return r.choice((str(r.randint(0, 12)), self._index(), f"({self._leaf()})"))

    def _divisor(self) -> str:
        r = self._random
        return r.choice((str(r.randint(1, 9)), f"4'sd{r.randint(1, 7)}", self._leaf()))


def random_module(name: str, seed: int, outputs: int = 12, depth: int = 3) -> str:
    """A module of registered and of direct expressions."""
    random = Random(seed)
    widths: dict[str, int] = {}
    lines, ports = [], ["input clk"]
    for number in range(5):
        width = random.choice((1, 3, 4, 5, 6, 8))
        width = 4 if number == 0 else width
        signed = random.choice(("", "signed "))
        ports.append(f"input {signed}[{width - 1}:0] i{number}")
        widths[f"i{number}"] = width
    writer = _Writer(random, widths)
    for number in range(outputs):
        width = random.choice((1, 2, 5, 8, 9, 12, 16))
        signed = random.choice(("", "signed "))
        value = writer.expression(depth)
        kind = random.randrange(4)
        reg = "reg " if kind else ""
        ports.append(f"output {reg}{signed}[{width - 1}:0] o{number}")
        if kind == 0:
            lines.append(f"assign o{number} = {value};")
        elif kind == 1:
            lines.append(f"always @(posedge clk) o{number} <= {value};")
        elif kind == 2:
            condition = writer.expression(1)
            lines.append(f"always @(posedge clk) if ({condition}) o{number} <= {value};")
        else:
            select, item = writer.expression(1), random.choice(("casez", "case"))
            rows = [f"{random.choice(('1', '2', '3', chr(39) + 'b1?0'))}: o{number} = {value};"]
            rows += [f"default: o{number} = {writer.expression(depth - 1)};"]
            lines.append(f"always @* {item} ({select}) {' '.join(rows)} endcase")
    body = "\n  ".join(lines)
    return f"module {name}({', '.join(ports)});\n  {body}\nendmodule\n"
