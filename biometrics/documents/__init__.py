"""Documents of identity, as far as this service has to do with them: machine-readable zones."""
