/** Samples in C#: top-level statements, no packages. */
import { spellings } from "../../samples/spellings.ts";
import { renderSandboxNote, sandboxLines, toPascalCase } from "../../samples/text.ts";
import {
  header,
  renderDeclarations,
  renderStepComment,
  renderTree,
  type DarajaSampleLanguage,
} from "./language.ts";
import { sandboxValues, usesSource, type DarajaSampleCall, type DarajaSampleStep } from "./sample-calls.ts";

const language: Omit<DarajaSampleLanguage, "render"> = {
  id: "csharp",
  title: "C#",
  needs:
    ".NET 10 or newer, which runs a single file. (On .NET 8: dotnet new console, with this file as Program.cs.)",
  tested: "parsed",
  fileName: (call) => `${toPascalCase(call)}.cs`,
  run: (path) => `dotnet run ${path}`,
};

export const csharp: DarajaSampleLanguage = { ...language, render };

function render(call: DarajaSampleCall, path: string): string {
  const hasSteps = call.steps.length > 0;
  return `${header(call, language, path)
    .map((line) => `// ${line}`.trimEnd())
    .join("\n")}
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

${[
  ...renderSandboxNote("//"),
  ...sandboxLines("//", [
    'var sandboxFile = Environment.GetEnvironmentVariable("SANDBOX_JSON") ?? "data/sandbox.json";',
    'var sandbox = JsonNode.Parse(File.ReadAllText(sandboxFile))!["daraja"]!;',
  ]),
  ...renderDeclarations(
    call,
    "csharp",
    (name, spelt) => `var ${spelt} = (string)sandbox["${sandboxValues[name]}"]!;`,
  ),
].join("\n")}

using var http = new HttpClient();

var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{consumerKey}:{consumerSecret}"));
var issued = await Send(HttpMethod.Get, "/oauth/v1/generate?grant_type=client_credentials", "Basic", basic);
var token = (string)issued["access_token"]!;
${hasSteps ? `${usesSource(call, "stk") ? password : ""}${call.steps.map(renderStep).join("")}` : 'Console.WriteLine($"The token is {token}");\n'}${functions}`;
}

const password = `
// The password of STK calls has the time in Nairobi.
var timestamp = DateTime.UtcNow.AddHours(3).ToString("yyyyMMddHHmmss");
var password = Convert.ToBase64String(Encoding.UTF8.GetBytes(shortCode + passkey + timestamp));
`;

const functions = `
// Returns the response. Exits if it was not accepted.
async Task<JsonObject> Send(HttpMethod method, string path, string scheme, string credential, JsonNode? body = null)
{
    using var request = new HttpRequestMessage(method, baseUrl + path);
    request.Headers.Authorization = new AuthenticationHeaderValue(scheme, credential);
    if (body != null)
    {
        request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
    }
    using var response = await http.SendAsync(request);
    var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
    if (response.IsSuccessStatusCode)
    {
        return answer;
    }
    // After a 5xx the result is unknown: the payment may complete. The same holds when the connection breaks.
    var outcome = (int)response.StatusCode < 500 ? "Refused" : "Unknown result, or refused";
    Console.Error.WriteLine($"{outcome}: {answer["errorCode"]} {answer["errorMessage"]}");
    Environment.Exit(1);
    return answer;
}
`;

function renderStep(step: DarajaSampleStep): string {
  const [first = "", ...rest] = renderTree(
    step.body,
    {
      object: ["new JsonObject {", "}"],
      list: ["new JsonArray {", "}"],
      entry: (name, value) => `["${name}"] = ${value}`,
      trailingComma: true,
      indent: "    ",
    },
    {
      json: (value) => (typeof value === "string" ? spellings.csharp.quote(value) : JSON.stringify(value)),
      value: spellings.csharp.spell,
      newReference: () => "Guid.NewGuid().ToString()",
      timestamp: () => "timestamp",
      password: () => "password",
      responseField: (name, field) => `(string)${name}["${field}"]!`,
    },
  );
  return `
${[
  ...renderStepComment(step, "//"),
  `var ${step.name} = await Send(HttpMethod.Post, "${step.operation.path}", "Bearer", token, ${first}`,
  ...rest.slice(0, -1),
  `${rest.at(-1)});`,
  `Console.WriteLine(${step.name});`,
].join("\n")}
`;
}
