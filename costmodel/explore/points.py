"""Tables of points for Parquet: a column for each parameter and figure, the unit in its name.

A point that has no parameter of some name (another block has it) has null there. Only points that
can exist are in a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from costmodel.explore.space import Chunk, Columns, Space

__all__ = ["kind_of_axis", "point_schema", "record_batch"]

_TEXT = pa.dictionary(pa.int32(), pa.string())


def kind_of_axis(space: Space, name: str) -> pa.DataType:
    """Type of a parameter's column: text, truth, whole number or number."""
    values = next(block.axes[name] for block in space.blocks if name in block.axes)
    kinds = {"U": _TEXT, "b": pa.bool_(), "f": pa.float64()}
    return kinds.get(values.dtype.kind, pa.int32())


def point_schema(space: Space, figures: Mapping[str, NDArray[Any]]) -> pa.Schema:
    """Columns of all valid points: number, where they are, parameters, figures, and their state."""
    fields = [pa.field("number", pa.int64()), pa.field("technology", _TEXT)]
    if space.workloads:
        fields += [pa.field("workload", _TEXT), pa.field("inputs", pa.int32())]
    fields += [pa.field(name, kind_of_axis(space, name)) for name in space.parameters]
    fields += [
        pa.field(name, pa.from_numpy_dtype(values.dtype)) for name, values in figures.items()
    ]
    return pa.schema([*fields, pa.field("inside", pa.bool_()), pa.field("feasible", pa.bool_())])


def record_batch(
    space: Space,
    chunk: Chunk,
    columns: Columns,
    figures: Mapping[str, NDArray[Any]],
    valid: NDArray[np.bool_],
    states: Mapping[str, NDArray[np.bool_]],
) -> pa.RecordBatch:
    """The valid points of a chunk as rows.

    Args:
        space: of the chunk.
        chunk: which points.
        columns: the open mesh of its parameters.
        figures: of the points; these and the following broadcast to the mesh's shape.
        valid: which can exist.
        states: ``inside`` the fitted region, and ``feasible``.
    """
    shape = np.broadcast_shapes(*(column.shape for column in columns.values()))
    places = np.flatnonzero(np.broadcast_to(valid, shape))
    rows, everything = len(places), len(places) == np.prod(shape)

    def flat(values: NDArray[Any]) -> NDArray[Any]:
        if values.size == 1:
            return np.broadcast_to(values.reshape(1), rows)
        full = np.broadcast_to(values, shape).reshape(-1)
        return full if everything else full[places]

    def text(values: NDArray[Any]) -> pa.Array:
        order = np.arange(values.size, dtype=np.int32).reshape(values.shape)
        return pa.DictionaryArray.from_arrays(flat(order), values.reshape(-1).tolist())

    contents = {"number": places + chunk.first, "technology": text(np.array(chunk.technology))}
    if chunk.workload is not None:
        contents["workload"] = text(np.array(space.workloads[chunk.workload].name))
    schema = point_schema(space, figures)
    for name, values in {**columns, **figures, **states}.items():
        contents[name] = text(values) if values.dtype.kind == "U" else flat(values)
    arrays = [
        pa.nulls(rows, field.type)
        if field.name not in contents
        else contents[field.name]
        if isinstance(contents[field.name], pa.Array)
        else pa.array(contents[field.name], field.type)
        for field in schema
    ]
    return pa.record_batch(arrays, schema)
