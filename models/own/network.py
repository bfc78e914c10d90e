"""A user's ONNX file, opened with care: what is no plain ONNX, or does not fit its description, is refused in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import onnx
import onnxruntime
from jaxtyping import Float32
from numpy.typing import NDArray

from biometrics.errors import ConfigurationError, ProcessingError
from models.own.description import ModelDescription
from models.own.pixels import Batch
from models.sessions import session_options

Outputs: TypeAlias = Float32[NDArray[np.float32], "batch numbers"]
"""What a model gives for each picture."""

_STANDARD_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
"""Operators the runtime brings; any other needs a library of its own, which Kura does not load."""

_FLOAT = "tensor(float)"


class OwnNetwork:
    """A user's model, opened; safe to call from several threads.

    Parameters
    ----------
    data
        The ONNX file.
    description
        What its owner says about it.
    threads
        Threads within one run.

    Raises
    ------
    ConfigurationError
        When the file is no ONNX file, or its input or output is not what the description says.
    """

    def __init__(self, data: bytes, description: ModelDescription, *, threads: int = 1) -> None:
        self._description = description
        _require_plain_onnx(data, description.model_id)
        try:
            self._session = _open(data, threads)
        except Exception as error:  # the runtime's own exception types are not public
            raise ConfigurationError(
                f"the inference runtime refuses the model: {_one_line(error)}",
                source=description.model_id,
                remedy="export it anew for this runtime, with an operator set it supports",
            ) from error
        self._input, self._one_by_one = _check_input(self._session, description)
        self._output = _check_output(self._session, description)

    @property
    def batched(self) -> bool:
        """Whether the model takes several pictures at a time."""
        return not self._one_by_one

    def run(self, batch: Batch) -> Outputs:
        """Return the outputs, one row per picture.

        Raises
        ------
        ProcessingError
            When the model fails, or gives another number of rows.
        """
        pieces = [batch[i : i + 1] for i in range(len(batch))] if self._one_by_one else [batch]
        rows = [self._run(piece) for piece in pieces]
        return np.concatenate(rows)

    def _run(self, batch: Batch) -> Outputs:
        try:
            (found,) = self._session.run([self._output], {self._input: batch})
        except Exception as error:  # as above
            raise ProcessingError(f"the model failed: {_one_line(error)}", source=self._description.model_id) from error
        rows = np.asarray(found, dtype=np.float32)
        if rows.size == 0 or rows.shape[:1] != (len(batch),):
            raise ProcessingError(
                f"the model gave an output of shape {list(rows.shape)} for {len(batch)} pictures",
                source=self._description.model_id,
            )
        return rows.reshape(len(batch), -1)


def _open(data: bytes, threads: int) -> Any:
    # Otherwise the runtime would print on standard output that it tries again.
    session = onnxruntime.InferenceSession(
        data, session_options(threads), providers=["CPUExecutionProvider"], enable_fallback=0
    )
    # Names that are no text fail only when they are asked for.
    _ = [(one.name, one.shape) for one in (*session.get_inputs(), *session.get_outputs())]
    return session


def _require_plain_onnx(data: bytes, source: str) -> None:
    try:
        model = onnx.load_model_from_string(data)
    except Exception as error:  # protobuf has no public types of its errors here
        raise _no_onnx(source) from error
    if not model.graph.node or not model.graph.output:
        raise _no_onnx(source)
    # Without their files such weights would be missing; and a file must not name others to be read.
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in _tensors(model)):
        raise ConfigurationError(
            "the weights lie in another file (external data)", source=source, remedy="save the model as one file"
        )
    foreign = sorted({node.domain for node in model.graph.node} - _STANDARD_DOMAINS)
    if foreign:
        raise ConfigurationError(
            f"the model needs operators of its own ({', '.join(foreign)})",
            source=source,
            remedy="export it with standard ONNX operators only",
        )


def _tensors(part: Any) -> Iterator[onnx.TensorProto]:
    """Yield every stored tensor of a model or a part of it: in graphs within graphs, attributes and functions."""
    for field, value in part.ListFields():
        if field.message_type is None:
            continue
        for inner in (value,) if hasattr(value, "ListFields") else value:
            if isinstance(inner, onnx.TensorProto):
                yield inner
            else:
                yield from _tensors(inner)


def _no_onnx(source: str) -> ConfigurationError:
    return ConfigurationError(
        "not an ONNX model", source=source, remedy="give a .onnx file; other formats are exported to it first"
    )


def _check_input(session: Any, description: ModelDescription) -> tuple[str, bool]:
    """Return the input's name, and whether it takes one picture at a time."""
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise _misfit(f"the model has {len(inputs)} inputs, not one", description, "export it with the picture alone")
    (only,) = inputs
    if only.type != _FLOAT:
        raise _misfit(f"the input is {only.type}, not {_FLOAT}", description, "export it with a float32 input")
    wanted = description.input.shape
    shape = list(only.shape)
    fits = len(shape) == 4 and all(
        not isinstance(have, int) or have == want for have, want in zip(shape[1:], wanted, strict=False)
    )
    if not fits or (isinstance(shape[0], int) and shape[0] != 1):
        raise _misfit(
            f"the model takes {_shown(shape)}, the description says {_shown(['batch', *wanted])}",
            description,
            "correct size, colors or layout",
        )
    return str(only.name), shape[0] == 1


def _check_output(session: Any, description: ModelDescription) -> str:
    names = [output.name for output in session.get_outputs()]
    if not description.output and len(names) == 1:
        return str(names[0])
    if description.output not in names:
        said = f"there is no output {description.output!r}" if description.output else "the model has several outputs"
        raise _misfit(said, description, f"write output.name as one of {', '.join(names)}")
    kind = {output.name: output.type for output in session.get_outputs()}[description.output]
    if kind != _FLOAT:
        raise _misfit(f"the output is {kind}, not {_FLOAT}", description, "export it with a float32 output")
    return description.output


def _misfit(message: str, description: ModelDescription, remedy: str) -> ConfigurationError:
    return ConfigurationError(message, source=description.model_id, remedy=remedy)


def _shown(shape: list[Any]) -> str:
    return "[" + ", ".join(str(side) for side in shape) + "]"


def _one_line(error: Exception) -> str:
    """Return the runtime's message, shortened: it may quote the file, but never an input."""
    return " ".join(str(error).split())[:200]
