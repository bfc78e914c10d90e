"""Explicit inference sessions: how many threads, no spinning, no telemetry, nothing global."""

from __future__ import annotations

from pathlib import Path

import onnxruntime

from biometrics.errors import ModelUnavailableError

_ERRORS_ONLY = 3


def open_session(path: Path, *, threads: int = 1) -> onnxruntime.InferenceSession:
    """Return a session on the CPU; it may be run from several threads at once.

    Parameters
    ----------
    path
        A verified file of `models.store.ModelStore`.
    threads
        Threads within one run. One is best where several processes or threads each run their own sample.

    Raises
    ------
    ModelUnavailableError
        When the runtime refuses the file.
    """
    options = session_options(threads)
    try:
        return onnxruntime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's own exception types are not public
        raise ModelUnavailableError(
            "the inference runtime refuses the model file",
            source=path.name,
            remedy="run kura models prepare, or install the onnxruntime of the lock file",
        ) from error


def session_options(threads: int) -> onnxruntime.SessionOptions:
    """Return the options of every session: so many threads within a run, no spinning, no telemetry."""
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = _ERRORS_ONLY
    # Idle workers that spin take the core from the process that has work.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    return options
