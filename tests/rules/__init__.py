"""One file per rule: its check just under, exactly at and just over the limit."""
