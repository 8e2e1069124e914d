"""Words in the reader's language, and days as they write them."""
