/**
 * `pesarail restore FILE`: puts a backup where the settings say that the databases are.
 *
 * Everything is loaded beside what is there, in schemas of another name, brought up to date and proven;
 * only then does each take its place, in a transaction of its own. A file that is damaged, a disk that is
 * full or a Ctrl-C before that leaves everything as it was.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { writeFileWhole } from "../write-file.ts";
import type { Config } from "../config.ts";
import { environments } from "../money.ts";
import { versionOf } from "../store/migrate.ts";
import { readSecret } from "../store/secrets.ts";
import { dropSchema, othersConnected, replaceSchema } from "../store/snapshot.ts";
import { inSchema } from "../store/stores.ts";
import { unseal } from "../vault/seal.ts";
import { loadSecretKey } from "../vault/secret-key.ts";
import { checkBackupFile, readFrames } from "./backup-file.ts";
import type { BackupHead, Part } from "./backup-parts.ts";
import { explain } from "./called.ts";
import { Misused, Refused } from "./command-error.ts";
import { schemasAt, type SchemaAt } from "./databases.ts";
import { draftName, fillSchema, framesOf, placeName, type Frames } from "./fill-schema.ts";
import { asData, asText, holds, proveAll } from "./prove.ts";
import { report, withDatabases } from "./run.ts";
import { count, json } from "./table.ts";

interface Options {
  readonly replace?: true;
  readonly only?: string[];
  readonly unproven?: true;
  readonly json?: true;
}

const says = `Stop every server first. The file is checked before anything is written, what it holds is proven before it
takes the place of anything, and a backup of an older release is brought up to date. The SECRET_KEY must be
the one of the server that was backed up.`;

export function addRestore(program: Command): void {
  const restored = program
    .command("restore")
    .description("put a backup where the settings say that the databases are")
    .argument("<file>", "what backup wrote")
    .option("--replace", "give up what is there now")
    .option(
      "--only <schema...>",
      "restore these schemas alone, such as live_vodacomTZN; the directory is pesarail",
    )
    .option("--unproven", "restore books that do not prove, to look at them")
    .option("--json", "print what was proven as JSON, and nothing else on standard output")
    .action(async (file: string, options: Options) => {
      await checkBackupFile(file);
      await withDatabases({ alone: true, make: true }, ({ config, places, signal }) =>
        restore(file, options, config, schemasAt(places), signal),
      );
    });
  explain(
    restored,
    says,
    "restore pesarail.backup",
    "restore pesarail.backup --replace --only live_vodacomTZN",
  );
}

async function restore(
  file: string,
  options: Options,
  config: Config,
  all: readonly SchemaAt[],
  signal: AbortSignal,
): Promise<void> {
  const wanted = chosen(all, options.only);
  await refuseWhatIsThere(wanted, options.replace === true);

  const frames = framesOf(readFrames(file));
  const head = await takeHead(frames);
  report(`Reading ${file}, taken at ${head.takenAt} …`);
  let drafts: SchemaAt[] = [];
  try {
    drafts = await fillDrafts(frames, wanted, signal);
    await checkKey(head, config, drafts, options.replace === true);
    const proofs = (await proveAll(drafts)).map((proof) => ({ ...proof, schema: placeName(proof.schema) }));
    process.stdout.write(
      options.json === true ? `${json({ takenAt: head.takenAt, ...asData(proofs) })}\n` : asText(proofs),
    );
    if (!proofs.every(holds) && options.unproven !== true) {
      throw new Refused(
        "an invariant does not hold in this backup; nothing was changed (--unproven restores it all the same).",
      );
    }
  } catch (error) {
    await forget(wanted);
    throw error;
  }
  signal.throwIfAborted();
  for (const { name, place } of wanted) {
    await inSchema(place, name, (sql) => replaceSchema(sql, draftName(name), name), "pesarail restore");
  }
  placeKey(head, config);
  report(`Restored ${count(wanted.length)} schemas as they were at ${head.takenAt}.`);
}

function chosen(all: readonly SchemaAt[], only: readonly string[] | undefined): readonly SchemaAt[] {
  if (only === undefined) return all;
  const unknown = only.find((name) => !all.some((schema) => schema.name === name));
  if (unknown === undefined) return all.filter(({ name }) => only.includes(name));
  throw new Misused(`There is no schema ${unknown}; there are ${all.map(({ name }) => name).join(", ")}.`);
}

/** Books are replaced only by somebody who says so, and never under a server's feet. */
async function refuseWhatIsThere(wanted: readonly SchemaAt[], replace: boolean): Promise<void> {
  for (const { name, place } of wanted) {
    await inSchema(
      place,
      name,
      async (sql) => {
        if (await othersConnected(sql))
          throw new Refused(`${place.setting}: a server is connected to this database. Stop it first.`);
        if (replace || (await versionOf(sql, name)) === 0) return;
        throw new Refused(`${place.setting}: ${name} is there already. --replace gives up what it holds.`);
      },
      "pesarail restore",
    );
  }
}

