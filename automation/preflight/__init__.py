"""Holds what an update plans against what AWS has, and refuses what cannot work before anything is touched."""
