"""The pytest plugin: references as tests, and one submission as tests."""
