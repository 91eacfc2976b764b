"""Evidence: who was held out, what was planned before the start, and did it work?"""
