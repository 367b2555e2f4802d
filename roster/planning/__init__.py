"""Planning: who takes which slot of the coming weeks or months of one schedule.

`roster.planning.proposing` is the way in. Slots come from how the schedule hands over (`slots`), rules and
people become bit masks (`terms`), a complete search finds a plan or shows that there is none
(`feasibility`, `clash`), and a local search makes it fair (`objective`, `search`).
"""
