/**
 * Writes the contents of schemas to one file, also while a server runs.
 *
 * Each schema is a consistent snapshot (a repeatable-read transaction). The main schema comes last in the list of
 * schemas, so that the file contains every application that a payment refers to.
 */
import { withSchemaConnection } from "../store/databases.ts";
import type { Sql } from "../store/driver/connect.ts";
import { exportRows } from "../store/schema/copy.ts";
import { readStoredSchema } from "../store/schema/schema-contents.ts";
import type { SchemaLocation } from "../store/schema-locations.ts";
import { createBackupFile, type BackupWriter } from "./backup-file.ts";
import type { Part } from "./format.ts";

export interface BackupSummary {
  readonly file: string;
  readonly schemas: readonly string[];
  readonly bytes: number;
  readonly secretKeyInside: boolean;
}

/** Throws `BackupError` if the file exists or cannot be written. `secretKey` is written into it unless it is null. */
export async function createBackup(
  file: string,
  schemas: readonly SchemaLocation[],
  secretKey: Buffer | null,
): Promise<BackupSummary> {
  const writer = await createBackupFile(file);
  try {
    await writePart(writer, {
      part: "backup",
      takenAt: new Date().toISOString(),
      secretKey: secretKey?.toString("hex") ?? null,
    });
    for (const schema of schemas)
      await withSchemaConnection(
        schema.location,
        schema.name,
        (sql) => writeSchema(writer, schema, sql),
        "pesarail backup",
      );
    await writePart(writer, { part: "end" });
    const bytes = await writer.finish();
    return { file, schemas: schemas.map(({ name }) => name), bytes, secretKeyInside: secretKey !== null };
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

const writePart = (writer: BackupWriter, part: Part): Promise<void> => writer.json(part);

async function writeSchema(writer: BackupWriter, { name, kind }: SchemaLocation, sql: Sql): Promise<void> {
  await sql.begin("isolation level repeatable read read only", async (tx) => {
    const stored = await readStoredSchema(tx);
    await writePart(writer, { part: "schema", name, kind, stored });
    for (const { name: table, columns } of stored.tables) {
      await writePart(writer, { part: "table", table });
      for await (const chunk of exportRows(tx, table, columns)) await writer.data(chunk);
    }
  });
}
