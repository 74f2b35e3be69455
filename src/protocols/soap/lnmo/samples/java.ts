/** The checkout's samples in Java: the standard library. */
import { spellings } from "../../../samples/spellings.ts";
import { renderSandboxNote, sandboxLines, toPascalCase } from "../../../samples/text.ts";
import { java as language } from "../../samples/java.ts";
import { header } from "../../samples/language.ts";
import { lnmoNamespace, lnmoPath } from "../names.ts";
import { findUsedAnswer, listFields, renderDeclarations, type LnmoSampleLanguage } from "./language.ts";
import type { LnmoSampleCall, LnmoSampleStep } from "./sample-calls.ts";

export const java: LnmoSampleLanguage = { ...language, render };

const { quote } = spellings.java;

function render(call: LnmoSampleCall, path: string): string {
  return `/*
${header(call, language, path)
  .map((line) => ` * ${line}`.trimEnd())
  .join("\n")}
 */

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Pattern;

class ${toPascalCase(call)} {
${[
  ...renderSandboxNote("//"),
  ...renderDeclarations(
    "java",
    (keys, spelt) => `static final String ${spelt} = readSandbox(${quote(keys.at(-1) ?? "")});`,
  ),
]
  .map((line) => `    ${line}`)
  .join("\n")}

    public static void main(String[] arguments) throws Exception {
        String transactionId = UUID.randomUUID().toString();
${call.steps.map((step) => renderStep(call, step)).join("\n")}
    }

    /** Makes a call with names and values in turn. Ends the program unless its code is 00. */
    static String call(String element, String... fields) throws Exception {
        // PASSWORD is a SHA-256 in hexadecimal digits, in base64.
        String timestamp = ZonedDateTime.now(ZoneOffset.UTC).format(DateTimeFormatter.ofPattern("yyyyMMddHHmmss"));
        byte[] digest = MessageDigest.getInstance("SHA-256")
            .digest((MERCHANT_ID + PASSKEY + timestamp).getBytes(StandardCharsets.UTF_8));
        String password = Base64.getEncoder()
            .encodeToString(HexFormat.of().formatHex(digest).getBytes(StandardCharsets.UTF_8));
        String envelope = String.join("\\n",
            "<soapenv:Envelope xmlns:soapenv=\\"http://schemas.xmlsoap.org/soap/envelope/\\" xmlns:tns=\\"${lnmoNamespace}\\">",
            "  <soapenv:Header><tns:CheckOutHeader>",
            toElements("MERCHANT_ID", MERCHANT_ID, "PASSWORD", password, "TIMESTAMP", timestamp),
            "  </tns:CheckOutHeader></soapenv:Header>",
            "  <soapenv:Body><tns:" + element + ">" + toElements(fields) + "</tns:" + element + "></soapenv:Body>",
            "</soapenv:Envelope>");
        HttpRequest request = HttpRequest.newBuilder(URI.create(BASE_URL + ${quote(lnmoPath)}))
            .header("Content-Type", "text/xml;charset=UTF-8")
            .header("SOAPAction", "\\"\\"")
            .POST(HttpRequest.BodyPublishers.ofString(envelope))
            .build();
        String answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
        String code = find("<RETURN_CODE>([^<]*)", answer);
        System.out.println(element + ": " + code + " " + find("<DESCRIPTION>([^<]*)", answer));
        if (!code.equals("00")) System.exit(1);
        return answer;
    }

    static String toElements(String... fields) {
        StringBuilder elements = new StringBuilder();
        for (int i = 0; i < fields.length; i += 2) {
            String value = fields[i + 1].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
            elements.append("<" + fields[i] + ">" + value + "</" + fields[i] + ">");
        }
        return elements.toString();
    }

    static String find(String expression, String text) {
        var matcher = Pattern.compile(expression).matcher(text);
        return matcher.find() ? matcher.group(1) : "";
    }

${sandboxLines("//", [
  "    static String readSandbox(String name) {",
  "        try {",
  '            String file = System.getenv().getOrDefault("SANDBOX_JSON", "data/sandbox.json");',
  '            String content = Files.readString(Path.of(file)).split("\\"soap\\"", 2)[1];',
  '            return find("\\"" + name + "\\": *\\"([^\\"]*)\\"", content);',
  "        } catch (java.io.IOException error) {",
  "            throw new java.io.UncheckedIOException(error);",
  "        }",
  "    }",
]).join("\n")}
}
`;
}

function renderStep(call: LnmoSampleCall, step: LnmoSampleStep): string {
  const used = findUsedAnswer(call, step);
  const fields = listFields(step, "java", {
    transactionId: "transactionId",
    trxId: 'find("<TRX_ID>([^<]*)", checkout)',
  });
  return `        // ${step.comment}
        ${used === null ? "" : `String ${used} = `}call(${quote(step.operation.request)},
${fields.map(([name, expression]) => `            ${quote(name)}, ${expression}`).join(",\n")});${
    used === "status" ? '\n        System.out.println(find("<TRX_STATUS>([^<]*)", status));' : ""
  }`;
}
