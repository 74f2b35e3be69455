/**
 * Generates `docs/protocols/README.md`: the protocols, the stories that each has, and the fidelity table.
 *
 * After changing a row or a story: `node tools/docs/fidelity.ts > docs/protocols/README.md`.
 */
import type { FidelityRow } from "../../src/protocols/fidelity.ts";
import type { Protocol } from "../../src/protocols/protocol.ts";
import { protocols } from "../../src/protocols/registry.ts";
import { conformingProtocols, getTitle } from "../../test/conformance/protocols.ts";
import { storyNames, type StoryName } from "../../test/conformance/story-names.ts";
import { code, markdownTable } from "./markdown.ts";

export async function renderFidelity(): Promise<string> {
  const tables = await Promise.all(protocols.map((protocol) => renderProtocol(protocol)));
  return `${[
    "# Protocols",
    "Every protocol of M-Pesa moves money in the same ledger. Each has a page:",
    renderList(),
    "## The same stories in every protocol",
    "`test/conformance` runs each story through each protocol against one server. Every story ends with the same check of the\npayment, its moves in the ledger, its notification and the request log. In a synchronous mode the response has the result, and\nnothing is notified.",
    renderStories(),
    ...renderExceptions(),
    "## What the real M-Pesa does, and what Pesarail does",
    "How the behaviour of the real service is known:",
    [
      "- official page: its operator wrote it",
      "- observed: a published response or a client that works has it",
      "- believed: several clients expect it, or it follows from the rest",
      "- not known: no source was found",
    ].join("\n"),
    'A row with "the same" has no known difference. What is different on purpose has its reason.',
    ...tables,
  ].join("\n\n")}\n`;
}

const renderList = (): string =>
  markdownTable(
    ["Protocol", "Markets", "Page"],
    protocols.map(({ name, title, markets }) => [
      title,
      markets.map(code).join(", "),
      `[${name}.md](${name}.md)`,
    ]),
  );

function renderStories(): string {
  return markdownTable(
    ["Story", ...conformingProtocols.map(getTitle)],
    (Object.entries(storyNames) as [StoryName, string][]).map(([story, title]) => [
      title,
      ...conformingProtocols.map(({ exceptions }) => (exceptions[story] === undefined ? "yes" : "no")),
    ]),
  );
}

function renderExceptions(): string[] {
  const lines = conformingProtocols.flatMap((conforming) =>
    Object.entries(conforming.exceptions).map(
      ([story, reason]) => `- ${getTitle(conforming)}, "${storyNames[story as StoryName]}": ${reason}`,
    ),
  );
  return lines.length === 0 ? [] : ["Why a protocol does not tell a story:", lines.join("\n")];
}

async function renderProtocol(protocol: Protocol): Promise<string> {
  const rows = await protocol.loadFidelity();
  const table = markdownTable(
    ["Calls", "Behaviour", "The real service", "Evidence", "Pesarail", "Why it is different"],
    rows.map((row) => [
      formatCalls(protocol, row),
      row.behaviour,
      row.real,
      row.evidence,
      row.here ?? "the same",
      row.reason ?? "",
    ]),
  );
  return `### ${protocol.title}\n\n${table}`;
}

const formatCalls = ({ operations }: Protocol, { calls }: FidelityRow): string =>
  calls.length === 0
    ? "all"
    : calls.length === operations.length
      ? "all calls"
      : calls
          .map((name) => operations.find((operation) => operation.name === name)?.title ?? name)
          .join(", ");

if (import.meta.main) process.stdout.write(await renderFidelity());
