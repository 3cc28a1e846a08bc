"""A consultation that never took place: made-up people who talk to the bot through its own channels.

people.py      who they are and what they came for, drawn from a seed
texts.py       what they type: content/demo.yaml
leanings.py    which options they prefer, drawn as well
acting.py      what somebody does next, from the buttons and questions they were given
wires.py       how it travels: the bodies of LINE, Telegram and the web page, read by their own readers
simulation.py  all of them, through the intake and the turns

One rule: nothing of theirs is written but by a turn of the conversation, and all of it is marked (DEMO in the
store), so that it is told apart everywhere and goes with one verb.
"""

from bot.demo.people import invented
from bot.demo.simulation import DemoIdentity, Simulation
from bot.demo.texts import load_texts

__all__ = ["DemoIdentity", "Simulation", "invented", "load_texts"]
