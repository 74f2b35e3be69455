/** Samples in C#: top-level statements, no packages. */
import { spellings } from "../../samples/spellings.ts";
import { renderSandboxNote, sandboxLines, toPascalCase } from "../../samples/text.ts";
import {
  header,
  renderDeclarations,
  renderStepComment,
  toExpressions,
  type IpgV1SampleLanguage,
} from "./language.ts";
import type { IpgV1SampleCall, IpgV1SampleStep } from "./sample-calls.ts";

const language: Omit<IpgV1SampleLanguage, "render"> = {
  id: "csharp",
  title: "C#",
  needs:
    ".NET 10 or newer, which runs a single file. (On .NET 8: dotnet new console, with this file as Program.cs.)",
  fileName: (call) => `${toPascalCase(call)}.cs`,
  run: (path) => `dotnet run ${path}`,
};

export const csharp: IpgV1SampleLanguage = { ...language, render };

function render(call: IpgV1SampleCall, path: string): string {
  return `${header(call, language, path)
    .map((line) => `// ${line}`.trimEnd())
    .join("\n")}
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

${[
  ...renderSandboxNote("//"),
  ...sandboxLines("//", [
    'var sandboxFile = Environment.GetEnvironmentVariable("SANDBOX_JSON") ?? "data/sandbox.json";',
    'var sandbox = JsonNode.Parse(File.ReadAllText(sandboxFile))!["ipgV1"]!;',
  ]),
  ...renderDeclarations(call, "csharp", {
    gateway: 'var gateway = (string)sandbox["url"]!;',
    apiKey: 'var apiKey = (string)sandbox["apiKey"]!;',
    publicKey: 'var publicKey = (string)sandbox["publicKey"]!;',
  }),
].join("\n")}

using var http = new HttpClient();
${call.steps.map(renderStep).join("")}${functions}`;
}

const functions = `
// Makes a call and returns its response. Exits if it was not accepted.
async Task<JsonObject> Call(string method, string path, JsonObject parameters)
{
    var url = $"{gateway}/ipg/v1x/{path}/";
    if (method == "GET")
    {
        var pairs = parameters.Select(each => $"{each.Key}={Uri.EscapeDataString((string)each.Value!)}");
        url += "?" + string.Join("&", pairs);
    }
    using var request = new HttpRequestMessage(new HttpMethod(method), url);
    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Bearer());
    request.Headers.Add("Origin", "*");
    if (method != "GET")
    {
        request.Content = new StringContent(parameters.ToJsonString(), Encoding.UTF8, "application/json");
    }
    using var response = await http.SendAsync(request);
    var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();

    var code = (string?)answer["output_ResponseCode"];
    var reason = (string?)answer["output_ResponseDesc"];
    switch (code)
    {
        case "INS-0":
            return answer;
        // The result is unknown: the payment may have completed. The same holds when the connection breaks.
        case "INS-1" or "INS-9" or null:
            var reference = parameters["input_ThirdPartyReference"];
            Console.Error.WriteLine($"Unknown result: HTTP {(int)response.StatusCode} {code} {reason}");
            Console.Error.WriteLine($"Query {reference} with queryTransactionStatus before you try again.");
            break;
        default:
            Console.Error.WriteLine($"Refused: {code} {reason}");
            break;
    }
    Environment.Exit(1);
    return answer;
}

// Encrypts the API key, because M-Pesa does not accept it in plain text. There is no session.
string Bearer()
{
    using var rsa = RSA.Create();
    rsa.ImportSubjectPublicKeyInfo(Convert.FromBase64String(publicKey), out _);
    return Convert.ToBase64String(rsa.Encrypt(Encoding.UTF8.GetBytes(apiKey), RSAEncryptionPadding.Pkcs1));
}
`;

function renderStep(step: IpgV1SampleStep): string {
  const { name, operation } = step;
  const parameters = toExpressions(step, {
    quote: spellings.csharp.quote,
    value: spellings.csharp.spell,
    newReference: 'Guid.NewGuid().ToString("N")',
    responseField: (field) => `(string)payment["${field}"]!`,
  }).map(([field, value]) => `    ["${field}"] = ${value},`);
  return `
${[
  ...renderStepComment(step, "//"),
  `var ${name} = await Call("${operation.method}", "${operation.path}", new JsonObject`,
  "{",
  ...parameters,
  "});",
  `Console.WriteLine(${name});`,
].join("\n")}
`;
}
