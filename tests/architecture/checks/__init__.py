"""Each checker is a function of a root folder (and, where needed, a list of facts) that returns offences."""
