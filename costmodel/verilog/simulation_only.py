"""Leave out of preprocessed Verilog what only a simulator has a use for.

Messages, files and waves, the end of the simulation, assertions, and initial blocks that wait are
no hardware, and no reason to refuse a design that has them. Yosys refuses some of them and makes
cells of others. Their statements become empty ones; every line stays where it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from hw.errors import RequestError

__all__ = ["IMAGE", "Token", "Walk", "initial_block", "leave_out", "tokens_of"]

#: What the names of memory images begin with after `leave_out`, wherever the source takes them
#: from: so Yosys finds no file but those that were copied to such names.
IMAGE = "image:"

_TOKEN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<text>"(?:[^"\\]|\\.)*")
    |(?P<directive>`[A-Za-z_]\w*[^\n]*)
    |(?P<word>\\\S+|[$A-Za-z_][\w$]*)
    |(?P<other>\d[\w.']*|'[sS]?[bodhBODH]\s*[\w?]+|->|.)""",
    re.VERBOSE | re.DOTALL,
)
_MESSAGES = frozenset("$info $warning $error $fatal".split())  # outside of processes they are kept
_TASKS = _MESSAGES | frozenset(
    (
        "$finish $stop $exit $monitoron $monitoroff $dumpfile $dumpvars $dumpon $dumpoff $dumpall"
        " $dumplimit $dumpflush $dumpports $timeformat $printtimescale $fclose $fflush"
        " $sdf_annotate $assertoff $asserton $assertkill $showscopes $showvars $swrite $sformat"
    ).split()
)
_PRINTS = re.compile(r"\$f?(display|write|strobe|monitor)[bho]?")
_ASSERTIONS = frozenset("assert assume cover restrict".split())
#: What an initial block asks a simulator for: then it is no hardware as a whole.
_ASKED = frozenset("$time $stime $realtime $fopen $test$plusargs $value$plusargs".split())
_PROCESSES = frozenset("always always_ff always_comb always_latch initial final".split())
_CASES = frozenset("case casex casez".split())
_BODIES = {
    "task": "endtask",
    "function": "endfunction",
    "property": "endproperty",
    "sequence": "endsequence",
}
_ENDS = frozenset(
    (
        "end endcase endmodule endtask endfunction endgenerate join join_any join_none endproperty"
        " endsequence"
    ).split()
)
#: Directives that Yosys does not know and that mean nothing here, and those that others follow on
#: the line.
_DIRECTIVES = frozenset(
    "`line `pragma `begin_keywords `default_decay_time `default_trireg_strength".split()
)
_BARE_DIRECTIVES = frozenset(
    (
        "`end_keywords `delay_mode_path `delay_mode_unit `delay_mode_zero `delay_mode_distributed"
        " `suppress_faults `nosuppress_faults `enable_portfaults `disable_portfaults `accelerate"
        " `noaccelerate"
    ).split()
)


class Token(NamedTuple):
    """A word, a sign, a text or a line with a directive, and where it begins and ends."""

    kind: str
    text: str
    start: int
    end: int


