"""The items of a plan, and the passages of a report that speak of them."""
