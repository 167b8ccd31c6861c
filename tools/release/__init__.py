"""What scripts/build does besides building: the wheel, installed and tested as users have it."""
