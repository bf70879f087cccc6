"""Built-in merges: the same bytes as in C++, and the classes that spell them."""

import decimal
import json
import pathlib
import random

import pytest

import seawall
from seawall import ArgMax, Flag, Last, List, Map, Max, Mean, Merge, Min, Set, Struct, Sum

VECTORS = json.loads(
    (pathlib.Path(__file__).parents[2] / "tests/data/merges.json").read_text(encoding="utf-8")
)
FILMS = Struct(actors=Map(Sum()), rating=Mean(), best=ArgMax("score"), done=Flag())


@pytest.mark.parametrize("vector", VECTORS["states"], ids=lambda v: f"{v['schema']}{v['deltas']}"[:60])
def test_the_bytes_are_those_of_the_shared_vectors(vector):
    interpreter = Merge(vector["schema"])._native_interpreter()
    taken = []
    for index, delta in enumerate(vector["deltas"]):
        if index in vector.get("refused", []):
            with pytest.raises(seawall.InvalidArgumentError):
                interpreter.merge([*taken, delta])
        else:
            taken.append(delta)
    assert interpreter.merge(taken).decode() == vector["state"]


def test_schemas_have_one_spelling_or_are_refused():
    for vector in VECTORS["schemas"]:
        assert Merge(vector["schema"]).interpreter_id == vector["id"]
    for schema in VECTORS["bad_schemas"]:
        with pytest.raises(seawall.InvalidArgumentError):
            Merge(schema)


def test_classes_spell_the_schema():
    every = Struct(
        {"my é": Last()}, a=Sum(), b=Mean(), c=Min(), d=Max(), e=ArgMax('x"'), f=Set(), g=List(),
        h=List(3), i=Flag(), j=Map(Map(Sum())),
    )
    assert every.interpreter_id == (
        'seawall.merge:{"a":sum,"b":mean,"c":min,"d":max,"e":arg_max("x\\""),"f":set,"g":list,'
        '"h":list(3),"i":flag,"j":map(map(sum)),"my é":last}'
    )
    assert repr(Map(Sum())) == "<Map map(sum)>"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Map(Sum), lambda: Map("sum"), lambda: Struct(a=Sum), lambda: Struct(),
        lambda: Struct({"a": Sum()}, a=Max()), lambda: Struct({1: Sum()}), lambda: ArgMax(1),
        lambda: List(0), lambda: List(-1), lambda: List(True), lambda: List(1.0),
    ],
)  # fmt: skip
def test_what_is_no_merge_is_refused(make):
    with pytest.raises((seawall.InvalidArgumentError, TypeError)):
        make()


def test_a_log_merges_natively_and_survives(open_log):
    log = open_log(interpreter=FILMS)
    log.persist("c", {"actors": {"Ada": 1, "Bo": 0.1}, "rating": 4}, 1)
    log.persist("c", {"actors": {"Bo": 0.2}, "best": {"title": "M", "score": 7}}, 2)
    assert log.persist("c", {"actors": {"Bo": 5}}, 2).duplicate
    state = {
        "actors": {"Ada": 1, "Bo": 0.3},
        "rating": {"count": 1, "sum": 4},
        "best": {"title": "M", "score": 7},
        "done": False,
    }
    assert log.retrieve("c") == state
    log.checkpoint()
    log.persist("c", {"done": True}, 3)
    log.close()
    # Another order of the fields is the same schema, another field is not.
    same = Struct(done=Flag(), best=ArgMax("score"), rating=Mean(), actors=Map(Sum()))
    log = open_log(interpreter=same)
    assert log.retrieve("c") == {**state, "done": True}
    log.close()
    for other in (Struct(actors=Map(Sum())), Map(Sum()), seawall.ConsumerStateInterpreter()):
        with pytest.raises(seawall.InvalidArgumentError, match="actors"):
            open_log(interpreter=other)


@pytest.mark.parametrize(
    "data",
    [{"actor": {}}, {"actors": 1}, {"actors": {"a": "1"}}, {"rating": None}, {"rating": float("nan")},
     {"done": 1}, [], None, {"best": {"title": "M"}}, {"actors": object()}, {"actors": {1, 2}},
     {"rating": 10**309}, {"rating": float("inf")}, {"best": {"score": True}}],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_nothing_is_written(open_log, data):
    log = open_log(interpreter=FILMS)
    with pytest.raises(seawall.InvalidArgumentError):
        log.persist("c", data, 1)
    assert log.retrieve("c") is None and log.durable_lsn == 0
    assert not log.persist("c", {"done": True}, 1).duplicate


def test_merge_data_previews_what_a_log_does():
    assert FILMS.merge_data([]) == {
        "actors": {}, "rating": {"count": 0, "sum": 0}, "best": None, "done": False,
    }  # fmt: skip
    assert List(2).merge_data([1, [2, 3], None]) == [3, None]
    assert Last().merge_data([1, {"a": 1.50}]) == {"a": 1.5}
    assert Max().merge_data(["2026-11-03", "2026-11-24", 5]) == "2026-11-24"
    assert Set().merge_data([["b", 10], 9, "b"]) == [9, 10, "b"]


def test_sums_are_those_of_decimal():
    """Python's decimal is the model: exact, in any order, and each double as it is written."""
    rng = random.Random(4)
    context = decimal.Context(prec=1400, Emax=2000, Emin=-2000)
    special = [5e-324, 1.7976931348623157e308, -1e300, 0.1, -0.0, 2**63, -(2**63) - 1, 10**30]
    for _ in range(300):
        numbers = [
            rng.choice(
                [
                    rng.randint(-(2**70), 2**70),
                    rng.uniform(-1, 1) * 10.0 ** rng.randint(-300, 300),
                    rng.randint(-999, 999) / 100,
                    rng.choice(special),
                ]
            )
            for _ in range(rng.randint(1, 12))
        ]
        expected = decimal.Decimal(0)
        for number in numbers:
            expected = context.add(expected, decimal.Decimal(repr(number)))
        rng.shuffle(numbers)
        text = Sum()._native_interpreter().merge([json.dumps(number) for number in numbers])
        assert context.compare(decimal.Decimal(text.decode()), expected) == 0, numbers


def test_a_value_too_deep_for_the_state_is_refused(open_log):
    def nested(depth):
        value = 1
        for _ in range(depth):
            value = {"s": value}
        return value

    log = open_log(interpreter=seawall.List())
    with pytest.raises(seawall.InvalidArgumentError, match="too deep"):
        log.persist("c", nested(512), 1)  # the state's own list is a level more
    log.persist("c", nested(511), 2)
    assert log.retrieve("c") == [nested(511)]
    log.close()
    assert open_log(interpreter=seawall.List()).retrieve("c") == [nested(511)]
