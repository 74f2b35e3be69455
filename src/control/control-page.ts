/**
 * `docs/control-api.md`, written from the routes.
 *
 * After changing one: `node src/control/control-page.ts > docs/control-api.md`.
 */
import { code, markdownTable } from "../markdown.ts";
import { controlPrefix } from "./control.ts";
import { everyRouteFails } from "./openapi.ts";
import type { Route } from "./route.ts";
import { resources } from "./routes.ts";
import type { Schema } from "./schema.ts";

const opening = `# The control API

${code(controlPrefix)} is what a test or a tool does to the sandbox: it makes customers and organisations, gives them
money, tells them how to answer, registers applications, and reads what happened. The live environment is out
of its reach.

Its address and its token are \`control.url\` and \`control.token\` in \`sandbox.json\`:

\`\`\`sh
curl -s "$CONTROL_URL/status" -H "Authorization: Bearer $CONTROL_TOKEN"
\`\`\`

Bodies and answers are JSON. Markets are matched without regard to case. Money is always a decimal text in the
market's currency, such as \`"100.00"\`: a JSON number is refused. A field that a route does not know is refused too.

A change to an application holds on this server when it is answered, and on others within a second.

Every route may also answer with one of these (and with 404 for a market that does not exist), as \`{ "error": "…", "message": "…" }\`:

${markdownTable(["Status", "When"], Object.entries(everyRouteFails))}

Requests must name this machine (\`127.0.0.1\`, \`localhost\`, \`[::1]\`) or the host of \`HOST\` or \`PUBLIC_URL\` in their
Host header, and if they have an Origin it must be the same host: no web page gets in by DNS rebinding.

<!-- Written from the routes by src/control/control-page.ts; change them there. -->
`;

export function renderControl(): string {
  return (
    opening +
    Object.entries(resources)
      .map(([name, routes]) => `\n## ${name}\n${routes.map(section).join("")}`)
      .join("")
  );
}

function section({ method, path, does, query, body, status, answers, fails }: Route): string {
  const lines = [
    `### ${code(`${method} ${path}`)}`,
    does,
    ...(query === undefined ? [] : [`Query:\n\n${fields(query)}`]),
    ...(body === undefined ? [] : [`Body:\n\n${fields(body)}`]),
    `Answers ${status}${answers === undefined ? ", with nothing." : `:\n\n${fields(answers)}`}`,
    ...Object.entries(fails ?? {}).map(([failed, why]) => `Answers ${failed}: ${why}`),
  ];
  return `\n${lines.join("\n\n")}\n`;
}

/** The fields of an object, those inside of others below them: `customers[].msisdn`. */
function fields(schema: Schema<unknown>): string {
  const rows = rowsOf(schema, "");
  return rows.length === 0 ? "Nothing." : markdownTable(["Field", "", "Meaning"], rows);
}

function rowsOf(schema: Schema<unknown>, prefix: string): string[][] {
  const { required = [], properties = {} } = schema;
  return Object.entries(properties).flatMap(([name, field]) => [
    [code(prefix + name), required.includes(name) ? "always" : "", meaningOf(field)],
    ...rowsInside(field, prefix + name),
  ]);
}

function rowsInside(field: Schema<unknown>, name: string): string[][] {
  const { items, additionalProperties: each } = field;
  if (items !== undefined) return rowsOf(items, `${name}[].`);
  if (typeof each === "object") return rowsOf(each, `${name}.*.`);
  return rowsOf(field, `${name}.`);
}

function meaningOf({
  description,
  enum: values,
  type,
  maxItems,
  minimum,
  maximum,
  examples,
}: Schema<unknown>): string {
  const kinds = [type ?? []].flat();
  const said = [
    ...(kinds.includes("string") ? [] : [kinds.filter((kind) => kind !== "null").join()]),
    ...(kinds.includes("null") ? ["or null"] : []),
  ].join(" ");
  const bounds = [
    ...(maxItems === undefined ? [] : [`at most ${maxItems}`]),
    ...(minimum === undefined ? [] : [`${minimum} or more`]),
    ...(maximum === undefined ? [] : [`${maximum} or less`]),
  ].join(", ");
  const [example] = examples ?? [];
  return [
    [said, bounds].filter((part) => part !== "").join(", "),
    description ?? "",
    description !== undefined || values === undefined ? "" : values.map(code).join(", "),
    example === undefined || description?.includes(JSON.stringify(example)) === true
      ? ""
      : `Such as ${code(JSON.stringify(example))}.`,
  ]
    .filter((part) => part !== "")
    .map((part, index, all) => (index === 0 && all.length > 1 && !part.endsWith(".") ? `${part}.` : part))
    .join(" ");
}

if (import.meta.main) process.stdout.write(renderControl());
