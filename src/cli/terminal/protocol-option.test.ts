/** `--protocol`: which names it accepts, and what it says about the others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { protocolNames } from "../../protocols/protocol.ts";
import { defaultProtocol, protocols } from "../../protocols/registry.ts";
import { createCommandLine } from "../command-line.ts";
import { UsageError } from "./exit-codes.ts";
import { parseProtocol } from "./protocol-option.ts";

test("the protocols of this release are accepted, and others are refused with the list of these", () => {
  for (const protocol of protocols) assert.equal(parseProtocol(protocol.name), protocol);
  const available = protocols.map(({ name }) => name).join(", ");
  const missing = protocolNames.filter((name) => !protocols.some((protocol) => protocol.name === name));
  for (const name of missing)
    assert.throws(
      () => parseProtocol(name),
      new UsageError(`This release does not have ${name} yet. Its protocols are: ${available}.`),
    );
  assert.throws(
    () => parseProtocol("ussd"),
    new UsageError(`There is no protocol ussd. The protocols are: ${available}.`),
  );
});

test("every command that uses a protocol has the option, and the same default", async () => {
  const { commands } = await createCommandLine();
  const find = (name: string, ...subcommands: string[]) => {
    const command = commands.find((candidate) => candidate.name() === name);
    assert(command !== undefined);
    return subcommands.length === 0
      ? [command]
      : command.commands.filter((candidate) => subcommands.includes(candidate.name()));
  };
  const withProtocol = [
    ...["pay", "trigger", "scenarios", "check-listener", "keys", "samples"].flatMap((name) => find(name)),
    ...find("deliveries", "list", "show", "resend"),
  ];
  assert.equal(withProtocol.length, 9);
  for (const command of withProtocol)
    assert.equal(command.opts<{ protocol?: unknown }>().protocol, defaultProtocol, command.name());
});
