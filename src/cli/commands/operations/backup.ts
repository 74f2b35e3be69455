/** `pesarail backup FILE`: writes the contents of all databases to one file, also while a server runs. */
import type { Command } from "commander";
import { createBackup, type BackupSummary } from "../../../backup/create-backup.ts";
import { readSecretKey } from "../../../backup/secret-key.ts";
import { listSchemas } from "../../../store/schema-locations.ts";
import { addHelp } from "../../terminal/usage.ts";
import { assertCurrentVersion } from "../../databases.ts";
import { printToStderr, withDatabases, type CommandContext } from "../../context.ts";
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
      await withDatabases({}, async (context) => {
        const summary = await runBackup(file, options, context);
        const { schemas, bytes, secretKeyInside } = summary;
        printToStderr(`${file}: ${formatCount(schemas.length)} schemas, ${formatCount(bytes)} bytes.`);
        printToStderr(secretKeyInside ? keyIncluded : keyNotIncluded);
        if (options.json === true) process.stdout.write(`${formatJson(summary)}\n`);
      });
    });
  addHelp(backup, helpText, "backup pesarail.backup");
}

async function runBackup(
  file: string,
  { withSecretKey }: Options,
  { config, locations }: CommandContext,
): Promise<BackupSummary> {
  const secretKey = withSecretKey === true ? readSecretKey(config) : null;
  const schemas = listSchemas(locations);
  for (const schema of schemas) await assertCurrentVersion(schema, "pesarail backup");
  return createBackup(file, schemas, secretKey);
}

const keyNotIncluded =
  "The SECRET_KEY is NOT in the file. Keep it (DATA_DIR/secret.key) in another place: a restored backup is useless without it.";
const keyIncluded =
  "The SECRET_KEY IS in the file, so the file alone gives access to everything. Store it safely.";
