"""Usage: python3 client.py xds:///HOST

Each line "call N" on standard input makes N calls; a JSON line tells the answers and the errors by count.
"""
import collections
import json
import sys

import grpc

PARALLEL = 16
LIMIT = 60


def main():
    channel = grpc.insecure_channel(sys.argv[1])
    who = channel.unary_unary("/kxds.Echo/Who")
    for line in sys.stdin:
        print(json.dumps(call_many(who, int(line.split()[1]))), flush=True)


def call_many(who, n):
    answers, errors = collections.Counter(), collections.Counter()
    for start in range(0, n, PARALLEL):
        for call in [who.future(b"", timeout=LIMIT) for _ in range(min(PARALLEL, n - start))]:
            try:
                answers[call.result().decode()] += 1
            except grpc.RpcError as error:
                errors[f"{error.code().value[0]} {error.details()}"] += 1
    return {"answers": answers, "errors": errors}


main()
