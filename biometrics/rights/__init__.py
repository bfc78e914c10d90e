"""The words of people's rights over what is recorded about them."""
