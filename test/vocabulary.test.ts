/**
 * Finds words that this repository does not use. `docs/vocabulary.md` has the same lists, with what to write instead.
 *
 * There are two lists. Declared identifiers and file names avoid `replacedParts` and `replacedPatterns`. Prose (comments,
 * messages, pages, SQL) avoids only `oddWords`, because the other words are plain English there. Names that programs
 * outside read are exempt, each with its reason. An exemption that nothing uses fails the test.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { test } from "node:test";
import { listDeclaredNames, type DeclaredName } from "./support/declared-names.ts";

/** Parts of identifiers (`toldAt` has the parts `told` and `at`), as `docs/vocabulary.md` lists them. */
const replacedParts = new Set(
  [
    "shown show tell told tells asked said heard came given found says does means because why most upto about ours",
    "trouble patience look looks wake ring rings touch hurry parked home town resident residents newcomer newcomers",
    "people happening happenings moment moments fate fates drawn undrawn door doors place places mend mended mendable",
    "ending endings question questions mine yours its bring brings carry carries carried carrier carriage",
    "whoever nobody somebody newsroom errand errands anew unasked",
  ].flatMap((line) => line.split(" ")),
);

/** Whole names and parts that a list of words cannot express, with what to write instead. */
const replacedPatterns: readonly (readonly [RegExp, string])[] = [
  [/[a-z0-9]Of$/, "…Of: begin with a verb (getX, toX, findX)"],
  [/[a-z0-9]In$/, "…In: begin with a verb (formatX, describeX)"],
  [/^inWords$|InWords/, "inWords: formatX"],
  [/^minor$/, "minor: amountMinor"],
  [/giveUpAt|enoughAt/i, "deadline, timeoutMs"],
  [/(?:look|ask)EveryMs/i, "pollIntervalMs"],
  [/gatherMs/i, "batchDelayMs"],
  [/giveBack|letGo/i, "release"],
  [/putOff/i, "reschedule"],
  [/putBehind/i, "deferBlocked"],
  [/sendHome/i, "returnToPush"],
];

/** Functions only: a factory is `createX`. */
const factoryPattern = /^open[A-Z]/;

/** Standard terms that contain a replaced part. */
const standardTerms = /NotFound|notFound|carrierGrade|[sS]ign(?:ed)?In/g;

const oddWordList =
  "told tells hears brings town towns newsroom errand errands whoever nobody somebody anew mended unasked shall";

/** The odd words, also at the beginning of a sentence. Java's `noBody` is not one of them. */
const oddWords = new RegExp(
  String.raw`\b(?:${oddWordList
    .split(" ")
    .map((word) => `[${word.slice(0, 1).toUpperCase()}${word.slice(0, 1)}]${word.slice(1)}`)
    .join("|")})\b`,
  "g",
);

/** Keys of JSON, options and values that programs outside read: exempt as keys, never as variables or functions. */
const keptKeys: Readonly<Record<string, string>> = {
  about: "/control/v1: the payment or account of a clock event",
  says: "/control/v1, handset pages, prove --json: a text, or a customer's reply",
  why: "/control/v1 and --json: a reason",
  ending: "/control/v1 and --json: how a payment or prompt ended",
  shownAt: "/control/v1 and the handset page: when the handset displayed a prompt",
  parkedAt: "/control/v1: when a delivery became dead-lettered",
  toldAt: "/control/v1: when the listener acknowledged",
  most: "/control/v1 and --most: a maximum",
  parked: "the option --parked of `deliveries resend`",
  mend: "the options --mend-url and --mend-command",
  because: "check-listener --json: a reason",
  does: "check-listener --json: what a case does",
  means: "trigger --list --json: the meaning of a code",
  toldLater: "trigger --list --json: whether the result comes as a callback",
  payment_not_yours: "the stored name of a refusal",
  pesarail_callbacks_parked: "the name of a metric",
  anyOf: "a keyword of JSON Schema",
  HOME: "an environment variable",
  showHidden: "an option of util.inspect of Node",
};

/** Words that stay in the prose of some files. */
const keptProse: readonly { file: RegExp; text: RegExp; reason: string }[] = [
  { file: /^docs\/vocabulary\.md$|^test\/vocabulary\.test\.ts$/, text: oddWords, reason: "these list them" },
  {
    file: /^src\/embedded-postgres\//,
    text: /\bnobody\b/g,
    reason: "the name of a Unix user that initdb may run as",
  },
];

