/**
 * `docs/protocols/lnmo.md`, written from the tables of the LNMO checkout.
 *
 * After changing one: `node tools/docs/lnmo.ts > docs/protocols/lnmo.md`.
 */
import { checkoutLifeMs, maxOpenCheckouts } from "../../src/payments/checkouts.ts";
import { msPerMinute } from "../../src/core/clock.ts";
import { lnmoOperations } from "../../src/protocols/soap/lnmo/operations.ts";
import {
  returnCodes,
  triggerRefusals,
  type TriggeredCode,
} from "../../src/protocols/soap/lnmo/return-codes.ts";
import { formatTrigger } from "../../src/protocols/soap/lnmo/triggers.ts";
import { lnmoService } from "../../src/protocols/soap/lnmo/wsdl.ts";
import { code, markdownTable } from "./markdown.ts";

const minutes = checkoutLifeMs / msPerMinute;

const introduction = `# The LNMO checkout

How customers paid online from 2014 to 2017 ("Lipa na M-Pesa Online"), and how some shops still let them pay: a SOAP service at
\`/mpesa_online/lnmo_checkout_server.php\`. It is a part of the SOAP Broker's protocol, with the product \`soapLnmo\`. The WSDL is at
\`?wsdl\`, with the names of M-Pesa's own, so that programs that were generated from that one work too.

1. \`processCheckOut\` announces a payment to a paybill. No phone rings.
2. \`confirmTransaction\` makes the payment: the customer gets the prompt now. A second confirmation does nothing; while the first one
   is under way, its \`RETURN_CODE\` is 34. After ${minutes} minutes a checkout can no longer be confirmed. An application has ${maxOpenCheckouts} unconfirmed checkouts at most.
3. The result goes to \`CALL_BACK_URL\`: by \`xml\` as a SOAP message \`ResultMsg\`, by \`post\` as a form, by \`get\` in the query string. Forms
   and query strings have \`M-PESA_TRX_DATE\` and \`M-PESA_TRX_ID\` with a hyphen. Answer with the word \`ok\` or \`success\`; every 2xx counts.
   \`transactionStatusQuery\` returns the same at any time. \`ENC_PARAMS\` comes back as it was sent.

## Authentication

The header \`CheckOutHeader\` has \`MERCHANT_ID\`, \`PASSWORD\` and \`TIMESTAMP\`. \`PASSWORD\` is base64 of the hexadecimal SHA-256 of
\`MERCHANT_ID\`, passkey and \`TIMESTAMP\`, one after another; the digits may be in upper or lower case. \`TIMESTAMP\` is a text that enters the
digest, and is not compared with a clock. All three are in \`soap.lnmo\` of \`sandbox.json\`.

M-Pesa's \`MERCHANT_ID\` is the paybill. Here it is the id of the application, as several applications may act for a paybill. An application
that acts for several organisations writes the paybill behind it: \`100001-600996\`. The passkey is stored sealed, and renewed with the
other secrets of the SOAP Broker (\`pesarail keys renew --protocol soap\`); the old one stays valid until its overlap ends.

\`USERNAME\` and \`PASSWORD\`, which M-Pesa sends in callbacks to merchants that registered some, are not offered. To know that a callback
is genuine, check its [signature](../callbacks.md#signatures), ask \`transactionStatusQuery\`, or put a secret into the path of \`CALL_BACK_URL\`.

Tills have no checkout: only paybills have accounts that \`REFERENCE_ID\` could name.

<!-- Written from the tables by tools/docs/lnmo.ts; change them there. -->`;

const findFields = (element: string) => lnmoService.schemas[0]?.types?.[element] ?? [];

const renderOperation = ({
  name,
  title,
  description,
  request,
  response,
}: (typeof lnmoOperations)[number]): string =>
  [
    `### ${title}`,
    `Operation ${code(name)}. ${description}`,
    `Request, in ${code(request)}:`,
    markdownTable(
      ["Field", "", "Type"],
      findFields(request).map(({ name: field, type, isOptional }) => [
        code(field),
        isOptional === true ? "optional" : "",
        type,
      ]),
    ),
    `Response, in ${code(response)}: ${findFields(response)
      .map(({ name: field }) => code(field))
      .join(", ")}.`,
  ].join("\n\n");

const isTriggered = (returnCode: string): returnCode is TriggeredCode =>
  Object.hasOwn(triggerRefusals, returnCode);

export const renderLnmoPage = (): string =>
  [
    introduction,
    "## Operations",
    ...lnmoOperations.map(renderOperation),
    "## Return codes",
    "A request that is refused at once has its code in the response. A payment that fails has it in the callback and in the status. In the sandbox, a checkout of the customer in the last column has that result.",
    markdownTable(
      ["RETURN_CODE", "DESCRIPTION", "Customer"],
      Object.entries(returnCodes).map(([returnCode, text]) => [
        code(returnCode),
        text,
        isTriggered(returnCode) ? code(formatTrigger(returnCode)) : "",
      ]),
    ),
    "A body that is no request of the service, such as XML with a document type, is answered with HTTP 500 and a SOAP fault.",
  ].join("\n\n") + "\n";

if (import.meta.main) process.stdout.write(renderLnmoPage());
