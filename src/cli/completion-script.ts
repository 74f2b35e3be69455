/**
 * The scripts themselves: tables in the shell language that bash, zsh and every other sh share, and around them the
 * few lines by which each shell asks for completions.
 */
import type { Command, Option } from "commander";
import { offerFor, type Offer } from "./completing.ts";

export const shells = ["bash", "zsh"] as const;
export type Shell = (typeof shells)[number];

export function completionScript(shell: Shell, program: Command): string {
  return shell === "bash" ? `${tables(program)}${bash}` : `#compdef pesarail\n${tables(program)}${zsh}`;
}

interface Place {
  /** Such as `/admin/customer`; empty for the program itself. */
  readonly path: string;
  readonly command: Command;
}

function placesUnder(command: Command, path: string): Place[] {
  const below = visible(command).map((each) => placesUnder(each, `${path}/${each.name()}`));
  return [{ path, command }, ...below.flat()];
}

const visible = (command: Command): readonly Command[] => command.createHelp().visibleCommands(command);
const optionsOf = (command: Command): readonly Option[] => command.createHelp().visibleOptions(command);

/** Each function prints what it knows of a place, a line for each word, with a tab before what it means. */
function tables(program: Command): string {
  const places = placesUnder(program, "");
  const subcommands = places.filter(({ path }) => path !== "").map(({ path }) => [path, "return 0"] as const);
  const commands = places
    .filter(({ command }) => visible(command).length > 0)
    .map(({ path, command }) => [path, print(visible(command).map(inWords))] as const);
  const options = places.map(
    ({ path, command }) => [path, print(optionsOf(command).flatMap(spellings))] as const,
  );
  return `# Completion of pesarail, written by \`pesarail completion\`: make it again after an update.

# Whether a word is a command at a place.
_pesarail_sub() {
  case "$1/$2" in
${cases(subcommands)}  esac
  return 1
}

# The commands at a place.
_pesarail_commands() {
  case "$1" in
${cases(commands)}  esac
}

# The options at a place.
_pesarail_options() {
  case "$1" in
${cases(options)}  esac
}

# What an option's value is offered; nothing for an option that takes none.
_pesarail_value() {
  case "$1 $2" in
${cases(places.flatMap(valueCases))}  esac
}

# What is offered for an argument, by its number.
_pesarail_argument() {
  case "$1 $2" in
${cases(places.flatMap(argumentCases))}  esac
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

const cases = (rows: readonly (readonly [string, string])[]): string =>
  rows.map(([pattern, does]) => `  ${quoted(pattern)}) ${does} ;;\n`).join("");

const print = (lines: readonly string[]): string => `printf '%s\\n' ${lines.map(quoted).join(" ")}`;

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const inWords = (command: Command): string => `${command.name()}\t${oneLine(command.description())}`;

/** The long spelling; a short one that is typed is understood, and not worth a line. */
const spellings = (option: Option): string[] =>
  option.long === undefined || option.long === null ? [] : [`${option.long}\t${oneLine(option.description)}`];

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ");

function valueCases({ path, command }: Place): (readonly [string, string])[] {
  return optionsOf(command)
    .filter((option) => option.required)
    .flatMap((option) => {
      const offer = `printf '%s' ${quoted(written(offerFor(option)) ?? "nothing")}`;
      return [option.short, option.long].flatMap((name) =>
        name === undefined || name === null ? [] : [[`${path} ${name}`, offer] as const],
      );
    });
}

function argumentCases({ path, command }: Place): (readonly [string, string])[] {
  return command.registeredArguments.flatMap((argument, index) => {
    const offer = written(offerFor(argument));
    return offer === null ? [] : [[`${path} ${index}`, `printf '%s' ${quoted(offer)}`] as const];
  });
}

/** An offer as the script has it: `files`, `live:handsets`, or `words:a|b`. */
function written(offer: Offer | null): string | null {
  if (offer === null || offer === "files") return offer;
  return typeof offer === "string" ? `live:${offer}` : `words:${offer.join("|")}`;
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
