/** Samples in Java: a single file, no JSON library. */
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
  id: "java",
  title: "Java",
  needs: "Java 17 or newer, no libraries.",
  fileName: (call) => `${toPascalCase(call)}.java`,
  run: (path) => `java ${path}`,
};

export const java: IpgV1SampleLanguage = { ...language, render };

function render(call: IpgV1SampleCall, path: string): string {
  return `${imports}
/**
${header(call, language, path)
  .map((line) => ` * ${line}`.trimEnd())
  .join("\n")}
 */
public class ${toPascalCase(call)} {
${[
  ...renderSandboxNote("//"),
  ...renderDeclarations(call, "java", {
    gateway: 'static final String GATEWAY = sandbox("url");',
    apiKey: 'static final String API_KEY = sandbox("apiKey");',
    publicKey: 'static final String PUBLIC_KEY = sandbox("publicKey");',
  }),
]
  .map((line) => `    ${line}`)
  .join("\n")}

    public static void main(String[] arguments) throws Exception {
${call.steps.map(renderStep).join("\n")}    }
${functions}
${sandboxLines("//", fromSandbox.split("\n")).join("\n")}
}
`;
}

const imports = `import java.io.IOException; // {{SANDBOX}}
import java.io.UncheckedIOException; // {{SANDBOX}}
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files; // {{SANDBOX}}
import java.nio.file.Path; // {{SANDBOX}}
import java.security.KeyFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Cipher;
`;

const functions = `
    static final HttpClient HTTP = HttpClient.newHttpClient();

    /** Makes a call and returns its response. Exits if it was not accepted. */
    static String call(String method, String path, Map<String, String> parameters) throws Exception {
        var url = GATEWAY + "/ipg/v1x/" + path + "/";
        var isGet = method.equals("GET");
        var request = HttpRequest.newBuilder(URI.create(isGet ? url + "?" + query(parameters) : url))
                .header("Authorization", "Bearer " + bearer())
                .header("Content-Type", "application/json")
                .header("Origin", "*")
                .method(method, isGet ? BodyPublishers.noBody() : BodyPublishers.ofString(json(parameters)))
                .build();
        var response = HTTP.send(request, BodyHandlers.ofString());

        var answer = response.body();
        var code = field(answer, "output_ResponseCode");
        var reason = field(answer, "output_ResponseDesc");
        switch (code) {
            case "INS-0" -> {
                return answer;
            }
            // The result is unknown: the payment may have completed. The same holds when the connection breaks.
            case "INS-1", "INS-9", "" -> {
                var reference = parameters.get("input_ThirdPartyReference");
                System.err.println("Unknown result: " + response.statusCode() + " " + code + " " + reason);
                System.err.println("Query " + reference + " with queryTransactionStatus before you try again.");
            }
            default -> System.err.println("Refused: " + code + " " + reason);
        }
        System.exit(1);
        return null;
    }

    /** Encrypts the API key, because M-Pesa does not accept it in plain text. There is no session. */
    static String bearer() throws Exception {
        var der = Base64.getDecoder().decode(PUBLIC_KEY);
        var cipher = Cipher.getInstance("RSA/ECB/PKCS1Padding");
        cipher.init(Cipher.ENCRYPT_MODE, KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(der)));
        return Base64.getEncoder().encodeToString(cipher.doFinal(API_KEY.getBytes(StandardCharsets.UTF_8)));
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

    /** A new id for a request: 32 letters and digits. */
    static String newReference() {
        return UUID.randomUUID().toString().replace("-", "");
    }
`;

const fromSandbox = `    static String sandbox(String name) {
        var file = System.getenv().getOrDefault("SANDBOX_JSON", "data/sandbox.json");
        try {
            var text = Files.readString(Path.of(file));
            return field(text.substring(text.indexOf("\\"ipgV1\\"")), name);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }`;

function renderStep(step: IpgV1SampleStep): string {
  const { name, operation } = step;
  const variable = name === "answer" ? "parameters" : `${name}Parameters`;
  const assignments = toExpressions(step, {
    quote: spellings.java.quote,
    value: spellings.java.spell,
    newReference: "newReference()",
    responseField: (field) => `field(payment, "${field}")`,
  }).map(([field, value]) => `${variable}.put("${field}", ${value});`);
  return `${[
    ...renderStepComment(step, "//"),
    `var ${variable} = new LinkedHashMap<String, String>();`,
    ...assignments,
    `var ${name} = call("${operation.method}", "${operation.path}", ${variable});`,
    `System.out.println(${name});`,
  ]
    .map((line) => `        ${line}`)
    .join("\n")}
`;
}