async function takeHead(frames: Frames): Promise<BackupHead> {
  const frame = await frames.take();
  return (frame as { value: BackupHead }).value;
}

/** Loads every wanted schema of the file, and passes over the others. */
async function fillDrafts(
  frames: Frames,
  wanted: readonly SchemaAt[],
  signal: AbortSignal,
): Promise<SchemaAt[]> {
  const drafts: SchemaAt[] = [];
  for (let frame = await frames.take(); frame !== undefined; frame = await frames.take()) {
    signal.throwIfAborted();
    if (frame.kind !== "json") continue;
    const part = frame.value as Part;
    if (part.part !== "schema") continue;
    const target = wanted.find(({ name }) => name === part.name);
    if (target === undefined) continue;
    report(`Loading ${part.name} …`);
    drafts.push(await fillSchema(target, part, frames));
  }
  const missing = wanted.find(({ name }) => !drafts.some((draft) => draft.name === draftName(name)));
  if (missing !== undefined) throw new Refused(`The backup has no ${missing.name}; nothing was changed.`);
  return drafts;
}

async function forget(wanted: readonly SchemaAt[]): Promise<void> {
  for (const { name, place } of wanted) {
    await inSchema(place, name, (sql) => dropSchema(sql, draftName(name)), "pesarail restore");
  }
}

/** Throws `SealBroken` where the key that the server will use is not the one that the backup was sealed with. */
async function checkKey(
  head: BackupHead,
  config: Config,
  drafts: readonly SchemaAt[],
  replace: boolean,
): Promise<void> {
  const directory = drafts.find(({ kind }) => kind === "main");
  const given = keyFor(head, config, replace);
  if (directory === undefined || given === null) return;
  await inSchema(
    directory.place,
    directory.name,
    async (sql) => {
      for (const environment of environments) {
        const secret = await readSecret(sql, environment, "wire");
        if (secret !== undefined) unseal(given, `${environment}/wire`, secret.sealed);
      }
    },
    "pesarail restore",
  );
}

/** The key that the server will use: a setting's, the folder's own, or the file's; null where there is none yet. */
function keyFor(head: BackupHead, config: Config, replace: boolean): Buffer | null {
  const ours = config.secretKey !== null || existsSync(keyFile(config));
  const theirs = head.secretKey === null ? null : Buffer.from(head.secretKey, "hex");
  if (theirs !== null && (!ours || (replace && config.secretKey === null))) return theirs;
  return ours ? loadSecretKey(config.secretKey?.export() ?? null, config.dataDir) : null;
}

function placeKey(head: BackupHead, config: Config): void {
  if (config.secretKey !== null) return;
  const file = keyFile(config);
  if (head.secretKey !== null) {
    writeFileWhole(file, `${head.secretKey}\n`, 0o600);
    report(`The SECRET_KEY of the backup is now in ${file}.`);
  } else if (!existsSync(file)) {
    report(
      `The SECRET_KEY is MISSING: put the one of the backed-up server into ${file} before you start this one.`,
    );
  }
}

const keyFile = ({ dataDir }: Config): string => join(dataDir, "secret.key");
