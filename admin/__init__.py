"""HTTP for people: views, forms, templates. Takes no decisions."""
