"""Where boxes go: the built-in layered layout, from plain sizes and edges to plain positions.

The known method of Sugiyama, Tagawa and Toda (1981): ranks, dummy items where a long edge crosses a
column, an order in each column with few crossings by median sweeps, then heights. It knows nothing
of nodes, labels or SVG. What comes out, an `Arrangement`, may also come from Graphviz (`dot.py`);
`route.py` leads the arrows through either.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

STRAIGHT_ABOVE = 700
MOST_DUMMIES = 12_000
ORDER_SWEEPS = 10
HEIGHT_SWEEPS = 8
BOX_GAP = 30.0
LINE_GAP = 14.0
PORT_ROOM = 8.0
PAIR = 17.0


@dataclass(frozen=True, slots=True)
class Edge:
    """From box ``source`` to box ``target``: a forward arrow and, if ``both`` ways, one back.

    ``label`` is the size of the text on the backward arrow and below it, zeros without one. Where
    an end is a frame, ``leave`` and ``arrive`` say how far below its middle.
    """

    source: int
    target: int
    both: bool = False
    label: tuple[float, float] = (0.0, 0.0)
    leave: float | None = None
    arrive: float | None = None

    @property
    def thickness(self) -> float:
        """The height that the arrow or the pair of arrows takes where it runs level."""
        return PAIR + 15.0 if self.both else 12.0

    @property
    def at_port(self) -> float:
        """The same beside its target, where the label stands."""
        return max(self.thickness, PAIR / 2 + self.label[1] + 15.0)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Columns of items, left to right and top to bottom, and the height of each item's middle.

    Items are the boxes, by number, and after them the dummies: where a long edge crosses a column.
    ``chains`` has for each edge its items from source to target; they are the two boxes alone in a
    ``straight`` arrangement, which has no dummies.
    """

    columns: list[list[int]]
    chains: list[list[int]]
    y: list[float]
    straight: bool = False

    def place(self) -> list[int]:
        """Each item's place in its column, from the top."""
        place = [0] * len(self.y)
        for column in self.columns:
            for i, item in enumerate(column):
                place[item] = i
        return place


def arrange(
    heights: Sequence[float], edges: Sequence[Edge], first: Sequence[int] = ()
) -> Arrangement:
    """The boxes of ``heights`` in columns, each left of all it has an edge to.

    The boxes ``first``, which nothing leads to, are alone in the first column.

    >>> arrange([40, 40, 40], [Edge(0, 2), Edge(1, 2)]).columns
    [[0, 1], [2]]
    """
    ranks = ranks_from_the_right(len(heights), edges)
    if first:
        ranks = [rank + 1 for rank in ranks]
        for box in first:
            ranks[box] = 0
    straight = too_many_to_bend(ranks, edges)
    columns, chains = with_dummies(ranks, edges, straight)
    columns = _ordered(columns, chains)
    arrangement = Arrangement(columns, chains, [0.0] * sum(map(len, columns)), straight)
    _set_heights(arrangement, heights, edges)
    return arrangement


def ranks_from_the_right(count: int, edges: Sequence[Edge]) -> list[int]:
    """Each box's column, as far right as what it feeds allows; the last column is the largest."""
    feeders: list[list[int]] = [[] for _ in range(count)]
    waits = [0] * count
    for edge in edges:
        feeders[edge.target].append(edge.source)
        waits[edge.source] += 1
    steps = [0] * count
    ready = [box for box in range(count) if not waits[box]]
    for box in ready:
        for feeder in feeders[box]:
            steps[feeder] = max(steps[feeder], steps[box] + 1)
            waits[feeder] -= 1
            if not waits[feeder]:
                ready.append(feeder)
    last = max(steps, default=0)
    return [last - step for step in steps]


def too_many_to_bend(ranks: Sequence[int], edges: Sequence[Edge]) -> bool:
    """Whether a graph is so large that its edges are drawn straight, without dummies."""
    return len(ranks) > STRAIGHT_ABOVE or passed(ranks, edges) > MOST_DUMMIES


def passed(ranks: Sequence[int], edges: Sequence[Edge]) -> int:
    """How many columns the edges pass between their ends, all added up."""
    return sum(ranks[edge.target] - ranks[edge.source] - 1 for edge in edges)


def with_dummies(
    ranks: Sequence[int], edges: Sequence[Edge], straight: bool
) -> tuple[list[list[int]], list[list[int]]]:
    """The items of each column, boxes before dummies, and the chain of each edge.

    One-way edges from the same box share their dummies: they run as one line that branches.
    """
    columns: list[list[int]] = [[] for _ in range(max(ranks, default=-1) + 1)]
    for box, rank in enumerate(ranks):
        columns[rank].append(box)
    count = len(ranks)
    trunks: dict[tuple[int, float | None, int], int] = {}
    chains = []
    for edge in edges:
        chain = [edge.source]
        for rank in () if straight else range(ranks[edge.source] + 1, ranks[edge.target]):
            dummy = (
                count if edge.both else trunks.setdefault((edge.source, edge.leave, rank), count)
            )
            if dummy == count:
                columns[rank].append(dummy)
                count += 1
            chain.append(dummy)
        chains.append([*chain, edge.target])
    return columns, chains


