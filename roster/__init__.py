"""Who is on duty, and why. Pure: values in, values out."""
