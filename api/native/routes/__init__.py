"""The routes of the native API, a module per noun."""
