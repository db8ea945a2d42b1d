"""Sentences that pure code says in English, named here so that catalogues hold them."""

from django.utils.translation import gettext_noop as said

SENTENCES = (
    said("%(column)s is empty."),
    said("%(column)s is longer than %(longest)s characters."),
    said("%(column)s is not known: %(cell)s."),
    said("%(column)s is not a whole number from %(least)s to %(most)s."),
    said("%(column)s is not a date like 2026-11-23."),
    said("%(column)s is not a valid unified social credit code."),
    said("%(column)s stands in the file twice."),
    said("The column %(column)s is missing."),
    said("The column %(column)s is not known."),
    said("The file has more than %(rows)s rows."),
    said("valid_until is not after issued_date."),
    said("%(site)s holds the licence %(number)s already."),
    said("This takes a person with a deciding role in an admitted regulator."),
    said("Whoever proposed it cannot approve it. A second person must."),
    said("The person who proposed this no longer has the role. Propose it anew."),
    said("This is over: %(state)s."),
    said("The same is already proposed and waits for its second person."),
    said("Say why, in 10 to 400 characters."),
    said("Only the person who proposed it can withdraw it."),
    said("No rule is in force on %(as_of)s."),
    said("Rule %(kind)s needs the parameter %(name)s, as %(wanted)s."),
)
