/** Samples in C#: top-level statements, no packages. */
import type { SampleLanguage } from "./language.ts";
import { renderDeclarations, toExpressions, header, renderStepComment, renderSteps } from "./language.ts";
import type { SampleCall, SampleStep } from "./sample-calls.ts";
import { renderSandboxNote, sandboxLines, toPascalCase } from "../../samples/text.ts";
import { spellings } from "../../samples/spellings.ts";

const language: Omit<SampleLanguage, "render"> = {
  id: "csharp",
  title: "C#",
  needs:
    ".NET 10 or newer, which runs a single file. (On .NET 8: dotnet new console, with this file as Program.cs.)",
  tested: "parsed",
  fileName: (call) => `${toPascalCase(call)}.cs`,
  run: (path) => `dotnet run ${path}`,
};

export const csharp: SampleLanguage = { ...language, render };

function render(call: SampleCall, path: string): string {
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
    "var sandbox = JsonNode.Parse(File.ReadAllText(sandboxFile))!;",
  ]),
  ...renderDeclarations(call, "csharp", {
    gateway: 'var gateway = (string)sandbox["gateway"]!;',
    apiKey: 'var apiKey = (string)sandbox["openapi"]!["apiKey"]!;',
    publicKey: 'var publicKey = (string)sandbox["openapi"]!["publicKey"]!;',
  }),
].join("\n")}

using var http = new HttpClient();

var opened = await Call("GET", "getSession", apiKey, new JsonObject());
var session = (string)opened["output_SessionID"]!;
${call.steps.length === 0 ? 'Console.WriteLine($"The session key is {session}");\n' : renderSteps(call, renderStep, 'var mandateReference = Guid.NewGuid().ToString("N");')}${functions}`;
}

const functions = `
// Makes a call and returns its response. Exits if it was not accepted.
async Task<JsonObject> Call(string method, string path, string key, JsonObject parameters)
{
    var (status, answer) = await Send(method, path, key, parameters);
    // M-Pesa may refuse a new session for up to half a minute.
    for (var tries = 0; status == 401 && answer.ContainsKey("output_error") && tries < 60; tries++)
    {
        await Task.Delay(TimeSpan.FromSeconds(1));
        (status, answer) = await Send(method, path, key, parameters);
    }

    var code = (string?)answer["output_ResponseCode"];
    var reason = (string?)answer["output_ResponseDesc"];
    switch (code)
    {
        case "INS-0" or "INS-GAR-0":
            return answer;
        // The result is unknown: the payment may have completed. The same holds when the connection breaks.
        case "INS-1" or "INS-9" or null:
            var reference = parameters["input_ThirdPartyConversationID"];
            Console.Error.WriteLine($"Unknown result: HTTP {status} {code} {reason}");
            Console.Error.WriteLine($"Query {reference} with queryTransactionStatus before you try again.");
            break;
        default:
            Console.Error.WriteLine($"Refused: {code} {reason}");
            break;
    }
    Environment.Exit(1);
    return answer;
}

async Task<(int Status, JsonObject Answer)> Send(string method, string path, string key, JsonObject parameters)
{
    var url = $"{gateway}/{environment}/ipg/v2/{market}/{path}/";
    if (method == "GET")
    {
        var pairs = parameters.Select(each => $"{each.Key}={Uri.EscapeDataString((string)each.Value!)}");
        url += "?" + string.Join("&", pairs);
    }
    using var request = new HttpRequestMessage(new HttpMethod(method), url);
    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Bearer(key));
    request.Headers.Add("Origin", "*");
    if (method != "GET")
    {
        request.Content = new StringContent(parameters.ToJsonString(), Encoding.UTF8, "application/json");
    }
    using var response = await http.SendAsync(request);
    var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
    return ((int)response.StatusCode, answer);
}

// Encrypts a key, because M-Pesa does not accept it in plain text.
string Bearer(string key)
{
    using var rsa = RSA.Create();
    rsa.ImportSubjectPublicKeyInfo(Convert.FromBase64String(publicKey), out _);
    return Convert.ToBase64String(rsa.Encrypt(Encoding.UTF8.GetBytes(key), RSAEncryptionPadding.Pkcs1));
}
`;

function renderStep(step: SampleStep): string {
  const { name, operation } = step;
  const parameters = toExpressions(step, {
    quote: spellings.csharp.quote,
    value: spellings.csharp.spell,
    newReference: 'Guid.NewGuid().ToString("N")',
    mandateReference: "mandateReference",
    responseField: (stepName, field) => `(string)${stepName}["${field}"]!`,
  }).map(([field, value]) => `    ["${field}"] = ${value},`);
  return `
${[
  ...renderStepComment(step, "//"),
  `var ${name} = await Call("${operation.method}", "${operation.path}", session, new JsonObject`,
  "{",
  ...parameters,
  "});",
  `Console.WriteLine(${name});`,
].join("\n")}
`;
}
