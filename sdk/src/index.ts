/** What `@pesarail/sdk` gives to whoever installs it. */
export { newReference } from "./references.ts";
