/**
 * Builds `sdk/dist`: the SDK as JavaScript with types, as ES modules and as CommonJS, for the npm package
 * `@pesarail/sdk`. npm runs it before packing (`prepack` in sdk/package.json) and removes `dist` afterwards.
 *
 * tsdown builds it, as sdk/tsdown.config.mjs says. tsdown does not check types, so tsc does that first.
 */
import { buildPackage } from "./build-package.mjs";

await buildPackage({
  name: "SDK",
  output: "sdk/dist",
  steps: [
    ["node_modules/.bin/tsc", "--noEmit", "--project", "sdk"],
    ["node_modules/.bin/tsdown", "--config", "sdk/tsdown.config.mjs", "--logLevel", "error"],
  ],
});