# Order in the columns -----------------------------------------------------------------------------


def _ordered(columns: list[list[int]], chains: list[list[int]]) -> list[list[int]]:
    """The items of each column in the best order found: few crossings, else operands' own order."""
    count = sum(map(len, columns))
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    for i, j in dict.fromkeys(link for chain in chains for link in pairwise(chain)):
        before[j].append(i)
        after[i].append(j)
    turn = {item: at for at, item in enumerate(_as_read(before, after))}
    columns = [sorted(column, key=turn.__getitem__) for column in columns]
    best, fewest = columns, _crossings(columns, after)
    for sweep in range(ORDER_SWEEPS):
        if not fewest:
            break
        columns = [list(column) for column in columns]
        _sweep(columns, before if sweep % 2 == 0 else after, backwards=sweep % 2 == 1)
        crossings = _crossings(columns, after)
        if crossings < fewest:
            best, fewest = columns, crossings
    return best


def _as_read(before: list[list[int]], after: list[list[int]]) -> list[int]:
    """Items depth first from the right, operands in their order: a tree comes out uncrossed."""
    seen = [False] * len(before)
    order = []
    for root in (item for item, users in enumerate(after) if not users):
        stack = [root]
        while stack:
            item = stack.pop()
            if not seen[item]:
                seen[item] = True
                order.append(item)
                stack.extend(reversed(before[item]))
    return order


def _sweep(columns: list[list[int]], neighbours: list[list[int]], *, backwards: bool) -> None:
    """Sort each column in turn by the median place of the neighbours in columns already sorted."""
    # Places are counted from the column's middle: columns of unlike lengths then lie centred.
    middle: dict[int, float] = {}
    for column in reversed(columns) if backwards else columns:
        wanted = {}
        for i, item in enumerate(column):
            places = sorted(middle[n] for n in neighbours[item])
            half = len(places) // 2
            own = i - len(column) / 2
            wanted[item] = (places[half] + places[~half]) / 2 if places else own
        column.sort(key=wanted.__getitem__)
        middle.update((item, i - len(column) / 2) for i, item in enumerate(column))


def _crossings(columns: list[list[int]], after: list[list[int]]) -> int:
    """How many pairs of edges between neighbouring columns cross."""
    place = {item: i for column in columns for i, item in enumerate(column)}
    total = 0
    for column in columns:
        ends: list[int] = []
        for item in column:
            own = sorted(place[n] for n in after[item])
            total += sum(len(ends) - bisect_left(ends, end + 1) for end in own)
            for end in own:
                insort(ends, end)
    return total


# Heights ------------------------------------------------------------------------------------------


def with_room(heights: Sequence[float], edges: Sequence[Edge]) -> list[float]:
    """The heights, made larger where a box needs more for the pairs of arrows on a side of it."""
    leaving, arriving = [PORT_ROOM] * len(heights), [PORT_ROOM] * len(heights)
    for edge in edges:
        if edge.both:
            leaving[edge.source] += edge.thickness
            arriving[edge.target] += edge.at_port
    return [max(needed) for needed in zip(heights, leaving, arriving, strict=True)]


def ports(
    arrangement: Arrangement, heights: Sequence[float], edges: Sequence[Edge]
) -> tuple[list[float], list[float]]:
    """For each edge how far below the middle of its source it leaves and of its target it arrives.

    Ports are in the order of what they lead to, so that edges of one box do not cross; only edges
    that begin as one line share theirs.
    """
    place = arrangement.place()
    leaving: list[list[int]] = [[] for _ in heights]
    arriving: list[list[int]] = [[] for _ in heights]
    for i, edge in enumerate(edges):
        leaving[edge.source].append(i)
        arriving[edge.target].append(i)
    chains = arrangement.chains
    out, into = [0.0] * len(edges), [0.0] * len(edges)
    level, labelled = [edge.thickness for edge in edges], [edge.at_port for edge in edges]
    # Of edges to or from one frame the ports there have their places already.
    left, right = [edge.leave or 0.0 for edge in edges], [edge.arrive or 0.0 for edge in edges]
    ends = (out, leaving, 1, level, right), (into, arriving, -2, labelled, left)
    for offset, sides, neighbour, room, beyond in ends:
        for height, side in zip(heights, sides, strict=True):
            side.sort(key=lambda i: (place[chains[i][neighbour]], beyond[i]))
            slots: dict[int, list[int]] = {}
            for i in side:
                beside = chains[i][neighbour]
                shared = neighbour == 1 and beside >= len(heights)
                slots.setdefault(-1 - beside if shared else i, []).append(i)
            total = sum(room[slot[0]] for slot in slots.values())
            scale = min(1.0, (height - PORT_ROOM) / total) if total else 1.0
            top = -total * scale / 2
            for slot in slots.values():
                deep = room[slot[0]] * scale
                for i in slot:
                    offset[i] = top + deep / 2
                top += deep
    for i, edge in enumerate(edges):
        out[i] = out[i] if edge.leave is None else edge.leave
        into[i] = into[i] if edge.arrive is None else edge.arrive
    return out, into


