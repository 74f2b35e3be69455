/**
 * The scripts themselves: tables in the shell language that bash, zsh and every other sh share, and around them the
 * few lines by which each shell asks for completions.
 */
import type { Command, Option } from "commander";
import { completionsFor, type Completions } from "./values.ts";

export const shells = ["bash", "zsh"] as const;
export type Shell = (typeof shells)[number];

export function completionScript(shell: Shell, program: Command): string {
  return shell === "bash"
    ? `${renderTables(program)}${bash}`
    : `#compdef pesarail\n${renderTables(program)}${zsh}`;
}

interface CommandPath {
  /** Such as `/admin/customer`; empty for the program itself. */
  readonly path: string;
  readonly command: Command;
}

function collectCommandPaths(command: Command, path: string): CommandPath[] {
  const subcommands = visibleCommands(command).map((subcommand) =>
    collectCommandPaths(subcommand, `${path}/${subcommand.name()}`),
  );
  return [{ path, command }, ...subcommands.flat()];
}

const visibleCommands = (command: Command): readonly Command[] =>
  command.createHelp().visibleCommands(command);
const visibleOptions = (command: Command): readonly Option[] => command.createHelp().visibleOptions(command);

/** Each function prints what it knows of a place, a line for each word, with a tab before what it means. */
function renderTables(program: Command): string {
  const commandPaths = collectCommandPaths(program, "");
  const subcommands = commandPaths
    .filter(({ path }) => path !== "")
    .map(({ path }) => [path, "return 0"] as const);
  const commands = commandPaths
    .filter(({ command }) => visibleCommands(command).length > 0)
    .map(({ path, command }) => [path, formatPrintf(visibleCommands(command).map(describeCommand))] as const);
  const options = commandPaths.map(
    ({ path, command }) => [path, formatPrintf(visibleOptions(command).flatMap(describeOption))] as const,
  );
  return `# Completion of pesarail, written by \`pesarail completion\`: make it again after an update.

# Whether a word is a command at a place.
_pesarail_sub() {
  case "$1/$2" in
${formatCases(subcommands)}  esac
  return 1
}

# The commands at a place.
_pesarail_commands() {
  case "$1" in
${formatCases(commands)}  esac
}

# The options at a place.
_pesarail_options() {
  case "$1" in
${formatCases(options)}  esac
}

# What an option's value is offered; nothing for an option that takes none.
_pesarail_value() {
  case "$1 $2" in
${formatCases(commandPaths.flatMap(listValueCases))}  esac
}

# What is offered for an argument, by its number.
_pesarail_argument() {
  case "$1 $2" in
${formatCases(commandPaths.flatMap(listArgumentCases))}  esac
}

# What may stand next: at a place, for an option's value if one is due, as the nth argument, beginning like this.
_pesarail_next() {
  if [ -n "$2" ]; then
    _pesarail_offer "$2" "$5"
  else
    case "$4" in
    -*) _pesarail_options "$1" ;;
    *)
      [ "$3" -gt 0 ] || _pesarail_commands "$1"
      _pesarail_offer "$(_pesarail_argument "$1" "$3")" "$5"
      ;;
    esac
  fi
}

# The words of an offer: those that it lists itself, or those that the program asks the server for.
_pesarail_offer() {
  case "$1" in
  words:*) printf '%s\\n' "\${1#words:}" | tr '|' '\\n' ;;
  live:*) "$2" complete "\${1#live:}" 2>/dev/null ;;
  esac
}
`;
}

const formatCases = (rows: readonly (readonly [string, string])[]): string =>
  rows.map(([pattern, action]) => `  ${quoteForShell(pattern)}) ${action} ;;\n`).join("");

const formatPrintf = (lines: readonly string[]): string =>
  `printf '%s\\n' ${lines.map(quoteForShell).join(" ")}`;

const quoteForShell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const describeCommand = (command: Command): string =>
  `${command.name()}\t${toOneLine(command.description())}`;

/** The long spelling; a short one that is typed is understood, and not worth a line. */
const describeOption = (option: Option): string[] =>
  option.long === undefined || option.long === null
    ? []
    : [`${option.long}\t${toOneLine(option.description)}`];

