"""karrio as a connection: orders handed over, labels bought, parcels followed."""
