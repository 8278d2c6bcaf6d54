"""updates -> branch, commit, pull request: safe to run twice."""
