/** Samples in Java: the standard library. */
import { spellings } from "../../samples/spellings.ts";
import { renderSandboxNote, sandboxLines, toPascalCase } from "../../samples/text.ts";
import {
  header,
  renderDeclarations,
  renderLines,
  type SoapSampleLanguage,
  type SoapSampleLanguageInfo,
} from "./language.ts";
import type { SoapSampleCall } from "./sample-calls.ts";

const language: SoapSampleLanguageInfo = {
  id: "java",
  title: "Java",
  needs: "Java 17 or newer, no libraries.",
  fileName: (call) => `${toPascalCase(call)}.java`,
  run: (path) => `java ${path}`,
};

export const java: SoapSampleLanguage = { ...language, render };

const { quote } = spellings.java;

function render(call: SoapSampleCall, path: string): string {
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
    call,
    "java",
    (name, spelt) => `static final String ${spelt} = readSandbox(${quote(name)});`,
  ),
]
  .map((line) => `    ${line}`)
  .join("\n")}

    public static void main(String[] arguments) throws Exception {
        String conversationId = SP_ID + "_" + UUID.randomUUID();
        String document = String.join("\\n",
${renderLines(call, "java", { operator: "+", conversationId: "conversationId" })
  .map((line) => `            ${line}`)
  .join(",\n")});

        // The digest of the password: SHA-256 in hexadecimal digits, in base64.
        String timeStamp = ZonedDateTime.now(ZoneOffset.UTC).format(DateTimeFormatter.ofPattern("yyyyMMddHHmmss"));
        byte[] digest = MessageDigest.getInstance("SHA-256")
            .digest((SP_ID + SP_PASSWORD + timeStamp).getBytes(StandardCharsets.UTF_8));
        String spPassword = Base64.getEncoder()
            .encodeToString(HexFormat.of().formatHex(digest).getBytes(StandardCharsets.UTF_8));

        String envelope = String.join("\\n",
            "<soapenv:Envelope xmlns:soapenv=\\"http://schemas.xmlsoap.org/soap/envelope/\\"",
            "    xmlns:req=\\"http://api-v1.gen.mm.vodafone.com/mminterface/request\\">",
            "  <soapenv:Header>",
            "    <tns:RequestSOAPHeader xmlns:tns=\\"http://www.huawei.com.cn/schema/common/v2_1\\">",
            "      <tns:spId>" + SP_ID + "</tns:spId>",
            "      <tns:spPassword>" + spPassword + "</tns:spPassword>",
            "      <tns:serviceId>" + SERVICE_ID + "</tns:serviceId>",
            "      <tns:timeStamp>" + timeStamp + "</tns:timeStamp>",
            "    </tns:RequestSOAPHeader>",
            "  </soapenv:Header>",
            "  <soapenv:Body><req:RequestMsg><![CDATA[" + document + "]]></req:RequestMsg></soapenv:Body>",
            "</soapenv:Envelope>");

        HttpRequest request = HttpRequest.newBuilder(URI.create(BASE_URL + ${quote(call.path)}))
            .header("Content-Type", "text/xml;charset=UTF-8")
            .header("SOAPAction", "\\"\\"")
            .POST(HttpRequest.BodyPublishers.ofString(envelope))
            .build();
        String answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
        String code = find("<ResponseCode>([^<]*)", answer);
        System.out.println(code + " " + find("<ResponseDesc>([^<]*)", answer));
        // Zeros are a success: the result follows at the ResultURL.
        System.exit(code.matches("0+") ? 0 : 1);
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
