"""What strangers may cause within an hour, apart from what may be sent about other cases (contract 4, 5)."""
