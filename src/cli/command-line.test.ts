/** Checks on every command: its help, its examples, --json, and the generated documentation page. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Command } from "commander";
import { formatExample, getExamples } from "./terminal/usage.ts";
import { renderCommandLine } from "../../tools/docs/command-line.ts";
import { createCommandLine } from "./command-line.ts";
import { completionScript } from "./commands/completion/completion-script.ts";

const program = await createCommandLine();
const listSubcommands = (command: Command): Command[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .flatMap((subcommand) => [subcommand, ...listSubcommands(subcommand)]);
const allCommands = listSubcommands(program);

test("docs/command-line.md matches the command tree", async () => {
  assert.equal(readFileSync("docs/command-line.md", "utf8"), await renderCommandLine());
});

test("every command that prints a result has --json", () => {
  const without = allCommands
    .filter(
      (command) => command.commands.length === 0 && !command.options.some(({ long }) => long === "--json"),
    )
    .map((command) => command.name());
  assert.deepEqual(without, ["completion"]);
});

test("every top-level command has examples, and its help shows them", async () => {
  for (const name of program
    .createHelp()
    .visibleCommands(program)
    .map((each) => each.name())) {
    const [first] = getExamples(commandNamed(name));
    assert(first !== undefined, `${name} has no example`);
    assert(renderHelp(await createCommandLine(), name).includes(formatExample(first)), name);
  }
});

test("a command that is loaded alone has the same help as in the whole tree", async () => {
  for (const name of program.commands.map((each) => each.name())) {
    const alone = await createCommandLine(name);
    assert.equal(renderHelp(alone, name), renderHelp(await createCommandLine(), name));
    // `complete` and `completion` are in one file.
    if (name !== "completion") assert(alone.commands.length <= 2, name);
  }
});

function commandNamed(name: string, tree = program): Command {
  const match = tree.commands.find((each) => each.name() === name);
  assert(match !== undefined);
  return match;
}

/** Renders the help in this process, which is faster than starting one process per command. */
function renderHelp(tree: Command, name: string): string {
  let printed = "";
  const command = commandNamed(name, tree);
  command.configureOutput({ writeOut: (text) => void (printed += text) });
  command.outputHelp();
  return printed;
}

test("every example uses existing commands and options", () => {
  const examples = [program, ...allCommands].flatMap(getExamples);
  assert(examples.length > 40);
  for (const example of examples) {
    const words =
      formatExample(example, "pesarail")
        .match(/pesarail [^)|>]*/)?.[0]
        .match(/"[^"]*"|\S+/g) ?? [];
    let command = program;
    for (const [index, word] of words.slice(1).entries()) {
      const next = command.commands.find((each) => each.name() === word);
      const isValue = words[index]?.startsWith("--") === true || word.startsWith("-");
      const isArgument = command.registeredArguments.length > 0;
      if (next !== undefined) command = next;
      else assert(isValue || isArgument, `${example}: there is no ${word}`);
      if (!word.startsWith("--")) continue;
      const known = [...command.options, ...(command.parent?.options ?? [])].map(({ long }) => long);
      assert(
        [...known, "--help"].includes(word.replace(/[^a-z-].*$/, "")),
        `${example}: there is no ${word}`,
      );
    }
  }
});

test("a usage error prints one line and a hint, and exits with code 2", () => {
  const ran = spawnSync(process.execPath, ["src/cli/main.ts", "handset", "255750000006", "dance"], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  assert.deepEqual([ran.status, ran.stdout], [2, ""]);
  assert.match(
    ran.stderr,
    /^pesarail: command-argument value 'dance' is invalid for argument 'action'\. .*\nTry --help\.\n$/,
  );
});

test("the completion tables are valid shell and contain every command and option", () => {
  const script = completionScript("zsh", program);
  const tables = script.slice(0, script.indexOf("\n_pesarail() {"));
  const shellScript = `${tables}
    _pesarail_next '' '' 0 '' pesarail | cut -f1
    echo ==
    _pesarail_next /admin/customer/create '' 0 -- pesarail | cut -f1
    echo ==
    _pesarail_offer "$(_pesarail_value /pay --two-step)" pesarail
    _pesarail_sub /keys create && ! _pesarail_sub '' nothing && echo known`;
  const { stdout, stderr } = spawnSync("sh", ["-c", shellScript], { encoding: "utf8" });
  assert.equal(stderr, "");
  const [commands = "", options = "", rest = ""] = stdout.split("==\n");
  assert.equal(
    commands,
    program
      .createHelp()
      .visibleCommands(program)
      .map((each) => `${each.name()}\n`)
      .join(""),
  );
  assert.match(options, /^--market$/m);
  assert.equal(rest, "commit\nrelease\nhold\nknown\n");
});
