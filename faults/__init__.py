"""The fault suite: plays orders, does harm, and counts in the other side's books."""
