/** Proves schemas: checks every invariant in the database. The caller says what payments and organisations define. */
import { withSchemaConnection, type DatabaseLocation } from "../store/databases.ts";
import { proveSchema, type Proof } from "../store/proof/check-invariants.ts";
import type { RailFacts } from "../store/proof/invariants.ts";
import type { SchemaKind } from "../store/schema/migrate.ts";

export type { ProofFinding, Proof } from "../store/proof/check-invariants.ts";

/** How many offending rows of each invariant are kept. */
const maxRows = 10;

export interface SchemaToProve {
  readonly kind: SchemaKind;
  readonly name: string;
  readonly location: DatabaseLocation;
}

export interface SchemaProof extends Proof {
  readonly schema: string;
  readonly seconds: number;
}

/** Proves schemas one after another: each may use every core. */
export async function proveSchemas(
  schemas: readonly SchemaToProve[],
  facts: RailFacts,
): Promise<SchemaProof[]> {
  const proofs: SchemaProof[] = [];
  for (const { kind, name, location } of schemas) {
    const startedAt = performance.now();
    const proof = await withSchemaConnection(
      location,
      name,
      (sql) => proveSchema(sql, { kind, facts, maxRows }),
      "pesarail prove",
    );
    proofs.push({ ...proof, schema: name, seconds: (performance.now() - startedAt) / 1000 });
  }
  return proofs;
}

export const passed = ({ findings }: Proof): boolean => findings.every(({ broken }) => broken === 0);
