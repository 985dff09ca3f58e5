"""What a design costs: technologies, synthesis, timing, sizing, and energy from measured activity.

From Liberty to a `technology`; from a design through `mapping`, `netlist`, `sizing` and `timing` to
the figures of `synthesis`; from the mapped netlist at work to those of `power`. `measure` asks for
both, once for each content.
"""
