/** `admin application renew-key`, `renew-daraja-key`, `renew-ipg-v1-key` and `renew-soap-key`: issue other secrets, and say until when the old ones are valid. */
import type { Command } from "commander";
import type { Protocol, ProtocolName } from "../../../protocols/protocol.ts";
import { selectSecrets } from "../../../protocols/issued-secrets.ts";
import { defaultProtocol } from "../../../protocols/registry.ts";
import { createOverlapOption } from "../../terminal/overlap-option.ts";
import { printResult } from "../../terminal/print-result.ts";
import { createProtocolOption, parseProtocol } from "../../terminal/protocol-option.ts";
import { formatPreviousUntil, formatSecrets, toJsonName } from "../../terminal/secrets.ts";
import { readPublicKey, withAdminContext, type AdminContext, type AdminOptions } from "./context.ts";
import { callService } from "./service-errors.ts";

interface Renewal extends AdminOptions {
  /** Milliseconds. */
  readonly overlap?: number;
  readonly endSessions?: true;
}

/** `addSubcommand` adds a command of `admin application` that takes an application's id. */
export function addRenewals(addSubcommand: (name: string, description: string) => Command): void {
  const addRenewal = (name: string, description: string, protocolName: ProtocolName): void => {
    const protocol = parseProtocol(protocolName);
    addSubcommand(name, description)
      .addOption(createOverlapOption())
      .action((id: bigint, options: Renewal) =>
        withAdminContext(options, (context) => renewSecrets(context, options, id, protocol)),
      );
  };
  addRenewal(
    "renew-daraja-key",
    "issue another consumer key and secret for Daraja, and print them once",
    "daraja",
  );
  addRenewal(
    "renew-ipg-v1-key",
    "replace an application's API key of IPG v1, and print the new key once",
    "ipg-v1",
  );
  addRenewal(
    "renew-soap-key",
    "issue another password of the SOAP Broker, with the other secrets of it, and print them once",
    "soap",
  );
  addSubcommand(
    "renew-key",
    "replace an application's API key, or its secrets of another protocol, and print the new ones once",
  )
    .addOption(createProtocolOption())
    .addOption(createOverlapOption())
    .option("--end-sessions", "also end its sessions; without --overlap, the old key ends at once too")
    .action((id: bigint, options: Renewal & { readonly protocol: Protocol }) =>
      withAdminContext(options, (context) => renewSecrets(context, options, id, options.protocol)),
    );
}

async function renewSecrets(
  context: AdminContext,
  options: Renewal,
  id: bigint,
  { name, credentials, credentialOverlapMs }: Protocol,
): Promise<void> {
  const endSessions = options.endSessions === true;
  // Sessions are ended because a key was stolen: the thief must not open others.
  const overlapMs = options.overlap ?? (endSessions ? 0 : credentialOverlapMs);
  const renewed = await callService(() =>
    context.applications.renewCredentials(id, credentials, { overlapMs, endSessions }),
  );
  const { previousUntil } = renewed;
  const secrets = selectSecrets(name, credentials, renewed.secrets, id) ?? {};
  const publicKey = name === defaultProtocol.name ? await readPublicKey(context) : null;
  const text = [
    `Application ${id}.`,
    formatSecrets(name, secrets),
    ...(publicKey === null ? [] : [`Public key of the ${options.environment} environment:\n${publicKey}`]),
    formatPreviousUntil(previousUntil),
  ];
  const data =
    publicKey === null ? { [toJsonName(name)]: secrets } : { apiKey: secrets["apiKey"], publicKey };
  printResult(options, { id, ...data, previousUntil }, text.join("\n\n"));
}
