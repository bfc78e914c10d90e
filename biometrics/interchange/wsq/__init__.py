"""WSQ, the FBI's wavelet compression of 500 ppi fingerprints: `decode_wsq`, `encode_wsq` and `annotate_wsq`.

Specification: FBI, WSQ Gray-Scale Fingerprint Image Compression Specification, IAFIS-IC-0110 (V3), 1997.
"""

from biometrics.interchange.wsq.decoding import WsqImage, decode_wsq
from biometrics.interchange.wsq.encoding import annotate_wsq, encode_wsq
from biometrics.interchange.wsq.segments import START

__all__ = ["START", "WsqImage", "annotate_wsq", "decode_wsq", "encode_wsq"]
