"""What a design costs: technologies, synthesis, timing, sizing, and energy from measured activity.

From Liberty to a `technology`; from a design through `mapping`, `netlist`, `sizing` and `timing` to
the figures of `synthesis`; from the mapped netlist at work to those of `power`. `measure` asks for
both, once for each content.

Around the cores: `memory` (SRAM) and `dram`, `schedule` and `dataflow` of matrix products, and the
`system` of them all, for many designs at once.
"""
