import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { readConfig, SettingError, settingNames, settings } from "./settings.ts";
import { renderSettings } from "../../tools/docs/settings.ts";

test("without any setting, the documented defaults apply", () => {
  const config = readConfig({
    HOME: "/home/amina",
    HTTPS_PROXY: "http://proxy:3128",
    SECRET_KEY_BASE: "rails",
  });

  assert.equal(config.port, 8080);
  assert.equal(config.httpsPort, 8443);
  assert.equal(config.host, "127.0.0.1");
  assert.equal(config.dataDir, resolve("data"));
  assert.equal(config.databaseUrlMain, null);
  assert.equal(config.databaseUrl("live", "vodacomTZN"), null);
  assert.equal(config.secretKey, null);
  assert.equal(config.twoStepHoldMs, 86_400_000);
  assert.deepEqual(config.activationDelayMs, { sandbox: 0, live: 0 });
  assert.equal(config.requestLogRetentionMs, 604_800_000);
  assert.deepEqual(config.trustedProxies, []);
  assert.equal(config.publicUrl, null);
  assert.equal(config.logLevel, "info");
  assert(Object.isFrozen(config));
});

test("an empty setting counts as not set", () => {
  assert.equal(readConfig({ PORT: "", DATABASE_URL: " " }).port, 8080);
});

test("the most specific URL selects a rail's database", () => {
  const main = "postgres://main/pesarail";
  const live = "postgres://live/pesarail";
  const tanzania = "postgres://tanzania/pesarail";
  const config = readConfig({
    DATABASE_URL: main,
    LIVE_DATABASE_URL: live,
    LIVE_DATABASE_URL_vodacomTZN: tanzania,
  });

  assert.equal(config.databaseUrl("sandbox", "vodacomTZN"), main);
  assert.equal(config.databaseUrl("live", "vodacomMOZ"), live);
  assert.equal(config.databaseUrl("live", "vodacomTZN"), tanzania);
});

test("one rail can have its own database while everything else is in the embedded PostgreSQL", () => {
  const config = readConfig({ SANDBOX_DATABASE_URL_vodacomLES: "postgres://lesotho/pesarail" });

  assert.equal(config.databaseUrlMain, null);
  assert.equal(config.databaseUrl("sandbox", "vodacomMOZ"), null);
  assert.equal(config.databaseUrl("sandbox", "vodacomLES"), "postgres://lesotho/pesarail");
});

test("valid settings are parsed", () => {
  const hex = "0123456789abcdef".repeat(4);
  const base64 = Buffer.from(hex, "hex").toString("base64");
  const config = readConfig({
    PORT: "0",
    HTTPS_PORT: "off",
    HOST: "::1",
    CERTIFICATE_NAMES: "Sandbox.Safaricom.co.ke, openapi.m-pesa.com,",
    TRUSTED_PROXIES: "10.0.0.0/8, ::1,192.0.2.7",
    TWO_STEP_HOLD: "90s",
    SANDBOX_ACTIVATION_DELAY: "15m",
    REQUEST_LOG_RETENTION: "1h",
    SECRET_KEY: hex,
    PUBLIC_URL: "https://pay.example.com/mpesa/",
    DATABASE_URL: "postgresql://amina:p%40ss@one:5432,two:5432/pesarail?sslmode=require",
  });

  assert.equal(config.port, 0);
  assert.equal(config.httpsPort, null);
  assert.deepEqual(config.certificateNames, ["sandbox.safaricom.co.ke", "openapi.m-pesa.com"]);
  assert.deepEqual(config.trustedProxies, ["10.0.0.0/8", "::1", "192.0.2.7"]);
  assert.equal(config.twoStepHoldMs, 90_000);
  assert.equal(config.activationDelayMs.sandbox, 900_000);
  assert.equal(config.publicUrl, "https://pay.example.com/mpesa");
  assert.equal(config.secretKey?.export().toString("hex"), hex);
  assert.equal(readConfig({ SECRET_KEY: base64 }).secretKey?.export().toString("hex"), hex);
});

