/**
 * `docs/control-api.md`, written from the routes.
 *
 * After changing one: `node tools/docs/control-api.ts > docs/control-api.md`.
 */
import { code, markdownTable } from "./markdown.ts";
import { commonErrors } from "../../src/api/control/api-spec.ts";
import { controlPrefix, type Route } from "../../src/api/control/route.ts";
import { resources } from "../../src/api/control/routes.ts";
import { toJsonSchema, type JsonSchema } from "./json-schema.ts";

const header = `# The control API

${code(controlPrefix)} is the API with which tests and tools control the sandbox: they create customers and organisations, fund
them, set how customers answer prompts, register applications, and read the results. It cannot reach the live
environment.

Its address and its token are \`control.url\` and \`control.token\` in \`sandbox.json\`:

\`\`\`sh
curl -s "$CONTROL_URL/status" -H "Authorization: Bearer $CONTROL_TOKEN"
\`\`\`

Request and response bodies are JSON. Market names are case-insensitive. An amount is a decimal string in the market's
currency, such as \`"100.00"\`; JSON numbers are refused. Unknown fields are refused too.

A change to an application takes effect on this server before the response is sent, and on other servers within a second.

Every route can also return one of these errors, and 404 for an unknown market, as \`{ "error": "…", "message": "…" }\`:

${markdownTable(["Status", "When"], Object.entries(commonErrors))}

The Host header must name this machine (\`127.0.0.1\`, \`localhost\`, \`[::1]\`) or the host of \`HOST\` or \`PUBLIC_URL\`. An
Origin header must name the same host. This protects the API against web pages that use DNS rebinding.

<!-- Written from the routes by tools/docs/control-api.ts; change them there. -->
`;

export function renderControlPage(): string {
  return (
    header +
    Object.entries(resources)
      .map(([name, routes]) => `\n## ${name}\n${routes.map(renderSection).join("")}`)
      .join("")
  );
}

function renderSection({ method, path, summary, query, body, status, response, errors }: Route): string {
  const lines = [
    `### ${code(`${method} ${path}`)}`,
    summary,
    ...(query === undefined ? [] : [`Query:\n\n${renderFields(toJsonSchema(query))}`]),
    ...(body === undefined ? [] : [`Body:\n\n${renderFields(toJsonSchema(body))}`]),
    `Answers ${status}${response === undefined ? ", with nothing." : `:\n\n${renderFields(toJsonSchema(response))}`}`,
    ...Object.entries(errors ?? {}).map(
      ([errorStatus, description]) => `Answers ${errorStatus}: ${description}`,
    ),
  ];
  return `\n${lines.join("\n\n")}\n`;
}

/** The fields of an object, those inside of others below them: `customers[].msisdn`. */
function renderFields(schema: JsonSchema): string {
  const rows = toRows(schema, "");
  return rows.length === 0 ? "Nothing." : markdownTable(["Field", "", "Meaning"], rows);
}

function toRows(schema: JsonSchema, prefix: string): string[][] {
  const { required = [], properties = {} } = schema;
  return Object.entries(properties).flatMap(([name, field]) => [
    [code(prefix + name), required.includes(name) ? "always" : "", describeField(field)],
    ...toNestedRows(field, prefix + name),
  ]);
}

function toNestedRows(field: JsonSchema, name: string): string[][] {
  const { items, additionalProperties: valueSchema } = field;
  if (items !== undefined) return toRows(items, `${name}[].`);
  if (typeof valueSchema === "object") return toRows(valueSchema, `${name}.*.`);
  return toRows(field, `${name}.`);
}

function describeField({
  description,
  enum: values,
  type,
  maxItems,
  minimum,
  maximum,
  examples,
}: JsonSchema): string {
  const types = [type ?? []].flat();
  const valueTypes = types.filter((kind) => kind !== "null");
  const typeText = [
    ...(valueTypes.join() === "string" ? [] : [valueTypes.join(" or ")]),
    ...(types.includes("null") ? ["or null"] : []),
  ].join(" ");
  const bounds = [
    ...(maxItems === undefined ? [] : [`at most ${maxItems}`]),
    ...(minimum === undefined ? [] : [`${minimum} or more`]),
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? [] : [`${maximum} or less`]),
  ].join(", ");
  const [example] = examples ?? [];
  return [
    [typeText, bounds].filter((part) => part !== "").join(", "),
    description ?? "",
    description !== undefined || values === undefined
      ? ""
      : values
          .filter((value) => value !== null)
          .map(code)
          .join(", "),
    example === undefined || description?.includes(JSON.stringify(example)) === true
      ? ""
      : `Such as ${code(JSON.stringify(example))}.`,
  ]
    .filter((part) => part !== "")
    .map((part, index, all) => (index === 0 && all.length > 1 && !part.endsWith(".") ? `${part}.` : part))
    .join(" ");
}

if (import.meta.main) process.stdout.write(renderControlPage());
