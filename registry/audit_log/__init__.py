"""The audit trail as a Merkle log after RFC 6962: hashes, proofs, signed anchors, and what verifies them offline."""
