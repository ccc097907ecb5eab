"""A small order service to look at: five programs, one shop, some of it broken on purpose."""
