/** Samples in Java: a single file, no JSON library. */
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
  id: "java",
  title: "Java",
  needs: "Java 17 or newer, no libraries.",
  tested: "executed",
  fileName: (call) => `${toPascalCase(call)}.java`,
  run: (path) => `java ${path}`,
};

export const java: DarajaSampleLanguage = { ...language, render };

function render(call: DarajaSampleCall, path: string): string {
  const hasSteps = call.steps.length > 0;
  return `${renderImports(call)}
/**
${header(call, language, path)
  .map((line) => ` * ${line}`.trimEnd())
  .join("\n")}
 */
public class ${toPascalCase(call)} {
${[
  ...renderSandboxNote("//"),
  ...renderDeclarations(
    call,
    "java",
    (name, spelt) => `static final String ${spelt} = sandbox("${sandboxValues[name]}");`,
  ),
]
  .map((line) => `    ${line}`)
  .join("\n")}

    public static void main(String[] arguments) throws Exception {
        var basic = Base64.getEncoder().encodeToString((CONSUMER_KEY + ":" + CONSUMER_SECRET).getBytes());
        var token = field(
                send("/oauth/v1/generate?grant_type=client_credentials", "Basic " + basic, null), "access_token");
${hasSteps ? `${usesSource(call, "stk") ? password : ""}${call.steps.map(renderStep).join("")}` : '        System.out.println("The token is " + token);\n'}    }
${functions}${hasSteps ? quote : ""}
${sandboxLines("//", fromSandbox.split("\n")).join("\n")}
}
`;
}

const renderImports = (call: DarajaSampleCall): string => `import java.io.IOException; // {{SANDBOX}}
import java.io.UncheckedIOException; // {{SANDBOX}}
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files; // {{SANDBOX}}
import java.nio.file.Path; // {{SANDBOX}}
${usesSource(call, "stk") ? "import java.time.ZoneOffset;\nimport java.time.ZonedDateTime;\nimport java.time.format.DateTimeFormatter;\n" : ""}import java.util.Base64;
${usesSource(call, "newReference") ? "import java.util.UUID;\n" : ""}import java.util.regex.Pattern;
`;

const password = `
        // The password of STK calls has the time in Nairobi.
        var nairobi = ZonedDateTime.now(ZoneOffset.ofHours(3));
        var timestamp = nairobi.format(DateTimeFormatter.ofPattern("yyyyMMddHHmmss"));
        var password = Base64.getEncoder().encodeToString((SHORT_CODE + PASSKEY + timestamp).getBytes());
`;

const functions = `
    static final HttpClient HTTP = HttpClient.newHttpClient();

    /** Returns the response. Exits if it was not accepted. */
    static String send(String path, String authorization, String body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(BASE_URL + path))
                .header("Authorization", authorization)
                .header("Content-Type", "application/json")
                .method(body == null ? "GET" : "POST", body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        var response = HTTP.send(request, BodyHandlers.ofString());
        var answer = response.body();
        if (response.statusCode() < 300) {
            return answer;
        }
        // After a 5xx the result is unknown: the payment may complete. The same holds when the connection breaks.
        var outcome = response.statusCode() < 500 ? "Refused" : "Unknown result, or refused";
        System.err.println(outcome + ": " + field(answer, "errorCode") + " " + field(answer, "errorMessage"));
        System.exit(1);
        return null;
    }

    /** A string in a JSON object; empty if it is missing. */
    static String field(String json, String name) {
        var matcher = Pattern.compile("\\"" + name + "\\"\\\\s*:\\\\s*\\"((?:[^\\"\\\\\\\\]|\\\\\\\\.)*)\\"").matcher(json);
        return matcher.find() ? matcher.group(1) : "";
    }
`;

const quote = `
    /** A JSON string. */
    static String quote(String text) {
        return '"' + text.replaceAll("[\\"\\\\\\\\]", "\\\\\\\\$0") + '"';
    }
`;

/** The certificate in the same object has escapes, and no value before it has. */
const fromSandbox = `    static String sandbox(String name) {
        var file = System.getenv().getOrDefault("SANDBOX_JSON", "data/sandbox.json");
        try {
            var json = Files.readString(Path.of(file));
            return field(json.substring(json.indexOf("\\"daraja\\"")), name);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }`;

function renderStep(step: DarajaSampleStep): string {
  const values: string[] = [];
  const addValue = (expression: string): string => {
    values.push(`quote(${expression})`);
    return "%s";
  };
  const lines = renderTree(
    step.body,
    {
      object: ["{", "}"],
      list: ["[", "]"],
      entry: (name, value) => `"${name}": ${value}`,
      trailingComma: false,
      indent: "  ",
    },
    {
      // Inside a text block that is a format.
      json: (value) => JSON.stringify(value).replaceAll("\\", "\\\\").replaceAll("%", "%%"),
      value: (name) => addValue(spellings.java.spell(name)),
      newReference: () => addValue("UUID.randomUUID().toString()"),
      timestamp: () => addValue("timestamp"),
      password: () => addValue("password"),
      responseField: (name, field) => addValue(`field(${name}, "${field}")`),
    },
  );
  const body = step.name === "answer" ? "body" : `${step.name}Body`;
  return `
${[
  ...renderStepComment(step, "//"),
  `var ${body} = """`,
  ...lines.slice(0, -1).map((line) => `        ${line}`),
  `        ${lines.at(-1)}""".formatted(`,
  `        ${values.join(",\n                ")});`,
  `var ${step.name} = send("${step.operation.path}", "Bearer " + token, ${body});`,
  `System.out.println(${step.name});`,
]
  .map((line) => `        ${line}`)
  .join("\n")}
`;
}
