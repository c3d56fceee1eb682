"""Layer 6, recording: what services write down. Here errors enter, each with a known rate.

The only layer below exposures that sees the group: who is recorded as what depends on the
practice, the hospital and the code list, and that is what the course has to teach. With
``faithful`` the records say what is true and nothing is missing.
"""
