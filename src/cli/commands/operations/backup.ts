/**
 * `pesarail backup FILE`: writes the contents of all databases to one file, also while a server runs.
 *
 * Each schema is a consistent snapshot (a repeatable-read transaction). The main schema comes last, so that it
 * contains every application that a payment refers to.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import type { Config } from "../../../config/settings.ts";
import { exportRows } from "../../../store/schema/copy.ts";
import { readStoredSchema } from "../../../store/schema/schema-contents.ts";
import { withSchemaConnection } from "../../../store/databases.ts";
import { loadSecretKey } from "../../../vault/secret-key.ts";
import { createBackupFile, type BackupWriter } from "../../../backup/backup-file.ts";
import type { Part } from "../../../backup/format.ts";
import { addHelp } from "../../terminal/usage.ts";
import { CommandFailed } from "../../terminal/exit-codes.ts";
import { assertCurrentVersion, listSchemas, type SchemaLocation } from "./databases.ts";
import { printToStderr, withDatabases } from "../../context.ts";
import { formatCount, formatJson } from "../../terminal/table.ts";

const helpText = `The file is compressed, has a checksum, and is readable only by its owner, because it contains personal data and
balances. Sealed secrets stay sealed: keep the SECRET_KEY (DATA_DIR/secret.key) in another place, because a restored
backup is useless without it. --with-secret-key includes it; the file alone then gives access to everything.`;

interface Options {
  readonly withSecretKey?: true;
  readonly json?: true;
}

export function addBackup(program: Command): void {
  const backup = program
    .command("backup")
    .description("write the contents of all databases to one file")
    .argument("<file>", "the file to create; it must not exist")
    .option("--with-secret-key", "include the SECRET_KEY in the file")
    .option("--json", "print JSON on standard output when done")
    .action(async (file: string, options: Options) => {
      await withDatabases({}, async ({ config, locations }) => {
        const secretKey = options.withSecretKey === true ? readSecretKey(config).toString("hex") : null;
        const summary = await createBackup(file, listSchemas(locations), secretKey);
        if (options.json === true) process.stdout.write(`${formatJson(summary)}\n`);
      });
    });
  addHelp(backup, helpText, "backup pesarail.backup");
}

interface BackupSummary {
  readonly file: string;
  readonly schemas: readonly string[];
  readonly bytes: number;
  readonly secretKeyInside: boolean;
}

async function createBackup(
  file: string,
  schemas: readonly SchemaLocation[],
  secretKey: string | null,
): Promise<BackupSummary> {
  for (const schema of schemas) await assertCurrentVersion(schema, "pesarail backup");
  const writer = await createBackupFile(file);
  try {
    await writePart(writer, { part: "backup", takenAt: new Date().toISOString(), secretKey });
    for (const schema of schemas)
      await withSchemaConnection(
        schema.location,
        schema.name,
        (sql) => writeSchema(writer, schema, sql),
        "pesarail backup",
      );
    await writePart(writer, { part: "end" });
    const bytes = await writer.finish();
    printToStderr(`${file}: ${formatCount(schemas.length)} schemas, ${formatCount(bytes)} bytes.`);
    printToStderr(secretKey === null ? keyNotIncluded : keyIncluded);
    return { file, schemas: schemas.map(({ name }) => name), bytes, secretKeyInside: secretKey !== null };
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

const keyNotIncluded =
  "The SECRET_KEY is NOT in the file. Keep it (DATA_DIR/secret.key) in another place: a restored backup is useless without it.";
const keyIncluded =
  "The SECRET_KEY IS in the file, so the file alone gives access to everything. Store it safely.";

const writePart = (writer: BackupWriter, part: Part): Promise<void> => writer.json(part);

async function writeSchema(
  writer: BackupWriter,
  schema: SchemaLocation,
  sql: Parameters<Parameters<typeof withSchemaConnection>[2]>[0],
): Promise<void> {
  const { name, kind } = schema;
  await sql.begin("isolation level repeatable read read only", async (tx) => {
    const stored = await readStoredSchema(tx);
    await writePart(writer, { part: "schema", name, kind, stored });
    for (const { name: table, columns } of stored.tables) {
      await writePart(writer, { part: "table", table });
      for await (const chunk of exportRows(tx, table, columns)) await writer.data(chunk);
    }
  });
}

function readSecretKey(config: Config): Buffer {
  if (config.secretKey === null && !existsSync(join(config.dataDir, "secret.key"))) {
    throw new CommandFailed(
      `There is no SECRET_KEY to include: it is not set, and ${config.dataDir} contains no secret.key.`,
    );
  }
  return loadSecretKey(config.secretKey?.export() ?? null, config.dataDir);
}
