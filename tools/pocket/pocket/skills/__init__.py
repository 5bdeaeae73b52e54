"""What Pocket is taught: a function a skill, each gives one question and its answer."""
