/** Samples in Java: a single file, no JSON library. */
import type { SampleLanguage } from "./language.ts";
import { renderDeclarations, toExpressions, header, renderStepComment, renderSteps } from "./language.ts";
import type { SampleCall, SampleStep } from "./sample-calls.ts";
import { renderSandboxNote, sandboxLines, toPascalCase } from "../../samples/text.ts";
import { spellings } from "../../samples/spellings.ts";

const language: Omit<SampleLanguage, "render"> = {
  id: "java",
  title: "Java",
  needs: "Java 17 or newer, no libraries.",
  tested: "executed",
  fileName: (call) => `${toPascalCase(call)}.java`,
  run: (path) => `java ${path}`,
};

export const java: SampleLanguage = { ...language, render };

function render(call: SampleCall, path: string): string {
  const hasSteps = call.steps.length > 0;
  return `${renderImports(hasSteps)}
/**
${header(call, language, path)
  .map((line) => ` * ${line}`.trimEnd())
  .join("\n")}
 */
public class ${toPascalCase(call)} {
${[
  ...renderSandboxNote("//"),
  ...renderDeclarations(call, "java", {
    gateway: 'static final String GATEWAY = sandbox("gateway");',
    apiKey: 'static final String API_KEY = sandbox("apiKey");',
    publicKey: 'static final String PUBLIC_KEY = sandbox("publicKey");',
  }),
]
  .map((line) => `    ${line}`)
  .join("\n")}

    public static void main(String[] arguments) throws Exception {
        var session = field(call("GET", "getSession", API_KEY, Map.of()), "output_SessionID");
${call.steps.length === 0 ? '        System.out.println("The session key is " + session);\n' : renderSteps(call, renderStep, "        var mandateReference = newReference();")}    }
${functions}${hasSteps ? newReference : ""}
${sandboxLines("//", fromSandbox.split("\n")).join("\n")}
}
`;
}

const renderImports = (hasSteps: boolean): string => `import java.io.IOException; // {{SANDBOX}}
import java.io.UncheckedIOException; // {{SANDBOX}}
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files; // {{SANDBOX}}
import java.nio.file.Path; // {{SANDBOX}}
import java.security.KeyFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
${hasSteps ? "import java.util.LinkedHashMap;\n" : ""}import java.util.Map;
${hasSteps ? "import java.util.UUID;\n" : ""}import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Cipher;
`;

const functions = `
    static final HttpClient HTTP = HttpClient.newHttpClient();

    /** Makes a call and returns its response. Exits if it was not accepted. */
    static String call(String method, String path, String key, Map<String, String> parameters) throws Exception {
        var response = send(method, path, key, parameters);
        // M-Pesa may refuse a new session for up to half a minute.
        for (int tries = 0; isUnauthorised(response) && tries < 60; tries++) {
            Thread.sleep(1000);
            response = send(method, path, key, parameters);
        }

        var answer = response.body();
        var code = field(answer, "output_ResponseCode");
        var reason = field(answer, "output_ResponseDesc");
        switch (code) {
            case "INS-0", "INS-GAR-0" -> {
                return answer;
            }
            // The result is unknown: the payment may have completed. The same holds when the connection breaks.
            case "INS-1", "INS-9", "" -> {
                var reference = parameters.get("input_ThirdPartyConversationID");
                System.err.println("Unknown result: " + response.statusCode() + " " + code + " " + reason);
                System.err.println("Query " + reference + " with queryTransactionStatus before you try again.");
            }
            default -> System.err.println("Refused: " + code + " " + reason);
        }
        System.exit(1);
        return null;
    }

    static boolean isUnauthorised(HttpResponse<String> response) {
        return response.statusCode() == 401 && !field(response.body(), "output_error").isEmpty();
    }

    static HttpResponse<String> send(String method, String path, String key, Map<String, String> parameters)
            throws Exception {
        var url = GATEWAY + "/" + ENVIRONMENT + "/ipg/v2/" + MARKET + "/" + path + "/";
        var isGet = method.equals("GET");
        var request = HttpRequest.newBuilder(URI.create(isGet ? url + "?" + query(parameters) : url))
                .header("Authorization", "Bearer " + bearer(key))
                .header("Content-Type", "application/json")
                .header("Origin", "*")
                .method(method, isGet ? BodyPublishers.noBody() : BodyPublishers.ofString(json(parameters)))
                .build();
        return HTTP.send(request, BodyHandlers.ofString());
    }

    /** Encrypts a key, because M-Pesa does not accept it in plain text. */
    static String bearer(String key) throws Exception {
        var der = Base64.getDecoder().decode(PUBLIC_KEY);
        var cipher = Cipher.getInstance("RSA/ECB/PKCS1Padding");
        cipher.init(Cipher.ENCRYPT_MODE, KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(der)));
        return Base64.getEncoder().encodeToString(cipher.doFinal(key.getBytes(StandardCharsets.UTF_8)));
    }

    static String query(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    /** A flat JSON object: M-Pesa needs no nested ones. */
    static String json(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(each -> '"' + each.getKey() + "\\":\\"" + each.getValue().replaceAll("[\\"\\\\\\\\]", "\\\\\\\\$0") + '"')
                .collect(Collectors.joining(",", "{", "}"));
    }

    /** A string in a JSON object; empty if it is missing. */
    static String field(String json, String name) {
        var matcher = Pattern.compile("\\"" + name + "\\"\\\\s*:\\\\s*\\"([^\\"]*)\\"").matcher(json);
        return matcher.find() ? matcher.group(1) : "";
    }
`;

const newReference = `
    /** A new id for a request: 32 letters and digits. */
    static String newReference() {
        return UUID.randomUUID().toString().replace("-", "");
    }
`;

const fromSandbox = `    static String sandbox(String name) {
        var file = System.getenv().getOrDefault("SANDBOX_JSON", "data/sandbox.json");
        try {
            return field(Files.readString(Path.of(file)), name);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }`;

function renderStep(step: SampleStep): string {
  const { name, operation } = step;
  const parameters = `${name === "answer" ? "" : name}Parameters`.replace(/^P/, "p");
  const assignments = toExpressions(step, {
    quote: spellings.java.quote,
    value: spellings.java.spell,
    newReference: "newReference()",
    mandateReference: "mandateReference",
    responseField: (stepName, field) => `field(${stepName}, "${field}")`,
  }).map(([field, value]) => `${parameters}.put("${field}", ${value});`);
  return `
${[
  ...renderStepComment(step, "//"),
  `var ${parameters} = new LinkedHashMap<String, String>();`,
  ...assignments,
  `var ${name} = call("${operation.method}", "${operation.path}", session, ${parameters});`,
  `System.out.println(${name});`,
]
  .map((line) => `        ${line}`)
  .join("\n")}
`;
}
