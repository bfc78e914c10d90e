import os

if "KURA_TEST_POSTGRES" in os.environ:
    from tests.databases import follow_environment

    follow_environment()
