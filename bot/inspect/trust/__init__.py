"""Whether images are signed by whom the configuration trusts; one file per way of signing."""
