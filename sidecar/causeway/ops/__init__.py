"""What operators see and do: health, metrics, the operations pages, cases, deliveries."""
