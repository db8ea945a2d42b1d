"""Every named point around a hand-over: in which stage it is passed, by which program, where."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

PLAN, HAND_OVER, START, JOB, END = "plan", "hand-over", "start", "job", "end"
STAGES = (PLAN, HAND_OVER, START, JOB, END)
WORKER, WEB, AGENT, SLURMRESTD = "worker", "web", "agent", "slurmrestd"
PROCESS_LANE, AGENT_LANE, SLURM_LANE = "process", "agent", "slurm"
EVERY_LANE = frozenset({PROCESS_LANE, AGENT_LANE, SLURM_LANE})
MOST_A_STAGE, MOST_WORKERS = 7, 4
DIE, DIE_TOGETHER, STOP = "die", "die together", "stop"


@dataclass(frozen=True)
class Point:
    """Where a point is passed; `lane` is the one kind of site that passes it, or empty."""

    stage: str
    program: str = WORKER
    lane: str = ""


POINTS: Mapping[str, Point] = {
    "plan.noted": Point(PLAN),  # written, not committed
    "plan.planned": Point(PLAN),
    "provision.claimed": Point(HAND_OVER),
    "provision.begun": Point(HAND_OVER),  # the intention is stored, no site was asked
    "provision.ensured": Point(HAND_OVER),  # it stands at the site, and is not tested
    "provision.asked": Point(HAND_OVER),
    "provision.judged": Point(HAND_OVER),  # written, not committed
    "provision.concluded": Point(HAND_OVER),
    "start.moved": Point(START),  # written, not committed
    "start.started": Point(START),
    "job.unknown": Point(JOB),
    "job.brought": Point(JOB),
    "job.ended": Point(JOB),  # at the site, not noted
    "job.noted": Point(JOB),
    "end.moved": Point(END),  # written, not committed
    "end.completed": Point(END),  # and still stands at the site
    "end.released": Point(END),
    "door.submitting": Point(JOB, WEB),
    "door.submitted": Point(JOB, WEB),
    "process.folder_made": Point(HAND_OVER, lane=PROCESS_LANE),
    "process.holder_started": Point(HAND_OVER, lane=PROCESS_LANE),
    "process.job_left": Point(JOB, lane=PROCESS_LANE),
    "process.holder_ended": Point(END, lane=PROCESS_LANE),
    "agent.asked": Point(HAND_OVER, lane=AGENT_LANE),
    "agent.leased": Point(HAND_OVER, AGENT, AGENT_LANE),
    "agent.made": Point(HAND_OVER, AGENT, AGENT_LANE),
    "agent.done": Point(END, AGENT, AGENT_LANE),  # of any command: here the end
    "agent.reported": Point(JOB, AGENT, AGENT_LANE),  # of any command: here a job
    "door.beat": Point(START, WEB, AGENT_LANE),
    "door.leasing": Point(HAND_OVER, WEB, AGENT_LANE),
    "door.leased": Point(HAND_OVER, WEB, AGENT_LANE),
    "door.reporting": Point(HAND_OVER, WEB, AGENT_LANE),
    "door.reported": Point(HAND_OVER, WEB, AGENT_LANE),
    "door.readings_stored": Point(END, WEB, AGENT_LANE),
    "slurm.fenced": Point(HAND_OVER, lane=SLURM_LANE),
    "slurm.account_added": Point(HAND_OVER, lane=SLURM_LANE),
    "slurm.user_added": Point(HAND_OVER, lane=SLURM_LANE),
    "slurm.reserved": Point(HAND_OVER, lane=SLURM_LANE),
    "slurm.submitted": Point(JOB, lane=SLURM_LANE),
    "slurm.jobs_ended": Point(END, lane=SLURM_LANE),
    "slurm.reservation_deleted": Point(END, lane=SLURM_LANE),
    "slurm.account_deleted": Point(END, lane=SLURM_LANE),
}


@dataclass(frozen=True)
class Kill:
    """Who is killed when a point is passed: the passer, its whole program, or slurmrestd."""

    point: str
    victim: str
    deed: str

    @property
    def told(self) -> str:
        """Return how tables call it."""
        whole = ", the whole program" if self.deed == DIE_TOGETHER else ""
        return f"{self.victim}{whole}"


def kills(lanes: frozenset[str]) -> list[Kill]:
    """Return one kill of each kind at each point that these kinds of sites pass."""
    found = []
    for name, point in POINTS.items():
        if point.lane and point.lane not in lanes:
            continue
        deeds = (DIE,) if point.program == AGENT else (DIE, DIE_TOGETHER)
        found += [Kill(name, point.program, deed) for deed in deeds]
        if point.lane == SLURM_LANE:
            # The worker stops there until slurmrestd is dead, and goes on without it.
            found.append(Kill(name, SLURMRESTD, STOP))
    return found


def hand_of(cards: list[Kill]) -> tuple[list[Kill], list[Kill]]:
    """Return what one stage is dealt, each point once, and the rest in its order.

    A hand-over has six tries, and a worker's death costs one.
    """
    hand: list[Kill] = []
    rest: list[Kill] = []
    for card in cards:
        new = card.point not in {one.point for one in hand}
        workers = sum(one.victim == WORKER for one in hand)
        room = len(hand) < MOST_A_STAGE and (card.victim != WORKER or workers < MOST_WORKERS)
        (hand if new and room else rest).append(card)
    return hand, rest


def deck(lanes: frozenset[str], count: int, chance: random.Random) -> list[Kill]:
    """Return so many kills: every point before any comes again, in an order of chance."""
    cards: list[Kill] = []
    while len(cards) < count:
        cards += _by_point(lanes, chance)
    return cards[:count]


def _by_point(lanes: frozenset[str], chance: random.Random) -> Iterator[Kill]:
    """Yield all kills, first one of every point, then the second of those that have one."""
    every = kills(lanes)
    chance.shuffle(every)
    while every:
        seen: set[str] = set()
        later = []
        for kill in every:
            if kill.point in seen:
                later.append(kill)
            else:
                seen.add(kill.point)
                yield kill
        every = later
