"""What the native API takes and gives, as its schema describes it; a module per noun."""
