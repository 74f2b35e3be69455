/**
 * `docs/command-line.md`, written from the tree of commands.
 *
 * After changing a command: `node tools/docs/command-line.ts > docs/command-line.md`.
 */
import type { Command, Option } from "commander";
import { code, markdownTable } from "./markdown.ts";
import { formatExample, getExamples, getHelpText } from "../../src/cli/terminal/usage.ts";
import { createCommandLine } from "../../src/cli/command-line.ts";

const pageHeader = `# The command line

Everything that is done beside the server, and the server itself. Without installing anything:

\`\`\`sh
npx pesarail --help
\`\`\`

In the repository the same is ${code("npm run -s pesarail -- --help")}; the two dashes hand what follows to Pesarail, and
${code("-s")} keeps npm's own lines out. Every command explains itself, with examples: ${code("npx pesarail pay --help")}.

- **Settings** are the server's ([settings.md](settings.md)), by environment variables: above all ${code("DATA_DIR")}, the
  folder by which a command finds the server and its keys. The commands for the sandbox take ${code("--url")} and
  ${code("--token")} instead, for a server on another machine.
- **Answers** go to standard output; progress, questions and errors to standard error.
- **${code("--json")}** prints the answer for programs, with moments as ISO 8601 in UTC and amounts as decimal texts. For people,
  moments are in this machine's own time, and tables are as wide as the terminal.
- **Colour** appears on a terminal alone; ${code("NO_COLOR=1")} leaves it out there too. Signs say the same without it.
- **Questions** are asked on a terminal alone. Elsewhere a command that lacks something ends with 2 and names it.

${markdownTable(
  ["Exit code", "Means"],
  [
    ["0", "done"],
    ["1", "understood, and refused or failed; or what was looked for was found to be wrong"],
    ["2", "not understood: an option or a value is wrong, or something is missing"],
    ["130", "interrupted, by Ctrl-C"],
  ],
)}

An error is one line. Where it can be mended, the line says how.

## Completion

${code("pesarail completion bash")} and ${code("pesarail completion zsh")} print a script by which the shell completes commands, options and
known values: markets, scenarios, products, and from the server that runs the numbers of handsets and the names of
snapshots. It completes the word ${code("pesarail")}; where that is no program of yours, make it a function:

\`\`\`sh
pesarail() { npx pesarail "$@"; }
source <(pesarail completion bash)
\`\`\`

## Commands

<!-- Written from the commands by tools/docs/command-line.ts; change them there. -->
`;

export function renderCommandLine(): string {
  const program = createCommandLine();
  const topLevel = visibleCommands(program);
  const contents = topLevel.map((command) => {
    const name = command.name();
    return [`[${code(name)}](#pesarail-${name})`, toOneLine(command.description())];
  });
  return [
    pageHeader,
    `\n${markdownTable(["Command", "What it does"], contents)}\n`,
    ...topLevel.flatMap((command) => renderSections(command, "pesarail", 2)),
  ].join("");
}

function renderSections(command: Command, parentName: string, depth: number): string[] {
  const name = `${parentName} ${command.name()}`;
  const subsections = visibleCommands(command).flatMap((subcommand) =>
    renderSections(subcommand, name, Math.min(depth + 1, 4)),
  );
  return [renderSection(command, name, depth), ...subsections];
}

function renderSection(command: Command, name: string, depth: number): string {
  const description = command.description();
  const parts = [
    `${"#".repeat(depth)} ${code(name)}`,
    `${description.charAt(0).toUpperCase()}${description.slice(1)}.`,
    code(`${name} ${command.usage()}`.trimEnd()),
    ...formatParagraphs(getHelpText(command)),
    renderArguments(command),
    renderOptions(command),
    renderExamples(command),
  ];
  return `\n${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** The words under a command's help, where a part that is moved in is laid out as it stands. */
function formatParagraphs(text: string): string[] {
  if (text === "") return [];
  return text
    .split("\n\n")
    .map((part) =>
      part.split("\n").every((line) => line.startsWith("  "))
        ? `\`\`\`\n${part.replaceAll(/^ {2}/gm, "")}\n\`\`\``
        : part,
    );
}

function renderArguments(command: Command): string {
  const rows = command.registeredArguments.map((argument) => [
    code(command.createHelp().argumentTerm(argument)),
    toOneLine(command.createHelp().argumentDescription(argument)),
  ]);
  return rows.length === 0 ? "" : markdownTable(["Argument", "Meaning"], rows);
}

/** Options that are told once, above: where the server is, and how the answer is printed. */
const sharedOptions: ReadonlySet<string> = new Set(["--help", "--url", "--token", "--json"]);

function renderOptions(command: Command): string {
  const rows = command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => !sharedOptions.has(long ?? ""))
    .map((option) => [code(option.flags), describeOption(command, option)]);
  const shared = command.options
    .filter(({ long }) => sharedOptions.has(long ?? ""))
    .map(({ long }) => code(long ?? ""));
  return [
    rows.length === 0 ? "" : markdownTable(["Option", "Meaning"], rows),
    shared.length === 0 ? "" : `${rows.length === 0 ? "Options" : "And"}: ${shared.join(", ")}.`,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function describeOption(command: Command, option: Option): string {
  const prefix = option.mandatory ? "Needed. " : "";
  return prefix + toOneLine(command.createHelp().optionDescription(option));
}

function renderExamples(command: Command): string {
  const lines = getExamples(command).map((line) => formatExample(line, "npx pesarail"));
  return lines.length === 0 ? "" : `\`\`\`sh\n${lines.join("\n")}\n\`\`\``;
}

/** Angle brackets in a sentence would be a tag of the page's. */
const toOneLine = (text: string): string => text.replaceAll(/\s+/g, " ").replaceAll("<", "&lt;");

const visibleCommands = (command: Command): readonly Command[] =>
  command.createHelp().visibleCommands(command);

if (import.meta.main) process.stdout.write(renderCommandLine());
