"""Record what the published LEADER answers, run by its authors' package in Keras: the reference of the parity test.

Needs an environment of its own, since Kura installs neither Keras nor TensorFlow:

    python -m venv leader-env
    leader-env/bin/pip install pyfing==0.7.3 tensorflow-cpu opencv-python-headless scipy IPython
    leader-env/bin/python -m tests.golden.record_leader
"""

from __future__ import annotations

from pathlib import Path

import keras  # type: ignore[import-not-found]
import numpy as np
from pyfing.minutiae_end_to_end import Leader  # type: ignore[import-untyped]

from tests.models.known_print import reference_print

REFERENCE = Path(__file__).with_name("leader_reference.npz")
LAYERS = {"position": "head_conv_pos", "direction": "head_conv_dir", "type": "head_conv_typ"}


def main() -> None:
    """Write the three maps and the suppressed position map of the reference print, [height, width, channels]."""
    whole = Leader().model
    outputs = [whole.get_layer(layer).output for layer in LAYERS.values()]
    picture = reference_print().pixels.astype(np.float32)[np.newaxis, :, :, np.newaxis]
    *maps, combined = keras.Model(whole.input, [*outputs, whole.output])(picture, training=False)
    recorded = {name: np.asarray(found)[0] for name, found in zip(LAYERS, maps, strict=True)}
    suppressed = np.asarray(combined)[0, :, :, 3]
    np.savez_compressed(REFERENCE, suppressed=suppressed, **recorded)


if __name__ == "__main__":
    main()
