"""The way in and out of a browser: sign-in, step-up, logout."""
