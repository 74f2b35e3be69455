/** `admin application rotate-callback-secret`: creates a new secret that signs an application's callbacks. */
import type { Command } from "commander";
import { maxOverlapMs, rotateCallbackSecret } from "../../../callbacks/signing.ts";
import { duration } from "../../../config/parsers.ts";
import { UsageError } from "../../terminal/exit-codes.ts";
import { printResult } from "../../terminal/print-result.ts";
import { withAdminContext, type AdminContext, type AdminOptions } from "./context.ts";
import { callService } from "./service-errors.ts";
import { formatLocalTime } from "../../terminal/table.ts";
import * as parse from "../../terminal/option-parsers.ts";

type Options = AdminOptions & { readonly overlap: string };

export function addRotation(command: Command): void {
  command
    .option("--overlap <time>", "how long the previous secret also signs: 0s to 7d", parse.shortText, "24h")
    .action((id: bigint, options: Options) =>
      withAdminContext(options, (context) => rotate(context, options, id)),
    );
}

async function rotate(context: AdminContext, options: Options, id: bigint): Promise<void> {
  const overlapMs = parseOverlap(options.overlap);
  const { name } = await callService(() => context.applications.get(id));
  const secretKey = context.secretKey();
  await context.audit("application rotate-callback-secret", { id: id.toString(), overlap: options.overlap });
  const secrets = await rotateCallbackSecret({ sql: context.main, secretKey }, id, overlapMs);
  const [current, ...retiring] = secrets;
  const lines = [
    `Callbacks of application ${id} (${name}) are now signed with:\n${current?.secret}`,
    ...retiring.map(
      ({ retiresAt }) =>
        `The previous secret also signs until ${retiresAt === null ? "-" : formatLocalTime(retiresAt)}.`,
    ),
  ];
  const data = {
    id,
    secret: current?.secret,
    retiring: retiring.map(({ retiresAt }) => ({ retiresAt })),
  };
  printResult(options, data, lines.join("\n\n"));
}

function parseOverlap(text: string): number {
  const ms = /^\d{1,9}[smhd]$/.test(text) ? duration()(text, "--overlap") : NaN;
  if (ms <= maxOverlapMs) return ms;
  throw new UsageError("--overlap must be a time from 0s to 7d, such as 24h.");
}
