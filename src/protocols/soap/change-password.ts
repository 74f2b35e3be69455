/**
 * `changePassword`: a service provider replaces its own password. The new one is encrypted with AES-128 (CBC, PKCS#7) under
 * the key and the vector that the provider got with its credentials, and holds on this server at once, on others within a second.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { authenticateSp, readSpFields } from "./authentication.ts";
import type { SoapRequest } from "./handle-request.ts";
import { namespaces } from "./names.ts";
import { brokerError, type BrokerError } from "./response-codes.ts";
import type { ServedSoapCall, ServiceTrace } from "./served-call.ts";
import { passwordKey, passwordVector, spPassword } from "./service-provider.ts";
import type { SoapDeps } from "./soap-deps.ts";
import { getChildText, type XmlElement } from "./xml/read-xml.ts";
import { buildEnvelope } from "./xml/soap-envelope.ts";
import { xmlDocument, xmlElement } from "./xml/write-xml.ts";

export const changePasswordName = "changePassword";

interface PasswordReply {
  readonly code: string;
  readonly description: string;
  readonly reason: string;
}

const fail = ({ code, description }: BrokerError, reason: string): PasswordReply => ({
  code,
  description,
  reason,
});

/** Never rejects: an internal error becomes a response, and is returned as `fault` for the log. */
export async function handleChangePassword(deps: SoapDeps, request: SoapRequest): Promise<ServedSoapCall> {
  const trace: ServiceTrace = { application: null, credential: null, fields: [] };
  const toServed = (reply: PasswordReply, fault?: unknown): ServedSoapCall => ({
    id: deps.newId(),
    operation: changePasswordName,
    ...trace,
    document: null,
    code: reply.code,
    reason: reply.reason,
    amountMinor: null,
    madePayment: false,
    responseText: renderReply(reply),
    ...(fault === undefined ? {} : { fault }),
  });
  try {
    return toServed(await changePassword(deps, request, trace));
  } catch (fault) {
    return toServed(
      fail(brokerError("100000004"), "The platform failed to handle the request. See the server log."),
      fault,
    );
  }
}

async function changePassword(
  deps: SoapDeps,
  { environment, source, envelope }: SoapRequest,
  trace: ServiceTrace,
): Promise<PasswordReply> {
  const message = readMessage(envelope);
  if ("problem" in message) return fail(brokerError("100000005", "Envelope"), message.problem);
  const { element } = message;
  const header = readSpFields(element);
  trace.fields = header.spId === null ? [] : ["spId", header.spId.slice(0, 20)];
  const caller = await authenticateSp(deps, environment, header, source);
  trace.application = caller.application;
  trace.credential = caller.credential;
  if ("error" in caller) return fail(caller.error, caller.reason);
  const encrypted = getChildText(element, "newPassword");
  if (encrypted === null) return fail(brokerError("100000014", "newPassword"), "newPassword is missing.");
  const { application } = caller;
  const [[key], [vector]] = await Promise.all([
    deps.sealedCredentials.read(application.id, passwordKey),
    deps.sealedCredentials.read(application.id, passwordVector),
  ]);
  const secret =
    key === undefined || vector === undefined ? null : decryptPassword(encrypted, key.secret, vector.secret);
  if (secret === null || !isPassword(secret))
    return fail(
      brokerError("100000005", "newPassword"),
      "newPassword is not base64 of a password of 8 to 64 printable characters, encrypted with passwordKey and passwordVector.",
    );
  await deps.changeCredential({ application, type: spPassword, secret });
  return { code: "000000000", description: "success", reason: "The password was changed." };
}

function readMessage(
  envelope: SoapRequest["envelope"],
): { readonly element: XmlElement } | { readonly problem: string } {
  if ("problem" in envelope) return envelope;
  const { name, namespace } = envelope.message;
  return name === changePasswordName && namespace === namespaces.management
    ? { element: envelope.message }
    : { problem: `The message must be ${changePasswordName} of the namespace ${namespaces.management}.` };
}

const isPassword = (text: string): boolean => /^[ -~]{8,64}$/.test(text);

/** Null if the text was not encrypted with this key and vector. */
export function decryptPassword(encrypted: string, key: string, vector: string): string | null {
  try {
    const decipher = createDecipheriv("aes-128-cbc", key, vector);
    const bytes = Buffer.concat([decipher.update(Buffer.from(encrypted, "base64")), decipher.final()]);
    return bytes.toString("utf8");
  } catch {
    return null;
  }
}

/** What a program sends as newPassword. */
export function encryptNewPassword(password: string, key: string, vector: string): string {
  const cipher = createCipheriv("aes-128-cbc", key, vector);
  return Buffer.concat([cipher.update(password, "utf8"), cipher.final()]).toString("base64");
}

const renderReply = ({ code, description }: PasswordReply): string =>
  xmlDocument(
    buildEnvelope(
      "soapenv",
      { loc: namespaces.management },
      xmlElement(
        "loc:changePasswordResponse",
        {},
        xmlElement(
          "loc:result",
          {},
          xmlElement("loc:ResponseCode", {}, code),
          xmlElement("loc:ResponseDesc", {}, description),
        ),
      ),
    ),
  );
