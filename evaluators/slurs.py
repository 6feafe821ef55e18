"""The lexicon of the `toxicity` screen: words for which people are hurt, thrown out or fined.

They are listed so that data sets can be kept free of them. A word that has an everyday sense as
well is not in the list.
"""

__all__ = ["INSULTS", "LEXICON", "OBSCENE", "SLURS"]

SLURS = frozenset(
    (
        *("nigger", "niggers", "nigga", "niggas", "kike", "kikes", "faggot", "faggots", "fag"),
        *("fags", "tranny", "trannies", "retard", "retards", "retarded", "wetback", "wetbacks"),
        *("spic", "spics", "gook", "gooks", "raghead", "ragheads", "towelhead", "towelheads"),
        *("cunt", "cunts", "whore", "whores", "slut", "sluts", "mongoloid", "subhuman"),
    )
)
"""Words that abuse by themselves, most of them a group of people."""

INSULTS = frozenset(
    (
        *("idiot", "idiots", "moron", "morons", "imbecile", "imbeciles", "stupid", "dumbass"),
        *("asshole", "assholes", "bitch", "bitches", "bastard", "bastards", "loser", "losers"),
        *("scumbag", "scum", "trash", "garbage", "worthless", "pathetic", "disgusting"),
        *("dickhead", "prick", "cretin", "dumb", "brainless", "braindead", "jackass"),
        *("motherfucker", "motherfuckers", "shithead", "douchebag", "vermin", "parasite"),
        *("piece of shit", "piece of trash", "waste of space", "waste of oxygen"),
    )
)
"""Words that insult whom they are said of."""

OBSCENE = frozenset(
    (
        *("fuck", "fucks", "fucked", "fucker", "fuckers", "fucking", "motherfucker", "shit"),
        *("shits", "shitty", "bullshit", "asshole", "assholes", "bitch", "bitches"),
        *("dickhead", "tits", "wank", "wanker", "bollocks", "twat", "arsehole"),
        *("blowjob", "cumshot", "dumbass", "jackass", "bastard", "bastards", "piss", "pissed"),
    )
)
"""Coarse words."""

LEXICON = frozenset(word for word in SLURS | INSULTS | OBSCENE if " " not in word) | {
    *("kill", "yourself", "stupid", "die"),
}
"""Words that are looked for behind a disguise."""