const codeFiles = globSync("{src,sdk,test,bench,tools,bin}/**/*.{ts,mts,mjs,cjs,js}").filter(isSource);

const proseFiles = globSync([
  "*.md",
  "Dockerfile",
  "{src,sdk,test,bench,tools,bin}/**/*.{ts,mts,mjs,cjs,js,md,html,css}",
  "docs/**/*.{md,ts,mts,py,php,java,cs,sh}",
  "migrations/**/*.sql",
]).filter(isSource);

function isSource(file: string): boolean {
  return !/(?:^|\/)(?:node_modules|dist|dist-cjs)\//.test(file);
}

const splitParts = (name: string): string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.toLowerCase());

/** Which rule a name breaks, or null. */
function findReplacedWord({ name, kind }: Pick<DeclaredName, "name" | "kind">): string | null {
  if (kind === "function" && factoryPattern.test(name)) return "openX: createX";
  const checked = name.replaceAll(standardTerms, " ");
  const pattern = replacedPatterns.find(([expression]) => expression.test(checked));
  if (pattern !== undefined) return pattern[1];
  return splitParts(checked).find((part) => replacedParts.has(part)) ?? null;
}

const isKept = ({ name, kind }: DeclaredName): boolean => kind === "key" && name in keptKeys;

test("identifiers use the words of docs/vocabulary.md", async () => {
  const violations: string[] = [];
  const usedKeys = new Set<string>();
  for (const file of codeFiles) {
    for (const declared of await listDeclaredNames(readFileSync(file, "utf8"))) {
      const word = findReplacedWord(declared);
      if (word === null) continue;
      if (isKept(declared)) usedKeys.add(declared.name);
      else violations.push(`${file}:${declared.line} ${declared.name} (${word})`);
    }
  }
  assert.deepEqual(violations, []);
  const unusedKeys = Object.keys(keptKeys).filter((key) => !usedKeys.has(key));
  assert.deepEqual(unusedKeys, [], "exemptions that nothing uses");
});

/** The message catalogue is `src/words`; the handset's scripts read theirs as `words.js`. */
const isCatalogueFile = (file: string): boolean => /^src\/(?:words|web\/handset\/client)\//.test(file);

test("file names use them too", () => {
  const violations = codeFiles.filter((file) => {
    const [name = ""] = basename(file).split(".");
    return (
      (name === "words" && !isCatalogueFile(file)) || splitParts(name).some((part) => replacedParts.has(part))
    );
  });
  assert.deepEqual(violations, []);
});

test("prose and messages avoid the odd words", () => {
  const violations: string[] = [];
  const used = new Set<RegExp>();
  for (const file of proseFiles) {
    const kept = keptProse.filter((exemption) => exemption.file.test(file));
    for (const [index, line] of readFileSync(file, "utf8").split("\n").entries()) {
      let rest = line;
      for (const { file: where, text } of kept) {
        const without = rest.replaceAll(text, "");
        if (without !== rest) used.add(where);
        rest = without;
      }
      for (const [word] of rest.matchAll(oddWords)) violations.push(`${file}:${index + 1} ${word}`);
    }
  }
  assert.deepEqual(violations, []);
  assert.equal(used.size, keptProse.length, "an exemption that nothing uses");
});

test("the rules find what they are for", async () => {
  const source = `
    const toldOf = 1;
    function openLedger(givenName: string) {}
    interface Row { minor: bigint; upto: Date; readonly askEveryMs: number }
    const { because } = row, says = 1, f = (whoever) => ({ parked });
    type Moment = "notFound";
    class Town<Mine> { bring() {} }
    try {} catch (trouble) {}
    for (const maxMost of []) {}
    const fine = { openHolds: 1, notFound: told.says, [\`told \${1}\`]: "told" };
  `;
  const violations = (await listDeclaredNames(source))
    .filter((declared) => findReplacedWord(declared) !== null && !isKept(declared))
    .map(({ name }) => name);

  assert.deepEqual(violations.sort(), [
    "Mine",
    "Moment",
    "Town",
    "askEveryMs",
    "bring",
    "givenName",
    "maxMost",
    "minor",
    "openLedger",
    "says",
    "toldOf",
    "trouble",
    "upto",
    "whoever",
  ]);
  assert.deepEqual("// whoever tells a story; untold, noBody".match(oddWords), ["whoever", "tells"]);
});
