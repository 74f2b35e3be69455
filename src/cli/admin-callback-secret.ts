/** `admin application rotate-callback-secret`: another secret for a listener to verify callbacks with. */
import type { Command } from "commander";
import { overlapMaxMs, rotateCallbackSecret } from "../callbacks/signing.ts";
import { duration } from "../setting.ts";
import { Misused } from "./command-error.ts";
import { answer, atDesk, type Desk, type DeskOptions } from "./desk.ts";
import { findApplication } from "./one-application.ts";
import { localTime } from "./table.ts";
import * as read from "./arguments.ts";

type Options = DeskOptions & { readonly overlap: string };

export function addRotation(command: Command): void {
  command
    .option("--overlap <time>", "how long the secret before signs along: 0s to 7d", read.words, "24h")
    .action((id: bigint, options: Options) => atDesk(options, (desk) => rotate(desk, options, id)));
}

async function rotate(desk: Desk, options: Options, id: bigint): Promise<void> {
  const overlapMs = overlapIn(options.overlap);
  const { name } = await findApplication(desk, id);
  const secretKey = desk.secretKey();
  await desk.audit("application rotate-callback-secret", { id: id.toString(), overlap: options.overlap });
  const secrets = await rotateCallbackSecret({ sql: desk.main, secretKey }, id, overlapMs);
  const [current, ...retiring] = secrets;
  const lines = [
    `Application ${id} (${name}) signs with:\n${current?.secret}`,
    ...retiring.map(
      ({ retiresAt }) =>
        `One before it signs along until ${retiresAt === null ? "-" : localTime(retiresAt)}.`,
    ),
  ];
  const data = {
    id,
    secret: current?.secret,
    retiring: retiring.map(({ retiresAt }) => ({ retiresAt })),
  };
  answer(options, data, lines.join("\n\n"));
}

function overlapIn(text: string): number {
  const ms = /^\d{1,9}[smhd]$/.test(text) ? duration()(text, "--overlap") : NaN;
  if (ms <= overlapMaxMs) return ms;
  throw new Misused("--overlap is a time from 0s to 7d, such as 24h.");
}
