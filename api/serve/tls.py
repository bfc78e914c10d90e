"""The server's own TLS: version 1.2 or later, forward secrecy, certificates of clients where they are asked for."""

from __future__ import annotations

import ssl
from pathlib import Path

from api.server_settings import ServerSettings
from biometrics.errors import ConfigurationError

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2; those of 1.3 are all as good. None without forward secrecy, none in CBC mode."""


def server_context(home: Path, server: ServerSettings) -> ssl.SSLContext:
    """Return what a listening socket needs to speak TLS.

    A client's certificate is asked for where an authority is named, and a connection without one is taken: whether a
    client must have one is said by its rights.

    Raises
    ------
    ConfigurationError
        When a certificate or key is missing, does not fit, or cannot be read.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_alpn_protocols(["http/1.1"])
    certificate, key = home / server.tls_certificate, home / server.tls_key
    try:
        # A key under a passphrase would ask for it on the terminal; a server has none.
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            "the certificate of the server and its key cannot be used",
            source=str(certificate),
            remedy="name a PEM file with the certificate chain as server.tls_certificate and its key, without a "
            "passphrase, as server.tls_key",
        ) from error
    if server.client_authority:
        _ask_for_certificates(context, home / server.client_authority)
    return context


def _ask_for_certificates(context: ssl.SSLContext, authority: Path) -> None:
    try:
        context.load_verify_locations(authority)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            "the authority of clients' certificates cannot be used",
            source=str(authority),
            remedy="name a PEM file with its certificate as server.client_authority",
        ) from error
    context.verify_mode = ssl.CERT_OPTIONAL
