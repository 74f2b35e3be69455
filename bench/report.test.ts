import assert from "node:assert/strict";
import test from "node:test";
import { atLeast, below } from "./report-line.ts";
import { formatReport, toJson } from "./report.ts";

const load = {
  requests: 20,
  ok: 17,
  seconds: 1,
  perSecond: 17,
  p50Ms: 1,
  p95Ms: 2,
  p99Ms: 3,
  maxMs: 4,
  sent: 20,
  paid: 17,
  lastResponseAt: 0,
  unanswered: 1,
  byStatus: { 201: 17, 422: 2 },
  byCode: { "INS-2006": 2 },
  errors: {},
  cpuMicrosecondsPerRequest: 9,
};

test("a missed target has its difference in percent", () => {
  assert.deepEqual(atLeast("at least 10/s", 9, 10), {
    target: "at least 10/s",
    met: false,
    missedByPercent: 10,
  });
  assert.deepEqual(below("under 75 ms", 76.5, 75), { target: "under 75 ms", met: false, missedByPercent: 2 });
  assert.deepEqual(below("under 75 ms", 74, 75), { target: "under 75 ms", met: true, missedByPercent: 0 });
});

test("the report has targets, refusals and the verdict", () => {
  const targets = [atLeast("at least 20/s", 17, 20), below("p99 under 75 ms", 3, 75)];
  const lines = [{ row: "c2b", label: "C2B", value: 17, unit: "/s", load, targets } as const];
  const text = formatReport({ lines, errors: [] });

  assert.match(
    text,
    /C2B +17 \/s +1\.0 +2\.0 +3\.0 +4\.0 +✗ at least 20\/s, missed by 15 %, ✓ p99 under 75 ms/,
  );
  assert.match(text, /C2B: 2 × INS-2006, 1 × unanswered/);
  assert.match(text, /1 target was missed/);
});

test("a ledger mismatch makes the report invalid", () => {
  const text = formatReport({
    lines: [],
    errors: ["ledger: clients counted 2 payments, the ledger has 1"],
  });
  assert.match(text, /counted 2 payments, the ledger has 1\nThe ledger does not match/);
});

test("the JSON report keeps its public keys", () => {
  const targets = [below("under 75 ms", 74, 75)];
  const lines = [{ row: "c2b", label: "C2B", value: 17, unit: "/s", targets } as const];
  assert.deepEqual(JSON.parse(JSON.stringify(toJson({ lines, errors: ["ledger: mismatch"] }))), {
    lines: [
      {
        row: "c2b",
        what: "C2B",
        value: 17,
        unit: "/s",
        targets: [{ asks: "under 75 ms", met: true, missedByPercent: 0 }],
      },
    ],
    faults: ["ledger: mismatch"],
  });
});
