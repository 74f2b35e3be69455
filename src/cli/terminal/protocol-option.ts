/** `--protocol`: which of the platform's protocols a command uses. */
import { Option } from "commander";
import { protocolNames, type Protocol } from "../../protocols/protocol.ts";
import { defaultProtocol, protocols } from "../../protocols/registry.ts";
import { UsageError } from "./exit-codes.ts";

/** Options of every command that uses one protocol. */
export interface ProtocolOptions {
  readonly protocol: Protocol;
}

/** `--protocol`, with the choices for help and completion. */
export const createProtocolOption = (): Option =>
  new Option("--protocol <name>", "the protocol")
    .choices(protocols.map(({ name }) => name))
    .argParser(parseProtocol)
    .default(defaultProtocol, defaultProtocol.name);

/** Throws `UsageError` for a name that is not, or not yet, a protocol of this release. */
export function parseProtocol(text: string): Protocol {
  const match = protocols.find(({ name }) => name === text);
  if (match !== undefined) return match;
  const available = protocols.map(({ name }) => name).join(", ");
  throw new UsageError(
    protocolNames.some((name) => name === text)
      ? `This release does not have ${text} yet. Its protocols are: ${available}.`
      : `There is no protocol ${text}. The protocols are: ${available}.`,
  );
}
