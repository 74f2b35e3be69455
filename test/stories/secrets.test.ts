/** No key, bearer, token or whole number of a customer is left anywhere that people and programs look. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeApplication } from "../town/application.ts";
import { c2b, openTown, reference, type Town } from "../town/town.ts";
import { products } from "../protocols/openapi-v2/documented.ts";
import { packet, send } from "../protocols/openapi-v2/packets.ts";

/** Everything that is kept of requests, on every rail and beside them. */
async function requestLog({ stores }: Town): Promise<string> {
  // The recorder writes several times a second; what it wrote last is what is waited for.
  const pools = [stores.main, ...[...stores.rails.values()].map(({ sql }) => sql)];
  const rows = await Promise.all(pools.map((sql) => sql`select * from request_log`));
  return JSON.stringify(rows.flat(), (_key, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
}

test("logs, metrics, answers and the request log hold no key, bearer, token or whole number", async () => {
  await using town = await openTown();
  const [amina = "", baraka = ""] = town.facts.markets.vodacomTZN.customers;
  const { apiKey } = await makeApplication(town);
  const opened = await town.raw("GET", "/sandbox/ipg/v2/vodacomTZN/getSession/", {
    bearer: town.encrypt(apiKey),
  });
  const sessionKey = opened.body["output_SessionID"] ?? "";
  const bearer = town.encrypt(sessionKey);
  const { controlToken } = town.platform.sandbox;
  const numbers = [amina, baraka];
  const answers: string[] = [];
  const keep = ({ body }: { body: object }) => answers.push(JSON.stringify(body));

  for (const [call] of products.filter(([, { markets: offered }]) => offered.length === 5)) {
    for (const input_CustomerMSISDN of [...numbers, "255759999999", `${amina}0`, "not a number"]) {
      keep(
        await send(town, call, packet(call, "vodacomTZN", { input_CustomerMSISDN }), {
          market: "vodacomTZN",
          bearer,
        }),
      );
    }
  }
  // A number where none belongs: in another field, an unknown one, the path, a header, a wrong market.
  for (const change of [
    { input_TransactionReference: amina },
    { input_PurchasedItemsDesc: `for ${amina}` },
    { input_ServiceProviderCode: amina },
    { input_Country: amina },
    { unknown: amina },
    { [amina]: "name" },
  ]) {
    await town.call("POST", "c2bPayment/singleStage/", c2b(town, change), { bearer });
  }
  const path = "/sandbox/ipg/v2/vodacomTZN";
  const headers = {
    "x-customer": amina,
    referer: `https://shop.example/?msisdn=${amina}`,
    cookie: sessionKey,
    "x-api-key": apiKey,
  };
  await town.raw("POST", `${path}/c2bPayment/singleStage/`, { bearer, headers, fields: c2b(town) });
  await town.raw("POST", `${path}/c2bPayment/singleStage/?token=${encodeURIComponent(bearer)}`, {
    bearer,
    fields: {},
  });
  await town.raw("POST", `/sandbox/ipg/v2/${amina}/c2bPayment/singleStage/`, { bearer, fields: c2b(town) });
  await town.raw("GET", `${path}/${amina}/`, { bearer });
  await town.raw("GET", `${path}/queryTransactionStatus/?input_QueryReference=${amina}`, { bearer });
  await town.raw("POST", `${path}/c2bPayment/singleStage/`, {
    bearer,
    body: `no JSON of ${amina} with ${apiKey}`,
  });
  await town.raw("POST", `${path}/c2bPayment/singleStage/`, { bearer: apiKey, fields: c2b(town) });
  await town.raw("GET", `${path}/getSession/`, { bearer: town.encrypt("nobody's"), fields: { key: apiKey } });
  keep(
    await town.raw("POST", "/sandbox/ipg/v2/vodafoneGHA/c2bPayment/singleStage/", {
      bearer,
      fields: c2b(town),
    }),
  );
  // A fault of our own: a payment that the database refuses, with the customer's number in its complaint.
  await town.sql()`alter table payments add constraint no_more check (amount_minor <> 77)`;
  keep(await town.call("POST", "c2bPayment/singleStage/", c2b(town, { input_Amount: "0.77" }), { bearer }));
  await town.sql()`alter table payments drop constraint no_more`;

  const last = reference();
  await town.call("POST", "c2bPayment/singleStage/", c2b(town, { input_ThirdPartyConversationID: last }), {
    bearer,
  });
  let kept = "";
  for (let tries = 0; tries < 200 && !kept.includes(last); tries += 1) kept = await requestLog(town);
  assert(
    kept.includes(last),
    `the request log has the last request; the log says ${town.lines.join("").slice(-2000)}`,
  );
  const metrics = await (await fetch(`${town.url}/metrics`)).text();

  assert.match(kept, /2557\*\*\*\*0001/, "numbers are masked, not lost");
  assert.match(kept, /"decision":/);
  const secrets = [
    apiKey,
    sessionKey,
    bearer,
    controlToken,
    town.facts.apiKey,
    ...numbers,
    encodeURIComponent(bearer),
  ];
  const places = {
    "the request log": kept,
    "the log": town.lines.join("\n"),
    metrics,
    answers: answers.join("\n"),
  };
  for (const [place, text] of Object.entries(places)) {
    for (const secret of secrets) {
      const at = text.indexOf(secret);
      assert.equal(at, -1, `${place} holds a secret: ${text.slice(Math.max(0, at - 120), at + 20)}`);
    }
  }
});
