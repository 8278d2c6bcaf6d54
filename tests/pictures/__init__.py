"""Pull requests of every shape as pictures: `python -m tests.pictures FOLDER` takes them with a headless Chromium."""
