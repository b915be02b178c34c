"""Kinds of printed commands: what is left of one without addresses, names and numbers, and the table of the scenarios that prove each."""

import os
import re
from dataclasses import dataclass

from runner import programs

TABLE = os.path.join(programs.LAB, "proved.tsv")
# What stands behind these is another thing each time.
VARIES = {"-connect": "ADDRESS", "-proxy": "ADDRESS", "-servername": "NAME", "-alpn": "LIST"}


@dataclass(frozen=True)
class Row:
    """One line of the table."""
    label: str
    text: str
    commands: str
    outcomes: tuple
    scenario: str
    given: dict

    def kind(self):
        """What it proves."""
        return (self.label, self.text, self.commands)


def rows():
    """The table."""
    found = []
    with open(TABLE, encoding="utf-8") as file:
        for line in file:
            if line.startswith("#") or line.startswith("label\t"):
                continue
            label, text, commands, outcomes, scenario, given = line.rstrip("\n").split("\t")
            words = dict(word.split("=", 1) for word in given.split() if given != "-")
            if outcomes != "not run":
                found.append(Row(label, text, commands, tuple(outcomes.split(", ")), scenario, words))
    return found


def text_kind(text):
    """A sentence without its numbers."""
    return re.sub(r"\d+(?:,\d+)*", "N", text)


def command_kind(command):
    """A command without its addresses and names; continued lines joined."""
    words, before = [], ""
    for word in command.replace("\\\n", " ").split():
        if before in VARIES:
            words.append(VARIES[before])
        elif word.startswith("https://"):
            words.append("URL")
        else:
            words.append(word)
        before = word
    return " ".join(words)