@dataclass
class Walk:
    """A walk over the tokens of a text, which notes what is to be replaced by what."""

    tokens: list[Token]
    edits: list[tuple[int, int, str]] = field(default_factory=list)
    run_only: list[int] = field(default_factory=list)
    waits: bool = False

    def at(self, i: int) -> str:
        """The text of a token; empty after the last one."""
        return self.tokens[i].text if i < len(self.tokens) else ""

    def drop(self, first: int, after: int, by: str = ";", edits: int | None = None) -> None:
        """Replace tokens, from the first up to the one after the last.

        Args:
            first: an index.
            after: likewise.
            by: what.
            edits: how many there were before those tokens; what was noted in them is forgotten.
        """
        last = self.tokens[min(after, len(self.tokens)) - 1]
        del self.edits[len(self.edits) if edits is None else edits :]
        self.edits.append((self.tokens[first].start, last.end, by))

    def design(self) -> None:
        """Everything: modules and what is in them."""
        i = 0
        while i < len(self.tokens):
            word = self.at(i)
            if word in _PROCESSES and not self.is_name(i):
                i = self.process(i)
            elif self.asserts(i) and not self.is_name(i):
                i = self.assertion(i, "")
            elif word in _BODIES and not self.is_name(i):
                i = self.body(i, _BODIES[word])
            else:
                i += 1

    def process(self, i: int) -> int:
        """An always, initial or final block."""
        edits, self.waits = len(self.edits), False
        end = self.statement(i + 1)
        left = self.left(i, end, edits)
        runs = self.at(i) == "initial" and (self.waits or _only_asks(left))
        if runs and "=" in left:
            self.run_only.append(self.tokens[i].start)
        if runs or self.at(i) == "final":
            self.drop(i, end, "", edits)
        return end

    def left(self, first: int, after: int, edits: int) -> list[str]:
        """The tokens that are left of a block after the edits in it."""
        dropped = [(start, end) for start, end, _ in self.edits[edits:]]
        return [
            token.text
            for token in self.tokens[first:after]
            if not any(start <= token.start < end for start, end in dropped)
        ]

    def body(self, first: int, last: str) -> int:
        """A task or a function, whose declarations are looked at like statements; or a property."""
        edits, i = len(self.edits), first + 1
        while self.at(i) not in (last, ""):
            i = self.statement(i)
        if last in ("endproperty", "endsequence"):
            self.drop(first, i + 1, "", edits)
        return i + 1

    def statement(self, i: int) -> int:
        """A statement."""
        while self.at(i) in ("#", "@") or (self.at(i) == "(" and self.at(i + 1) == "*"):
            self.waits |= self.at(i) != "("
            i = self.group(i + (self.at(i) != "("))  # a delay or an event, or an attribute
        word = self.at(i)
        if word in ("begin", "fork"):
            return self.block(i + 1)
        if word in _CASES:
            return self.cases(self.group(i + 1))
        if word == "if":
            return self.branches(i)
        if word in ("for", "while", "repeat", "wait"):
            self.waits |= word == "wait"
            return self.statement(self.group(i + 1))
        if word == "forever":
            self.waits = True
            return self.statement(i + 1)
        return self.assertion(i) if self.asserts(i) else self.simple(i)

    def block(self, i: int) -> int:
        """Statements up to an end or a join, after the word that begins them."""
        i = self.label(i)
        while self.at(i) not in ("end", "join", "join_any", "join_none", ""):
            i = self.statement(i)
        self.waits |= self.at(i).startswith("join")
        return self.label(i + 1)

    def label(self, i: int) -> int:
        """Past the name of a block."""
        return i + 2 if self.at(i) == ":" else i

    def cases(self, i: int) -> int:
        """The choices of a case and their statements."""
        while self.at(i) not in ("endcase", ""):
            if self.at(i) == "default":
                i += 1
            else:
                while self.at(i) not in (":", ""):
                    i = self.group(i)
            i = self.statement(i + (self.at(i) == ":"))
        return i + 1

    def branches(self, i: int) -> int:
        """An if with all its else; a chain of them may be long."""
        i = self.statement(self.group(i + 1))
        while self.at(i) == "else":
            if self.at(i + 1) != "if":
                return self.statement(i + 1)
            i = self.statement(self.group(i + 2))
        return i

    def simple(self, i: int) -> int:
        """Up to a semicolon; tasks that are no hardware go, images get other names."""
        word, end = self.at(i), i
        while self.at(end) != ";" and self.at(end) not in _ENDS and end < len(self.tokens):
            end = self.group(end)
        if self.at(end) == ";" and (word in _TASKS or _PRINTS.fullmatch(word)):
            self.drop(i, end + 1)
        elif word in ("$readmemh", "$readmemb") and self.at(i + 1) == "(":
            self.name_image(i + 2)
        return max(end + (self.at(end) == ";"), i + 1)

    def name_image(self, i: int) -> None:
        """Put `IMAGE` before the first argument of a call."""
        end = i
        while end + 1 < len(self.tokens) and self.at(end) not in (",", ")"):
            end = self.group(end)
        start, after = self.tokens[i].start, self.tokens[end].start
        self.edits += [(start, start, f'{{"{IMAGE}", '), (after, after, "}")]

    def asserts(self, i: int) -> bool:
        """Whether an assertion begins here, with its label or without."""
        if self.at(i + 1) == ":" and self.at(i + 2) in _ASSERTIONS:
            return True
        return self.at(i) in _ASSERTIONS and self.at(i + 1) in ("(", "property", "#", "final")

    def assertion(self, first: int, by: str = ";") -> int:
        """An assertion, with what is done when it holds or fails."""
        edits, i = len(self.edits), first
        while self.at(i) not in ("(", ";", ""):
            i += 1
        i = self.group(i)
        if self.at(i - 1) != ";":
            i = i if self.at(i) == "else" else self.statement(i)
            i = self.statement(i + 1) if self.at(i) == "else" else i
        self.drop(first, i, by, edits)
        return i

    def is_name(self, i: int) -> bool:
        """Whether a word that only SystemVerilog reserves is a name here, as Verilog allows."""
        before = self.at(i - 1) if i else ";"
        starts = (";", ")", ":", "begin", "else", "*", "generate", "automatic", "join")
        return before not in starts and not before.startswith("end")

    def group(self, i: int) -> int:
        """Past a token; past all that it encloses, if it is an opening bracket."""
        opening, closing = self.at(i), {"(": ")", "{": "}", "[": "]"}.get(self.at(i))
        depth = 0
        while closing and i < len(self.tokens):
            depth += (self.at(i) == opening) - (self.at(i) == closing)
            if not depth:
                break
            i += 1
        return i + 1


