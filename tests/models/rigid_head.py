"""The five points of an average head in any pose, by rotation matrices: independent of how poses are measured."""

from __future__ import annotations

import numpy as np

from models.face.detect import DetectedFace

HEAD = np.array([[-0.5, 0, 0], [0.5, 0, 0], [0, 0.57, 0.36], [-0.43, 0.98, 0], [0.43, 0.98, 0]])
"""Eyes, nose, mouth corners in eye distances: right, down, towards the camera."""


def face_turned_by(yaw_deg: float, pitch_deg: float, roll_deg: float, *, eye_distance_px: float = 60) -> DetectedFace:
    """Return a face seen from afar that turned to the picture's right, then up, then clockwise."""
    yaw, pitch, roll = np.radians([yaw_deg, pitch_deg, roll_deg])
    aside = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    nod = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    lean = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    points = (HEAD @ (lean @ nod @ aside).T)[:, :2] * eye_distance_px + np.array([100, 70])
    return DetectedFace(left=40.0, top=20.0, width=120.0, height=160.0, points=points.astype(np.float32), score=0.9)