Pulls = list[list[tuple[int, float, float]]]
"""For each item what pulls at it: (a neighbour, how far below it to be, how strongly)."""


def _set_heights(arrangement: Arrangement, heights: Sequence[float], edges: Sequence[Edge]) -> None:
    """Give each item a height near its neighbours' and apart from those above and below it."""
    y, columns = arrangement.y, arrangement.columns
    from_left, from_right = _pulls(arrangement, heights, edges)
    both = [left + right for left, right in zip(from_left, from_right, strict=True)]
    apart = distances(arrangement, heights, edges)
    for column, gaps in zip(columns, apart, strict=True):
        settle(column, gaps, [0.0] * len(column), [1.0] * len(column), y)
    for pulls in [from_left, from_right] * HEIGHT_SWEEPS + [both, both] * (HEIGHT_SWEEPS // 2):
        _sweep_heights(columns, apart, pulls, y)
        columns, apart = columns[::-1], apart[::-1]


def _pulls(
    arrangement: Arrangement, heights: Sequence[float], edges: Sequence[Edge]
) -> tuple[Pulls, Pulls]:
    """What pulls at each item from its left and from its right; most to make long lines level."""
    out, into = ports(arrangement, heights, edges)
    links = [link for chain in arrangement.chains for link in pairwise(chain)]
    leaving, arriving = Counter(i for i, _ in links), Counter(j for _, j in links)
    from_left: Pulls = [[] for _ in arrangement.y]
    from_right: Pulls = [[] for _ in arrangement.y]
    for chain, leave, arrive in zip(arrangement.chains, out, into, strict=True):
        for i, j in pairwise(chain):
            of_boxes = (i < len(heights)) + (j < len(heights))
            alone = leaving[i] == arriving[j] == 1
            weight = 20.0 if alone or not of_boxes else 3.0 - of_boxes
            below = (leave if i < len(heights) else 0.0) - (arrive if j < len(heights) else 0.0)
            from_left[j].append((i, below, weight))
            from_right[i].append((j, -below, weight))
    return from_left, from_right


def _sweep_heights(
    columns: list[list[int]], apart: list[list[float]], pulls: Pulls, y: list[float]
) -> None:
    """Settle one column after the other at the mean of what pulls at its items."""
    for column, gaps in zip(columns, apart, strict=True):
        weights = [sum(weight for _, _, weight in pulls[item]) for item in column]
        wanted = [
            sum(w * (y[other] + below) for other, below, w in pulls[item]) / total
            if total
            else y[item]
            for item, total in zip(column, weights, strict=True)
        ]
        settle(column, gaps, wanted, [total or 0.1 for total in weights], y)


def distances(
    arrangement: Arrangement, heights: Sequence[float], edges: Sequence[Edge]
) -> list[list[float]]:
    """For each column how far apart the middles of each two neighbours in it must be."""
    boxes = len(heights)
    thickness = [*heights, *[0.0] * (len(arrangement.y) - boxes)]
    for chain, edge in zip(arrangement.chains, edges, strict=True):
        for dummy in chain[1:-1]:
            thickness[dummy] = edge.thickness
    return [
        [
            (thickness[i] + thickness[j]) / 2 + (BOX_GAP if i < boxes and j < boxes else LINE_GAP)
            for i, j in pairwise(column)
        ]
        for column in arrangement.columns
    ]


def settle(
    column: Sequence[int],
    gaps: Sequence[float],
    wanted: Sequence[float],
    weights: Sequence[float],
    y: list[float],
) -> None:
    """Set ``y`` of a column's items as near as can be to ``wanted``, in order and ``gaps`` apart.

    The weighted least-squares answer, by pooling adjacent violators (isotonic regression).

    >>> y = [0.0, 0.0]
    >>> settle([0, 1], [10.0], [5.0, 5.0], [1.0, 1.0], y)
    >>> y
    [0.0, 10.0]
    """
    down, downs = 0.0, [0.0]
    for gap in gaps:
        down += gap
        downs.append(down)
    # Blocks that move as one: (weight, weighted sum of where their items want the block, count).
    blocks: list[tuple[float, float, int]] = []
    for want, weight, below in zip(wanted, weights, downs, strict=False):
        block = (weight, weight * (want - below), 1)
        while blocks and blocks[-1][1] * block[0] > block[1] * blocks[-1][0]:
            last = blocks.pop()
            block = (last[0] + block[0], last[1] + block[1], last[2] + block[2])
        blocks.append(block)
    items = iter(zip(column, downs, strict=False))
    for weight, total, count in blocks:
        for _ in range(count):
            item, below = next(items)
            y[item] = total / weight + below
