"""Sentences that pure code says in English, named here so that catalogues hold them."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("%(column)s is empty."),
    gettext_noop("%(column)s is longer than %(longest)s characters."),
    gettext_noop("%(column)s is not known: %(cell)s."),
    gettext_noop("%(column)s is not a whole number from %(least)s to %(most)s."),
    gettext_noop("%(column)s is not a date like 2026-11-23."),
    gettext_noop("%(column)s is not a valid unified social credit code."),
    gettext_noop("%(column)s stands in the file twice."),
    gettext_noop("The column %(column)s is missing."),
    gettext_noop("The column %(column)s is not known."),
    gettext_noop("The file has more than %(rows)s rows."),
    gettext_noop("valid_until is not after issued_date."),
    gettext_noop("%(site)s lies in another province."),
    gettext_noop("%(site)s holds the licence %(number)s already."),
)
