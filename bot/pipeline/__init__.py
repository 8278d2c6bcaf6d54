"""The story: survey, find, watch, decide, explain, propose, track; `run` tells it on one screen, each other file glues one stage."""
