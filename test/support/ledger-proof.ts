/** `npm run prove` as an assertion. */
import assert from "node:assert/strict";
import { listSchemas } from "../../src/store/schema-locations.ts";
import { railFacts } from "../../src/app/rail-facts.ts";
import { proveSchemas } from "../../src/proof/prove-schemas.ts";
import type { DatabaseAddress } from "../../src/store/driver/connect.ts";
import { onOneDatabase } from "./cluster.ts";

/** Every invariant of every rail of a database holds. */
export async function assertInvariantsHold(address: DatabaseAddress): Promise<void> {
  const proofs = await proveSchemas(listSchemas(onOneDatabase(address)), railFacts);
  const violations = proofs.flatMap(({ schema, findings }) =>
    findings.filter((finding) => finding.broken > 0).map(({ name, rows }) => ({ schema, name, rows })),
  );
  assert.deepEqual(violations, []);
}
