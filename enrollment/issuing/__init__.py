"""What is given out about a person and signed: the record that a card is personalised with, and receipts."""
