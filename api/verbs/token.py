"""`kura token`: a token for trying the service out, signed by the development issuer."""

from __future__ import annotations

import argparse

from api.verbs import arguments as shared

SUMMARY = "print an access token for a server started with kura serve --dev"

_LONGEST_MIN = 24 * 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--scope", required=True, metavar='"A B"', help="what it allows, separated by spaces")
    parser.add_argument("--client", metavar="NAME", help="the client that acts (default: development)")
    parser.add_argument("--subject", metavar="NAME", help="the person that acts (default: the client itself)")
    parser.add_argument("--role", choices=("operator", "supervisor", "examiner"), help="in which capacity")
    parser.add_argument(
        "--purpose", metavar="TEXT", help="why the data are needed, for the audit trail (default: development)"
    )
    parser.add_argument(
        "--minutes", type=_minutes, default=60, metavar="N", help="for how long it is valid (default: 60)"
    )
    shared.add_json(parser)


def _minutes(text: str) -> int:
    return shared.whole_number(text, least=1, most=_LONGEST_MIN)


def run(arguments: argparse.Namespace) -> int:
    """Print the token."""
    from api.command_line import DONE
    from api.installation import open_installation
    from api.serve.development import CLIENT_NAME, PURPOSE, TokenRequest, sign_token

    installation = open_installation(arguments.home, create=False)
    asked = TokenRequest(
        scopes=arguments.scope.split(),
        client=arguments.client or CLIENT_NAME,
        subject=arguments.subject,
        role=arguments.role,
        purpose=arguments.purpose or PURPOSE,
        minutes=arguments.minutes,
    )
    token = sign_token(installation.home, installation.settings.server, asked)
    if arguments.json:
        shared.print_json({"access_token": token, "token_type": "Bearer", "expires_in": arguments.minutes * 60})
    else:
        print(token)
    return DONE
