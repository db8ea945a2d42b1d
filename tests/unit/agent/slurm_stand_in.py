"""Stands for Slurm's programs: one script under all their names, its state in its own folder.

It knows as much of Slurm as the connector asks of it. A file `faults` says what goes wrong: lines
of a program and `fail`, `hang`, `drip`, `flood`, `babble` before its deed, or `lost` after it.
"""

import json
import os
import sys
import time

HERE, NAME = os.path.split(sys.argv[0])
WORDS = [word for word in sys.argv[1:] if "=" not in word and not word.startswith("-")]
GIVEN = dict(word.lstrip("-").split("=", 1) for word in sys.argv[1:] if "=" in word)
CORES = 4


def say(line):
    sys.stdout.write(f"{line}\n")


def refuse(words):
    sys.stderr.write(f"{NAME}: error: {words}\n")
    sys.exit(1)


def fault():
    with open(f"{HERE}/faults", "r+") as file:
        lines = file.read().splitlines()
        mine = next((line for line in lines if line.split()[0] == NAME), "")
        if mine:
            lines.remove(mine)
            file.seek(0)
            file.truncate()
            file.write("\n".join(lines))
    return mine.partition(" ")[2]


def sdiag(state):
    say(f"sdiag output at Fri Nov 27 17:39:51 2026 ({int(time.time()) + state['skew']})")
    say(f"Agent queue size:     0\nDBD Agent queue size: {state['unrecorded']}")


def scontrol(state):
    held = state["reservations"]
    if WORDS[0] == "show":
        show(state, held)
    elif WORDS[0] == "create":
        create(state, held, GIVEN["ReservationName"])
    elif WORDS[0] == "update":
        row = held[GIVEN["ReservationName"]]
        row["end"] = row["start"] + 60 * int(GIVEN["Duration"])
    elif held.pop(GIVEN["ReservationName"], None) is None:
        refuse("Requested reservation is invalid")
    else:
        state["records"][-1]["end"] = int(time.time())


def show(state, held):
    if WORDS[1] == "nodes":
        for name, told in state["nodes"].items():
            say(f"NodeName={name} CoresPerSocket=1  Sockets={CORES} State={told}  BootTime=1")
    else:
        for name, row in held.items():
            say(
                f"ReservationName={name} StartTime={row['start']} EndTime={row['end']}"
                f" Nodes={row['nodes']} NodeCnt=1 CoreCnt={row['cores']} Flags=  TRES=cpu=1"
            )
        if not held:
            say("No reservations in the system")


def create(state, held, name):
    if name in held:
        refuse("Duplicate reservation name")
    # As Slurm 22.05: it may give fewer nodes than asked for without a word.
    free = [node for node, told in state["nodes"].items() if "DOWN" not in told]
    nodes, now = free[: int(GIVEN["NodeCnt"])], int(time.time())
    cores = int(GIVEN.get("CoreCnt", CORES * len(nodes)))
    row = {"nodes": ",".join(nodes), "cores": cores, "start": now}
    held[name] = row | {"end": now + 60 * int(GIVEN["Duration"]), "name": name}
    state["records"].append(dict(held[name]))


def sacctmgr(state):
    accounts = state["accounts"]
    if WORDS[0] == "show":
        KINDS[WORDS[1]](state)
    elif WORDS[:2] == ["add", "account"]:
        limit = GIVEN["GrpTRES"]
        accounts[WORDS[-1]] = {"pool": GIVEN["description"], "limit": limit, "user": ""}
    elif WORDS[:2] == ["add", "user"]:
        accounts[GIVEN["account"]]["user"] = WORDS[2]
    elif accounts.pop(WORDS[2], None) is None:
        refuse("Nothing deleted")


def show_accounts(state):
    say("gridhour|gridhour|root||")
    for name, row in state["accounts"].items():
        say(f"{name}|{row['pool']}|gridhour||{row['limit']}")
        if row["user"]:
            say(f"{name}|{row['pool']}||{row['user']}|")


def show_records(state):
    asked = GIVEN.get("names", "").split(",")
    for row in state["records"]:
        if "names" not in GIVEN or row["name"] in asked:
            held = f"{row['name']}|{row['nodes']}|cpu={row['cores']}"
            say(f"{held}|{row['start']}|{row['end']}")


def show_events(state):
    for row in state["events"]:
        say("|".join(map(str, row)))


KINDS = {"account": show_accounts, "reservation": show_records, "event": show_events}


def sbatch(state):
    script, name = sys.stdin.read(), GIVEN["job-name"]
    account = state["accounts"].get(GIVEN["account"])
    if account is None or GIVEN["reservation"] not in state["reservations"]:
        refuse("Batch job submission failed: Invalid account")
    number = len(state["jobs"]) + 1
    job = {"name": name, "account": GIVEN["account"], "state": "RUNNING", "code": "0:0"}
    if " sleep " not in script:
        import subprocess

        count = int(GIVEN["gres"].rpartition(":")[2])
        granted = ",".join(map(str, range(count)))
        with open(GIVEN["output"], "wb") as output:
            done = subprocess.run(
                ["sh", "-s"],
                input=script.encode(),
                stdout=output,
                stderr=output,
                env=os.environ | {"CUDA_VISIBLE_DEVICES": granted},
                cwd=GIVEN["chdir"],
            )
        job["state"] = "FAILED" if done.returncode else "COMPLETED"
        job["code"] = f"{done.returncode}:0"
    state["jobs"][str(number)] = job | {"words": sys.argv[1:]}
    say(number)


def squeue(state):
    for number, job in state["jobs"].items():
        if job["account"] == GIVEN["account"] and not job.get("forgotten"):
            begun, told = f"{job.get('restarts', 0):<12}", f"{job['state']:<20}"
            name = f"{job['name']:<200}" if "name:" in GIVEN["Format"] else ""
            say(f"{number:<12}{begun if name else ''}{told}{name}")


def sacct(state):
    for number, job in state["jobs"].items():
        if job["account"] == GIVEN["accounts"] and not job.get("unrecorded"):
            say(f"{number}|{job['state']}|{job['code']}|00:01.250|{job['name']}")
            say(f"{number}.batch|{job['state']}|{job['code']}|00:01.250|batch")


def scancel(state):
    for number, job in state["jobs"].items():
        asked = job["account"] == GIVEN["account"] and (not WORDS or number in WORDS)
        if asked and job["state"] == "RUNNING" and not job.get("stuck"):
            job.update(state="CANCELLED", code="0:15")


def main():
    wrong = fault()
    if wrong == "fail":
        refuse("Unable to contact slurm controller")
    if wrong == "hang":
        # A program that left another one behind, which holds its output open.
        os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "60")  # noqa: S606
        time.sleep(60)
    while wrong == "drip":
        sys.stdout.write("x")
        sys.stdout.flush()
        time.sleep(0.05)
    if wrong == "flood":
        sys.stdout.write("x" * 200_000)
        sys.exit(0)
    if wrong == "babble":
        say("NodeName=n1 State=IDLE\nReservationName=x Nodes=n1\na|b")
        sys.exit(0)
    with open(f"{HERE}/state.json", "r+") as file:
        state = json.load(file)
        globals()[NAME](state)
        file.seek(0)
        file.truncate()
        json.dump(state, file)
    if wrong == "lost":
        refuse("Socket timed out on send/recv operation")


main()
