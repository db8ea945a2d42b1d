"""The page of lifecycles says what the code says."""

from django.core.management import call_command

from config.lifecycles import all_lifecycles, page


def test_the_page_is_up_to_date() -> None:
    call_command("lifecycles", "--check")


def test_every_room_with_states_is_on_the_page() -> None:
    rooms = {room for room, _name, _table in all_lifecycles()}

    assert rooms >= {"accounts", "marketplace", "contracts", "delivery", "billing", "oversight"}


def test_every_state_can_be_reached_from_the_start() -> None:
    for room, name, table in all_lifecycles():
        reached, before = {table.start}, set()
        while reached != before:
            before = set(reached)
            reached |= {after for state in before for after in table.moves.get(state, ())}
        assert reached == table.states, f"{room} {name}"


def test_the_page_names_each_order_state() -> None:
    assert "| `PARTLY_FILLED` |" in page()
