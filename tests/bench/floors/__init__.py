"""The floors: how little of the work a server can do, one step more in each, in this project's own environment."""
