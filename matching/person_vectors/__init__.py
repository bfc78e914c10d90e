"""A person as one row of numbers: a block for the face and one for each named finger, for shortlists.

`layout_of` says which blocks there are, `person_vectors` turns prepared samples into rows and masks.
"""

from matching.descriptor import SCHEME, finger_vectors
from matching.person_vectors.layout import layout_of
from matching.person_vectors.person import GOOD_PRINT, PersonVector, good_fingers, person_vector, person_vectors

__all__ = [
    "GOOD_PRINT",
    "SCHEME",
    "PersonVector",
    "finger_vectors",
    "good_fingers",
    "layout_of",
    "person_vector",
    "person_vectors",
]
