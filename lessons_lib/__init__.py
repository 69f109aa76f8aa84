"""The helper package of *The Hiker and the Guide*: what the chapters derive, ready to import."""
