"""The tree of a local variable keeps its order, whatever is set, killed and walked in between."""

from hypothesis import given
from hypothesis import strategies as st
from isc.py.objectscript.arrays import Node
from isc.py.objectscript.values import collation_key

_SUBSCRIPTS = st.one_of(st.integers(-20, 20).map(str), st.text("ab1.-", min_size=1, max_size=3))
_STEPS = st.lists(st.tuples(st.sampled_from(["set", "kill", "walk", "clear"]), _SUBSCRIPTS), max_size=40)


def walked(node: Node, direction: int) -> list[str]:
    found, at = [], ""
    while (at := node.next(at, direction)) != "":
        found.append(at)
    return found


@given(_STEPS)
def test_a_walk_gives_every_subscript_in_collation_order(steps: list[tuple[str, str]]) -> None:
    node, model = Node(), set[str]()
    for step, subscript in steps:
        if step == "set":
            node.make((subscript,)).value = 1
            model.add(subscript)
        elif step == "kill":
            node.kill((subscript,))
            model.discard(subscript)
        elif step == "clear" and len(model) > 5:
            node.clear()
            model.clear()
        else:
            wanted = sorted(model, key=collation_key)
            assert walked(node, 1) == wanted
            assert walked(node, -1) == wanted[::-1]
            key = collation_key(subscript)
            assert node.next(subscript, 1) == next((item for item in wanted if collation_key(item) > key), "")
    assert walked(node, 1) == sorted(model, key=collation_key)
