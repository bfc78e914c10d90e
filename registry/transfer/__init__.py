"""Bulk exchange in open formats: a folder of JSON Lines and images, or CBEFF; `docs/formats.md` tells its layout."""
