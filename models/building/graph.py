"""A small pen for writing ONNX graphs: each call adds one operator and returns the name of its result."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.building.fold import IR_VERSION, OPSET, finish

Sizes: TypeAlias = tuple[int | str, ...]


class GraphWriter:
    """Collects operators and stored weights; every tensor has exactly one writer.

    Parameters
    ----------
    name
        Name of the graph.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._stored: dict[str, NDArray[np.generic]] = {}

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add one operator with one result and return the result's name."""
        return self.add_many(operator, *inputs, results=1, **attributes)[0]

    def add_many(self, operator: str, *inputs: str, results: int, **attributes: Any) -> tuple[str, ...]:
        """Add one operator with several results and return their names."""
        name = f"{operator.lower()}_{len(self._nodes)}"
        names = (name,) if results == 1 else tuple(f"{name}_{index}" for index in range(results))
        self._nodes.append(helper.make_node(operator, list(inputs), list(names), name=name, **attributes))
        return names

    def store(self, name: str, array: NDArray[np.generic]) -> str:
        """Keep an array in the file and return its name; the same name again must mean the same array."""
        known = self._stored.setdefault(name, array)
        if known is not array and not np.array_equal(known, array):
            raise ValueError(f"two different arrays are called {name}")
        return name

    def integers(self, *values: int) -> str:
        """Keep a list of integers (axes, pads, shapes) and return its name."""
        return self.store("_".join(("int64", *map(str, values))), np.array(values, dtype=np.int64))

    def finish(
        self,
        inputs: Mapping[str, Sizes],
        outputs: Mapping[str, tuple[str, Sizes]],
        *,
        integers: Collection[str] = (),
        metadata: Mapping[str, str] | None = None,
    ) -> bytes:
        """Return the checked model as bytes.

        Parameters
        ----------
        inputs
            Name and sizes of each float32 input; a word leaves a dimension open.
        outputs
            Public name -> (result it shows, sizes).
        integers
            Outputs that are int64 instead of float32.
        metadata
            What the file says beside the graph.

        Raises
        ------
        ProcessingError
            When the graph is not valid ONNX.
        """
        for public, (result, _) in outputs.items():
            self._nodes.append(helper.make_node("Identity", [result], [public], name=public))
        kinds = {name: TensorProto.INT64 if name in integers else TensorProto.FLOAT for name in outputs}
        graph = helper.make_graph(
            self._nodes,
            self._name,
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes) for name, sizes in inputs.items()],
            [helper.make_tensor_value_info(name, kinds[name], sizes) for name, (_, sizes) in outputs.items()],
            [numpy_helper.from_array(array, name) for name, array in self._stored.items()],
        )
        model = helper.make_model(graph, ir_version=IR_VERSION, opset_imports=[helper.make_opsetid("", OPSET)])
        helper.set_model_props(model, dict(metadata or {}))
        return finish(model)
