#!/usr/bin/env python3
"""Plays the neighbourhood of a security server under test with the classes of the foreign X-Road peer.

    play.py --shared FOLDER services VARIANT     OCSP responder, TSA and backend of the captured pair
    play.py --shared FOLDER ss1 WORLD.json       consumer server SS1 with a port for information systems
    play.py --shared FOLDER ss2 WORLD.json       provider server SS2 in front of the backend

FOLDER holds the peer (`peer/`); WORLD.json is what its `captured/describe.py` wrote. Runs until it is ended.
"""
from __future__ import annotations

import argparse
import runpy
import sys
import threading
from pathlib import Path


def services(shared: Path, variant: str) -> None:
    """The services script of the captures; its backend describes its SOAP services besides."""
    import description
    from peer.backend import Backend
    Backend._handle = description.before(Backend._handle)
    script = shared / "peer/captured/services.py"
    sys.argv = [str(script), variant]
    threading.Thread(target=runpy.run_path, args=[str(script)], kwargs={"run_name": "__main__"}, daemon=True).start()


def ss1(world: str) -> None:
    import consumer_side
    consumer_side.start(world)


def ss2(world: str) -> None:
    import provider_side
    provider_side.start(world)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", required=True, type=Path)
    parser.add_argument("role", choices=("services", "ss1", "ss2"))
    parser.add_argument("world")
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.shared))
    if arguments.role == "services":
        services(arguments.shared, arguments.world)
    elif arguments.role == "ss1":
        ss1(arguments.world)
    else:
        ss2(arguments.world)
    print("playing", arguments.role, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
