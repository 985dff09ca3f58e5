"""What a design costs: technologies, synthesis, timing, sizing, and energy from measured activity.

The rooms, in the order of a design's way through them: `library` and `liberty` (the cells), `flow`
(mapping, sizing and timing: the figures of synthesis), `energy` (the mapped netlist at work),
`inventory` (shared circuits, counted), `model` (what is fitted to measured ones), `explore` (every
point of a space, by the model), `system` (cores with memories around them), `plots`. `work` keeps
answers and runs what takes long. A family has a room of its own, named like it: what its units are
made of.
"""