def _only_asks(words: list[str]) -> bool:
    """Whether all that a block has of system functions are questions to a simulator."""
    names = {word for word in words if word.startswith("$")}
    return bool(names) and names <= _ASKED


def leave_out(text: str) -> tuple[str, list[int]]:
    """Leave out what is no hardware.

    Returns:
        The text without it, with as many lines, and the lines, from 0, at which initial blocks
        began that are left out because they wait or ask for something.

    Raises:
        RequestError: statements are nested beyond all measure.
    """
    tokens = list(tokens_of(text))
    walk = Walk([token for token in tokens if token.kind != "directive"])
    try:
        walk.design()
    except RecursionError as error:
        raise RequestError("its statements are nested too deeply to be read") from error
    for token in tokens:
        word = token.text.split()[0]
        if word in _DIRECTIVES or word in _BARE_DIRECTIVES:
            end = token.end if word in _DIRECTIVES else token.start + len(word)
            walk.edits.append((token.start, end, ""))
    parts, at = [], 0
    for start, end, by in sorted(walk.edits):
        if start >= at:  # else it is inside of something that goes as a whole
            parts += [text[at:start], by, _marks(text[start:end])]
            at = end
    left = "".join([*parts, text[at:]])
    return left, [text.count("\n", 0, start) for start in walk.run_only]


def initial_block(text: str, line: int) -> tuple[int, int] | None:
    """Where the initial block begins and ends that has a line, from 1, in it; None if none has."""
    tokens = [token for token in tokens_of(text) if token.kind != "directive"]
    walk = Walk(tokens)
    for i in reversed(range(len(tokens))):
        if tokens[i].text == "initial" and text.count("\n", 0, tokens[i].start) < line:
            end = tokens[min(walk.statement(i + 1), len(tokens)) - 1].end
            return (tokens[i].start, end) if text.count("\n", 0, end) + 1 >= line else None
    return None


def _marks(text: str) -> str:
    """What must stay of a text that goes: its line ends, and where files begin and end in it."""
    lines = text.split("\n")
    return "\n".join(line if line.startswith("`file_") else "" for line in lines)


def tokens_of(text: str) -> Iterator[Token]:
    """The tokens of a text, without blanks and comments."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "blank" and match.lastgroup is not None:
            yield Token(match.lastgroup, match[0], match.start(), match.end())