const toOneLine = (text: string): string => text.replaceAll(/\s+/g, " ");

function listValueCases({ path, command }: CommandPath): (readonly [string, string])[] {
  return visibleOptions(command)
    .filter((option) => option.required)
    .flatMap((option) => {
      const completions = `printf '%s' ${quoteForShell(encodeCompletions(completionsFor(option)) ?? "nothing")}`;
      return [option.short, option.long].flatMap((name) =>
        name === undefined || name === null ? [] : [[`${path} ${name}`, completions] as const],
      );
    });
}

function listArgumentCases({ path, command }: CommandPath): (readonly [string, string])[] {
  return command.registeredArguments.flatMap((argument, index) => {
    const completions = encodeCompletions(completionsFor(argument));
    return completions === null
      ? []
      : [[`${path} ${index}`, `printf '%s' ${quoteForShell(completions)}`] as const];
  });
}

/** An offer as the script has it: `files`, `live:handsets`, or `words:a|b`. */
function encodeCompletions(completions: Completions | null): string | null {
  if (completions === null || completions === "files") return completions;
  return typeof completions === "string" ? `live:${completions}` : `words:${completions.join("|")}`;
}

const bash = `
_pesarail() {
  local line=\${COMP_LINE:0:COMP_POINT} current='' at='' wants='' word text prefix i n=0
  local -a typed
  read -ra typed <<<"$line"
  local last=\${#typed[@]}
  if [[ $line != *[[:space:]] ]]; then
    last=$((last - 1))
    current=\${typed[last]}
  fi
  for ((i = 1; i < last; i++)); do
    word=\${typed[i]}
    if [[ -n $wants ]]; then
      wants=''
    elif [[ $word == -* ]]; then
      wants=$(_pesarail_value "$at" "$word")
    elif ((n == 0)) && _pesarail_sub "$at" "$word"; then
      at=$at/$word
    else
      n=$((n + 1))
    fi
  done
  COMPREPLY=()
  if [[ $wants == files || (-z $wants && $current != -* && $(_pesarail_argument "$at" "$n") == files) ]]; then
    type compopt >/dev/null 2>&1 && compopt -o filenames
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
    return
  fi
  while IFS=$'\\t' read -r word text; do
    [[ -n $word && $word == "$current"* ]] && COMPREPLY+=("$word")
  done < <(_pesarail_next "$at" "$wants" "$n" "$current" "\${typed[0]}")
  # bash takes what stands after a colon for a word of its own.
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    prefix=\${current%"\${current##*:}"}
    COMPREPLY=("\${COMPREPLY[@]#"$prefix"}")
  fi
}
complete -F _pesarail pesarail
`;

const zsh = `
_pesarail() {
  # No options of our own: zsh's completion has set those that its functions need.
  local at='' wants='' word line
  local -i i n=0
  local -a offered
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    if [[ -n $wants ]]; then
      wants=''
    elif [[ $word == -* ]]; then
      wants=$(_pesarail_value "$at" "$word")
    elif ((n == 0)) && _pesarail_sub "$at" "$word"; then
      at=$at/$word
    else
      n=$((n + 1))
    fi
  done
  if [[ $wants == files || ( -z $wants && $PREFIX != -* && $(_pesarail_argument "$at" "$n") == files ) ]]; then
    _files
    return
  fi
  _pesarail_next "$at" "$wants" "$n" "$PREFIX" "$words[1]" | while IFS= read -r line; do
    word=\${line%%$'\\t'*}
    [[ -n $word ]] || continue
    # A colon parts a word from what it means.
    word=\${word//:/\\\\:}
    if [[ $line == *$'\\t'* ]]; then
      offered+=("$word:\${line#*$'\\t'}")
    else
      offered+=("$word")
    fi
  done
  ((\${#offered} > 0)) && _describe 'pesarail' offered
}
if [[ $funcstack[1] == _pesarail ]]; then
  _pesarail "$@"
else
  compdef _pesarail pesarail
fi
`;