test("the error of an invalid setting is one line that names it and contains no secret", () => {
  // prettier-ignore
  const table: [Record<string, string>, RegExp][] = [
    [{ PORT: "80a" },                          /^PORT is "80a"/],
    [{ PORT: "65536" },                        /^PORT /],
    [{ PORT: "-1" },                           /^PORT /],
    [{ HTTPS_PORT: "no" },                     /^HTTPS_PORT .* or off/],
    [{ HTTPS_PORT: "8080" },                   /^PORT and HTTPS_PORT are both 8080/],
    [{ HTTPS_CERT: "a.pem" },                  /^HTTPS_KEY is missing/],
    [{ HTTPS_KEY: "a.pem" },                   /^HTTPS_CERT is missing/],
    [{ HOST: "my host" },                      /^HOST /],
    [{ CERTIFICATE_NAMES: "a.test,b_c.test" }, /^CERTIFICATE_NAMES contains "b_c\.test", which is not a host name/],
    [{ CERTIFICATE_NAMES: "https://a.test" },  /^CERTIFICATE_NAMES contains "https:\/\/a\.test"/],
    [{ CERTIFICATE_NAMES: "a.test b.test" },   /^CERTIFICATE_NAMES /],
    [{ CERTIFICATE_NAMES: "*.safaricom.co.ke" }, /^CERTIFICATE_NAMES /],
    [{ CERTIFICATE_NAMES: "-a.test" },         /^CERTIFICATE_NAMES /],
    [{ CERTIFICATE_NAMES: "10.0.0.1" },        /^CERTIFICATE_NAMES /],
    [{ CERTIFICATE_NAMES: `${"a".repeat(64)}.test` }, /^CERTIFICATE_NAMES /],
    [{ CERTIFICATE_NAMES: "a.test", HTTPS_CERT: "a.pem", HTTPS_KEY: "k.pem" }, /^CERTIFICATE_NAMES cannot be used with HTTPS_CERT/],
    [{ DATABASE_URL: "mysql://secret@h/d" },   /^DATABASE_URL /],
    [{ DATABASE_URL: "postgres://" },          /^DATABASE_URL /],
    [{ LIVE_DATABASE_URL_vodacomDRC: "x" },    /^LIVE_DATABASE_URL_vodacomDRC /],
    [{ LIVE_DATABASE_URL_vodacomXXX: "x" },    /^LIVE_DATABASE_URL_vodacomXXX is not a Pesarail setting/],
    [{ LIVE_DATABASE_URL_vodacomtzn: "x" },    /^LIVE_DATABASE_URL_vodacomtzn is not a Pesarail setting/],
    [{ DATABASE_URL_vodacomTZN: "x" },         /^DATABASE_URL_vodacomTZN is not a Pesarail setting/],
    [{ SANDBOX_DATABASE_URI: "x" },            /^SANDBOX_DATABASE_URI is not a Pesarail setting/],
    [{ TWO_STEP_HOLDS: "1h" },                 /^TWO_STEP_HOLDS is not a Pesarail setting/],
    [{ TRUSTED_PROXIES: "10.0.0.0/8,fish" },   /^TRUSTED_PROXIES contains "fish"/],
    [{ TRUSTED_PROXIES: "10.1" },              /^TRUSTED_PROXIES contains "10.1"/],
    [{ TRUSTED_PROXIES: "10.0.0.0/33" },       /^TRUSTED_PROXIES /],
    [{ SECRET_KEY: "secret" },                 /^SECRET_KEY /],
    [{ SECRET_KEY: `secret${"!".repeat(38)}` },/^SECRET_KEY /],
    [{ TWO_STEP_HOLD: "24" },                  /^TWO_STEP_HOLD is "24"/],
    [{ TWO_STEP_HOLD: "0s" },                  /^TWO_STEP_HOLD .* at least 1s/],
    [{ REQUEST_LOG_RETENTION: "400d" },        /^REQUEST_LOG_RETENTION /],
    [{ METRICS_TOKEN: "secret" },              /^METRICS_TOKEN /],
    [{ PUBLIC_URL: "pay.example.com" },        /^PUBLIC_URL /],
    [{ PUBLIC_URL: "https://a:secret@b" },     /^PUBLIC_URL /],
    [{ LOG_LEVEL: "loud" },                    /^LOG_LEVEL is "loud"/],
    [{ LIVE_HANDSETS: "on" },                  /^LIVE_HANDSETS is "on"/],
    [{ LIVE_HANDSETS: "gateway" },             /^HANDSET_GATEWAY_URL is missing\. It is required because LIVE_HANDSETS is gateway/],
    [{ LIVE_HANDSETS: "gateway", HANDSET_GATEWAY_URL: "http://10.0.0.1" }, /^HANDSET_GATEWAY_SECRET is missing/],
    [{ HANDSET_GATEWAY_SECRET: "whsec_secret" }, /^HANDSET_GATEWAY_SECRET must be whsec_ and 24 to 64/],
    [{ PIN_LOCK: "0s" },                       /^PIN_LOCK .* at least 1s/],
  ];

  for (const [env, message] of table) {
    assert.throws(
      () => readConfig(env),
      (error) => {
        assert(error instanceof SettingError, `${JSON.stringify(env)}: ${String(error)}`);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /secret|\n/);
        return true;
      },
    );
  }
});

test("exactly the existing settings are documented", () => {
  const page = readFileSync("docs/settings.md", "utf8");
  const documented = [...page.matchAll(/^## `(.+)`$/gm)].map(([, name]) => name);

  assert.deepEqual(documented, Object.keys(settings));
  assert.equal(page, renderSettings(), "run: node tools/docs/settings.ts > docs/settings.md");
});

test("each market of each environment has a database setting", () => {
  assert.equal(
    settingNames.filter((name) => /^(SANDBOX|LIVE)_DATABASE_URL_(voda|safaricom)/.test(name)).length,
    12,
  );
});

test("callbacks to private addresses are allowed only for a local sandbox, unless the setting allows them", () => {
  const table: [Record<string, string>, boolean][] = [
    [{}, true],
    [{ HOST: "localhost" }, true],
    [{ HOST: "127.0.1.1" }, true],
    [{ HOST: "::1" }, true],
    [{ HOST: "0.0.0.0" }, false],
    [{ HOST: "192.168.1.7" }, false],
    [{ HOST: "127.0.0.1.example.com" }, false],
    [{ PUBLIC_URL: "https://pay.example" }, false],
    [{ TRUSTED_PROXIES: "127.0.0.1" }, false],
    [{ PUBLIC_URL: "http://localhost:8080", SANDBOX_PRIVATE_LISTENERS: "on" }, true],
    [{ HOST: "0.0.0.0", SANDBOX_PRIVATE_LISTENERS: "on" }, true],
    [{ SANDBOX_PRIVATE_LISTENERS: "off" }, false],
  ];
  for (const [env, allowed] of table)
    assert.equal(readConfig(env).sandboxPrivateListeners, allowed, JSON.stringify(env));
});
