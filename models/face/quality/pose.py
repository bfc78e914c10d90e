"""Pose: where the head points, from the five points alone.

A rigid head of five points is seen from afar (scaled orthographic projection; DeMenthon and Davis, International
Journal of Computer Vision 15, 1995): the least-squares affine map from the head to the picture gives scale and
rotation. Heads differ: among faces of LFW View 1 with less than 5 degrees of yaw the pitch scatters by 6 degrees
(standard deviation), which includes how they really held their heads. No labelled poses were at hand, so that the
accuracy is unknown; we take yaw as good to about 5 and pitch to about 10 degrees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.face.detect import DetectedFace
from models.face.quality.view import Component, FaceView, judged

_HEAD = np.array(
    [[-0.5, 0.0, 0.0], [0.5, 0.0, 0.0], [0.0, 0.57, 0.36], [-0.43, 0.98, 0.0], [0.43, 0.98, 0.0]], np.float64
)
"""Eyes, nose tip, mouth corners in eye distances: right, down, towards the camera.

Right and down are medians over 955 frontal faces of both development sets. The nose's height follows from how it moves
aside as the eyes draw together: 0.35 to 0.37 in every band of yaw from 10 to 45 degrees.
"""

_CENTRED_HEAD = _HEAD - _HEAD.mean(axis=0)
_SOLVE = np.linalg.pinv(_CENTRED_HEAD)

TURNED_YAW_DEG, PROFILE_YAW_DEG = 30.0, 55.0
"""Scores of mated pairs of LFW View 1 whose other portrait is within 12 degrees stay level up to 40 (medians of 0.66 to
0.69), so that the first is for the eye; beyond the second the far eye is about to vanish."""

NODDING_PITCH_DEG = 18.0
"""One in a hundred of the FairFace sample is beyond, upwards; nearer, the accuracy allows no verdict."""

TILTED_ROLL_DEG = 20.0
"""Alignment takes roll out; from here on the operator will want to straighten the head or the camera."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Angles of the head, degrees; all 0 when it faces the camera upright.

    Parameters
    ----------
    yaw_deg
        Positive when the face points to the picture's right.
    pitch_deg
        Positive when it points up.
    roll_deg
        Positive when it leans clockwise, as one sees the picture.
    """

    yaw_deg: float
    pitch_deg: float
    roll_deg: float


def measure_pose(face: DetectedFace) -> Pose:
    """Return the pose that explains the five points best."""
    points = face.points.astype(np.float64)
    affine = (_SOLVE @ (points - points.mean(axis=0))).T
    left, _, right = np.linalg.svd(affine, full_matrices=False)
    across, down = left @ right
    towards = np.cross(across, down)
    # Rows are the picture's axes in the head's: a turn by yaw, then a nod by pitch, then a tilt by roll.
    return Pose(
        yaw_deg=float(np.degrees(np.arctan2(-towards[0], towards[2]))),
        pitch_deg=float(np.degrees(np.arcsin(np.clip(towards[1], -1.0, 1.0)))),
        roll_deg=float(np.degrees(np.arctan2(-across[1], down[1]))),
    )


def assess_pose(view: FaceView) -> Component:
    """Judge where the head points."""
    pose = measure_pose(view.face)
    return judged(
        "pose",
        {"yaw_deg": pose.yaw_deg, "pitch_deg": pose.pitch_deg, "roll_deg": pose.roll_deg},
        bad=((abs(pose.yaw_deg) > PROFILE_YAW_DEG, "profile"),),
        improve=(
            (abs(pose.yaw_deg) > TURNED_YAW_DEG, "turned"),
            (pose.pitch_deg > NODDING_PITCH_DEG, "up"),
            (pose.pitch_deg < -NODDING_PITCH_DEG, "down"),
            (abs(pose.roll_deg) > TILTED_ROLL_DEG, "tilted"),
        ),
    )
