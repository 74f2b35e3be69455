/** `admin application rotate-callback-secret`: creates a new secret that signs an application's callbacks. */
import { Option, type Command } from "commander";
import { rotateCallbackSecret } from "../../../callbacks/signing.ts";
import { defaultOverlapMs } from "../../../core/credential-overlap.ts";
import { printResult } from "../../terminal/print-result.ts";
import { withAdminContext, type AdminContext, type AdminOptions } from "./context.ts";
import { callService } from "./service-errors.ts";
import { formatLocalTime } from "../../terminal/table.ts";
import * as parse from "../../terminal/option-parsers.ts";

type Options = AdminOptions & { readonly overlap: number };

export function addRotation(command: Command): void {
  command
    .addOption(
      new Option("--overlap <time>", "how long the previous secret also signs: 0s to 7d")
        .argParser(parse.credentialOverlap)
        .default(defaultOverlapMs, "24h"),
    )
    .action((id: bigint, options: Options) =>
      withAdminContext(options, (context) => rotate(context, options, id)),
    );
}

async function rotate(context: AdminContext, options: Options, id: bigint): Promise<void> {
  const { overlap: overlapMs } = options;
  const { name } = await callService(() => context.applications.get(id));
  const secretKey = context.secretKey();
  const secrets = await rotateCallbackSecret({ sql: context.main, secretKey }, id, overlapMs, (tx) =>
    context.applications.recordRotation(tx, id, overlapMs),
  );
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
